"""Rows of a sheet -> rows of a list, wherever its columns and rows were moved to.

Decision
--------
A list is found by the hidden row that names its columns; if somebody deleted that, by the labels below it. Columns
that are none of a list's are passed over. A row counts wherever it stands, hidden by a filter or not. Above the names
only what has both a patient and a decision counts: a sheet that was sorted with its headings, not a title.
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
"""Labels that lists had before: a workbook that was sent out with them is still read."""
BY_LABEL = {**FORMER_LABELS, **{label.casefold(): name for name, label in LABELS.items()}}


@dataclass(frozen=True)
class ListRow:
    """A row of a list: its number as people see it, the place of each column from 0, and what is not blank."""

    number: int
    columns: Mapping[str, int]
    cells: Mapping[str, Any]

    @property
    def is_filled(self) -> bool:
        """Whether people wrote in it."""
        return any(name in self.cells for name in _ENTRIES)


def list_rows(grid: Sheet) -> list[ListRow] | None:
    """The rows of a list, or None where the sheet holds no list; UnreadableCellError if two columns have one name."""
    headings = _headings(grid, _BY_NAME) or _headings(grid, BY_LABEL)
    return [*_rows(grid, headings)] if headings else None


def _headings(grid: Sheet, known: Mapping[str, str]) -> dict[int, dict[str, int]]:
    """Rows that name the columns of a list, with the place of each column."""
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
    """Each row under the heading above it; those above all headings under the first."""
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
    """Whether a row has labels where a list has its columns; one label that was changed does no harm."""
    told = [BY_LABEL.get(_heading(cells[place])) == name for name, place in columns.items() if place < len(cells)]
    return sum(told) >= 2
