"""The results of a comparison, a validation or a training, from which reports and cards are made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Literal

from riskstrat.evaluation.results import Basis, Estimate, FigureRow, FigureTable, Judgement
from riskstrat.governance import SMALL
from riskstrat.modelling import VariantSettings
from riskstrat.tables import Floats, Ints

OPTIMISM = {"apparent": "auroc, apparent", "cross_validated": "auroc, cross-validated", "later": "auroc, later"}
IMPORTANCE = "mean absolute contribution to the log odds"


@dataclass(frozen=True)
class Shape:
    """How the risk changes with one column, all else equal: an association, never an effect.

    Parameters
    ----------
    values : array, shape (bins,)
        Mean value of the column in each bin; NaN for "not assessed".
    log_odds : array, shape (bins,)
        Mean contribution in each bin.
    people : array of int, shape (bins,)
    """

    column: str
    meaning: str
    unit: str
    values: Floats
    log_odds: Floats
    people: Ints


@dataclass(frozen=True)
class Importance:
    """How much a topic changes the risk: mean absolute contribution to the log odds."""

    topic: str
    says: str
    mean_log_odds: float


@dataclass(frozen=True)
class Optimism:
    """AUROC on the people fitted on, on the same people in cross-validation, and in the test."""

    apparent: Estimate
    cross_validated: Estimate
    later: Estimate


@dataclass(frozen=True)
class ComparedModel:
    """A variant or a published score in a comparison.

    Parameters
    ----------
    columns : int
        Number of columns it uses.
    tuned : mapping of str to float
        The settings that the search chose.
    tried : int
        Number of settings tried.
    optimism : Optimism or None
        None for a score, which is not fitted.
    importance : tuple of Importance
        The strongest first.
    shapes : tuple of Shape
        Effect shapes of the strongest columns.
    as_published : tuple of FigureRow
        Figures of a score's own published risk, not recalibrated; empty where the paper gives none.
    applicable : int or None
        Number of people for whom a score can be computed; None for a variant.
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
    as_published: tuple[FigureRow, ...] = ()
    published_outcome: str = ""
    citation: str = ""
    caution: str = ""
    applicable: int | None = None

    @property
    def made(self) -> Iterator[FigureRow]:
        """Its optimism, importance and shapes as rows, without bins of few people."""
        basis = Basis(self.name)
        if self.optimism is not None:
            yield from (basis.measure(figure, getattr(self.optimism, one)) for one, figure in OPTIMISM.items())
        for topic in self.importance:
            yield basis.measure(IMPORTANCE, Estimate(topic.mean_log_odds), topic.topic)
        for shape in self.shapes:
            figure = f"contribution to the log odds by {shape.column}"
            for value, log_odds, people in zip(shape.values, shape.log_odds, shape.people, strict=True):
                if people > SMALL:
                    at = f"{value:.4g}" if value == value else "not assessed"
                    yield Basis(self.name, people=int(people)).measure(figure, Estimate(float(log_odds)), at)

    @property
    def published(self) -> Iterator[FigureRow]:
        """Number of people a score applies to, and its own risk, as rows."""
        if self.applicable is not None:
            yield Basis(self.name).count("applicable", self.applicable)
        yield from self.as_published


@dataclass(frozen=True)
class ChoiceEffect:
    """One choice in making a model, and its figures.

    Parameters
    ----------
    choice : str
        "ignore", "composite", "weight"; or "include", "exclude", "flag", "weight".
    chosen : bool
        Whether it is the study's own choice.
    model : str
        Its name in the rows.
    figures : tuple of FigureRow
        Figures by its own definition of the outcome; how many rows it was fitted on; and, of patients listed at the
        first list size, the shares that the study's choice lists too, that died in the outcome window without the
        event, and that were already case-managed on the index date.
    """

    choice: str
    chosen: bool
    model: str
    figures: tuple[FigureRow, ...]


@dataclass(frozen=True)
class Horizon:
    """The study's variant for another outcome window."""

    days: int
    test_date: str
    model: str
    figures: tuple[FigureRow, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything a report shows.

    Parameters
    ----------
    about : tuple of (str, str)
        Outcome, people, index dates, counts, versions: at a glance.
    reference : str
        The model that the others are compared with: the study's own variant, or the model validated.
    judgements : tuple of Judgement
        In the order of contestants; also "age alone", for the decision curve.
    split : {"time", "people"}
        Whether the test is on a later index date, or on other people at the same one.
    learning : tuple of FigureRow
        The reference fitted on parts of the people ("fitted on: 5370"), judged on the same test people.
    practices : tuple of FigureRow
        Practices judged by a model that was fitted without them ("practice held out: A81001").
    notes : tuple of str
        What was not done, and other notes for the reader.
    """

    title: str
    subtitle: str
    about: tuple[tuple[str, str], ...]
    reference: str
    contestants: tuple[ComparedModel, ...]
    judgements: tuple[Judgement, ...]
    split: Literal["time", "people"] = "time"
    differences: tuple[FigureRow, ...] = ()
    overlaps: tuple[FigureRow, ...] = ()
    learning: tuple[FigureRow, ...] = ()
    practices: tuple[FigureRow, ...] = ()
    deaths: tuple[ChoiceEffect, ...] = ()
    management: tuple[ChoiceEffect, ...] = ()
    horizons: tuple[Horizon, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def by_model(self) -> Mapping[str, Judgement]:
        """Its judgements by model."""
        return {one.model: one for one in self.judgements}

    @cached_property
    def figures(self) -> FigureTable:
        """Every figure: of each model, of pairs, of choices, and of how a model was made."""
        parts = (
            *(one.figures for one in self.judgements),
            *(one.published for one in self.contestants),
            self.differences,
            self.overlaps,
            *(one.made for one in self.contestants),
            self.practices,
            self.learning,
            *(one.figures for one in (*self.deaths, *self.management)),
            *(one.figures for one in self.horizons),
        )
        return FigureTable(tuple(chain.from_iterable(parts)))
