"""A page as one HTML file without scripts; nothing is loaded from the network, and all text is escaped.

A name that the template does not know raises an error, so that no page is written with a gap.
"""

from pathlib import Path

from riskstrat.reports.page.content import Figure, Page
from riskstrat.tables import whole_file


def html(page: Page) -> str:
    """Render a page as one self-contained HTML document, with all text escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from riskstrat.reports.page.drawing import svg

    loader = PackageLoader("riskstrat", "templates")
    world = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    drawn = {block.key: svg(block) for s in page.sections for block in s.blocks if isinstance(block, Figure)}
    return world.get_template("page.html").render(page=page, drawn=drawn)


def write_html(page: Page, path: Path) -> None:
    """Write a page as HTML, as a whole or not at all."""
    with whole_file(path) as place:
        place.write_text(html(page), encoding="utf-8")
