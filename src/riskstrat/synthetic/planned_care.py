"""Write reviews and vaccinations in the GP records.

They use a random generator of their own and change nothing else: reviews depend on conditions, age and habit, and
nothing depends on the reviews. Habits last, so that the same patients miss their reviews every year.
"""

import numpy as np
import pyarrow as pa

from riskstrat.synthetic.batch import Batch, middles
from riskstrat.synthetic.conditions import COLUMN, LONG_TERM
from riskstrat.synthetic.csv_files import CsvExtract, pick
from riskstrat.synthetic.gp_events import SYSTEMS, append_events
from riskstrat.synthetic.timeline import YEAR, BoolArray, FloatArray, IntArray

_REVIEWED = (
    ("dementia", "956841000000106", "8CMZ0"),
    ("diabetes", "170777000", "66AS."),
    ("heart_failure", "390885007", "662W."),
    ("copd", "394703002", "66YM."),
    ("coronary_heart_disease", "315614006", "6A2.."),
    ("asthma", "394700004", "66YJ."),
    ("hypertension", "401118009", "662d."),
)
_OTHERS = (("182836005", "8B3S."), ("822851000000102", "65ED."), ("310578008", "65720"))
MEDICATION, _INFLUENZA, _PNEUMOCOCCAL = range(len(_REVIEWED), len(_REVIEWED) + len(_OTHERS))
_CODES = [code for pair in (*((snomed, read) for _, snomed, read in _REVIEWED), *_OTHERS) for code in pair]
AUTUMN = 100
_OLD = 65.0
CareColumns = tuple[IntArray, IntArray, IntArray]


def write_planned_care(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a batch to `gp/gp_events`."""
    habit = rng.random(batch.people.size)
    parts: list[CareColumns] = []
    for year, middle in enumerate(middles(batch.timeline)):
        first, last = batch.timeline.block(year)
        parts += _reviews(batch, habit, middle, (first, last), rng)
        parts.append(_influenza(batch, habit, middle, last, rng))
    parts.append(_pneumococcal(batch, habit, rng))
    who, when, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = (when < batch.gp_end[who]) & ((when >= batch.gp_start[who]) | (kind == _PNEUMOCOCCAL))
    order = np.lexsort((kind, when, who))
    order = order[kept[order]]
    who, when, kind = who[order], when[order], kind[order]
    system = (rng.random(len(who)) < 0.12).astype(np.int64)
    code, nothing = pick(_CODES, kind * 2 + system), pa.nulls(len(who), pa.string())
    said = {"code": code, "code_system": pick(SYSTEMS, system), "value": nothing, "unit": nothing}
    append_events(batch, store, who, when, when, said)


def _taken_up(habit: FloatArray, share: FloatArray, rng: np.random.Generator) -> BoolArray:
    """Draw the patients who attend: most of those with the habit, and a few others."""
    return rng.random(len(habit)) < np.where(habit < share, 0.92, 0.08)


def _reviews(
    batch: Batch, habit: FloatArray, middle: int, span: tuple[int, int], rng: np.random.Generator
) -> tuple[CareColumns, CareColumns]:
    """Draw the review of each patient's main condition, and of medicines, in one year."""
    has = batch.people.has(middle)
    named = has[:, [COLUMN[name] for name, _, _ in _REVIEWED]]
    ill = has[:, LONG_TERM].sum(1)
    reviewed = np.flatnonzero(named.any(1) & _taken_up(habit, np.full(len(habit), 0.75), rng))
    medicines = np.flatnonzero((ill > 0) & _taken_up(habit, 0.45 + 0.08 * np.minimum(ill, 5), rng))
    days = [rng.integers(*span, len(who)) for who in (reviewed, medicines)]
    review = (reviewed, days[0], named[reviewed].argmax(1))
    return review, (medicines, days[1], np.full(len(medicines), MEDICATION))


def _influenza(batch: Batch, habit: FloatArray, middle: int, last: int, rng: np.random.Generator) -> CareColumns:
    """Draw one dose in the last hundred days of a year, more often for old and ill patients."""
    old, ill = batch.people.age(middle) >= _OLD, batch.people.has(middle)[:, LONG_TERM].any(1)
    who = np.flatnonzero(_taken_up(habit, np.where(old, 0.82, np.where(ill, 0.42, 0.05)), rng))
    return who, last - 1 - rng.integers(0, AUTUMN, len(who)), np.full(len(who), _INFLUENZA)


def _pneumococcal(batch: Batch, habit: FloatArray, rng: np.random.Generator) -> CareColumns:
    """Draw one dose in the year after the birthday at which it is offered, even if that is long ago."""
    who = np.flatnonzero(_taken_up(habit, np.full(len(habit), 0.72), rng))
    when = batch.people.born[who] + np.int64(_OLD * YEAR) + rng.integers(0, 365, len(who))
    return who, when, np.full(len(who), _PNEUMOCOCCAL)
