"""Labels: who had the outcome, from days since the index date, and how patients who die first count.

Decision
--------
A patient who dies in the window before the event can no longer have it: death competes with the outcome. A study
chooses what risk means (``outcome.competing_death``):

``ignore`` (default)
    A patient who dies without the event did not have it. The risk is that of the event in a world where people also
    die: the probability that a list is made for, and the one that can be checked by counting.
``composite``
    Death counts as the outcome. Patients who are dying rise on the list.
``weight``
    Death without the event hides what would have happened: these patients are excluded, and similar patients who lived
    represent them (inverse probability of censoring weights, by age band). The risk is that of the event if nobody
    died; it is higher among old people, and cannot be checked by counting.

The weights are 1 / G(t), where G is the Kaplan-Meier estimate of not having died before day t within an age band
(under 65, 65 to 74, 75 to 84, 85 and over), at the day of the event or the end of the window. They assume that within a
band, patients who die would have been admitted as often as patients who do not, which is rarely true: read the effect
that `riskstrat compare` shows as a bound on how much the choice matters.

A patient is case-managed who is on a caseload on the index date or joins one in the window.

Sources: Vock and others, J Biomed Inform 2016;61:119, doi 10.1016/j.jbi.2016.03.009 (weights); Austin, Lee and Fine,
Circulation 2016;133:601, doi 10.1161/CIRCULATIONAHA.115.017719 (competing risks); Liley et al., SPARRA v4 (composite).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from riskstrat.features import WINDOWS
from riskstrat.study import CompetingDeath, OutcomeDays, OutcomeSettings
from riskstrat.tables import Binary, Bools, Floats, Ints, Singles, SmallInts

_AGE_BANDS = (65, 75, 85)


@dataclass(frozen=True)
class Labels:
    """What happened to each person, and what of it counts as the outcome.

    `event`, `death` and `management` are days from the index date, infinity for never; `counts` are the events in 30,
    90, 180 and 365 days, shape (rows, 4); `age` is in years, on the index date.
    """

    settings: OutcomeSettings
    event: Singles
    death: Singles
    management: Singles
    counts: SmallInts
    age: Singles

    @cached_property
    def outcome(self) -> Binary:
        """Whether each person had the outcome in the window, 0/1, shape (rows,)."""
        happened = self.event < self.settings.days
        composite = "composite" in (self.settings.competing_death, self._by_event)
        return (happened | self.died_first if composite else happened).astype(np.int8)

    @property
    def _by_event(self) -> CompetingDeath:
        return "composite" if self.settings.event == "unplanned_admission_or_death" else "ignore"

    @property
    def events(self) -> SmallInts:
        """Admissions (or attendances) in the window, shape (rows,)."""
        return self.counts[:, WINDOWS.index(self.settings.days)]

    @property
    def died(self) -> Bools:
        """Whether each person died in the window, shape (rows,)."""
        return self.death < self.settings.days

    @property
    def died_first(self) -> Bools:
        """Whether each person died in the window without the event, shape (rows,)."""
        return self.died & ~(self.event < self.settings.days)

    @property
    def managed(self) -> Bools:
        """Whether each person is on a caseload on the index date or joins one in the window, shape (rows,)."""
        return self.management < self.settings.days

    @property
    def managed_before(self) -> Bools:
        """Whether each person is on a caseload on the index date, shape (rows,)."""
        return np.asarray(self.management == 0)

    def weight(self) -> Floats | None:
        """Weight each row, shape (rows,); None where all count alike."""
        if self.settings.competing_death != "weight":
            return None
        return censoring_weights(self.event, self.death, self.settings.days, self.age)

    def only(self, chosen: Bools | Ints) -> Labels:
        """Select the labels of some rows."""
        return Labels(self.settings, *(values[chosen] for values in self._arrays()))

    def _arrays(self) -> tuple[np.ndarray, ...]:
        return self.event, self.death, self.management, self.counts, self.age

    def if_death_were(self, choice: CompetingDeath) -> Labels:
        """Label the same people by another choice about patients who die first."""
        return replace(self, settings=self.settings.model_copy(update={"competing_death": choice}))

    def in_days(self, days: OutcomeDays) -> Labels:
        """Label the same people in another outcome window."""
        return replace(self, settings=self.settings.model_copy(update={"days": days}))


def labels_of(rows: pa.Table, settings: OutcomeSettings, age: Floats) -> Labels:
    """Make labels from outcomes.parquet and ages."""
    event, death, management = (_days(rows, f"days_to_{what}") for what in ("event", "death", "case_management"))
    counts = np.column_stack([rows.column(f"events_{window}").to_numpy() for window in WINDOWS])
    return Labels(settings, event, death, management, counts, age.astype(np.float32))


def join_labels(parts: Sequence[Labels]) -> Labels:
    """Join the labels of several index dates, one below the other."""
    columns = zip(*(part._arrays() for part in parts), strict=True)
    return Labels(parts[0].settings, *(np.concatenate(column) for column in columns))


def _days(rows: pa.Table, name: str) -> Singles:
    """Read days from the index date, infinity for never."""
    days = rows.column(name).to_numpy(zero_copy_only=False).astype(np.float32)
    return np.asarray(np.nan_to_num(days, nan=np.inf))


def censoring_weights(event: Singles, death: Singles, days: int, age: Singles) -> Floats:
    """Weight people who lived so that they also represent similar people who died without the event.

    `event` and `death` are days from the index date, infinity for never; `days` is the length of the window. In this
    example one of four dies on day 5 without the event; the patient admitted on day 3 still represents one person.

    >>> never = np.inf
    >>> censoring_weights(np.array([3, never, never, never]), np.array([never, 5, never, never]), 30, np.full(4, 70))
    array([1. , 0. , 1.5, 1.5])
    """
    died_first = (death < days) & ~(event < days)
    until = np.minimum(np.minimum(event, death), days).astype(int)
    weight = np.zeros(len(event))
    band = np.searchsorted(_AGE_BANDS, age, side="right")
    for one in np.unique(band):
        mine = band == one
        weight[mine] = 1 / _not_died_before(until[mine], died_first[mine], days)[until[mine]]
    return np.where(died_first, 0.0, weight)


def _not_died_before(until: Ints, died_first: Bools, days: int) -> Floats:
    """Estimate the chance of not having died before each day, 0 to `days`; an event ends the time at risk."""
    at_risk = len(until) - np.r_[0, np.cumsum(np.bincount(until, minlength=days + 1))][: days + 1]
    deaths = np.bincount(until[died_first], minlength=days + 1)
    surviving = np.cumprod(1 - np.divide(deaths, at_risk, out=np.zeros(days + 1), where=at_risk > 0))
    return np.asarray(np.r_[1.0, surviving[:-1]])
