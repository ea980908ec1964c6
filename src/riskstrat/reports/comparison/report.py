"""A comparison -> its page: the answer, what to beware of, and a section for each question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from riskstrat.evaluation.compare.results import Comparison
from riskstrat.reports.comparison import cautions
from riskstrat.reports.comparison import findings as leading
from riskstrat.reports.comparison.sections import (
    calibration,
    choices,
    discrimination,
    glance,
    making,
    practices,
    stability,
)
from riskstrat.reports.comparison.sections import contributions as uses
from riskstrat.reports.comparison.sections import differences as differing
from riskstrat.reports.comparison.sections import lists as at_size
from riskstrat.reports.comparison.sections import net_benefit as benefit
from riskstrat.reports.comparison.sections import published_scores as scores
from riskstrat.reports.comparison.sections import subgroups as fairness
from riskstrat.reports.comparison.view import View
from riskstrat.reports.page.content import Finding, Page, Section

SECTIONS: tuple[Callable[[View], Section | None], ...] = (
    glance.section,
    at_size.section,
    discrimination.section,
    calibration.section,
    benefit.section,
    differing.section,
    fairness.section,
    practices.section,
    stability.section,
    choices.section,
    uses.section,
    scores.section,
    making.section,
)
FINDINGS: tuple[Callable[[View], Iterator[Finding]], ...] = (
    leading.answers,
    leading.calibration_lost,
    cautions.few_outcomes,
    cautions.split,
    cautions.leakage,
    leading.no_better,
    cautions.worse_for_some,
    cautions.optimism,
    cautions.notes,
)
ABOUT = (
    "Supports a decision, makes none. Figures are of the people tested, with 95 % intervals; small numbers are hidden. "
    "What a model uses are associations, never causes."
)


def report(found: Comparison) -> Page:
    """The report of a comparison, a validation or a training.

    Parameters
    ----------
    found : Comparison
        With a judgement of its reference at least.
    """
    view = View(found)
    sections = sections_of(view)
    return Page(found.title, found.subtitle, found.about, linked(findings_of(view), sections), sections, ABOUT)


def findings_of(view: View) -> tuple[Finding, ...]:
    """What was found, in words."""
    return tuple(chain.from_iterable(make(view) for make in FINDINGS))


def linked(findings: Sequence[Finding], sections: Sequence[Section]) -> tuple[Finding, ...]:
    """Findings that lead to sections which are there."""
    there = {section.key for section in sections}
    return tuple(one if one.section in there else replace(one, section="") for one in findings)


def sections_of(view: View) -> tuple[Section, ...]:
    """The sections that have something to show."""
    return tuple(made for make in SECTIONS if (made := make(view)) is not None)
