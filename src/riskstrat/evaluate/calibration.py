"""Whether risks are kept: observed to expected, calibration-in-the-large, calibration slope.

Decision
--------
Calibration-in-the-large is the intercept of a logistic regression of the outcome with the log odds as an offset: the
slope is held at 1, so that the two answer two questions. The slope is that of a logistic regression on the log odds,
with an intercept of its own. Both have sandwich standard errors (`rows`). They are None without both outcomes, where
everyone has the same risk (the slope) and where risk separates the outcomes.

Sources: Cox, Biometrika 1958;45:562; Van Calster and others, BMC Med 2019;17:230, doi 10.1186/s12916-019-1466-7;
White, Econometrica 1980;48:817 (sandwich).
"""

from __future__ import annotations

import numpy as np

from riskstrat.evaluate.logistic import fit, log_odds
from riskstrat.evaluate.rows import Measured, Rows, over


def observed_to_expected(rows: Rows, risk: np.ndarray) -> Measured:
    """Outcomes for each that was predicted, in each group.

    >>> rows = Rows(np.array([0, 1, 0]), np.ones(3), np.zeros(3, int), 1)
    >>> observed_to_expected(rows, np.array([0.1, 0.3, 0.1])).value
    array([2.])
    """
    expected = rows.sums(rows.weight * risk)
    value = over(rows.events, expected)
    return Measured(value, over(rows.weight * (rows.y - value[rows.group] * risk), expected[rows.group]))


def in_the_large(rows: Rows, risk: np.ndarray) -> Measured:
    """Calibration intercept with the slope held at 1, in each group."""
    found = fit(rows, np.ones((len(risk), 1)), log_odds(risk))
    return Measured(found.coefficients[:, 0], found.influence(0))


def slope(rows: Rows, risk: np.ndarray) -> Measured:
    """Calibration slope, in each group; NaN where everyone has the same risk."""
    return slope_on(rows, log_odds(risk))


def slope_on(rows: Rows, odds: np.ndarray) -> Measured:
    """The slope of a logistic regression of the outcome on log odds, in each group.

    Parameters
    ----------
    rows : Rows
    odds : array, shape (rows,)
    """
    level, spread = standard(rows, odds)
    terms = np.column_stack([np.ones(len(odds)), (odds - level[rows.group]) / spread[rows.group]])
    found = fit(rows, np.nan_to_num(terms))
    return Measured(found.coefficients[:, 1] / spread, found.influence(1) / spread[rows.group])


def standard(rows: Rows, odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of log odds in each group; a deviation of 0 is NaN."""
    level = np.nan_to_num(rows.means(odds))
    spread = np.sqrt(np.maximum(rows.means((odds - level[rows.group]) ** 2), 0))
    return level, np.where(spread > LEAST_SPREAD, spread, np.nan)


LEAST_SPREAD = 1e-9
"""Below this, in log odds, people have the same risk but for rounding."""
