"""Standard errors from the contribution of each patient to a figure, and 95 % intervals.

Decision
--------
A smooth figure (AUROC, observed/expected, a calibration slope) gets its standard error from influence values: how much
the figure changes when a row counts slightly more. Squared and added up by patient, they give the variance that a
bootstrap by patient would reach with endless repeats, without its noise and in one pass. For AUROC this is DeLong's
variance, or Obuchowski's with several rows for each patient; for a calibration slope it is the sandwich. A row of
weight 2 is one person who represents two, not two people: a weight widens the interval. All groups are computed at
once; everyone is one group.

A share gets Wilson's interval with the effective number of people: p (1 - p) / se^2. For a plain share this is the
number itself. It includes the effect of weights, of patients with several rows and of the moving end of a list on the
standard error (Korn and Graubard's method for survey data). Other figures get a normal interval on the scale where they
are nearest to normal: a figure between 0 and 1 on the logit, a ratio on the log, and the rest unchanged. A standard
error of 0 at the end of a scale (an AUROC of 1) does not measure uncertainty; the interval is then None.

Sources: Hampel, J Am Stat Assoc 1974;69:383, doi 10.1080/01621459.1974.10482962; DeLong, DeLong and Clarke-Pearson,
Biometrics 1988;44:837, doi 10.2307/2531595; Obuchowski, Biometrics 1997;53:567, doi 10.2307/2533958; Wilson, J Am Stat
Assoc 1927;22:209, doi 10.1080/01621459.1927.10502953; Korn and Graubard, Surv Methodol 1998;24:193; Boyd, Eng and Page,
ECML PKDD 2013, doi 10.1007/978-3-642-40994-3_29 (average precision on the logit).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from riskstrat.evaluation.people import People
from riskstrat.evaluation.results import Estimate
from riskstrat.tables import Bools, Floats, Ints

Z = 1.959963984540054
"""Standard normal deviate of a two-sided 95 % interval."""


def share(part: float, whole: float) -> Estimate:
    """Return a share with Wilson's interval; None where the whole is 0.

    >>> share(1, 10)
    Estimate(value=0.1, low=0.01787..., high=0.40415...)
    """
    return Estimate(None) if whole <= 0 else _wilson(part / whole, whole)


def share_with_error(value: float, error: float, number: float) -> Estimate:
    """Return a share with Wilson's interval for the effective number of people.

    Parameters
    ----------
    value : float
        NaN where undefined.
    error : float
        Its standard error; NaN where unknown, which gives no interval.
    number : float
        Number of people, for a share of 0 or 1, whose standard error is 0.
    """
    if math.isnan(value):
        return Estimate(None)
    if math.isnan(error) or number <= 0:
        return Estimate(value)
    return _wilson(value, value * (1 - value) / error**2 if error > 0 and 0 < value < 1 else number)


def _wilson(value: float, number: float) -> Estimate:
    centre = (value + Z**2 / (2 * number)) / (1 + Z**2 / number)
    half = Z / (1 + Z**2 / number) * math.sqrt(value * (1 - value) / number + Z**2 / (4 * number**2))
    return Estimate(value, max(0.0, centre - half) if value > 0 else 0.0, min(1.0, centre + half) if value < 1 else 1.0)


def normal(value: float, error: float) -> Estimate:
    """Return a figure with a normal interval.

    >>> normal(1.0, 0.5)
    Estimate(value=1.0, low=0.020..., high=1.979...)
    """
    if math.isnan(value):
        return Estimate(None)
    known = not math.isnan(error)
    return Estimate(value, value - Z * error, value + Z * error) if known else Estimate(value)


def on_log(value: float, error: float) -> Estimate:
    """Return a positive figure with an interval that is normal on the log scale.

    >>> on_log(2.0, 0.0).high, on_log(0.0, 0.0).high
    (2.0, None)
    """
    if math.isnan(value):
        return Estimate(None)
    if value <= 0 or math.isnan(error):
        return Estimate(value)
    factor = math.exp(Z * error / value)
    return Estimate(value, value / factor, value * factor)


def on_logit(value: float, error: float) -> Estimate:
    """Return a figure between 0 and 1 with an interval that is normal on the log-odds scale.

    >>> on_logit(0.5, 0.1), on_logit(1.0, 0.0)
    (Estimate(value=0.5, low=0.313..., high=0.686...), Estimate(value=1.0, low=None, high=None))
    """
    if math.isnan(value):
        return Estimate(None)
    if not 0 < value < 1 or not error > 0:
        return Estimate(value)
    middle, width = math.log(value / (1 - value)), Z * error / (value * (1 - value))
    return Estimate(value, *(1 / (1 + math.exp(-(middle + side * width))) for side in (-1, 1)))


def two_sided_p(value: float, error: float) -> float | None:
    """Compute the chance of a difference as large as this where there is none; None without a standard error.

    >>> round(two_sided_p(1.96, 1.0), 4), two_sided_p(0.0, 0.0)
    (0.05, None)
    """
    return math.erfc(abs(value) / error / math.sqrt(2)) if error > 0 else None


class FigureWithInfluence(NamedTuple):
    """A figure in each group.

    Parameters
    ----------
    value : array, shape (groups,)
        NaN where undefined.
    influence : array, shape (rows,)
        Contribution of each row to the error of the figure.
    """

    value: Floats
    influence: Floats


@dataclass(frozen=True)
class GroupedRows:
    """The rows from which figures are computed.

    Parameters
    ----------
    group : array of int, shape (rows,)
        Numbers from 0.
    patient : array of int, shape (rows,), or None
        None where every row is another patient.

    Examples
    --------
    >>> rows = GroupedRows(np.array([0, 1, 1]), np.ones(3), np.array([0, 0, 1]), 2)
    >>> rows.sums(rows.y)
    array([1., 1.])
    """

    y: Floats | Ints
    weight: Floats
    group: Ints
    groups: int
    patient: Ints | None = None

    def sums(self, values: Floats | Ints | Bools) -> Floats:
        """Sum values in each group, shape (groups,)."""
        if self.groups == 1:
            return np.array([np.sum(values, dtype=float)])
        return np.asarray(np.bincount(self.group, weights=values, minlength=self.groups), float)

    def means(self, values: Floats | Ints) -> Floats:
        """Compute the weighted mean of values in each group, shape (groups,)."""
        return over(self.sums(self.weight * values), self.sums(self.weight))

    @cached_property
    def events(self) -> Floats:
        """Weight of people with the outcome, shape (groups,)."""
        return self.sums(self.weight * self.y)

    @cached_property
    def others(self) -> Floats:
        """Weight of people without the outcome, shape (groups,)."""
        return self.sums(self.weight * (1 - self.y))

    @cached_property
    def both(self) -> Bools:
        """Whether each group has people with and people without the outcome, shape (groups,)."""
        return (self.events > 0) & (self.others > 0)

    @cached_property
    def _pairs(self) -> tuple[Ints, Ints] | None:
        """For each row, the number of its patient within its group; and the group of each such number."""
        if self.patient is None:
            return None
        patients = int(self.patient.max()) + 1
        names, numbers = np.unique(self.group.astype(np.int64) * patients + self.patient, return_inverse=True)
        return numbers, names // patients

    def error(self, influence: Floats) -> Floats:
        """Compute the standard error of a figure in each group from influence values; shape (groups,)."""
        if self._pairs is None:
            return np.sqrt(self.sums(influence**2))
        numbers, group = self._pairs
        return np.sqrt(np.bincount(group, weights=np.bincount(numbers, weights=influence) ** 2, minlength=self.groups))

    def patients(self, chosen: Bools) -> Floats:
        """Count patients with a row in a mask, in each group; shape (groups,)."""
        if self._pairs is None:
            return self.sums(chosen)
        numbers, group = self._pairs
        return np.bincount(group[np.unique(numbers[chosen])], minlength=self.groups).astype(float)

    def estimates(self, found: FigureWithInfluence, scale: Callable[[float, float], Estimate]) -> list[Estimate]:
        """Return a figure with its interval on a scale (`normal`, `on_log`, `on_logit`), in each group."""
        error = self.error(found.influence)
        return [scale(*one) for one in zip(found.value.tolist(), error.tolist(), strict=True)]

    def shares(self, found: FigureWithInfluence, whole: Floats | Ints) -> list[Estimate]:
        """Return a share with Wilson's interval, in each group.

        The standard error of a plain share follows from the share. Where weights, ties or several rows for each patient
        make it an estimate, it has one degree of freedom less than there are people.

        Parameters
        ----------
        whole : array, shape (rows,)
            The rows that it is a share of.
        """
        number = self.sums((self.weight > 0) * whole)
        error = self.error(found.influence)
        plain = np.sqrt(over(np.maximum(found.value * (1 - found.value), 0), number))
        freedom = np.sqrt(over(number, np.maximum(number - 1, 0)))
        error = np.where(np.isclose(error, plain, rtol=1e-9), error, error * freedom)
        triples = zip(found.value.tolist(), error.tolist(), number.tolist(), strict=True)
        return [share_with_error(*one) for one in triples]


def group_rows(people: People, group: Ints | None = None, groups: int = 1) -> GroupedRows:
    """Put the rows of people in groups; without groups, all in one."""
    codes = np.zeros(people.rows, np.int64) if group is None else group
    return GroupedRows(np.asarray(people.y, float), people.weights, codes, groups, people.patients)


def counted(weight: float) -> int:
    """Round a weight to a number of people, halves up, whatever the last digit of a sum.

    >>> counted(19.5), counted(19.499999999999996)
    (20, 20)
    """
    return math.floor(weight + 0.5 + 1e-9)


def over(part: Floats | Ints, whole: Floats | Ints) -> Floats:
    """Divide one by the other; NaN where the other is 0.

    >>> over(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    part, whole = np.broadcast_arrays(np.asarray(part, float), whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0))
