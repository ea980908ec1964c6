"""Pages: one self-contained HTML file of findings, tables and figures, to be read offline and printed.

`parts` and `tables` say what a page is made of, `drawing` turns a figure into inline SVG, `writing` fills the template.
Nothing here knows what a page is about, so that every report of the program looks and reads alike.
"""

from __future__ import annotations

from riskstrat.reports.page.content import (
    Cell,
    ColumnHead,
    DefinitionList,
    Figure,
    Finding,
    Measured,
    Page,
    PageTable,
    Section,
)

__all__ = ["Cell", "ColumnHead", "DefinitionList", "Figure", "Finding", "Measured", "Page", "PageTable", "Section"]
