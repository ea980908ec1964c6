"""Rows in groups: sums, and standard errors from what each patient contributes.

Decision
--------
A smooth figure (AUROC, O:E, a calibration slope) gets its standard error from influence values: how far the figure
moves when a row counts a little more. Squared and added up by patient they give the variance that a bootstrap by
patient would find with endless repeats, without its noise and in one pass. For AUROC this is DeLong's variance, with
several rows a patient Obuchowski's; for a calibration slope it is the sandwich. A row of weight 2 is one person who
stands for two, not two people: a weight widens the interval. All groups are computed at once, everyone being one group.

Sources: Hampel, J Am Stat Assoc 1974;69:383, doi 10.1080/01621459.1974.10482962; DeLong, DeLong and Clarke-Pearson,
Biometrics 1988;44:837, doi 10.2307/2531595; Obuchowski, Biometrics 1997;53:567, doi 10.2307/2533958.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from riskstrat.evaluate.intervals import share_with_error
from riskstrat.evaluate.people import People
from riskstrat.evaluate.results import Estimate


class Measured(NamedTuple):
    """A figure in each group.

    Parameters
    ----------
    value : array, shape (groups,)
        NaN where undefined.
    influence : array, shape (rows,)
        What each row contributes to the figure's error.
    """

    value: np.ndarray
    influence: np.ndarray


@dataclass(frozen=True)
class Rows:
    """What figures are computed from.

    Parameters
    ----------
    y : array of 0/1, shape (rows,)
    weight : array of float, shape (rows,)
    group : array of int, shape (rows,)
        From 0 up.
    groups : int
        How many there are.
    patient : array of int, shape (rows,), or None
        None where every row is another patient.

    Examples
    --------
    >>> rows = Rows(np.array([0, 1, 1]), np.ones(3), np.array([0, 0, 1]), 2)
    >>> rows.sums(rows.y)
    array([1., 1.])
    """

    y: np.ndarray
    weight: np.ndarray
    group: np.ndarray
    groups: int
    patient: np.ndarray | None = None

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The sum of values in each group, shape (groups,)."""
        if self.groups == 1:
            return np.array([np.sum(values, dtype=float)])
        return np.bincount(self.group, weights=values, minlength=self.groups)

    def means(self, values: np.ndarray) -> np.ndarray:
        """The weighted mean of values in each group, shape (groups,)."""
        return over(self.sums(self.weight * values), self.sums(self.weight))

    @cached_property
    def events(self) -> np.ndarray:
        """The weight of those with the outcome, shape (groups,)."""
        return self.sums(self.weight * self.y)

    @cached_property
    def others(self) -> np.ndarray:
        """The weight of those without the outcome, shape (groups,)."""
        return self.sums(self.weight * (1 - self.y))

    @cached_property
    def both(self) -> np.ndarray:
        """Which groups have people with and people without the outcome, shape (groups,)."""
        return np.asarray((self.events > 0) & (self.others > 0))

    @cached_property
    def _pairs(self) -> tuple[np.ndarray, np.ndarray] | None:
        """For each row the number of its patient within its group, and the group of each such number."""
        if self.patient is None:
            return None
        patients = int(self.patient.max()) + 1
        names, numbers = np.unique(self.group.astype(np.int64) * patients + self.patient, return_inverse=True)
        return numbers, names // patients

    def error(self, influence: np.ndarray) -> np.ndarray:
        """The standard error of a figure in each group, from its influence values; shape (groups,)."""
        if self._pairs is None:
            return np.asarray(np.sqrt(self.sums(influence**2)))
        numbers, group = self._pairs
        return np.sqrt(np.bincount(group, weights=np.bincount(numbers, weights=influence) ** 2, minlength=self.groups))

    def patients(self, chosen: np.ndarray) -> np.ndarray:
        """How many patients have a row of a mask, in each group; shape (groups,)."""
        if self._pairs is None:
            return self.sums(chosen)
        numbers, group = self._pairs
        return np.bincount(group[np.unique(numbers[chosen])], minlength=self.groups).astype(float)

    def estimates(self, found: Measured, scale: Callable[[float, float], Estimate]) -> list[Estimate]:
        """A figure with its interval on a scale, in each group.

        Parameters
        ----------
        found : Measured
        scale : callable
            From a value and its standard error: see `intervals`.
        """
        error = self.error(found.influence)
        return [scale(*one) for one in zip(found.value.tolist(), error.tolist(), strict=True)]

    def shares(self, found: Measured, whole: np.ndarray) -> list[Estimate]:
        """A share with Wilson's interval, in each group.

        The standard error of a plain share is known from the share; where weights, ties or several rows a patient make
        it an estimate, it has a degree of freedom less than there are people.

        Parameters
        ----------
        found : Measured
        whole : array, shape (rows,)
            Who it is a share of.
        """
        number = self.sums((self.weight > 0) * whole)
        error = self.error(found.influence)
        plain = np.sqrt(over(np.maximum(found.value * (1 - found.value), 0), number))
        freedom = np.sqrt(over(number, np.maximum(number - 1, 0)))
        error = np.where(np.isclose(error, plain, rtol=1e-9), error, error * freedom)
        told = zip(found.value.tolist(), error.tolist(), number.tolist(), strict=True)
        return [share_with_error(*one) for one in told]


def rows_of(people: People, group: np.ndarray | None = None, groups: int = 1) -> Rows:
    """The rows of people, in groups; without groups, everyone in one.

    Parameters
    ----------
    people : People
    group : array of int, shape (rows,), or None
    groups : int
    """
    codes = np.zeros(people.rows, np.int64) if group is None else group
    return Rows(np.asarray(people.y, float), people.weights, codes, groups, people.patients)


def counted(weight: float) -> int:
    """A weight as a number of people, halves rounded up, whatever the last digit of a sum.

    >>> counted(19.5), counted(19.499999999999996)
    (20, 20)
    """
    return math.floor(weight + 0.5 + 1e-9)


def over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide one by the other; NaN where the other is 0.

    >>> over(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    part, whole = np.broadcast_arrays(np.asarray(part, float), whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0))
