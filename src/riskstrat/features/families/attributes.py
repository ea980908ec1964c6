"""Single columns without aggregates of their own: demographics, and calculations from other columns."""

from collections.abc import Callable
from dataclasses import dataclass

import narwhals as nw

from riskstrat.features.aggregates import Aggregate
from riskstrat.features.feature import ColumnKind, Facts, Feature, FeatureColumn, FeatureGroup, Rises
from riskstrat.tables import Lookback


@dataclass(frozen=True, kw_only=True)
class Attribute(Feature):
    """One column calculated from the cohort's columns or from columns of other features.

    `phrase_of` gives None for a value that is not worth mentioning.
    """

    name: str
    unit: str
    meaning: str
    expression: Callable[[Lookback], nw.Expr]
    kind: ColumnKind = "value"
    window: str = "at the index date"
    phrase_of: Callable[[float], str | None] | None = None
    group: FeatureGroup = "demographic"
    tables: tuple[str, ...] = ("patients",)
    requires: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    monotone: Rises = 0
    usable_by_models: bool = True
    defined_as: str = ""

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return none: it has no aggregates of its own."""
        return ()

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List its one column."""
        how = self.kind, self.expression, True, self.monotone, self.defined_as
        return (FeatureColumn(self.name, self.unit, self.window, self.meaning, *how),)

    def phrase(self, facts: Facts) -> str | None:
        """Describe the value with `phrase_of`."""
        value = facts.get(self.name)
        return None if value is None or self.phrase_of is None else self.phrase_of(value)
