"""The parts of a page: findings, tables and figures in sections, and the same content for scripts.

Decision
--------
A table holds values, not texts. Numbers are formatted where they are shown. The JSON file beside a page holds what the
page holds and no more: its tables, and the data that its figures are drawn from. A figure with its interval is one cell
(`Measured`). What may not be shown or is undefined is already a text in the table: "*", "undefined", "too few".

Errors come first, because they say what may not be used as it is; then the answer to the report's question, warnings
and notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypedDict

CellKind = Literal["text", "count", "percent", "number", "p"]
LEAST_P = 0.001


@dataclass(frozen=True)
class Measured:
    """A figure with its 95 % interval, where it has one."""

    value: float
    low: float | None = None
    high: float | None = None

    def times(self, factor: float) -> Measured:
        """Convert to another unit.

        >>> Measured(0.25, 0.125, None).times(100)
        Measured(value=25.0, low=12.5, high=None)
        """
        low, high = (None if end is None else end * factor for end in (self.low, self.high))
        return Measured(self.value * factor, low, high)


Cell = str | int | float | Measured | None


@dataclass(frozen=True)
class ColumnHead:
    """A column of a table: its name in the data, its label on the page, and how its numbers are written.

    A percentage may have a bar behind it; `digits` are the digits after the decimal point.
    """

    key: str
    label: str
    kind: CellKind = "text"
    bar: bool = False
    digits: int = 1


@dataclass(frozen=True)
class PageTable:
    """A table, with a note below it; the first cell of a row is its heading.

    The page shows a folded table only when it is opened, and at most `limit` rows of any table; a terminal shows
    `terminal` rows, and the JSON file has all.
    """

    key: str
    caption: str
    headings: tuple[ColumnHead, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    folded: bool = False
    limit: int = 200
    terminal: int = 0

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """Its rows as text."""
        heads = self.headings
        return tuple(
            tuple(format_cell(cell, head.kind, head.digits) for cell, head in zip(row, heads, strict=True))
            for row in self.rows
        )

    def records(self) -> list[dict[str, Any]]:
        """Return its rows as dicts."""
        keys = [heading.key for heading in self.headings]
        rows = [[asdict(cell) if isinstance(cell, Measured) else cell for cell in row] for row in self.rows]
        return [dict(zip(keys, row, strict=True)) for row in rows]


def format_cell(cell: Cell, kind: CellKind, digits: int = 1) -> str:
    """Write a cell as text.

    >>> format_cell(12345, "count"), format_cell(99.96, "percent"), format_cell("*", "count"), format_cell(None, "p")
    ('12,345', '100.0 %', '*', '')
    >>> format_cell(Measured(0.7617, 0.754, 0.77), "number", 3), format_cell(Measured(34.21, 31.0, 37.5), "percent")
    ('0.762 (0.754 to 0.770)', '34.2 % (31.0 to 37.5)')
    >>> format_cell(-0.0004, "number", 2)
    '0.00'
    >>> format_cell(0.0002, "p"), format_cell(0.0312, "p")
    ('< 0.001', '0.031')
    """
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, Measured):
        return format_cell(cell.value, kind, digits) + _interval(cell, digits)
    if kind == "p":
        return f"< {LEAST_P}" if cell < LEAST_P else f"{cell:.3f}"
    written = f"{round(cell, digits) + 0.0:.{digits}f}"
    return {"count": f"{cell:,}", "percent": f"{written} %", "number": written, "text": f"{cell}"}[kind]


def _interval(cell: Measured, digits: int) -> str:
    """Write an interval in brackets; an undefined end is a question mark."""
    if cell.low is None and cell.high is None:
        return ""
    low, high = ("?" if end is None else format_cell(end, "number", digits) for end in (cell.low, cell.high))
    return f" ({low} to {high})"


Level = Literal["answer", "error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "answer", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """A finding, what to do about it, and the key of the section that shows it."""

    level: Level
    what: str
    do: str = ""
    section: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing, its description in words (`alt`), and the data it is drawn from.

    `draw` draws on an empty matplotlib figure in the colours of `drawing.COLOURS`; its size is in inches of 72 points,
    and the page scales it.
    """

    key: str
    caption: str
    alt: str
    draw: Callable[[Any], None]
    width: float = 8.4
    height: float = 3.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DefinitionList:
    """Short texts, each under its own name."""

    key: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """A part of a page: paragraphs, then blocks, and further data for the JSON file."""

    key: str
    title: str
    intro: tuple[str, ...] = ()
    blocks: tuple[PageTable | Figure | DefinitionList, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def grids(self) -> tuple[PageTable, ...]:
        """Its tables."""
        return tuple(block for block in self.blocks if isinstance(block, PageTable))

    def as_data(self) -> dict[str, Any]:
        """Return its content for scripts."""
        found: dict[str, Any] = {"title": self.title}
        for block in self.blocks:
            if isinstance(block, PageTable):
                found[block.key] = {"caption": block.caption, "rows": block.records()}
            elif isinstance(block, DefinitionList):
                found[block.key] = dict(block.entries)
            elif block.data:
                found[block.key] = {"caption": block.caption, "alt": block.alt, **block.data}
        return {**found, **self.data}


@dataclass(frozen=True)
class Page:
    """A report: facts at a glance, findings (or a sentence that there are none), sections, and how to read it."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    sections: tuple[Section, ...] = ()
    about: str = ""
    nothing: str = "Nothing was found that needs attention."

    def at_level(self, level: Level) -> tuple[Finding, ...]:
        """List its findings of one level."""
        return tuple(finding for finding in self.findings if finding.level == level)

    @property
    def ordered(self) -> tuple[Finding, ...]:
        """Its findings, errors first, then the answer."""
        return tuple(finding for level in LEVELS for finding in self.at_level(level))


class PageData(TypedDict):
    """A page in JSON; each finding has level, what, do and section."""

    title: str
    about: str
    facts: dict[str, str]
    findings: list[dict[str, str]]
    sections: dict[str, dict[str, Any]]


def as_data(page: Page) -> PageData:
    """Return the content of a page for scripts: findings, and by section its tables and data."""
    findings = [{"level": str(f.level), "what": f.what, "do": f.do, "section": f.section} for f in page.ordered]
    return {
        "title": page.title,
        "about": page.about,
        "facts": dict(page.facts),
        "findings": findings,
        "sections": {section.key: section.as_data() for section in page.sections},
    }
