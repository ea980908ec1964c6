"""Logistic regression with an elastic-net penalty on all features: close to boosting, and easy to explain.

Decision
--------
The penalty is part ridge, which shares an effect among similar columns, and part lasso, which drops columns without an
effect. A search tries the share of lasso. The strength is found on people held out in every trial, along a path that
starts where few columns have an effect and stops where a weaker penalty increases the loss.

Source: Zou and Hastie, J R Stat Soc B 2005;67:301, doi 10.1111/j.1467-9868.2005.00503.x.
"""

from dataclasses import dataclass
from math import inf
from pathlib import Path

from riskstrat.modelling.search import GridVariant, held_out_loss
from riskstrat.modelling.variant import Fitted, Sample, Trial, VariantSettings
from riskstrat.modelling.variants.linear import FILE, Linear, fit_linear, load_linear

_FIRST: VariantSettings = {"penalty": 0.003, "lasso": 0.2}
LASSO = (0.0, 0.05, 0.2, 0.5, 0.8)
_SPACE = {"lasso": LASSO}
PENALTIES = (0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)


@dataclass(frozen=True)
class Logistic(GridVariant):
    """Elastic net; counts as log(1 + n), days since as recency, age as a spline."""

    name: str = "logistic"
    title: str = "Logistic regression with an elastic-net penalty"
    reason: str = "For a committee that wants to read the model: one coefficient for each column."
    files: tuple[str, ...] = (FILE,)
    monotone: bool = False
    first = _FIRST
    space = _SPACE

    def trial(self, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
        """Find the strength of the penalty on people held out."""
        best = Trial(settings, inf)
        path = fit_linear(inner, PENALTIES, settings["lasso"])
        for penalty, fitted in zip(PENALTIES, path, strict=True):
            loss = held_out_loss(fitted, outer)
            if loss > best.loss:
                break
            best = Trial({**settings, "penalty": penalty}, loss)
        return best

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit with one penalty."""
        return next(fit_linear(sample, [settings["penalty"]], settings["lasso"]))

    def load(self, folder: Path) -> Linear:
        """Read the model file."""
        return load_linear(folder)


LOGISTIC = Logistic()
