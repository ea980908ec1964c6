"""The five ways to extend riskstrat: Source, Feature, ClinicalScore, Variant, Output.

Each is a public constant in a module of its package (`sources`, `features`, `scores`, `variants`,
`outputs`): add one file, and `registry.collect` finds it. A Feature says *what* is counted, never how: it
names aggregates over the canonical tables, and `matrix` compiles those of all features that read one table
into one pass over it. A feature is never handed a table, only what was visible at the cut, so that it cannot
look past it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from riskstrat.aggregates import Aggregate, Weight, WeightAggregate
from riskstrat.layouts import Source, SourceColumn
from riskstrat.windows import Lookback

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import pandas as pd

__all__ = [
    "CaseList",
    "ClinicalScore",
    "Feature",
    "FeatureColumn",
    "Fitted",
    "Output",
    "Sample",
    "Source",
    "SourceColumn",
    "Variant",
]

Facts = Mapping[str, Any]
Group = Literal["hospital", "gp", "demographic"]
Kind = Literal["count", "days", "flag", "value"]


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
    """

    name: str
    unit: str
    window: str
    meaning: str
    kind: Kind
    of: Callable[[Lookback], nw.Expr]
    after: bool = False


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
    """

    name: str
    group: Group
    tables: tuple[str, ...]
    needs: tuple[str, ...] = ()
    stands_in_for: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    @property
    def systems(self) -> frozenset[str]:
        """Code systems it is looked up in; absent where its tables hold codes of others only. Empty: any will do."""
        return frozenset()

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
class ClinicalScore(Feature):
    """A published score: a feature, and a comparator for models.

    Parameters
    ----------
    name : str
        With its variant: ``charlson_icd10_quan``.
    title, citation : str
    weights : tuple of Weight
        In the order of the paper.
    months : int
        Lookback window.
    bands : tuple of (float, str)
        Lower bound and name of each band, ascending.
    caution : str
        What to know before using it.
    says_from : float
        Points at which it is worth saying.
    listed : bool
        Whether it can stand as a reason on a list.
    """

    name: str
    title: str
    citation: str
    weights: tuple[Weight, ...]
    months: int
    bands: tuple[tuple[float, str], ...] = ()
    caution: str = ""
    says_from: float = 3.0
    listed: bool = True
    group: Group = "hospital"
    tables: tuple[str, ...] = ("diagnoses",)

    @property
    def is_reason(self) -> bool:
        """As `listed` says: a sum of conditions that a list names anyway is no news."""
        return self.listed

    def aggregates(self) -> tuple[Aggregate, ...]:
        """The sum of its weights."""
        return (WeightAggregate(f"{self.name}_sum", self.weights, self.months),)

    def columns(self) -> tuple[FeatureColumn, ...]:
        """The score; 0 for a person with none of its codes in hospital records of the window."""
        import narwhals as nw

        def points(_: Lookback) -> nw.Expr:
            return nw.col(f"{self.name}_sum").fill_null(0.0).cast(nw.Float64)

        window = f"{self.months} months"
        return (FeatureColumn(self.name, "points", window, f"{self.title} ({self.citation})", "value", points),)

    def band(self, points: float | None) -> str | None:
        """The band a score falls in."""
        if points is None:
            return None
        reached = [label for bound, label in self.bands if points >= bound]
        return reached[-1] if reached else None

    def phrase(self, facts: Facts) -> str | None:
        """The score and its band, from the points at which it says something."""
        points = facts.get(self.name)
        if points is None or points < self.says_from:
            return None
        band = self.band(points)
        return f"{self.title} {points:g}" + (f" ({band})" if band else "")


class Fitted(Protocol):
    """A fitted model, before calibration.

    Methods take the feature matrix as float32, one row a patient, columns as they were fitted, NaN where
    not assessed.
    """

    def log_odds(self, x: np.ndarray) -> np.ndarray:
        """Log odds of the outcome, shape (rows,)."""

    def contributions(self, x: np.ndarray) -> np.ndarray:
        """What each column adds to the log odds, shape (rows, columns)."""

    def save(self, folder: Path) -> None:
        """Write its files; no pickle."""


@dataclass(frozen=True)
class Sample:
    """What a variant is fitted on.

    Parameters
    ----------
    x : array of float32, shape (rows, columns)
        NaN where not assessed.
    y : array of int8, shape (rows,)
    columns : sequence of str
    kinds : sequence of str
        See `FeatureColumn.kind`.
    fold : array of int, shape (rows,)
        One of 0 to 9 for each person, so that no person is in two folds.
    """

    x: np.ndarray
    y: np.ndarray
    columns: Sequence[str]
    kinds: Sequence[Kind]
    fold: np.ndarray


@runtime_checkable
class Variant(Protocol):
    """A kind of model.

    Attributes
    ----------
    name, title, reason : str
        ``reason`` says when to choose it.
    """

    name: str
    title: str
    reason: str

    def select(self, columns: Sequence[str]) -> list[str]:
        """The columns it uses, of those there are."""

    def fit(self, sample: Sample, seed: int) -> Fitted:
        """Fit it."""

    def load(self, folder: Path) -> Fitted:
        """Read what `Fitted.save` wrote, without running code from the files."""


@dataclass(frozen=True)
class CaseList:
    """One list: what an Output writes.

    Parameters
    ----------
    practice, role : str
    header : mapping of str to str
        What the list is: shown before the rows.
    rows : pandas.DataFrame
        The contract's columns, one row a patient, in rank order.
    decisions : tuple of str
        What a team may answer in the decision column.
    """

    practice: str
    role: str
    header: Mapping[str, str]
    rows: pd.DataFrame
    decisions: tuple[str, ...]


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
