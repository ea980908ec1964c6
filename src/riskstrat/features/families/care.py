"""Care that a practice gives and codes, such as reviews and vaccinations, for lists and never for models."""

from dataclasses import dataclass

import narwhals as nw

from riskstrat.features.aggregates import Aggregate, CodeAggregate, Stat
from riskstrat.features.families.coded import Coded
from riskstrat.features.feature import Facts, FeatureColumn, days_since
from riskstrat.tables import Lookback, days_in
from riskstrat.wording import ago


@dataclass(frozen=True, kw_only=True)
class CareGiven(Coded):
    """A review or vaccination that a team can still offer to patients without one.

    It lasts for `months`; None for ever.
    """

    snomed: str
    readv2: str = ""
    ctv3: str = ""
    months: int | None = None
    tables: tuple[str, ...] = ("gp_events",)
    takes = frozenset({"snomed", "readv2", "ctv3", "medcode", "omop"})
    usable_by_models = False
    only_where_coded = True

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the last day it was coded."""
        return (CodeAggregate(f"{self.name}_last", "gp_events", self.codes, Stat("last")),)

    def _has(self, seen: Lookback) -> nw.Expr:
        last = nw.col(f"{self.name}_last")
        given = ~last.is_null() if self.months is None else last >= seen.start(self.months)
        return nw.when(given).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int32)

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List ``has_<name>`` and ``days_since_<name>``."""
        window = "ever" if self.months is None else f"{days_in(self.months)} days"
        given, since = f"{self.label} recorded (for lists only)", f"days since the last {self.label} (for lists only)"
        return (
            FeatureColumn(f"has_{self.name}", "0/1", window, given, "flag", self._has),
            FeatureColumn(f"days_since_{self.name}", "days", "ever", since, "days", days_since(f"{self.name}_last")),
        )

    def phrase(self, facts: Facts) -> str | None:
        """Say when it was last given, if it still lasts."""
        days = facts.get(f"days_since_{self.name}")
        return f"{self.label} {ago(days)}" if facts.get(f"has_{self.name}") and days is not None else None
