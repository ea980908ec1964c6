"""The card as a page: the use first, then every item, with the figures between results and discussion."""

from __future__ import annotations

from riskstrat.catalogue import all_variants
from riskstrat.model_card.items import Part, parts
from riskstrat.model_card.subject import Subject
from riskstrat.pages import Entries, Page, Section
from riskstrat.reporting.page import findings_of, linked, sections_of
from riskstrat.suppression import said

LAST = "discussion"
LEFT_OUT = ("glance", "making", "differences")
ABOUT = (
    "Sections follow the 27 items of TRIPOD+AI (Collins and others, BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378)."
    " Figures have 95 % intervals; small numbers are hidden. Reasons are associations, never causes."
)


def page(subject: Subject) -> Page:
    """The card."""
    made = parts(subject)
    before, after = ([_section(part) for part in made if (part.key == LAST) == last] for last in (False, True))
    sections = (*before, *figures_of(subject), *after)
    findings = () if subject.view is None else linked(findings_of(subject.view), sections)
    return Page(f"Model card: {subject.bundle.name}", subject.study.name, _facts(subject), findings, sections, ABOUT)


def figures_of(subject: Subject) -> tuple[Section, ...]:
    """The sections of a report that belong into a card."""
    return () if subject.view is None else tuple(s for s in sections_of(subject.view) if s.key not in LEFT_OUT)


def _facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    facts = subject.facts
    return (
        ("Variant", all_variants()[subject.bundle.variant].title),
        ("Outcome", f"{subject.study.outcome.event.replace('_', ' ')} in {subject.study.outcome.days} days"),
        ("Fitted on", f"{said(facts['fitted_on']['rows'])} person-dates"),
        ("Tested", str(facts["index_dates"]["test"])),
        ("Made by riskstrat", str(facts.get("versions", {}).get("riskstrat", ""))),
    )


def _section(part: Part) -> Section:
    entries = tuple((item.heading, item.text) for item in part.items)
    return Section(part.key, part.title, (), (Entries(f"{part.key}-items", entries),))
