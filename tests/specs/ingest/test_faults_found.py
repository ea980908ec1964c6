"""Faults that a hostile reading of the ingest found: each stays mended."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.support.extracts import (
    Extract,
    Listener,
    as_csv,
    as_parquet,
    books,
    ingested,
    people,
    quarantined,
    rows_in,
    stays,
    write_study,
)
from tests.support.governance import pseudonym

from riskstrat.errors import ExtractError, IdentifierError
from riskstrat.steps import ingest as ingesting
from riskstrat.steps.ingest import ingest
from riskstrat.study.session import open_study

OPEN = {"max_quarantined_pct": 100.0}
VISITS = (
    "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_source_value\n"
    "1,1,9203,2024-01-01,2024-01-01,ER\n"
)
PERSON = "person_id,gender_concept_id,year_of_birth\n1,8507,1950\n"
CONDITIONS = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date\n"
CONCEPTS = "concept_id\tconcept_name\tvocabulary_id\tconcept_code\n"


def omop(folder: Path, concepts: str, conditions: str) -> dict[str, str]:
    """Concept, by its place, to the code that was stored."""
    files = {"person": PERSON, "visit_occurrence": VISITS, "condition_occurrence": CONDITIONS + conditions}
    for name, content in {**files, "CONCEPT": CONCEPTS + concepts}.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    study = 'name = "a spec"\n[[sources]]\nformat = "omop"\nfiles = "*.csv"\n'
    (folder / "study.toml").write_text(study, encoding="utf-8")
    found = ingest(open_study(folder, Listener()))
    return {str(row["event_date"]): f"{row['code_system']} {row['code']}" for row in rows_in(found, "gp_events")}


def test_a_quote_in_a_term_of_a_dictionary_maps_no_code_to_another(tmp_path: Path) -> None:
    concepts = (
        '201826\t"Type 2 diabetes\tSNOMED\t44054006\n317009\tAsthma\tSNOMED\t195967001\n'
        '316866\tHypertension"\tSNOMED\t38341003\n'
    )
    conditions = "1,1,201826,2020-01-01\n2,1,317009,2020-01-02\n3,1,316866,2020-01-03\n"
    assert omop(tmp_path, concepts, conditions) == {
        "2020-01-01": "snomed 44054006",
        "2020-01-02": "snomed 195967001",
        "2020-01-03": "snomed 38341003",
    }


def test_two_entries_of_one_key_are_not_mixed_and_multiply_no_row(tmp_path: Path) -> None:
    concepts = "201826\tDiabetes\tSNOMED\t44054006\n201826\tDiabetes\tICD10\tE11\n"
    (stored,) = omop(tmp_path, concepts, "1,1,201826,2020-01-01\n").values()
    assert stored in ("snomed 44054006", "icd10 E11")


def test_what_the_guard_refused_is_not_taken_for_done_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = "patient_id,date,code,code_system,unit\n" + "A,2024-01-01,22298006,snomed,\n" * 10_500
    numbers = [n for n in range(9_000_000_000, 9_000_004_000) if _is_nhs_number(str(n))][:200]
    events += "".join(f"A,2024-01-02,22298006,snomed,{number}\n" for number in numbers)
    study = [Extract("gp_events", "gp.csv", events.encode()), people(), stays()]
    convert = ingesting.convert

    def killed(engine, one, rules, folder):  # type: ignore[no-untyped-def]
        if one.path.name == "apc.csv":
            raise KeyboardInterrupt
        convert(engine, one, rules, folder)

    monkeypatch.setattr(ingesting, "convert", killed)
    monkeypatch.setattr(ingesting.shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(KeyboardInterrupt):
        ingested(tmp_path, *study)
    monkeypatch.undo()
    with pytest.raises(IdentifierError, match="unit"):
        ingested(tmp_path, *study)


def _is_nhs_number(digits: str) -> bool:
    check = -sum(int(d) * (10 - i) for i, d in enumerate(digits[:9])) % 11
    return check == int(digits[9])


EMIS_PATIENT = (
    "PatientGuid,OrganisationGuid,Sex,YearOfBirth,DateOfBirth,PatientTypeDescription,DateOfRegistration,Deleted,ProcessingId\n"
    "A,o,F,,1950-01-01,Regular,2010-01-01,false,1\n"
)
EMIS_CODES = "CodeId,SnomedCTConceptId\n7,22298006\n"
OBSERVED = (
    "ObservationGuid,PatientGuid,OrganisationGuid,EffectiveDate,EffectiveDatePrecision,"
    "CodeId,Value,Deleted,ProcessingId\n"
)
FIRST = "g1,A,o,2024-01-05,YMD,7,,false,10\n"
LATER = {
    "deleted, with nothing but its names": "g1,,o,,,,,true,20\n",
    "deleted, in full": "g1,A,o,2024-01-05,YMD,7,,true,20\n",
    "its value is no number any more": "g1,A,o,2024-01-05,YMD,7,abc,false,20\n",
    "its date is withdrawn": "g1,A,o,,U,7,,false,20\n",
}


@pytest.mark.parametrize("later", LATER)
def test_a_record_that_was_taken_back_does_not_stand(later: str, tmp_path: Path) -> None:
    files = {
        "Admin_Patient": EMIS_PATIENT,
        "Coding_ClinicalCode": EMIS_CODES,
        "CareRecord_Observation_1": OBSERVED + FIRST + FIRST.replace("g1", "g2").replace("01-05", "01-06"),
    }
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    emis = {"format": "emis", "files": "*[!c].csv", "coarsen": ["DateOfBirth"]}
    apc = stays(
        as_csv("PERSON_ID|ADMIDATE|ADMIMETH|EPISTART\nA|2024-01-01|21|2024-01-01".replace("|", " | ")), "apc.csv"
    )
    (tmp_path / apc.name).write_bytes(apc.content)
    write_study(tmp_path, [], sources=[emis, {"format": "hes_apc", "files": "apc.csv"}], checks=OPEN)
    assert len(rows_in(ingest(open_study(tmp_path, Listener())), "gp_events")) == 2
    (tmp_path / "CareRecord_Observation_2.csv").write_text(OBSERVED + LATER[later], encoding="utf-8")
    found = ingest(open_study(tmp_path, Listener()))
    assert len(rows_in(found, "gp_events")) == 1
    for name in ("CareRecord_Observation_1.csv", "CareRecord_Observation_2.csv"):
        books(found, name)


def test_the_name_of_a_record_does_not_keep_the_pseudonym_that_was_made_anew(tmp_path: Path) -> None:
    (tmp_path / "Admin_Patient.csv").write_text(EMIS_PATIENT, encoding="utf-8")
    (tmp_path / "key").write_text("k" * 40, encoding="utf-8")
    emis = {"format": "emis", "files": "Admin_*.csv", "coarsen": ["DateOfBirth"]}
    (tmp_path / "apc.csv").write_text("PERSON_ID,ADMIDATE,ADMIMETH,EPISTART\nA,2024-01-01,21,2024-01-01\n")
    hes = {"format": "hes_apc", "files": "apc.csv"}
    write_study(tmp_path, [], sources=[emis, hes], pseudonyms={"key_file": "key"})
    (row,) = rows_in(ingest(open_study(tmp_path, Listener())), "patients")
    assert row["patient_id"] == pseudonym(b"k" * 40, "A")
    kept = [pq.read_table(file) for file in (tmp_path / "store" / ".converted").rglob("rows/*.parquet")]
    names = [name for table in kept for name in table["record_id"].to_pylist() if name]
    assert names
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


@pytest.mark.parametrize("year", ["19501", "20259", "9498", "2050", "119500"])
def test_the_serial_of_a_spreadsheet_is_no_year_of_birth(year: str, tmp_path: Path) -> None:
    text = f"patient_id  practice_code  sex  year_of_birth\nA  P1  1  1950\nB  P1  2  {year}\n"
    found = ingested(tmp_path, people(text), stays(), checks=OPEN)
    assert [row["patient_id"] for row in rows_in(found, "patients")] == ["A"]
    assert [(line, column) for _, line, column, _ in quarantined(found)] == [(3, "birth_date")]


@pytest.mark.parametrize("written", ["2024111", "202401", "45306"])
def test_digits_that_are_not_eight_are_no_date(written: str, tmp_path: Path) -> None:
    events = f"patient_id  date  code  code_system\nA  {written}  22298006  snomed\nA  20240105  22298006  snomed\n"
    found = ingested(tmp_path, people(), stays(), Extract("gp_events", "gp.csv", as_csv(events)), checks=OPEN)
    assert [str(row["event_date"]) for row in rows_in(found, "gp_events")] == ["2024-01-05"]


def test_of_monthly_copies_that_come_together_the_later_file_says_where_a_person_is(tmp_path: Path) -> None:
    months = {"patients_2024_01.csv": "P9", "patients_2024_02.csv": "P1"}
    files = [
        Extract(
            "patients", name, as_csv(f"patient_id practice_code sex birth_month\nA {at} 1 1950-03".replace(" ", "  "))
        )
        for name, at in months.items()
    ]
    (row,) = rows_in(ingested(tmp_path, *files, stays(), checks=OPEN), "patients")
    assert row["practice_code"] == "P1"


def test_a_code_or_a_system_written_otherwise_is_restricted_all_the_same(tmp_path: Path) -> None:
    rows = (
        "407376001 | snomed\n407376001 | Snomed\n407376001 | SNOMED CT\nF640 | ICD10\nF640 | icd-10\n22298006 | snomed"
    )
    events = "patient_id | date | code | code_system\n" + "\n".join(
        f"A | 2024-01-05 | {row}" for row in rows.splitlines()
    )
    found = ingested(tmp_path, people(), stays(), Extract("gp_events", "gp.csv", as_csv(events)))
    assert [row["code"] for row in rows_in(found, "gp_events")] == ["22298006"]
    assert books(found, "gp.csv") == {"stored": 1, "restricted": 5}


def test_a_code_with_a_point_keeps_it_in_parquet(tmp_path: Path) -> None:
    events = (
        "patient_id | date | code | code_system\nA | 2024-01-05 | 428.0 | icd9\nA | 2024-01-06 | 22298006.0 | snomed"
    )
    found = ingested(tmp_path, people(), stays(), Extract("gp_events", "gp.parquet", as_parquet(events)))
    assert [row["code"] for row in rows_in(found, "gp_events")] in (["4280", "22298006"], ["428.0", "22298006"])


def test_a_file_that_cannot_be_read_for_its_name_is_said(tmp_path: Path) -> None:
    for name in ("a.csv", "B.CSV", "c.csv.zip", "d.dat"):
        content = f"patient_id,date,code,code_system\nA,2024-01-0{len(name)},22298006,snomed\n"
        (tmp_path / name).write_text(content, encoding="utf-8")
    listener = Listener()
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "patients.csv").write_bytes(people().content)
    (tmp_path / "p" / "apc.csv").write_bytes(stays().content)
    sources = [
        {"format": "gp_events", "files": "*.*"},
        {"format": "patients", "files": "p/patients.csv"},
        {"format": "hes_apc", "files": "p/apc.csv"},
    ]
    write_study(tmp_path, [], sources=sources)
    found = ingest(open_study(tmp_path, listener))
    assert found.manifest["tables"]["gp_events"]["read"] == 2
    for name in ("c.csv.zip", "d.dat"):
        assert any(name in said for said in listener.heard)


def test_a_patient_file_with_a_ragged_line_is_read_all_the_same(tmp_path: Path) -> None:
    text = as_csv("patient_id  practice_code  sex  birth_month\nA  P1  1  1950-03\nB  P1  2  1960-07")
    found = ingested(tmp_path, Extract("patients", "patients.csv", text + b"C,P1\n"), stays(), checks=OPEN)
    assert [row["patient_id"] for row in rows_in(found, "patients")] == ["A", "B"]


def test_rows_from_before_birth_can_be_too_many(tmp_path: Path) -> None:
    events = "patient_id  date  code  code_system\n" + "A  1940-01-01  22298006  snomed\n" * 3
    with pytest.raises(ExtractError, match="Too many") as caught:
        ingested(tmp_path, people(), stays(), Extract("gp_events", "gp.csv", as_csv(events)))
    assert "3 of 3 rows" in str(caught.value)
    assert not list((tmp_path / "store").glob("2*"))


def test_an_inch_mark_does_not_cost_a_line_when_another_is_ragged(tmp_path: Path) -> None:
    header = "patient_id,date,code,code_system,unit\n"
    rows = "".join(f'A,2024-01-{day:02},22298006,snomed,5" x 5"\n' for day in range(1, 10))
    found = ingested(
        tmp_path, people(), stays(), Extract("gp_events", "gp.csv", (header + rows + "A,B\n").encode()), checks=OPEN
    )
    assert books(found, "gp.csv") == {"stored": 9, "quarantined": 1}
    assert {row["unit"] for row in rows_in(found, "gp_events")} == {'5" x 5"'}
