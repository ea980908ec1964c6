"""A report on a terminal: its findings, and the tables that are short enough."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from riskstrat.cli.console import WIDTH
from riskstrat.cli.text import table
from riskstrat.reports import Page, PageTable
from riskstrat.steps.check import Checked

CUT = 24


def report_text(checked: Checked) -> str:
    """A check report in words: tables first, so that the findings are the last to be seen."""
    parts = [*grids_text(checked.made), findings_text(checked.findings)]
    return "\n\n".join([*parts, f"Report: {checked.page}\nAs data: {checked.data}"])


def grids_text(page: Page | None) -> list[str]:
    """The tables of a page that are short enough for a terminal."""
    return (
        [] if page is None else [_drawn(grid) for section in page.sections for grid in section.grids if grid.terminal]
    )


def _drawn(grid: PageTable) -> str:
    """A table in as many of its columns as fit; a long text in the last is cut."""
    rows = grid.shown[: grid.terminal]
    widths = [max(len(text) for text in (h.label, *(row[i] for row in rows))) + 2 for i, h in enumerate(grid.headings)]
    fit = next(
        n for n in range(len(widths), 0, -1) if n == 1 or sum(widths[: n - 1]) + _least(grid, widths, n) <= WIDTH
    )
    heads = {heading.label: "left" if heading.kind == "text" else "right" for heading in grid.headings[:fit]}
    left = len(grid.rows) - len(rows)
    more = f"\n… {left:,} more in the report" if left > 0 else ""
    return f"{grid.caption}\n" + table(heads, [row[:fit] for row in rows]) + more


def _least(grid: PageTable, widths: Sequence[int], columns: int) -> int:
    """The room that the last of some columns needs."""
    widest = widths[columns - 1]
    return min(widest, CUT) if grid.headings[columns - 1].kind == "text" else widest


def findings_text(findings: Sequence[Mapping[str, str]]) -> str:
    """The findings of a report, in lines of the terminal's width."""
    if not findings:
        return "Findings: none."
    lines = ["Findings"]
    for one in findings:
        text = f"{one['level'].upper()}: {one['what']} {one['do']}"
        lines += textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)
