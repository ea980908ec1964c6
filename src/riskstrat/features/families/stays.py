"""Latest completed stay in hospital, and the other admissions."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import narwhals as nw

from riskstrat.features.aggregates import Aggregate, RowAggregate
from riskstrat.features.feature import Facts, Feature, FeatureColumn, FeatureGroup, Rises
from riskstrat.tables import Lookback, days_in
from riskstrat.wording import ago, plural

_MONTHS = 12
SPAN, _LONGEST = 20_000, 9_999
_RECENT = 90
_STAY = "the latest completed stay"


@dataclass(frozen=True, kw_only=True)
class LatestStay(Feature):
    """The latest stay that ended in the last 12 months; if two ended on the same day, the longer one.

    Its last day, its nights and whether it was an emergency are packed into one integer, so that one maximum finds all
    three. Columns about the stay are NULL if no stay ended in the window.

    `counted` tests whether a spell is a stay, `emergency` whether it began as an emergency.
    """

    name: str
    counted: Callable[[], nw.Expr]
    emergency: Callable[[], nw.Expr]
    requires: tuple[str, ...] = ()
    group: FeatureGroup = "hospital"
    tables: tuple[str, ...] = ("spells",)

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the packed stay and the numbers of admissions."""
        return (
            RowAggregate(f"{self.name}_packed", "spells", self._packed),
            RowAggregate(f"{self.name}_admissions_12", "spells", _admitted(self.counted, 12)),
            RowAggregate(f"{self.name}_emergency_admissions_12", "spells", _admitted(self.emergency, 12)),
            RowAggregate(f"{self.name}_emergency_admissions_1", "spells", _admitted(self.emergency, 1)),
        )

    def _packed(self, seen: Lookback) -> nw.Expr:
        ended = self.counted() & (nw.col("discharge_day") >= seen.start(_MONTHS))
        nights = nw.min_horizontal(nw.col("discharge_day") - nw.col("admission_day"), nw.lit(_LONGEST))
        urgent = nw.when(self.emergency()).then(nw.lit(1)).otherwise(nw.lit(0))
        return nw.when(ended).then(nw.col("discharge_day") * SPAN + nights * 2 + urgent).otherwise(None).max()

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List days since, nights and kind of the stay, then the other admissions and the emergencies among them."""
        year, stay = f"{days_in(_MONTHS)} days", _STAY
        since, unplanned = f"days since the end of {stay}", f"{stay} was unplanned"
        nights, before = f"nights in hospital during {stay}", f"nights of {stay}"
        return (
            FeatureColumn("days_since_discharge", "days", year, since, "days", self._since, monotone=-1),
            FeatureColumn("latest_stay_nights", "nights", year, nights, "count", self._nights, defined_as=before),
            FeatureColumn("latest_stay_emergency", "0/1", year, unplanned, "flag", self._urgent, monotone=1),
            self._other("admissions", 12, "admissions", 0),
            self._other("emergency_admissions", 12, "unplanned admissions", 1),
            self._other("emergency_admissions", 1, "unplanned admissions", 1),
        )

    def _other(self, kind: str, months: int, what: str, monotone: Rises) -> FeatureColumn:
        name, window, meaning = f"other_{kind}_{months}m", f"{days_in(months)} days", f"{what} other than {_STAY}"
        column = FeatureColumn(name, "admissions", window, meaning, "count", self._others(kind, months))
        return replace(column, monotone=monotone, defined_as=f"{what} but {_STAY}")

    @property
    def _stay(self) -> nw.Expr:
        return nw.col(f"{self.name}_packed")

    def _since(self, seen: Lookback) -> nw.Expr:
        return (nw.lit(seen.cut) - self._stay // SPAN).cast(nw.Int32)

    def _nights(self, _: Lookback) -> nw.Expr:
        return ((self._stay % SPAN) // 2).cast(nw.Int32)

    def _urgent(self, _: Lookback) -> nw.Expr:
        return (self._stay % 2).cast(nw.Int32)

    def _others(self, kind: str, months: int) -> Callable[[Lookback], nw.Expr]:
        """Count the admissions of a window without the latest stay."""

        def count(seen: Lookback) -> nw.Expr:
            admitted = self._stay // SPAN - (self._stay % SPAN) // 2
            among = admitted >= seen.start(months)
            if kind == "emergency_admissions":
                among = among & (self._stay % 2 == 1)
            all_of_them = nw.col(f"{self.name}_{kind}_{months}").fill_null(0)
            return (all_of_them - nw.when(among).then(nw.lit(1)).otherwise(nw.lit(0))).cast(nw.Int32)

        return count

    def phrase(self, facts: Facts) -> str | None:
        """Say when the patient left hospital and after how many nights, if it was recent."""
        days, nights = facts.get("days_since_discharge"), facts.get("latest_stay_nights")
        if not days or nights is None or not 0 < days <= _RECENT:
            return None
        return f"left hospital {ago(days)} after {plural(int(nights), 'night')}"


def _admitted(which: Callable[[], nw.Expr], months: int) -> Callable[[Lookback], nw.Expr]:
    def total(seen: Lookback) -> nw.Expr:
        inside = which() & (nw.col("admission_day") >= seen.start(months))
        return nw.when(inside).then(1).otherwise(0).sum()

    return total
