"""Quarantine: a bad row costs itself, is found again by its file and line, and too many of them stop the ingest."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.support.extracts import (
    CANARY,
    FIELDS,
    QUOTES,
    Extract,
    Listener,
    as_csv,
    books,
    everything_under,
    ingested,
    people,
    quarantined,
    rows_in,
    stays,
    write_study,
)

from riskstrat.errors import CheckError, ExtractError
from riskstrat.steps.ingest import ingest
from riskstrat.study.session import open_study
from riskstrat.tables.snapshot import Snapshot
from riskstrat.wording import plural

LINES = 300
AS_NUMBER, CUT_CODE = "written as a number by a spreadsheet", "cut to fifteen digits by a spreadsheet"
PATIENTS = "patient_id,practice_code,sex,birth_month"
STAYS = "PERSON_ID,PROCODE,ADMIDATE,ADMIMETH,DISDATE,EPISTART,EPIEND,EPIORDER,DIAG_01"
EVENTS = "patient_id,date,recorded_date,code,code_system,value"


def person(number: int) -> str:
    return f"p{number:05},P1,{number % 2 + 1},{1930 + number % 60}-0{number % 9 + 1}"


def stay(number: int) -> str:
    month = f"2024-{number % 12 + 1:02}"
    return f"p{number:05},RAA,{month}-01,21,{month}-05,{month}-01,{month}-05,1,I10"


def event(number: int) -> str:
    return f"p{number:05},2024-{number % 12 + 1:02}-11,,84114007,snomed,{number}.5"


MAKE: Mapping[str, tuple[str, Callable[[int], str]]] = {
    "patients": (PATIENTS, person),
    "hes_apc": (STAYS, stay),
    "gp_events": (EVENTS, event),
}
TABLE = {"patients": "patients", "hes_apc": "episodes", "gp_events": "gp_events"}


@dataclass(frozen=True)
class Bad:
    """A line that is not stored.

    Parameters
    ----------
    format : str
    cells : mapping of str to str
        Header to what stands in it instead.
    column : str or None
    reason : str
    """

    format: str
    cells: Mapping[str, str]
    column: str | None
    reason: str


def spoiled(format: str, line: str, cells: Mapping[str, str]) -> str:
    header = MAKE[format][0].split(",")
    return ",".join(cells.get(name, cell) for name, cell in zip(header, line.split(","), strict=True))


def extract(format: str, lines: Mapping[int, bytes] | None = None, count: int = LINES, **settings: Any) -> Extract:
    """A file of good lines but for some, by their line numbers."""
    header, make = MAKE[format]
    texts = [header.encode(), *(make(number).encode() for number in range(count))]
    for line, content in (lines or {}).items():
        texts[line - 1] = content
    return Extract(format, f"{format}.csv", b"\n".join(texts) + b"\n", settings)


def all_but(format: str, **changes: Any) -> list[Extract]:
    """Good extracts, one of them otherwise."""
    return [extract(name, **(changes if name == format else {})) for name in MAKE]


def ids(snapshot: Snapshot, table: str) -> set[str]:
    return {row["patient_id"] for row in rows_in(snapshot, table)}


def nothing_in(folder: Path) -> bool:
    return not any(path.is_file() for path in folder.rglob("*"))


EVERYONE = {f"p{number:05}" for number in range(LINES)}

BAD: Mapping[str, Bad] = {
    "not a date": Bad("hes_apc", {"DISDATE": CANARY}, "discharge_date", "not a date"),
    "no such day": Bad("hes_apc", {"EPIEND": "2024-02-30"}, "end_date", "not a date"),
    "a year of two digits": Bad("gp_events", {"date": "05/01/24"}, "event_date", "not a date"),
    "a year of five digits": Bad("gp_events", {"date": "12024-01-05"}, "event_date", "not a date"),
    "a day of a spreadsheet": Bad("gp_events", {"date": "45291"}, "event_date", "not a date"),
    "a day without one of its digits": Bad("gp_events", {"date": "2024111"}, "event_date", "not a date"),
    "no date where one is needed": Bad("gp_events", {"date": " "}, "event_date", "missing"),
    "a date for none where one is needed": Bad("gp_events", {"date": "1900-01-01"}, "event_date", "missing"),
    "a date after the date of the extract": Bad(
        "gp_events", {"date": "2199-01-01"}, "event_date", "after the date of the extract"
    ),
    "an entry from before birth": Bad("gp_events", {"date": "1929-12-31"}, "event_date", "before the patient was born"),
    "discharged before admitted": Bad(
        "hes_apc", {"DISDATE": "2023-01-01"}, "discharge_date", "ends before it starts"
    ),
    "ended before begun": Bad("hes_apc", {"EPIEND": "2023-01-01"}, "end_date", "ends before it starts"),
    "not a number": Bad("gp_events", {"value": f"about {CANARY}"}, "value", "not a number"),
    "not a number at all": Bad("gp_events", {"value": "nan"}, "value", "not a number"),
    "beyond all numbers": Bad("gp_events", {"value": "-inf"}, "value", "not a number"),
    "not a whole number": Bad("hes_apc", {"EPIORDER": CANARY}, "episode_order", "not a whole number"),
    "a whole number and a half": Bad("hes_apc", {"EPIORDER": "1.5"}, "episode_order", "not a whole number"),
    "no pseudonym": Bad("hes_apc", {"PERSON_ID": ""}, "patient_id", "missing"),
    "no way of admission is known": Bad("gp_events", {"code": ""}, "code", "missing"),
    "a pseudonym as a number": Bad("hes_apc", {"PERSON_ID": "1.23E+17"}, "patient_id", AS_NUMBER),
    "a code as a number": Bad("gp_events", {"code": "9.99791E+14"}, "code", AS_NUMBER),
    "a code that was cut": Bad("gp_events", {"code": "999791000000006000"}, "code", CUT_CODE),
    "a sex that is none": Bad("patients", {"sex": "Q"}, "sex", "not one of the permitted codes"),
    "a birth that is none": Bad("patients", {"birth_month": CANARY}, "birth_date", "not a date"),
    "born tomorrow": Bad("patients", {"birth_month": "2199-01"}, "birth_date", "after the date of the extract"),
}  # fmt: skip


@pytest.fixture(scope="module")
def all_bad(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """All of them together, each a row of somebody else's, the 42nd line and those that follow."""
    lines: dict[str, dict[int, bytes]] = {name: {} for name in MAKE}
    for line, bad in enumerate(BAD.values(), start=42):
        lines[bad.format][line] = spoiled(bad.format, MAKE[bad.format][1](line - 2), bad.cells).encode()
    return ingested(tmp_path_factory.mktemp("bad"), *(extract(name, lines[name], 3000) for name in MAKE))


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_row_is_set_aside_and_found_again(fault: str, all_bad: Snapshot) -> None:
    bad, line = BAD[fault], 42 + list(BAD).index(fault)
    found = [row for row in quarantined(all_bad) if row[1] == line]
    assert found == [(f"{bad.format}.csv", line, bad.column, bad.reason)]
    assert f"p{line - 2:05}" not in ids(all_bad, TABLE[bad.format])


@pytest.mark.parametrize("format", MAKE)
def test_nothing_else_is_set_aside(format: str, all_bad: Snapshot) -> None:
    bad = [f"p{line:05}" for line, bad in enumerate(BAD.values(), start=40) if bad.format == format]
    nobody = [f"p{line:05}" for line, bad in enumerate(BAD.values(), start=40) if bad.format == "patients" != format]
    left = {"quarantined": len(bad), "not_in_patients": len(nobody)}
    expected = {"stored": 3000 - len(bad) - len(nobody), **{what: rows for what, rows in left.items() if rows}}
    assert books(all_bad, f"{format}.csv") == expected
    assert ids(all_bad, TABLE[format]) == {f"p{number:05}" for number in range(3000)} - {*bad, *nobody}


# --- Lines that cannot be taken apart ----------------------------------------------------------------------------

LINE = stay(40).encode()
UNREADABLE: Mapping[str, tuple[bytes, list[tuple[int, str]]]] = {
    "too short": (b"p00040,RAA,CANARY123", [(42, FIELDS)]),
    "too long": (LINE + b",CANARY123", [(42, FIELDS)]),
    "another delimiter": (LINE.replace(b",", b";"), [(42, FIELDS)]),
    "a quote that does not end": (LINE.replace(b"RAA", b'"RAA'), [(42, QUOTES)]),
    "a quote that ends in the middle of a cell": (LINE.replace(b"RAA", b'"R"AA'), [(42, QUOTES)]),
    "a line break in a cell": (LINE.replace(b"RAA", b'"R\nAA"'), [(42, QUOTES), (43, QUOTES)]),
    "NUL": (LINE.replace(b"RAA", b"R\x00A"), [(42, "contains a NUL byte")]),
    "not UTF-8": (LINE.replace(b"RAA", b"R\xe9A"), [(42, "not text in the file's encoding")]),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_a_line_that_cannot_be_read_costs_itself_alone(fault: str, tmp_path: Path) -> None:
    content, expected = UNREADABLE[fault]
    found = ingested(tmp_path, *all_but("hes_apc", lines={42: content}))
    assert quarantined(found) == [("hes_apc.csv", line, None, reason) for line, reason in expected]
    assert books(found, "hes_apc.csv") == {"stored": LINES - 1, "quarantined": len(expected)}
    assert ids(found, "episodes") == EVERYONE - {"p00040"}


@pytest.mark.parametrize("ragged", [False, True])
def test_a_delimiter_at_the_end_of_a_line_is_no_cell(ragged: bool, tmp_path: Path) -> None:
    lines = {42: LINE + b",", **({100: b"p00098,RAA"} if ragged else {})}
    found = ingested(tmp_path, *all_but("hes_apc", lines=lines))
    assert quarantined(found) == [("hes_apc.csv", 100, None, FIELDS)][: 1 if ragged else 0]
    assert ids(found, "episodes") == EVERYONE - ({"p00098"} if ragged else set())


def test_two_quotes_that_make_one_cell_of_many_lines_cost_two_lines(tmp_path: Path) -> None:
    opened = {42: LINE.replace(b"RAA", b'"RAA'), 242: stay(240).encode().replace(b"RAA", b'RAA"')}
    found = ingested(tmp_path, *all_but("hes_apc", lines=opened))
    assert quarantined(found) == [("hes_apc.csv", line, None, QUOTES) for line in (242, 42)]
    assert ids(found, "episodes") == EVERYONE - {"p00040", "p00240"}


def test_blank_lines_cost_nothing_and_are_counted(tmp_path: Path) -> None:
    lines = {42: LINE + b"\n\n  \n\r", 100: spoiled("hes_apc", stay(98), {"DISDATE": CANARY}).encode()}
    found = ingested(tmp_path, *all_but("hes_apc", lines=lines))
    assert quarantined(found) == [("hes_apc.csv", 103, "discharge_date", "not a date")]
    assert books(found, "hes_apc.csv") == {"stored": LINES - 1, "quarantined": 1, "blank": 3}


def test_a_row_with_many_faults_is_one_row(tmp_path: Path) -> None:
    line = spoiled("hes_apc", stay(40), {"PERSON_ID": "", "DISDATE": CANARY, "EPIORDER": CANARY})
    found = ingested(tmp_path, *all_but("hes_apc", lines={42: line.encode()}))
    assert quarantined(found) == [("hes_apc.csv", 42, "patient_id", "missing")]


# --- Line numbers ------------------------------------------------------------------------------------------------


def packed(content: bytes) -> tuple[str, bytes]:
    return "hes_apc.csv.gz", gzip.compress(content)


def as_parquet(content: bytes) -> tuple[str, bytes]:
    header, *rows = [line.split(",") for line in content.decode().splitlines()]
    sink = io.BytesIO()
    columns = {name: [row[i] or None for row in rows] for i, name in enumerate(header)}
    pq.write_table(pa.table(columns), sink, row_group_size=70)
    return "hes_apc.parquet", sink.getvalue()


FORMS: Mapping[str, Callable[[bytes], tuple[str, bytes]]] = {
    "comma": lambda content: ("hes_apc.csv", content),
    "from Windows": lambda content: ("hes_apc.csv", b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")),
    "tab": lambda content: ("hes_apc.tsv", content.replace(b",", b"\t")),
    "no line feed at the end": lambda content: ("hes_apc.csv", content[:-1]),
    "quoted": lambda content: ("hes_apc.csv", b'"' + content.replace(b",", b'","').replace(b"\n", b'"\n"')[:-1]),
    "gzipped": packed,
    "gzipped in two": lambda content: ("hes_apc.csv.gz", gzip.compress(content[:5000]) + gzip.compress(content[5000:])),
    "Parquet, by its rows from 1": as_parquet,
}


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_a_line_has_its_number_whatever_the_form(form: str, ragged: bool, tmp_path: Path) -> None:
    if ragged and form.startswith("Parquet"):
        pytest.skip("rows of Parquet are not ragged")
    lines = {line: spoiled("hes_apc", stay(line - 2), {"DISDATE": CANARY}).encode() for line in (2, 190, LINES + 1)}
    good = extract("hes_apc", lines=lines).content
    name, content = FORMS[form](good.replace(b"p00150", b"p00150,more" if ragged else b"p00150"))
    study = [*all_but("hes_apc")[:1], Extract("hes_apc", name, content)]
    found = ingested(tmp_path, *study, checks={"max_quarantined_pct": 2.0})
    first = 1 if form.startswith("Parquet") else 0
    expected = [(name, line - first, "discharge_date", "not a date") for line in lines]
    expected += [(name, 152, None, FIELDS)] if ragged else []
    assert quarantined(found) == sorted(expected, key=repr)


def test_a_line_has_its_number_in_a_file_of_many_blocks(tmp_path: Path) -> None:
    count = 260_000
    bad = [2, 3, 122_881, 200_000, count + 1]
    lines = {line: spoiled("gp_events", event(line - 2), {"value": CANARY}).encode() for line in bad}
    events = extract("gp_events", lines=lines, count=count)
    found = ingested(tmp_path, extract("patients"), extract("hes_apc"), events, engine={"threads": 2})
    assert [line for _, line, _, _ in quarantined(found)] == sorted(bad, key=str)
    assert books(found, "gp_events.csv")["quarantined"] == len(bad)


# --- How many are too many ---------------------------------------------------------------------------------------


def with_bad_stays(count: int) -> list[Extract]:
    bad = {line: spoiled("hes_apc", stay(line - 2), {"DISDATE": CANARY}).encode() for line in range(2, 2 + count)}
    return all_but("hes_apc", lines=bad)


@pytest.mark.parametrize(
    ("bad", "most", "stops"),
    [(3, None, False), (4, None, True), (1, 0, True), (0, 0, False), (15, 5, False), (16, 5, True), (299, 100, False)],
)
def test_the_study_says_how_many_are_too_many(bad: int, most: float | None, stops: bool, tmp_path: Path) -> None:
    write_study(tmp_path, with_bad_stays(bad), **({} if most is None else {"checks": {"max_quarantined_pct": most}}))
    listener = Listener()
    if stops:
        with pytest.raises(ExtractError, match=f"hes_apc.csv: {bad} of {LINES} rows rejected") as caught:
            ingest(open_study(tmp_path, listener))
        assert f"discharge_date: not a date: {plural(bad, 'row')}, first on line 2" in str(caught.value)
        assert "max_quarantined_pct" in caught.value.advice
        assert nothing_in(tmp_path / "store"), "a command that fails changes nothing"
    else:
        found = ingest(open_study(tmp_path, listener))
        assert books(found, "hes_apc.csv") == {k: n for k, n in (("stored", LINES - bad), ("quarantined", bad)) if n}
        assert any("quarantine" in line for line in listener.heard) == bool(bad)
    assert CANARY not in "\n".join(listener.heard)


def test_rows_that_only_other_rows_show_to_be_wrong_count_too(tmp_path: Path) -> None:
    early = {line: event(line - 2).replace("2024", "1901").encode() for line in range(2, 102)}
    with pytest.raises(ExtractError, match=f"gp_events.csv: 100 of {LINES} rows rejected") as caught:
        ingested(tmp_path, *all_but("gp_events", lines=early))
    assert "event_date: before the patient was born: 100 rows, first on line 2" in str(caught.value)
    assert nothing_in(tmp_path / "store")


def test_all_files_with_too_many_bad_rows_are_named_at_once(tmp_path: Path) -> None:
    bad = {line: f"{CANARY},,,,,".encode() for line in range(2, 80)}
    births = {line: person(line).replace(",1", f",{CANARY}").encode() for line in range(2, 80)}
    study = [extract("patients", lines=births), extract("hes_apc"), extract("gp_events", lines=bad)]
    with pytest.raises(ExtractError) as caught:
        ingested(tmp_path, *study)
    assert "patients.csv: 78 of 300" in str(caught.value)
    assert "gp_events.csv: 78 of 300" in str(caught.value)
    assert CANARY not in str(caught.value)


# --- Rows that only other rows show to be wrong ------------------------------------------------------------------


@pytest.mark.parametrize("ragged", [False, True])
def test_an_entry_from_before_birth_is_found_again(ragged: bool, tmp_path: Path) -> None:
    lines = {100: event(98).replace("2024", "1901").encode()}
    lines |= {42: b"p00040,CANARY123", 43: b""} if ragged else {}
    found = ingested(tmp_path, *all_but("gp_events", lines=lines))
    expected = [("gp_events.csv", 100, "event_date", "before the patient was born")]
    expected += [("gp_events.csv", 42, None, FIELDS)] if ragged else []
    assert quarantined(found) == expected
    assert ids(found, "gp_events") == EVERYONE - {"p00098"} - ({"p00040", "p00041"} if ragged else set())


def test_a_row_that_is_wrong_twice_is_one_row(tmp_path: Path) -> None:
    """A cut code from before birth, and a whole one of the same person and day."""
    early = "p00040,1901-01-01,,{},snomed,1"
    lines = {42: "\n".join([early.format("999791000000006000"), early.format("84114007")]).encode()}
    found = ingested(tmp_path, *all_but("gp_events", lines=lines))
    assert sorted(line for _, line, _, _ in quarantined(found)) == [42, 43]
    assert books(found, "gp_events.csv") == {"stored": LINES - 1, "quarantined": 2}


def test_a_death_or_a_practice_that_is_set_aside_is_not_taken_for_the_persons(tmp_path: Path) -> None:
    header = PATIENTS.replace("practice_code,", "")
    people = [person(number).replace(",P1", "") for number in range(LINES)]
    deaths = [f"p{number:05},2024-05-05" for number in range(LINES)]
    periods = [f"p{number:05},P1,2010-01-01," for number in range(LINES)]
    deaths[40], periods[41] = "p00040,1901-01-01", "p00041,P9,1901-01-01,"
    found = ingested(
        tmp_path,
        Extract("patients", "patients.csv", "\n".join([header, *people]).encode(), {"values": {"practice_code": ""}}),
        extract("hes_apc"),
        Extract("deaths", "deaths.csv", "\n".join(["patient_id,date_of_death", *deaths]).encode()),
        Extract(
            "registrations", "gp.csv", "\n".join(["patient_id,practice_code,start_date,end_date", *periods]).encode()
        ),
    )
    assert [(file, line) for file, line, *_ in quarantined(found)] == [("deaths.csv", 42), ("gp.csv", 43)]
    known = {row["patient_id"]: row for row in rows_in(found, "patients")}
    assert known["p00040"]["death_date"] is None
    assert known["p00041"]["practice_code"] != "P9"
    assert str(known["p00042"]["death_date"]) == "2024-05-05"


def test_an_entry_of_the_year_of_birth_is_kept(tmp_path: Path) -> None:
    early = event(40).replace("2024-05-11", f"{1930 + 40}-01-01")
    found = ingested(tmp_path, *all_but("gp_events", lines={42: early.encode()}))
    assert ids(found, "gp_events") == EVERYONE


def crowd(key: str, rows: int) -> Extract:
    """So many entries of one key, beside one of everybody."""
    header, make = MAKE["gp_events"]
    dates = [f"20{n // 336:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(rows)]
    many = [f"{key},{day},,84114007,snomed,1" for day in dates]
    return Extract("gp_events", "gp_events.csv", "\n".join([header, *map(make, range(LINES)), *many, ""]).encode())


def test_a_key_that_stands_for_many_people_is_set_aside_in_every_table(tmp_path: Path) -> None:
    study = [extract("patients"), extract("hes_apc"), crowd("p00007", 5000)]
    found = ingested(tmp_path, *study, checks={"max_quarantined_pct": 99.0})
    rows = quarantined(found)
    assert {(file, column, reason) for file, _, column, reason in rows} == {
        (f"{name}.csv", "patient_id", "a pseudonym shared by many people") for name in MAKE
    }
    assert [line for file, line, *_ in rows if file != "gp_events.csv"] == [9, 9]
    assert {line for file, line, *_ in rows if file == "gp_events.csv"} == {9, *range(LINES + 2, LINES + 5002)}
    for table in TABLE.values():
        assert ids(found, table) == EVERYONE - {"p00007"}


def test_somebody_who_is_often_seen_is_one_person(tmp_path: Path) -> None:
    found = ingested(tmp_path, extract("patients"), extract("hes_apc"), crowd("p00007", 900))
    assert quarantined(found) == []
    assert ids(found, "gp_events") == EVERYONE


@pytest.mark.parametrize(("known", "least", "stops"), [(14, None, True), (15, None, False), (14, 4.0, False)])
def test_hospital_rows_of_strangers_stop_the_ingest(
    known: int, least: float | None, stops: bool, tmp_path: Path
) -> None:
    content = extract("hes_apc").content
    strangers = content.replace(b"\np", b"\nq").replace(b"\nq", b"\np", known)
    checks = {} if least is None else {"checks": {"min_linked_pct": least}}
    write_study(tmp_path, [extract("patients"), Extract("hes_apc", "apc.csv", strangers)], **checks)
    if stops:
        with pytest.raises(CheckError, match="hospital extract can be linked") as caught:
            ingest(open_study(tmp_path, Listener()))
        assert caught.value.exit_code == 16
        assert f"{LINES - known} of {LINES} rows" in str(caught.value)
        assert nothing_in(tmp_path / "store")
    else:
        found = ingest(open_study(tmp_path, Listener()))
        assert books(found, "apc.csv") == {"stored": known, "not_in_patients": LINES - known}


# --- Checks that a study may skip --------------------------------------------------------------------------------

SKIPPED: Mapping[str, tuple[str, Sequence[str]]] = {
    "after_extract": ("gp_events", ["a date after the date of the extract"]),
    "before_birth": ("gp_events", ["an entry from before birth"]),
    "ends_before_start": ("hes_apc", ["discharged before admitted", "ended before begun"]),
    "cut_code": ("gp_events", ["a code that was cut"]),
}


@pytest.mark.parametrize("check", SKIPPED)
def test_a_check_may_be_skipped(check: str, tmp_path: Path) -> None:
    format, faults = SKIPPED[check]
    lines = {
        42 + i: spoiled(format, MAKE[format][1](40 + i), BAD[fault].cells).encode() for i, fault in enumerate(faults)
    }
    found = ingested(tmp_path, *all_but(format, lines=lines), checks={"skip": [check]})
    assert quarantined(found) == []
    assert books(found, f"{format}.csv") == {"stored": LINES}


def test_a_key_of_many_people_may_be_let_in(tmp_path: Path) -> None:
    study = [extract("patients"), extract("hes_apc"), crowd("p00007", 5000)]
    found = ingested(tmp_path, *study, checks={"skip": ["super_patient"]})
    assert quarantined(found) == []
    assert ids(found, "gp_events") == EVERYONE


def test_nothing_has_happened_after_the_day_of_the_extract(tmp_path: Path) -> None:
    study = all_but("gp_events", lines={42: b"p00040,2024-12-12,,84114007,snomed,1"}, as_of="2024-12-11")
    found = ingested(tmp_path, *study)
    assert quarantined(found) == [("gp_events.csv", 42, "event_date", "after the date of the extract")]


# --- What quarantine holds ---------------------------------------------------------------------------------------


def test_quarantine_holds_four_columns_and_never_a_value(tmp_path: Path) -> None:
    found = ingested(tmp_path, *with_bad_stays(3))
    path = found.folder / "quarantine" / "rows.parquet"
    assert pq.read_schema(path).names == ["file", "line", "column", "reason"]
    for name, content in everything_under(tmp_path / "store").items():
        assert CANARY.encode() not in (content or b""), name
    for path in (tmp_path / "store").rglob("*.parquet"):
        assert CANARY not in str(pq.read_table(path).to_pydict()), path


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    study = [extract("patients"), extract("hes_apc")]
    for number, year in enumerate(("2023", "2024")):
        (tmp_path / year).mkdir()
        line = spoiled("gp_events", event(number), {"value": CANARY}).encode()
        study.append(Extract("gp_events", f"{year}/events.csv", extract("gp_events", lines={2 + number: line}).content))
    found = ingested(tmp_path, *study)
    assert len({file for file, *_ in quarantined(found)}) == 2
    assert len({page["file"] for page in found.manifest["files"]}) == 4


@pytest.mark.parametrize("year", ["19501", "20259", "9498", "2050", "119500"])
def test_the_serial_of_a_spreadsheet_is_no_year_of_birth(year: str, tmp_path: Path) -> None:
    text = f"patient_id  practice_code  sex  year_of_birth\nA  P1  1  1950\nB  P1  2  {year}\n"
    found = ingested(tmp_path, people(text), stays(), checks={"max_quarantined_pct": 100.0})
    assert [row["patient_id"] for row in rows_in(found, "patients")] == ["A"]
    assert [(line, column) for _, line, column, _ in quarantined(found)] == [(3, "birth_date")]


@pytest.mark.parametrize("written", ["2024111", "202401", "45306"])
def test_digits_that_are_not_eight_are_no_date(written: str, tmp_path: Path) -> None:
    events = f"patient_id  date  code  code_system\nA  {written}  22298006  snomed\nA  20240105  22298006  snomed\n"
    found = ingested(
        tmp_path,
        people(),
        stays(),
        Extract("gp_events", "gp.csv", as_csv(events)),
        checks={"max_quarantined_pct": 100.0},
    )
    assert [str(row["event_date"]) for row in rows_in(found, "gp_events")] == ["2024-01-05"]


def test_a_patient_file_with_a_ragged_line_is_read_all_the_same(tmp_path: Path) -> None:
    text = as_csv("patient_id  practice_code  sex  birth_month\nA  P1  1  1950-03\nB  P1  2  1960-07")
    found = ingested(
        tmp_path, Extract("patients", "patients.csv", text + b"C,P1\n"), stays(), checks={"max_quarantined_pct": 100.0}
    )
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
        tmp_path,
        people(),
        stays(),
        Extract("gp_events", "gp.csv", (header + rows + "A,B\n").encode()),
        checks={"max_quarantined_pct": 100.0},
    )
    assert books(found, "gp.csv") == {"stored": 9, "quarantined": 1}
    assert {row["unit"] for row in rows_in(found, "gp_events")} == {'5" x 5"'}
