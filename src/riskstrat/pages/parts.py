"""What a page is made of: findings, tables and figures in sections; the same content as data.

Decision
--------
Errors come first, as they say what may not be used as it is; then the answer to what a report was made for, warnings
and notes. The JSON beside a page holds what
the page holds: its tables, and the series that its figures are drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from riskstrat.pages.tables import Grid

Level = Literal["answer", "error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "answer", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """Something to know before the data are used.

    Parameters
    ----------
    level : {"answer", "error", "warning", "note"}
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
    data : mapping
        The series it is drawn from, as the data hold them.
    """

    key: str
    caption: str
    alt: str
    draw: Callable[[Any], None]
    width: float = 8.4
    height: float = 3.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entries:
    """Short texts, each under its own name.

    Parameters
    ----------
    key : str
    entries : tuple of (str, str)
        Name and text.
    """

    key: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Parameters
    ----------
    key, title : str
    intro : tuple of str
        Paragraphs.
    blocks : tuple of Grid, Figure or Entries
    data : mapping
        What the data hold beside the tables.
    """

    key: str
    title: str
    intro: tuple[str, ...] = ()
    blocks: tuple[Grid | Figure | Entries, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Its tables."""
        return tuple(block for block in self.blocks if isinstance(block, Grid))

    def as_data(self) -> dict[str, Any]:
        """Its content for scripts."""
        found: dict[str, Any] = {"title": self.title}
        for block in self.blocks:
            if isinstance(block, Grid):
                found[block.key] = {"caption": block.caption, "rows": block.records()}
            elif isinstance(block, Entries):
                found[block.key] = dict(block.entries)
            elif block.data:
                found[block.key] = {"caption": block.caption, "alt": block.alt, **block.data}
        return {**found, **self.data}


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
        """Its findings, errors first, then the answer."""
        return tuple(finding for level in LEVELS for finding in self.of(level))


def as_data(page: Page) -> dict[str, Any]:
    """The content of a page for scripts: findings, and by section its tables and data."""
    findings = [{"level": f.level, "what": f.what, "do": f.do, "section": f.section} for f in page.ordered]
    return {
        "title": page.title,
        "about": page.about,
        "facts": dict(page.facts),
        "findings": findings,
        "sections": {section.key: section.as_data() for section in page.sections},
    }
