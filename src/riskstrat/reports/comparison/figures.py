"""A figure of a report as it may be shown, and the book of all of them.

Decision
--------
Every figure of a comparison becomes one record, small numbers hidden, before anything is drawn or written. Tables and
drawings look their figures up in the book, and the Parquet file is the book: none can hold what another does not.

The judgements of models as records: overall, at the size of the lists, by subgroup, recalibrated, as published.

What models are beside each other, as records: paired differences, overlap of lists, and what choices do.

The curves of a judgement as they may be shown: on their fixed grids, points that rest on few people left out.

The figures of a report as one long table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pyarrow as pa

from riskstrat.evaluation import (
    ChoiceEffect,
    ComparedModel,
    Comparison,
    Curves,
    Difference,
    Estimate,
    Figures,
    Judgement,
    LearningPoint,
    ListFigures,
    Overlap,
    Subgroup,
)
from riskstrat.governance import HIDDEN, SMALL, rounded
from riskstrat.reports.comparison.disclosure import (
    DIGITS,
    UNDEFINED,
    ShownFigure,
    inverse,
    rate,
    rounded_shares,
    small,
    unless_small,
)
from riskstrat.reports.page.content import Measured
from riskstrat.tables import FIGURES_FILE
from riskstrat.wording import readable

ALL_PEOPLE = "everyone"
NO_PRIOR = "no emergency admission in 12 months"


@dataclass(frozen=True)
class FigureRecord:
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
    cell: ShownFigure
    people: int | str = ""
    events: int | str = ""


@dataclass(frozen=True)
class FigureIndex:
    """All records, by what they are of.

    Parameters
    ----------
    by_place : mapping
        (model, among, figure, at) to record.
    """

    by_place: dict[tuple[str, str, str, str], FigureRecord] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[FigureRecord]) -> FigureIndex:
        """The book of some records."""
        return cls({(one.model, one.among, one.figure, one.at): one for one in records})

    def __iter__(self) -> Iterator[FigureRecord]:
        return iter(self.by_place.values())

    def cell(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> ShownFigure:
        """A figure as it may be shown; "undefined" where there is none."""
        found = self.by_place.get((model, among, figure, at))
        return UNDEFINED if found is None else found.cell

    def number(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> Measured | None:
        """A figure if it is a number."""
        found = self.cell(model, figure, at, among)
        return found if isinstance(found, Measured) else None

    def has(self, figure: str, among: str = ALL_PEOPLE) -> bool:
        """Whether any model has a number for it."""
        return any(r.figure == figure and r.among == among and isinstance(r.cell, Measured) for r in self)


RATES = ("event_rate",)
OF_SUBGROUP = (
    "auroc", "o_e", "calibration_slope", "listed_share", "ppv", "sensitivity", "false_positive_rate",
)  # fmt: skip
SMALL_GROUP = f"fewer than {SMALL + 1} people"


def judged(found: Comparison) -> Iterator[FigureRecord]:
    """Everything that is known of each model on the test people."""
    for one in found.judgements:
        yield from figures(one.model, ALL_PEOPLE, one.figures)
        if one.no_prior is not None:
            yield from figures(one.model, NO_PRIOR, one.no_prior)
        for group in one.subgroups:
            yield from _subgroup(one, group)
        for option, after in one.recalibrated.items():
            yield from figures(recalibrated_name(one.model, option), ALL_PEOPLE, after)
    for contestant in found.contestants:
        yield from _published(contestant)


def recalibrated_name(model: str, option: str) -> str:
    """The name of a model after a recalibration."""
    return f"{model}, recalibrated by {option}"


def as_published(score: str) -> str:
    """The name of a score with its own risk."""
    return f"{score}, as published"


def group_name(group: Subgroup) -> str:
    """A subgroup as it may be named.

    >>> group_name(Subgroup("sex", "F", 900, 80)), group_name(Subgroup("practice", "A81001", 3, 0))
    ('sex: F', 'practice: fewer than 8 people')
    """
    return f"{group.dimension}: {level_name(group.level, group.people)}"


def level_name(level: str, people: int) -> str:
    """A level as it may be named: not at all where it has too few people."""
    return readable(level) if people > SMALL else SMALL_GROUP


def figures(model: str, among: str, found: Figures) -> Iterator[FigureRecord]:
    """The figures of a model among some people, small numbers hidden."""
    counts = (rounded(found.people), rounded(found.events))
    rest = found.people - found.events
    for name, estimate in found.of.items():
        cell = rate(estimate, found.people) if name in RATES else unless_small(estimate, found.events, rest)
        yield FigureRecord(model, among, name, "", cell, *counts)
    for at in found.at_size:
        for name, cell in _at_size(at, found).items():
            yield FigureRecord(model, among, name, at.name, cell, *counts)


def _at_size(at: ListFigures, found: Figures) -> Mapping[str, ShownFigure]:
    listed, ppv = rounded(at.listed), rate(at.ppv, at.listed)
    return {
        "listed": listed if isinstance(listed, str) else Measured(float(listed)),
        "listed_share": rate(Estimate(at.listed / found.people), found.people),
        "ppv": ppv,
        "sensitivity": rate(at.sensitivity, found.events),
        "captured": HIDDEN if ppv == HIDDEN else rate(at.captured, found.admissions),
        "number_needed_to_review": inverse(ppv),
    }


def _subgroup(one: Judgement, group: Subgroup) -> Iterator[FigureRecord]:
    counts = (rounded(group.people), rounded(group.events))
    cells: Mapping[str, ShownFigure] = dict.fromkeys(OF_SUBGROUP, group.too_few or "")
    if group.too_few is None:
        cells = _of_group(group)
    for name, cell in cells.items():
        yield FigureRecord(one.model, group_name(group), name, "", cell, *counts)


def _of_group(group: Subgroup) -> Mapping[str, ShownFigure]:
    rest = group.people - group.events
    listed = (group.listed_share.value or 0.0) * group.people
    return {
        "auroc": unless_small(group.auroc, group.events, rest),
        "o_e": unless_small(group.o_e, group.events, rest),
        "calibration_slope": unless_small(group.calibration_slope, group.events, rest),
        "listed_share": rate(group.listed_share, group.people),
        "ppv": rate(group.ppv, listed),
        "sensitivity": rate(group.sensitivity, group.events),
        "false_positive_rate": rate(group.false_positive_rate, rest),
    }


def _published(score: ComparedModel) -> Iterator[FigureRecord]:
    if score.applicable is not None:
        people = rounded(score.applicable)
        cell = people if isinstance(people, str) else Measured(float(people))
        yield FigureRecord(score.name, ALL_PEOPLE, "applicable", "", cell)
    if score.as_published is not None:
        yield from figures(as_published(score.name), ALL_PEOPLE, score.as_published)


OPTIMISM = {"apparent": "auroc, apparent", "cross_validated": "auroc, cross-validated", "later": "auroc, later"}
IMPORTANCE = "mean absolute contribution to the log odds"


def beside_each_other(found: Comparison) -> Iterator[FigureRecord]:
    """Everything that is known of pairs, of choices, and of how a model was made."""
    for difference in found.differences:
        yield from _difference(difference)
    for overlap in found.overlaps:
        yield from _overlap(overlap)
    for contestant in found.contestants:
        yield from _made(contestant)
    yield from _practices(found)
    yield from _learning(found)
    for effect in found.deaths:
        yield from _effect(effect, choice_name(found.reference, "death", effect.choice))
    for effect in found.management:
        yield from _effect(effect, choice_name(found.reference, "case-managed", effect.choice))
    for horizon in found.horizons:
        yield from figures(horizon_name(found.reference, horizon.days), ALL_PEOPLE, horizon.figures)


def pair(first: str, second: str) -> str:
    """The name of a difference."""
    return f"{first} less {second}"


def choice_name(model: str, of: str, choice: str) -> str:
    """The name of a model made with a choice."""
    return f"{model}, {of}: {choice}"


def horizon_name(model: str, days: int) -> str:
    """The name of a model for an outcome window."""
    return f"{model}, {days} days"


def held_out_name(practice: str, people: int) -> str:
    """The name of a practice that a model was fitted without."""
    return f"practice held out: {level_name(practice, people)}"


def fitted_on_name(one: LearningPoint) -> str:
    """The name of the people that a point of a learning curve was fitted on."""
    return f"fitted on {rounded(one.people)} people"


def _count(number: int) -> ShownFigure:
    count = rounded(number)
    return count if isinstance(count, str) else Measured(float(count))


def _difference(one: Difference) -> Iterator[FigureRecord]:
    name = pair(one.first, one.second)
    yield FigureRecord(name, ALL_PEOPLE, f"difference in {one.figure}", one.at, unless_small(one.estimate))
    p = UNDEFINED if one.p is None else Measured(round(one.p, 4))
    yield FigureRecord(name, ALL_PEOPLE, f"p of the difference in {one.figure}", one.at, p)


def _overlap(one: Overlap) -> Iterator[FigureRecord]:
    name, share = f"{one.first} and {one.second}", one.both / one.listed if one.listed else None
    yield FigureRecord(name, ALL_PEOPLE, "listed by each", one.at, _count(one.listed))
    yield FigureRecord(name, ALL_PEOPLE, "listed by both", one.at, _count(one.both))
    yield FigureRecord(name, ALL_PEOPLE, "share listed by both", one.at, rate(Estimate(share), one.listed))
    yield FigureRecord(
        name, ALL_PEOPLE, "with the outcome, listed by the first alone", one.at, _count(one.events_first_only)
    )
    yield FigureRecord(
        name, ALL_PEOPLE, "with the outcome, listed by the second alone", one.at, _count(one.events_second_only)
    )


def _made(one: ComparedModel) -> Iterator[FigureRecord]:
    if one.optimism is not None:
        for name, figure in OPTIMISM.items():
            yield FigureRecord(one.name, ALL_PEOPLE, figure, "", unless_small(getattr(one.optimism, name)))
    for topic in one.importance:
        yield FigureRecord(one.name, ALL_PEOPLE, IMPORTANCE, topic.topic, Measured(round(topic.mean_log_odds, 4)))
    for shape in one.shapes:
        for value, log_odds, people in zip(shape.values, shape.log_odds, shape.people, strict=True):
            if people > SMALL:
                at = f"{value:.4g}" if value == value else "not assessed"
                figure = f"contribution to the log odds by {shape.column}"
                yield FigureRecord(
                    one.name, ALL_PEOPLE, figure, at, Measured(round(float(log_odds), 4)), rounded(people)
                )


def _practices(found: Comparison) -> Iterator[FigureRecord]:
    for one in found.practices:
        among, counts = held_out_name(one.practice, one.people), (rounded(one.people), rounded(one.events))
        for figure, estimate in (("auroc", one.auroc), ("o_e", one.o_e)):
            cell = unless_small(estimate, one.events, one.people - one.events)
            yield FigureRecord(found.reference, among, figure, "", cell, *counts)


def _learning(found: Comparison) -> Iterator[FigureRecord]:
    for one in found.learning:
        people, events = rounded(one.people), rounded(one.events)
        for figure, estimate in (("auroc", one.auroc), ("average_precision", one.average_precision)):
            cell = unless_small(estimate, one.events)
            yield FigureRecord(found.reference, fitted_on_name(one), figure, "", cell, people, events)


def _effect(one: ChoiceEffect, name: str) -> Iterator[FigureRecord]:
    yield from figures(name, ALL_PEOPLE, one.figures)
    yield FigureRecord(name, ALL_PEOPLE, "fitted on", "", _count(one.fitted_on))
    yield FigureRecord(name, ALL_PEOPLE, "with the outcome, fitted on", "", _count(one.events))
    if one.figures.at_size:
        size = one.figures.at_size[0]
        for figure in ("same_listed", "deaths_listed", "managed_listed"):
            yield FigureRecord(name, ALL_PEOPLE, figure, size.name, rate(getattr(one, figure), size.listed))


TENTHS = 10
_LEFT_OUT = "left out"
MERGED, MOST_HIDDEN = (1, 2, 5, 10), 0.1


@dataclass(frozen=True)
class FigureCurve:
    """Points on a grid.

    Parameters
    ----------
    x : str
        Which of its columns is the grid.
    columns : mapping of str to array, shape (points,)
        NaN where a point may not be shown.
    """

    x: str
    columns: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def as_data(self) -> dict[str, list[float | None]]:
        """Its columns as lists, None for what may not be shown."""
        return {name: [_value(one) for one in column] for name, column in self.columns.items()}


DrawnCurves = Mapping[str, Mapping[str, FigureCurve]]


def curves_of(found: Comparison) -> DrawnCurves:
    """Model -> name of a curve -> the curve; nothing for a model that has none."""
    return {one.model: _shown(one.curves, one.figures) for one in found.judgements if one.curves is not None}


def _shown(curves: Curves, figures: Figures) -> dict[str, FigureCurve]:
    return {
        "roc": FigureCurve("false_positive_rate", _named(("false_positive_rate", "sensitivity"), (
            curves.roc[0], rounded_shares(curves.roc[1], figures.events)))),
        "precision_recall": _precision_recall(curves, figures),
        "calibration": FigureCurve("predicted", _named(("predicted", "observed", "low", "high"), curves.calibration)),
        "groups": _groups(curves, figures),
        "distribution": _distribution(curves, figures),
        "net_benefit": FigureCurve("threshold", _named(("threshold", "model", "all"), curves.net_benefit)),
        "by_size": _by_size(curves, figures),
    }  # fmt: skip


def _distribution(curves: Curves, figures: Figures) -> FigureCurve:
    """Shares of those without and with the outcome by bin, in the finest bins that hide few of them."""
    edges, without, with_it = curves.distribution
    for merged in MERGED:
        summed = [values.reshape(-1, merged).sum(axis=1) for values in (without, with_it)]
        shown = rounded_shares(summed[1], figures.events)
        if np.nan_to_num(summed[1] * np.isnan(shown)).sum() <= MOST_HIDDEN:
            break
    rest = rounded_shares(summed[0], figures.people - figures.events)
    ends = edges[::merged]
    return FigureCurve("from", _named(("from", "to", "without", "with"), (ends[:-1], ends[1:], rest, shown)))


def _named(names: tuple[str, ...], arrays: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    return {name: np.asarray(array, float) for name, array in zip(names, arrays, strict=True)}


def _precision_recall(curves: Curves, figures: Figures) -> FigureCurve:
    sensitivity, ppv = (np.asarray(array, float) for array in curves.precision_recall)
    few = small(sensitivity * figures.events)
    return FigureCurve("sensitivity", {"sensitivity": sensitivity, "ppv": np.where(few, np.nan, ppv)})


def _groups(curves: Curves, figures: Figures) -> FigureCurve:
    """Tenths of risk; one with few people with the outcome is left out whole."""
    columns = _named(("mean_risk", "observed", "low", "high"), curves.groups)
    few = small(columns["observed"] * figures.people / TENTHS)
    return FigureCurve("mean_risk", {name: np.where(few, np.nan, column) for name, column in columns.items()})


def _by_size(curves: Curves, figures: Figures) -> FigureCurve:
    share, ppv, sensitivity = (np.asarray(array, float) for array in curves.by_size)
    few = small(ppv * share * figures.people)
    return FigureCurve(
        "share",
        {
            "share": share,
            "ppv": np.where(few, np.nan, ppv),
            "sensitivity": np.where(few, np.nan, rounded_shares(sensitivity, figures.events)),
        },
    )


def curve_points(drawn: DrawnCurves) -> Iterator[FigureRecord]:
    """Every point of every curve as a record: `at` is the place on its grid."""
    for model, curves in drawn.items():
        for name, curve in curves.items():
            for column in [one for one in curve.columns if one != curve.x]:
                for place, value in zip(curve[curve.x], curve[column], strict=True):
                    if (at := _value(place)) is not None:
                        cell = _LEFT_OUT if (one := _value(value)) is None else Measured(one)
                        yield FigureRecord(model, ALL_PEOPLE, f"{name}: {column}", f"{at:g}", cell)


def _value(number: float) -> float | None:
    return round(float(number), DIGITS) if np.isfinite(number) else None


def book_of(found: Comparison) -> FigureIndex:
    """Every figure of a comparison as it may be shown."""
    return FigureIndex.of(chain(judged(found), beside_each_other(found)))


def figures_table(found: Comparison) -> pa.Table:
    """The figures of a comparison, a row each: what the page shows, small numbers hidden as there.

    Returns
    -------
    pyarrow.Table
        model, among, figure, at; value, low, high, people, events, NULL where they may not be shown or are undefined;
        why_none: "*" (small numbers), "undefined" or "too few" where there is no value; "left out" for a point of a
        curve that rests on few people, or is undefined.
    """
    records = [*book_of(found), *curve_points(curves_of(found))]
    return pa.Table.from_pylist([_row(record) for record in records], FIGURES_FILE)


def _row(record: FigureRecord) -> dict[str, object]:
    cell = record.cell
    measured = {"value": cell.value, "low": cell.low, "high": cell.high} if isinstance(cell, Measured) else {}
    return {
        "model": record.model,
        "among": record.among,
        "figure": record.figure,
        "at": record.at,
        "people": record.people if isinstance(record.people, int) else None,
        "events": record.events if isinstance(record.events, int) else None,
        "why_none": "" if measured else str(cell),
        **measured,
    }
