"""Define what a feature is: columns of the feature matrix, and the aggregates they are made from.

A feature says *what* is counted, not how: it names aggregates over the canonical tables, and `build` computes all
aggregates of one table in one pass. A feature never receives a whole table, only the rows visible on the index date, so
it cannot use later data.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw

from riskstrat.features.aggregates import Aggregate
from riskstrat.tables import Lookback

FeatureGroup = Literal["hospital", "gp", "demographic"]
ColumnKind = Literal["count", "days", "flag", "value"]
Rises = Literal[-1, 0, 1]

Facts = Mapping[str, Any]
"""A patient's columns by name; None if not assessed."""


def count_of(name: str) -> Callable[[Lookback], nw.Expr]:
    """Read an aggregate that is a count; 0 if there was nothing to count."""
    return lambda _: nw.col(name).fill_null(0).cast(nw.Int32)


def days_since(name: str) -> Callable[[Lookback], nw.Expr]:
    """Count the days since the day that an aggregate holds."""
    return lambda seen: (nw.lit(seen.cut) - nw.col(name)).cast(nw.Int32)


@dataclass(frozen=True)
class FeatureColumn:
    """One column of the feature matrix, with the name, unit, window and meaning that the catalogue prints.

    Parameters
    ----------
    kind : {"count", "days", "flag", "value"}
        How a linear model treats the column. "days" counts days since an event, NULL for never.
    expression : callable
        Gives the expression over aggregates and the cohort's columns for a lookback.
    derived : bool
        Whether the expression uses columns of other features, so that it is computed after them.
    monotone : {-1, 0, 1}
        1 if a higher value never lowers the risk, -1 if it never raises it, 0 if it can do either. Models apply it if
        ``model.monotone`` is set.
    defined_as : str
        Wording that stands for the meaning in the fingerprint that models store; by default the meaning itself. Keep
        the old wording here when you reword a meaning, so that trained models still fit.
    """

    name: str
    unit: str
    window: str
    meaning: str
    kind: ColumnKind
    expression: Callable[[Lookback], nw.Expr]
    derived: bool = False
    monotone: Rises = 0
    defined_as: str = ""


class Feature(ABC):
    """Group of columns about one topic.

    Attributes
    ----------
    name : str
        The topic; each topic gives at most one reason.
    tables : tuple of str
        Tables it reads; the feature is absent if the snapshot has none of them.
    requires : tuple of str
        Canonical columns that it needs; without them zero and not recorded look the same, so the feature is absent.
    replaces_missing : tuple of str
        Canonical columns that it stands in for; it is computed only if they are missing.
    derived_from : tuple of str
        Columns of other features that it uses; the feature is absent if one of them is absent.
    awaits_code_lists : tuple of str
        Code lists that the study must give and has not given; the feature is absent until it does.
    only_where_coded : bool
        Whether the feature is absent if no code of its lists occurs in the snapshot: such care is then not recorded.
    usable_by_models : bool
        Whether models can use its columns; lists and their rules always can.
    """

    name: str
    group: FeatureGroup
    tables: tuple[str, ...]
    requires: tuple[str, ...] = ()
    replaces_missing: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    awaits_code_lists: tuple[str, ...] = ()
    only_where_coded: bool = False
    usable_by_models: bool = True

    @property
    def systems(self) -> frozenset[str]:
        """Coding systems of its codes; the feature is absent if its tables only have others. Empty: any system."""
        return frozenset()

    @property
    def report_if_absent(self) -> bool:
        """Whether to report the feature if it is absent."""
        return True

    @property
    def is_reason(self) -> bool:
        """Whether its phrase can be a reason on a list; `riskstrat explain` always shows it."""
        return True

    @abstractmethod
    def aggregates(self) -> tuple[Aggregate, ...]:
        """List the aggregates it needs."""

    @abstractmethod
    def columns(self) -> tuple[FeatureColumn, ...]:
        """List its columns."""

    @abstractmethod
    def phrase(self, facts: Facts) -> str | None:
        """Describe a patient's facts as a clinician would; None if there is nothing to mention."""
