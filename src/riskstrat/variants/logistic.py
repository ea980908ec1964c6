"""Penalised logistic regression on all features: a serious rival to boosting, and easy to explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from riskstrat.contracts import Fitted, Sample
from riskstrat.variants.linear import Linear, fit_linear, load_linear


@dataclass(frozen=True)
class Logistic:
    """Ridge-penalised logistic regression; counts as log(1 + n), days since as recency, age with knots."""

    name: str = "logistic"
    title: str = "Penalised logistic regression"
    reason: str = "When a committee wants to read the model: one coefficient a column."

    def select(self, columns: Sequence[str]) -> list[str]:
        """Every column."""
        return list(columns)

    def fit(self, sample: Sample, seed: int) -> Fitted:
        """Choose the penalty by cross-validation over people, then fit on all of them."""
        return fit_linear(sample, seed, penalties=(0.0003, 0.003, 0.03))

    def load(self, folder: Path) -> Linear:
        """Read the model file."""
        return load_linear(folder)


LOGISTIC = Logistic()
