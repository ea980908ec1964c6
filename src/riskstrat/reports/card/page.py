"""The model card as a page, with figures between results and discussion, and as Markdown, with tables only."""

import re

from riskstrat.governance import about
from riskstrat.modelling import all_variants
from riskstrat.reports.card.content import CardPart, Subject, parts
from riskstrat.reports.comparison.report import comparison_findings, linked, sections_of
from riskstrat.reports.page.content import DefinitionList, Page, PageTable, Section

_LAST = "discussion"
_LEFT_OUT = ("glance", "making", "differences")
_ABOUT = (
    "Sections follow the 27 items of TRIPOD+AI (Collins and others, BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378)."
    " Figures have 95 % intervals; small numbers are hidden. Reasons are associations, never causes."
)


def card_as_page(subject: Subject) -> Page:
    """Build the page of a card."""
    made = parts(subject)
    before, after = ([_section(part) for part in made if (part.key == _LAST) == last] for last in (False, True))
    sections = (*before, *figures_of(subject), *after)
    findings = () if subject.view is None else linked(comparison_findings(subject.view), sections)
    return Page(f"Model card: {subject.bundle.name}", subject.study.name, _facts(subject), findings, sections, _ABOUT)


def figures_of(subject: Subject) -> tuple[Section, ...]:
    """List the sections of a comparison report that belong in a card."""
    return () if subject.view is None else tuple(s for s in sections_of(subject.view) if s.key not in _LEFT_OUT)


def _facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    facts = subject.facts
    return (
        ("Variant", all_variants(subject.study.packages)[subject.bundle.variant].title),
        ("Outcome", f"{subject.study.outcome.event.replace('_', ' ')} in {subject.study.outcome.days} days"),
        ("Fitted on", f"{about(facts['fitted_on']['rows'])} person-dates"),
        ("Tested", str(facts["index_dates"]["test"])),
        ("Made by riskstrat", str(facts.get("versions", {}).get("riskstrat", ""))),
    )


def _section(part: CardPart) -> Section:
    entries = tuple((item.heading, item.text) for item in part.items)
    return Section(part.key, part.title, (), (DefinitionList(f"{part.key}-items", entries),))


_TABLES = ("own-lists", "own-lists-no-prior", "discrimination-table", "calibration-table", "subgroups-")
MARKUP = re.compile(r"([|*_`<>\[\]])")


def markdown(subject: Subject) -> str:
    """Write a card as Markdown."""
    made = parts(subject)
    grids = [grid for section in figures_of(subject) for grid in section.grids if grid.key.startswith(_TABLES)]
    before, after = ([_part(part) for part in made if (part.key == _LAST) == last] for last in (False, True))
    blocks = [f"# Model `{subject.bundle.name}`", _ABOUT, *before, *(_table(grid) for grid in grids), *after]
    return "\n\n".join(blocks) + "\n"


def _part(part: CardPart) -> str:
    return "\n\n".join([f"## {part.title}", *(f"**{item.heading}.** {item.text}" for item in part.items)])


def _table(grid: PageTable) -> str:
    heads = [heading.label for heading in grid.headings]
    lines = [heads, ["---"] * len(heads), *grid.shown]
    rows = "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)
    return f"### {grid.caption}\n\n{rows}" + (f"\n\n{_cell(grid.note)}" if grid.note else "")


def _cell(text: str) -> str:
    r"""Escape a text so that it neither ends its table cell nor is read as markup.

    >>> _cell("a|b"), _cell("gp_mdt"), _cell("0.7 (0.6 to 0.8)"), _cell("---")
    ('a\\|b', 'gp\\_mdt', '0.7 (0.6 to 0.8)', '---')
    """
    return MARKUP.sub(r"\\\1", text)
