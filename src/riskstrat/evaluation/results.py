"""The table of figures: the results of an evaluation, one row for each figure.

Decision
--------
Every figure of a model, a group, a list or a pair of models is a `FigureRow`. The page, the JSON, the Parquet file, the
card and ``model.toml`` read these rows, so that they cannot differ. A row states what its figure is a share of, so that
small numbers are hidden by one rule, in one place. A value and the ends of its interval are None where undefined.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from riskstrat.tables import Floats

ALL_PEOPLE = "everyone"
NO_PRIOR = "no emergency admission in 12 months"
PRACTICE_HELD_OUT, FITTED_ON = "practice held out", "fitted on"
FigureKind = Literal["measure", "share", "count", "reciprocal", "not shown"]


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval; None where undefined, or where no interval is known to be valid."""

    value: float | None
    low: float | None = None
    high: float | None = None


NO_ESTIMATE = Estimate(None)


@dataclass(frozen=True)
class FigureRow:
    """One figure.

    Parameters
    ----------
    model : str
        A model of the comparison, or a name made from one: "lace, as published".
    among : str
        The people it is judged on: "everyone", "sex: female", "practice: A81001".
    figure, at : str
        Name of the figure, and its list size or other place; empty where there is none.
    people, events : int or None
        Number of people it is judged on, and of those with the outcome.
    of : float or None
        Number of people, or admissions, that a share is of.
    kind : {"measure", "share", "count", "reciprocal", "not shown"}
        The rule for small numbers; a reciprocal is 1 / PPV at the same place.
    why_none : str
        Why there is no figure: "too few"; empty otherwise.
    """

    model: str
    among: str
    figure: str
    at: str
    estimate: Estimate
    people: int | None = None
    events: int | None = None
    of: float | None = None
    kind: FigureKind = "measure"
    why_none: str = ""

    @property
    def dimension(self) -> str:
        """What its people are grouped by; all of `among` where they are not a group."""
        return self.among.partition(": ")[0]

    @property
    def level(self) -> str:
        """The group within its dimension; empty where they are not a group."""
        return self.among.partition(": ")[2]


@dataclass(frozen=True)
class Basis:
    """The model and the people that some rows are about."""

    model: str
    among: str = ALL_PEOPLE
    people: int | None = None
    events: int | None = None

    def measure(self, figure: str, estimate: Estimate, at: str = "", why_none: str = "") -> FigureRow:
        """Make a row of a figure that is neither a share nor a count."""
        return FigureRow(self.model, self.among, figure, at, estimate, self.people, self.events, why_none=why_none)

    def share(self, figure: str, estimate: Estimate, of: float, at: str = "") -> FigureRow:
        """Make a row of a share of people or admissions."""
        return FigureRow(self.model, self.among, figure, at, estimate, self.people, self.events, of, "share")

    def count(self, figure: str, number: float, at: str = "", kind: FigureKind = "count") -> FigureRow:
        """Make a row of a number of people."""
        estimate = Estimate(float(number))
        return FigureRow(self.model, self.among, figure, at, estimate, self.people, self.events, None, kind)


@dataclass(frozen=True)
class FigureTable:
    """Rows of figures, found by model, people, figure and place."""

    rows: tuple[FigureRow, ...]

    def __iter__(self) -> Iterator[FigureRow]:
        return iter(self._by_place.values())

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, str, str], FigureRow]:
        return {(one.model, one.among, one.figure, one.at): one for one in self.rows}

    def row(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> FigureRow | None:
        """Return a figure; None where there is none."""
        return self._by_place.get((model, among, figure, at))

    def estimate(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> Estimate:
        """Return the value of a figure and its interval."""
        found = self.row(model, figure, at, among)
        return NO_ESTIMATE if found is None else found.estimate

    def places(self, model: str, figure: str, among: str = ALL_PEOPLE) -> tuple[str, ...]:
        """List where a figure of a model is given, for example its list sizes."""
        return tuple(one.at for one in self if (one.model, one.among, one.figure) == (model, among, figure))


def among_everyone(rows: Iterable[FigureRow]) -> tuple[FigureRow, ...]:
    """Select the rows about everyone."""
    return tuple(row for row in rows if row.among == ALL_PEOPLE)


def recalibrated_name(model: str, option: str) -> str:
    """Name a model after a recalibration."""
    return f"{model}, recalibrated by {option}"


def as_published(score: str) -> str:
    """Name a score with its own risk."""
    return f"{score}, as published"


def pair(first: str, second: str) -> str:
    """Name a difference."""
    return f"{first} less {second}"


def both_name(first: str, second: str) -> str:
    """Name two models whose lists are compared."""
    return f"{first} and {second}"


@dataclass(frozen=True)
class Curves:
    """What the figures of a report are drawn from; every array is on a fixed grid, never a person's own value.

    Parameters
    ----------
    roc : (array, array)
        False-positive rate (grid of 101) and sensitivity.
    precision_recall : (array, array)
        Sensitivity (grid) and PPV.
    calibration : (array, array, array, array)
        Predicted risk (grid), observed risk by a flexible curve, and its pointwise 95 % interval.
    groups : (array, array, array, array)
        Mean risk, observed share, and its 95 % interval (Wilson), by tenth of risk.
    distribution : (array, array, array)
        Edges of 50 bins of risk; share of people without and with the outcome in each.
    net_benefit : (array, array, array)
        Thresholds; net benefit of the model, and of listing everyone.
    by_size : (array, array, array)
        Share of people listed (grid); PPV and sensitivity.
    """

    roc: tuple[Floats, Floats]
    precision_recall: tuple[Floats, Floats]
    calibration: tuple[Floats, Floats, Floats, Floats]
    groups: tuple[Floats, Floats, Floats, Floats]
    distribution: tuple[Floats, Floats, Floats]
    net_benefit: tuple[Floats, Floats, Floats]
    by_size: tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Judgement:
    """The results of one model on one index date.

    Parameters
    ----------
    figures : tuple of FigureRow
        Figures among everyone; among people with no emergency admission in the previous 12 months, where that is known;
        by group; and, for a validated model, after each recalibration.
    curves : Curves or None
        None without both outcomes.
    """

    model: str
    title: str
    figures: tuple[FigureRow, ...]
    curves: Curves | None = None

    @property
    def people(self) -> int:
        """Number of people it is judged on."""
        return self.figures[0].people or 0

    @property
    def events(self) -> int:
        """Number of them with the outcome."""
        return self.figures[0].events or 0

    @property
    def groups(self) -> tuple[FigureRow, ...]:
        """One row for each group, with its AUROC."""
        return tuple(row for row in self.figures if row.level and row.figure == "auroc")
