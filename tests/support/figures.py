"""The table of figures, read the way that tests ask: the figures of everyone, of each list, group and pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskstrat.evaluation.calibration import standard
from riskstrat.evaluation.logistic import fit
from riskstrat.evaluation.point_figures import metrics
from riskstrat.evaluation.results import ALL_PEOPLE, FITTED_ON, NO_ESTIMATE, Estimate, FigureRow, FigureTable, Judgement
from riskstrat.evaluation.standard_errors import GroupedRows


@dataclass(frozen=True)
class OfList:
    """The figures of one list."""

    name: str
    listed: int
    events: int
    risk: float
    ppv: Estimate
    sensitivity: Estimate
    captured: Estimate
    number_needed_to_review: Estimate


@dataclass(frozen=True)
class Seen:
    """The figures of a model among some people."""

    people: int
    events: int
    admissions: float | None
    of: Mapping[str, Estimate]
    at_size: tuple[OfList, ...]


@dataclass(frozen=True)
class OfGroup:
    """The figures of one group."""

    dimension: str
    level: str
    people: int
    events: int
    too_few: str | None
    figures: Mapping[str, Estimate]

    def __getattr__(self, name: str) -> Estimate:
        return self.figures.get(name, NO_ESTIMATE)


@dataclass(frozen=True)
class Paired:
    """A difference of two models, or how far their lists are the same."""

    first: str
    second: str
    figure: str
    at: str
    estimate: Estimate
    p: float | None


@dataclass(frozen=True)
class Both:
    """How many two lists hold."""

    at: str
    listed: float
    both: float
    events_first_only: float
    events_second_only: float


def seen(rows: Judgement | Iterable[FigureRow], among: str = ALL_PEOPLE) -> Seen:
    """The figures of the first model of some rows."""
    rows = rows.figures if isinstance(rows, Judgement) else tuple(rows)
    mine = [row for row in rows if row.among == among and row.model == rows[0].model]
    table, model = FigureTable(tuple(mine)), mine[0].model

    def at(place: str) -> OfList:
        one = {name: table.estimate(model, name, place, among) for name in OfList.__annotations__}
        listed, events, risk = (
            table.estimate(model, name, place, among).value for name in ("listed", "events_listed", "lowest_risk")
        )
        shares = (one[name] for name in ("ppv", "sensitivity", "captured", "number_needed_to_review"))
        return OfList(place, int(listed or 0), int(events or 0), risk or 0.0, *shares)

    lists = tuple(at(place) for place in table.places(model, "listed", among))
    admissions = next((row.of for row in mine if row.figure == "captured"), None)
    of = {one.figure: one.estimate for one in mine if not one.at}
    return Seen(mine[0].people or 0, mine[0].events or 0, admissions, of, lists)


def groups(rows: Judgement | Iterable[FigureRow]) -> list[OfGroup]:
    """The groups of some rows, in order."""
    rows = rows.figures if isinstance(rows, Judgement) else tuple(rows)
    found: dict[str, list[FigureRow]] = {}
    for row in rows:
        if row.level and row.dimension != FITTED_ON:
            found.setdefault(row.among, []).append(row)
    return [
        OfGroup(
            own[0].dimension, own[0].level, own[0].people or 0, own[0].events or 0, own[0].why_none or None,
            {one.figure: one.estimate for one in own},
        )
        for own in found.values()
    ]  # fmt: skip


def paired(rows: Iterable[FigureRow]) -> list[Paired]:
    """The differences of some rows."""
    given = tuple(rows)
    table = FigureTable(given)
    return [
        Paired(
            *row.model.split(" less "),
            figure := row.figure.removeprefix("difference in "),
            row.at,
            row.estimate,
            table.estimate(row.model, f"p of the difference in {figure}", row.at).value,
        )
        for row in given
        if row.figure.startswith("difference in ")
    ]


def overlapping(rows: Iterable[FigureRow]) -> list[Both]:
    """The overlaps of some rows."""
    given = tuple(rows)
    table = FigureTable(given)
    names = (
        "listed by each",
        "listed by both",
        *(f"with the outcome, listed by the {one} alone" for one in ("first", "second")),
    )
    return [
        Both(row.at, *(table.estimate(row.model, name, row.at).value or 0 for name in names))
        for row in given
        if row.figure == "listed by both"
    ]


def recalibration(y: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Intercept and slope of the logistic regression of the outcome on log odds.

    Parameters
    ----------
    scores : array, shape (rows,)
        Log odds.
    """
    rows = GroupedRows(np.asarray(y, float), np.ones(len(y)), np.zeros(len(y), int), 1)
    level, spread = (float(one[0]) for one in standard(rows, scores))
    middle, slope = fit(rows, np.column_stack([np.ones(len(y)), (scores - level) / spread])).coefficients[0] / (
        1,
        spread,
    )
    return float(middle - slope * level), float(slope)


def at_size(y: np.ndarray, risk: np.ndarray, size: int) -> dict[str, Any]:
    """PPV and sensitivity of the list of the highest risks."""
    found: dict[str, Any] = metrics(y, risk, {"list": size})["at_size"]["list"]
    return found
