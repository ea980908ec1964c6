"""The people on whom models are judged, and the checks on them.

Decision
--------
A weight is the number of people a row represents: inverse probability of censoring weights, or counts. Rows of weight 0
are neither counted nor listed. Rows of one patient share a number (`cluster`) and are resampled together; without it,
every row is another patient.
A risk that is missing or is not a probability is refused: dropped in silence, it would change a model's figures unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from riskstrat.tables import Bools, Floats, Ints


@dataclass(frozen=True)
class People:
    """The people on whom models are judged.

    Parameters
    ----------
    y : array of 0/1, shape (rows,)
        Whether each person had the outcome.
    admissions : array of int, shape (rows,)
        Admissions (events) in the outcome window.
    sizes : mapping of str to int
        List sizes by name, drawn from everyone: {"top 1 %": 1402, "gp_mdt": 2804}. Subgroups use the first.
    practice : array, shape (rows,), or None
        Labels or codes.
    per_practice : mapping of str to float
        Lists that each practice draws from its own people: the share of them that is listed, by name.
    cluster : array, shape (rows,), or None
        Rows of one patient share a number; None where every row is another patient.
    weight : array of float, shape (rows,), or None
        How many people each row stands for; None for one each.
    no_prior : array of bool, shape (rows,), or None
        Whether each person had no emergency admission in the previous 12 months; None if that is not known.
    groups : mapping of str to array, shape (rows,)
        The label of each person in each dimension; None or "" for not recorded.

    Raises
    ------
    ValueError
        If lengths differ, an outcome is neither 0 nor 1, a weight is missing or negative, all weights are 0, or a list
        has no places.

    Examples
    --------
    >>> some = People(np.array([0, 1, 0, 0]), np.array([0, 2, 0, 0]), {"top half": 2})
    >>> some.only(np.array([True, True, False, False])).sizes
    {'top half': 1}
    """

    y: np.ndarray
    admissions: np.ndarray
    sizes: Mapping[str, int]
    practice: np.ndarray | None = None
    per_practice: Mapping[str, float] = field(default_factory=dict)
    cluster: np.ndarray | None = None
    weight: np.ndarray | None = None
    no_prior: Bools | None = None
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self._arrays().items():
            if len(values) != self.rows:
                raise ValueError(f"{name} has {len(values):,} rows, but the outcome has {self.rows:,}")
        if not self.rows or not np.isin(self.y, (0, 1)).all():
            raise ValueError("there must be at least one person, and each outcome must be 0 or 1")
        if self.weight is not None and not (np.isfinite(self.weight).all() and (self.weight >= 0).all()):
            raise ValueError("each weight must be a number of 0 or more")
        if not self.weights.sum() > 0:
            raise ValueError("all weights are 0")
        if any(size < 1 for size in self.sizes.values()):
            raise ValueError("each list must hold at least one person")
        if any(not share > 0 for share in self.per_practice.values()):
            raise ValueError("each share listed by a practice must be above 0")

    def _arrays(self) -> dict[str, np.ndarray]:
        named = {name: getattr(self, name) for name in ("admissions", "practice", "cluster", "weight", "no_prior")}
        return {name: values for name, values in {**named, **self.groups}.items() if values is not None}

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.y)

    @cached_property
    def weights(self) -> Floats:
        """How many people each row stands for, shape (rows,)."""
        return np.ones(self.rows) if self.weight is None else np.asarray(self.weight, float)

    @cached_property
    def patients(self) -> Ints | None:
        """Number of the patient of each row, from 0; None where every row is another patient."""
        if self.cluster is None:
            return None
        names, numbers = np.unique(self.cluster, return_inverse=True)
        return None if len(names) == self.rows else numbers

    def only(self, chosen: Bools) -> People:
        """Select the people of a mask, with lists of the same share of them."""
        part = self.weights[chosen].sum() / max(self.weights.sum(), np.finfo(float).tiny)

        def some(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[chosen]

        return replace(
            self,
            y=self.y[chosen],
            admissions=self.admissions[chosen],
            sizes={name: max(1, round(size * part)) for name, size in self.sizes.items()},
            groups={name: labels[chosen] for name, labels in self.groups.items()},
            practice=some(self.practice),
            cluster=some(self.cluster),
            weight=some(self.weight),
            no_prior=some(self.no_prior),
        )

    def checked(self, model: str, risk: np.ndarray) -> Floats:
        """Return the risks of a model, if each is a probability.

        Raises
        ------
        ValueError
            If there is not one risk for each person, or some are missing or not between 0 and 1.
        """
        given = np.asarray(risk, float)
        if given.shape != (self.rows,):
            raise ValueError(f"{model}: {given.size:,} risks for {self.rows:,} people")
        if wrong := int((~((given >= 0) & (given <= 1))).sum()):
            raise ValueError(f"{model}: {wrong:,} of {self.rows:,} risks are missing or are not between 0 and 1")
        return given
