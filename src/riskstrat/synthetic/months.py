"""Simulate onsets, emergency admissions and deaths month by month."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from riskstrat.synthetic import hazard
from riskstrat.synthetic.conditions import COLUMN
from riskstrat.synthetic.hazard import Burden
from riskstrat.synthetic.people import PeopleBatch
from riskstrat.synthetic.timeline import NEVER, BoolArray, FloatArray, IntArray, Timeline

LONGEST_STAY = 150
_NOBODY: IntArray = np.zeros(0, dtype=np.int64)


@dataclass
class State:
    """State of every patient.

    `free_from` is the first day on which a patient can be admitted (again), `acute` the
    acute level on `acute_day`, `past` the cumulative hazard at z = 1 so far, `events` the
    admissions so far, and `stay_death` the probability that the current stay ends in death.
    """

    free_from: IntArray
    acute: FloatArray
    acute_day: IntArray
    death: IntArray
    past: FloatArray
    events: IntArray
    stay_death: FloatArray
    alive: BoolArray

    @classmethod
    def at_start(cls, people: PeopleBatch, start: int) -> State:
        """Start with every patient at home and no acute level."""
        count = people.size
        return cls(
            free_from=np.maximum(people.born, start),
            acute=np.zeros(count),
            acute_day=np.full(count, start),
            death=np.full(count, NEVER),
            past=np.zeros(count),
            events=np.zeros(count, dtype=np.int64),
            stay_death=np.zeros(count),
            alive=np.ones(count, dtype=bool),
        )

    def acute_at(self, when: IntArray | int) -> FloatArray:
        """Compute the acute level on a day after the last disturbance."""
        return np.asarray(self.acute * np.exp(-np.maximum(when - self.acute_day, 0) / hazard.TAU))


@dataclass
class Course:
    """Emergency admissions (who, admitted, discharged, died) and yearly hazard of a batch."""

    stays: list[tuple[IntArray, IntArray, IntArray, BoolArray]] = field(
        default_factory=lambda: [(_NOBODY, _NOBODY, _NOBODY, _NOBODY > 0)]
    )
    yearly: list[FloatArray] = field(default_factory=list)


@dataclass(frozen=True)
class Rates:
    """Hazards and stays of one month, one entry per patient.

    `rate` and `dying` are daily; `strength` is the weight of the acute level; `fatal`
    is the probability that an admission ends in death, `stay` its mean length.
    """

    frailty: FloatArray
    strength: FloatArray
    rate: FloatArray
    dying: FloatArray
    fatal: FloatArray
    stay: FloatArray


def month_rates(people: PeopleBatch, when: int) -> Rates:
    """Compute the hazards of the month that begins on a day."""
    has, load = burden_at(people, when)
    return Rates(
        frailty=people.frailty,
        strength=load.acute,
        rate=hazard.admission_rate(people, load, when),
        dying=hazard.death_rate(people, load, when),
        fatal=hazard.hospital_death(people, load, when),
        stay=mean_stay(people, has, when),
    )


def step(
    people: PeopleBatch, state: State, course: Course, timeline: Timeline, month: int, rng: np.random.Generator
) -> None:
    """Advance every patient by one month."""
    first, last = int(timeline.starts[month]), int(timeline.starts[month + 1])
    disturb(people, state, first, int(timeline.starts[month - 1]) if month else first)
    rates = month_rates(people, first)
    start = np.maximum(first, state.free_from)
    before = state.past.copy()
    active = np.flatnonzero(state.alive & (start < last))
    while len(active):
        active = _segment(state, course, rates, active, start, last, rng)
    if month % 12 == 0:
        course.yearly.append(np.zeros(people.size))
    course.yearly[-1] += state.past - before


def disturb(people: PeopleBatch, state: State, first: int, previous: int) -> None:
    """Add the acute pulse of conditions diagnosed in the month before."""
    fresh = (people.onset >= previous) & (people.onset < first)
    who = np.flatnonzero(fresh.any(1) & (state.acute_day <= first))
    state.acute[who] = state.acute_at(first)[who] + fresh[who] @ hazard.PULSE
    state.acute_day[who] = first


def mean_stay(people: PeopleBatch, has: BoolArray, when: int) -> FloatArray:
    """Compute the mean length of stay, days, of an emergency admission."""
    factor = (
        1.0
        + 0.20 * has[:, COLUMN["frailty_moderate"]]
        + 0.35 * has[:, COLUMN["frailty_severe"]]
        + 0.30 * has[:, COLUMN["dementia"]]
        + 0.25 * has[:, COLUMN["stroke"]]
    )
    return np.asarray((1.2 + 0.00085 * people.age(when) ** 2) * factor)


def _segment(
    state: State, course: Course, rates: Rates, who: IntArray, start: IntArray, last: int, rng: np.random.Generator
) -> IntArray:
    """Simulate from `start` to the end of the month or the first event; return the patients to continue."""
    days = (last - start[who]).astype(np.float64)
    level = rates.strength[who] * state.acute_at(start)[who]
    exposure = rates.rate[who] * (days + hazard.acute_days(level, days))
    admitting, deadly = rates.frailty[who] * exposure, rates.dying[who] * days
    draw = -np.log1p(-rng.random(len(who))) / (admitting + deadly)
    event = draw < 1
    admission = event & (rng.random(len(who)) * (admitting + deadly) < admitting)
    passed = np.where(event, draw, 1.0) * days
    state.past[who] += rates.rate[who] * (passed + hazard.acute_days(level, passed))
    when = start[who] + np.floor(passed).astype(np.int64)
    died = who[event & ~admission]
    state.death[died] = when[event & ~admission]
    state.alive[died] = False
    inside = who[admission]
    _admit(state, course, rates, inside, when[admission], rng)
    start[inside] = state.free_from[inside]
    return inside[state.alive[inside] & (state.free_from[inside] < last)]


def _admit(state: State, course: Course, rates: Rates, who: IntArray, when: IntArray, rng: np.random.Generator) -> None:
    """Record admissions, their discharge and whether they end in death."""
    length = np.floor(rng.gamma(0.65, rates.stay[who] / 0.65))
    out = when + np.minimum(length, LONGEST_STAY).astype(np.int64)
    died = rng.random(len(who)) < rates.fatal[who]
    state.free_from[who] = out
    state.acute[who], state.acute_day[who] = 1.0, out
    state.events[who] += 1
    state.stay_death[who] = rates.fatal[who]
    state.death[who[died]] = out[died]
    state.alive[who[died]] = False
    course.stays.append((who, when, out, died))


def burden_at(people: PeopleBatch, when: int) -> tuple[BoolArray, Burden]:
    """Find conditions and their burden on a day."""
    has = people.has(when)
    return has, hazard.burden(people, has, when)
