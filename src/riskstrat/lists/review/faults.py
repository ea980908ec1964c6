"""Describe what cannot be read, where it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from riskstrat.wording import readable


class UnreadableCellError(ValueError):
    """Error of a cell, a row or a file: what is wrong, to follow the place, and what to do.

    Neither contains any of the text that was read.
    """

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what, self.do = what, do


@dataclass(frozen=True)
class Place:
    """A row of a file, counted from 1 as in a spreadsheet, and its sheet if the file has sheets.

    >>> print(Place("gp_mdt.xlsx", "List", 12), "|", Place("gp_mdt.csv", None, 12))
    gp_mdt.xlsx, List!row 12 | gp_mdt.csv, line 12
    """

    file: str
    sheet: str | None
    row: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.row}" if self.sheet is None else f"{self.where}!row {self.row}"

    @property
    def where(self) -> str:
        """The file, and its sheet if it has one."""
        return self.file if self.sheet is None else f"{self.file}, {readable(self.sheet)}"

    def cell(self, column: int, name: str) -> str:
        """Name a cell of the row, given its column's position from 0 and name.

        >>> Place("gp_mdt.xlsx", "List", 14).cell(10, "decision")
        'gp_mdt.xlsx, List!K14'
        """
        if self.sheet is None:
            return f"{self}, column {name}"
        return f"{self.where}!{get_column_letter(column + 1)}{self.row}"


@dataclass(frozen=True)
class Fault:
    """A file, a row or a cell that could not be read; see `UnreadableCellError`.

    >>> print(Fault("gp_mdt.xlsx, List!K14", "is after today", "Correct the date."))
    gp_mdt.xlsx, List!K14 is after today. Correct the date.
    """

    place: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.place} {self.what}. {self.do}"

    @classmethod
    def at(cls, place: str, error: UnreadableCellError) -> Fault:
        """Make a `Fault` from an error."""
        return cls(place, error.what, error.do)
