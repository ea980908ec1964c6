"""ICD-10 codes of hospital episodes."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.synthetic.batch import Batch
from riskstrat.synthetic.conditions import COLUMN, CONDITION_PROCESSES
from riskstrat.synthetic.csv_files import blank_where, pick
from riskstrat.synthetic.spells import BIRTH_METHOD, DELIVERY, DIALYSIS, PLANNED, URGENT, Spells, age_at
from riskstrat.synthetic.timeline import FloatArray, IntArray

SLOTS = 20
COMPLETENESS = 0.85
CHILD = ("J219", "B349", "R509", "K529", "J459", "S099")
ADULT = ("R074", "R104", "N390", "K529", "L031", "J181", "R55X", "K359", "S099", "A419")
_OLD = ("J181", "N390", "A419", "S720", "R55X", "L031", "N179", "J22X", "F059", "R296")
SURGERY = ("H269", "K409", "M171", "K802", "K573", "D509", "C189", "Z098")
CAUSED_BY = (
    ("asthma", "J459", 0.20),
    ("copd", "J440", 0.40),
    ("diabetes", "E101", 0.02),
    ("epilepsy", "G409", 0.30),
    ("severe_mental_illness", "F209", 0.25),
    ("alcohol_problem", "F100", 0.25),
    ("heart_failure", "I500", 0.35),
    ("cancer", "C189", 0.15),
)
ONSETS = (("myocardial_infarction", "I219"), ("stroke", "I639"))
_NEAR = 45
_UNKNOWN = "R69X"
_OTHERS = ("O809", "Z380", "Z491", _UNKNOWN)
_LABELS = [*CHILD, *ADULT, *_OLD, *SURGERY, *(cause[1] for cause in CAUSED_BY + ONSETS), *_OTHERS]
PAIR = ("E113D", "H360A")
SECONDARY = [condition.icd10 for condition in CONDITION_PROCESSES] + list(PAIR)


def columns(batch: Batch, spells: Spells, row: IntArray, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Make DIAG_01 to DIAG_20 of the episodes; `row` is the spell of each."""
    main = pick(_LABELS, _main(batch, spells, rng)[row])
    filler = pick(("", "-"), (rng.random(len(row)) < 0.04).astype(np.int64))
    out = {"DIAG_01": pc.binary_join_element_wise(main, filler, "")}
    places = _secondary(batch, spells.who[row], spells.admitted[row], rng)
    for slot in range(SLOTS - 1):
        place = places[:, slot]
        out[f"DIAG_{slot + 2:02d}"] = blank_where(pick(SECONDARY, np.maximum(place, 0)), place < 0)
    return out


def _secondary(batch: Batch, who: IntArray, when: IntArray, rng: np.random.Generator) -> IntArray:
    """List the secondary diagnoses as positions in `SECONDARY`; -1 is empty."""
    coded = np.array([bool(condition.icd10) for condition in CONDITION_PROCESSES])
    present = (batch.people.onset[who] <= when[:, None]) & coded & (rng.random((len(who), len(coded))) < COMPLETENESS)
    pair = present[:, COLUMN["diabetes"]] & (rng.random(len(who)) < 0.05)
    present = np.column_stack([present, pair, pair])
    slot = np.cumsum(present, axis=1) - 1
    rows, place = np.nonzero(present & (slot < SLOTS - 1))
    out = np.full((len(who), SLOTS - 1), -1)
    out[rows, slot[rows, place]] = place
    return out


def _main(batch: Batch, spells: Spells, rng: np.random.Generator) -> IntArray:
    age = age_at(batch, spells.who, spells.admitted)
    draw = rng.random(spells.size)
    onset = batch.people.onset[spells.who]
    code = np.where(age < 16, _among(CHILD, draw), np.where(age < 65, _among(ADULT, draw), _among(_OLD, draw)))
    for name, icd10, share in CAUSED_BY:
        caused = (onset[:, COLUMN[name]] <= spells.admitted) & (rng.random(spells.size) < share)
        code = np.where(caused, _LABELS.index(icd10, len(CHILD) + len(ADULT) + len(_OLD) + len(SURGERY)), code)
    for name, icd10 in ONSETS:
        near = np.abs(spells.admitted - onset[:, COLUMN[name]]) <= _NEAR
        code = np.where(near & (rng.random(spells.size) < 0.7), _LABELS.index(icd10), code)
    code = np.where(rng.random(spells.size) < 0.015, _LABELS.index(_UNKNOWN), code)
    code = np.where(spells.kind == URGENT, code, _among(SURGERY, draw))
    for kind, icd10 in ((DELIVERY, "O809"), (BIRTH_METHOD, "Z380"), (DIALYSIS, "Z491")):
        code = np.where(spells.kind == kind, _LABELS.index(icd10), code)
    return code


def _among(codes: tuple[str, ...], draw: FloatArray) -> IntArray:
    first = {CHILD: 0, ADULT: len(CHILD), _OLD: len(CHILD) + len(ADULT)}.get(codes, len(CHILD) + len(ADULT) + len(_OLD))
    return first + np.floor(draw * len(codes)).astype(np.int64)


def procedures(spells: Spells, row: IntArray, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Make OPERTN_01 to OPERTN_04, with "&" for none."""
    codes = ("&", "C751", "T202", "W371", "J183", "H229", "X403", "R249")
    kind = spells.kind[row]
    chosen = np.where(kind == PLANNED, rng.integers(1, 6, len(row)), 0)
    chosen = np.where(kind == DIALYSIS, codes.index("X403"), np.where(kind == DELIVERY, codes.index("R249"), chosen))
    second = np.where((chosen > 0) & (rng.random(len(row)) < 0.2), chosen, 0)
    empty = np.zeros(len(row), dtype=np.int64)
    return {f"OPERTN_{n:02d}": pick(codes, place) for n, place in enumerate((chosen, second, empty, empty), start=1)}
