"""Forest plots: figures with their intervals, row by row on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from riskstrat.reports.page.content import Figure, Measured, format_cell
from riskstrat.reports.page.drawing import COLOURS, label

ROW = 0.235
_HEAD = 0.75
MOST_TICKS = 12


@dataclass(frozen=True)
class ForestRow:
    """One row of a forest plot.

    Parameters
    ----------
    cells : sequence of Measured or str
        A figure for each scale; a text where there is none.
    heading : bool
        True for a row that only names the rows below.
    hollow : bool
        True to mark another kind of row with a hollow dot.
    """

    name: str
    cells: Sequence[Measured | str] = ()
    colour: str = "main"
    heading: bool = False
    hollow: bool = False


@dataclass(frozen=True)
class Scale:
    """One column of a forest plot.

    Parameters
    ----------
    line : float or None
        The value that rows are compared with.
    logarithmic : bool
        True for ratios.
    band : (float, float) or None
        The accepted range.
    """

    title: str
    line: float | None = None
    digits: int = 2
    percent: bool = False
    logarithmic: bool = False
    band: tuple[float, float] | None = None


def forest_figure(
    key: str, caption: str, alt: str, rows: Sequence[ForestRow], scales: Sequence[Scale], width: float = 8.4
) -> Figure:
    """Build a forest plot as a figure of a page, as high as its rows need."""
    draw = partial(forest, rows=rows, scales=scales)
    return Figure(key, caption, alt, draw, width=width, height=_HEAD + ROW * max(len(rows), 3))


def forest(figure: Any, rows: Sequence[ForestRow], scales: Sequence[Scale]) -> None:
    """Draw a dot with its interval for each row and scale, with the number beside it."""
    axes = figure.subplots(1, len(scales), sharey=True, squeeze=False)[0]
    for place, (axis, scale) in enumerate(zip(axes, scales, strict=True)):
        _scale(axis, scale, [row.cells[place] if row.cells else "" for row in rows], rows)
        if not scale.logarithmic:
            axis.locator_params(axis="x", nbins=MOST_TICKS // len(scales))
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    axes[0].set_yticks(range(len(rows)), [label(row.name, 34) for row in rows])
    for text, row in zip(axes[0].get_yticklabels(), rows, strict=True):
        text.set_fontweight("bold" if row.heading else "normal")
        text.set_verticalalignment("center")


def _scale(axis: Any, scale: Scale, cells: Sequence[Measured | str], rows: Sequence[ForestRow]) -> None:
    axis.set_title(scale.title)
    if scale.logarithmic:
        axis.set_xscale("log")
    if scale.band is not None:
        axis.axvspan(*scale.band, color=COLOURS["faint"], linewidth=0)
    if scale.line is not None:
        axis.axvline(scale.line, color=COLOURS["muted"], linewidth=0.9, linestyle=(0, (4, 3)))
    for place, (cell, row) in enumerate(zip(cells, rows, strict=True)):
        if not row.heading:
            _cell(axis, cell, row, place, scale)
    _ends(axis, cells, scale)
    axis.grid(axis="x", color=COLOURS["rule"], linewidth=0.5)
    axis.set_axisbelow(True)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def _cell(axis: Any, cell: Measured | str, row: ForestRow, place: int, scale: Scale) -> None:
    beside: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    if not isinstance(cell, Measured):
        axis.annotate(cell, (1, place), (5, 0), color=COLOURS["muted"], fontsize=7.5, **beside)
        return
    colour = COLOURS[row.colour]
    if cell.low is not None and cell.high is not None:
        axis.plot([cell.low, cell.high], [place, place], color=colour, linewidth=1.5, solid_capstyle="butt")
    face = COLOURS["paper"] if row.hollow else colour
    axis.plot([cell.value], [place], "o", markersize=5, markerfacecolor=face, markeredgecolor=colour)
    shown = cell.times(100) if scale.percent else cell
    text = format_cell(Measured(shown.value), "percent" if scale.percent else "number", scale.digits)
    axis.annotate(text, (1, place), (5, 0), fontsize=7.5, **beside)


def _ends(axis: Any, cells: Sequence[Measured | str], scale: Scale) -> None:
    """Set the ends of a scale so that it holds every interval and the line."""
    from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

    ends = [end for c in cells if isinstance(c, Measured) for end in (c.value, c.low, c.high) if end is not None]
    ends += [] if scale.line is None else [scale.line]
    ends += list(scale.band or ())
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    if scale.logarithmic:
        low = max(low, 0.05)
        axis.set_xlim(low / 1.12, high * 1.12)
        axis.xaxis.set_major_locator(_ratios(low, high))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        return
    room = 0.06 * ((high - low) or 0.1)
    axis.set_xlim(low - room, high + room)
    if scale.percent:
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def _ratios(low: float, high: float) -> Any:
    """Choose ticks at familiar ratios."""
    from matplotlib.ticker import FixedLocator

    wide = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
    fine = (0.5, 0.7, 1, 1.4, 2)
    finest = (0.8, 0.9, 1, 1.1, 1.2)
    return FixedLocator(finest if high / low < 1.5 else fine if high / low < 4 else wide)
