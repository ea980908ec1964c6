"""Event counts per lookback window, with optional totals and days since the last event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import narwhals as nw

from riskstrat.features.aggregates import Aggregate, RowAggregate
from riskstrat.features.feature import Facts, Feature, FeatureColumn, FeatureGroup, Rises, count_of, days_since
from riskstrat.tables import Lookback, days_in
from riskstrat.wording import ago, plural

OTHER_WAY: Mapping[Rises, Rises] = {-1: 1, 0: 0, 1: -1}


@dataclass(frozen=True, kw_only=True)
class Counts(Feature):
    """Number of rows that meet a condition, in each lookback window.

    Parameters
    ----------
    name : str
        Topic, and start of the column names: ``emergency_admissions`` gives ``emergency_admissions_12m``.
    day : str
        Column with the day number that decides the window of a row.
    noun : str
        Singular noun for phrases: "emergency admission".
    meaning : str
        What is counted, with the name of the scheme or codes.
    phrase_from : int
        Lowest number that is given as a reason.
    days_since_last : bool
        Whether to add ``days_since_<name>``.
    amount : callable or None
        Expression of (lookback, months) to add up instead of counting rows, such as days of a stay in the window.
    requires : tuple of str
        Columns without which nothing would be counted.
    monotone : {-1, 0, 1}
        For the counts; the days since the last have the opposite sign.
    """

    name: str
    table: str
    where: Callable[[], nw.Expr]
    months: tuple[int, ...]
    noun: str
    meaning: str
    unit: str
    group: FeatureGroup
    day: str = "event_day"
    days_since_last: bool = True
    phrase_from: int = 1
    amount: Callable[[Lookback, int], nw.Expr] | None = None
    requires: tuple[str, ...] = ()
    replaces_missing: tuple[str, ...] = ()
    monotone: Rises = 0
    defined_as: str = ""

    @property
    def tables(self) -> tuple[str, ...]:  # type: ignore[override]
        """The table it reads."""
        return (self.table,)

    def _in_window(self, months: int) -> Callable[[Lookback], nw.Expr]:
        def total(seen: Lookback) -> nw.Expr:
            inside = self.where() & (nw.col(self.day) >= seen.start(months))
            counted: nw.Expr | int = 1
            if self.amount is not None:
                inside, counted = self.where(), self.amount(seen, months)
            return nw.when(inside).then(counted).otherwise(0).sum()

        return total

    def _last(self, _: Lookback) -> nw.Expr:
        return nw.when(self.where()).then(nw.col(self.day)).otherwise(None).max()

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return one sum for each window, and the last day."""
        sums = tuple(RowAggregate(f"{self.name}_{m}", self.table, self._in_window(m)) for m in self.months)
        last = RowAggregate(f"{self.name}_last", self.table, self._last)
        return (*sums, last) if self.days_since_last else sums

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List ``<name>_<months>m`` for each window, and ``days_since_<name>``."""
        sums = tuple(self._sum(months) for months in self.months)
        if not self.days_since_last:
            return sums
        name, since = f"days_since_{self.name}", days_since(f"{self.name}_last")
        meaning, before = f"days since the last {self.noun}", f"days since the last: {self.defined_as or self.meaning}"
        fewer = OTHER_WAY[self.monotone]
        last = FeatureColumn(name, "days", "ever", meaning, "days", since, monotone=fewer, defined_as=before)
        return (*sums, last)

    def _sum(self, months: int) -> FeatureColumn:
        found, window = count_of(f"{self.name}_{months}"), f"{days_in(months)} days"
        column = FeatureColumn(f"{self.name}_{months}m", self.unit, window, self.meaning, "count", found)
        return replace(column, monotone=self.monotone, defined_as=self.defined_as)

    def phrase(self, facts: Facts) -> str | None:
        """Give the count in the shortest window of a year or more in which it is high enough."""
        for months in sorted(self.months, key=lambda m: (m < 12, m)):
            n = facts.get(f"{self.name}_{months}m")
            if n is not None and n >= self.phrase_from:
                when = "in the last month" if months == 1 else f"in the last {months} months"
                return f"{plural(int(n), self.noun)} {when}{self._latest(facts)}"
        return None

    def _latest(self, facts: Facts) -> str:
        days = facts.get(f"days_since_{self.name}")
        return "" if days is None else f", the latest {ago(days)}"
