"""Pages: one self-contained HTML file of findings, tables and figures, to be read offline and printed.

`parts` and `tables` say what a page is made of, `drawing` turns a figure into inline SVG, `writing` fills the template.
Nothing here knows what a page is about, so that every report of the program looks and reads alike.
"""

from riskstrat.pages.parts import Entries, Figure, Finding, Page, Section
from riskstrat.pages.tables import Cell, Grid, Heading, Measured

__all__ = ["Cell", "Entries", "Figure", "Finding", "Grid", "Heading", "Measured", "Page", "Section"]
