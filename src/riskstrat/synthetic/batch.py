"""One batch of patients and what happened to them, ready to be written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from riskstrat.synthetic.csv_files import CsvColumns, CsvExtract, pick
from riskstrat.synthetic.months import Course, State, step
from riskstrat.synthetic.people import PeopleBatch, Practices
from riskstrat.synthetic.timeline import NEVER, Bools, FloatArray, Ints, Timeline

_UNKNOWN_PRACTICE = "V81999"


@dataclass(frozen=True)
class Stays:
    """Emergency admissions, sorted by patient and day."""

    who: Ints
    admitted: Ints
    discharged: Ints
    died: Bools


@dataclass(frozen=True)
class Chunk:
    """Patients, their pseudonyms, practices and lives.

    `death` is `NEVER` for those alive at the span's end; `sex_code` indexes F, M, I, U;
    `yearly` is the cumulative admission hazard (z = 1) in each year of the span.
    """

    people: PeopleBatch
    practices: Practices
    timeline: Timeline
    keys: pa.Array
    sex_code: Ints
    death: Ints
    stays: Stays
    yearly: FloatArray

    @property
    def gp_end(self) -> Ints:
        """Day after the last on which the practice could record anything."""
        return np.minimum(np.minimum(self.death + 1, self.people.left), self.timeline.stop)

    @property
    def gp_start(self) -> Ints:
        """First day in the span on which the practice could record anything."""
        return np.maximum(self.people.joined, self.timeline.start)

    def patient(self, who: Ints) -> pa.Array:
        """Pseudonyms by position."""
        return self.keys.take(pa.array(who))

    def append(self, store: CsvExtract, name: str, who: Ints, columns: CsvColumns) -> None:
        """Append rows of patients to a file of the practices."""
        store.append(f"gp/{name}", {"patient_id": self.patient(who), **columns})

    def practice_at(self, who: Ints, when: Ints) -> Ints:
        """Position of the practice of each patient on a day."""
        people = self.people
        return np.where(when >= people.moved[who], people.moved_to[who], people.practice[who])

    def practice_code(self, who: Ints, when: Ints, rng: np.random.Generator) -> pa.Array:
        """GPPRAC as hospitals hold it: 1 % unknown."""
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
) -> Chunk:
    """Simulate a chunk; `at_index` is called on the first day of every index month."""
    state = State.at_start(people, timeline.start)
    course = Course()
    index_months = set(timeline.index_months())
    for month in range(timeline.months):
        if month in index_months:
            at_index(state, month)
        step(people, state, course, timeline, month, rng)
    at_index(state, timeline.months)
    return Chunk(
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
    """32-character hexadecimal keys."""
    digits = np.frombuffer(rng.bytes(16 * count).hex().encode(), dtype="S32")
    return pa.array(digits.astype("U32"), pa.string())


def occurrences(
    chunk: Chunk, rate: FloatArray, rng: np.random.Generator, even: bool = False, registered: bool = False
) -> tuple[Ints, Ints]:
    """Draw patients and days of events at a yearly rate, sorted by patient and day.

    Parameters
    ----------
    rate : array, shape (patients, years)
        Events a year, one column a year of the span.
    even : bool
        Counts vary by less than one about the rate instead of like a Poisson count.
    registered : bool
        Only while registered with a practice; otherwise while alive.
    """
    who, when = [], []
    for year in range(chunk.timeline.years):
        first, last = chunk.timeline.block(year)
        mean = rate[:, year] * (last - first) / 365.25
        count = np.floor(mean + rng.random(len(mean))).astype(np.int64) if even else rng.poisson(mean)
        people = np.repeat(np.arange(len(mean)), count)
        who.append(people)
        when.append(first + rng.integers(0, last - first, len(people)))
    people, days = np.concatenate(who), np.concatenate(when)
    start = chunk.gp_start if registered else chunk.people.born
    end = chunk.gp_end if registered else np.minimum(chunk.death + 1, chunk.timeline.stop)
    inside = (days >= start[people]) & (days < end[people])
    people, days = people[inside], days[inside]
    order = np.lexsort((days, people))
    return people[order], days[order]


def middles(timeline: Timeline) -> list[int]:
    """List the middle day of every year of the span."""
    return [sum(timeline.block(year)) // 2 for year in range(timeline.years)]


def by_year(chunk: Chunk, rate: Callable[[int, int], FloatArray]) -> FloatArray:
    """Compute a rate for each year of the span, given its place and its middle day; one column a year."""
    return np.stack([rate(year, when) for year, when in enumerate(middles(chunk.timeline))], axis=1)


def repeated(count: Ints) -> tuple[Ints, Ints]:
    """Repeat each position as often as counted: the positions, and the turn of each from 0."""
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)


def rank(keys: Ints) -> Ints:
    """Number the rows of each key from 0; the keys are sorted."""
    return np.arange(len(keys)) - np.searchsorted(keys, keys)
