"""What can be done: each trigger on people who have it and people who have not, and what is not assessed."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from riskstrat.features.definitions import all_features
from riskstrat.lists.prompts import TRIGGERS, medicine_alerts, to_do, triggers_of
from riskstrat.study.roles import _BUILT_IN

NOTHING = {name: 0 for trigger in TRIGGERS for name in trigger.reads} | {
    "age": 80, "days_since_discharge": None, "has_gp_review": 1, "has_influenza_vaccination": 1,
    "has_pneumococcal_vaccination": 1,
}  # fmt: skip
SAID = """
fact                                                          | who              | what
medicines_6m=12                                               | Pharmacist       | 12 different medicines
medicines_6m=9                                                |                  |
nsaids_items_6m=1 anticoagulants_items_6m=2                   | Pharmacist       | NSAID with an anticoagulant
nsaids_items_6m=1 antiplatelets_items_6m=2                    | Pharmacist       | NSAID with an anticoagulant
anticoagulants_items_6m=2                                     |                  |
nsaids_items_6m=1 ace_inhibitors_arbs_items_6m=1              |                  |
nsaids_items_6m=1 ace_inhibitors_arbs_items_6m=1 loop_diuretics_items_6m=3 | Pharmacist | and a diuretic
opioids_items_6m=1 gabapentinoids_items_6m=1                  | Pharmacist       | opioid with
strong_opioids_items_6m=1 hypnotics_anxiolytics_items_6m=1    | Pharmacist       | opioid with
days_since_discharge=9 latest_stay_emergency=1                | Community matron | emergency stay ended 9 days
days_since_discharge=9 latest_stay_emergency=0                |                  |
days_since_discharge=40 latest_stay_emergency=1               |                  |
acsc_admissions_12m=1                                         | GP               | 1 admission in 12 months
has_falls=1                                                   | Geriatrician     | falls
outpatient_missed_12m=2                                       | Care coordinator | 2 missed outpatient appointments
outpatient_missed_12m=1                                       |                  |
has_current_smoker=1                                          | GP               | smokes
has_gp_review=0 ltc_count=1                                   | GP               | no review
has_gp_review=0 ltc_count=0                                   |                  |
has_influenza_vaccination=0                                   | GP               | no influenza vaccination
has_influenza_vaccination=0 age=40                            |                  |
has_pneumococcal_vaccination=0                                | GP               | no pneumococcal vaccination
"""


def person(*facts: str) -> dict[str, Any]:
    return NOTHING | {name: int(value) for name, value in (one.split("=") for one in facts)}


def table(*people: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(people), pa.schema({name: pa.int32() for name in NOTHING}))


@pytest.mark.parametrize("line", SAID.strip().splitlines()[1:])
def test_what_is_said_of_a_person(line: str) -> None:
    facts, who, what = (part.strip() for part in line.split("|"))
    found = triggers_of(table(person(*facts.split())))
    assert [one for one, _ in found] == ([who] if who else [])
    assert all(what in said for _, said in found)


def test_what_concerns_the_lists_own_role_comes_first() -> None:
    both = table(person("medicines_6m=12", "has_falls=1"))
    assert to_do(both, "geriatrician")[0].startswith("Geriatrician: falls recorded (assess")
    assert to_do(both, "pharmacist")[0].startswith("Pharmacist: 12 different medicines; ")
    assert to_do(table(NOTHING), "pharmacist") == [None]


def test_what_is_not_assessed_triggers_nothing() -> None:
    unknown = dict.fromkeys(NOTHING)
    assert triggers_of(table(unknown)) == []
    assert triggers_of(table(person("medicines_6m=12")).drop_columns("medicines_6m")) == []


def test_alerts_count_risky_combinations_and_are_blank_without_prescriptions() -> None:
    two = person("nsaids_items_6m=1", "anticoagulants_items_6m=1", "opioids_items_6m=1", "gabapentinoids_items_6m=1")
    assert medicine_alerts(table(two, NOTHING)).tolist() == [2.0, 0.0]
    assert medicine_alerts(pa.table({"age": [80.0]})).tolist() == pytest.approx([float("nan")], nan_ok=True)


def test_a_trigger_reads_columns_that_there_are_and_names_a_role_that_there_is() -> None:
    columns = {column.name for feature in all_features().values() for column in feature.columns()}
    for trigger in TRIGGERS:
        assert set(trigger.reads) <= columns
        assert trigger.role in _BUILT_IN
