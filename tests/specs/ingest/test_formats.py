"""Formats of extracts: each is whole and can be compiled, knows its own files, and says what a row means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from riskstrat.engine import DuckEngine, quoted_text
from riskstrat.ingest.extract import matches
from riskstrat.ingest.formats import all_formats
from riskstrat.ingest.formats.cprd_aurum import _OBSERVATIONS, _PATIENTS, _REGISTRATIONS, DRUG_ISSUES
from riskstrat.ingest.formats.emis import _OBSERVATIONS as EMIS_OBSERVATIONS
from riskstrat.ingest.formats.emis import _PATIENTS as EMIS_PATIENTS
from riskstrat.ingest.formats.layout import FileLayout, Format
from riskstrat.ingest.formats.meds import _ATTENDANCES, _EPISODES, _EVENTS, _PEOPLE, ITEMS
from riskstrat.ingest.formats.omop import _ENTRIES, _PERSON, DRUG_EXPOSURE, INPATIENT
from riskstrat.ingest.formats.tpp_ehrql import _APPOINTMENTS, _DECILES, ADDRESSES
from riskstrat.ingest.rows import text_sql
from riskstrat.tables.schema import TABLES

FOLDERS = ("cprd_aurum", "omop", "synthea", "meds", "emis", "gdppr", "tpp_ehrql")
LAYOUTS = [(source, layout) for source in all_formats().values() for layout in source.layouts]
IDS = [f"{source.name}-{number}-{layout.table}" for number, (source, layout) in enumerate(LAYOUTS)]
every_layout = pytest.mark.parametrize(("source", "layout"), LAYOUTS, ids=IDS)


def regexes(layout: FileLayout) -> Iterator[str]:
    for column in (*layout.columns, *layout.replaces):
        yield from (pattern for pattern, _ in column.patterns)
        if column.split:
            yield column.split
    yield from (where.pattern for where in layout.where)


# --- What every format must be -----------------------------------------------------------------------------------


def test_the_formats_of_the_issue_are_there() -> None:
    assert set(FOLDERS) <= set(all_formats())


@pytest.mark.parametrize("name", FOLDERS)
def test_a_format_says_where_it_comes_from_and_what_it_lacks(name: str) -> None:
    source = all_formats()[name]
    assert source.reference
    assert source.title
    assert source.lacks
    assert all(one == one.strip() and not one.endswith(".") for one in source.lacks)


@every_layout
def test_a_layout_fills_columns_that_there_are(source: Format, layout: FileLayout) -> None:
    known = set(TABLES[layout.table].by_name)
    lists = {column.column for column in layout.columns if column.is_list}
    assert {column.column for column in layout.columns} - known == lists
    assert lists <= ({"diagnoses"} if layout.table == "episodes" else set())
    assert set(layout.constants) <= known
    assert {column.column for column in layout.replaces} <= {"record_id", "record_order", "deleted"}
    names = [column.column for column in (*layout.columns, *layout.replaces)]
    assert len(set(names)) == len(names)
    assert not set(names) & set(layout.constants)


@every_layout
def test_a_layout_fills_every_column_that_a_row_must_have(source: Format, layout: FileLayout) -> None:
    filled = {column.column for column in layout.columns if column.required} | set(layout.constants)
    assert {column.name for column in TABLES[layout.table].columns if column.required} <= filled


@every_layout
def test_every_expression_compiles_for_python_and_for_the_engine(source: Format, layout: FileLayout) -> None:
    engine = DuckEngine(threads=1)
    for pattern in set(regexes(layout)):
        re.compile(pattern)
        engine.sql(f"SELECT regexp_full_match('', {quoted_text(pattern)})").fetchall()


@every_layout
def test_a_value_names_no_group_that_its_pattern_lacks(source: Format, layout: FileLayout) -> None:
    for column in (*layout.columns, *layout.replaces):
        for pattern, value in column.patterns:
            named = [int(number) for number in re.findall(r"\\(\d)", value)]
            assert max(named, default=0) <= re.compile(pattern).groups


@every_layout
def test_what_a_lookup_takes_goes_by_a_name_of_its_own(source: Format, layout: FileLayout) -> None:
    aliases = [alias.lower() for lookup in layout.lookups for alias in lookup.columns]
    assert len(set(aliases)) == len(aliases)
    keys = {lookup.join[0].lower() for lookup in layout.lookups} - set(aliases)
    assert not keys & set(aliases)
    used = {name.lower() for c in (*layout.columns, *layout.replaces) for name in (*c.headers, *c.append)}
    used |= {lookup.join[0].lower() for lookup in layout.lookups} | {where.name.lower() for where in layout.where}
    assert set(aliases) <= used, "something is looked up and not used"


FILES = {
    "cprd_aurum": {
        "aurum_allpatid_set1_extract_observation_001.txt": ["gp_events"],
        "tics202203_Extract_DrugIssue_012.txt": ["prescriptions"],
        "aurum_allpatid_set1_extract_patient_001.txt": ["patients", "registrations"],
        "Consultation.txt": ["consultations"],
        "aurum_allpatid_extract_practice_001.txt": [],
        "202205_EMISMedicalDictionary.txt": [],
    },
    "omop": {
        "OBSERVATION.csv": ["gp_events"],
        "OBSERVATION_PERIOD.csv": [],
        "MEASUREMENT.csv.gz": ["gp_events"],
        "person.parquet": ["patients"],
        "cdm_death.csv": ["deaths"],
        "condition_era.csv": [],
        "CONCEPT.csv": [],
        "CONCEPT_ANCESTOR.csv": [],
    },
    "synthea": {
        "patients.csv.gz": ["patients"],
        "encounters.csv": ["ed_attendances", "episodes", "op_appointments", "consultations"],
        "organizations.csv": [],
    },
    "meds": {
        "0.parquet": [
            "patients", "gp_events", "prescriptions", "episodes", "ed_attendances", "op_appointments", "deaths",
        ],
    },
    "emis": {
        "291_CareRecord_Observation_20240101120000_A1.csv": ["gp_events"],
        "CareRecord_ObservationReferral.csv": [],
        "291_Admin_Patient_20240101120000_A1.csv": ["patients", "registrations"],
        "Admin_PatientHistory.csv": [],
        "Prescribing_IssueRecord.csv": ["prescriptions"],
        "Prescribing_DrugRecord.csv": [],
        "Coding_DrugCode.csv": [],
    },
    "gdppr": {"anything.csv": ["patients", "gp_events"]},
    "tpp_ehrql": {
        "clinical_events.csv": ["gp_events"],
        "clinical_events_ranges.csv": [],
        "apcs.csv": ["episodes"],
        "apcs_cost.csv": [],
        "ec.csv": [],
        "emergency_care_attendances.parquet": ["ed_attendances"],
        "ons_deaths.csv": ["deaths"],
        "addresses.csv": ["patients"],
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in FILES.items() for file in files])
def test_a_format_knows_its_files_by_name(name: str, file: str) -> None:
    found = [layout.table for layout in all_formats()[name].layouts if matches(Path(file), layout.files)]
    assert list(dict.fromkeys(found)) == FILES[name][file]


# --- What a cell means -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def read() -> Callable[..., str | None]:
    """A column's text, of the cells it is read from."""
    engine = DuckEngine(threads=1)

    def of(layout: FileLayout, to: str, *cells: str) -> str | None:
        (column,) = [one for one in (*layout.columns, *layout.replaces) if one.column == to]
        assert len(cells) == 1 + len(column.append)
        text = text_sql(column, [quoted_text(one) for one in cells])
        found = engine.sql(f"SELECT {text}").fetchall()[0][0]
        return None if found is None else str(found)

    return of


Read = Callable[..., "str | None"]


def test_cprd_codes_are_looked_up_or_stay_to_the_last_digit(read: Read) -> None:
    code, dictionary = "498521000006119123"[:18], "84114007"
    assert read(_OBSERVATIONS, "code", code, "") == code
    assert read(_OBSERVATIONS, "code_system", code, "") == "medcode"
    assert read(_OBSERVATIONS, "code", code, dictionary) == dictionary
    assert read(_OBSERVATIONS, "code_system", code, dictionary) == "snomed"
    assert read(_OBSERVATIONS, "code", "NA", "") is None
    assert read(_OBSERVATIONS, "code", "4.98E+17", "") == "4.98E+17", "to be refused as a number, not lost"


@pytest.mark.parametrize(
    ("cells", "code", "system"),
    [
        (("92041000033111", "", ""), "92041000033111", "prodcode"),
        (("92041000033111", "318507003", ""), "318507003", "dmd"),
        (("92041000033111", "318507003", "0204000E0AAABAB"), "0204000E0AAABAB", "bnf"),
        (("NA", "", ""), None, None),
    ],
)
def test_an_item_has_the_best_code_that_is_known(cells: tuple[str, ...], code: str, system: str, read: Read) -> None:
    assert read(DRUG_ISSUES, "code", *cells) == code
    assert read(DRUG_ISSUES, "code_system", *cells) == system


def test_cprd_births_and_registrations(read: Read) -> None:
    assert read(_PATIENTS, "birth_date", "1984", "NA") == "1984"
    assert read(_PATIENTS, "birth_date", "1984", "4") == "1984-4"
    assert read(_PATIENTS, "birth_date", "NA", "4") is None
    assert read(_REGISTRATIONS, "end_date", "25/08/1996", "01/02/2020") == "25/08/1996"
    assert read(_REGISTRATIONS, "end_date", "NA", "01/02/2020") == "01/02/2020"
    assert read(_REGISTRATIONS, "end_date", "", "NA") is None


OMOP_CODES = {
    "standard concept": (("316139", "SNOMED", "84114007", "ICD10", "I50", "I50.9"), "84114007", "snomed"),
    "mapped to another vocabulary": (("1", "Nebraska Lexicon", "x", "SNOMED", "84114007", ""), "84114007", "snomed"),
    "source concept": (("0", "None", "No matching concept", "ICD10CM", "I50.9", ""), "I50.9", "icd10"),
    "Read": (("0", "", "", "Read", "G58..", ""), "G58..", "readv2"),
    "no vocabulary, SNOMED": (("316139", "", "", "", "", "84114007"), "84114007", "snomed"),
    "no vocabulary, ICD-10": (("0", "", "", "", "", "E11.9"), "E11.9", "icd10"),
    "no vocabulary, LOINC": (("0", "", "", "", "", "29463-7"), "29463-7", "loinc"),
    "no shape that is known": (("316139", "", "", "", "", "heart failure, as she said"), "316139", "omop"),
    "nothing is known": (("0", "", "", "", "", "4019"), "0", "omop"),
    "a code in digits alone that is no concept": (("0", "", "", "", "", "250001230"), "0", "omop"),
}


@pytest.mark.parametrize("case", OMOP_CODES)
def test_omop_codes(case: str, read: Read) -> None:
    (concept, *others), code, system = OMOP_CODES[case]
    for entries in _ENTRIES:
        assert read(entries, "code", concept, *others, "") == code
        assert read(entries, "code_system", concept, *others, "") == system


OMOP_DRUGS = {
    "dm+d of the source": (("1", "RxNorm", "308182", "dm+d", "318507003", "", ""), "318507003", "dmd"),
    "mapped to BNF": (("1", "RxNorm", "308182", "dm+d", "318507003", "", "0204000E0"), "0204000E0", "bnf"),
    "RxNorm": (("1", "RxNorm Extension", "OMOP123", "", "", "", ""), "OMOP123", "rxnorm"),
    "no vocabulary, RxNorm": (("1", "", "", "", "", "308182", ""), "308182", "rxnorm"),
    "no vocabulary, dm+d": (("1", "", "", "", "", "318507003", ""), "318507003", "dmd"),
    "no vocabulary, NDC": (("19", "", "", "", "", "00093721410", ""), "19", "omop"),
}


@pytest.mark.parametrize("case", OMOP_DRUGS)
def test_omop_drugs(case: str, read: Read) -> None:
    cells, code, system = OMOP_DRUGS[case]
    assert read(DRUG_EXPOSURE, "code", *cells) == code
    assert read(DRUG_EXPOSURE, "code_system", *cells) == system


@pytest.mark.parametrize(
    ("cells", "method"),
    [
        (("262", "0", ""), "21"),
        (("9201", "8870", "9202"), "21"),
        (("9201", "0", "9203"), "21"),
        (("9201", "0", "9202"), None),
        (("9201", "", ""), None),
    ],
)
def test_omop_admissions_are_emergencies_only_where_something_says_so(
    cells: tuple[str, ...], method: str, read: Read
) -> None:
    for inpatient in INPATIENT:
        assert read(inpatient, "admission_method", *cells) == method


def test_omop_people(read: Read) -> None:
    assert [read(_PERSON, "sex", *cells) for cells in (("8507", ""), ("8532", "M"), ("0", "female"), ("0", ""))] == [
        "M", "F", "F", None,
    ]  # fmt: skip
    assert [read(_PERSON, "practice_code", *cells) for cells in (("3", "A81001"), ("3", ""), ("0", ""), ("", ""))] == [
        "A81001", "3", None, None,
    ]  # fmt: skip


def test_emis_rows_are_removed_by_what_marks_them(read: Read) -> None:
    gone = [
        ("FALSE", "FALSE", "FALSE", "FALSE"),
        ("TRUE", "", "", ""),
        ("false", "false", "true", ""),
        ("", "", "", "1"),
    ]
    assert [read(EMIS_PATIENTS, "deleted", *cells) for cells in gone] == ["0", "1", "1", "1"]
    assert read(EMIS_OBSERVATIONS, "record_id", "{G}", "{O}") == "{G}|{O}"
    assert [read(EMIS_OBSERVATIONS, "event_date", one) for one in ("2007", "2007-11", "2007-11-02", "02/11/2007")] == [
        "2007-01-01", "2007-11-01", "2007-11-02", "02/11/2007",
    ]  # fmt: skip
    assert read(EMIS_PATIENTS, "patient_id", "{P}", "") == "{P}"
    assert read(EMIS_PATIENTS, "patient_id", "{P}", "pseudonym") == "pseudonym"


def test_tpp_deciles_are_those_of_ehrql(read: Read) -> None:
    bounds = [3_284, 6_568, 9_853, 13_137, 16_422, 19_706, 22_990, 26_275, 29_559, 32_844]
    expected = {rank: 1 + sum(rank > bound for bound in bounds) for rank in range(0, 32_801, 100)}
    assert {int(rank): int(decile) for rank, decile in _DECILES.items()} == expected
    assert [read(ADDRESSES, "imd_decile", one) for one in ("0", "3200", "3300", "32800", "-1")] == [
        "1", "1", "2", "10", None,
    ]  # fmt: skip
    assert read(_APPOINTMENTS, "event_date", "2024-05-01", "2024-04-30") == "2024-05-01"
    assert read(_APPOINTMENTS, "event_date", "9999-12-31", "2024-04-30") == "2024-04-30"


MEDS_CODES = {
    "SNOMED//73211009": ("73211009", "snomed"),
    "SNOMED/73211009": ("73211009", "snomed"),
    "ICD10CM/E11.9": ("E11.9", "icd10"),
    "DIAGNOSIS//ICD//10//E119": ("E119", "icd10"),
    "READV2//G58..": ("G58..", "readv2"),
    "LOINC/8302-2": ("8302-2", "loinc"),
}


def counts(layout: FileLayout, name: str, cell: str) -> bool:
    """Whether a row counts for all that a layout asks of a header."""
    asked = [where for where in layout.where if where.name == name]
    assert asked
    return all(bool(re.fullmatch(where.pattern, cell)) != where.exclude for where in asked)


@pytest.mark.parametrize("code", MEDS_CODES)
def test_meds_codes(code: str, read: Read) -> None:
    assert counts(_EVENTS, "code", code)
    assert not counts(ITEMS, "code", code)
    assert (read(_EVENTS, "code", code), read(_EVENTS, "code_system", code)) == MEDS_CODES[code]


def test_meds_rows_are_told_apart_by_their_codes(read: Read) -> None:
    for code, system in (("MEDICATION//BNF//0212000B0", "bnf"), ("RxNorm/308182", "rxnorm"), ("dm+d/318507003", "dmd")):
        assert counts(ITEMS, "code", code)
        assert not counts(_EVENTS, "code", code)
        assert read(ITEMS, "code_system", code) == system
    assert not any(counts(one, "code", "LAB//51221//%") for one in (_PEOPLE, _EVENTS, ITEMS, _EPISODES, _ATTENDANCES))
    assert counts(_ATTENDANCES, "code", "Visit/ERIP")
    assert counts(_EPISODES, "code", "Visit/ERIP")
    assert not counts(_EPISODES, "code", "Visit/ER")
    methods = {
        "HOSPITAL_ADMISSION//2A//1": "2A",
        "HOSPITAL_EPISODE//11//2": "11",
        "HOSPITAL_ADMISSION//UNKNOWN//UNKNOWN": None,
        "HOSPITAL_ADMISSION//EW EMER.//PHYSICIAN REFERRAL": "28",
        "HOSPITAL_ADMISSION//ELECTIVE//X": None,
        "Visit/ERIP": "21",
        "Visit/IP": None,
    }
    assert {code: read(_EPISODES, "admission_method", code) for code in methods} == methods
    sexes = {"GENDER//F": "F", "Gender/M": "M", "GENDER//I": "I", "GENDER//U": "U", "ETHNICITY//M": None}
    assert {code: read(_PEOPLE, "sex", code) for code in sexes} == sexes
    assert read(_PEOPLE, "ethnicity", "ETHNICITY//M") == "M"
