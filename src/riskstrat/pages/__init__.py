"""Pages: one self-contained HTML file of findings, tables and figures, to be read offline and printed.

`parts` says what a page is made of, `drawing` turns a figure into inline SVG, `writing` fills the template. Nothing
here knows what a page is about, so that every report of the program looks and reads alike.
"""

from riskstrat.pages.parts import Figure, Finding, Grid, Heading, Page, Section

__all__ = ["Figure", "Finding", "Grid", "Heading", "Page", "Section"]
