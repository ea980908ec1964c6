"""Prescriptions: items of a group of medicines, and numbers of different medicines."""

from collections.abc import Callable
from dataclasses import dataclass

import narwhals as nw

from riskstrat.features.aggregates import Aggregate, CodeAggregate, DistinctAggregate, Stat
from riskstrat.features.families.coded import Coded
from riskstrat.features.feature import Facts, Feature, FeatureColumn, FeatureGroup, count_of
from riskstrat.wording import plural


@dataclass(frozen=True, kw_only=True)
class MedicineGroup(Coded):
    """Number of items of a group of medicines prescribed in a window."""

    bnf: str
    dmd: str = ""
    months: int = 6
    source: str = "BNF classification (NHSBSA)"
    tables: tuple[str, ...] = ("prescriptions",)
    takes = frozenset({"bnf", "dmd", "prodcode", "rxnorm", "omop"})

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the number of items in the window."""
        return (CodeAggregate(f"{self.name}_items", "prescriptions", self.codes, Stat("count", self.months)),)

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List ``<name>_items_<months>m``."""
        name, items = f"{self.name}_items_{self.months}m", count_of(f"{self.name}_items")
        return (FeatureColumn(name, "items", f"{self.months} months", f"{self.label} prescribed", "count", items),)

    def phrase(self, facts: Facts) -> str | None:
        """Name the group, if any of it was prescribed."""
        items = facts.get(f"{self.name}_items_{self.months}m")
        return f"{self.label} in the last {self.months} months" if items else None


@dataclass(frozen=True, kw_only=True)
class Distinct(Feature):
    """Number of distinct medicines, or BNF sections, prescribed in each window.

    Parameters
    ----------
    key : callable
        Gives an expression with the same value for all rows of one medicine.
    phrase_from : int
        Lowest number that is given as a reason.
    code_systems : tuple of str
        Coding systems that the key needs; empty if any system will do.
    """

    name: str
    key: Callable[[], nw.Expr]
    months: tuple[int, ...]
    noun: str
    meaning: str
    unit: str
    phrase_from: int = 1
    code_systems: tuple[str, ...] = ()
    table: str = "prescriptions"
    group: FeatureGroup = "gp"

    @property
    def tables(self) -> tuple[str, ...]:  # type: ignore[override]
        """The table it reads."""
        return (self.table,)

    @property
    def systems(self) -> frozenset[str]:
        """The coding systems that its key needs."""
        return frozenset(self.code_systems)

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return one count for each window."""
        return tuple(DistinctAggregate(f"{self.name}_{m}", self.table, self.key, m) for m in self.months)

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List ``<name>_<months>m`` for each window."""
        name, unit, meaning = self.name, self.unit, self.meaning
        return tuple(
            FeatureColumn(f"{name}_{m}m", unit, f"{m} months", meaning, "count", count_of(f"{name}_{m}"))
            for m in self.months
        )

    def phrase(self, facts: Facts) -> str | None:
        """Give the number in the longest window of at most six months."""
        months = max((m for m in self.months if m <= 6), default=min(self.months))
        n = facts.get(f"{self.name}_{months}m")
        if n is None or n < self.phrase_from:
            return None
        return f"{plural(int(n), self.noun)} in the last {months} months"
