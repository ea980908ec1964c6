"""Write ED attendances: HES A&E before April 2022, ECDS from then on."""

import numpy as np
import pyarrow as pa

from riskstrat.synthetic.admitted_care import HES_SEX, provider
from riskstrat.synthetic.batch import Batch, occurrences, rank
from riskstrat.synthetic.csv_files import CsvColumns, CsvExtract, blank_where, dates, fixed, padded, pick, text
from riskstrat.synthetic.spells import METHOD_PLACE, URGENT, Spells
from riskstrat.synthetic.timeline import BoolArray, FloatArray, IntArray, financial_year, year_label

FIRST_ECDS_YEAR = 2022
COMPLAINTS = (
    "29857009", "267036007", "21522001", "161898004", "386661006", "3006004",
    "422400008", "25064002", "62315008", "404640003", "419045004", "91175000",
)  # fmt: skip
ACUITY = ("1064891000000107", "1064901000000108", "1064911000000105", "1077241000000103", "1077251000000100")
_AMBULANCE, OWN_WAY = ("1048031000000100", "1048021000000102"), ("1048071000000103", "1048061000000105")
TREATED, LEFT_EARLY = "182992009", "1066321000000107"
_HOME, WARD = "306689006", "306706006"
AE_DIAGNOSES = ("05", "14", "20", "21", "24", "251", "27", "38", "99")


def write_urgent_care(batch: Batch, spells: Spells, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a batch to the A&E and ECDS files."""
    who, when, admitted, further = _attendances(batch, spells, rng)
    year = financial_year(when)
    for value in batch.timeline.financial_years:
        rows = np.flatnonzero(year == value)
        part = (who[rows], when[rows], admitted[rows], further[rows])
        if value < FIRST_ECDS_YEAR:
            store.append(f"ae/hes_ae_{year_label(value)}", _hes(batch, *part, value, rng))
        else:
            store.append(f"ecds/ecds_{year_label(value)}", _ecds(batch, *part, rng))


def _attendances(
    batch: Batch, spells: Spells, rng: np.random.Generator
) -> tuple[IntArray, IntArray, BoolArray, IntArray]:
    """List the attendances that ended in admission, then the others."""
    through = (spells.kind == URGENT) & ((spells.method == METHOD_PLACE["21"]) | (spells.method == METHOD_PLACE["2A"]))
    through &= spells.admitted < batch.timeline.stop
    who, when = occurrences(batch, _rate(batch, rng), rng)
    everyone = np.concatenate([spells.who[through], who])
    days = np.concatenate([spells.admitted[through], when])
    admitted = np.arange(len(everyone)) < through.sum()
    elsewhere = (spells.method[through] == METHOD_PLACE["2A"]).astype(np.int64)
    further = np.concatenate([elsewhere, np.zeros(len(who), np.int64)])
    order = np.lexsort((admitted, days, everyone))
    return everyone[order], days[order], admitted[order], further[order]


def _rate(batch: Batch, rng: np.random.Generator) -> FloatArray:
    """Compute the yearly rate of attendances without admission from hazard, age and a habit of its own."""
    habit = rng.gamma(1.4, 1 / 1.4, batch.people.size)[:, None]
    young = np.where(batch.ages < 5, 2.0, np.where((batch.ages > 17) & (batch.ages < 30), 1.25, 1.0))
    return np.asarray(habit * young * 0.85 * np.power(batch.yearly + 1e-3, 0.4))


def _times(rows: int, rng: np.random.Generator) -> pa.Array:
    minute = np.floor(np.clip(rng.normal(14.5, 5.0, rows), 0, 23.98) * 60).astype(np.int64)
    return padded((minute // 60 * 100 + minute % 60), 4)


def _department(admitted: BoolArray, rng: np.random.Generator) -> IntArray:
    """Draw type 1 to 4 of each department; admissions come through type 1."""
    return np.where(admitted, 1, rng.choice((1, 2, 3, 4), len(admitted), p=(0.62, 0.02, 0.33, 0.03)))


def _keys(batch: Batch, who: IntArray, when: IntArray, start: int) -> pa.Array:
    """Make distinct numbers: patient, day and turn on that day."""
    code = who * 100_000 + when
    return text(start + (batch.people.key[who] * 10_000 + when - 10_000) * 10 + rank(code) % 10)


def _hes(
    batch: Batch,
    who: IntArray,
    when: IntArray,
    admitted: BoolArray,
    further: IntArray,
    year: int,
    rng: np.random.Generator,
) -> CsvColumns:
    rows = len(who)
    ending = np.where(
        admitted & (further == 0), 1, np.where(admitted, 7, rng.choice((2, 3, 4, 12), rows, p=(0.3, 0.57, 0.09, 0.04)))
    )
    diagnosis = pick(AE_DIAGNOSES, rng.integers(0, len(AE_DIAGNOSES), rows))
    return {
        "FYEAR": fixed(year_label(year), rows),
        "TOKEN_PERSON_ID": batch.patient(who),
        "AEKEY": _keys(batch, who, when, 500_000_000_000),
        "ARRIVALDATE": dates(when),
        "ARRIVALTIME": _times(rows, rng),
        "AEATTENDCAT": text(np.where(rng.random(rows) < 0.02, 2, rng.choice((1, 3), rows, p=(0.96, 0.04)))),
        "AEDEPTTYPE": padded(_department(admitted, rng), 2),
        "AEATTENDDISP": padded(ending, 2),
        "AEARRIVALMODE": text(np.where(rng.random(rows) < np.where(admitted, 0.6, 0.2), 1, 2)),
        "PROCODE5": provider(batch.practices, batch.people.practice[who], further),
        "DIAG_01": blank_where(diagnosis, rng.random(rows) < 0.1),
        "GPPRAC": batch.practice_code(who, when, rng),
        "SEX": pick(HES_SEX, batch.sex_code[who]),
    }


def _ecds(
    batch: Batch, who: IntArray, when: IntArray, admitted: BoolArray, further: IntArray, rng: np.random.Generator
) -> CsvColumns:
    rows = len(who)
    by_ambulance = rng.random(rows) < np.where(admitted, 0.6, 0.2)
    mode = np.where(by_ambulance, rng.integers(0, 2, rows), rng.integers(2, 4, rows))
    acuity = np.where(
        admitted,
        rng.choice(5, rows, p=(0.08, 0.35, 0.47, 0.09, 0.01)),
        rng.choice(5, rows, p=(0.01, 0.09, 0.35, 0.45, 0.10)),
    )
    stays = admitted & (further == 0)
    return {
        "TOKEN_PERSON_ID": batch.patient(who),
        "EC_Ident": _keys(batch, who, when, 900_000_000_000),
        "Arrival_Date": dates(when),
        "Arrival_Time": _times(rows, rng),
        "EC_AttendanceCategory": text(
            np.where(rng.random(rows) < 0.02, 4, rng.choice((1, 2, 3), rows, p=(0.95, 0.02, 0.03)))
        ),
        "EC_Department_Type": padded(_department(admitted, rng), 2),
        "EC_Acuity_SNOMED_CT": blank_where(pick(ACUITY, acuity), rng.random(rows) < 0.05),
        "EC_Chief_Complaint_SNOMED_CT": pick(COMPLAINTS, rng.integers(0, len(COMPLAINTS), rows)),
        "EC_Arrival_Mode_SNOMED_CT": pick((*_AMBULANCE, *OWN_WAY), mode),
        "EC_Discharge_Status_SNOMED_CT": pick(
            (TREATED, LEFT_EARLY), (~admitted & (rng.random(rows) < 0.04)).astype(np.int64)
        ),
        "Discharge_Destination_SNOMED_CT": pick((_HOME, WARD), stays.astype(np.int64)),
        "PROCODE5": provider(batch.practices, batch.people.practice[who], further),
        "GPPRAC": batch.practice_code(who, when, rng),
    }
