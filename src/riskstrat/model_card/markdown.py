"""The card as Markdown: the same items, and those tables that can be read without a figure."""

from __future__ import annotations

import re

from riskstrat.model_card.items import Part, parts
from riskstrat.model_card.page import ABOUT, LAST, figures_of
from riskstrat.model_card.subject import Subject
from riskstrat.pages import Grid

TABLES = ("own-lists", "own-lists-no-prior", "discrimination-table", "calibration-table", "subgroups-")
MARKUP = re.compile(r"([|*_`<>\[\]])")


def markdown(subject: Subject) -> str:
    """The card."""
    made = parts(subject)
    grids = [grid for section in figures_of(subject) for grid in section.grids if grid.key.startswith(TABLES)]
    before, after = ([_part(part) for part in made if (part.key == LAST) == last] for last in (False, True))
    blocks = [f"# Model `{subject.bundle.name}`", ABOUT, *before, *(_table(grid) for grid in grids), *after]
    return "\n\n".join(blocks) + "\n"


def _part(part: Part) -> str:
    return "\n\n".join([f"## {part.title}", *(f"**{item.heading}.** {item.text}" for item in part.items)])


def _table(grid: Grid) -> str:
    heads = [heading.label for heading in grid.headings]
    lines = [heads, ["---"] * len(heads), *grid.shown]
    rows = "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)
    return f"### {grid.caption}\n\n{rows}" + (f"\n\n{_cell(grid.note)}" if grid.note else "")


def _cell(text: str) -> str:
    r"""A text that cannot end its cell, nor be read as markup.

    >>> _cell("a|b"), _cell("gp_mdt"), _cell("0.7 (0.6 to 0.8)"), _cell("---")
    ('a\\|b', 'gp\\_mdt', '0.7 (0.6 to 0.8)', '---')
    """
    return MARKUP.sub(r"\\\1", text)
