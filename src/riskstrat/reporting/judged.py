"""The judgements of models as records: overall, at the size of the lists, by subgroup, recalibrated, as published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from riskstrat.compared import Comparison, Contestant
from riskstrat.evaluate.results import AtSize, Estimate, Figures, Judgement, Subgroup
from riskstrat.pages import Measured
from riskstrat.reporting.disclosure import Shown, inverse, plain, rate
from riskstrat.reporting.record import EVERYONE, NO_PRIOR, Record
from riskstrat.suppression import HIDDEN, SMALL, shown
from riskstrat.wording import readable

RATES = ("event_rate",)
OF_SUBGROUP = (
    "auroc", "o_e", "calibration_slope", "listed_share", "ppv", "sensitivity", "false_positive_rate",
)  # fmt: skip
SMALL_GROUP = f"fewer than {SMALL + 1} people"


def judged(found: Comparison) -> Iterator[Record]:
    """Everything that is known of each model on the test people."""
    for one in found.judgements:
        yield from figures(one.model, EVERYONE, one.figures)
        if one.no_prior is not None:
            yield from figures(one.model, NO_PRIOR, one.no_prior)
        for group in one.subgroups:
            yield from _subgroup(one, group)
        for option, after in one.recalibrated.items():
            yield from figures(recalibrated(one.model, option), EVERYONE, after)
    for contestant in found.contestants:
        yield from _published(contestant)


def recalibrated(model: str, option: str) -> str:
    """The name of a model after a recalibration."""
    return f"{model}, recalibrated by {option}"


def as_published(score: str) -> str:
    """The name of a score with its own risk."""
    return f"{score}, as published"


def group_name(group: Subgroup) -> str:
    """A subgroup as it may be named.

    >>> group_name(Subgroup("sex", "F", 900, 80)), group_name(Subgroup("practice", "A81001", 3, 0))
    ('sex: F', 'practice: fewer than 8 people')
    """
    return f"{group.dimension}: {level_name(group.level, group.people)}"


def level_name(level: str, people: int) -> str:
    """A level as it may be named: not at all where it has too few people."""
    return readable(level) if people > SMALL else SMALL_GROUP


def figures(model: str, among: str, found: Figures) -> Iterator[Record]:
    """The figures of a model among some people, small numbers hidden."""
    counts = (shown(found.people), shown(found.events))
    rest = found.people - found.events
    for name, estimate in found.of.items():
        cell = rate(estimate, found.people) if name in RATES else plain(estimate, found.events, rest)
        yield Record(model, among, name, "", cell, *counts)
    for at in found.at_size:
        for name, cell in _at_size(at, found).items():
            yield Record(model, among, name, at.name, cell, *counts)


def _at_size(at: AtSize, found: Figures) -> Mapping[str, Shown]:
    listed, ppv = shown(at.listed), rate(at.ppv, at.listed)
    return {
        "listed": listed if isinstance(listed, str) else Measured(float(listed)),
        "listed_share": rate(Estimate(at.listed / found.people), found.people),
        "ppv": ppv,
        "sensitivity": rate(at.sensitivity, found.events),
        "captured": HIDDEN if ppv == HIDDEN else rate(at.captured, found.admissions),
        "number_needed_to_review": inverse(ppv),
    }


def _subgroup(one: Judgement, group: Subgroup) -> Iterator[Record]:
    counts = (shown(group.people), shown(group.events))
    cells: Mapping[str, Shown] = dict.fromkeys(OF_SUBGROUP, group.too_few or "")
    if group.too_few is None:
        cells = _of_group(group)
    for name, cell in cells.items():
        yield Record(one.model, group_name(group), name, "", cell, *counts)


def _of_group(group: Subgroup) -> Mapping[str, Shown]:
    rest = group.people - group.events
    listed = (group.listed_share.value or 0.0) * group.people
    return {
        "auroc": plain(group.auroc, group.events, rest),
        "o_e": plain(group.o_e, group.events, rest),
        "calibration_slope": plain(group.calibration_slope, group.events, rest),
        "listed_share": rate(group.listed_share, group.people),
        "ppv": rate(group.ppv, listed),
        "sensitivity": rate(group.sensitivity, group.events),
        "false_positive_rate": rate(group.false_positive_rate, rest),
    }


def _published(score: Contestant) -> Iterator[Record]:
    if score.applicable is not None:
        people = shown(score.applicable)
        cell = people if isinstance(people, str) else Measured(float(people))
        yield Record(score.name, EVERYONE, "applicable", "", cell)
    if score.as_published is not None:
        yield from figures(as_published(score.name), EVERYONE, score.as_published)
