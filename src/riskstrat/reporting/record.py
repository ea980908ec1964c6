"""A figure of a report as it may be shown, and the book of all of them.

Decision
--------
Every figure of a comparison becomes one record, small numbers hidden, before anything is drawn or written. Tables and
drawings look their figures up in the book, and the Parquet file is the book: none can hold what another does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from riskstrat.pages import Measured
from riskstrat.reporting.disclosure import UNDEFINED, Shown

EVERYONE = "everyone"
NO_PRIOR = "no emergency admission in 12 months"


@dataclass(frozen=True)
class Record:
    """One figure.

    Parameters
    ----------
    model : str
        Of the comparison; "logistic, as published" and the like for what is made of one.
    among : str
        Who it is judged on: "everyone", "sex: female", "practice: A81001".
    figure, at : str
        What it is, and at which list size, threshold or other place; empty where there is none.
    cell : Measured or str
        "*", "undefined" or "too few" where there is no number.
    people, events : int or str
        Those it is judged on, and those of them with the outcome, as they may be shown.
    """

    model: str
    among: str
    figure: str
    at: str
    cell: Shown
    people: int | str = ""
    events: int | str = ""


@dataclass(frozen=True)
class Book:
    """All records, by what they are of.

    Parameters
    ----------
    by_place : mapping
        (model, among, figure, at) to record.
    """

    by_place: dict[tuple[str, str, str, str], Record] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Book:
        """The book of some records."""
        return cls({(one.model, one.among, one.figure, one.at): one for one in records})

    def __iter__(self) -> Iterator[Record]:
        return iter(self.by_place.values())

    def cell(self, model: str, figure: str, at: str = "", among: str = EVERYONE) -> Shown:
        """A figure as it may be shown; "undefined" where there is none."""
        found = self.by_place.get((model, among, figure, at))
        return UNDEFINED if found is None else found.cell

    def number(self, model: str, figure: str, at: str = "", among: str = EVERYONE) -> Measured | None:
        """A figure if it is a number."""
        found = self.cell(model, figure, at, among)
        return found if isinstance(found, Measured) else None

    def has(self, figure: str, among: str = EVERYONE) -> bool:
        """Whether any model has a number for it."""
        return any(r.figure == figure and r.among == among and isinstance(r.cell, Measured) for r in self)
