"""What may be shown of an estimate: small numbers hidden, rates made of rounded counts, undefined said.

Decision
--------
A count of people with the outcome from 1 to 7 hides every figure that is made of it, whatever the denominator, for a
rate of a known list is a count. A rate that is shown is the rounded count over the rounded denominator, and its
interval is rounded alike. Figures of ranking and of calibration are shown to four digits, and are hidden where those
with the outcome, or those without, are 1 to 7. Curves lie on fixed grids; a point that rests on 1 to 7 people with the
outcome is left out. What is undefined is the text "undefined", never 0.

Source: `suppression`, whose bounds these are.
"""

from __future__ import annotations

import math

import numpy as np

from riskstrat.evaluation import Estimate
from riskstrat.governance import HIDDEN, NEAREST, SMALL, rounded
from riskstrat.reports.page.content import Measured

UNDEFINED = "undefined"
DIGITS = 4
ShownFigure = Measured | str


def hides(count: float) -> bool:
    """Whether a count of people is too small to be shown.

    >>> [hides(count) for count in (0, 1, 7, 8)]
    [False, True, True, False]
    """
    return rounded(count) == HIDDEN


def unless_small(estimate: Estimate, *counts: float) -> ShownFigure:
    """An estimate that is no rate, unless one of the counts it rests on is small.

    >>> unless_small(Estimate(0.76184, 0.7, None), 900), unless_small(Estimate(0.8), 3), unless_small(Estimate(None), 900)
    (Measured(value=0.7618, low=0.7, high=None), '*', 'undefined')
    """
    if any(hides(count) for count in counts):
        return HIDDEN
    if not _defined(estimate.value):
        return UNDEFINED
    return Measured(round(float(estimate.value or 0), DIGITS), _end(estimate.low), _end(estimate.high))


def rate(estimate: Estimate, of: float) -> ShownFigure:
    """A share of some people, made of rounded counts.

    Parameters
    ----------
    of : float
        The people it is a share of.

    Examples
    --------
    >>> rate(Estimate(0.47, 0.39, 0.55), 100), rate(Estimate(0.03), 100), rate(Estimate(0.0), 100)
    (Measured(value=0.45, low=0.4, high=0.55), '*', Measured(value=0.0, low=None, high=None))
    """
    if not _defined(estimate.value):
        return UNDEFINED
    if hides(of) or hides(float(estimate.value or 0) * of) or not round(of):
        return HIDDEN if round(of) else UNDEFINED
    low, high = (_nearest(end, of) if _defined(end) else None for end in (estimate.low, estimate.high))
    return Measured(_nearest(estimate.value, of) or 0.0, low, high)


def inverse(share: ShownFigure) -> ShownFigure:
    """People for each one, of a share.

    >>> inverse(Measured(0.25, 0.2, 0.5)), inverse(Measured(0.0)), inverse("*")
    (Measured(value=4.0, low=2.0, high=5.0), 'undefined', '*')
    """
    if isinstance(share, str):
        return share
    if not share.value:
        return UNDEFINED
    low, high = (round(1 / end, 2) if end else None for end in (share.high, share.low))
    return Measured(round(1 / share.value, 2), low, high)


def rounded_shares(values: np.ndarray, total: float) -> np.ndarray:
    """Shares of a total as rounded counts over the rounded total; NaN where the count is small.

    Parameters
    ----------
    values : array, shape (points,)

    Examples
    --------
    >>> rounded_shares(np.array([0.0, 0.03, 0.62]), 100)
    array([0. ,  nan, 0.6])
    """
    counts = np.round(np.asarray(values, float) * total)
    whole = rounded(total)
    if isinstance(whole, str) or not whole:
        return np.full(len(counts), np.nan)
    return np.where(small(counts), np.nan, np.floor(counts / NEAREST + 0.5) * NEAREST / whole)


def small(counts: np.ndarray) -> np.ndarray:
    """Which counts may not be shown.

    >>> small(np.array([0, 1, 7, 8])).tolist()
    [False, True, True, False]
    """
    whole = np.round(counts)
    return (whole >= 1) & (whole <= SMALL)


def _defined(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _end(value: float | None) -> float | None:
    return round(float(value or 0), DIGITS) if _defined(value) else None


def _nearest(value: float | None, of: float) -> float:
    count = math.floor(round(float(value or 0) * of) / NEAREST + 0.5) * NEAREST
    return round(count / int(rounded(of)), DIGITS)
