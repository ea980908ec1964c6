"""What a comparison, a validation or a training finds, as data: what reports and cards are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from riskstrat.evaluation.results import Difference, Estimate, Figures, Judgement, Overlap
from riskstrat.modelling import VariantSettings

_UNDEFINED = Estimate(None)


@dataclass(frozen=True)
class Shape:
    """How the risk changes with one column, other things as they are: an association, never an effect.

    Parameters
    ----------
    values : array, shape (bins,)
        Mean value of the column in each bin of it; NaN for "not assessed".
    log_odds : array, shape (bins,)
        Mean contribution there.
    people : array of int, shape (bins,)
    """

    column: str
    meaning: str
    unit: str
    values: np.ndarray
    log_odds: np.ndarray
    people: np.ndarray


@dataclass(frozen=True)
class Importance:
    """How much a topic moves the risk: mean absolute contribution to the log odds."""

    topic: str
    says: str
    mean_log_odds: float


@dataclass(frozen=True)
class Optimism:
    """AUROC on the people it was fitted on, on the same people by models that had not seen them, and later."""

    apparent: Estimate
    cross_validated: Estimate
    later: Estimate


@dataclass(frozen=True)
class ComparedModel:
    """A variant or a published score in a comparison.

    Parameters
    ----------
    columns : int
        How many it uses.
    tuned : mapping of str to float
        The settings that the search chose.
    tried : int
        Settings tried.
    optimism : Optimism or None
        None for a score, which is not fitted.
    importance : tuple of Importance
        Strongest first.
    shapes : tuple of Shape
        Of the columns that matter most.
    as_published : Figures or None
        Of a score's own published risk, not recalibrated; None where the paper gives none.
    applicable : int or None
        People a score can be worked out for; None for a variant.
    """

    name: str
    title: str
    kind: Literal["variant", "score"]
    columns: int = 0
    tuned: VariantSettings = field(default_factory=dict)
    tried: int = 0
    optimism: Optimism | None = None
    importance: tuple[Importance, ...] = ()
    shapes: tuple[Shape, ...] = ()
    as_published: Figures | None = None
    published_outcome: str = ""
    citation: str = ""
    caution: str = ""
    applicable: int | None = None


@dataclass(frozen=True)
class LearningPoint:
    """A model fitted on some of the people, judged on the same test people."""

    people: int
    events: int
    auroc: Estimate
    average_precision: Estimate


@dataclass(frozen=True)
class HeldOut:
    """A practice judged by a model that was fitted without it (internal-external cross-validation)."""

    practice: str
    people: int
    events: int
    auroc: Estimate
    o_e: Estimate


@dataclass(frozen=True)
class ChoiceEffect:
    """One choice in the making of a model, and what came of it.

    Parameters
    ----------
    choice : str
        "ignore", "composite", "weight"; or "include", "exclude", "flag", "weight".
    chosen : bool
        Whether it is the study's.
    figures : Figures
        Among those it is judged on, by its own definition of the outcome.
    same_listed : Estimate
        Of the first list size, the share that the study's choice lists too.
    deaths_listed : Estimate
        Of those listed, the share who died in the outcome window without the event.
    managed_listed : Estimate
        Of those listed, the share already case-managed on the index date.
    """

    choice: str
    chosen: bool
    fitted_on: int
    events: int
    figures: Figures
    same_listed: Estimate = _UNDEFINED
    deaths_listed: Estimate = _UNDEFINED
    managed_listed: Estimate = _UNDEFINED


@dataclass(frozen=True)
class Horizon:
    """The study's variant for another outcome window."""

    days: int
    test_date: str
    figures: Figures


@dataclass(frozen=True)
class Comparison:
    """Everything a report shows.

    Parameters
    ----------
    about : tuple of (str, str)
        Outcome, people, index dates, counts, versions: at a glance.
    reference : str
        The model that others are set against: the study's own variant, or the model validated.
    judgements : tuple of Judgement
        In the order of contestants; and "age" alone, for the decision curve.
    split : {"time", "people"}
        Whether the test is on a later index date, or on other people at the same one.
    notes : tuple of str
        What was left out, could not be done, or must be known.
    """

    title: str
    subtitle: str
    about: tuple[tuple[str, str], ...]
    reference: str
    contestants: tuple[ComparedModel, ...]
    judgements: tuple[Judgement, ...]
    split: Literal["time", "people"] = "time"
    differences: tuple[Difference, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    learning: tuple[LearningPoint, ...] = ()
    practices: tuple[HeldOut, ...] = ()
    deaths: tuple[ChoiceEffect, ...] = ()
    management: tuple[ChoiceEffect, ...] = ()
    horizons: tuple[Horizon, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def by_model(self) -> Mapping[str, Judgement]:
        """Its judgements by model."""
        return {one.model: one for one in self.judgements}
