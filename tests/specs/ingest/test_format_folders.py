"""Folders in each project's own layout become a store of the same facts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w
from tests.support.extracts import Listener, as_csv, rows_in
from tests.support.tablespec import cells, check, drawn

from riskstrat.steps.ingest import ingest
from riskstrat.study.session import open_study
from riskstrat.tables.snapshot import Snapshot


def alike(text: str, **same: str) -> str:
    """A text table with further columns, alike in every row."""
    header, rows = cells(text)
    return drawn([*header, *same], [[*row, *same.values()] for row in rows])


def stored(folder: Path, format: str, files: Mapping[str, str | bytes], who: str = "", **given: Any) -> Snapshot:
    """Ingest a folder of one format, with a stay in hospital of somebody beside it."""
    (folder / "in").mkdir(parents=True)
    for name, content in files.items():
        (folder / "in" / name).write_bytes(content if isinstance(content, bytes) else as_csv(content))
    sources = [{"format": format, "files": "in/*", **given}]
    if who:
        stay = f"PERSON_ID ADMIDATE EPISTART ADMIMETH\n{who} 2020-01-01 2020-01-01 21"
        (folder / "apc.csv").write_bytes(as_csv(stay))
        sources.append({"format": "hes_apc", "files": "apc.csv"})
    checks = {"max_quarantined_pct": 0.0, "min_linked_pct": 0.0}
    facts = {"name": "a spec", "sources": sources, "checks": checks, "engine": {"threads": 1, "memory_limit_gb": 0.5}}
    (folder / "study.toml").write_text(tomli_w.dumps(facts), encoding="utf-8")
    return ingest(open_study(folder, Listener()))


def test_cprd_aurum(tmp_path: Path) -> None:
    found = stored(
        tmp_path,
        "cprd_aurum",
        {
            "x_Extract_Patient_001.txt": """
                patid | pracid | gender | yob  | mob | regstartdate | regenddate | acceptable | cprd_ddate
                1     | 49     | 2      | 1950 | NA  | 01/02/2001   | NA         | 1          | NA
                2     | 49     | 1      | 1960 | 7   | 01/02/2001   | 05/06/2019 | 1          | 03/06/2019
                3     | 49     | 1      | 1970 | NA  | 01/02/2001   | NA         | 0          | NA
            """,
            "x_Extract_Practice_001.txt": """
                pracid | lcd        | uts | region
                49     | 20/09/2021 | NA  | 8
            """,
            "x_Extract_Observation_001.txt": """
                patid | obsid | obsdate    | enterdate  | medcodeid         | value | numunitid | obstypeid
                1     | 1     | 21/05/2019 | 22/05/2019 | 498521000006119   | NA    | NA        | 7
                1     | 2     | 21/05/2019 | 22/05/2019 | 13483031000006114 | 48    | 2         | 10
                1     | 3     | 21/05/2019 | 22/05/2019 | 498521000006119   | NA    | NA        | 4
                1     | 4     | NA         | 22/05/2019 | 498521000006119   | NA    | NA        | 7
                3     | 5     | 21/05/2019 | 22/05/2019 | 498521000006119   | NA    | NA        | 7
            """,
            "NumUnit.txt": """
                numunitid | Description
                2         | mmol/mol
            """,
            "202205_EMISMedicalDictionary.txt": """
                MedCodeId       | Term          | SnomedCTConceptId
                498521000006119 | heart failure | 84114007
            """,
        },
        who="1",
    )
    check(
        rows_in(found, "patients"),
        """
        patient_id  practice  sex  born        died
        1           49        F    1950-07-01  -
        2           49        M    1960-07-01  2019-06-03
        """,
    )
    check(
        rows_in(found, "registrations"),
        """
        patient_id  practice  start_date  end_date
        1           49        2001-02-01  2021-09-20
        2           49        2001-02-01  2019-06-05
        """,
    )
    check(
        rows_in(found, "gp_events"),
        """
        patient_id  date        recorded    code               system   value  unit
        1           2019-05-21  2019-05-22  84114007           snomed   -      -
        1           2019-05-21  2019-05-22  13483031000006114  medcode  48     mmol/mol
        """,
    )
    (page,) = [one for one in found.manifest["files"] if one["table"] == "gp_events"]
    assert (page["books"]["by_rule"], page["books"]["not_in_patients"]) == (2, 1)


OMOP_FILES: Mapping[str, str] = {
    "PERSON.csv": """
        person_id | gender_concept_id | year_of_birth | month_of_birth | race_source_value | care_site_id
        1         | 8532              | 1950          | 4              | white             | 7
    """,
    "CARE_SITE.csv": """
        care_site_id | care_site_source_value
        7            | A81001
    """,
    "DEATH.csv": """
        person_id | death_date | cause_source_value
        1         | 2022-03-04 | I50.9
    """,
    "VISIT_OCCURRENCE.csv": alike(
        """
    visit_occurrence_id|preceding_visit_occurrence_id|visit_concept_id|visit_start_date|visit_end_date|visit_source_value
    1                  |                             | 9203           | 2020-01-01     | 2020-01-01   | x
    2                  | 1                           | 9201           | 2020-01-01     | 2020-01-04   | x
    3                  | 2                           | 9201           | 2020-02-01     | 2020-02-04   | x
    4                  | 3                           | 262            | 2020-03-01     | 2020-03-04   | x
    5                  | 4                           | 9202           | 2020-04-01     | 2020-04-01   | x
    6                  | 5                           | 581476         | 2020-05-01     | 2020-05-01   | x
    7                  | 6                           | 0              | 2020-06-01     | 2020-06-01   | Emergency room
    8                  | 7                           | 0              | 2020-07-01     | 2020-07-01   | ward round
        """,
        person_id="1",
        care_site_id="5",
        admitted_from_concept_id="0",
        visit_start_datetime="2020-01-01 09:30:00",
    ),
    "CONDITION_OCCURRENCE.csv": """
        person_id | condition_concept_id | condition_start_date | condition_source_value | condition_source_concept_id
        1         | 316139               | 2020-01-02           | I50.9                  | 0
    """,
    "MEASUREMENT.csv": alike(
        """
        person_id | measurement_date | value_as_number | unit_concept_id | unit_source_value
        1         | 2020-01-02       | 48.5            | 9529            | kg
        """,
        measurement_concept_id="3025315",
        measurement_source_value="29463-7",
        measurement_source_concept_id="0",
    ),
    "DRUG_EXPOSURE.csv": alike(
        """
        person_id | drug_concept_id | drug_exposure_start_date | quantity | days_supply | drug_source_value
        1         | 19073183        | 2020-01-02               | 28       | 14          | 308182
        """,
        drug_source_concept_id="0",
    ),
}


def test_omop(tmp_path: Path) -> None:
    concepts = """
        concept_id | vocabulary_id | concept_code
        316139     | SNOMED        | 84114007
    """
    found = stored(tmp_path, "omop", {**OMOP_FILES, "CONCEPT.csv": concepts})
    check(rows_in(found, "patients"), "patient_id practice sex born died\n1 A81001 F 1950-04-01 2022-03-04")
    check(
        rows_in(found, "ed_attendances"),
        """
        date        arrival_time  disposal
        2020-01-01  09:30         -
        2020-03-01  09:30         admitted
        2020-06-01  09:30         -
        """,
    )
    check(
        rows_in(found, "episodes"),
        """
        episode_id  admitted    discharged  method  class
        2           2020-01-01  2020-01-04  21      1
        3           2020-02-01  2020-02-04  -       1
        4           2020-03-01  2020-03-04  21      1
        """,
    )
    check(rows_in(found, "op_appointments"), "date attended\n2020-04-01 seen")
    check(rows_in(found, "consultations"), "date | mode\n2020-05-01 | home visit")
    check(
        rows_in(found, "gp_events"),
        """
        date        code      system  value  unit
        2020-01-02  84114007  snomed  -      -
        2020-01-02  29463-7   loinc   48.5   kg
        """,
    )
    check(rows_in(found, "prescriptions"), "date code system quantity duration_days\n2020-01-02 308182 rxnorm 28 14")


def test_synthea(tmp_path: Path) -> None:
    found = stored(
        tmp_path,
        "synthea",
        {
            "patients.csv": """
                Id | BIRTHDATE  | DEATHDATE | RACE  | GENDER
                p  | 1950-04-09 |           | white | F
            """,
            "encounters.csv": """
                Id | START                | STOP                 | PATIENT | ORGANIZATION | ENCOUNTERCLASS | REASONCODE
                a  | 2020-01-02T19:05:45Z | 2020-01-02T20:05:45Z | p       | o            | emergency      | 10509002
                b  | 2020-02-02T19:05:45Z | 2020-02-05T20:05:45Z | p       | o            | inpatient      |
                c  | 2020-03-02T19:05:45Z | 2020-03-02T20:05:45Z | p       | o            | outpatient     |
                d  | 2020-04-02T19:05:45Z | 2020-04-02T20:05:45Z | p       | o            | home           |
                e  | 2020-05-02T19:05:45Z | 2020-05-02T20:05:45Z | p       | o            | hospice        |
            """,
            "conditions.csv": """
                START      | STOP | PATIENT | ENCOUNTER | SYSTEM    | CODE     | DESCRIPTION
                2020-01-02 |      | p       | a         | SNOMED-CT | 84114007 | heart failure
                2020-01-03 |      | p       | a         |           | 73211009 | diabetes
            """,
            "observations.csv": """
                DATE                 | PATIENT | CODE    | VALUE | UNITS | TYPE
                2020-01-02T19:05:45Z | p       | 29463-7 | 48.5  | kg    | numeric
                2020-01-02T19:05:45Z | p       | 72166-2 | never |       | text
                2020-01-02T19:05:45Z | p       | QALY    | 3.1   | a     | numeric
            """,
            "medications.csv": """
                START                | STOP | PATIENT | ENCOUNTER | CODE   | DESCRIPTION | DISPENSES
                2020-01-02T19:05:45Z |      | p       | a         | 314231 | Simvastatin | 2
            """,
        },
        coarsen=["BIRTHDATE"],
    )
    check(rows_in(found, "patients"), "patient_id practice sex born ethnicity\np unknown F 1950-07-01 white")
    check(rows_in(found, "ed_attendances"), "date arrival_time diagnosis\n2020-01-02 19:05 10509002")
    check(rows_in(found, "episodes"), "admitted discharged method class\n2020-02-02 2020-02-05 - 1")
    check(rows_in(found, "op_appointments"), "date attended\n2020-03-02 seen")
    check(rows_in(found, "consultations"), "date | mode\n2020-04-02 | home visit")
    check(
        rows_in(found, "gp_events"),
        """
        date        code      system  value  unit
        2020-01-02  84114007  snomed  -      -
        2020-01-03  73211009  snomed  -      -
        2020-01-02  29463-7   loinc   48.5   kg
        """,
    )
    check(rows_in(found, "prescriptions"), "code system name quantity\n314231 rxnorm Simvastatin 2")
    assert "admission_method" not in found.manifest["carried"]["episodes"]


HERE = {"OrganisationGuid": "{O}"}
ENTRY = {**HERE, "PatientGuid": "{P1}", "EffectiveDatePrecision": "YMD", "IsConfidential": "FALSE", "Deleted": "FALSE"}
EMIS_FILES: Mapping[str, str] = {
    "1_Admin_Patient_20240101.csv": alike(
        """
        PatientGuid|Sex|DateOfBirth|DateOfRegistration|PatientTypeDescription|DummyType|SpineSensitive|ProcessingId
        {P1}       | F | 1950      | 2001-02-01       | Regular              | FALSE   | FALSE        | 1
        {P2}       | M | 1960      | 2023-02-01       | Temporary            | FALSE   | FALSE        | 2
        {P3}       | M | 1970      | 2001-02-01       | Dummy                | TRUE    | FALSE        | 3
        {P4}       | M | 1980      | 2001-02-01       | Regular              | FALSE   | TRUE         | 4
        """,
        **HERE, DateOfDeath="", DateofDeactivation="", Deleted="FALSE", IsConfidential="FALSE",
    ),
    "1_Admin_Organisation_20240101.csv": "OrganisationGuid ODSCode\n{O} A81001",
    "1_Coding_ClinicalCode_20240101.csv": "CodeId SnomedCTConceptId\n284596015 84114007",
    "1_Coding_DrugCode_20240101.csv": "CodeId Term DmdProductCodeId\n1026041000033110 Oxprenolol 318507003",
    "BNF Snomed Mapping data 20240119.csv": "BNF Code | SNOMED Code\n0204000E0AAABAB | 318507003",
    "1_CareRecord_Observation_20240101.csv": alike(
        """
        ObservationGuid | PatientGuid | EffectiveDate | EffectiveDatePrecision | CodeId    | Value | ProcessingId
        {A}             | {P1}        | 2023-05-01    | YMD                    | 284596015 |       | 1
        {B}             | {P1}        | 2023          | Y                      | 99        | 135   | 2
        {D}             | {P1}        | 2023-06-01    | YMD                    | 284596015 |       | 4
        {E}             | {P1}        | 2023-07-01    | YMD                    | 284596015 |       | 5
        {F}             | {P1}        |               | U                      | 284596015 |       | 6
        {G}             | {P4}        | 2023-07-01    | YMD                    | 284596015 |       | 7
        """,
        **HERE, EnteredDate="2023-08-01", NumericUnit="mmol/L", ObservationType="Value", Deleted="FALSE",
        IsConfidential="FALSE",
    ),
    "2_CareRecord_Observation_20240101.csv": alike(
        """
        ObservationGuid | EffectiveDate | EnteredDate | CodeId    | Value | NumericUnit | ObservationType | ProcessingId
        {C}             | 2023-05-01    | 2023-08-01  | 284596015 |       |             | Family History  | 3
        """,
        **ENTRY,
    ),
    "3_CareRecord_Observation_20240201.csv": alike(
        """
        ObservationGuid | EffectiveDate | CodeId    | Value | Deleted | IsConfidential | ProcessingId
        {B}             | 2023-01-01    | 99        | 153   | FALSE   | FALSE          | 12
        {D}             | 2023-06-01    | 284596015 |       | TRUE    | FALSE          | 14
        {E}             | 2023-07-01    | 284596015 |       | FALSE   | TRUE           | 15
        """,
        **HERE, PatientGuid="{P1}", EffectiveDatePrecision="YMD", EnteredDate="2023-08-01", NumericUnit="mmol/L",
        ObservationType="Value",
    ),
    "1_Prescribing_IssueRecord_20240101.csv": alike(
        """
        IssueRecordGuid | EffectiveDate | CodeId           | Quantity | CourseDurationInDays | ProcessingId
        {I}             | 2023-05-01    | 1026041000033110 | 56       | 28                   | 1
        """,
        **ENTRY,
    ),
    "1_CareRecord_Consultation_20240101.csv": alike(
        """
        ConsultationGuid | EffectiveDate | ClinicianUserInRoleGuid | ConsultationSourceTerm | ProcessingId
        {X}              | 2023-05-01    | {U}                     | Home visit             | 1
        {Y}              | 2023-05-02    | {U}                     | Administration note    | 2
        """,
        **ENTRY,
    ),
    "1_Admin_UserInRole_20240101.csv": "UserInRoleGuid | JobCategoryName\n{U} | District nurse",
}  # fmt: skip


def test_emis(tmp_path: Path) -> None:
    found = stored(tmp_path, "emis", EMIS_FILES, who="{P1}")
    check(
        rows_in(found, "patients"),
        """
        patient_id  practice  sex  born
        {P1}        A81001    F    1950-07-01
        {P2}        A81001    M    1960-07-01
        """,
    )
    check(rows_in(found, "registrations"), "patient_id practice start_date end_date\n{P1} A81001 2001-02-01 -")
    check(
        rows_in(found, "gp_events"),
        """
        patient_id  date        recorded    code      system   value  unit
        {P1}        2023-05-01  2023-08-01  84114007  snomed   -      mmol/L
        {P1}        2023-01-01  2023-08-01  99        medcode  153    mmol/L
        """,
    )
    check(
        rows_in(found, "prescriptions"),
        "code system name quantity duration_days\n0204000E0AAABAB bnf Oxprenolol 56 28",
    )
    check(rows_in(found, "consultations"), "date | staff_role | mode\n2023-05-01 | District nurse | Home visit")


def test_emis_people_are_linked_by_a_file_beside(tmp_path: Path) -> None:
    linkage = "PatientGuid patient_id\n{P1} A"
    found = stored(tmp_path, "emis", {**EMIS_FILES, "linkage.csv": linkage}, who="A")
    assert {row["patient_id"] for row in rows_in(found, "patients")} == {"A", "{P2}"}
    assert {row["patient_id"] for row in rows_in(found, "gp_events")} == {"A"}
    assert [row["patient_id"] for row in rows_in(found, "episodes")] == ["A"]


def test_gdppr(tmp_path: Path) -> None:
    found = stored(
        tmp_path,
        "gdppr",
        {
            "gdppr.csv": alike(
                """
                NHS_NUMBER_DEID|YEAR_MONTH_OF_BIRTH|YEAR_OF_BIRTH|SEX|DATE      |RECORD_DATE|CODE    |SENSITIVE|VALUE
                p              |1950-04            |1950         |2  |2020-01-02|2020-01-03 |84114007|0        |
                p              |1950-04            |1950         |2  |          |2020-01-04 |60621009|0        |31.5
                p              |1950-04            |1950         |2  |2020-01-05|2020-01-05 |73211009|1        |
                q              |                   |1960         |9  |2020-01-02|2020-01-03 |Y2f27   |0        |
                """,
                PRACTICE="A81001",
                ETHNIC="A",
                LSOA="E01000001",
            )
            .replace("| SENSITIVE |", "| SENSITIVE_CODE |")
            .replace("| VALUE |", "| VALUE1_CONDITION |"),
        },
        who="p",
    )
    check(
        rows_in(found, "patients"),
        """
        patient_id  practice  sex  born        ethnicity  lsoa
        p           A81001    F    1950-04-01  A          E01000001
        q           A81001    U    1960-07-01  A          E01000001
        """,
    )
    check(
        rows_in(found, "gp_events"),
        """
        patient_id  date        recorded    code      system  value
        p           2020-01-02  2020-01-03  84114007  snomed  -
        p           2020-01-04  2020-01-04  60621009  snomed  31.5
        q           2020-01-02  2020-01-03  Y2f27     ctv3    -
        """,
    )


def test_tpp_ehrql(tmp_path: Path) -> None:
    apcs = (
        "patient_id,apcs_ident,admission_date,discharge_date,discharge_method,admission_method,patient_classification,"
        "primary_diagnosis,all_diagnoses\n"
        '1,7,2020-01-01,2020-01-09,1,2A,1,E119,"||E119 ,J849 ||I801 ,N179"\n'
        "1,8,2020-02-01,,8,11,1,,\n"
    )
    found = stored(
        tmp_path,
        "tpp_ehrql",
        {
            "patients.csv": "patient_id date_of_birth sex date_of_death\n1 1950-04-01 female 9999-12-31",
            "practice_registrations.csv": """
                patient_id  practice_pseudo_id  start_date  end_date
                1           12                  2001-02-01  9999-12-31
            """,
            "addresses.csv": """
                patient_id  start_date  end_date    address_type  imd_rounded  care_home_is_potential_match
                1           2001-01-01  2019-01-01  0             32800        F
                1           2019-01-01  9999-12-31  0             3200         T
                1           2019-01-01  9999-12-31  3             32800        F
            """,
            "clinical_events.csv": """
                patient_id  date        snomedct_code  ctv3_code  numeric_value
                1           2020-01-02  84114007       -          -
                1           2020-01-02  -              G58..      -
                1           2020-01-03  60621009       -          31.5
            """,
            "medications.csv": "patient_id date dmd_code\n1 2020-01-02 318507003",
            "apcs.csv": apcs.encode(),
            "emergency_care_attendances.csv": """
                patient_id  id  arrival_date  discharge_destination  diagnosis_01
                1           3   2020-01-01    306706006              10509002
            """,
            "ec.csv": "patient_id ec_ident arrival_date\n1 3 2020-01-01",
            "opa.csv": """
                patient_id  appointment_date  attendance_status  first_attendance  treatment_function_code
                1           2020-03-01        7                  1                 320
            """,
            "appointments.csv": """
                patient_id | booked_date | start_date | seen_date  | status
                1          | 2020-01-01  | 2020-01-05 | 2020-01-06 | Finished
                1          | 2020-01-01  | 2020-02-05 | 9999-12-31 | Visit
                1          | 2020-01-01  | 2020-03-05 |            | Did Not Attend
            """,
            "ons_deaths.csv": "patient_id date underlying_cause_of_death\n1 2022-03-04 I509",
        },
    )
    check(
        rows_in(found, "patients"),
        "patient_id practice sex born imd_decile care_home died\n1 12 F 1950-04-01 1 1 2022-03-04",
    )
    check(rows_in(found, "registrations"), "practice start_date end_date\n12 2001-02-01 -")
    check(
        rows_in(found, "gp_events"),
        """
        date        code      system  value
        2020-01-02  84114007  snomed  -
        2020-01-02  G58..     ctv3    -
        2020-01-03  60621009  snomed  31.5
        """,
    )
    check(
        rows_in(found, "episodes"),
        """
        episode_id  admitted    discharged  method  class  diagnosis
        7           2020-01-01  2020-01-09  2A      1      E119
        8           2020-02-01  -           11      1      -
        """,
    )
    check(
        rows_in(found, "diagnoses"),
        """
        date        position  code
        2020-01-09  1         E119
        2020-01-09  2         J849
        2020-01-09  3         I801
        2020-01-09  4         N179
        """,
    )
    check(rows_in(found, "ed_attendances"), "date disposal diagnosis\n2020-01-01 admitted 10509002")
    check(
        rows_in(found, "op_appointments"), "date attended first_attendance treatment_function\n2020-03-01 missed 1 320"
    )
    check(rows_in(found, "consultations"), "date | mode\n2020-01-06 |\n2020-02-05 | home visit")
    check(rows_in(found, "prescriptions"), "date code system\n2020-01-02 318507003 dmd")


def shard(text: str) -> bytes:
    """Rows of MEDS as Parquet."""
    header, rows = cells(text)
    columns = {name: pa.array([row[i] or None for row in rows]) for i, name in enumerate(header)}
    types = {
        "subject_id": pa.int64(),
        "time": pa.timestamp("us"),
        "numeric_value": pa.float32(),
        "end": pa.timestamp("us"),
    }
    typed = {name: column.cast(types.get(name, pa.string())) for name, column in columns.items()}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(typed), sink)
    return sink.getvalue().to_pybytes()


def test_meds_of_other_makers(tmp_path: Path) -> None:
    omop = """
        subject_id | time                | code             | numeric_value | end
        1          | 1950-04-09 00:00:00 | MEDS_BIRTH       |               |
        1          |                     | Gender/F         |               |
        1          | 2020-01-01 10:00:00 | Visit/IP         |               | 2020-01-04 12:00:00
        1          | 2020-02-01 10:00:00 | Visit/ER         |               | 2020-02-01 12:00:00
        1          | 2020-02-01 10:00:00 | SNOMED/84114007  |               |
        1          | 2020-02-01 10:00:00 | LOINC/29463-7    | 48.5          |
        1          | 2020-02-01 10:00:00 | RxNorm/308182    |               |
        1          | 2020-02-01 10:00:00 | LAB//51221//%    | 7             |
        1          | 2022-03-04 00:00:00 | MEDS_DEATH       |               |
    """
    mimic = """
        subject_id | time                | code                                             | numeric_value
        2          | 1960-01-01 00:00:00 | MEDS_BIRTH                                       |
        2          |                     | GENDER//M                                        |
        2          | 2020-03-01 10:00:00 | HOSPITAL_ADMISSION//EW EMER.//PHYSICIAN REFERRAL |
        2          | 2020-03-02 10:00:00 | HOSPITAL_DISCHARGE//HOME                         |
        2          | 2020-03-02 10:00:00 | DIAGNOSIS//ICD//10//I509                         |
    """
    found = stored(tmp_path, "meds", {"0.parquet": shard(omop), "1.parquet": shard(mimic)})
    check(
        rows_in(found, "patients"),
        """
        patient_id  sex  born        died
        1           F    1950-04-01  2022-03-04
        2           M    1960-01-01  -
        """,
    )
    check(
        rows_in(found, "episodes"),
        """
        patient_id  admitted    starts      discharged  method
        1           2020-01-01  2020-01-01  2020-01-04  -
        2           2020-03-01  2020-03-01  -           28
        """,
    )
    check(rows_in(found, "ed_attendances"), "patient_id date\n1 2020-02-01")
    check(
        rows_in(found, "gp_events"),
        """
        patient_id  date        code      system  value
        1           2020-02-01  84114007  snomed  -
        1           2020-02-01  29463-7   loinc   48.5
        2           2020-03-02  I509      icd10   -
        """,
    )
    check(rows_in(found, "prescriptions"), "patient_id date code system\n1 2020-02-01 308182 rxnorm")
    assert "registrations" not in found.manifest["tables"]


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
