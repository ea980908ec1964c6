"""Age and sex alone: the baseline that every other model must beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from riskstrat.modelling.search import GridVariant
from riskstrat.modelling.variant import Fitted, ModelColumn, Sample, VariantSettings
from riskstrat.modelling.variants.linear import FILE, Linear, fit_linear, load_linear

_FIRST: VariantSettings = {"penalty": 0.0001}


@dataclass(frozen=True)
class AgeSex(GridVariant):
    """Logistic regression on age (a spline with knots at 50, 65, 75 and 85) and sex."""

    name: str = "age_sex"
    title: str = "Logistic regression on age and sex"
    reason: str = "The baseline. A model that does not beat it is not worth its data."
    files: tuple[str, ...] = (FILE,)
    monotone: bool = False
    first = _FIRST

    def select(self, columns: Sequence[ModelColumn]) -> list[str]:
        """Select age and sex."""
        return [column.name for column in columns if column.name in ("age", "is_female")]

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit with a light ridge penalty."""
        return next(fit_linear(sample, [settings["penalty"]], lasso=0))

    def load(self, folder: Path) -> Linear:
        """Read the model file."""
        return load_linear(folder)


AGE_SEX = AgeSex()
