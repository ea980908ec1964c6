"""Define what a clinical score is: a published sum of points, used as a feature and as a comparator for models.

Decision
--------
A score is written as its paper prints it: the rows of a table, in order. A row is a `Weight` if its points are for
codes of hospital diagnoses, and a `Term` if they are for a column of the matrix. A score can have both; the sum of its
weights is then a column that a term uses. A score with terms is NULL for a patient if one of its rows is not known (a
patient never in hospital has no latest stay), unless the row says what to use instead. The score is absent if one of
its columns is absent, because a shorter sum would have the same name.

Some papers give the risk for each number of points. `ClinicalScore.published_risk` gives that risk as printed, for the
outcome in `published_outcome` only. A comparison shows it next to the score recalibrated on the study's own outcome.
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
    """Row of a table of points: the points that a column of the matrix adds.

    Parameters
    ----------
    column : str
        One column, or several separated by spaces, of which the highest value counts.
    steps : tuple of (float, float)
        Lower bounds and their points, ascending; a value below the first bound gives 0 points.
    each : float
        Instead of steps: points for each unit of the column.
    power : int
        Power of the column that is multiplied by `each`.
    unknown : float or None
        Points if the column is NULL; None to make the score NULL too.
    """

    label: str
    column: str
    steps: tuple[tuple[float, float], ...] = ()
    each: float = 0.0
    power: int = 1
    unknown: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it uses."""
        return tuple(self.column.split())

    def points(self) -> nw.Expr:
        """Compute the points of each patient."""
        values = [nw.col(name).cast(nw.Float64) for name in self.columns]
        value = nw.max_horizontal(*values) if len(values) > 1 else values[0]
        found = value**self.power * self.each
        for bound, points in self.steps:
            found = nw.when(value >= bound).then(nw.lit(float(points))).otherwise(found)
        return found if self.unknown is None else found.fill_null(self.unknown)


@dataclass(frozen=True)
class LogisticRisk:
    """Published risk whose log odds are a linear function of the points.

    >>> LogisticRisk.through((0, 0.1), (10, 0.5)).risk(np.array([0.0, 10.0, np.nan])).round(3).tolist()
    [0.1, 0.5, nan]
    """

    intercept: float
    slope: float

    @classmethod
    def through(cls, first: tuple[float, float], last: tuple[float, float]) -> LogisticRisk:
        """Fit the line through two printed pairs of points and risk."""
        low, high = (math.log(risk / (1 - risk)) for _, risk in (first, last))
        slope = (high - low) / (last[0] - first[0])
        return cls(low - slope * first[0], slope)

    def risk(self, points: np.ndarray) -> np.ndarray:
        """Compute the risk, with the shape of `points` and NaN for NaN."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + self.slope * points))))


@dataclass(frozen=True)
class ClinicalScore(Feature):
    """Published score, used as a feature and as a comparator for models.

    Parameters
    ----------
    name : str
        Name with the variant, such as ``charlson_icd10_quan``; also the matrix column of the points.
    months : int
        Lookback window of the weights.
    bands : tuple of (float, str)
        Lower bound and name of each band, ascending.
    phrase_from : float or None
        Lowest number of points that is given as a reason; None for never.
    listed : bool
        Whether it can be a reason on a list.
    terms : tuple of Term
        If given, the score is their sum plus `constant`; the sum of the weights is ``<name>_conditions``.
    lowest : float or None
        Minimum of the sum of weights.
    window : str
        Text that the catalogue shows instead of the lookback window.
    published : LogisticRisk or None
        Risk that the paper gives for points; None if it gives none or the table could not be read.
    published_outcome : str
        The outcome of that risk, with its number of days.
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
        """Value of `listed`: False for a sum of conditions that a list names anyway."""
        return self.listed

    @property
    def repeats(self) -> bool:
        """Whether it is only a sum of other columns, for comparison and not for training."""
        return bool(self.terms)

    @property
    def requires(self) -> tuple[str, ...]:  # type: ignore[override]
        """Diagnoses, if it has weights."""
        return ("diagnoses",) if self.weights else ()

    @property
    def derived_from(self) -> tuple[str, ...]:  # type: ignore[override]
        """Columns of other features that its terms use."""
        own = {column.name for column in self._early()}
        return tuple(dict.fromkeys(name for term in self.terms for name in term.columns if name not in own))

    @property
    def reference(self) -> str:
        """The citation with its DOIs."""
        return "; ".join([self.citation, *(f"doi {doi}" for doi in self.dois)])

    @property
    def seen_over(self) -> str:
        """Its lookback window in words."""
        return self.window or f"{self.months} months"

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the sum of its weights; weights of 0 are only in the table for the reader."""
        weights = tuple(weight for weight in self.weights if weight.weight)
        return (WeightAggregate(f"{self.name}_sum", weights, self.months),) if weights else ()

    def columns(self) -> tuple[FeatureColumn, ...]:
        """List the score; the weights of a patient without any of its codes in the window add up to 0."""
        return (*self._early(), self._total()) if self.terms else self._early()

    def _early(self) -> tuple[FeatureColumn, ...]:
        """Make the column that needs no other columns."""
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
        """Give the risk of `published_outcome` that the paper gives for points; None if it gives none.

        Points and risks are NaN if the score does not apply.
        """
        return None if self.published is None else self.published.risk(points)

    def band(self, points: float | None) -> str | None:
        """Find the band of a score."""
        if points is None:
            return None
        reached = [label for bound, label in self.bands if points >= bound]
        return reached[-1] if reached else None

    def phrase(self, facts: Facts) -> str | None:
        """Give the score and its band, if it has enough points."""
        points = facts.get(self.name)
        if points is None or self.phrase_from is None or points < self.phrase_from:
            return None
        band = self.band(points)
        return f"{self.title} {points:.4g}" + (f" ({band})" if band else "")
