"""Write lists as a workbook for the meeting: to read on screen, print on A4, fill in, and read back.

Decision
--------
*Names.* A hidden row directly above the labels holds the contract's column names. A column that is moved, cut or copied
takes its name along, and sorting and filtering stay inside the filter range below the names. The row survives a copy of
the sheet and other spreadsheet programs, where defined names do not. A workbook is read back by finding the row that
holds ``patient_id``, never by position. For the same reason no cell is merged: Excel does not move a column through a
merged cell.

*Protection.* Entry cells are unlocked and all others locked, but the sheet is not protected, because Excel would then
refuse to sort and to unfold columns. That is safe, because only entries are read back.

*Paper.* The list is one A4 page wide, 1130 pixels: 9 points then print as 8 in LibreOffice, whose columns are 5 % wider
than Excel's. Wide text columns share the width that the others leave. Columns that a meeting seldom needs (see
`columns`), and columns that are blank or No for everyone, are folded away and not printed. The deciding role and the
date are written once, in the page header; their two columns come last, outside the printed page.

*Files.* The same list gives the same bytes, and patient data pass through no temporary folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from textwrap import wrap

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from riskstrat.lists.columns import COLUMNS, DECIDING_ROLES, DECISION_MEANINGS, ListColumn, Value, values_of
from riskstrat.lists.files import sheets
from riskstrat.lists.files.output import CaseList, Output, header_label
from riskstrat.lists.files.side_sheets import DROPPED_SHEET, HELD_BACK_SHEET, write_dropped, write_held_back
from riskstrat.tables import whole_file
from riskstrat.wording import plural, sentence

LIST_SHEET, ABOUT_SHEET = "List", "About this list"
PAGE_PIXELS, LINE_CHARACTERS, HEAD_POINTS = 1130, 205, 42
LONGEST_PROPERTY = 255
_IN_WORDS = ("on_caseload", "responsible_role", "other_lists", "last_outcome")
MARKED = {"change": ("new", "risen fast")}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
SIGNATURE = '&R&"Arial,Regular"&8 Decided by (role) ____________________   on ______________'
HINT = (
    "Fill in the yellow columns. Click a + sign above the columns to see more about each patient. "
    "The sheet \u2018About this list\u2019 explains every column and decision."
)


@dataclass(frozen=True)
class ShownColumn:
    """A column of one list with its values, and whether it is printed for this role."""

    column: ListColumn
    values: list[Value]
    printed: bool

    @cached_property
    def folds(self) -> bool:
        """Whether the column is folded away: seldom needed, or blank or No for everyone."""
        empty = bool(self.values) and all(value is None or value is False for value in self.values)
        return self.column.kind != "entry" and (not self.printed or empty)

    @property
    def looks(self) -> tuple[str, str]:
        """The formats of its label and its values."""
        if self.column.kind != "entry":
            return "head", self.column.kind
        return "entry_head", "entry_date" if self.column.name.endswith("_on") else "entry"


def _table(cases: CaseList) -> list[ShownColumn]:
    """Sort the columns for a meeting, with entry columns that are not printed last."""
    printed = cases.printed or [column.name for column in COLUMNS if column.printed]
    held = [column for column in COLUMNS if column.name in cases.rows]
    table = [ShownColumn(column, _values(column, cases.rows), column.name in printed) for column in held]
    return sorted(table, key=lambda shown: shown.column.kind == "entry" and not shown.printed)


def _values(column: ListColumn, rows: pd.DataFrame) -> list[Value]:
    """Convert a column's values for readers: names in words, and a fast rise after the change of rank."""
    values = values_of(column, rows[column.name])
    if column.name in _IN_WORDS:
        return [value.replace("_", " ") if isinstance(value, str) else value for value in values]
    if column.name != "change" or "rising" not in rows:
        return values
    rises = ["risen fast" if flag == 1 else None for flag in rows["rising"].tolist()]
    told = zip(values, rises, strict=True)
    return [", ".join(str(part) for part in (change, rise) if part) or None for change, rise in told]


def _widths(table: list[ShownColumn]) -> list[int]:
    """Work out the width of each column in pixels, so that printed columns fill the page."""
    paper = [shown.column for shown in table if shown.printed and not shown.folds]
    stretching = sum(column.width for column in paper if column.stretches)
    fixed = sum(column.width for column in paper if not column.stretches)
    stretch = max(0.6, (PAGE_PIXELS - fixed) / max(1, stretching))
    return [int(c.width * stretch) if c in paper and c.stretches else c.width for c in (one.column for one in table)]


def _title(cases: CaseList) -> str:
    return sentence(cases.header.get("role", cases.role).replace("_", " "))


def _facts(cases: CaseList) -> str:
    """Write one line with practice, index date, patients listed, and the last day of use."""
    of = f" of {cases.header['eligible']} eligible" if "eligible" in cases.header else ""
    until = f"use until {sheets.date_in_words(cases.header['expires_on'])}" if "expires_on" in cases.header else ""
    index_date = f"index date {sheets.date_in_words(cases.header['index_date'])}"
    parts = (f"Practice {cases.practice}", index_date, f"{plural(len(cases.rows), 'patient')} listed{of}", until)
    return "   \u00b7   ".join(part for part in parts if part)


def _write_band(sheet: Worksheet, formats: sheets.Formats, cases: CaseList) -> int:
    """Write the lines above the table; return the row after them."""
    criteria = f"Who is listed: {cases.header['criteria']}" if "criteria" in cases.header else ""
    lines = [(f"{_title(cases)}: case-finding list", "title"), (_facts(cases), "facts")]
    lines += [(line, "quiet") for line in [*wrap(criteria, LINE_CHARACTERS), HINT]]
    for row, (text, look) in enumerate(lines):
        sheet.write_string(row, 0, text, formats[look])
    sheet.set_row(0, 24)
    sheet.set_row(1, 18)
    return len(lines)


def _write_columns(sheet: Worksheet, formats: sheets.Formats, table: list[ShownColumn], names_row: int) -> None:
    """Write names, labels and values, and fold columns away."""
    after_fold = False
    widths = _widths(table)
    for index, (one, width) in enumerate(zip(table, widths, strict=True)):
        fold = {"level": 1, "hidden": True} if one.folds else {"collapsed": after_fold}
        head, cell = (formats[look] for look in one.looks)
        sheet.set_column_pixels(index, index, width, None, fold)
        sheet.write_string(names_row, index, one.column.name, formats["quiet"])
        sheet.write_string(names_row + 1, index, one.column.label, head)
        for row, value in enumerate(one.values, start=names_row + 2):
            if value is not None or not one.folds:
                sheets.write_value(sheet, row, index, value, cell)
        after_fold = one.folds
    visible = [(one, width) for one, width in zip(table, widths, strict=True) if not one.folds]
    for number in range(len(table[0].values)):
        height = sheets.row_height(((one.values[number], width) for one, width in visible), least=2)
        sheet.set_row(names_row + 2 + number, height)


def _write_list(sheet: Worksheet, formats: sheets.Formats, cases: CaseList, choices: Mapping[str, str]) -> None:
    """Write the sheet for the meeting."""
    table, names_row = _table(cases), _write_band(sheet, formats, cases)
    head, last = names_row + 1, names_row + 1 + max(1, len(cases.rows))
    first_day = date.fromisoformat(cases.header["index_date"])
    _write_columns(sheet, formats, table, names_row)
    for index, one in enumerate(table):
        if rule := sheets.entry_rule(one.column, first_day, choices):
            sheet.data_validation(head + 1, index, last, index, rule)
        for word in MARKED.get(one.column.name, ("Yes",) if one.column.kind == "flag" else ()):
            marked = {"type": "text", "criteria": "containing", "value": word, "format": formats["marked"]}
            sheet.conditional_format(head + 1, index, last, index, marked)
    sheet.set_row(names_row, None, None, {"hidden": True})
    sheet.set_row(head, HEAD_POINTS)
    sheet.freeze_panes(head + 1, 2)
    sheet.autofilter(head, 0, last, len(table) - 1)
    sheet.ignore_errors({"number_stored_as_text": xl_range_abs(head + 1, 0, last, len(table) - 1)})
    sheet.print_area(0, 0, last, max(index for index, one in enumerate(table) if one.printed))
    sheet.repeat_rows(head)
    sheet.set_landscape()
    sheet.set_header(SIGNATURE, {"margin": 0.25})


def _sections(cases: CaseList) -> dict[str, Mapping[str, str]]:
    """Collect the sections of the sheet that explains the list."""
    title = _title(cases)
    others = [role for role in DECIDING_ROLES if role.casefold() != title.casefold()]
    about = {header_label(key): sheets.date_in_words(text) for key, text in cases.header.items()}
    return {
        "This list": about,
        "Decision": {decision: _meaning(decision, cases) for decision in cases.decisions},
        "Column": {column.label: column.meaning for column in COLUMNS if column.name in cases.rows},
        "Decided by": dict.fromkeys([title, *others], ""),
    }


def _meaning(decision: str, cases: CaseList) -> str:
    """Describe a decision and its effect on later lists."""
    does = cases.effects.get(decision)
    return DECISION_MEANINGS.get(decision, "") + (f" On later lists: {does}." if does else "")


def _beside(cases: CaseList) -> list[str]:
    """Name the further sheets that have rows."""
    rows = {DROPPED_SHEET: cases.dropped, HELD_BACK_SHEET: cases.held_back}
    return [name for name, held in rows.items() if held is not None and len(held)]


def _mark(cases: CaseList) -> dict[str, str]:
    """Make the properties that identify the list if its rows no longer do."""
    said = {"role": cases.role, "practice": cases.practice, "index_date": cases.header["index_date"]}
    return {f"riskstrat_{name}": text[:LONGEST_PROPERTY] for name, text in said.items()}


def write_workbook(cases: CaseList, path: Path) -> None:
    """Write a list as a workbook.

    Parameters
    ----------
    cases : CaseList
        Its header must have ``index_date`` (ISO); ``role``, ``criteria``, ``eligible`` and ``expires_on`` are shown
        above the table if present.
    """
    content = BytesIO()
    created = datetime.fromisoformat(cases.header["index_date"])
    with Workbook(content, _OPTIONS) as book:
        book.set_properties({"title": "Case-finding list", "author": "riskstrat", "created": created})
        formats = {name: book.add_format(dict(look)) for name, look in sheets.LOOKS.items()}
        for name, text in _mark(cases).items():
            book.set_custom_property(name, text, "text")
        names = (LIST_SHEET, *_beside(cases), ABOUT_SHEET)
        pages = {name: book.add_worksheet(name) for name in names}
        ranges = sheets.write_sections(pages[ABOUT_SHEET], formats, _sections(cases))
        choices = {"decision": ranges["Decision"], "decided_by_role": ranges["Decided by"]}
        _write_list(pages[LIST_SHEET], formats, cases, choices)
        if DROPPED_SHEET in pages:
            write_dropped(pages[DROPPED_SHEET], formats, cases)
        if HELD_BACK_SHEET in pages:
            write_held_back(pages[HELD_BACK_SHEET], formats, cases, choices)
        corner = f"{_title(cases)}, practice {cases.practice}"
        for page in pages.values():
            sheets.set_paper(page, corner, sheets.date_in_words(cases.header["index_date"]))
    with whole_file(path) as part:
        part.write_bytes(content.getvalue())


WORKBOOK = Output("workbook", ".xlsx", "Workbook for the meeting: to read, print and fill in", write_workbook)
