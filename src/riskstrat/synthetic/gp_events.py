"""Write GP coded events: diagnoses, states and measurements."""

import numpy as np
import pyarrow as pa

from riskstrat.synthetic import hazard
from riskstrat.synthetic.batch import Batch, by_year, occurrences
from riskstrat.synthetic.conditions import (
    COLUMN,
    CONDITION_PROCESSES,
    LONG_TERM,
    MEASUREMENTS,
    TYPE_1_BEFORE_AGE,
    TYPE_1_DIABETES,
)
from riskstrat.synthetic.csv_files import CsvColumns, CsvExtract, blank_where, dates, pick
from riskstrat.synthetic.timeline import YEAR, BoolArray, FloatArray, IntArray

SYSTEMS = ("snomed", "readv2", "ctv3")
UNKNOWN_CODES = (("987654321098765", "", ""), ("112233445566106", "", ""), ("", "ZZz1.", ""), ("", "Zq9..", ""))
_CODES = (
    [(c.snomed, c.readv2, c.ctv3) for c in CONDITION_PROCESSES]
    + [TYPE_1_DIABETES[:3]]
    + [(m.snomed, m.readv2, "") for m in MEASUREMENTS]
    + list(UNKNOWN_CODES)
)
TYPE_1 = len(CONDITION_PROCESSES)
FIRST_MEASUREMENT = TYPE_1 + 1
FIRST_UNKNOWN = FIRST_MEASUREMENT + len(MEASUREMENTS)
CODE_LABELS = [code for codes in _CODES for code in codes]
HAS_CODE = np.array([[bool(code) for code in codes] for codes in _CODES])
CHRONIC_REVIEW = (
    "hypertension", "diabetes", "coronary_heart_disease", "chronic_kidney_disease", "heart_failure", "copd", "stroke",
)  # fmt: skip
PANELS = {
    "pressure": (1.0, ("systolic", "diastolic")),
    "build": (0.4, ("bmi", "weight")),
    "kidney": (0.7, ("egfr", "creatinine", "sodium")),
    "blood": (0.6, ("haemoglobin",)),
    "liver": (0.55, ("albumin",)),
    "lipids": (0.3, ("cholesterol",)),
    "sugar": (0.2, ("hba1c",)),
}
ALWAYS_IF_ABNORMAL = ("kidney", "blood", "liver")
_NAMES = [measurement.name for measurement in MEASUREMENTS]
_DECIMALS = np.array([measurement.decimals for measurement in MEASUREMENTS])


def write_gp_events(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a batch to `gp/gp_events`."""
    parts = [_diagnoses(batch), _unknown(batch, rng), _measurements(batch, rng)]
    who, when, concept, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((when, who))
    who, when, concept, value = who[order], when[order], concept[order], value[order]
    recorded = _recorded(batch, who, when, rng)
    kept = recorded < batch.gp_end[who]
    who, when, concept, value, recorded = who[kept], when[kept], concept[kept], value[kept], recorded[kept]
    system = _system(concept, rng)
    shown, unit = _shown(concept, value, rng)
    code, name = pick(CODE_LABELS, concept * len(SYSTEMS) + system), pick(SYSTEMS, system)
    append_events(batch, store, who, when, recorded, {"code": code, "code_system": name, "value": shown, "unit": unit})


def append_events(
    batch: Batch, store: CsvExtract, who: IntArray, when: IntArray, recorded: IntArray, events: CsvColumns
) -> None:
    """Append codes, values and units of patients and days to `gp/gp_events`."""
    batch.append(store, "gp_events", who, {"date": dates(when), **events, "recorded_date": dates(recorded)})


EventColumns = tuple[IntArray, IntArray, IntArray, FloatArray]


def _diagnoses(batch: Batch) -> EventColumns:
    coded = np.array([bool(condition.snomed) for condition in CONDITION_PROCESSES])
    people = batch.people
    rows, place = np.nonzero((people.onset < batch.gp_end[:, None]) & coded)
    when = people.onset[rows, place]
    young = when - people.born[rows] < TYPE_1_BEFORE_AGE * YEAR
    concept = np.where((place == COLUMN["diabetes"]) & young, TYPE_1, place)
    return rows, when, concept, np.full(len(rows), np.nan)


def _unknown(batch: Batch, rng: np.random.Generator) -> EventColumns:
    rate = np.full_like(batch.yearly, 0.03)
    who, when = occurrences(batch, rate, rng, registered=True)
    concept = FIRST_UNKNOWN + rng.integers(0, len(UNKNOWN_CODES), len(who))
    return who, when, concept, np.full(len(who), np.nan)


def _measurements(batch: Batch, rng: np.random.Generator) -> EventColumns:
    who, when, odd = _visits(batch, rng)
    diabetic = batch.people.onset[who, COLUMN["diabetes"]] <= when
    visit, concept = [], []
    for name, (share, members) in PANELS.items():
        chance = np.where(diabetic & (name == "sugar"), 0.9, share)
        chance = np.where(odd & (name in ALWAYS_IF_ABNORMAL), 0.97, chance)
        taken = np.flatnonzero(rng.random(len(who)) < chance)
        for member in members:
            visit.append(taken)
            concept.append(np.full(len(taken), _NAMES.index(member)))
    rows, kind = np.concatenate(visit), np.concatenate(concept)
    return who[rows], when[rows], kind + FIRST_MEASUREMENT, _values(batch, who, when, diabetic, rng)[rows, kind]


def _visits(batch: Batch, rng: np.random.Generator) -> tuple[IntArray, IntArray, BoolArray]:
    people = batch.people
    review = [COLUMN[name] for name in CHRONIC_REVIEW]

    def rate(when: int) -> FloatArray:
        has, age = people.has(when), people.age(when)
        need = 0.10 + 0.25 * (age > 40) + 0.5 * has[:, review].any(1) + 0.4 * (has[:, LONG_TERM].sum(1) >= 3)
        return np.asarray((need + 0.9 * hazard.abnormal(people, when)) * np.where(age < 16, 0.1, 1.0))

    who, when_seen = occurrences(batch, by_year(batch, rate), rng, even=True, registered=True)
    return who, when_seen, hazard.abnormal(people, batch.timeline.stop)[who]


def _values(batch: Batch, who: IntArray, when: IntArray, diabetic: BoolArray, rng: np.random.Generator) -> FloatArray:
    people = batch.people
    age = (when - people.born[who]) / YEAR
    noise = rng.normal(size=(len(who), len(_NAMES)))
    pressure = people.onset[who, COLUMN["hypertension"]] <= when
    heavy = people.onset[who, COLUMN["obesity"]] <= when
    male = people.sex[who]
    kidney = hazard.egfr(age, people.kidney[who])
    bmi = np.where(heavy, 34.0, 25.5) + 2.5 * noise[:, 2]
    columns = {
        "systolic": 112 + 0.3 * age + 8 * pressure + 11 * noise[:, 0],
        "diastolic": 74 + 4 * pressure + 8 * noise[:, 1],
        "bmi": bmi,
        "weight": bmi * (1.63 + 0.13 * male) ** 2,
        "hba1c": np.where(diabetic, 50 + 11 * np.abs(noise[:, 4]), 37 + 3 * noise[:, 4]),
        "egfr": np.clip(kidney + 1.5 * noise[:, 5], 4, 125),
        "creatinine": (66 + 14 * male) * (90 / kidney) ** 0.88 * np.exp(0.04 * noise[:, 6]),
        "haemoglobin": hazard.haemoglobin(age, male, people.blood[who]) + 1.5 * noise[:, 7],
        "cholesterol": 5.0 + 0.9 * noise[:, 8],
        "albumin": hazard.albumin(age, people.protein[who]) + 0.5 * noise[:, 9],
        "sodium": 140 + 2.5 * noise[:, 10],
    }
    return np.stack([columns[name] for name in _NAMES], axis=1)


def _recorded(batch: Batch, who: IntArray, when: IntArray, rng: np.random.Generator) -> IntArray:
    late = rng.random(len(who)) < 0.03
    delay = np.where(late, rng.integers(5, 180, len(who)), 0)
    return when + np.where(when >= batch.timeline.start, delay, 0)


def _system(concept: IntArray, rng: np.random.Generator) -> IntArray:
    wanted = rng.choice(3, len(concept), p=(0.86, 0.11, 0.03))
    wanted = np.where(HAS_CODE[concept, wanted], wanted, 0)
    return np.where(HAS_CODE[concept, wanted], wanted, 1)


def _shown(concept: IntArray, value: FloatArray, rng: np.random.Generator) -> tuple[pa.Array, pa.Array]:
    """Write values with their units, a few in the other unit."""
    measured = ~np.isnan(value)
    kind = np.where(measured, concept - FIRST_MEASUREMENT, 0)
    other = measured & (rng.random(len(value)) < 0.03)
    share = other & (kind == _NAMES.index("hba1c"))
    per_decilitre = other & (kind == _NAMES.index("haemoglobin"))
    filled = np.where(measured, value, 0.0)
    filled = np.where(share, 0.0915 * filled + 2.15, np.where(per_decilitre, filled / 10, filled))
    decimals = np.where(share | per_decilitre, 1, _DECIMALS[kind])
    rounded = np.where(decimals == 0, np.rint(filled), np.round(filled, 1))
    labels = [m.unit for m in MEASUREMENTS] + [m.other_unit for m in MEASUREMENTS]
    unit = pick(labels, kind + len(MEASUREMENTS) * (share | per_decilitre))
    return pa.array(rounded, mask=~measured), blank_where(unit, ~measured)
