"""The linear model of the logistic variants: how columns enter it, and the fitted model as numbers.

Decision
--------
Counts enter as log(1 + n), because the tenth contact adds less than the first. Days since an event enter as recency,
exp(-days / 180), which is 0 for never. A value not assessed becomes the mean, with a term that marks it. Age is a
linear spline with knots at 50, 65, 75 and 85. Everything is standardised, so that one penalty suits all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskstrat.features import ColumnKind
from riskstrat.modelling.variant import Sample
from riskstrat.modelling.variants.elastic_net import CHUNK, Coefficients, Problem, fit_path
from riskstrat.modelling.variants.missing import means
from riskstrat.tables import FeatureMatrix, Floats, Ints, Singles

KNOTS = (50.0, 65.0, 75.0, 85.0)
RECENCY_DAYS = 180.0
FILE = "model.skops"


@dataclass(frozen=True)
class Design:
    """How columns become terms of a linear model; `filled` has the means that replace values not assessed."""

    names: Sequence[str]
    kinds: Sequence[ColumnKind]
    filled: Floats

    def terms(self, x: FeatureMatrix) -> Singles:
        """Make the design matrix as float32, shape (rows, terms)."""
        return np.column_stack([part for i in range(len(self.names)) for part in self._parts(x[:, i], i)])

    def owners(self) -> Ints:
        """Find the column that each term is made of."""
        probe = np.zeros((1, len(self.names)), np.float32)
        parts = [len(self._parts(probe[:, i], i)) for i in range(len(self.names))]
        return np.repeat(np.arange(len(self.names)), parts)

    def _parts(self, values: Singles, i: int) -> list[Singles]:
        if self.kinds[i] == "count":
            return [np.log1p(np.nan_to_num(values))]
        if self.kinds[i] == "days":
            return [np.nan_to_num(np.exp(-values / RECENCY_DAYS))]
        missing = np.isnan(values)
        parts = [np.where(missing, self.filled[i], values).astype(np.float32)]
        if self.names[i] == "age":
            return parts + [np.maximum(parts[0] - knot, 0) for knot in KNOTS]
        return [*parts, missing.astype(np.float32)] if self.kinds[i] == "value" else parts


@dataclass(frozen=True)
class Linear:
    """A fitted linear model of the log odds."""

    design: Design
    coefficients: Coefficients

    def log_odds(self, x: FeatureMatrix) -> Floats:
        """Predict log odds, shape (rows,)."""
        found = np.empty(len(x))
        for start in range(0, len(x), CHUNK):
            found[start : start + CHUNK] = self._by_term(x[start : start + CHUNK]).sum(axis=1)
        return found + self.coefficients.intercept

    def contributions(self, x: FeatureMatrix) -> Floats:
        """Add up coefficient times distance from the mean, by column."""
        starts = np.flatnonzero(np.diff(self.design.owners(), prepend=-1))
        return np.add.reduceat(self._by_term(x), starts, axis=1)

    def _by_term(self, x: FeatureMatrix) -> Floats:
        return self.coefficients.standardised(self.design.terms(x)) * self.coefficients.slopes

    def save(self, folder: Path) -> None:
        """Write model.skops: names and numbers."""
        import skops.io

        content = {
            "names": list(self.design.names), "kinds": list(self.design.kinds), "filled": self.design.filled,
            **vars(self.coefficients),
        }  # fmt: skip
        skops.io.dump(content, folder / FILE)


def load_linear(folder: Path) -> Linear:
    """Read model.skops; skops refuses any type that it does not trust by itself."""
    import skops.io

    content: dict[str, Any] = skops.io.load(folder / FILE, trusted=[])
    names, kinds, filled = (content.pop(key) for key in ("names", "kinds", "filled"))
    return Linear(Design(names, kinds, filled), Coefficients(**content))


def fit_linear(sample: Sample, penalties: Sequence[float], lasso: float) -> Iterator[Linear]:
    """Fit with each penalty of `elastic_net` in turn, the strongest first; the share `lasso` is on absolute values."""
    design = Design(sample.names, [column.kind for column in sample.columns], means(sample.x))
    weight = np.ones(len(sample.y)) if sample.weight is None else sample.weight
    for coefficients in fit_path(Problem(sample.x, sample.y, weight, design.terms), penalties, lasso):
        yield Linear(design, coefficients)
