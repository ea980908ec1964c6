"""The five ways to extend riskstrat: Source, Feature, ClinicalScore, Variant, Output.

Each is a public constant in a module of its package (`sources`, `features`, `scores`, `variants`,
`outputs`): add one file, and `registry.collect` finds it. A Feature says *what* is counted, never how: it
names aggregates over the canonical tables, and `matrix` compiles those of all features that read one table
into one pass over it. A feature is never handed a table, only what was visible at the cut, so that it cannot
look past it. Sources are in `layouts`, clinical scores in `clinical`, variants in `modelling`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskstrat.aggregates import Aggregate
from riskstrat.layouts import Source, SourceColumn
from riskstrat.modelling import Group, Kind, Rises
from riskstrat.windows import Lookback

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

__all__ = [
    "CaseList",
    "Feature",
    "FeatureColumn",
    "Group",
    "Kind",
    "Output",
    "Source",
    "SourceColumn",
]

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class FeatureColumn:
    """One column of the feature matrix.

    Parameters
    ----------
    name, unit, window, meaning : str
        What the catalogue prints.
    kind : {"count", "days", "flag", "value"}
        How a linear model should see it. "days" is days since, NULL for never.
    of : callable
        From what is visible to an expression over aggregates and the cohort's columns.
    after : bool
        The expression is over columns of other features: made after them.
    rises : {-1, 0, 1}
        1 where medicine says that more never lowers the risk, -1 where it never raises it, 0 where it says neither.
        A model keeps to it where ``model.monotone`` is set.
    """

    name: str
    unit: str
    window: str
    meaning: str
    kind: Kind
    of: Callable[[Lookback], nw.Expr]
    after: bool = False
    rises: Rises = 0


class Feature(ABC):
    """A family of columns about one topic.

    Attributes
    ----------
    name : str
        The topic; reasons are given topic by topic.
    group : {"hospital", "gp", "demographic"}
    tables : tuple of str
        What it reads; it is absent where the store has none of them.
    needs : tuple of str
        Canonical columns without which it cannot be told from zero: absent where they are not met (`aggregates.unmet`).
    stands_in_for : tuple of str
        Canonical columns in the absence of which it is made; where they are there, another feature says more.
    reads : tuple of str
        Columns of other features that it is made of: absent where one of them is.
    wants : tuple of str
        Code lists that only a study can give and has not given: absent while there are any.
    only_where_coded : bool
        Absent where no code of its lists occurs in the store: that none is on record then says nothing of a patient.
    for_models : bool
        Whether models may use its columns; lists and their rules may in any case.
    """

    name: str
    group: Group
    tables: tuple[str, ...]
    needs: tuple[str, ...] = ()
    stands_in_for: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    only_where_coded: bool = False
    for_models: bool = True

    @property
    def systems(self) -> frozenset[str]:
        """Code systems it is looked up in; absent where its tables hold codes of others only. Empty: any will do."""
        return frozenset()

    @property
    def asked_for(self) -> bool:
        """Whether it is worth saying that it is absent."""
        return True

    @property
    def is_reason(self) -> bool:
        """Whether its phrase can stand on a list; `riskstrat explain` says it in any case."""
        return True

    @abstractmethod
    def aggregates(self) -> tuple[Aggregate, ...]:
        """What it needs of the tables."""

    @abstractmethod
    def columns(self) -> tuple[FeatureColumn, ...]:
        """The columns it makes of them."""

    @abstractmethod
    def phrase(self, facts: Facts) -> str | None:
        """What a clinician would say of a patient's own facts; None where there is nothing to say.

        Parameters
        ----------
        facts : mapping
            The patient's columns by name; None where not assessed.
        """


@dataclass(frozen=True)
class CaseList:
    """One list: what an Output writes.

    Parameters
    ----------
    practice, role : str
    header : mapping of str to str
        What the list is: shown before the rows.
    rows : pandas.DataFrame
        The contract's columns, or those of them that the role's list holds, one row a patient, in rank order.
    decisions : tuple of str
        What a team may answer in the decision column.
    effects : mapping of str to str
        What each decision does.
    printed : tuple of str
        Columns that the meeting needs on paper, where the role says so.
    left : pandas.DataFrame or None
        Who was on the last list and is not on this: patient_id, last_rank, why.
    kept_off : pandas.DataFrame or None
        Who would be listed but for a decision: patient_id, stands, stands_by, stands_since, stands_until.
    """

    practice: str
    role: str
    header: Mapping[str, str]
    rows: pd.DataFrame
    decisions: tuple[str, ...]
    effects: Mapping[str, str] = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    left: pd.DataFrame | None = None
    kept_off: pd.DataFrame | None = None


@dataclass(frozen=True)
class Output:
    """A file format for lists.

    Parameters
    ----------
    name, suffix, title : str
    write : callable
        From a list and a path to a file.
    """

    name: str
    suffix: str
    title: str
    write: Callable[[CaseList, Path], None]
