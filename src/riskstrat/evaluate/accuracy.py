"""How far risks are from what happened: Brier score, scaled Brier score; and the two means, observed and predicted.

Decision
--------
The scaled Brier score is 1 less the Brier score over that of giving everyone the group's own rate: 1 is perfect, 0 no
better than the rate, below 0 worse.

Sources: Brier, Mon Weather Rev 1950;78:1; Steyerberg and others, Epidemiology 2010;21:128,
doi 10.1097/EDE.0b013e3181c30fb2 (scaled).
"""

from __future__ import annotations

import numpy as np

from riskstrat.evaluate.rows import Measured, Rows, over


def mean(rows: Rows, values: np.ndarray) -> Measured:
    """The weighted mean of values in each group."""
    found = rows.means(values)
    total = rows.sums(rows.weight)
    return Measured(found, over(rows.weight * (values - found[rows.group]), total[rows.group]))


def event_rate(rows: Rows) -> Measured:
    """The share of people with the outcome, in each group."""
    return mean(rows, rows.y)


def brier(rows: Rows, risk: np.ndarray) -> Measured:
    """Mean squared distance of risk and outcome, in each group.

    >>> rows = Rows(np.array([0, 1]), np.ones(2), np.zeros(2, int), 1)
    >>> brier(rows, np.array([0.2, 0.6])).value.round(3)
    array([0.1])
    """
    return mean(rows, (risk - rows.y) ** 2)


def scaled_brier(rows: Rows, risk: np.ndarray) -> Measured:
    """Share of the Brier score of the rate alone that is gained, in each group; NaN without both outcomes."""
    score, rate = brier(rows, risk), event_rate(rows)
    spread = np.where(rows.both, rate.value * (1 - rate.value), np.nan)
    lost = score.value / spread
    by_rate = lost * (1 - 2 * rate.value) / spread
    influence = by_rate[rows.group] * rate.influence - score.influence / spread[rows.group]
    return Measured(1 - lost, influence)
