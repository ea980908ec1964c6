"""Clinical scores: published sums of points, each a feature and a comparator for models.

Decision
--------
A score is written as its paper prints it: rows of a table, in order. A row is a `Weight`, where points are for codes
of hospital diagnoses, or a `Term`, where they are for a column of the matrix; a score may have both, and then the sum
of its weights is a column that a term reads. A score with terms is NULL for a person of whom a row cannot be told
(nobody's stay is the "latest" of a person never in hospital), unless the row says what counts then, and is absent where
a column it reads is absent: a shorter sum would go by the same name.

Some papers print the risk that goes with the points. `ClinicalScore.published_risk` gives it as printed, of the outcome
in `published_outcome` and of no other; a comparison shows it beside the score recalibrated on the study's own outcome.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import narwhals as nw
import numpy as np

from riskstrat.features.aggregates import Aggregate, Weight, WeightAggregate
from riskstrat.features.feature import Facts, Feature, FeatureColumn, FeatureGroup, Rises
from riskstrat.tables import Lookback


@dataclass(frozen=True)
class Term:
    """One row of a table of points: what a column of the matrix adds.

    Parameters
    ----------
    column : str
        Or several, separated by spaces, of which the greatest counts.
    steps : tuple of (float, float)
        Lower bound and points, ascending; below the first bound 0 points.
    each : float
        Instead of steps: points for each unit of the column.
    power : int
        To which the column is raised before it is multiplied by `each`.
    unknown : float or None
        Points where the column is NULL; None where the score is then NULL too.
    """

    label: str
    column: str
    steps: tuple[tuple[float, float], ...] = ()
    each: float = 0.0
    power: int = 1
    unknown: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return tuple(self.column.split())

    def points(self) -> nw.Expr:
        """Compute the points of each person."""
        values = [nw.col(name).cast(nw.Float64) for name in self.columns]
        value = nw.max_horizontal(*values) if len(values) > 1 else values[0]
        found = value**self.power * self.each
        for bound, points in self.steps:
            found = nw.when(value >= bound).then(nw.lit(float(points))).otherwise(found)
        return found if self.unknown is None else found.fill_null(self.unknown)


@dataclass(frozen=True)
class LogisticRisk:
    """A published risk whose log odds are a straight line in the points.

    >>> LogisticRisk.through((0, 0.1), (10, 0.5)).risk(np.array([0.0, 10.0, np.nan])).round(3).tolist()
    [0.1, 0.5, nan]
    """

    intercept: float
    slope: float

    @classmethod
    def through(cls, first: tuple[float, float], last: tuple[float, float]) -> LogisticRisk:
        """The line through two printed pairs of points and risk."""
        low, high = (math.log(risk / (1 - risk)) for _, risk in (first, last))
        slope = (high - low) / (last[0] - first[0])
        return cls(low - slope * first[0], slope)

    def risk(self, points: np.ndarray) -> np.ndarray:
        """The risk, shape of `points`; NaN where they are NaN."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + self.slope * points))))


@dataclass(frozen=True)
class ClinicalScore(Feature):
    """A published score: a feature, and a comparator for models.

    Parameters
    ----------
    name : str
        With its variant: ``charlson_icd10_quan``. The matrix column of the points.
    months : int
        Lookback window of the weights.
    bands : tuple of (float, str)
        Lower bound and name of each band, ascending.
    phrase_from : float or None
        Points at which it is worth saying; None for never.
    listed : bool
        Whether it can stand as a reason on a list.
    terms : tuple of Term
        With them the score is their sum and the `constant`, and that of the weights is ``<name>_conditions``.
    lowest : float or None
        A lower sum of weights is raised to this.
    window : str
        What the catalogue prints instead of the lookback window.
    published : LogisticRisk or None
        The risk that the paper gives for points; None where it gives none that could be read.
    published_outcome : str
        What that is a risk of, and over how many days.
    """

    name: str
    title: str
    citation: str
    weights: tuple[Weight, ...] = ()
    months: int = 24
    bands: tuple[tuple[float, str], ...] = ()
    caution: str = ""
    phrase_from: float | None = 3.0
    listed: bool = True
    group: FeatureGroup = "hospital"
    tables: tuple[str, ...] = ("diagnoses",)
    terms: tuple[Term, ...] = ()
    constant: float = 0.0
    lowest: float | None = None
    unit: str = "points"
    window: str = ""
    dois: tuple[str, ...] = ()
    published: LogisticRisk | None = None
    published_outcome: str = ""
    monotone: Rises = 1

    @property
    def is_reason(self) -> bool:
        """As `listed` says: a sum of conditions that a list names anyway is no news."""
        return self.listed

    @property
    def repeats(self) -> bool:
        """Whether it is no more than a sum of other columns: something to compare with, not to train on."""
        return bool(self.terms)

    @property
    def requires(self) -> tuple[str, ...]:  # type: ignore[override]
        """Diagnoses, where it has weights for them."""
        return ("diagnoses",) if self.weights else ()

    @property
    def derived_from(self) -> tuple[str, ...]:  # type: ignore[override]
        """The columns of its terms that other features make."""
        own = {column.name for column in self._early()}
        return tuple(dict.fromkeys(name for term in self.terms for name in term.columns if name not in own))

    @property
    def reference(self) -> str:
        """The citation with its DOIs."""
        return "; ".join([self.citation, *(f"doi {doi}" for doi in self.dois)])

    @property
    def seen_over(self) -> str:
        """Its window in words."""
        return self.window or f"{self.months} months"

    def aggregates(self) -> tuple[Aggregate, ...]:
        """The sum of its weights; those of 0 are in the table for the reader alone."""
        weights = tuple(weight for weight in self.weights if weight.weight)
        return (WeightAggregate(f"{self.name}_sum", weights, self.months),) if weights else ()

    def columns(self) -> tuple[FeatureColumn, ...]:
        """The score; of weights, 0 for a person with none of its codes in hospital records of the window."""
        return (*self._early(), self._total()) if self.terms else self._early()

    def _early(self) -> tuple[FeatureColumn, ...]:
        """What it makes without looking at other columns."""
        if not self.weights:
            return ()
        name = f"{self.name}_conditions" if self.terms else self.name
        meaning = f"{self.title}: contribution of conditions" if self.terms else self._meaning
        column = FeatureColumn(name, self.unit, f"{self.months} months", meaning, "value", self._weighed)
        before = f"conditions of {self.title}" if self.terms else ""
        return (replace(column, monotone=self.monotone, defined_as=before),)

    def _weighed(self, _: Lookback) -> nw.Expr:
        found = nw.col(f"{self.name}_sum").fill_null(0.0).cast(nw.Float64)
        return found if self.lowest is None else nw.max_horizontal(found, nw.lit(self.lowest))

    @property
    def _meaning(self) -> str:
        return f"{self.title} ({self.citation})"

    def _total(self) -> FeatureColumn:
        def points(_: Lookback) -> nw.Expr:
            return sum((term.points() for term in self.terms), nw.lit(self.constant)).cast(nw.Float64)

        return FeatureColumn(
            self.name, self.unit, self.seen_over, self._meaning, "value", points, derived=True, monotone=self.monotone
        )

    def published_risk(self, points: np.ndarray) -> np.ndarray | None:
        """Look up the risk of `published_outcome` that the paper gives for points; None where it gives none.

        Points, and risks, are NaN where the score does not apply.
        """
        return None if self.published is None else self.published.risk(points)

    def band(self, points: float | None) -> str | None:
        """The band a score falls in."""
        if points is None:
            return None
        reached = [label for bound, label in self.bands if points >= bound]
        return reached[-1] if reached else None

    def phrase(self, facts: Facts) -> str | None:
        """The score and its band, from the points at which it says something."""
        points = facts.get(self.name)
        if points is None or self.phrase_from is None or points < self.phrase_from:
            return None
        band = self.band(points)
        return f"{self.title} {points:.4g}" + (f" ({band})" if band else "")
