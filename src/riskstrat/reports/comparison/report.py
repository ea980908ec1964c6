"""The page of a comparison: the answer, the cautions, and a section for each question."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from riskstrat.evaluation import Comparison
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
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Finding, Page, Section

_SECTIONS: tuple[Callable[[ReportView], Section | None], ...] = (
    glance.glance_section,
    at_size.lists_section,
    discrimination.discrimination_section,
    calibration.calibration_section,
    benefit.net_benefit_section,
    differing.differences_section,
    fairness.subgroups_section,
    practices.practices_section,
    stability.stability_section,
    choices.choices_section,
    uses.contributions_section,
    scores.published_scores_section,
    making.making_section,
)
FINDINGS: tuple[Callable[[ReportView], Iterator[Finding]], ...] = (
    leading.answers,
    leading.calibration_lost_findings,
    cautions.few_outcomes,
    cautions.split_caution,
    cautions.leakage,
    leading.no_better,
    cautions.worse_for_some,
    cautions.optimism_caution,
    cautions.notes,
)
_ABOUT = (
    "This report supports a decision and does not make one. Figures are for the people tested, with 95 % intervals; "
    "small numbers are hidden. What a model uses are associations, never causes."
)


def comparison_report(found: Comparison) -> Page:
    """Build the report of a comparison, a validation or a training.

    Parameters
    ----------
    found : Comparison
        It has a judgement of at least its reference.
    """
    view = ReportView(found)
    sections = sections_of(view)
    return Page(found.title, found.subtitle, found.about, linked(comparison_findings(view), sections), sections, _ABOUT)


def comparison_findings(view: ReportView) -> tuple[Finding, ...]:
    """List all findings."""
    return tuple(chain.from_iterable(make(view) for make in FINDINGS))


def linked(findings: Sequence[Finding], sections: Sequence[Section]) -> tuple[Finding, ...]:
    """Remove links from findings to sections that the report does not have."""
    there = {section.key for section in sections}
    return tuple(one if one.section in there else replace(one, section="") for one in findings)


def sections_of(view: ReportView) -> tuple[Section, ...]:
    """Build the sections that have something to show."""
    return tuple(made for make in _SECTIONS if (made := make(view)) is not None)
