"""Recalibration: the risks that a correction of a model's calibration would give, without optimism.

Decision
--------
Each person's risk is recalibrated by a fit on the people of the other folds. There are three ways, from the smallest to
the largest change: the intercept (all log odds shifted alike), intercept and slope, and isotonic regression (any rising
step function). An isotonic risk is kept half an event away from 0 and 1, counted over the people fitted on, because no
number of people shows that something never happens. If a fit is impossible (no outcomes in the other folds, or the same
risk for everyone) the risk stays unchanged.

Source: Steyerberg, Clinical Prediction Models, 2nd ed., 2019, chapter 20, doi 10.1007/978-3-030-16399-0.
"""

from collections.abc import Callable

import numpy as np

from riskstrat.evaluation.calibration import in_the_large
from riskstrat.evaluation.logistic import fit, log_odds, probability
from riskstrat.evaluation.standard_errors import GroupedRows
from riskstrat.tables import Floats, Ints

Recalibration = Callable[[Floats], Floats]
"""A function from risks to recalibrated risks."""


def recalibrated(y: np.ndarray, risk: Floats, fold: Ints, weight: np.ndarray | None = None) -> dict[str, Floats]:
    """Recalibrate risks by "intercept", "intercept and slope" and "isotonic".

    Parameters
    ----------
    fold : array of int, shape (rows,)
        All rows of a patient are in one fold.

    Examples
    --------
    >>> y, risk, fold = np.array([0, 1, 0, 1]), np.array([0.1, 0.1, 0.1, 0.1]), np.array([0, 0, 1, 1])
    >>> recalibrated(y, risk, fold)["intercept"].round(3)
    array([0.5, 0.5, 0.5, 0.5])
    """
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    found = {}
    for name, way in WAYS.items():
        found[name] = np.array(risk, float)
        for one in np.unique(fold):
            others, mine = fold != one, fold == one
            rows = GroupedRows(y[others].astype(float), weights[others], np.zeros(others.sum(), int), 1)
            if others.any() and rows.both.all():
                found[name][mine] = way(rows, risk[others])(risk[mine])
    return found


def _by_intercept(rows: GroupedRows, risk: Floats) -> Recalibration:
    moved = in_the_large(rows, risk).value[0]
    return lambda asked: probability(log_odds(asked) + moved)


def _by_slope(rows: GroupedRows, risk: Floats) -> Recalibration:
    odds = log_odds(risk)
    level, spread = odds.mean(), odds.std()
    if not spread > 0:
        return _by_intercept(rows, risk)
    found = fit(rows, np.column_stack([np.ones(len(odds)), (odds - level) / spread])).coefficients[0]
    if np.isnan(found).any():
        return lambda asked: asked
    return lambda asked: probability(found[0] + found[1] * (log_odds(asked) - level) / spread)


def _by_steps(rows: GroupedRows, risk: Floats) -> Recalibration:
    from sklearn.isotonic import IsotonicRegression

    least = 0.5 / rows.weight.sum()
    fitted = IsotonicRegression(out_of_bounds="clip").fit(risk, rows.y, rows.weight)
    return lambda asked: np.clip(np.asarray(fitted.predict(asked), float), least, 1 - least)


WAYS = {"intercept": _by_intercept, "intercept and slope": _by_slope, "isotonic": _by_steps}
