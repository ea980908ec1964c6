"""Rows of published tables: what a column adds to a score, and the risk that a paper gives for a sum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np


@dataclass(frozen=True)
class Term:
    """One row of a table of points: what a column of the matrix adds.

    Parameters
    ----------
    label : str
        As the paper names it.
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
        """The points of each person, as an expression over the matrix."""
        import narwhals as nw

        values = [nw.col(name).cast(nw.Float64) for name in self.columns]
        value = nw.max_horizontal(*values) if len(values) > 1 else values[0]
        found = value**self.power * self.each
        for bound, points in self.steps:
            found = nw.when(value >= bound).then(nw.lit(float(points))).otherwise(found)
        return found if self.unknown is None else found.fill_null(self.unknown)


@dataclass(frozen=True)
class Logistic:
    """A published risk whose log odds are a straight line in the points.

    Parameters
    ----------
    intercept, slope : float

    Examples
    --------
    >>> import numpy as np
    >>> Logistic.through((0, 0.1), (10, 0.5)).risk(np.array([0.0, 10.0, np.nan])).round(3).tolist()
    [0.1, 0.5, nan]
    """

    intercept: float
    slope: float

    @classmethod
    def through(cls, first: tuple[float, float], last: tuple[float, float]) -> Logistic:
        """The line through two printed pairs of points and risk."""
        low, high = (math.log(risk / (1 - risk)) for _, risk in (first, last))
        slope = (high - low) / (last[0] - first[0])
        return cls(low - slope * first[0], slope)

    def risk(self, points: np.ndarray) -> np.ndarray:
        """The risk, shape of `points`; NaN where they are NaN."""
        import numpy as np

        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + self.slope * points))))
