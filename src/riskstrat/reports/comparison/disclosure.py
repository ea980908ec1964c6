"""Small-number control for the table of figures: small numbers hidden, rates from rounded counts, undefined marked.

Decision
--------
A count of 1 to 7 people with the outcome hides every figure made from it, whatever the denominator, because a rate of a
known list reveals a count. A rate that is shown is the rounded count over the rounded denominator, and its interval is
rounded in the same way. Figures of ranking and calibration are shown to four digits, and are hidden where people with
the outcome, or without it, are 1 to 7. Curves use fixed grids; a point based on 1 to 7 people with the outcome is left
out. What is undefined is the text "undefined", never 0.

The table is processed once: page, JSON, Parquet and card use the result. A group of fewer than 8 people is not named.
Figures for internal use are left out (the lowest risk listed is one person's own).

Source: `governance.small_numbers`, whose bounds these are.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from riskstrat.evaluation import ALL_PEOPLE, FITTED_ON, Estimate, FigureRow, FigureTable
from riskstrat.governance import HIDDEN, NEAREST, SMALL, rounded
from riskstrat.reports.page.content import Measured
from riskstrat.tables import Bools, Floats, Ints
from riskstrat.wording import readable

UNDEFINED = "undefined"
DIGITS = 4
SMALL_GROUP = f"fewer than {SMALL + 1} people"
ShownFigure = Measured | str


@dataclass(frozen=True)
class ShownRow:
    """One figure, with small numbers hidden.

    Parameters
    ----------
    cell : Measured or str
        "*", "undefined" or "too few" where there is no number.
    people, events : int or None
        Rounded; None where they are small or unknown.
    """

    model: str
    among: str
    figure: str
    at: str
    cell: ShownFigure
    people: int | None = None
    events: int | None = None


@dataclass(frozen=True)
class ShownTable:
    """All figures, with small numbers hidden."""

    table: FigureTable

    def __iter__(self) -> Iterator[ShownRow]:
        return iter(self._by_place.values())

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, str, str], ShownRow]:
        found: dict[tuple[str, str, str, str], ShownRow] = {}
        for row in self.table:
            if row.kind != "not shown":
                among = shown_among(row)
                ppv = found.get((row.model, among, "ppv", row.at))
                cell = _cell(row, UNDEFINED if ppv is None else ppv.cell)
                counts = (_count(row.people), _count(row.events))
                found[row.model, among, row.figure, row.at] = ShownRow(
                    row.model, among, row.figure, row.at, cell, *counts
                )
        return found

    def cell(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> ShownFigure:
        """Return a figure with small numbers hidden; "undefined" where there is none."""
        found = self._by_place.get((model, among, figure, at))
        return UNDEFINED if found is None else found.cell

    def has(self, figure: str, among: str = ALL_PEOPLE) -> bool:
        """Return whether any model has a number for a figure."""
        return any(one.figure == figure and one.among == among and isinstance(one.cell, Measured) for one in self)


def shown_among(row: FigureRow) -> str:
    """Name the people of a figure, without naming a small group.

    >>> shown_among(FigureRow("m", "sex: F", "auroc", "", Estimate(0.7), 900, 80))
    'sex: F'
    >>> shown_among(FigureRow("m", "practice: A81001", "auroc", "", Estimate(None), 3, 0))
    'practice: fewer than 8 people'
    """
    if row.dimension == FITTED_ON:
        return f"{FITTED_ON} {rounded(row.people or 0)} people"
    return f"{row.dimension}: {level_name(row)}" if row.level else row.among


def level_name(row: FigureRow) -> str:
    """Name a group, unless it has too few people."""
    return readable(row.level) if (row.people or 0) > SMALL else SMALL_GROUP


def _cell(row: FigureRow, ppv: ShownFigure) -> ShownFigure:
    """Return a figure by the rule of its kind.

    Parameters
    ----------
    ppv : Measured or str
        The PPV of the same list; where it is hidden, figures made from it are hidden too.
    """
    if row.why_none:
        return row.why_none
    if row.kind == "reciprocal":
        return inverse(ppv)
    if row.kind == "count":
        number = rounded(row.estimate.value or 0)
        return number if isinstance(number, str) else Measured(float(number))
    if row.kind == "share":
        return HIDDEN if row.figure == "captured" and ppv == HIDDEN else rate(row.estimate, row.of or 0)
    counts = () if row.people is None or row.events is None else (row.events, row.people - row.events)
    return unless_small(row.estimate, *counts)


def _count(number: int | None) -> int | None:
    shown = None if number is None else rounded(number)
    return shown if isinstance(shown, int) else None


def hides(count: float) -> bool:
    """Return whether a count of people is too small to be shown.

    >>> [hides(count) for count in (0, 1, 7, 8)]
    [False, True, True, False]
    """
    return rounded(count) == HIDDEN


def unless_small(estimate: Estimate, *counts: float) -> ShownFigure:
    """Return an estimate that is not a rate, unless one of the counts it uses is small.

    >>> unless_small(Estimate(0.76184, 0.7), 900), unless_small(Estimate(0.8), 3), unless_small(Estimate(None), 900)
    (Measured(value=0.7618, low=0.7, high=None), '*', 'undefined')
    """
    if any(hides(count) for count in counts):
        return HIDDEN
    if not _defined(estimate.value):
        return UNDEFINED
    return Measured(round(float(estimate.value or 0), DIGITS), _end(estimate.low), _end(estimate.high))


def rate(estimate: Estimate, of: float) -> ShownFigure:
    """Compute a share of people from rounded counts.

    >>> rate(Estimate(0.47, 0.39, 0.55), 100), rate(Estimate(0.03), 100), rate(Estimate(0.0), 100)
    (Measured(value=0.45, low=0.4, high=0.55), '*', Measured(value=0.0, low=None, high=None))
    """
    if not _defined(estimate.value):
        return UNDEFINED
    if hides(of) or hides(float(estimate.value or 0) * of) or not round(of):
        return HIDDEN if round(of) else UNDEFINED
    low, high = (_nearest(end, of) if _defined(end) else None for end in (estimate.low, estimate.high))
    return Measured(_nearest(estimate.value, of) or 0.0, low, high)


def inverse(share: ShownFigure) -> ShownFigure:
    """Compute 1 / share, for example the number needed to review.

    >>> inverse(Measured(0.25, 0.2, 0.5)), inverse(Measured(0.0)), inverse("*")
    (Measured(value=4.0, low=2.0, high=5.0), 'undefined', '*')
    """
    if isinstance(share, str):
        return share
    if not share.value:
        return UNDEFINED
    low, high = (round(1 / end, 2) if end else None for end in (share.high, share.low))
    return Measured(round(1 / share.value, 2), low, high)


def rounded_shares(values: Floats, total: float) -> Floats:
    """Compute rounded counts over the rounded total; NaN where the count is small.

    >>> rounded_shares(np.array([0.0, 0.03, 0.62]), 100)
    array([0. ,  nan, 0.6])
    """
    counts = np.round(values * total)
    whole = rounded(total)
    if isinstance(whole, str) or not whole:
        return np.full(len(counts), np.nan)
    return np.where(small(counts), np.nan, np.floor(counts / NEAREST + 0.5) * NEAREST / whole)


def small(counts: Floats | Ints) -> Bools:
    """Mark the counts that may not be shown.

    >>> small(np.array([0, 1, 7, 8])).tolist()
    [False, True, True, False]
    """
    whole = np.round(counts)
    return (whole >= 1) & (whole <= SMALL)


def _defined(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _end(value: float | None) -> float | None:
    return round(float(value or 0), DIGITS) if _defined(value) else None


def _nearest(value: float | None, of: float) -> float:
    count = math.floor(round(float(value or 0) * of) / NEAREST + 0.5) * NEAREST
    return round(count / int(rounded(of)), DIGITS)
