"""Write two further sheets of a workbook: patients no longer listed, and patients excluded by a decision.

Decision
--------
No patient leaves a list without notice: each patient who was on the last list and is not on this one is shown with the
reason. Each patient who meets the rule and is excluded by a decision is shown with the decision and its end, and with
the same yellow columns as the list: a new decision written there is read back like any other. `not_reviewed` cancels
the current one.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from riskstrat.lists.columns import ListColumn, ListColumnKind, cell_value
from riskstrat.lists.files import sheets
from riskstrat.lists.files.output import CaseList

DROPPED_SHEET, HELD_BACK_SHEET = "No longer listed", "Excluded by decision"
DROPPED_NOTE = (
    "Patients on the last list who are not on this one, and why. Those who left the practice's cohort, for example by "
    "moving or opting out, are counted but not named."
)
HELD_BACK_NOTE = "These patients meet the rule and can be listed again when the decision ends."
_PSEUDONYM, FOLDED = 235, ("practice_code", "role", "index_date")
SheetColumns = tuple[tuple[str, str, int, ListColumnKind], ...]
DROPPED: SheetColumns = (
    ("patient_id", "Patient", _PSEUDONYM, "text"),
    ("last_rank", "Last rank", 60, "int"),
    ("why", "Why not listed", 520, "text"),
)
HELD_BACK: SheetColumns = (
    ("patient_id", "Patient", _PSEUDONYM, "text"),
    ("stands", "Current decision", 150, "text"),
    ("stands_by", "Made by", 150, "text"),
    ("stands_since", "Since", 84, "date"),
    ("stands_until", "Until", 84, "date"),
    ("decision", "Decision", 120, "entry"),
    ("reason", "Why", 180, "entry"),
    ("decided_by_role", "Decided by", 110, "entry"),
    ("decided_on", "Decided on", 84, "entry"),
    ("next_review_on", "Review on", 84, "entry"),
    ("practice_code", "Practice", 70, "text"),
    ("role", "List for", 110, "text"),
    ("index_date", "Index date", 84, "date"),
)


def write_dropped(sheet: Worksheet, formats: sheets.Formats, cases: CaseList) -> None:
    """Write the patients no longer listed."""
    _write(sheet, formats, DROPPED, cases.dropped, DROPPED_NOTE)


def write_held_back(sheet: Worksheet, formats: sheets.Formats, cases: CaseList, choices: Mapping[str, str]) -> None:
    """Write the patients excluded by a decision, with columns for a new one; `choices` as in `entry_rule`."""
    said = f"{HELD_BACK_NOTE} To list one again next time, write not_reviewed under Decision."
    first, last = _write(sheet, formats, HELD_BACK, cases.held_back, said)
    day = date.fromisoformat(cases.header["index_date"])
    for index, (name, label, width, kind) in enumerate(HELD_BACK):
        if rule := sheets.entry_rule(ListColumn(name, label, "", width, True, kind), day, choices):
            sheet.data_validation(first, index, last, index, rule)


def _write(
    sheet: Worksheet, formats: sheets.Formats, columns: SheetColumns, rows: pd.DataFrame | None, said: str
) -> tuple[int, int]:
    """Write a note, hidden names, labels and rows; return the first and last row of values."""
    held = pd.DataFrame() if rows is None else rows
    sheet.write_string(0, 0, said, formats["quiet"])
    sheet.set_row(1, None, None, {"hidden": True})
    for index, (name, label, width, kind) in enumerate(columns):
        sheet.set_column_pixels(index, index, width, None, {"level": 1, "hidden": True} if name in FOLDED else {})
        sheet.write_string(1, index, name, formats["quiet"])
        sheet.write_string(2, index, label, formats["entry_head" if kind == "entry" else "head"])
        look = formats["entry_date" if name.endswith("_on") else kind]
        for row, raw in enumerate(held[name].tolist() if name in held else [None] * len(held), start=3):
            sheets.write_value(sheet, row, index, _value(name, kind, raw), look)
    for row in range(3, 3 + len(held)):
        sheet.set_row(row, sheets.row_height((), least=2))
    sheet.freeze_panes(3, 1)
    sheet.autofilter(2, 0, 2 + max(1, len(held)), len(columns) - 1)
    sheet.repeat_rows(2)
    sheet.set_landscape()
    return 3, 2 + max(1, len(held))


def _value(name: str, kind: ListColumnKind, raw: Any) -> Any:
    value = cell_value(ListColumn(name, "", "", 0, True, kind), raw)
    return value.replace("_", " ") if name in ("stands", "stands_by") and isinstance(value, str) else value
