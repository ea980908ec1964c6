"""Aggregates that features ask of the tables, to be computed in one pass a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import narwhals as nw

from riskstrat.tables import CodeSet, Lookback


@dataclass(frozen=True)
class RowAggregate:
    """An aggregate over the visible rows of one table, as a column of the result."""

    name: str
    table: str
    expression: Callable[[Lookback], nw.Expr]


@dataclass(frozen=True)
class Stat:
    """What to take of the rows whose code is in a set: first or last day, number, latest value or mean value.

    The lookback window is so many months long, or all that is visible; it ends `until` months before the cut.
    """

    statistic: Literal["first", "last", "count", "latest", "mean"]
    months: int | None = None
    until: int = 0

    @property
    def label(self) -> str:
        """Name its column."""
        return "_".join(str(part) for part in (self.statistic, self.months or "ever", self.until))


@dataclass(frozen=True)
class CodeAggregate:
    """An aggregate over the visible rows whose code is in a set."""

    name: str
    table: str
    codes: CodeSet
    stat: Stat
    scale: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    plausible: tuple[float, float] = (float("-inf"), float("inf"))


@dataclass(frozen=True)
class DistinctAggregate:
    """How many distinct keys occur in a window: medicines, BNF sections."""

    name: str
    table: str
    key: Callable[[], nw.Expr]
    months: int


@dataclass(frozen=True)
class Weight:
    """One entry of a clinical score: codes of one family, of which the heaviest counts once."""

    family: str
    weight: float
    icd10: str


@dataclass(frozen=True)
class WeightAggregate:
    """Sum over families of the heaviest weight coded in the window."""

    name: str
    weights: tuple[Weight, ...]
    months: int


Aggregate = RowAggregate | CodeAggregate | DistinctAggregate | WeightAggregate
