"""Ingest: real files become a snapshot, whole; a bad file is refused, and says nothing of anyone in it."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tomli_w

from riskstrat.cli.console import Console
from riskstrat.errors import ExtractError, StudyError
from riskstrat.pipeline.context import open_study
from riskstrat.pipeline.ingesting import ingest
from riskstrat.pipeline.starting import init, synth
from riskstrat.store import Home, Snapshot

from .tablespec import Row, Spec, cells, chapter, check

CANARY = "CANARY123"
PEOPLE = """
patient_id  practice_code  sex  birth_month
A           P1             1    1950-03
B           P1             2    1960-07
"""
STAYS = """
PERSON_ID | PROCODE | ADMIDATE   | ADMIMETH | DISDATE    | EPISTART   | EPIEND     | EPIORDER | EPISTAT | DIAG_01
A         | RAA01   | 2024-01-01 | 2A       | 2024-01-05 | 2024-01-01 | 2024-01-05 | 1        | 3       | I10X
B         | RBB02   | 2024-02-01 | 21       | 2024-02-05 | 2024-02-01 | 2024-02-05 | 1        | 3       | E11.9
"""


@dataclass
class Listener:
    """Someone to tell how it goes, who remembers it."""

    heard: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.heard.append(text)

    def track(self, items: Iterable[Any], what: str, total: int) -> Iterator[Any]:
        self.heard.append(what)
        yield from items


@dataclass(frozen=True)
class Extract:
    """A file of a study.

    Parameters
    ----------
    format, name : str
    content : bytes
    settings : mapping
        Of its [[sources]], beside format and files.
    """

    format: str
    name: str
    content: bytes
    settings: Mapping[str, Any] = field(default_factory=dict)


def as_csv(text: str, delimiter: str = ",") -> bytes:
    """A text table as a file."""
    header, rows = cells(text)
    return "".join(delimiter.join(line) + "\n" for line in [header, *rows]).encode()


def write_study(folder: Path, extracts: Iterable[Extract]) -> None:
    """A study's folder with its extracts."""
    sources = []
    for one in extracts:
        (folder / one.name).write_bytes(one.content)
        sources.append({"format": one.format, "files": one.name, **one.settings})
    text = tomli_w.dumps({"name": "a spec", "sources": sources, "engine": {"threads": 1, "memory_limit_gb": 0.5}})
    (folder / "study.toml").write_text(text, encoding="utf-8")


def ingested(folder: Path, *extracts: Extract) -> Snapshot:
    """Write a study and ingest it."""
    write_study(folder, extracts)
    return ingest(open_study(folder, Listener()))


def people(text: str = PEOPLE) -> Extract:
    return Extract("patients", "patients.csv", as_csv(text))


def stays(content: bytes = as_csv(STAYS), name: str = "apc.csv", **settings: Any) -> Extract:
    return Extract("hes_apc", name, content, settings)


def rows_in(snapshot: Snapshot, table: str) -> list[Row]:
    """A table of a snapshot."""
    return [row for part in range(snapshot.parts) for row in pq.read_table(snapshot.part(table, part)).to_pylist()]


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
            b          | P1            | 2   | 1950-03-17  | 1800-01-01
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


def test_the_books_balance(everything: Snapshot) -> None:
    for name, books in everything.manifest["tables"].items():
        assert books["stored"] == len(rows_in(everything, name)), name
        if name != "diagnoses":
            accounted = books["stored"] + books["duplicates"] + books.get("not_in_patients", 0)
            assert books["read"] == accounted, (name, books)


def test_rows_of_people_not_in_the_patient_table_are_counted_and_left_out(tmp_path: Path) -> None:
    more = as_csv(STAYS) + as_csv(STAYS).split(b"\n")[1].replace(b"A,", b"X,", 1) + b"\n"
    found = ingested(tmp_path, people(), stays(more))
    books = {"read": 3, "stored": 2, "duplicates": 0, "not_in_patients": 1}
    assert found.manifest["tables"]["episodes"] == books
    assert {row["patient_id"] for row in rows_in(found, "episodes")} == {"A", "B"}


def test_the_same_file_again_adds_nothing_but_duplicates(tmp_path: Path) -> None:
    found = ingested(tmp_path, people(), stays(), stays(name="again.csv"))
    assert found.manifest["tables"]["episodes"] == {"read": 4, "stored": 2, "duplicates": 2, "not_in_patients": 0}


# --- One content in every form -----------------------------------------------------------------------------------


def as_parquet(text: str, dates: bool = False) -> bytes:
    """A text table as Parquet: all text, or with dates and whole numbers in types of their own."""
    header, rows = cells(text)
    table = pa.table({name: pa.array([row[i] or None for row in rows]) for i, name in enumerate(header)})
    if dates:
        typed = {
            "ADMIDATE": pa.date32(),
            "DISDATE": pa.timestamp("us"),
            "EPIORDER": pa.float64(),
            "EPISTAT": pa.int64(),
        }
        for name, kind in typed.items():
            table = table.set_column(header.index(name), name, table[name].cast(kind))
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


FORMS: Mapping[str, tuple[str, bytes]] = {
    "comma": ("apc.csv", as_csv(STAYS)),
    "tab": ("apc.tsv", as_csv(STAYS, "\t")),
    "bar": ("apc.txt", as_csv(STAYS, "|")),
    "gzipped": ("apc.csv.gz", gzip.compress(as_csv(STAYS))),
    "from Windows": ("apc.csv", b"\xef\xbb\xbf" + as_csv(STAYS).replace(b"\n", b"\r\n")),
    "no newline at the end": ("apc.csv", as_csv(STAYS).rstrip(b"\n")),
    "quoted": (
        "apc.csv",
        b"\n".join(b",".join(b'"%b"' % c for c in x.split(b",")) for x in as_csv(STAYS).splitlines()),
    ),
    "Parquet of text": ("apc.parquet", as_parquet(STAYS)),
    "Parquet of types": ("apc.parquet", as_parquet(STAYS, dates=True)),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_makes_no_difference(form: str, good: Path, tmp_path: Path) -> None:
    name, content = FORMS[form]
    found, expected = ingested(tmp_path, people(), stays(content, name)), Home(good).snapshot()
    for table in ("patients", "episodes", "diagnoses"):
        assert pq.read_table(found.part(table, 0)).equals(pq.read_table(expected.part(table, 0))), table


def test_a_study_names_columns_and_dates_of_its_own(tmp_path: Path) -> None:
    text = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", STAYS).replace("ADMIDATE", "ADM")
    settings = {"columns": {"admission_date": "ADM"}, "date_format": "%d.%m.%Y"}
    found = ingested(tmp_path, people(), stays(as_csv(text), **settings))
    check(rows_in(found, "episodes"), "patient_id admitted\nA 2024-01-01\nB 2024-02-01")


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


# --- What is refused ---------------------------------------------------------------------------------------------

ROW = b"A,RAA01,2024-01-01,2A,2024-01-05,2024-01-01,2024-01-05,1,3,I10X\n"
HEADER = as_csv(STAYS).split(b"\n")[0] + b"\n"
PLANTED = ROW.replace(b"I10X", CANARY.encode())
PACKED = gzip.compress(HEADER + PLANTED * 500)


def with_cell(old: bytes, new: str) -> bytes:
    """The header, a good row, and one with a cell changed."""
    assert old in PLANTED
    return HEADER + ROW + PLANTED.replace(old, new.encode(), 1)


BAD: Mapping[str, tuple[bytes, str]] = {
    "a column is missing": (HEADER.replace(b"ADMIMETH", b"METHOD") + PLANTED, "admission_method: none of ADMIMETH"),
    "two columns are missing": (HEADER.replace(b"ADMI", b"ADM_") + PLANTED, "2 column(s) missing"),
    "there is no header": (PLANTED + ROW, "named alike"),
    "not a date": (
        with_cell(b"2024-01-05", CANARY),
        "DISDATE: 1 row(s) do not fit discharge_date, the first on line 3",
    ),
    "no such day": (with_cell(b"2024-01-05", "2024-02-30"), "DISDATE: 1 row(s)"),
    "a year of two digits": (with_cell(b"2024-01-05", "05/01/24"), "DISDATE: 1 row(s)"),
    "no date where one is needed": (
        with_cell(b"2024-01-05,2024-01-01,", "2024-01-05,,"),
        "EPISTART: 1 row(s) do not fit start_date",
    ),
    "an admission date that is none": (with_cell(b"2024-01-01,2A", f"{CANARY},2A"), "ADMIDATE: 1 row(s)"),
    "not a number": (with_cell(b",1,3,", f",{CANARY},3,"), "EPIORDER: 1 row(s) do not fit episode_order"),
    "a number out of all bounds": (with_cell(b",1,3,", ",1e300,3,"), "EPIORDER: 1 row(s)"),
    "no number but NaN": (with_cell(b",1,3,", ",nan,3,"), "EPIORDER: 1 row(s)"),
    "no pseudonym": (with_cell(b"A,", ","), "PERSON_ID: 1 row(s)"),
    "a pseudonym that a spreadsheet rounded": (with_cell(b"A,", "1.23E+17,"), "PERSON_ID: 1 row(s)"),
    "a quote that does not end": (with_cell(b"RAA01", f'"{CANARY}') + ROW, "apc.csv"),
    "a quote that swallows the next line": (
        with_cell(b"RAA01", f'"{CANARY}') + ROW.replace(b"I10X", b'I10X"'),
        "apc.csv",
    ),
    "a line break in a cell": (with_cell(b"RAA01", f'"{CANARY}\n"'), "do not add up"),
    "a row too short": (HEADER + ROW + f"B,{CANARY}\n".encode(), "apc.csv cannot be read at line 3"),
    "a row too long": (HEADER + PLANTED.replace(b"\n", b",more\n"), "apc.csv cannot be read at line 2"),
    "a blank line in the middle": (HEADER + ROW + b"\n" + PLANTED, "apc.csv"),
    "bytes that are not UTF-8": (HEADER + PLANTED.replace(b"123", b"\xe9123"), "apc.csv cannot be read"),
    "a header that is not UTF-8": (HEADER.replace(b"DIAG", b"DI\xc4G") + PLANTED, "cannot be read as UTF-8"),
    "UTF-16": ((HEADER + PLANTED).decode().encode("utf-16"), "apc.csv"),
    "a NUL": (HEADER + PLANTED.replace(b"123", b"\x00123"), "apc.csv holds a NUL byte"),
    "an empty file": (b"", "apc.csv has no header line"),
    "nothing but blank lines": (b"\n\n\n", "apc.csv has no header line"),
    "a header and no rows, of all admissions": (HEADER, "no hospital episodes"),
}
BAD_PACKED: Mapping[str, bytes] = {
    "not gzip at all": HEADER + PLANTED,
    "the end is missing": PACKED[:-30],
    "the check sum is missing": PACKED[:-8],
    "bits were changed": PACKED[:30] + bytes(255 - b for b in PACKED[30:34]) + PACKED[34:],
    "bits were changed at the start": PACKED[:12] + bytes(255 - b for b in PACKED[12:16]) + PACKED[16:],
    "an empty file": b"",
}
PARQUET = as_parquet(STAYS.replace("I10X", CANARY))
BAD_PARQUET: Mapping[str, bytes] = {
    "not Parquet at all": HEADER + PLANTED,
    "the end is missing": PARQUET[:-20],
    "the start is changed": b"\x00" * 400 + PARQUET[400:],
    "an empty file": b"",
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a snapshot, which nothing that is refused may change."""
    folder = tmp_path_factory.mktemp("good")
    ingested(folder, people(), stays())
    return folder


def files_under(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def refused(good: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Ingest what must be refused: the message, after all that must hold of every refusal."""

    def refuse(*extracts: Extract) -> str:
        before = files_under(good / "store")
        write_study(good, extracts)
        listener = Listener()
        with pytest.raises(ExtractError) as caught:
            ingest(open_study(good, listener))
        assert caught.value.exit_code == 11
        assert caught.value.do
        captured = capfd.readouterr()
        said = "\n".join([str(caught.value), repr(caught.value), *listener.heard, captured.out, captured.err])
        assert CANARY not in said
        assert caught.value.__suppress_context__ or caught.value.__context__ is None, "a traceback would repeat a cell"
        assert files_under(good / "store") == before, "the snapshot before must stay as it was, alone"
        return str(caught.value)

    return refuse


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_refused(fault: str, refused: Callable[..., str]) -> None:
    content, said = BAD[fault]
    assert said in refused(people(), stays(content))


@pytest.mark.parametrize("fault", BAD_PACKED)
def test_a_bad_gzip_is_refused(fault: str, refused: Callable[..., str]) -> None:
    assert "apc.csv.gz" in refused(people(), stays(BAD_PACKED[fault], "apc.csv.gz"))


@pytest.mark.parametrize("fault", BAD_PARQUET)
def test_a_bad_parquet_is_refused(fault: str, refused: Callable[..., str]) -> None:
    assert "apc.parquet" in refused(people(), stays(BAD_PARQUET[fault], "apc.parquet"))


def test_a_code_that_a_spreadsheet_rounded_is_refused(refused: Callable[..., str]) -> None:
    content = b"patient_id,date,code,code_system\nA,2024-01-01,9.99791E+14,snomed\n"
    assert "column code: 1 row(s)" in refused(people(), stays(), Extract("gp_events", "gp.csv", content))


def test_a_bad_patient_file_is_named_among_others(refused: Callable[..., str]) -> None:
    bad = as_csv(PEOPLE).replace(b"B,P1", b"B,P1,more")
    assert "second.csv" in refused(people(), stays(), Extract("patients", "second.csv", bad))


def test_a_header_that_may_be_somebodys_row_is_not_repeated(refused: Callable[..., str]) -> None:
    said = refused(people(), stays(f"{CANARY},{CANARY},2024-01-01\n".encode() + ROW))
    assert "1, 2" in said


def test_a_column_the_study_names_must_be_there(refused: Callable[..., str]) -> None:
    assert "practice_code: none of SURGERY" in refused(people(), stays(columns={"practice_code": "SURGERY"}))


def test_all_faults_of_all_files_are_named_at_once(refused: Callable[..., str]) -> None:
    said = refused(
        people(),
        stays(HEADER.replace(b"ADMIMETH", b"METHOD") + PLANTED),
        Extract("deaths", "deaths.csv", b""),
        Extract("gp_events", "gp.csv", b"patient_id,code\nA,CANARY123\n"),
        Extract("no_such_format", "x.csv", b"a\n"),
        Extract("opt_outs", "o.parquet", b"CANARY123"),
        stays(columns={"no_such_column": "X"}, name="y.csv"),
    )
    for part in ("apc.csv", "deaths.csv", "gp.csv", "no_such_format", "o.parquet", "no_such_column"):
        assert part in said, part


def test_all_columns_of_a_file_that_do_not_fit_are_named_at_once(refused: Callable[..., str]) -> None:
    wrong = [PLANTED.replace(b"2024-01-05", CANARY.encode(), 1), PLANTED.replace(b",1,3,", b",one,3,")]
    said = refused(people(), stays(HEADER + ROW + b"".join(wrong * 2)))
    assert "DISDATE: 2 row(s) do not fit discharge_date, the first on line 3" in said
    assert "EPIORDER: 2 row(s) do not fit episode_order, the first on line 4" in said


def test_no_extracts_and_no_patients_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="names no extracts"):
        ingested(tmp_path)
    with pytest.raises(ExtractError, match="no extract of format 'patients'"):
        ingested(tmp_path, stays())
    missing = Extract("hes_apc", "a.csv", as_csv(STAYS))
    write_study(tmp_path, [people(), missing])
    (tmp_path / "a.csv").unlink()
    with pytest.raises(ExtractError, match=r"no readable file at a\.csv"):
        ingest(open_study(tmp_path, Listener()))


def test_nothing_has_changed_nothing_is_done(tmp_path: Path) -> None:
    first = ingested(tmp_path, people(), stays())
    listener = Listener()
    again = ingest(open_study(tmp_path, listener))
    assert (again.name, len(Home(tmp_path).snapshots())) == (first.name, 1)
    assert any("Nothing has changed" in line for line in listener.heard)


def test_a_study_may_lie_in_a_folder_whose_name_reads_like_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "o'd [x]*"
    console = Console(quiet=True, as_json=False)
    init(folder, example=False, reporter=console)
    synth(folder, 60, 1, 60, False, console)
    assert ingest(open_study(folder, console)).manifest["tables"]["patients"]["stored"] == 60
