"""A page as HTML: one file, no script, nothing fetched, every text escaped."""

from __future__ import annotations

from riskstrat.reports.page.content import Figure, Page


def html(page: Page) -> str:
    """Render a page as one self-contained HTML document; its texts may hold anything, for all are escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from riskstrat.reports.page.drawing import svg

    loader = PackageLoader("riskstrat", "templates")
    world = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    drawn = {block.key: svg(block) for s in page.sections for block in s.blocks if isinstance(block, Figure)}
    return world.get_template("page.html").render(page=page, drawn=drawn)
