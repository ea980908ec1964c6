"""The interface of a model: what a variant is given and what it returns.

A variant is fitted on a `Sample`, with settings (numbers only, so that model.toml can hold them), and gives a `Fitted`
that ranks people and returns what each column adds. `search` chooses among the candidates of a variant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from riskstrat.features import ColumnKind, FeatureGroup, Rises
from riskstrat.tables import Binary, Bools, FeatureMatrix, Floats, Ints

VariantSettings = Mapping[str, float]


@dataclass(frozen=True)
class ModelColumn:
    """A column as a variant sees it.

    Parameters
    ----------
    kind : {"count", "days", "flag", "value"}
        How a linear model treats it. "days" is days since an event, NaN for never.
    group : {"hospital", "gp", "demographic"} or None
        The records it is made from; None where that is not known.
    monotone : {-1, 0, 1}
        1 if more may never lower the risk, -1 if more may never raise it, 0 without a constraint.
    offered : bool
        Whether variants may use it; False for a score made from their other columns, which is there for comparison,
        and for columns that only lists may use.
    """

    name: str
    kind: ColumnKind = "value"
    group: FeatureGroup | None = None
    monotone: Rises = 0
    offered: bool = True


@dataclass(frozen=True)
class Sample:
    """The rows that a variant is fitted on.

    x is float32, shape (rows, columns), NaN where not assessed; `fold` is 0 to 9 by person, so that no person is in two
    folds; `weight` is how much each row counts, None if all count the same.
    """

    x: FeatureMatrix
    y: Binary
    columns: Sequence[ModelColumn]
    fold: Ints
    weight: Floats | None = None

    @property
    def names(self) -> list[str]:
        """Names of its columns."""
        return [column.name for column in self.columns]

    def only(self, rows: Bools) -> Sample:
        """Select the rows of a mask."""
        weight = None if self.weight is None else self.weight[rows]
        return replace(self, x=self.x[rows], y=self.y[rows], fold=self.fold[rows], weight=weight)


class Fitted(Protocol):
    """A fitted model, before calibration; x is a feature matrix as in the `Sample` that it was fitted on."""

    def log_odds(self, x: FeatureMatrix) -> Floats:
        """Predict log odds of the outcome, shape (rows,)."""

    def contributions(self, x: FeatureMatrix) -> Floats:
        """Return what each column adds to the log odds, shape (rows, columns)."""

    def save(self, folder: Path) -> None:
        """Write its files; no pickle."""


@dataclass(frozen=True)
class Trial:
    """Settings that were tried, with those found by the trial (such as the number of trees), and the mean log loss."""

    settings: VariantSettings
    loss: float


@runtime_checkable
class Variant(Protocol):
    """A kind of model."""

    @property
    def name(self) -> str:
        """The name that users type."""

    @property
    def title(self) -> str:
        """A title of a few words."""

    @property
    def reason(self) -> str:
        """When to choose it."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files that `Fitted.save` writes; a model's folder may have no others."""

    @property
    def monotone(self) -> bool:
        """Whether it can keep to the `monotone` of a column."""

    def select(self, columns: Sequence[ModelColumn]) -> list[str]:
        """Select its columns from those available."""

    def candidates(self, budget: int, seed: int) -> list[VariantSettings]:
        """List at most `budget` settings to try, first the settings it has without a search."""

    def trial(self, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
        """Fit on some people, and judge on others."""

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit it, keeping to the `monotone` of each column where it can."""

    def load(self, folder: Path) -> Fitted:
        """Read what `Fitted.save` wrote, without running code from the files."""
