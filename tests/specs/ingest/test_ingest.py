"""Ingest: real files become a snapshot, whole, whatever form they come in."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.support.extracts import (
    PEOPLE,
    STAYS,
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
from tests.support.tablespec import Spec, cells, chapter, check

from riskstrat.cli.console import Console
from riskstrat.errors import ExtractError, IdentifierError
from riskstrat.steps import ingest as ingesting
from riskstrat.steps.ingest import ingest
from riskstrat.steps.init import init
from riskstrat.steps.synth import synth
from riskstrat.study.folder import StudyFolder
from riskstrat.study.session import open_study
from riskstrat.tables.snapshot import Snapshot

# --- What a row becomes. Every spec's files are ingested together; its people are its own. ----------------------

STORED = (
    Spec(
        "dates that stand for none become null, whichever they are",
        {
            "hes_apc": """
            TOKEN_PERSON_ID | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | DISDATE
            a               | 2024-01-01 | 21       | 2024-01-01 | 1800-01-01 | 1801-01-01
            b               | 2024-01-01 | 21       | 2024-01-01 | 1600-01-01 | 1582-10-15
            c               | 2024-01-01 | 21       | 2024-01-01 | 9999-12-31 | 1900-01-01
            d               | 2024-01-01 | 21       | 2024-01-01 |            | 2024-01-05
            """
        },
        """
        patient_id | admitted   | ends | discharged
        a          | 2024-01-01 |      |
        b          | 2024-01-01 |      |
        c          | 2024-01-01 |      |
        d          | 2024-01-01 |      | 2024-01-05
        """,
    ),
    Spec(
        "an admission date that is not known is taken from the start of the episode",
        {
            "hes_apc": """
            TOKEN_PERSON_ID | ADMIDATE   | ADMIMETH | EPISTART   | DISDATE
            a               |            | 21       | 2024-01-02 | 2024-01-05
            b               | 1800-01-01 | 21       | 2024-01-02 | 2024-01-05
            """
        },
        """
        patient_id  admitted    starts      discharged
        a           2024-01-02  2024-01-02  2024-01-05
        b           2024-01-02  2024-01-02  2024-01-05
        """,
    ),
    Spec(
        "dates as extracts write them",
        {
            "hes_apc": """
            TOKEN_PERSON_ID | ADMIDATE            | ADMIMETH | EPISTART            | DISDATE
            a               | 2024-01-02          | 21       | 2024-01-02          | 20240105
            b               | 02/01/2024          | 21       | 2024-01-02 00:00:00 | 05-Jan-2024
            c               | 2024-01-02T00:00:00 | 21       | 20240102            | 2024-01-05
            """
        },
        """
        patient_id  admitted    starts      discharged
        a           2024-01-02  2024-01-02  2024-01-05
        b           2024-01-02  2024-01-02  2024-01-05
        c           2024-01-02  2024-01-02  2024-01-05
        """,
    ),
    Spec(
        "codes stay text: 2A, a leading zero; 98 and 99 are not known; a provider is its first three characters",
        {
            "hes_apc": """
            TOKEN_PERSON_ID | ADMIDATE   | ADMIMETH | EPISTART   | EPIORDER | ADMISORC | DISDEST | PROCODE5 | GPPRAC
            a               | 2024-01-01 | 2A       | 2024-01-01 | 98       | 99       | 98      | RAA01    | V81997
            b               | 2024-01-01 | 02       | 2024-01-01 | 2        | 19       | 51      | 89997    | P00123
            """
        },
        """
        patient_id | method | order | from | to | hospital | practice
        a          | 2A     |       |      |    | RAA      |
        b          | 02     | 2     | 19   | 51 |          | P00123
        """,
    ),
    Spec(
        "the names that HES, SUS and the Data Access Environment give one column",
        {
            "hes_apc first": """
            PSEUDO_HESID | admidate   | AdmiMeth | EPISTART   | PROCODE3 | DIAG_4_01 | DIAG_4_02
            a            | 2024-01-01 | 21       | 2024-01-01 | RAA      | J440      | I10X
            """,
            "hes_apc second": """
            ENCRYPTED_HESID | ADMIDATE   | ADMIMETH | EPISTART   | PROCODET | DIAG_3_01
            b               | 2024-01-01 | 21       | 2024-01-01 | RBB04    | J44
            """,
            "hes_apc third": """
            PERSON_ID_DEID | ADMIDATE   | ADMIMETH | EPISTART   | PROCODE | DIAG_01
            c              | 2024-01-01 | 21       | 2024-01-01 | RCC05   | J449
            """,
        },
        """
        patient_id  hospital  diagnosis
        a           RAA       J440
        b           RBB       J44
        c           RCC       J449
        """,
    ),
    Spec(
        "ICD-10 as it is typed: dots, fillers, daggers; what is no code is left out",
        {
            "hes_apc": """
            PERSON_ID | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | DIAG_01 | DIAG_02 | DIAG_03 | DIAG_04
            a         | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | e11.9   | I10X    | K510 D  | M0750A
            b         | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | U071-   | &       |         | HELLO
            c         | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | G01 D   | N08 A   |         |
            """
        },
        """
        patient_id  date        code  position
        a           2024-01-05  E119  1
        a           2024-01-05  I10   2
        a           2024-01-05  K510  3
        a           2024-01-05  M075  4
        b           2024-01-05  U071  1
        c           2024-01-05  G01   1
        c           2024-01-05  N08   2
        """,
        {"table": "diagnoses"},
    ),
    Spec(
        "the main diagnosis is the first; where that is not known no other takes its place",
        {
            "hes_apc": """
            TOKEN_PERSON_ID | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | DIAG_01 | DIAG_02
            a               | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | e11.9   | I10X
            b               | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | R69X6   | I10X
            c               | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 |         |
            """
        },
        """
        patient_id | diagnosis
        a          | E119
        b          |
        c          |
        """,
    ),
    Spec(
        "an episode without an end is not coded yet",
        {
            "hes_apc": """
            TOKEN_PERSON_ID | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | DIAG_01
            a               | 2024-01-01 | 21       | 2024-01-01 |            | E119
            b               | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | E119
            """
        },
        "patient_id  code\nb  E119",
        {"table": "diagnoses"},
    ),
    Spec(
        "unfinished on 31 March, finished in the next year's file: the finished one is kept",
        {
            "hes_apc 2023": """
            PERSON_ID | EPIKEY | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | EPISTAT | DISDATE    | DIAG_01
            a         | 1      | 2024-03-25 | 21       | 2024-03-25 |            | 1       |            | J189
            """,
            "hes_apc 2024": """
            PERSON_ID | EPIKEY | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | EPISTAT | DISDATE    | DIAG_01
            a         | 9      | 2024-03-25 | 21       | 2024-03-25 | 2024-04-09 | 3       | 2024-04-09 | I500
            """,
        },
        """
        patient_id  episode_id  episode_status  ends        discharged  diagnosis
        a           9           3               2024-04-09  2024-04-09  I500
        """,
    ),
    Spec(
        "of two copies the fuller is kept, then the one sent later",
        {
            "hes_apc first": """
            PERSON_ID | EPIKEY | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | SUBDATE    | DIAG_01 | DIAG_02
            a         | full   | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | 2024-02-01 | I10     | E119
            b         | early  | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | 2024-02-01 | I10     | E119
            """,
            "hes_apc second": """
            PERSON_ID | EPIKEY | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | SUBDATE    | DIAG_01 | DIAG_02
            a         | bare   | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | 2024-03-01 | I10     |
            b         | late   | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | 2024-03-01 | I10     | E119
            """,
        },
        """
        patient_id  episode_id
        a           full
        b           late
        """,
    ),
    Spec(
        "a row that is in two years' files is one fact",
        {
            "hes_ae 2023": """
            TOKEN_PERSON_ID | ARRIVALDATE | ARRIVALTIME | PROCODE3 | AEATTENDCAT | DIAG_01
            a               | 2024-01-01  | 1030        | RAA      | 1           | 01
            """,
            "hes_ae 2024": """
            TOKEN_PERSON_ID | ARRIVALDATE | ARRIVALTIME | PROCODE3 | AEATTENDCAT | DIAG_01
            a               | 2024-01-01  | 1030        | RAA      | 1           | 01
            a               | 2024-01-01  | 2130        | RAA      | 3           | 01
            a               | 2024-01-01  | 3000        | RAA      | 9           | 01
            """,
        },
        """
        patient_id | date       | arrival_time | attendance_category
        a          | 2024-01-01 | 1030         | first
        a          | 2024-01-01 | 2130         | unplanned follow-up
        a          | 2024-01-01 |              |
        """,
        {"table": "ed_attendances"},
    ),
    Spec(
        "a GP entry that is there twice is seen from the first time it was written down",
        {
            "gp_events": """
            patient_id | date       | recorded_date | code     | code_system | value | unit
            a          | 2024-01-01 | 2024-03-01    | 84114007 | SNOMED CT   |       |
            a          | 2024-01-01 | 2024-02-01    | 84114007 | snomed      |       |
            a          | 2024-01-01 |               | 84114007 | snomed      | 7.5   | %
            b          | 2024-01-01 |               | G58..00  | Readv2      |       |
            """
        },
        """
        patient_id | recorded   | code     | system | value | unit
        a          | 2024-02-01 | 84114007 | snomed |       |
        a          |            | 84114007 | snomed | 7.5   | %
        b          |            | G58..    | readv2 |       |
        """,
        {"table": "gp_events"},
    ),
    Spec(
        "birth is kept to the month, or July of the year; sex in letters; a month that stands for none is null",
        {
            "patients": """
            patient_id | practice_code | sex | birth_month | date_of_death
            a          | P1            | 1   | 1950-03     |
            b          | P1            | 2   | 1950-03-15  | 1800-01-01
            c          | P1            | 9   | 1950        | 2024-05-06
            d          | P1            | F   | 1900-01     |
            """
        },
        """
        patient_id | sex | born       | died
        a          | M   | 1950-03-01 |
        b          | F   | 1950-03-01 |
        c          | U   | 1950-07-01 | 2024-05-06
        d          | F   |            |
        """,
        {"table": "patients"},
    ),
    Spec(
        "a death is the earlier of what the practice and the registry say",
        {
            "patients": """
            patient_id | practice_code | sex | birth_month | date_of_death
            a          | P1            | 1   | 1950-03     |
            b          | P1            | 1   | 1950-03     | 2024-05-06
            c          | P1            | 1   | 1950-03     | 2024-05-06
            """,
            "deaths": """
            patient_id  date_of_death
            a           2024-05-01
            b           2024-05-01
            """,
        },
        """
        patient_id  died
        a           2024-05-01
        b           2024-05-01
        c           2024-05-06
        """,
        {"table": "patients"},
    ),
)


def extracts_of(specs: Iterable[Spec]) -> list[Extract]:
    """Each spec's files; its people's names begin with its number."""
    extracts, everyone = [], []
    for number, spec in enumerate(specs):
        named: set[str] = set()
        for key, text in dict(spec.given).items():  # type: ignore[arg-type]
            header, rows = cells(text)
            lines = [header, *([f"{number:02d}{row[0]}", *row[1:]] for row in rows)]
            content = "".join(",".join(line) + "\n" for line in lines).encode()
            extracts.append(Extract(key.split()[0], f"{number:02d} {key}.csv", content))
            named |= {line[0] for line in lines[1:]}
        if "patients" not in spec.given:
            everyone += [f"{name},P1,1,1950-03\n" for name in sorted(named)]
    header = "patient_id,practice_code,sex,birth_month\n"
    return [*extracts, Extract("patients", "patients.csv", (header + "".join(everyone)).encode())]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return ingested(tmp_path_factory.mktemp("stored"), *extracts_of(STORED))


@chapter(*STORED)
def test_what_is_stored(spec: Spec, everything: Snapshot) -> None:
    mine = f"{STORED.index(spec):02d}"
    rows = rows_in(everything, spec.setting.get("table", "episodes"))
    found = [{**row, "patient_id": row["patient_id"][2:]} for row in rows if row["patient_id"].startswith(mine)]
    check(found, spec.answer)


def test_every_date_has_its_day_beside_it_and_every_person_one_number(everything: Snapshot) -> None:
    numbers = {row["patient_id"]: row["patient_no"] for row in rows_in(everything, "patients")}
    assert sorted(numbers.values()) == list(range(len(numbers)))
    for row in rows_in(everything, "episodes"):
        assert row["patient_no"] == numbers[row["patient_id"]]
        assert row["admission_day"] == (row["admission_date"] - row["admission_date"].fromordinal(719163)).days
        assert (row["end_day"] is None) == (row["end_date"] is None)


def test_the_books_balance_for_every_file_and_every_table(everything: Snapshot) -> None:
    pages, totals = everything.manifest["files"], everything.manifest["tables"]
    assert [page["number"] for page in pages] == list(range(len(pages)))
    for page in pages:
        assert page["lines"] == sum(books(everything, page["file"]).values())
    for name, table in totals.items():
        rows = rows_in(everything, name)
        assert table["stored"] == len(rows), name
        if name != "diagnoses":
            assert table["read"] == sum(page["lines"] for page in pages if page["table"] == name)
            assert table["read"] == table["stored"] + table["duplicates"] + table["not_in_patients"], (name, table)
            for page in pages:
                stored = sum(row["file_no"] == page["number"] for row in rows)
                assert page["table"] != name or page["books"]["stored"] == stored, page["file"]


def test_rows_of_people_not_in_the_patient_table_are_counted_and_left_out(tmp_path: Path) -> None:
    more = as_csv(STAYS) + as_csv(STAYS).split(b"\n")[1].replace(b"A,", b"X,", 1) + b"\n"
    found = ingested(tmp_path, people(), stays(more))
    assert books(found, "apc.csv") == {"stored": 2, "not_in_patients": 1}
    assert {row["patient_id"] for row in rows_in(found, "episodes")} == {"A", "B"}
    assert quarantined(found) == []


def test_the_same_file_again_adds_nothing_but_duplicates(tmp_path: Path) -> None:
    found = ingested(tmp_path, people(), stays(), stays(name="again.csv"))
    assert (books(found, "again.csv"), books(found, "apc.csv")) == ({"duplicates": 2}, {"stored": 2})
    assert {name: rows for name, rows in found.manifest["tables"]["episodes"].items() if rows} == {
        "read": 4, "stored": 2, "duplicates": 2,
    }  # fmt: skip


def test_the_same_file_in_two_sources_is_one_content(tmp_path: Path) -> None:
    found = ingested(tmp_path, people(), stays(), stays(values={"admission_source": "19"}))
    assert found.manifest["tables"]["episodes"]["read"] == 4
    check(rows_in(found, "episodes"), "patient_id from\nA 19\nB 19")


# --- One content in every form -----------------------------------------------------------------------------------


def small_header(content: bytes) -> bytes:
    header, _, rest = content.partition(b"\n")
    return header.lower() + b"\n" + rest


def turned(text: str) -> str:
    """A text table with its columns from right to left."""
    header, rows = cells(text)
    return "\n".join(" | ".join(line[::-1]) for line in [header, *rows])


FORMS: Mapping[str, tuple[str, bytes]] = {
    "comma": ("apc.csv", as_csv(STAYS)),
    "tab": ("apc.tsv", as_csv(STAYS, "\t")),
    "bar": ("apc.txt", as_csv(STAYS, "|")),
    "gzipped": ("apc.csv.gz", gzip.compress(as_csv(STAYS))),
    "from Windows": ("apc.csv", b"\xef\xbb\xbf" + as_csv(STAYS).replace(b"\n", b"\r\n")),
    "some lines from Windows": ("apc.csv", as_csv(STAYS).replace(b"\n", b"\r\n", 2)),
    "the other lines from Windows": ("apc.csv", as_csv(STAYS).replace(b"I10X\n", b"I10X\r\n", 1)),
    "no newline at the end": ("apc.csv", as_csv(STAYS).rstrip(b"\n")),
    "quoted": (
        "apc.csv",
        b"\n".join(b",".join(b'"%b"' % c for c in x.split(b",")) for x in as_csv(STAYS).splitlines()),
    ),
    "blank lines in the middle and at the end": ("apc.csv", as_csv(STAYS).replace(b"I10X\n", b"I10X\n\n \n") + b"\n\n"),
    "columns in another order": ("apc.csv", as_csv(turned(STAYS))),
    "headers in small letters": ("apc.csv", small_header(as_csv(STAYS))),
    "spaces around the cells": ("apc.csv", as_csv(STAYS, " , ").replace(b" \n", b"\n")),
    "Parquet of text": ("apc.parquet", as_parquet(STAYS)),
    "Parquet of types": ("apc.parquet", as_parquet(STAYS, dates=True)),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    ingested(folder, people(), stays())
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_makes_no_difference(form: str, good: Path, tmp_path: Path) -> None:
    name, content = FORMS[form]
    found, expected = ingested(tmp_path, people(), stays(content, name)), StudyFolder(good).snapshot()
    assert quarantined(found) == []
    for table in ("patients", "episodes", "diagnoses"):
        assert pq.read_table(found.part(table, 0)).equals(pq.read_table(expected.part(table, 0))), table


def test_a_study_names_columns_and_dates_of_its_own(tmp_path: Path) -> None:
    text = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", STAYS).replace("ADMIDATE", "ADM")
    settings = {"columns": {"admission_date": "ADM"}, "date_format": "%d.%m.%Y"}
    found = ingested(tmp_path, people(), stays(as_csv(text), **settings))
    check(rows_in(found, "episodes"), "patient_id admitted\nA 2024-01-01\nB 2024-02-01")


def test_a_study_recodes_the_values_of_a_column(tmp_path: Path) -> None:
    people_in_words = people(PEOPLE.replace("1    1950", "man  1950").replace("2    1960", "x    1960"))
    patients = replace(people_in_words, settings={"recode": {"sex": {"man": "M", "x": "2"}}})
    methods = {"admission_method": {"2A": "21", "21": ""}, "diagnoses": {"I10X": "I11"}}
    found = ingested(tmp_path, patients, stays(recode=methods))
    check(rows_in(found, "patients"), "patient_id sex\nA M\nB F")
    check(rows_in(found, "episodes"), "patient_id | admission_method\nA | 21\nB |")
    check(rows_in(found, "diagnoses"), "patient_id code\nA I11\nB E119")


def test_another_recode_reads_the_file_again(tmp_path: Path) -> None:
    before = ingested(tmp_path, people(), stays())
    write_study(tmp_path, (people(), stays(recode={"admission_method": {"2A": "21"}})))
    after = ingest(open_study(tmp_path, Listener()))
    assert after.name != before.name
    check(rows_in(after, "episodes"), "patient_id admission_method\nA 21\nB 21")


def test_a_study_says_how_the_dates_of_one_column_are_written(tmp_path: Path) -> None:
    text = STAYS.replace("2024-01-01 | 2A", "01-Jan-24  | 2A").replace("2024-02-01 | 21", "01-Feb-24  | 21")
    found = ingested(tmp_path, people(), stays(as_csv(text), date_format={"admission_date": "%d-%b-%y"}))
    check(
        rows_in(found, "episodes"), "patient_id admitted discharged\nA 2024-01-01 2024-01-05\nB 2024-02-01 2024-02-05"
    )


@pytest.mark.parametrize("given", [{"recode": {"sx": {"1": "2"}}}, {"date_format": {"sx": "%d/%m/%Y"}}])
def test_a_setting_for_a_column_that_the_format_lacks_is_refused(given: Any, tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match=f"{next(iter(given))}: there is no column 'sx'"):
        ingested(tmp_path, people(), stays(**given))


def test_a_date_of_birth_is_coarsened_to_july_of_its_year(tmp_path: Path) -> None:
    births = people(PEOPLE.replace("1950-03", "1950-03-17").replace("1960-07", "1960-07-30"))
    with pytest.raises(IdentifierError, match="birth_month"):
        ingested(tmp_path, births, stays())
    found = ingested(tmp_path, replace(births, settings={"coarsen": ["birth_month"]}), stays())
    check(rows_in(found, "patients"), "patient_id born\nA 1950-07-01\nB 1960-07-01")


@pytest.mark.parametrize("format", ["deaths", "opt_outs", "caseload", "gp_events"])
def test_a_file_with_a_header_and_no_rows_is_an_empty_table(format: str, tmp_path: Path) -> None:
    headers = {
        "deaths": "patient_id,date_of_death",
        "opt_outs": "patient_id,kind,recorded_date",
        "caseload": "patient_id,role,enrolled_on",
        "gp_events": "patient_id,date,code,code_system",
    }
    found = ingested(tmp_path, people(), stays(), Extract(format, "empty.csv", headers[format].encode() + b"\n"))
    assert found.manifest["tables"][format]["stored"] == 0
    assert rows_in(found, format) == []


def test_episodes_without_any_column_of_diagnoses_are_read(tmp_path: Path) -> None:
    found = ingested(tmp_path, people(), stays(as_csv(STAYS).replace(b"DIAG_01", b"OTHER")))
    check(rows_in(found, "episodes"), "patient_id | diagnosis\nA |\nB |")


def test_nothing_has_changed_nothing_is_done(tmp_path: Path) -> None:
    first = ingested(tmp_path, people(), stays())
    listener = Listener()
    again = ingest(open_study(tmp_path, listener))
    assert (again.name, len(StudyFolder(tmp_path).snapshots())) == (first.name, 1)
    assert any("Nothing to do" in line for line in listener.heard)


def test_a_study_may_lie_in_a_folder_whose_name_reads_like_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "o'd [x]*"
    console = Console(quiet=True, as_json=False)
    init(folder, example=False, reporter=console)
    synth(folder, 60, 1, 60, False, console)
    assert ingest(open_study(folder, console)).manifest["tables"]["patients"]["stored"] == 60


def test_what_the_guard_refused_is_not_taken_for_done_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = "patient_id,date,code,code_system,unit\n" + "A,2024-01-01,22298006,snomed,\n" * 10_500
    numbers = [n for n in range(9_000_000_000, 9_000_004_000) if _is_nhs_number(str(n))][:200]
    events += "".join(f"A,2024-01-02,22298006,snomed,{number}\n" for number in numbers)
    study = [Extract("gp_events", "gp.csv", events.encode()), people(), stays()]
    convert = ingesting.convert_file

    def killed(engine, one, rules, folder):  # type: ignore[no-untyped-def]
        if one.path.name == "apc.csv":
            raise KeyboardInterrupt
        convert(engine, one, rules, folder)

    monkeypatch.setattr(ingesting, "convert_file", killed)
    monkeypatch.setattr(ingesting.shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(KeyboardInterrupt):
        ingested(tmp_path, *study)
    monkeypatch.undo()
    with pytest.raises(IdentifierError, match="unit"):
        ingested(tmp_path, *study)


def _is_nhs_number(digits: str) -> bool:
    check = -sum(int(d) * (10 - i) for i, d in enumerate(digits[:9])) % 11
    return check == int(digits[9])


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
