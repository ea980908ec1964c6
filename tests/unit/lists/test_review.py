"""Decisions back in: from workbooks and CSV as people leave them, into the log, and out of two copies."""

from __future__ import annotations

import io
import json
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from riskstrat.errors import CheckError, UsageError
from riskstrat.lists.columns import COLUMNS, DECIDING_ROLES, DECISION_MEANINGS, LIST_COLUMN_NAMES
from riskstrat.lists.files.csv_file import CSV
from riskstrat.lists.files.output import CaseList
from riskstrat.lists.files.workbook import WORKBOOK
from riskstrat.lists.review.faults import Place, UnreadableCellError
from riskstrat.lists.review.merge import merge, one_decision
from riskstrat.lists.review.read import Reading, read_file
from riskstrat.lists.review.row import Decided, Terms
from riskstrat.lists.review.vocabulary import DECISIONS, SYNONYMS, decider_of, deciders, decision_of, folded, reason_of
from riskstrat.steps.init import study_template
from riskstrat.steps.review import Reviewed, review
from riskstrat.study.decision_log import latest, log_of, read_decisions
from riskstrat.study.session import Session
from riskstrat.tables import DECISIONS_FILE

INDEX, TODAY = date(2025, 3, 1), date(2025, 4, 20)
TERMS = Terms({"gp mdt": "gp_mdt", "gp multidisciplinary team": "gp_mdt"}, deciders(["COPD nurse"]), TODAY)
PEOPLE = ("p1", "p2", "0012", "-77", "p5")
Cells = Mapping[str, Mapping[str, Any]]
Open = Callable[..., Session]
FILLED: Cells = {
    "p1": {"decision": "accepted", "decided_on": date(2025, 3, 4), "next_review_on": "in 6 weeks"},
    "0012": {"decision": "Not appropriate", "reason": "too  well", "decided_by_role": "gp"},
    "-77": {"decision": "RIP", "decided_on": "Tues 4 Mar"},
}
MEANT = {
    "p1": ("accepted", None, None, date(2025, 3, 4), date(2025, 4, 15)),
    "0012": ("not_appropriate", "too well", "GP", None, None),
    "-77": ("deceased", None, None, date(2025, 3, 4), None),
}


def case_list(people: tuple[str, ...] = PEOPLE, practice: str = "A81001") -> CaseList:
    rows = [
        {"rank": n, "patient_id": one, "practice_code": practice, "role": "gp_mdt", "index_date": INDEX, "care_home": 0}
        for n, one in enumerate(people, start=1)
    ]
    header = {"role": "GP multidisciplinary team", "practice": practice, "index_date": INDEX.isoformat()}
    frame = pd.DataFrame(rows, columns=list(LIST_COLUMN_NAMES))
    return CaseList(practice, "gp_mdt", header, frame, tuple(DECISION_MEANINGS))


def sheet_row(sheet: Worksheet, text: str) -> int:
    return next(int(cell.row) for row in sheet.iter_rows() for cell in row if cell.value == text)


def place_of(sheet: Worksheet, name: str) -> int:
    return next(int(cell.column) for cell in sheet[sheet_row(sheet, "patient_id")] if cell.value == name)


def fill(sheet: Worksheet, cells: Cells) -> None:
    for person, entries in cells.items():
        for name, value in entries.items():
            sheet.cell(sheet_row(sheet, person), place_of(sheet, name)).value = value


def workbook(
    path: Path, cells: Cells = FILLED, edit: Callable[[Worksheet], None] = lambda sheet: None, cases: Any = None
) -> Path:
    """A list as it is sent out, filled in and edited."""
    WORKBOOK.write(cases or case_list(), path)
    book = openpyxl.load_workbook(path)
    fill(book["List"], cells)
    edit(book["List"])
    book.save(path)
    return path


def text_file(path: Path, cells: Cells = FILLED, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """The same as CSV, saved again by a spreadsheet."""
    CSV.write(case_list(), path)
    rows = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("patient_id", drop=False)
    for person, entries in cells.items():
        for name, value in entries.items():
            rows.loc[f"'{person}" if person.startswith("-") else person, name] = str(value)
    rows.to_csv(path, index=False, sep=delimiter, encoding=encoding)
    return path


def read(path: Path) -> Reading:
    return read_file(path, path.name, TERMS)


def said(reading: Reading) -> dict[str, tuple[Any, ...]]:
    """Decisions by patient."""
    return {
        one.patient_id: (one.decision, one.reason, one.decided_by_role, one.decided_on, one.next_review_on)
        for one in reading.decided
    }


def faults(reading: Reading) -> list[str]:
    return [f"{fault.place.removeprefix(reading.file)} {fault.what}" for fault in reading.faults]


# --- Words -------------------------------------------------------------------------------------------------------

WORDS = """
accepted             | accepted
Accepted.            | accepted
 ALREADY-ON caseload | already_on_caseload
declined             | declined_by_patient
Not_Appropriate      | not_appropriate
died                 | deceased
R.I.P.               | deceased
Care home pathway    | care_home_pathway
not reviewed         | not_reviewed
acepted              | is not one of the decisions (the nearest is accepted)
defered              | is not one of the decisions (the nearest is deferred)
not acceptable       | is not one of the decisions
yes                  | is not one of the decisions
?                    | is not one of the decisions
"""
REASONS = """
frail, but well supported       | frail, but well supported
two   lines                     | two lines
B12 due; HbA1c 58 on 3/4/2025   | B12 due; HbA1c 58 on 3/4/2025
943 476 5919 moved              | may contain a person's NHS number, so it is not stored
see 9434765919                  | may contain a person's NHS number, so it is not stored
ring 07700900123                | may contain a person's telephone number, so it is not stored
ring 01632 960 123              | may contain a person's telephone number, so it is not stored
ask ann@nhs.example             | may contain a person's email address, so it is not stored
now at LS1 4AB                  | may contain a person's postcode, so it is not stored
12 High Street                  | may contain a person's address, so it is not stored
Mrs Jones will ring             | may contain a person's name, so it is not stored
"""


def table(text: str) -> list[tuple[str, str]]:
    return [(line.partition("|")[0], line.partition("|")[2].strip()) for line in text.strip().splitlines()]


def answer(reads: Callable[..., Any], *given_: Any) -> Any:
    try:
        return reads(*given_)
    except UnreadableCellError as error:
        return error.what


@pytest.mark.parametrize(("written", "meant"), table(WORDS))
def test_decision(written: str, meant: str) -> None:
    assert answer(decision_of, written) == meant


def test_no_word_means_two_decisions() -> None:
    words = [folded(word) for decision, more in SYNONYMS.items() for word in (decision, *more)]
    assert len(words) == len(set(words))
    assert set(DECISIONS.values()) == set(DECISION_MEANINGS)


@pytest.mark.parametrize(("written", "kept"), table(REASONS))
def test_reason(written: str, kept: str) -> None:
    assert answer(reason_of, written) == kept


def test_a_reason_has_at_most_500_characters() -> None:
    assert len(reason_of("x " * 250)) == 499
    assert "500" in answer(reason_of, "x" * 501)


def test_who_decided_is_a_role_in_its_usual_spelling() -> None:
    known = deciders(["COPD nurse"])
    assert {decider_of(role.upper().replace("-", " "), known) for role in DECIDING_ROLES} == set(DECIDING_ROLES)
    assert decider_of("copd nurse", known) == "COPD nurse"
    assert answer(decider_of, "Ann Smith", known) == "is not a known role"


# --- Workbooks ---------------------------------------------------------------------------------------------------


def move_columns(sheet: Worksheet) -> None:
    """Entries first, patient last, as whole columns."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    names = rows[sheet_row(sheet, "patient_id") - 1]
    order = sorted(range(len(names)), key=lambda i: (names[i] == "patient_id", names[i] != "decision", -i))
    for number, row in enumerate(rows, start=1):
        for place, old in enumerate(order, start=1):
            sheet.cell(number, place).value = row[old]


def delete_names(sheet: Worksheet) -> None:
    sheet.delete_rows(sheet_row(sheet, "patient_id"))


def insert_title(sheet: Worksheet) -> None:
    sheet.insert_rows(1, 3)
    sheet["A1"] = "Our meeting of 4 March"
    sheet.insert_cols(1)
    sheet["A8"] = "our notes"


def sort_by_decision(sheet: Worksheet) -> None:
    first, place = sheet_row(sheet, "patient_id") + 2, place_of(sheet, "decision")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=first)]
    for number, row in enumerate(sorted(rows, key=lambda row: str(row[place - 1] or "~")), start=first):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column).value = value


def sort_with_headings(sheet: Worksheet) -> None:
    """The names go to the end, and the patients above them."""
    names = sheet_row(sheet, "patient_id")
    row = [cell.value for cell in sheet[names]]
    sheet.append(row)
    sheet.delete_rows(names)


def filter_rows(sheet: Worksheet) -> None:
    for number in range(sheet_row(sheet, "p1"), sheet.max_row + 1):
        sheet.row_dimensions[number].hidden = True


def write_below(sheet: Worksheet) -> None:
    sheet.cell(sheet.max_row + 2, 1).value = "Present: GP, matron"
    sheet.cell(sheet.max_row, place_of(sheet, "reason")).value = None


def delete_folded(sheet: Worksheet) -> None:
    for name in ("practice_code", "role", "index_date", "risk_pct"):
        sheet.delete_cols(place_of(sheet, name))


def change_labels(sheet: Worksheet) -> None:
    labels = sheet_row(sheet, "patient_id") + 1
    sheet.cell(labels, place_of(sheet, "patient_id")).value = "Pseudonym"


EDITS = [
    lambda sheet: None, move_columns, delete_names, insert_title, sort_by_decision, sort_with_headings, filter_rows,
    write_below, delete_folded, change_labels,
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_a_workbook_says_the_same_however_it_was_edited(edit: Callable[[Worksheet], None], tmp_path: Path) -> None:
    reading = read(workbook(tmp_path / "gp_mdt.xlsx", edit=edit))
    assert faults(reading) == []
    assert said(reading) == MEANT
    assert {(one.role, one.index_date, one.practice_code) for one in reading.decided} == {("gp_mdt", INDEX, "A81001")}


def test_rows_may_be_deleted_and_rows_without_a_decision_are_counted(tmp_path: Path) -> None:
    assert {key[2] for key in read(workbook(tmp_path / "a.xlsx")).blank} == {"p2", "p5"}
    reading = read(workbook(tmp_path / "b.xlsx", edit=lambda sheet: sheet.delete_rows(sheet_row(sheet, "p2"))))
    assert said(reading) == MEANT
    assert {key[2] for key in reading.blank} == {"p5"}


def test_cells_that_cannot_be_read_are_named_and_their_words_are_not(tmp_path: Path) -> None:
    cells: Cells = {
        "p1": {"decision": "acepted"},
        "p2": {"reason": "secret"},
        "0012": {"decision": "not appropriate"},
        "-77": {"decision": "moved", "decided_by_role": "Ann Smith", "decided_on": "4/13/25", "next_review_on": "soon"},
        "p5": {"decision": "moved", "reason": "Mrs Smith rang"},
    }
    reading = read(workbook(tmp_path / "gp_mdt.xlsx", cells))
    sheet = openpyxl.load_workbook(tmp_path / "gp_mdt.xlsx")["List"]

    def at(person: str, name: str) -> str:
        return f", List!{sheet.cell(sheet_row(sheet, person), place_of(sheet, name)).coordinate}"

    assert faults(reading) == [
        f"{at('p1', 'decision')} is not one of the decisions (the nearest is accepted)",
        f"{at('p2', 'decision')} is blank, but its row has a reason, a role or a date",
        f"{at('0012', 'reason')} is blank, and not_appropriate needs a reason",
        f"{at('-77', 'decided_by_role')} is not a known role",
        f"{at('-77', 'decided_on')} is not a date in the calendar",
        f"{at('-77', 'next_review_on')} is not a date that can be read",
        f"{at('p5', 'reason')} may contain a person's name, so it is not stored",
    ]
    assert said(reading) == {"-77": ("moved", None, None, None, None), "p5": ("moved", None, None, None, None)}
    shown = " ".join(map(str, reading.faults))
    assert not [word for word in ("acepted", "secret", "Smith", "4/13", "soon", "p1", "0012") if word in shown]


def test_a_length_of_time_from_a_day_that_cannot_be_read_is_no_day(tmp_path: Path) -> None:
    cells = {"p1": {"decision": "deferred", "decided_on": "Mrach", "next_review_on": "6/52"}}
    reading = read(workbook(tmp_path / "a.xlsx", cells))
    assert said(reading) == {"p1": ("deferred", None, None, None, None)}
    assert len(reading.faults) == 2


def test_dashes_are_blanks(tmp_path: Path) -> None:
    cells = {"p1": {"decision": "moved", "reason": "-", "next_review_on": "n/a"}, "p2": {"decision": "-"}}
    reading = read(workbook(tmp_path / "a.xlsx", cells))
    assert (said(reading), faults(reading)) == ({"p1": ("moved", None, None, None, None)}, [])


def test_a_pseudonym_that_became_a_number_is_read_where_it_is_exact(tmp_path: Path) -> None:
    people = ("17", "123456789012345", "1234567890123456")
    cells = {one: {"decision": "moved"} for one in people}

    def as_numbers(sheet: Worksheet) -> None:
        for one in people:
            sheet.cell(sheet_row(sheet, one), place_of(sheet, "patient_id")).value = int(one)

    reading = read(workbook(tmp_path / "a.xlsx", cells, as_numbers, case_list(people)))
    assert set(said(reading)) == {"17", "123456789012345"}
    assert [fault.what for fault in reading.faults] == ["was changed into a number and has lost digits"]


def test_a_sheet_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    def copy_column(sheet: Worksheet) -> None:
        sheet.cell(sheet_row(sheet, "patient_id"), sheet.max_column + 1).value = "decision"

    reading = read(workbook(tmp_path / "a.xlsx", edit=copy_column))
    assert faults(reading) == [" has two columns with the same name"]


def forget_the_list(path: Path) -> None:
    """Remove the properties that say which list a workbook is."""
    book = openpyxl.load_workbook(path)
    for name in [prop.name for prop in book.custom_doc_props.props]:
        del book.custom_doc_props[name]
    book.save(path)


def former_labels(sheet: Worksheet) -> None:
    """The labels that lists had before, and no names above them."""
    names = sheet_row(sheet, "patient_id")
    for name, label in (("role", "List of"), ("index_date", "List date")):
        sheet.cell(names + 1, place_of(sheet, name)).value = label
    sheet.delete_rows(names)


def test_a_workbook_with_the_former_labels_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "gp_mdt.xlsx", edit=former_labels)
    forget_the_list(path)
    assert (said(read(path)), faults(read(path))) == (MEANT, [])


def test_a_list_that_does_not_tell_whose_it_is_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", edit=delete_folded)
    forget_the_list(path)
    assert faults(read(path)) == [", List does not show which list it is: it has no role, practice_code and index_date"]


def test_somebody_left_out_by_a_decision_can_be_brought_back(tmp_path: Path) -> None:
    kept = pd.DataFrame(
        {
            "patient_id": ["p8", "p9"],
            "practice_code": "A81001",
            "role": "gp_mdt",
            "index_date": INDEX,
            "stands": "moved",
        }
    )
    path = tmp_path / "a.xlsx"
    WORKBOOK.write(replace(case_list(), held_back=kept), path)
    book = openpyxl.load_workbook(path)
    fill(book["Excluded by decision"], {"p9": {"decision": "not_reviewed"}})
    book.save(path)
    reading = read(path)
    assert (set(said(reading)), faults(reading)) == ({"p9"}, [])
    assert "p8" not in {key[2] for key in reading.blank}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_rows_and_columns_says_the_same(data: st.DataObject, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    names = data.draw(st.permutations([column.name for column in COLUMNS]))
    sheet.append(names)
    for person in data.draw(st.permutations(PEOPLE)):
        known = {"patient_id": person, "practice_code": "A81001", "role": "gp_mdt", "index_date": INDEX}
        row = {**known, **FILLED.get(person, {})}
        sheet.append([row.get(name) for name in names])
    book.save(tmp_path / "any.xlsx")
    assert said(read(tmp_path / "any.xlsx")) == MEANT


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_libreoffice_saves_says_the_same(kind: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    workbook(tmp_path / "gp_mdt.xlsx", edit=move_columns)
    command = [
        "soffice",
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        kind,
    ]
    subprocess.run([*command, "--outdir", "out", "gp_mdt.xlsx"], cwd=tmp_path, check=True, capture_output=True)
    reading = read(tmp_path / "out" / f"gp_mdt.{kind}")
    assert (said(reading), faults(reading)) == (MEANT, [])


# --- CSV, and what is neither ------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_is_read_however_it_was_saved(delimiter: str, encoding: str, tmp_path: Path) -> None:
    cells = {**FILLED, "0012": {"decision": "deferred", "reason": "café, 2 – 3 visits"}}
    reading = read(text_file(tmp_path / "gp_mdt.csv", cells, delimiter, encoding))
    assert said(reading) == {**MEANT, "0012": ("deferred", "café, 2 – 3 visits", None, None, None)}
    assert faults(reading) == []


def test_a_csv_that_lost_its_columns_is_known_by_the_json_file_beside_it(tmp_path: Path) -> None:
    path = text_file(tmp_path / "gp_mdt.csv")
    pd.read_csv(path, dtype=str)[["patient_id", "decision", "reason"]].to_csv(path, index=False)
    assert {(one.role, one.index_date, one.practice_code) for one in read(path).decided} == {
        ("gp_mdt", INDEX, "A81001")
    }
    path.with_suffix(".json").unlink()
    assert ".json" in read(path).faults[0].do


def test_a_fault_in_a_csv_is_told_by_line_and_column(tmp_path: Path) -> None:
    cells = {"p1": {"decision": "moved", "reason": "one\ntwo"}, "p2": {"decision": "movd"}}
    reading = read(text_file(tmp_path / "a.csv", cells))
    assert faults(reading) == [", line 4, column decision is not one of the decisions (the nearest is moved)"]


def test_index_dates_as_a_spreadsheet_writes_them(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv")
    path.write_text(path.read_text().replace("2025-03-01", "01/03/2025"))
    assert {one.index_date for one in read(path).decided} == {INDEX}


def zipped(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as package:
        for name, held in files.items():
            package.writestr(name, held)
    return content.getvalue()


REFUSED = {
    "encrypted": (b"age-encryption.org/v1\n-> X25519", "is encrypted"),
    "old or with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old .xls workbook, or has a password"),
    "ods": (zipped({"mimetype": b"application/vnd.oasis", "content.xml": b"<x/>"}), "is not an .xlsx workbook"),
    "pdf": (b"%PDF-1.7", "is a PDF"),
    "json": (b'{"role": "gp_mdt"}', "is a JSON file"),
    "torn": (b"PK\x03\x04torn", "cannot be opened as a workbook"),
    "broken": (zipped({"xl/workbook.xml": b"<x"}), "cannot be opened as a workbook"),
    "bomb": (zipped({"xl/workbook.xml": b"0" * 100_000_001}), "is larger than 100 MB"),
    "other columns": (b"a,b\n1,2\n", "contains no list: no row has the headings patient_id and decision"),
    "bytes": (bytes(range(256)), "contains no list: no row has the headings patient_id and decision"),
    "empty": (b"", "contains no list: no row has the headings patient_id and decision"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_list_is_refused_with_what_to_do(name: str, tmp_path: Path) -> None:
    content, what = REFUSED[name]
    path = tmp_path / "back.xlsx"
    path.write_bytes(content)
    (fault,) = read(path).faults
    assert (fault.place, fault.what) == ("back.xlsx", what)
    assert fault.do.endswith(".")


def test_no_entity_is_expanded(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with ZipFile(path) as package:
        files = {one: package.read(one) for one in package.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"].split(b"?>", 1)[-1]
    files["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet
    path.write_bytes(zipped(files))
    assert faults(read(path)) == [" cannot be opened as a workbook"]


# --- Copies ------------------------------------------------------------------------------------------------------


def one(decision: str, place: Place | None = None, **more: Any) -> Decided:
    blank = {"reason": None, "decided_by_role": None, "decided_on": None, "next_review_on": None}
    return Decided("gp_mdt", INDEX, "p1", "A81001", decision, **{**blank, **more}, source="s", place=place)


EARLY, LATE = date(2025, 3, 4), date(2025, 3, 11)
JOINED = [
    ([one("moved"), one("moved", reason="x")], one("moved", reason="x")),
    ([one("moved", decided_on=EARLY), one("moved", reason="x")], one("moved", reason="x", decided_on=EARLY)),
    ([one("moved", decided_on=EARLY), one("accepted", decided_on=LATE)], one("accepted", decided_on=LATE)),
    ([one("moved", reason="x", decided_on=EARLY), one("moved", decided_on=LATE)], one("moved", decided_on=LATE)),
    ([one("moved"), one("accepted")], None),
    ([one("moved"), one("accepted", decided_on=LATE)], None),
    ([one("moved", decided_on=LATE), one("accepted", decided_on=LATE)], None),
    ([one("moved", reason="x"), one("moved", reason="y")], None),
]


@pytest.mark.parametrize(("copies", "whole"), JOINED)
def test_two_copies_make_one_decision_or_conflict(copies: list[Decided], whole: Decided | None) -> None:
    assert one_decision(copies) == one_decision(copies[::-1]) == whole


@given(
    st.lists(
        st.builds(
            one, st.sampled_from(["moved", "accepted"]), reason=st.sampled_from([None, "x"]),
            decided_on=st.sampled_from([None, EARLY, LATE]),
        ), min_size=1, max_size=4,
    ), st.randoms(),
)  # fmt: skip
def test_the_order_of_copies_makes_no_difference(copies: list[Decided], random: Any) -> None:
    whole = one_decision(copies)
    random.shuffle(copies)
    assert one_decision(copies) == whole
    if whole:
        again = merge(copies, {whole.key: whole})
        assert not again.new + again.updated + again.conflicts, "read again, nothing is stored again"


def test_a_conflict_shows_both_places_and_what_was_stored_stays() -> None:
    copies = [one("accepted", Place("gp_mdt.xlsx", "List", 12)), one("deferred", Place("gp_mdt-jo.xlsx", "List", 9))]
    within = merge(copies, {})
    assert within.conflicts == ["gp_mdt.xlsx, List!row 12: accepted; gp_mdt-jo.xlsx, List!row 9: deferred"]
    assert not within.new
    stored = one("moved")
    assert merge(copies[:1], {stored.key: stored}).conflicts == [
        "already stored: moved; gp_mdt.xlsx, List!row 12: accepted"
    ]
    assert merge(copies[:1], {stored.key: stored}, take_place=True).updated == copies[:1]
    assert merge(copies, {stored.key: stored}, take_place=True).conflicts == within.conflicts


# --- The log -----------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study whose run of an index date has these people."""
    folder = tmp_path / "study"
    run = folder / "runs" / INDEX.isoformat()
    run.mkdir(parents=True)
    (folder / "study.toml").write_text(study_template("small"), encoding="utf-8")
    cohort = {"patient_id": [*PEOPLE, "p9"], "practice_code": ["A81001"] * len(PEOPLE) + ["A81002"]}
    pq.write_table(pa.table(cohort), run / "cohort.parquet")
    return folder


@pytest.fixture
def reviewed(study: Path, open_context: Open) -> Callable[..., Reviewed]:
    """Read files into that study."""
    return lambda *files, **more: review(replace(open_context(study), today=TODAY), files, **more)


def test_a_study_without_decisions_has_an_empty_log(tmp_path: Path) -> None:
    empty = read_decisions(tmp_path)
    assert list(empty.columns) == DECISIONS_FILE.names
    assert pa.Table.from_pandas(latest(empty), DECISIONS_FILE, preserve_index=False).num_rows == 0


def test_decisions_are_stored_once(study: Path, tmp_path: Path, reviewed: Callable[..., Reviewed]) -> None:
    path = workbook(tmp_path / "gp_mdt.xlsx")
    first = reviewed(path)
    assert (first.new, first.updated, first.unchanged, first.blank) == (3, 0, 0, 2)
    assert first.decisions == {"accepted": 1, "not_appropriate": 1, "deceased": 1}
    log = read_decisions(study)
    assert dict(zip(log["patient_id"], log["entry"], strict=True)) == {"p1": 1, "0012": 2, "-77": 3}
    assert pq.read_schema(log_of(study)).remove_metadata() == DECISIONS_FILE
    before = log_of(study).read_bytes()
    again = reviewed(path, text_file(tmp_path / "gp_mdt.csv"))
    assert (again.new, again.updated, again.unchanged) == (0, 0, 3)
    assert log_of(study).read_bytes() == before


def test_a_correction_is_another_line_and_the_last_one_holds(
    study: Path, tmp_path: Path, reviewed: Callable[..., Reviewed]
) -> None:
    reviewed(workbook(tmp_path / "a.xlsx", {"p1": {"decision": "deferred"}}))
    corrected = workbook(tmp_path / "b.xlsx", {"p1": {"decision": "accepted"}})
    assert len(reviewed(corrected).conflicts) == 1
    assert latest(read_decisions(study))["decision"].tolist() == ["deferred"]
    assert reviewed(corrected, take_place=True).updated == 1
    assert read_decisions(study)["decision"].tolist() == ["deferred", "accepted"]
    assert latest(read_decisions(study))["decision"].tolist() == ["accepted"]


def test_only_people_of_the_practice_on_that_date_are_decided_on(
    study: Path, tmp_path: Path, reviewed: Callable[..., Reviewed]
) -> None:
    cells = {one: {"decision": "moved"} for one in ("p1", "p9", "zz")}
    path = workbook(tmp_path / "a.xlsx", cells, cases=case_list(("p1", "p9", "zz")))
    done = reviewed(path)
    assert (done.new, len(done.faults)) == (1, 2)
    assert all("is not in the practice's cohort on that date" in fault for fault in done.faults)
    (study / "runs" / INDEX.isoformat() / "cohort.parquet").unlink()
    (fault,) = reviewed(path).faults
    assert fault.startswith("a.xlsx, List is for 2025-03-01, but this study has no run for that date")


def test_two_files_of_one_name_are_told_apart(tmp_path: Path, reviewed: Callable[..., Reviewed]) -> None:
    for name, decision in (("x", "moved"), ("y", "accepted")):
        (tmp_path / name).mkdir()
        workbook(tmp_path / name / "a.xlsx", {"p1": {"decision": decision}})
    (conflict,) = reviewed(tmp_path / "x" / "a.xlsx", tmp_path / "y" / "a.xlsx").conflicts
    assert str(tmp_path / "x" / "a.xlsx") in conflict


def test_dry_run_stores_nothing(study: Path, tmp_path: Path, reviewed: Callable[..., Reviewed]) -> None:
    assert reviewed(workbook(tmp_path / "a.xlsx"), dry_run=True).new == 3
    assert not log_of(study).parent.exists()


def test_a_fault_does_not_keep_the_rest_out(study: Path, tmp_path: Path, reviewed: Callable[..., Reviewed]) -> None:
    path = workbook(tmp_path / "a.xlsx", {**FILLED, "p2": {"decision": "movd"}})
    with pytest.raises(CheckError, match=r"1 problem; the rest was stored \(3 new, 0 updated, 0 unchanged\)"):
        reviewed(path).raise_faults()
    assert len(read_decisions(study)) == 3


def test_a_file_that_is_not_there_stops_the_command(tmp_path: Path, reviewed: Callable[..., Reviewed]) -> None:
    with pytest.raises(UsageError, match="no such file"):
        reviewed(workbook(tmp_path / "a.xlsx"), tmp_path / "b.xlsx")


def test_the_command(study: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
    path = workbook(tmp_path / "gp_mdt.xlsx")
    done = cli("review", path, "--study", study, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["new"] == 3
    assert (stat.S_IMODE(log_of(study).stat().st_mode), stat.S_IMODE(log_of(study).parent.stat().st_mode)) == (
        0o600,
        0o700,
    )
    workbook(path, {**FILLED, "p2": {"decision": "movd"}})
    done = cli("review", path, "--study", study)
    assert done.exit_code == 16
    assert "gp_mdt.xlsx, List!" in done.stderr
    assert "3 unchanged" in done.stdout
    assert "movd" not in done.output
    entry = json.loads((study / "audit.jsonl").read_text().splitlines()[0])
    assert [note["file"] for note in (*entry["inputs"], *entry["outputs"])] == [
        "gp_mdt.xlsx",
        "reviews/decisions.parquet",
    ]
    assert entry["command"] == "review"


def test_excel_dates_and_times_are_days(tmp_path: Path) -> None:
    cells = {"p1": {"decision": "moved", "decided_on": datetime(2025, 3, 4, 10, 30), "next_review_on": 45748}}
    assert said(read(workbook(tmp_path / "a.xlsx", cells)))["p1"][3:] == (date(2025, 3, 4), date(2025, 4, 1))
