"""Find the rows of a list in a sheet, even if its columns and rows were moved.

Decision
--------
A list is found by the hidden row that names its columns or, if that was deleted, by the labels below it. Other columns
are ignored. A row counts wherever it is, hidden by a filter or not. Above the names, a row counts only if it has both a
patient and a decision: that is a sheet sorted with its headings, not a title.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from riskstrat.lists.columns import COLUMNS
from riskstrat.lists.review.faults import UnreadableCellError
from riskstrat.lists.review.sheets import Sheet
from riskstrat.lists.review.vocabulary import cell_text, folded

_ENTRIES = ("decision", "reason", "decided_by_role", "decided_on", "next_review_on")
STANDS = "stands"
WANTED = ("patient_id", "practice_code", "role", "index_date", STANDS, *_ENTRIES)
LABELS = {column.name: column.label for column in COLUMNS if column.name in WANTED}
_NOTHING = ("", "–", "—", "n/a", "na", "nil", "none")
_BY_NAME = {name: name for name in WANTED}
FORMER_LABELS = {"list of": "role", "list date": "index_date"}
"""Earlier labels, so that workbooks sent out with them can still be read."""
BY_LABEL = {**FORMER_LABELS, **{label.casefold(): name for name, label in LABELS.items()}}


@dataclass(frozen=True)
class ListRow:
    """A row of a list: its number as in a spreadsheet, the position of each column from 0, and the filled cells."""

    number: int
    columns: Mapping[str, int]
    cells: Mapping[str, Any]

    @property
    def is_filled(self) -> bool:
        """Whether people filled in any cell."""
        return any(name in self.cells for name in _ENTRIES)


def list_rows(grid: Sheet) -> list[ListRow] | None:
    """Find the rows of a list, or None if the sheet has none; UnreadableCellError if two columns have one name."""
    headings = _headings(grid, _BY_NAME) or _headings(grid, BY_LABEL)
    return [*_rows(grid, headings)] if headings else None


def _headings(grid: Sheet, known: Mapping[str, str]) -> dict[int, dict[str, int]]:
    """Find the rows that name the columns of a list, with the position of each column."""
    found = {number: _places(cells, known) for number, cells in grid.rows}
    return {number: places for number, places in found.items() if {"patient_id", "decision"} <= places.keys()}


def _places(cells: tuple[Any, ...], known: Mapping[str, str]) -> dict[str, int]:
    found = [(known.get(_heading(cell)), place) for place, cell in enumerate(cells) if isinstance(cell, str)]
    places = {name: place for name, place in found if name}
    if {"patient_id", "decision"} <= places.keys() and len(places) < sum(1 for name, _ in found if name):
        raise UnreadableCellError("has two columns with the same name", "Delete the copied column and its heading.")
    return places


def _heading(cell: Any) -> str:
    return " ".join(cell.split()).casefold() if isinstance(cell, str) else ""


def _rows(grid: Sheet, headings: Mapping[int, Mapping[str, int]]) -> Iterator[ListRow]:
    """Read each row by the headings above it, and rows above all headings by the first."""
    first = min(headings)
    columns = headings[first]
    for number, cells in grid.rows:
        columns = headings.get(number, columns)
        if number in headings or _is_labels(cells, columns):
            continue
        found = {name: cells[place] for name, place in columns.items() if place < len(cells)}
        row = ListRow(number, columns, {name: cell for name, cell in found.items() if not _is_blank(name, cell)})
        whole = {"patient_id", "decision"} <= row.cells.keys()
        if whole or (number > first and ("patient_id" in row.cells or row.is_filled)):
            yield row


def _is_blank(name: str, cell: Any) -> bool:
    return not cell_text(cell) or (name in _ENTRIES and folded(cell_text(cell)) in _NOTHING)


def _is_labels(cells: tuple[Any, ...], columns: Mapping[str, int]) -> bool:
    """Return whether a row holds the labels of the columns; a changed label is tolerated."""
    told = [BY_LABEL.get(_heading(cells[place])) == name for name, place in columns.items() if place < len(cells)]
    return sum(told) >= 2
