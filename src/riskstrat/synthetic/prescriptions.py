"""Write GP prescriptions: repeats for conditions, and short courses."""

import numpy as np

from riskstrat.synthetic.batch import Batch, occurrences, repeated
from riskstrat.synthetic.csv_files import CsvExtract, dates, fixed, pick, text
from riskstrat.synthetic.medicines import COURSES, REPEATS
from riskstrat.synthetic.timeline import IntArray

_MEDICINES = (*REPEATS, *COURSES)
INTERVALS = np.array([84, 84, 84, 56])
COURSE_DAYS = 7


def write_prescriptions(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a batch to `gp/prescriptions`."""
    repeats, courses = _repeats(batch, rng), _courses(batch, rng)
    who, when, medicine, duration = (np.concatenate(pair) for pair in zip(repeats, courses, strict=True))
    order = np.lexsort((medicine, when, who))
    who, when, medicine, duration = who[order], when[order], medicine[order], duration[order]
    repeat = medicine < len(REPEATS)
    columns = {
        "date": dates(when),
        "code": pick([m.code for m in _MEDICINES], medicine),
        "code_system": fixed("bnf", len(who)),
        "name": pick([m.name for m in _MEDICINES], medicine),
        "quantity": text(np.where(repeat, duration, 3 * duration)),
        "duration_days": text(duration),
        "repeat": text(repeat.astype(np.int64)),
    }
    batch.append(store, "prescriptions", who, columns)


def _repeats(batch: Batch, rng: np.random.Generator) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    begun = batch.people.medicine_start
    end = batch.gp_end
    who, medicine = np.nonzero((begun < end[:, None]) & (batch.gp_start < end)[:, None])
    interval = INTERVALS[batch.people.key[who] % len(INTERVALS)]
    phase = np.floor(rng.random(len(who)) * interval).astype(np.int64)
    already = begun[who, medicine] < batch.gp_start[who]
    first = np.where(already, batch.gp_start[who] + phase, begun[who, medicine])
    count = np.maximum(end[who] - first + interval - 1, 0) // interval
    row, turn = repeated(count)
    when = first[row] + turn * interval[row] + rng.integers(0, 5, len(row))
    kept = (when < end[who[row]]) & (rng.random(len(row)) > 0.03)
    row = row[kept]
    return who[row], when[kept], medicine[row], interval[row]


def _courses(batch: Batch, rng: np.random.Generator) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    who, when = occurrences(batch, 0.2 + 1.5 * np.sqrt(batch.yearly), rng, registered=True)
    medicine = len(REPEATS) + rng.integers(0, len(COURSES), len(who))
    return who, when, medicine, np.full(len(who), COURSE_DAYS)
