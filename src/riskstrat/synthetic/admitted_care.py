"""Write HES admitted patient care: episodes, one file per financial year."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.synthetic import diagnoses
from riskstrat.synthetic.batch import Batch, rank, repeated
from riskstrat.synthetic.csv_files import CsvColumns, CsvExtract, dates, lsoa, pick, text
from riskstrat.synthetic.people import AREAS, ETHNICITIES, Practices
from riskstrat.synthetic.spells import BIRTH_METHOD, DELIVERY, DIALYSIS, METHODS, PLANNED, Spells, age_at
from riskstrat.synthetic.timeline import BoolArray, FloatArray, IntArray, financial_year

HES_SEX = ("2", "1", "9", "0")
NO_END, NO_DISCHARGE = "1800-01-01", "1801-01-01"
_DECILES = (
    "Most deprived 10%", "More deprived 10-20%", "More deprived 20-30%", "More deprived 30-40%",
    "More deprived 40-50%", "Less deprived 40-50%", "Less deprived 30-40%", "Less deprived 20-30%",
    "Less deprived 10-20%", "Least deprived 10%",
)  # fmt: skip
_SPECIALTIES = ("300", "180", "430", "340", "320", "100", "110", "130", "501", "420", "361")
DUPLICATES = 0.004


@dataclass(frozen=True)
class Episodes:
    """Rows of episodes: spell, order, dates, last in the spell or not, unfinished or not."""

    spell: IntArray
    order: IntArray
    start: IntArray
    end: IntArray
    last: BoolArray
    unfinished: BoolArray


def write_admitted_care(batch: Batch, spells: Spells, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a batch to the files of its financial years."""
    whole = _episodes(spells, rng)
    episodes = _as_submitted(whole, batch.timeline.stop)
    year = financial_year(np.where(episodes.unfinished, episodes.start, episodes.end))
    columns = _columns(batch, spells, episodes, year, rng)
    again = rng.random(len(year)) < DUPLICATES
    years = batch.timeline.financial_years
    later = np.minimum(year + 1, years[-1])
    store.append_years("apc/hes_apc", columns, {y: (year == y) | (again & (later == y)) for y in years})


def _episodes(spells: Spells, rng: np.random.Generator) -> Episodes:
    length = spells.discharged - spells.admitted
    count = 1 + ((length >= 1) & (rng.random(spells.size) < 0.3)) + ((length >= 5) & (rng.random(spells.size) < 0.35))
    count = np.where(spells.kind == DIALYSIS, 1, count)
    row, order = repeated(count)
    start = spells.admitted[row] + length[row] * order // count[row]
    end = spells.admitted[row] + length[row] * (order + 1) // count[row]
    return Episodes(row, order + 1, start, end, order == count[row] - 1, np.zeros(len(row), bool))


def _as_submitted(whole: Episodes, stop: int) -> Episodes:
    """Give finished episodes, and an unfinished copy of each that spans 31 March or the end of the span."""
    begun = whole.start < stop
    spans = financial_year(whole.start) != financial_year(whole.end)
    open_rows = np.flatnonzero(begun & (spans | (whole.end >= stop)))
    done_rows = np.flatnonzero(begun & (whole.end < stop))
    row = np.concatenate([open_rows, done_rows])
    unfinished = np.arange(len(row)) < len(open_rows)
    order = np.lexsort((~unfinished, row))
    row, unfinished = row[order], unfinished[order]
    return Episodes(
        whole.spell[row], whole.order[row], whole.start[row], whole.end[row], whole.last[row] & ~unfinished, unfinished
    )


def _columns(batch: Batch, spells: Spells, episodes: Episodes, year: IntArray, rng: np.random.Generator) -> CsvColumns:
    spell = episodes.spell
    who, admitted, kind = spells.who[spell], spells.admitted[spell], spells.kind[spell]
    specialty = pick(_SPECIALTIES, _specialty(spells, rng)[spell])
    return {
        "FYEAR": text(year % 100 * 100 + (year + 1) % 100),
        "TOKEN_PERSON_ID": batch.patient(who),
        "EPIKEY": text(700_000_000_000 + batch.people.key[who] * 2000 + rank(who)),
        "PROCODE5": provider(batch.practices, batch.people.practice[who], spells.provider[spell]),
        "ADMIDATE": dates(admitted),
        "ADMIMETH": pick(METHODS, spells.method[spell]),
        "ADMISORC": text(np.where(kind == BIRTH_METHOD, 79, spells.source[spell])),
        **_ending(spells, episodes),
        "EPISTART": dates(episodes.start),
        "EPIEND": _date_or_sentinel(episodes.end, episodes.unfinished, NO_END),
        "EPIORDER": text(episodes.order),
        "EPISTAT": text(np.where(episodes.unfinished, 1, 3)),
        "EPITYPE": text(np.where(kind == DELIVERY, 2, np.where(kind == BIRTH_METHOD, 3, 1))),
        "CLASSPAT": text(spells.patient_class[spell]),
        **diagnoses.columns(batch, spells, spell, rng),
        **diagnoses.procedures(spells, spell, rng),
        "MAINSPEF": specialty,
        "TRETSPEF": specialty,
        "GPPRAC": batch.practice_code(who, admitted, rng),
        "SEX": pick(HES_SEX, batch.sex_code[who]),
        "STARTAGE": text(_start_age(age_at(batch, who, episodes.start))),
        "ETHNOS": pick([*ETHNICITIES[:-1], "99"], batch.people.ethnicity[who]),
        "IMD04_DECILE": pick(_DECILES, batch.people.decile[who] - 1),
        "LSOA11": lsoa(batch.people.practice[who] * AREAS + batch.people.area[who]),
        "SUBDATE": dates(_submitted(episodes)),
    }


def _ending(spells: Spells, episodes: Episodes) -> CsvColumns:
    spell, last = episodes.spell, episodes.last
    return {
        "DISDATE": _date_or_sentinel(spells.discharged[spell], ~last, NO_DISCHARGE),
        "DISDEST": text(np.where(last, spells.destination[spell], 98)),
        "DISMETH": text(np.where(last, spells.ending[spell], 8)),
    }


def _date_or_sentinel(days: IntArray, missing: BoolArray, sentinel: str) -> pa.Array:
    return pc.if_else(pa.array(missing), sentinel, dates(days).cast(pa.string()))


def _start_age(age: FloatArray) -> IntArray:
    """Give whole years, or 7001 to 7007 under one year, as in HES."""
    under = 7001 + np.floor(np.clip(age, 0, 0.999) * 7).astype(np.int64)
    return np.where(age < 1, under, np.floor(age).astype(np.int64))


def _specialty(spells: Spells, rng: np.random.Generator) -> IntArray:
    acute = rng.choice(5, spells.size, p=(0.45, 0.2, 0.15, 0.1, 0.1))
    code = np.where(spells.kind == PLANNED, rng.integers(5, 8, spells.size), acute)
    for kind, specialty in ((DELIVERY, "501"), (BIRTH_METHOD, "420"), (DIALYSIS, "361")):
        code = np.where(spells.kind == kind, _SPECIALTIES.index(specialty), code)
    return code


def _submitted(episodes: Episodes) -> IntArray:
    """Give the twentieth of the month after the episode's end, or after 31 March."""
    known = np.where(episodes.unfinished, episodes.start, episodes.end).astype("datetime64[D]")
    month = known.astype("datetime64[M]") + 2
    return month.astype("datetime64[D]").astype(np.int64) + 19


def provider(practices: Practices, practice: IntArray, further: IntArray) -> pa.Array:
    """Give the code of the practice's own hospital, or of another one `further` along."""
    codes = [f"RX{n + 1:02d}A" for n in range(95)]
    own = practice // 12 % 90
    return pick(codes, own + further)
