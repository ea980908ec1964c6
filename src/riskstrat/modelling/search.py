"""The search for the settings of a variant: on people held out, with a fixed budget and a fixed seed.

Decision
--------
One person in five is held out, the same for every candidate; the candidate with the lowest loss on them is fitted again
on everyone. The first candidate is the variant without a search, and a larger budget tries all candidates of a smaller
one, so that it can only find better settings. Several candidates are tried at once in threads (the libraries release
Python's lock), each on one thread; a single candidate uses all cores. The result is the same either way.

Source: Bergstra and Bengio, JMLR 2012;13:281 (random search with a fixed budget).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar

import numpy as np

from riskstrat.modelling.variant import Fitted, ModelColumn, Sample, Trial, Variant, VariantSettings
from riskstrat.tables import Floats

HELD_OUT = 5
_SMALL = 150_000


def no_tick(amount: float) -> None:
    """Count nothing."""


def search(
    variant: Variant, sample: Sample, seed: int, budget: int, tick: Callable[[float], None] = no_tick
) -> list[Trial]:
    """Try up to `budget` candidates on people held out, count each, and return the trials, the best first."""
    import joblib
    from threadpoolctl import threadpool_limits

    held = sample.fold % HELD_OUT == 0
    inner, outer = sample.only(~held), sample.only(held)
    candidates = variant.candidates(budget, seed)
    if len(candidates) == 1:
        tried = [variant.trial(inner, outer, seed, candidates[0])]
        tick(1)
        return tried
    run = joblib.Parallel(n_jobs=-1, prefer="threads", return_as="generator")
    with threadpool_limits(1, user_api="blas"):
        jobs = (joblib.delayed(_on_one_thread)(variant, inner, outer, seed, one) for one in candidates)
        tried = []
        for trial in run(jobs):
            tried.append(trial)
            tick(1)
    return sorted(tried, key=lambda trial: trial.loss)


def _on_one_thread(variant: Variant, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
    import joblib
    from threadpoolctl import threadpool_limits

    with joblib.parallel_config(backend="sequential"), threadpool_limits(1):
        return variant.trial(inner, outer, seed, settings)


def threads(rows: int) -> int:
    """Choose how many threads a library uses: one inside a search and for small samples, which more would slow down."""
    import joblib

    return 1 if rows < _SMALL else int(joblib.effective_n_jobs(-1))


def held_out_loss(fitted: Fitted, outer: Sample) -> float:
    """Compute the mean log loss on people a model has not seen."""
    return log_loss(fitted.log_odds(outer.x), outer)


def log_loss(scores: Floats, outer: Sample) -> float:
    """Compute the mean log loss of log odds, weighted where the sample is.

    >>> outer = Sample(np.zeros((2, 0)), np.array([0, 1]), [], np.zeros(2))
    >>> round(log_loss(np.array([0.0, 0.0]), outer), 4)
    0.6931
    """
    losses = np.logaddexp(0, np.where(outer.y == 1, -scores, scores))
    return float(np.average(losses, weights=outer.weight))


def judged_by_fitting(variant: Variant, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
    """Try a variant that does not find a setting while it is fitted."""
    return Trial(settings, held_out_loss(variant.fit(inner, seed, settings), outer))


def drawn(
    first: VariantSettings, space: Mapping[str, tuple[float, ...]], budget: int, seed: int
) -> list[VariantSettings]:
    """Return the first settings, and others drawn from a grid without repeating any.

    >>> drawn({"leaves": 15}, {"leaves": (7, 15, 31)}, 3, seed=0)[0]
    {'leaves': 15}
    >>> len(drawn({"leaves": 15}, {"leaves": (7, 15, 31)}, 99, seed=0))
    3
    """
    grid = [dict(zip(space, values, strict=True)) for values in product(*space.values())]
    others = [{**first, **one} for one in grid if {**first, **one} != first]
    order = np.random.default_rng(seed).permutation(len(others))
    return [first, *(others[i] for i in order[: max(0, budget - 1)])]


@dataclass(frozen=True)
class GridVariant(ABC):
    """A variant on all columns whose settings are drawn from a grid and judged by fitting them.

    Without a search it is fitted with its `first` settings; `space` has the values that a search draws from.
    """

    name: str
    title: str
    reason: str
    files: tuple[str, ...]
    monotone: bool
    first: ClassVar[VariantSettings] = {}
    space: ClassVar[Mapping[str, tuple[float, ...]]] = {}

    def select(self, columns: Sequence[ModelColumn]) -> list[str]:
        """Select every column."""
        return [column.name for column in columns]

    def candidates(self, budget: int, seed: int) -> list[VariantSettings]:
        """Draw settings from the grid."""
        return drawn(self.first, self.space, budget, seed)

    def trial(self, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
        """Fit on some people, and judge on others."""
        return judged_by_fitting(self, inner, outer, seed, settings)

    @abstractmethod
    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit it with some settings."""

    @abstractmethod
    def load(self, folder: Path) -> Fitted:
        """Read its files."""
