"""Aggregates that features ask of the tables, in lookback windows, to be computed in one pass a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import narwhals as nw

from riskstrat.tables import CodeSet, Lookback

PACK, DECIMALS = 10**9, 1000


def in_window(seen: Lookback, months: int | None, until: int = 0) -> nw.Expr:
    """Say whether a row is in a lookback window: so many months long, or all that is visible.

    Parameters
    ----------
    until : int
        Months before the cut at which the window ends.
    """
    start = seen.start(months) if months else -(10**6)
    inside = nw.col("event_day") >= start
    return inside & (nw.col("event_day") < seen.start(until)) if until else inside


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

    def expression(self, seen: Lookback) -> nw.Expr:
        """Take it of the rows of a class; the latest value is packed behind its day, `PACK` apart."""
        day, amount = nw.col("event_day"), nw.col("amount")
        if self.statistic in ("first", "last"):
            return day.min() if self.statistic == "first" else day.max()
        inside = in_window(seen, self.months, self.until)
        if self.statistic == "count":
            return nw.when(inside).then(1).otherwise(0).sum().cast(nw.Int32)
        if self.statistic == "mean":
            return nw.when(inside).then(amount).otherwise(None).mean()
        packed = day.cast(nw.Int64) * PACK + (amount * DECIMALS).round().cast(nw.Int64)
        return nw.when(inside & ~amount.is_null()).then(packed).otherwise(None).max()


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
