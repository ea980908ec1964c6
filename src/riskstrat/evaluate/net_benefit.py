"""Decision curve: is a list of everyone above a threshold worth more than listing all, or none?

Decision
--------
Net benefit at a threshold t is the share of people who are rightly above it, less t / (1 - t) times the share who are
wrongly: t says how many people without the outcome one is ready to see for one with it. Those at the threshold are
above it. Listing none has a net benefit of 0.

Source: Vickers and Elkin, Med Decis Making 2006;26:565, doi 10.1177/0272989X06295361.
"""

from __future__ import annotations

import numpy as np

from riskstrat.evaluate.people import People

STEPS = 111


def net_benefit(
    people: People, risk: np.ndarray, thresholds: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds, the model's net benefit, and that of listing all; each of shape (111,).

    Parameters
    ----------
    people : People
    risk : array, shape (rows,)
    thresholds : (float, float)
        Lowest and highest, above 0 and below 1.

    Examples
    --------
    >>> some = People(np.array([0, 1]), np.array([0, 1]), {})
    >>> [part[0].round(3) for part in net_benefit(some, np.array([0.1, 0.9]), (0.2, 0.6))]
    [np.float64(0.2), np.float64(0.5), np.float64(0.375)]
    """
    grid = np.linspace(*thresholds, STEPS).round(6)
    above = np.searchsorted(grid, risk, side="right")
    total = people.weights.sum()
    true, false = (_from(above, people.weights * (people.y == kind)) / total for kind in (1, 0))
    odds = grid / (1 - grid)
    return grid, true[1:] - false[1:] * odds, true[0] - false[0] * odds


def _from(above: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weight of everyone, then of those at or above each threshold."""
    return np.bincount(above, weights=weight, minlength=STEPS + 1)[::-1].cumsum()[::-1]
