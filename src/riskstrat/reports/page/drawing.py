"""Figures as inline SVG: text stays text, colours follow the page, and nothing is loaded from the network.

Decision
--------
Figures use the few colours of `COLOURS`, chosen from the set of Okabe and Ito so that colour-blind readers can tell
them apart. In the SVG each becomes a variable of the page's style sheet, which has a light, a dark and a printed value.
Colour is never the only sign: what matters also has a mark or a label. Labels come from data. Therefore none is read as
mathematics, and none can contain control characters or markup.

Source: Okabe and Ito, Color Universal Design, 2008.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from riskstrat.reports.page.content import Figure

COLOURS = {
    "ink": "#1b2733",
    "muted": "#5a6875",
    "rule": "#d5dbe0",
    "paper": "#fefefe",
    "main": "#0072b2",
    "quiet": "#9fb4c4",
    "faint": "#e4e9ed",
    "low": "#e69f00",
    "none": "#c6400c",
    "high": "#8a4fa0",
    "green": "#00795a",
}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "riskstrat",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "legend.frameon": False,
    "figure.facecolor": "none",
}
_LEFT_OUT = (r"<\?xml[^>]*\?>", r"<!DOCTYPE[^>]*>", r"<!--.*?-->", r"<metadata>.*?</metadata>", r"<style.*?</style>")


def label(text: str, longest: int = 28) -> str:
    r"""Write a text from data for a figure: one line, in characters that every font has.

    >>> label("A81001"), label("a\nb\x00c"), label("x" * 40, 5)
    ('A81001', 'a?b?c', 'xxxx…')
    """
    plain = "".join(c if c.isprintable() and ord(c) < 256 else "?" for c in text)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def name_rows(axis: Any, names: Sequence[str], longest: int = 28) -> None:
    """Name the rows of an axis, the first at the top, without a line or ticks beside them."""
    axis.set_yticks(range(len(names)), [label(name, longest) for name in names])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def scale_from_zero(axis: Any, values: Sequence[float], written: Callable[[float], str]) -> None:
    """Scale an axis from 0 to just above the highest value (at least 1), and write both ends."""
    top = max([1.0, *(value for value in values if value == value)])
    axis.set_ylim(0, top * 1.12)
    axis.set_yticks([0, top], ["0", written(top)])


def svg(figure: Figure) -> str:
    """Draw a figure as an SVG element with title and description; its key is part of every id on the page."""
    return _cleaned(_drawn(figure), figure)


def _drawn(figure: Figure) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Drawing

    buffer = io.StringIO()
    with rc_context(STYLE):  # type: ignore[arg-type]
        drawing: Any = Drawing(figsize=(figure.width, figure.height), layout="constrained")
        figure.draw(drawing)
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        drawing.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    return buffer.getvalue()


def _cleaned(drawn: str, figure: Figure) -> str:
    for pattern in _LEFT_OUT:
        drawn = re.sub(pattern, "", drawn, flags=re.DOTALL)
    drawn = re.sub(r'\s(?:xmlns(?::\w+)?)="[^"]*"', "", drawn).replace("xlink:href", "href")
    drawn = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{figure.key}-", drawn)
    drawn = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font: \1 var(--sans)", drawn)
    for name, colour in COLOURS.items():
        drawn = drawn.replace(colour, f"var(--{name})")
    return _described(drawn.strip(), figure)


def _described(drawn: str, figure: Figure) -> str:
    from markupsafe import escape

    names = f"{figure.key}-title {figure.key}-desc"
    opening = rf'<svg role="img" aria-labelledby="{names}" viewBox="\1">'
    description = (
        f'<title id="{figure.key}-title">{escape(figure.caption)}</title>'
        f'<desc id="{figure.key}-desc">{escape(figure.alt)}</desc>'
    )
    return re.sub(
        r'<svg [^>]*viewBox="([^"]*)"[^>]*>', lambda found: found.expand(opening) + description, drawn, count=1
    )
