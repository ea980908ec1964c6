"""Write GP files other than coded events: patients, registrations, contacts, registers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.synthetic.batch import Batch, occurrences
from riskstrat.synthetic.conditions import COLUMN
from riskstrat.synthetic.csv_files import CsvExtract, blank_where, dates, draw_labels, lsoa, pick, text
from riskstrat.synthetic.people import AREAS, ETHNICITIES
from riskstrat.synthetic.timeline import NEVER, IntArray

_OUTCOMES = ("deceased", "accepted", "known_no_change", "declined_by_patient")
_SEXES = ("F", "M", "I", "U")
CAUSES = (
    ("heart_failure", "I500"),
    ("copd", "J440"),
    ("coronary_heart_disease", "I251"),
    ("stroke", "I64X"),
    ("dementia", "F03X"),
    ("cancer", "C189"),
)
_STAFF = {"gp": 0.55, "practice_nurse": 0.27, "health_care_assistant": 0.11, "pharmacist": 0.07}
_ROLES = {"community_matron": 0.4, "gp_mdt": 0.4, "pharmacist": 0.1, "geriatrician": 0.1}
GENERAL_CAUSE = "J189"
HOMES = 3


def write_practice_records(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    """Append a batch to every file of this module."""
    _patients(batch, store)
    _registrations(batch, store)
    _consultations(batch, store, rng)
    _deaths(batch, store, rng)
    _opt_outs(batch, store, rng)
    _caseload(batch, store, rng)


def _patients(batch: Batch, store: CsvExtract) -> None:
    people = batch.people
    last = batch.timeline.stop - 1
    everyone = np.flatnonzero(people.joined <= last)
    practice = batch.practice_at(everyone, np.full(len(everyone), last))
    months = people.born[everyone].astype("datetime64[D]").astype("datetime64[M]").astype("U7")
    ethnicity = pick(ETHNICITIES, people.ethnicity[everyone])
    area = people.practice[everyone] * AREAS + people.area[everyone]
    resident = people.onset[everyone, COLUMN["care_home"]] <= np.minimum(batch.death[everyone], last)
    columns = {
        "practice_code": pick(batch.practices.codes, practice),
        "sex": pick(_SEXES, batch.sex_code[everyone]),
        "birth_month": text(months),
        "ethnicity": blank_where(ethnicity, people.ethnicity[everyone] == len(ETHNICITIES) - 1),
        "imd_decile": text(people.decile[everyone]),
        "lsoa": lsoa(area),
        "care_home": text(resident.astype(np.int64)),
        "care_home_id": blank_where(_home(batch, everyone, practice), ~resident),
        "date_of_death": dates(batch.death[everyone], batch.death[everyone] == NEVER),
    }
    batch.append(store, "patients", everyone, columns)


def _home(batch: Batch, who: IntArray, practice: IntArray) -> pa.Array:
    """Pick a care home of each patient's practice from the pseudonym, without using the random generator."""
    digit = pc.utf8_slice_codeunits(batch.patient(who), 0, 1)
    number = pc.index_in(digit, pa.array(list("0123456789abcdef"))).to_numpy() % HOMES + 1
    return pc.binary_join_element_wise(pick(batch.practices.codes, practice), text(number), "-H")


def _registrations(batch: Batch, store: CsvExtract) -> None:
    people, stop = batch.people, batch.timeline.stop
    end = np.minimum(people.left, batch.death)
    present = people.joined < np.minimum(end, stop)
    before = people.moved <= people.joined
    moved = present & ~before & (people.moved < np.minimum(end, stop)) & (people.moved_to != people.practice)
    who = np.concatenate([np.flatnonzero(present), np.flatnonzero(moved)])
    second = np.arange(len(who)) >= present.sum()
    finish = np.where(~second & moved[who], people.moved[who], end[who])
    order = np.lexsort((second, who))
    who, second, finish = who[order], second[order], finish[order]
    practice = np.where(second | before[who], people.moved_to[who], people.practice[who])
    columns = {
        "practice_code": pick(batch.practices.codes, practice),
        "start_date": dates(np.where(second, people.moved[who], people.joined[who])),
        "end_date": dates(finish, finish >= stop),
    }
    batch.append(store, "registrations", who, columns)


def _consultations(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    people = batch.people
    habit = rng.gamma(2.0, 0.5, people.size)
    need = 0.7 + 0.008 * batch.ages + 0.5 * batch.illnesses + 2.0 * np.sqrt(batch.yearly)
    who, when_seen = occurrences(batch, habit[:, None] * need, rng, registered=True)
    rows = len(who)
    housebound = people.onset[who, COLUMN["housebound"]] <= when_seen
    mode = np.where(housebound & (rng.random(rows) < 0.5), 3, rng.choice(3, rows, p=(0.62, 0.30, 0.08)))
    columns = {
        "date": dates(when_seen),
        "staff_role": draw_labels(_STAFF, rows, rng),
        "mode": pick(("face_to_face", "telephone", "online", "home_visit"), mode),
    }
    batch.append(store, "consultations", who, columns)


def _deaths(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    who = np.flatnonzero(batch.death < NEVER)
    cause = np.zeros(len(who), dtype=np.int64)
    for place, (name, _) in enumerate(CAUSES, start=1):
        ill = batch.people.onset[who, COLUMN[name]] <= batch.death[who]
        cause = np.where(ill & (rng.random(len(who)) < 0.6), place, cause)
    columns = {
        "date_of_death": dates(batch.death[who]),
        "cause_1": pick([GENERAL_CAUSE, *(code for _, code in CAUSES)], cause),
    }
    batch.append(store, "deaths", who, columns)


def _opt_outs(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    who = np.flatnonzero((rng.random(batch.people.size) < 0.05) & (batch.people.joined < batch.timeline.stop))
    latest = np.minimum(batch.death[who], batch.timeline.stop - 1)
    earliest = np.minimum(np.maximum(batch.people.born[who], batch.timeline.start - 1500), latest)
    recorded = earliest + np.floor(rng.random(len(who)) * (latest - earliest)).astype(np.int64)
    back = np.flatnonzero(rng.random(len(who)) < 0.08)
    later = recorded[back] + np.floor(rng.random(len(back)) * (latest - recorded)[back]).astype(np.int64)
    kind = rng.choice(3, len(who), p=(0.35, 0.55, 0.10))
    columns = {
        "kind": pick(("type1", "national", "local"), np.concatenate([kind, kind[back]])),
        "recorded_date": dates(np.concatenate([recorded, later])),
        "withdrawn": text(np.concatenate([np.zeros(len(who), np.int64), np.ones(len(back), np.int64)])),
    }
    batch.append(store, "opt_outs", np.concatenate([who, who[back]]), columns)


def _caseload(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    stop = batch.timeline.stop
    load = batch.yearly[:, -1] * (0.5 + rng.random(batch.people.size))
    who = np.flatnonzero((load > np.quantile(load, 0.985)) & (batch.gp_end > stop - 500))
    enrolled = np.maximum(batch.gp_end[who] - rng.integers(30, 500, len(who)), batch.gp_start[who])
    room = batch.gp_end[who] - enrolled
    leaving = enrolled + np.floor(rng.random(len(who)) * room).astype(np.int64)
    died = batch.death[who] < stop
    left = died | (rng.random(len(who)) < 0.3)
    outcome = np.where(died, 0, rng.integers(1, 4, len(who)))
    columns = {
        "role": draw_labels(_ROLES, len(who), rng),
        "enrolled_on": dates(enrolled),
        "left_on": dates(np.where(died, batch.death[who], leaving), ~left),
        "outcome": blank_where(pick(_OUTCOMES, outcome), ~left),
    }
    batch.append(store, "caseload", who, columns)
