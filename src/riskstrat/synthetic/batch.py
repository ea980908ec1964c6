"""One batch of patients and what happened to them, ready to be written out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskstrat.synthetic.conditions import LONG_TERM
from riskstrat.synthetic.csv_files import CsvColumns, CsvExtract, pick
from riskstrat.synthetic.months import Course, State, step
from riskstrat.synthetic.people import PeopleBatch, Practices
from riskstrat.synthetic.timeline import NEVER, BoolArray, FloatArray, IntArray, Timeline

_UNKNOWN_PRACTICE = "V81999"
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Stays:
    """Emergency admissions, sorted by patient and day."""

    who: IntArray
    admitted: IntArray
    discharged: IntArray
    died: BoolArray


@dataclass(frozen=True)
class Batch:
    """Patients, their pseudonyms, practices and lives.

    `death` is `NEVER` for those alive at the span's end; `sex_code` indexes F, M, I, U;
    `yearly` is the cumulative admission hazard (z = 1) in each year of the span.
    """

    people: PeopleBatch
    practices: Practices
    timeline: Timeline
    keys: pa.Array
    sex_code: IntArray
    death: IntArray
    stays: Stays
    yearly: FloatArray

    @property
    def gp_end(self) -> IntArray:
        """Day after the last on which the practice could record anything."""
        return np.minimum(np.minimum(self.death + 1, self.people.left), self.timeline.stop)

    @property
    def gp_start(self) -> IntArray:
        """First day in the span on which the practice could record anything."""
        return np.maximum(self.people.joined, self.timeline.start)

    @cached_property
    def ages(self) -> FloatArray:
        """Age of each patient in the middle of each year of the span."""
        return by_year(self, lambda when: self.people.age(when))

    @cached_property
    def illnesses(self) -> IntArray:
        """Long-term conditions of each patient in the middle of each year of the span."""
        return by_year(self, lambda when: self.people.has(when)[:, LONG_TERM].sum(1))

    def patient(self, who: IntArray) -> pa.Array:
        """Look up pseudonyms by position."""
        return self.keys.take(pa.array(who))

    def append(self, store: CsvExtract, name: str, who: IntArray, columns: CsvColumns) -> None:
        """Append rows of patients to a GP file."""
        store.append(f"gp/{name}", {"patient_id": self.patient(who), **columns})

    def practice_at(self, who: IntArray, when: IntArray) -> IntArray:
        """Find the position of the practice of each patient on a day."""
        people = self.people
        return np.where(when >= people.moved[who], people.moved_to[who], people.practice[who])

    def practice_code(self, who: IntArray, when: IntArray, rng: np.random.Generator) -> pa.Array:
        """Give GPPRAC as hospitals record it, with 1 % unknown."""
        place = self.practice_at(who, when)
        unknown = rng.random(len(who)) < 0.01
        codes = [*self.practices.codes, _UNKNOWN_PRACTICE]
        return pick(codes, np.where(unknown, len(codes) - 1, place))


def live(
    people: PeopleBatch,
    practices: Practices,
    timeline: Timeline,
    keys: pa.Array,
    rng: np.random.Generator,
    at_index: Callable[[State, int], None],
) -> Batch:
    """Simulate a batch; `at_index` is called on the first day of every index month."""
    state = State.at_start(people, timeline.start)
    course = Course()
    index_months = set(timeline.index_months())
    for month in range(timeline.months):
        if month in index_months:
            at_index(state, month)
        step(people, state, course, timeline, month, rng)
    at_index(state, timeline.months)
    return Batch(
        people=people,
        practices=practices,
        timeline=timeline,
        keys=keys,
        sex_code=np.where(rng.random(people.size) < 0.002, rng.integers(2, 4, people.size), people.sex),
        death=np.where(state.death < timeline.stop, state.death, NEVER),
        stays=_stays(course),
        yearly=np.stack(course.yearly, axis=1),
    )


def _stays(course: Course) -> Stays:
    who, admitted, discharged, died = (np.concatenate(column) for column in zip(*course.stays, strict=True))
    order = np.lexsort((admitted, who))
    return Stays(who[order], admitted[order], discharged[order], died[order])


def pseudonyms(count: int, rng: np.random.Generator) -> pa.Array:
    """Draw 32-character hexadecimal keys."""
    digits = np.frombuffer(rng.bytes(16 * count).hex().encode(), dtype="S32")
    return pa.array(digits.astype("U32"), pa.string())


def occurrences(
    batch: Batch, rate: FloatArray, rng: np.random.Generator, even: bool = False, registered: bool = False
) -> tuple[IntArray, IntArray]:
    """Draw patients and days of events at a yearly rate (one column per year of the span), sorted by patient and day.

    With `even`, counts differ from the rate by less than one instead of following a Poisson distribution. Events are
    drawn while a patient is alive, or only while registered with a practice.
    """
    who, when = [], []
    for year in range(batch.timeline.years):
        first, last = batch.timeline.block(year)
        mean = rate[:, year] * (last - first) / 365.25
        count = np.floor(mean + rng.random(len(mean))).astype(np.int64) if even else rng.poisson(mean)
        people = np.repeat(np.arange(len(mean)), count)
        who.append(people)
        when.append(first + rng.integers(0, last - first, len(people)))
    people, days = np.concatenate(who), np.concatenate(when)
    start = batch.gp_start if registered else batch.people.born
    end = batch.gp_end if registered else np.minimum(batch.death + 1, batch.timeline.stop)
    inside = (days >= start[people]) & (days < end[people])
    people, days = people[inside], days[inside]
    order = np.lexsort((days, people))
    return people[order], days[order]


def middles(timeline: Timeline) -> list[int]:
    """List the middle day of every year of the span."""
    return [sum(timeline.block(year)) // 2 for year in range(timeline.years)]


def by_year(batch: Batch, value: Callable[[int], NDArray[Number]]) -> NDArray[Number]:
    """Compute a value of each patient on the middle day of each year of the span, one column per year."""
    return np.stack([value(when) for when in middles(batch.timeline)], axis=1)


def repeated(count: IntArray) -> tuple[IntArray, IntArray]:
    """Repeat each position by its count; return the positions and the number of each repeat from 0."""
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)


def rank(keys: IntArray) -> IntArray:
    """Number the rows of each key from 0; the keys are sorted."""
    return np.arange(len(keys)) - np.searchsorted(keys, keys)
