"""Logistic regression in many groups at once, by Newton's method, with the influence of each row.

Decision
--------
Calibration is computed for everyone, every subgroup and every practice. One fit for all groups together, by sums over
rows, takes as long as one for everyone. If a fit does not converge, because risk separates people with the outcome from
people without, there is no estimate: NaN, not a large number. A risk of 0 or 1 has no finite log odds; it is limited to
one in a thousand million.
"""

from dataclasses import dataclass

import numpy as np

from riskstrat.evaluation.standard_errors import GroupedRows
from riskstrat.tables import Floats, Ints

_LEAST = 1e-9
_MOST_STEPS, LONGEST_STEP, SETTLED = 30, 4.0, 1e-8


def log_odds(risk: Floats) -> Floats:
    """Turn risks into finite log odds.

    >>> log_odds(np.array([0.5, 0.0])).round(2)
    array([  0.  , -20.72])
    """
    kept = np.clip(risk, _LEAST, 1 - _LEAST)
    return np.log(kept / (1 - kept))


def probability(odds: Floats) -> Floats:
    """Turn log odds into risks.

    >>> probability(np.array([0.0, -2000.0])).round(6)
    array([0.5, 0. ])
    """
    return 1 / (1 + np.exp(-np.clip(odds, -700, 700)))


@dataclass(frozen=True)
class Fit:
    """A logistic regression in each group.

    Parameters
    ----------
    coefficients : array, shape (groups, terms)
        NaN where the fit did not converge.
    bread : array, shape (groups, terms, terms)
        The inverse of the information.
    scores : array, shape (rows, terms)
        Contribution of each row to the estimating equations.
    group : array of int, shape (rows,)
    """

    coefficients: Floats
    bread: Floats
    scores: Floats
    group: Ints

    def influence(self, term: int) -> Floats:
        """Compute the influence of each row on one coefficient, shape (rows,)."""
        if len(self.bread) == 1:
            return self.scores @ self.bread[0, :, term]
        return np.asarray(np.einsum("ij,ij->i", self.scores, self.bread[self.group, :, term]))


def fit(rows: GroupedRows, terms: Floats, offset: Floats | float = 0.0) -> Fit:
    """Fit the outcome on terms, in each group.

    Parameters
    ----------
    terms : array, shape (rows, terms)
        They include the constant; the others have a spread of about 1.
    offset : array, shape (rows,), or float
        Known log odds.

    Examples
    --------
    >>> rows = GroupedRows(np.array([0, 1, 1, 1]), np.ones(4), np.zeros(4, int), 1)
    >>> fit(rows, np.ones((4, 1))).coefficients.round(4)
    array([[1.0986]])
    """
    found = np.zeros((rows.groups, terms.shape[1]))
    settled = np.zeros(rows.groups, bool)
    for _ in range(_MOST_STEPS):
        residual, information = _state(rows, terms, found, offset)
        step = _solved(information, _by_group(rows, terms, residual))
        longest = np.abs(step).max(axis=1)
        found = found + step * np.minimum(1, LONGEST_STEP / np.maximum(longest, LONGEST_STEP))[:, None]
        settled = longest < SETTLED
        if settled[rows.both].all():
            break
    residual, information = _state(rows, terms, found, offset)
    good = settled & rows.both
    bread = np.full_like(information, np.nan)
    bread[good] = np.linalg.pinv(information[good], hermitian=True)
    found[~good] = np.nan
    return Fit(found, bread, residual[:, None] * terms, rows.group)


def _state(rows: GroupedRows, terms: Floats, found: Floats, offset: Floats | float) -> tuple[Floats, Floats]:
    """Return the residual of each row, shape (rows,), and the information of each group, (groups, terms, terms)."""
    by_row = terms @ found[0] if rows.groups == 1 else np.einsum("ij,ij->i", terms, found[rows.group])
    risk = probability(by_row + offset)
    spread = rows.weight * risk * (1 - risk)
    columns = range(terms.shape[1])
    information = np.empty((rows.groups, len(columns), len(columns)))
    for i in columns:
        held = spread * terms[:, i]
        for j in range(i + 1):
            information[:, i, j] = information[:, j, i] = rows.sums(held * terms[:, j])
    return rows.weight * (rows.y - risk), information


def _by_group(rows: GroupedRows, terms: Floats, residual: Floats) -> Floats:
    return np.column_stack([rows.sums(residual * column) for column in terms.T])


def _solved(information: Floats, score: Floats) -> Floats:
    """Solve Newton's step in each group; 0 where a group has no information."""
    size = np.trace(information, axis1=1, axis2=2)
    little = np.where(size > 0, size * 1e-13, 1.0)
    eye = np.eye(information.shape[1])
    return np.asarray(np.linalg.solve(information + little[:, None, None] * eye, score[:, :, None])[:, :, 0])
