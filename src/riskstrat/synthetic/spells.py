"""Hospital provider spells: emergency, planned, maternity, births, regular attenders."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from riskstrat.synthetic import hazard
from riskstrat.synthetic.batch import Batch, by_year, occurrences, repeated
from riskstrat.synthetic.conditions import COLUMN
from riskstrat.synthetic.people import FEMALE
from riskstrat.synthetic.timeline import YEAR, BoolArray, FloatArray, IntArray

METHODS = ("21", "22", "23", "24", "25", "28", "2A", "2D", "2B", "81", "11", "12", "13", "31", "82")
METHOD_PLACE = {code: place for place, code in enumerate(METHODS)}
_EMERGENCY = ("21", "22", "23", "24", "25", "28", "2A", "2D")
EMERGENCY_SHARES = (0.66, 0.09, 0.03, 0.04, 0.01, 0.01, 0.11, 0.05)

URGENT, PLANNED, DELIVERY, BIRTH_METHOD, DIALYSIS = range(5)
ORDINARY, DAY_CASE, REGULAR, MOTHER_AND_BABY = 1, 2, 3, 5
_HOME, _HOSPITAL, CARE_HOME, _DIED = 19, 51, 54, 79
DISCHARGED, DEAD = 1, 4


@dataclass(frozen=True)
class Spells:
    """Provider spells, one entry per spell; `source`, `destination` and `ending` are HES codes.

    `discharged` may lie beyond the span: the spell is then unfinished in the extract.
    `provider` counts hospitals from the patient's own.
    """

    who: IntArray
    admitted: IntArray
    discharged: IntArray
    kind: IntArray
    method: IntArray
    source: IntArray
    destination: IntArray
    ending: IntArray
    patient_class: IntArray
    provider: IntArray

    @property
    def size(self) -> int:
        """Number of spells."""
        return len(self.who)

    def take(self, rows: IntArray | BoolArray) -> Spells:
        """Select some of the spells."""
        return Spells(*(getattr(self, item.name)[rows] for item in fields(self)))


def join(parts: list[Spells]) -> Spells:
    """Join several sets of spells, sorted by patient and day."""
    merged = Spells(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Spells)))
    return merged.take(np.lexsort((merged.discharged, merged.admitted, merged.who)))


def simple(
    who: IntArray, admitted: IntArray, discharged: IntArray, kind: int, method: IntArray | int, patient_class: int
) -> Spells:
    """Make spells from home to home."""
    shape = np.zeros(len(who), dtype=np.int64)
    return Spells(
        who, admitted, discharged, shape + kind, shape + method, shape + _HOME, shape + _HOME,
        shape + DISCHARGED, shape + patient_class, shape,
    )  # fmt: skip


def make_spells(batch: Batch, rng: np.random.Generator) -> Spells:
    """Make all spells of a batch."""
    urgent = _emergencies(batch, rng)
    planned = [_electives(batch, rng), _day_cases(batch, rng), _deliveries(batch, rng)]
    others = [part.take(_clear(batch, part)) for part in planned]
    return join([_with_transfers(urgent, rng), *others, _births(batch, rng), _dialysis(batch, rng)])


def _emergencies(batch: Batch, rng: np.random.Generator) -> Spells:
    stays = batch.stays
    methods = np.array([METHOD_PLACE[code] for code in _EMERGENCY])
    spells = simple(stays.who, stays.admitted, stays.discharged, URGENT, 0, ORDINARY)
    resident = batch.people.onset[stays.who, COLUMN["care_home"]] <= stays.admitted
    home = np.where(resident, CARE_HOME, _HOME)
    return replace(
        spells,
        method=rng.choice(methods, spells.size, p=EMERGENCY_SHARES),
        source=home,
        destination=np.where(stays.died, _DIED, home),
        ending=np.where(stays.died, DEAD, DISCHARGED),
    )


def _with_transfers(spells: Spells, rng: np.random.Generator) -> Spells:
    """Split some longer stays between two or three providers."""
    length = spells.discharged - spells.admitted
    moved = (length >= 3) & (rng.random(spells.size) < 0.06)
    thrice = moved & (length >= 6) & (rng.random(spells.size) < 0.2)
    legs = 1 + moved + thrice
    row, leg = repeated(legs)
    split = spells.take(row)
    first, last = leg == 0, leg == legs[row] - 1
    begins = split.admitted + length[row] * leg // legs[row]
    ends = split.admitted + length[row] * (leg + 1) // legs[row]
    onward = np.where(rng.random(len(row)) < 0.5, METHOD_PLACE["2B"], METHOD_PLACE["81"])
    return replace(
        split,
        admitted=begins,
        discharged=np.where(last, split.discharged, ends),
        method=np.where(first, split.method, onward),
        source=np.where(first, split.source, _HOSPITAL),
        destination=np.where(last, split.destination, _HOSPITAL),
        ending=np.where(last, split.ending, DISCHARGED),
        provider=split.provider + leg,
    )


def _illness_rate(batch: Batch, base: float, per_condition: float) -> FloatArray:
    return np.asarray(np.where(batch.ages < 18, 0.3, 1.0) * (base + per_condition * batch.illnesses))


def _electives(batch: Batch, rng: np.random.Generator) -> Spells:
    who, when = occurrences(batch, _illness_rate(batch, 0.010, 0.010), rng)
    method = rng.choice([METHOD_PLACE["11"], METHOD_PLACE["12"], METHOD_PLACE["13"]], len(who), p=(0.6, 0.25, 0.15))
    out = when + 1 + rng.geometric(0.4, len(who))
    return simple(who, when, out, PLANNED, method, ORDINARY)


def _day_cases(batch: Batch, rng: np.random.Generator) -> Spells:
    who, when = occurrences(batch, _illness_rate(batch, 0.05, 0.05), rng)
    method = rng.choice([METHOD_PLACE["11"], METHOD_PLACE["12"]], len(who))
    return simple(who, when, when, PLANNED, method, DAY_CASE)


def _deliveries(batch: Batch, rng: np.random.Generator) -> Spells:
    age = batch.ages
    rate = np.where((batch.people.sex == FEMALE)[:, None] & (age > 17) & (age < 44), 0.05, 0.0)
    who, when_born = occurrences(batch, rate, rng)
    apart = np.ones(len(who), dtype=bool)
    apart[1:] = (who[1:] != who[:-1]) | (np.diff(when_born) > 330)
    who, when_born = who[apart], when_born[apart]
    return simple(who, when_born, when_born + 1 + rng.geometric(0.5, len(who)), DELIVERY, METHOD_PLACE["31"], ORDINARY)


def _births(batch: Batch, rng: np.random.Generator) -> Spells:
    who = np.flatnonzero(batch.people.born >= batch.timeline.start)
    born = batch.people.born[who]
    out = np.minimum(born + rng.geometric(0.5, len(who)), batch.death[who])
    spells = simple(who, born, out, BIRTH_METHOD, METHOD_PLACE["82"], MOTHER_AND_BABY)
    return spells.take(rng.random(len(who)) < 0.97)


def _dialysis(batch: Batch, rng: np.random.Generator) -> Spells:
    people = batch.people

    def rate(when: int) -> FloatArray:
        failing = hazard.egfr(people.age(when), people.kidney) < 16
        return np.where(failing & people.has(when)[:, COLUMN["chronic_kidney_disease"]], 48.0, 0.0)

    who, seen = occurrences(batch, by_year(batch, rate), rng)
    return simple(who, seen, seen, DIALYSIS, METHOD_PLACE["13"], REGULAR)


def _clear(batch: Batch, planned: Spells) -> BoolArray:
    """Find planned spells that overlap no emergency stay and end by the day of death."""
    stays = batch.stays
    scale = 100_000
    arrivals = stays.who * scale + stays.admitted
    place = np.searchsorted(arrivals, planned.who * scale + planned.admitted)
    padded = np.append(arrivals, np.iinfo(np.int64).max)
    after = padded[place] > planned.who * scale + planned.discharged
    previous = np.maximum(place - 1, 0)
    same = (place > 0) & (stays.who[previous] == planned.who) if len(stays.who) else np.zeros(planned.size, bool)
    before = ~same | (stays.discharged[previous] < planned.admitted) if len(stays.who) else ~same
    return np.asarray(after & before & (planned.discharged <= batch.death[planned.who]))


def age_at(batch: Batch, who: IntArray, when: IntArray) -> FloatArray:
    """Compute the age of each patient on a day."""
    return np.asarray((when - batch.people.born[who]) / YEAR)
