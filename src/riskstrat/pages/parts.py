"""What a page is made of: findings, tables and figures in sections; the same content as data.

Decision
--------
A table holds values, not texts: numbers are formatted where they are shown, and the JSON beside a page holds what the
page holds and no more. A count that may not be shown is the text "*" before it comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning", "note"]
Kind = Literal["text", "count", "percent"]
Cell = str | int | float | None
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """Something to know before the data are used.

    Parameters
    ----------
    level : {"error", "warning", "note"}
    what : str
        What is the matter, in one sentence.
    do : str
        What to do about it.
    section : str
        Key of the section that shows it.
    """

    level: Level
    what: str
    do: str = ""
    section: str = ""


@dataclass(frozen=True)
class Heading:
    """A column of a table.

    Parameters
    ----------
    key : str
        Its name in the data.
    label : str
        Its name on the page.
    kind : {"text", "count", "percent"}
        How its numbers are written.
    bar : bool
        Whether a bar of the percentage stands behind the number.
    """

    key: str
    label: str
    kind: Kind = "text"
    bar: bool = False


@dataclass(frozen=True)
class Grid:
    """A table; the first cell of a row is its heading.

    Parameters
    ----------
    key, caption : str
    headings : tuple of Heading
    rows : tuple of tuple
    note : str
        Said below it.
    folded : bool
        Whether the page shows it only when asked.
    limit : int
        Rows that the page shows; the data hold all.
    terminal : int
        Rows that a terminal shows; 0 for none.
    """

    key: str
    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    folded: bool = False
    limit: int = 200
    terminal: int = 0

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """Its rows as texts."""
        kinds = [heading.kind for heading in self.headings]
        return tuple(tuple(said(cell, kind) for cell, kind in zip(row, kinds, strict=True)) for row in self.rows)

    def records(self) -> list[dict[str, Cell]]:
        """A dict a row."""
        keys = [heading.key for heading in self.headings]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Figure:
    """A drawing, with what it shows in words.

    Parameters
    ----------
    key, caption : str
    alt : str
        What is to be seen, for those who do not see it.
    draw : callable
        Draws on an empty matplotlib figure in the colours of `drawing.COLOURS`.
    width, height : float
        In inches of 72 points; the page scales it.
    """

    key: str
    caption: str
    alt: str
    draw: Callable[[Any], None]
    width: float = 8.4
    height: float = 3.0


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Parameters
    ----------
    key, title : str
    intro : tuple of str
        Paragraphs.
    blocks : tuple of Grid or Figure
    data : mapping
        What the data hold beside the tables.
    """

    key: str
    title: str
    intro: tuple[str, ...] = ()
    blocks: tuple[Grid | Figure, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Its tables."""
        return tuple(block for block in self.blocks if isinstance(block, Grid))


@dataclass(frozen=True)
class Page:
    """A report.

    Parameters
    ----------
    title, subtitle : str
    facts : tuple of (str, str)
        What it is about, at a glance.
    findings : tuple of Finding
    sections : tuple of Section
    about : str
        How to read it.
    nothing : str
        Said where there are no findings.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    sections: tuple[Section, ...] = ()
    about: str = ""
    nothing: str = "Nothing was found that needs attention."

    def of(self, level: Level) -> tuple[Finding, ...]:
        """Its findings of one level."""
        return tuple(finding for finding in self.findings if finding.level == level)

    @property
    def ordered(self) -> tuple[Finding, ...]:
        """Its findings, errors first."""
        return tuple(finding for level in LEVELS for finding in self.of(level))


def said(cell: Cell, kind: Kind) -> str:
    """A cell as text.

    >>> said(12345, "count"), said(99.96, "percent"), said("*", "count"), said(None, "percent")
    ('12,345', '100.0 %', '*', '')
    """
    if cell is None or isinstance(cell, str):
        return cell or ""
    return {"count": f"{cell:,}", "percent": f"{cell:.1f} %", "text": f"{cell}"}[kind]


def as_data(page: Page) -> dict[str, Any]:
    """The content of a page for scripts: findings, and by section its tables and data."""
    findings = [{"level": f.level, "what": f.what, "do": f.do, "section": f.section} for f in page.ordered]
    sections = {
        section.key: {
            "title": section.title,
            **{grid.key: {"caption": grid.caption, "rows": grid.records()} for grid in section.grids},
            **section.data,
        }
        for section in page.sections
    }
    return {
        "title": page.title,
        "about": page.about,
        "facts": dict(page.facts),
        "findings": findings,
        "sections": sections,
    }
