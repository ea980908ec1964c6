"""Lists as files: what a meeting reads and fills in, and what programs read."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from riskstrat.lists import files as outputs
from riskstrat.lists.columns import ADDED, COLUMNS, DECISION_MEANINGS, LIST_COLUMN_NAMES
from riskstrat.lists.files.csv_file import CSV
from riskstrat.lists.files.output import CaseList, Output
from riskstrat.lists.files.workbook import WORKBOOK
from riskstrat.registry import collect

CONTRACT = """rank, patient_id, practice_code, age_band, sex, risk_pct, band, percentile, prev_risk_pct, prev_rank,
change, reason_1, reason_2, reason_3, emergency_admissions_12m, acsc_admissions_12m, emergency_bed_days_12m,
ed_attendances_12m, long_term_conditions, ltc_count, medicines, frailty_band, frailty_coded, hfrs_band, care_home,
end_of_life_register, on_caseload, last_gp_contact, last_review, last_outcome, data_gaps, decision, reason,
decided_by_role, decided_on, next_review_on"""
ENTRIES = ("decision", "reason", "decided_by_role", "decided_on", "next_review_on")
ATTACK = '=HYPERLINK("http://evil.example","A81001")'
FIRST = {
    "rank": 1, "patient_id": "0012", "practice_code": ATTACK, "age_band": "80-84", "sex": "F", "risk_pct": 43.2,
    "band": "high", "percentile": 99.5, "change": "new", "reason_1": "+3 admissions", "emergency_admissions_12m": 0,
    "care_home": 0, "end_of_life_register": 1, "last_gp_contact": "2026-02-03", "long_term_conditions": "COPD; asthma",
}  # fmt: skip
SECOND = {"rank": 2, "patient_id": "-77", "practice_code": "A81001", "risk_pct": 12.0, "end_of_life_register": 0}


def case_list(*rows: dict[str, Any]) -> CaseList:
    header = {
        "role": "Community matron", "practice": "A81001", "index_date": "2026-03-01", "criteria": "risk of 15% or more",
        "eligible": "34", "expires_on": "2026-04-05", "data_as_of": "hospital 2026-01-31",
    }  # fmt: skip
    frame = pd.DataFrame(list(rows), columns=list(LIST_COLUMN_NAMES))
    return CaseList("A81001", "community_matron", header, frame, tuple(DECISION_MEANINGS))


CASES = case_list(FIRST, SECOND)


def opened(cases: CaseList, folder: Path) -> openpyxl.Workbook:
    WORKBOOK.write(cases, folder / "list.xlsx")
    return openpyxl.load_workbook(folder / "list.xlsx")


def names_row(sheet: Worksheet) -> int:
    return next(int(cell.row) for row in sheet.iter_rows() for cell in row if cell.value == "patient_id")


def column_of(sheet: Worksheet, name: str) -> int:
    return next(int(cell.column) for cell in sheet[names_row(sheet)] if cell.value == name)


def cell(sheet: Worksheet, name: str, patient: int = 0) -> Any:
    return sheet.cell(names_row(sheet) + 2 + patient, column_of(sheet, name))


def validations(sheet: Worksheet) -> dict[str, Any]:
    """Rules by the name of their column; each covers the patients and nothing else."""
    found = {}
    for rule in sheet.data_validations.dataValidation:
        (span,) = rule.sqref.ranges
        assert (span.min_row, span.max_row) == (names_row(sheet) + 2, sheet.max_row)
        found[str(sheet.cell(names_row(sheet), span.min_col).value)] = rule
    return found


@pytest.fixture
def book(tmp_path: Path) -> openpyxl.Workbook:
    return opened(CASES, tmp_path)


@pytest.fixture
def sheet(book: openpyxl.Workbook) -> Worksheet:
    return book["List"]


def test_columns_are_the_contract() -> None:
    assert LIST_COLUMN_NAMES[: -len(ADDED)] == tuple(CONTRACT.replace("\n", " ").split(", ")), "then what was added"
    assert len({column.label for column in COLUMNS}) == len(COLUMNS)
    assert all(column.meaning.endswith(".") for column in COLUMNS)


def test_outputs_are_found() -> None:
    assert {"workbook", "csv"} <= collect(outputs.__name__, Output).keys()


def test_opens_at_the_list_and_says_what_it_is(book: openpyxl.Workbook, sheet: Worksheet) -> None:
    assert book.sheetnames == ["List", "About this list"]
    assert book.active is sheet
    band = [sheet.cell(row, 1).value for row in range(1, 4)]
    assert band[0] == "Community matron: case-finding list"
    for said in ("A81001", "1 March 2026", "2 patients listed of 34 eligible", "5 April 2026"):
        assert said in band[1]
    assert band[2] == "Who is listed: risk of 15% or more"


def test_a_hidden_row_above_the_labels_holds_the_names(sheet: Worksheet) -> None:
    row = names_row(sheet)
    labels = {column.name: column.label for column in COLUMNS}
    assert sheet.row_dimensions[row].hidden
    assert not sheet.row_dimensions[row + 1].hidden
    found = {sheet.cell(row, index).value: sheet.cell(row + 1, index).value for index in range(1, len(COLUMNS) + 1)}
    assert found == labels


def test_columns_can_be_moved_sorted_and_filtered(sheet: Worksheet) -> None:
    head = names_row(sheet) + 1
    assert sheet.freeze_panes == f"C{head + 1}"
    assert sheet.auto_filter.ref == f"A{head}:{get_column_letter(len(COLUMNS))}{head + 2}"
    assert not sheet.merged_cells.ranges
    assert not sheet.protection.sheet


def test_entries_are_at_the_right_unlocked_and_look_different(sheet: Worksheet) -> None:
    last = range(len(COLUMNS) - 4, len(COLUMNS) + 1)
    assert {sheet.cell(names_row(sheet), column).value for column in last} == set(ENTRIES)
    for column in COLUMNS:
        is_entry = column.name in ENTRIES
        assert cell(sheet, column.name).protection.locked is not is_entry
        assert (cell(sheet, column.name).fill.fgColor.rgb == "FFFFF9E0") is is_entry


def test_a_decision_is_chosen_from_the_list_that_explains_it(book: openpyxl.Workbook, sheet: Worksheet) -> None:
    rules = validations(sheet)
    assert set(rules) == {"decision", "decided_by_role", "decided_on", "next_review_on"}
    page, cells = rules["decision"].formula1.split("!")
    assert page == "'About this list'"
    assert rules["decision"].errorStyle in (None, "stop")
    assert tuple(row[0].value for row in book["About this list"][cells.replace("$", "")]) == CASES.decisions
    roles = book["About this list"][rules["decided_by_role"].formula1.split("!")[1].replace("$", "")]
    assert [row[0].value for row in roles][:2] == ["Community matron", "GP"]


def test_decisions_and_reviews_are_dated_from_the_index_date_on(sheet: Worksheet) -> None:
    first = (date(2026, 3, 1) - date(1899, 12, 30)).days
    for name in ("decided_on", "next_review_on"):
        rule = validations(sheet)[name]
        assert (rule.type, rule.operator or "between", int(rule.formula1)) == ("date", "between", first)


def test_prints_on_a4_landscape_one_page_wide(sheet: Worksheet) -> None:
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == f"${names_row(sheet) + 1}:${names_row(sheet) + 1}"
    assert sheet.oddFooter.center.text.strip() == "Confidential: contains patient data"
    assert "Community matron, practice A81001" in sheet.oddFooter.left.text
    assert "1 March 2026, page &P of &N" in sheet.oddFooter.right.text.replace("&[Page]", "&P")


def visible(sheet: Worksheet) -> dict[str, float]:
    """Pixels of each column that is not folded away, by name."""
    spans = [span for span in sheet.column_dimensions.values() if not span.hidden]
    pixels = {column: span.width * 7 for span in spans for column in range(span.min, span.max + 1)}
    return {str(sheet.cell(names_row(sheet), column).value): wide for column, wide in pixels.items()}


@pytest.mark.parametrize(
    "rows", [(FIRST, SECOND), (FIRST,), ({**FIRST, "on_caseload": "nurse", "frailty_band": "mild"},)]
)
def test_what_prints_fits_the_page_at_8_points(rows: tuple[dict[str, Any], ...], tmp_path: Path) -> None:
    sheet = opened(case_list(*rows), tmp_path)["List"]
    shown = visible(sheet)
    printed = {name: wide for name, wide in shown.items() if name not in ("decided_by_role", "decided_on")}
    inches = 11.69 - sheet.page_margins.left - sheet.page_margins.right
    assert 9 * inches * 96 / sum(printed.values()) >= 8
    assert sheet.print_area.endswith(
        f"${sheet.cell(1, column_of(sheet, 'next_review_on')).column_letter}$" + str(sheet.max_row)
    )
    assert {"rank", "patient_id", "risk_pct", "reason_1", "end_of_life_register", *ENTRIES} <= shown.keys()


def test_what_is_seldom_needed_or_empty_is_folded_but_there(sheet: Worksheet) -> None:
    assert not {"practice_code", "percentile", "care_home", "data_gaps", "on_caseload"} & visible(sheet).keys()
    assert cell(sheet, "percentile").value == 99.5
    levels = {span.outlineLevel for span in sheet.column_dimensions.values() if span.hidden}
    assert levels == {1}


def test_values_are_what_they_are(sheet: Worksheet) -> None:
    assert (cell(sheet, "risk_pct").value, cell(sheet, "risk_pct").number_format) == (43.2, "0.0")
    assert (cell(sheet, "patient_id").value, cell(sheet, "patient_id").data_type) == ("0012", "s")
    assert cell(sheet, "last_gp_contact").value == datetime(2026, 2, 3)
    assert [cell(sheet, "end_of_life_register", patient).value for patient in (0, 1)] == ["Yes", "No"]


def test_not_assessed_is_blank_and_none_is_0(sheet: Worksheet) -> None:
    assert cell(sheet, "emergency_admissions_12m", 0).value == 0
    for name in ("emergency_admissions_12m", "medicines", "care_home", "last_gp_contact", "frailty_band", "decision"):
        assert cell(sheet, name, 1).value is None


def test_long_reasons_wrap_in_rows_high_enough(tmp_path: Path) -> None:
    sheet = opened(case_list(FIRST, {**SECOND, "reason_1": "admission " * 40}), tmp_path)["List"]
    first, second = (sheet.row_dimensions[cell(sheet, "reason_1", patient).row].height for patient in (0, 1))
    assert cell(sheet, "reason_1").alignment.wrap_text
    assert second > 4 * first


@pytest.mark.parametrize("attack", [ATTACK, "+1", "-1", "@SUM(A1)", "\t=1", "http://evil.example", "{=1}"])
def test_nothing_from_data_becomes_a_formula_or_a_link(attack: str, tmp_path: Path) -> None:
    cases = replace(case_list({**FIRST, "practice_code": attack}), practice=attack, role=attack)
    book = opened(replace(cases, header={**cases.header, "role": attack, "criteria": attack}), tmp_path)
    assert cell(book["List"], "practice_code").value == attack
    assert cell(book["List"], "practice_code").number_format == "@"
    assert {one.data_type for page in book for row in page.iter_rows() for one in row} <= {"s", "n", "d"}
    with ZipFile(tmp_path / "list.xlsx") as file:
        sheets = "".join(file.read(name).decode() for name in file.namelist() if "worksheets/" in name)
        assert "<f>" not in sheets
        assert "<hyperlink" not in sheets
        assert not [name for name in file.namelist() if "vba" in name.lower()]


def test_a_fast_rise_stands_beside_the_change_of_rank(tmp_path: Path) -> None:
    rows = ({**FIRST, "rising": 1}, {**SECOND, "rising": 1}, {**FIRST, "rising": 0})
    sheet = opened(case_list(*rows), tmp_path)["List"]
    assert [cell(sheet, "change", patient).value for patient in range(3)] == ["new, risen fast", "risen fast", "new"]


def test_a_role_sees_its_own_columns_and_prints_what_it_needs(tmp_path: Path) -> None:
    held = ["rank", "patient_id", "practice_code", "role", "index_date", "medicines", "decision"]
    cases = replace(case_list(FIRST), printed=("rank", "medicines", "decision"))
    sheet = opened(replace(cases, rows=cases.rows[held]), tmp_path)["List"]
    names = [one.value for one in sheet[names_row(sheet)] if one.value]
    assert sorted(names) == sorted(held)
    assert visible(sheet).keys() == {"rank", "decision"}, "medicines are blank for everyone"
    CSV.write(replace(cases, rows=cases.rows[held]), tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text("utf-8").splitlines()[0].split(",") == [
        "rank", "patient_id", "practice_code", "medicines", "decision", "role", "index_date",
    ]  # fmt: skip


def test_who_has_gone_and_who_is_left_out_stand_on_sheets_of_their_own(tmp_path: Path) -> None:
    left = pd.DataFrame({"patient_id": ["=1"], "last_rank": [3], "why": ["has died"]})
    off = {"patient_id": "77", "stands": "deferred", "stands_by": "gp_mdt", "stands_since": pd.Timestamp("2026-02-01")}
    off |= {"stands_until": pd.Timestamp("2026-04-01"), "role": "gp_mdt", "practice_code": "A81001"}
    cases = replace(CASES, dropped=left, held_back=pd.DataFrame([{**off, "index_date": date(2026, 3, 1)}]))
    book = opened(cases, tmp_path)
    assert book.sheetnames == ["List", "No longer listed", "Excluded by decision", "About this list"]
    assert [one.value for one in book["No longer listed"][4]] == ["=1", 3, "has died"]
    sheet = book["Excluded by decision"]
    told = dict(zip([one.value for one in sheet[2]], [one.value for one in sheet[4]], strict=True))
    assert (told["patient_id"], told["stands"], told["stands_until"]) == ("77", "deferred", datetime(2026, 4, 1))
    assert told["decision"] is None
    assert {str(rule.sqref) for rule in sheet.data_validations.dataValidation} == {"F4", "H4", "I4", "J4"}


def test_a_workbook_says_which_list_it_is_though_its_rows_be_gone(book: openpyxl.Workbook) -> None:
    said = {one.name: one.value for one in book.custom_doc_props.props}
    assert said == {
        "riskstrat_role": "community_matron", "riskstrat_practice": "A81001", "riskstrat_index_date": "2026-03-01",
    }  # fmt: skip


def test_an_ampersand_does_not_break_the_footer(tmp_path: Path) -> None:
    WORKBOOK.write(replace(CASES, practice="A&P" * 40), tmp_path / "list.xlsx")
    with ZipFile(tmp_path / "list.xlsx") as file:
        xml = file.read("xl/worksheets/sheet1.xml").decode()
    footer = xml.split("<oddFooter>")[1].split("</oddFooter>")[0].replace("&amp;", "&")
    assert "A&&PA&&P" in footer
    assert footer.endswith("page &P of &N")
    assert len(footer) <= 255


def test_the_second_sheet_explains_header_decisions_and_columns(book: openpyxl.Workbook) -> None:
    rows = [(row[0].value, row[1].value) for row in book["About this list"].iter_rows()]
    said = dict(reversed(rows))
    assert said["Latest dates in the data"] == "hospital 2026-01-31"
    assert said["Index date"] == "1 March 2026"
    assert said["accepted"] == "The team takes the patient onto its caseload."
    assert {column.label for column in COLUMNS} <= said.keys()


def test_a_list_of_nobody_is_a_list(tmp_path: Path) -> None:
    sheet = opened(case_list(), tmp_path)["List"]
    assert "0 patients listed of 34 eligible" in sheet["A2"].value
    assert cell(sheet, "patient_id").value is None


def test_the_same_list_gives_the_same_bytes_and_names_no_machine(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        WORKBOOK.write(CASES, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    properties = openpyxl.load_workbook(tmp_path / "a.xlsx").properties
    assert properties.created == properties.modified == datetime(2026, 3, 1)
    assert (properties.creator, properties.lastModifiedBy) == ("riskstrat", "riskstrat")


def lines(folder: Path, cases: CaseList = CASES) -> list[dict[str, str]]:
    CSV.write(cases, folder / "list.csv")
    return list(csv.DictReader(io.StringIO((folder / "list.csv").read_bytes().decode("utf-8"), newline="")))


def test_csv_has_the_contract_and_crlf(tmp_path: Path) -> None:
    first, second = lines(tmp_path)
    content = (tmp_path / "list.csv").read_bytes()
    assert tuple(first) == LIST_COLUMN_NAMES
    assert content.count(b"\r\n") == content.count(b"\n") == 3
    assert (first["rank"], first["risk_pct"], first["last_gp_contact"]) == ("1", "43.2", "2026-02-03")
    assert (first["emergency_admissions_12m"], second["emergency_admissions_12m"]) == ("0", "")
    assert (first["care_home"], first["end_of_life_register"], second["care_home"]) == ("0", "1", "")
    assert (first["patient_id"], first["reason_2"]) == ("0012", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_cells_are_no_formulas(start: str, tmp_path: Path) -> None:
    (line,) = lines(tmp_path, case_list({**FIRST, "data_gaps": f"{start}1+1", "reason_2": f"no {start}"}))
    assert line["data_gaps"] == f"'{start}1+1"
    assert line["reason_2"] == f"no {start}"


def test_a_sidecar_says_what_the_csv_is(tmp_path: Path) -> None:
    lines(tmp_path)
    said = json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))
    assert said.items() >= CASES.header.items()
    assert said["columns"] == list(LIST_COLUMN_NAMES)
    assert said["decisions"] == list(CASES.decisions)
    digest = sha256((tmp_path / "list.csv").read_bytes()).hexdigest()
    assert said["file"] == {"name": "list.csv", "rows": 2, "sha256": digest}


@pytest.mark.parametrize("output", [WORKBOOK, CSV], ids=lambda output: output.name)
def test_a_kill_leaves_the_old_file(output: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"list{output.suffix}"
    path.write_text("old")

    def killed(*_: object) -> None:
        assert path.read_text() == "old"
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        output.write(CASES, path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "old"
