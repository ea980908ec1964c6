"""Features as riskstrat sees them: columns of the matrix, and the aggregates that they are made of.

A feature says *what* is counted, never how: it names aggregates over the canonical tables, and `build` computes those
of all features that read one table in one pass over it. A feature is never handed a table, only what was visible at the
cut, so that it cannot look past it.
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
"""A patient's columns by name; None where not assessed."""


def count_of(name: str) -> Callable[[Lookback], nw.Expr]:
    """Read an aggregate that counts; 0 where there was nothing to count."""
    return lambda _: nw.col(name).fill_null(0).cast(nw.Int32)


def days_since(name: str) -> Callable[[Lookback], nw.Expr]:
    """Count the days from an aggregate that is a day to the cut."""
    return lambda seen: (nw.lit(seen.cut) - nw.col(name)).cast(nw.Int32)


@dataclass(frozen=True)
class FeatureColumn:
    """One column of the feature matrix, with the name, unit, window and meaning that the catalogue prints.

    Parameters
    ----------
    kind : {"count", "days", "flag", "value"}
        How a linear model should see it. "days" is days since, NULL for never.
    expression : callable
        From what is visible to an expression over aggregates and the cohort's columns.
    derived : bool
        The expression is over columns of other features: made after them.
    monotone : {-1, 0, 1}
        1 where medicine says that more never lowers the risk, -1 where it never raises it, 0 where it says neither.
        A model keeps to it where ``model.monotone`` is set.
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
    """A family of columns about one topic.

    Attributes
    ----------
    name : str
        The topic; reasons are given topic by topic.
    tables : tuple of str
        What it reads; it is absent where the store has none of them.
    requires : tuple of str
        Canonical columns without which it cannot be told from zero: absent where they are not met (`aggregates.unmet`).
    replaces_missing : tuple of str
        Canonical columns in the absence of which it is made; where they are there, another feature says more.
    derived_from : tuple of str
        Columns of other features that it is made of: absent where one of them is.
    awaits_code_lists : tuple of str
        Code lists that only a study can give and has not given: absent while there are any.
    only_where_coded : bool
        Absent where no code of its lists occurs in the store: that none is on record then says nothing of a patient.
    usable_by_models : bool
        Whether models may use its columns; lists and their rules may in any case.
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
        """Code systems it is looked up in; absent where its tables hold codes of others only. Empty: any will do."""
        return frozenset()

    @property
    def report_if_absent(self) -> bool:
        """Whether it is worth saying that it is absent."""
        return True

    @property
    def is_reason(self) -> bool:
        """Whether its phrase can stand on a list; `riskstrat explain` says it in any case."""
        return True

    @abstractmethod
    def aggregates(self) -> tuple[Aggregate, ...]:
        """List what it needs of the tables."""

    @abstractmethod
    def columns(self) -> tuple[FeatureColumn, ...]:
        """List the columns it makes of them."""

    @abstractmethod
    def phrase(self, facts: Facts) -> str | None:
        """Say what a clinician would say of a patient's own facts; None where there is nothing to say."""
