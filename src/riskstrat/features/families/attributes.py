"""Columns that need no window of their own: who the patient is, and sums of other columns."""

from collections.abc import Callable
from dataclasses import dataclass

import narwhals as nw

from riskstrat.features.aggregates import Aggregate
from riskstrat.features.feature import ColumnKind, Facts, Feature, FeatureColumn, FeatureGroup, Rises
from riskstrat.tables import Lookback


@dataclass(frozen=True, kw_only=True)
class Attribute(Feature):
    """One column made from the cohort's columns, or from columns of other features.

    `phrase_of` gives None where there is nothing to say of a value.
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
        """None of its own."""
        return ()

    def columns(self) -> tuple[FeatureColumn, ...]:
        """The one column."""
        how = self.kind, self.expression, True, self.monotone, self.defined_as
        return (FeatureColumn(self.name, self.unit, self.window, self.meaning, *how),)

    def phrase(self, facts: Facts) -> str | None:
        """What `phrase_of` makes of the value."""
        value = facts.get(self.name)
        return None if value is None or self.phrase_of is None else self.phrase_of(value)
