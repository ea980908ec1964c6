"""The pseudonym of a care home: kept where an extract has one, blank elsewhere, and no key of a sender's."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import narwhals as nw
import pytest
from tests.support.extracts import STAYS, Extract, as_csv, ingested, rows_in
from tests.support.governance import pseudonym
from tests.support.tablespec import check, tables

from riskstrat.engine import Engine
from riskstrat.features.cohort import candidates, cohort_at
from riskstrat.study.settings import CohortSettings
from riskstrat.synthetic import generate
from riskstrat.tables.windows import OutcomeWindow

KEY = "one key of a test, of more than 32 letters"
RESIDENTS = """
patient_id | practice_code | sex | birth_month | care_home | care_home_id
A          | P1            | 1   | 1950-03     | 1         | P1-H2
B          | P1            | 2   | 1960-07     | 0         |
"""
HOMES = {"A": "P1-H2", "B": None}


def study(people: str) -> list[Extract]:
    return [Extract("patients", "patients.csv", as_csv(people)), Extract("hes_apc", "apc.csv", as_csv(STAYS))]


def test_a_care_home_is_stored_and_the_guard_does_not_mind(tmp_path: Path) -> None:
    snapshot = ingested(tmp_path, *study(RESIDENTS))
    assert {row["patient_id"]: row["care_home_id"] for row in rows_in(snapshot, "patients")} == HOMES
    assert "care_home_id" in snapshot.carried["patients"]


def test_an_extract_without_the_column_leaves_it_blank(tmp_path: Path) -> None:
    people = "\n".join(line.rsplit("|", 1)[0] for line in RESIDENTS.strip().splitlines())
    snapshot = ingested(tmp_path, *study(people))
    assert {row["care_home_id"] for row in rows_in(snapshot, "patients")} == {None}
    assert "care_home_id" not in snapshot.carried["patients"]


def test_a_care_home_is_named_anew_with_the_patients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY_OF_A_TEST", KEY)
    snapshot = ingested(tmp_path, *study(RESIDENTS), pseudonyms={"key_env": "A_KEY_OF_A_TEST"})
    expected = {
        pseudonym(KEY.encode(), patient): home and pseudonym(KEY.encode(), home) for patient, home in HOMES.items()
    }
    assert {row["patient_id"]: row["care_home_id"] for row in rows_in(snapshot, "patients")} == expected


def test_a_store_made_before_the_column_has_a_cohort_without_homes(engine: Engine) -> None:
    given = tables(engine, {"patients": "patient | practice | sex | born\n1 | P1 | F | 1940-06-01"})
    before = given["patients"].select(nw.exclude("care_home_id"))
    found = cohort_at(candidates(before, None, None, CohortSettings(), OutcomeWindow(date(2025, 1, 1), 365)))
    check(found, "patient | care_home | care_home_id\n1 | |")


def test_synthetic_residents_live_in_a_home_of_their_practice(tmp_path: Path) -> None:
    generate(tmp_path, 300, seed=5)
    with (tmp_path / "extracts" / "gp" / "patients.csv").open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    assert any(one["care_home_id"] for one in people)
    for one in people:
        home = one["care_home_id"].rsplit("-H", 1)
        assert home == ([one["practice_code"], home[-1]] if one["care_home"] == "1" else [""])
