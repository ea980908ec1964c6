"""Age and sex alone: the baseline that every other model must beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from riskstrat.contracts import Fitted, Sample
from riskstrat.variants.linear import Linear, fit_linear, load_linear


@dataclass(frozen=True)
class AgeSex:
    """Logistic regression on age (with knots at 50, 65, 75 and 85) and sex."""

    name: str = "age_sex"
    title: str = "Logistic regression on age and sex"
    reason: str = "The baseline: whatever does not beat it is not worth its data."

    def select(self, columns: Sequence[str]) -> list[str]:
        """Age and sex."""
        return [column for column in columns if column in ("age", "is_female")]

    def fit(self, sample: Sample, seed: int) -> Fitted:
        """Fit without a search: two columns need hardly any penalty."""
        return fit_linear(sample, seed, penalties=(1.0,))

    def load(self, folder: Path) -> Linear:
        """Read the model file."""
        return load_linear(folder)


AGE_SEX = AgeSex()
