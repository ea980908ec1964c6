"""Aggregates over lookback windows that features need; `build` computes those of one table in one pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import narwhals as nw

from riskstrat.tables import CodeSet, Lookback

PACK, DECIMALS = 10**9, 1000


def in_window(seen: Lookback, months: int | None, until: int = 0) -> nw.Expr:
    """Test whether a row lies in a lookback window of some months; without months, every visible row does.

    Parameters
    ----------
    until : int
        Months before the index date, data lag deducted, at which the window ends.
    """
    start = seen.start(months) if months else -(10**6)
    inside = nw.col("event_day") >= start
    return inside & (nw.col("event_day") < seen.start(until)) if until else inside


@dataclass(frozen=True)
class RowAggregate:
    """Aggregate over the visible rows of one table."""

    name: str
    table: str
    expression: Callable[[Lookback], nw.Expr]


@dataclass(frozen=True)
class Stat:
    """Statistic of the rows whose code is in a set: first or last day, count, latest value or mean value.

    The lookback window covers `months`, or everything visible, and ends `until` months before the index date (data lag
    deducted).
    """

    statistic: Literal["first", "last", "count", "latest", "mean"]
    months: int | None = None
    until: int = 0

    @property
    def label(self) -> str:
        """Name of its column."""
        return "_".join(str(part) for part in (self.statistic, self.months or "ever", self.until))

    def expression(self, seen: Lookback) -> nw.Expr:
        """Build the expression over the rows of a class; the latest value and its day are packed in one integer."""
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
    """Statistic of the visible rows whose code is in a set."""

    name: str
    table: str
    codes: CodeSet
    stat: Stat
    scale: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    plausible: tuple[float, float] = (float("-inf"), float("inf"))


@dataclass(frozen=True)
class DistinctAggregate:
    """Number of distinct keys in a lookback window: medicines, BNF sections."""

    name: str
    table: str
    key: Callable[[], nw.Expr]
    months: int


@dataclass(frozen=True)
class Weight:
    """Weight of some codes in a clinical score; of each family only the heaviest weight counts, once."""

    family: str
    weight: float
    icd10: str


@dataclass(frozen=True)
class WeightAggregate:
    """Sum over families of the heaviest weight coded in the lookback window."""

    name: str
    weights: tuple[Weight, ...]
    months: int


Aggregate = RowAggregate | CodeAggregate | DistinctAggregate | WeightAggregate
