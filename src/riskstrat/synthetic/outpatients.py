"""HES outpatient appointments in one file a financial year."""

from __future__ import annotations

import numpy as np

from riskstrat.synthetic.admitted_care import provider
from riskstrat.synthetic.batch import Chunk, by_year, occurrences, rank
from riskstrat.synthetic.conditions import LONG_TERM
from riskstrat.synthetic.csv_files import CsvExtract, dates, padded, pick, text
from riskstrat.synthetic.timeline import FloatArray, financial_year

_SPECIALTIES = ("320", "340", "430", "307", "361", "110", "130", "101", "330", "400", "410", "502")


def write_outpatients(chunk: Chunk, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a chunk to the files of its financial years."""
    who, when = occurrences(chunk, _rate(chunk, rng), rng)
    rows = len(who)
    specialty = rng.integers(0, len(_SPECIALTIES), rows)
    key = 300_000_000_000 + chunk.people.key[who] * 2000 + rank(who)
    missed = np.where(chunk.people.decile[who] < 4, 0.09, 0.06)
    kept = rng.choice((5, 6, 2, 4), rows, p=(0.83, 0.05, 0.06, 0.06))
    attended = np.where(rng.random(rows) < missed, rng.choice((3, 7), rows, p=(0.95, 0.05)), kept)
    first = rng.choice((1, 2, 3, 4), rows, p=(0.25, 0.5, 0.07, 0.18))
    year = financial_year(when)
    columns = {
        "FYEAR": padded(year % 100 * 100 + (year + 1) % 100, 4),
        "TOKEN_PERSON_ID": chunk.patient(who),
        "ATTENDKEY": text(key),
        "APPTDATE": dates(when),
        "ATTENDED": text(attended),
        "FIRSTATT": text(first),
        "TRETSPEF": pick(_SPECIALTIES, specialty),
        "MAINSPEF": pick(_SPECIALTIES, specialty),
        "PROCODE5": provider(chunk.practices, chunk.people.practice[who], np.zeros(rows, np.int64)),
        "GPPRAC": chunk.practice_code(who, when, rng),
    }
    store.append_years("op/hes_op", columns, {y: year == y for y in chunk.timeline.financial_years})


def _rate(chunk: Chunk, rng: np.random.Generator) -> FloatArray:
    habit = rng.gamma(1.5, 1 / 1.5, chunk.people.size)

    def rate(year: int, when: int) -> FloatArray:
        illness = chunk.people.has(when)[:, LONG_TERM].sum(1)
        return np.asarray(habit * (0.35 + 0.35 * illness + 1.5 * np.sqrt(chunk.yearly[:, year])))

    return by_year(chunk, rate)
