"""Write HES outpatient appointments, one file per financial year."""

import numpy as np

from riskstrat.synthetic.admitted_care import provider
from riskstrat.synthetic.batch import Batch, occurrences, rank
from riskstrat.synthetic.csv_files import CsvExtract, dates, padded, pick, text
from riskstrat.synthetic.timeline import financial_year

_SPECIALTIES = ("320", "340", "430", "307", "361", "110", "130", "101", "330", "400", "410", "502")


def write_outpatients(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a batch to the files of its financial years."""
    habit = rng.gamma(1.5, 1 / 1.5, batch.people.size)
    rate = habit[:, None] * (0.35 + 0.35 * batch.illnesses + 1.5 * np.sqrt(batch.yearly))
    who, when = occurrences(batch, rate, rng)
    rows = len(who)
    specialty = rng.integers(0, len(_SPECIALTIES), rows)
    key = 300_000_000_000 + batch.people.key[who] * 2000 + rank(who)
    missed = np.where(batch.people.decile[who] < 4, 0.09, 0.06)
    kept = rng.choice((5, 6, 2, 4), rows, p=(0.83, 0.05, 0.06, 0.06))
    attended = np.where(rng.random(rows) < missed, rng.choice((3, 7), rows, p=(0.95, 0.05)), kept)
    first = rng.choice((1, 2, 3, 4), rows, p=(0.25, 0.5, 0.07, 0.18))
    year = financial_year(when)
    columns = {
        "FYEAR": padded(year % 100 * 100 + (year + 1) % 100, 4),
        "TOKEN_PERSON_ID": batch.patient(who),
        "ATTENDKEY": text(key),
        "APPTDATE": dates(when),
        "ATTENDED": text(attended),
        "FIRSTATT": text(first),
        "TRETSPEF": pick(_SPECIALTIES, specialty),
        "MAINSPEF": pick(_SPECIALTIES, specialty),
        "PROCODE5": provider(batch.practices, batch.people.practice[who], np.zeros(rows, np.int64)),
        "GPPRAC": batch.practice_code(who, when, rng),
    }
    store.append_years("op/hes_op", columns, {y: year == y for y in batch.timeline.financial_years})
