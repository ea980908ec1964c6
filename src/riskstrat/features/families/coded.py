"""Features found by code lists: recorded conditions and measured values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, get_args

import narwhals as nw

from riskstrat.features.aggregates import Aggregate, CodeAggregate, Stat
from riskstrat.features.feature import Facts, Feature, FeatureColumn, FeatureGroup, days_since
from riskstrat.tables import CodeSet, Lookback, System
from riskstrat.wording import ago

_FIRST, _LAST = Stat("first"), Stat("last")


def _long(months: int) -> str:
    """Write a length of time in years where it is two years or more.

    >>> _long(12), _long(60)
    ('12 months', '5 years')
    """
    return f"{months} months" if months < 24 or months % 12 else f"{months // 12} years"


@dataclass(frozen=True, kw_only=True)
class Coded(Feature):
    """Feature of the rows whose code is in a list.

    Each field named after a coding system holds the built-in codes of that system, separated by spaces. In a hierarchy
    (ICD-10, Read v2, BNF) a code includes its children.

    Parameters
    ----------
    label : str
        Its name in texts; by default `name` with spaces.
    own : mapping of System to str
        Codes that the study adds.
    """

    name: str
    label: str = ""
    source: str = ""
    own: Mapping[System, str] = field(default_factory=dict, hash=False)
    group: FeatureGroup = "gp"
    takes: ClassVar[frozenset[System]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label or self.name.replace("_", " "))

    @property
    def codes(self) -> CodeSet:
        """Its codes by coding system."""
        lists = {system: (getattr(self, system, ""), self.own.get(system, "")) for system in get_args(System)}
        return CodeSet(
            self.name, {s: " ".join(filter(None, codes)) for s, codes in lists.items() if any(codes)}, self.source
        )

    @property
    def systems(self) -> frozenset[str]:
        """The coding systems of its codes."""
        return frozenset(self.codes.codes)


@dataclass(frozen=True, kw_only=True)
class Condition(Coded):
    """A condition recorded by a practice or as a hospital diagnosis.

    Parameters
    ----------
    resolved : str
        SNOMED concepts for its end; the patient has the condition if the latest diagnosis is later.
    years_since : bool
        Whether to add ``years_since_<name>``.
    long_term : bool
        Whether it counts towards ``ltc_count``.
    months : int or None
        Months before the index date in which a diagnosis counts (12 for falls); None for ever.
    recorded_as : str
        What is recorded, as a noun, if the label is not one: "living alone".
    """

    icd10: str = ""
    snomed: str = ""
    readv2: str = ""
    ctv3: str = ""
    resolved: str = ""
    years_since: bool = False
    long_term: bool = True
    months: int | None = None
    recorded_as: str = ""
    tables: tuple[str, ...] = ("gp_events", "diagnoses")
    takes = frozenset({"icd10", "icd9", "snomed", "readv2", "ctv3", "medcode", "omop"})

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the last day in each table, the first day if needed, and the last day it was recorded as resolved."""
        found = [
            CodeAggregate(f"{self.name}_{table}_{stat.statistic}", table, self.codes, stat)
            for table in self.tables
            for stat in ((_FIRST, _LAST) if self.years_since else (_LAST,))
        ]
        if self.resolved:
            over = CodeSet(f"{self.name}_resolved", {"snomed": self.resolved}, self.source)
            found.append(CodeAggregate(f"{self.name}_resolved", "gp_events", over, _LAST))
        return tuple(found)

    def _day(self, take: str) -> nw.Expr:
        names = [f"{self.name}_{table}_{take}" for table in self.tables]
        return (nw.min_horizontal if take == "first" else nw.max_horizontal)(*names)

    def holds(self, seen: Lookback) -> nw.Expr:
        """Test whether the patient has the condition on the index date."""
        last = self._day("last")
        true = ~last.is_null()
        if self.months:
            true = true & (last >= seen.start(self.months))
        if self.resolved:
            over = nw.col(f"{self.name}_resolved")
            true = true & (over.is_null() | (last > over))
        return true

    def _flag(self, seen: Lookback) -> nw.Expr:
        return nw.when(self.holds(seen)).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int32)

    def _years(self, seen: Lookback) -> nw.Expr:
        years = (nw.lit(seen.cut) - self._day("first")).cast(nw.Float64) / 365.25
        return nw.when(self.holds(seen)).then(years).otherwise(None)

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List ``has_<name>`` and, if asked for, ``years_since_<name>``."""
        window = f"{self.months} months" if self.months else "ever"
        recorded, before = f"{self.recorded_as or self.label} recorded", f"{self.label} recorded"
        has = FeatureColumn(f"has_{self.name}", "0/1", window, recorded, "flag", self._flag, defined_as=before)
        if not self.years_since:
            return (has,)
        meaning = f"years since {self.label} was first recorded"
        return (has, FeatureColumn(f"years_since_{self.name}", "years", "ever", meaning, "value", self._years))

    def phrase(self, facts: Facts) -> str | None:
        """Name the condition, with the time since it was first recorded."""
        if not facts.get(f"has_{self.name}"):
            return None
        years = facts.get(f"years_since_{self.name}")
        when = "" if years is None else f", first recorded {ago(years * 365.25)}"
        recent = f" recorded in the last {_long(self.months)}" if self.months else ""
        return f"{self.label}{recent}{when}"


@dataclass(frozen=True, kw_only=True)
class Measurement(Coded):
    """Latest value of a measurement, its age, and the change over time.

    Parameters
    ----------
    plausible : (float, float)
        Values outside this range count as not recorded.
    scale : mapping of str to (float, float)
        For another unit, in lower case: the factor and offset that convert a value to `unit`.
    digits : int
        Number of decimals shown.
    unremarkable : (float, float)
        Models use values in this range, but they are not given as a reason; by default no value is.
    """

    unit: str
    plausible: tuple[float, float]
    unremarkable: tuple[float, float] = (float("-inf"), float("inf"))
    snomed: str = ""
    readv2: str = ""
    ctv3: str = ""
    scale: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    digits: int = 0
    tables: tuple[str, ...] = ("gp_events",)
    requires: tuple[str, ...] = ("gp_events.value",)
    takes = frozenset({"snomed", "readv2", "ctv3", "medcode", "loinc", "omop"})

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the latest value in three years with its day, and the means of the last year and the two before."""
        stats = {"latest": Stat("latest", 36), "recent": Stat("mean", 12), "before": Stat("mean", 36, until=12)}
        return tuple(
            CodeAggregate(f"{self.name}_{part}", "gp_events", self.codes, stat, self.scale, self.plausible)
            for part, stat in stats.items()
        )

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List ``<name>_latest``, ``days_since_<name>`` and ``<name>_change``."""

        def latest(_: Lookback) -> nw.Expr:
            return nw.col(f"{self.name}_latest").cast(nw.Float64)

        def change(_: Lookback) -> nw.Expr:
            return nw.col(f"{self.name}_recent") - nw.col(f"{self.name}_before")

        name, unit, window, label = self.name, self.unit, "36 months", self.label
        age, age_before = f"days since the latest {label}", f"age of the latest {label}"
        changed = f"change in {label}: mean of the last 12 months minus mean of the 24 months before"
        before = f"{label}: mean of the last 12 months less mean of the 24 before"
        since = days_since(f"{name}_latest_day")
        return (
            FeatureColumn(f"{name}_latest", unit, window, f"latest {label}", "value", latest),
            FeatureColumn(f"days_since_{name}", "days", window, age, "days", since, defined_as=age_before),
            FeatureColumn(f"{name}_change", unit, window, changed, "value", change, defined_as=before),
        )

    def phrase(self, facts: Facts) -> str | None:
        """Give the latest value and its age, if it is outside the unremarkable range."""
        value, days = facts.get(f"{self.name}_latest"), facts.get(f"days_since_{self.name}")
        if value is None or days is None or self.unremarkable[0] <= value <= self.unremarkable[1]:
            return None
        return f"{self.label} {value:.{self.digits}f} {self.unit}, {ago(days)}"
