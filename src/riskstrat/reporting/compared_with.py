"""What models are beside each other, as records: paired differences, overlap of lists, and what choices do."""

from __future__ import annotations

from collections.abc import Iterator

from riskstrat.compared import Comparison, Contestant, Effect, LearningPoint
from riskstrat.evaluate.results import Difference, Estimate, Overlap
from riskstrat.pages import Measured
from riskstrat.reporting.disclosure import UNDEFINED, Shown, plain, rate
from riskstrat.reporting.judged import figures, level_name
from riskstrat.reporting.record import EVERYONE, Record
from riskstrat.suppression import SMALL, shown

OPTIMISM = {"apparent": "auroc, apparent", "cross_validated": "auroc, cross-validated", "later": "auroc, later"}
IMPORTANCE = "mean absolute contribution to the log odds"


def beside_each_other(found: Comparison) -> Iterator[Record]:
    """Everything that is known of pairs, of choices, and of how a model was made."""
    for difference in found.differences:
        yield from _difference(difference)
    for overlap in found.overlaps:
        yield from _overlap(overlap)
    for contestant in found.contestants:
        yield from _made(contestant)
    yield from _practices(found)
    yield from _learning(found)
    for effect in found.deaths:
        yield from _effect(effect, choice_name(found.reference, "death", effect.choice))
    for effect in found.management:
        yield from _effect(effect, choice_name(found.reference, "case-managed", effect.choice))
    for horizon in found.horizons:
        yield from figures(horizon_name(found.reference, horizon.days), EVERYONE, horizon.figures)


def pair(first: str, second: str) -> str:
    """The name of a difference."""
    return f"{first} less {second}"


def choice_name(model: str, of: str, choice: str) -> str:
    """The name of a model made with a choice."""
    return f"{model}, {of}: {choice}"


def horizon_name(model: str, days: int) -> str:
    """The name of a model for an outcome window."""
    return f"{model}, {days} days"


def held_out_name(practice: str, people: int) -> str:
    """The name of a practice that a model was fitted without."""
    return f"practice held out: {level_name(practice, people)}"


def fitted_on_name(one: LearningPoint) -> str:
    """The name of the people that a point of a learning curve was fitted on."""
    return f"fitted on {shown(one.people)} people"


def _count(number: int) -> Shown:
    count = shown(number)
    return count if isinstance(count, str) else Measured(float(count))


def _difference(one: Difference) -> Iterator[Record]:
    name = pair(one.first, one.second)
    yield Record(name, EVERYONE, f"difference in {one.figure}", one.at, plain(one.estimate))
    p = UNDEFINED if one.p is None else Measured(round(one.p, 4))
    yield Record(name, EVERYONE, f"p of the difference in {one.figure}", one.at, p)


def _overlap(one: Overlap) -> Iterator[Record]:
    name, share = f"{one.first} and {one.second}", one.both / one.listed if one.listed else None
    yield Record(name, EVERYONE, "listed by each", one.at, _count(one.listed))
    yield Record(name, EVERYONE, "listed by both", one.at, _count(one.both))
    yield Record(name, EVERYONE, "share listed by both", one.at, rate(Estimate(share), one.listed))
    yield Record(name, EVERYONE, "with the outcome, listed by the first alone", one.at, _count(one.events_first_only))
    yield Record(name, EVERYONE, "with the outcome, listed by the second alone", one.at, _count(one.events_second_only))


def _made(one: Contestant) -> Iterator[Record]:
    if one.optimism is not None:
        for name, figure in OPTIMISM.items():
            yield Record(one.name, EVERYONE, figure, "", plain(getattr(one.optimism, name)))
    for topic in one.importance:
        yield Record(one.name, EVERYONE, IMPORTANCE, topic.topic, Measured(round(topic.mean_log_odds, 4)))
    for shape in one.shapes:
        for value, log_odds, people in zip(shape.values, shape.log_odds, shape.people, strict=True):
            if people > SMALL:
                at = f"{value:.4g}" if value == value else "not assessed"
                figure = f"contribution to the log odds by {shape.column}"
                yield Record(one.name, EVERYONE, figure, at, Measured(round(float(log_odds), 4)), shown(people))


def _practices(found: Comparison) -> Iterator[Record]:
    for one in found.practices:
        among, counts = held_out_name(one.practice, one.people), (shown(one.people), shown(one.events))
        for figure, estimate in (("auroc", one.auroc), ("o_e", one.o_e)):
            cell = plain(estimate, one.events, one.people - one.events)
            yield Record(found.reference, among, figure, "", cell, *counts)


def _learning(found: Comparison) -> Iterator[Record]:
    for one in found.learning:
        people, events = shown(one.people), shown(one.events)
        for figure, estimate in (("auroc", one.auroc), ("average_precision", one.average_precision)):
            cell = plain(estimate, one.events)
            yield Record(found.reference, fitted_on_name(one), figure, "", cell, people, events)


def _effect(one: Effect, name: str) -> Iterator[Record]:
    yield from figures(name, EVERYONE, one.figures)
    yield Record(name, EVERYONE, "fitted on", "", _count(one.fitted_on))
    yield Record(name, EVERYONE, "with the outcome, fitted on", "", _count(one.events))
    if one.figures.at_size:
        size = one.figures.at_size[0]
        for figure in ("same_listed", "deaths_listed", "managed_listed"):
            yield Record(name, EVERYONE, figure, size.name, rate(getattr(one, figure), size.listed))
