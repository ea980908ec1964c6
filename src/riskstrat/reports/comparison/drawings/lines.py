"""Curves side by side: a few in colour with names, the rest grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from riskstrat.reports.page.drawing import COLOURS, label
from riskstrat.tables import Floats

Dash = Literal["solid", "long", "short", "dots"]
THOUSAND = 1000
DASHES: dict[Dash, Any] = {"solid": "solid", "long": (0, (7, 2)), "short": (0, (3.5, 1.5)), "dots": (0, (1, 1.2))}


@dataclass(frozen=True)
class PlotLine:
    """One curve.

    Parameters
    ----------
    name : str
        The name in the legend; empty for a grey line.
    x, y : array, shape (points,)
        NaN where nothing is drawn.
    colour : str
        One of `drawing.COLOURS`.
    low, high : array or None
        A band around it.
    """

    name: str
    x: Floats
    y: Floats
    colour: str = "quiet"
    dash: Dash = "solid"
    width: float = 0.9
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True)
class Panel:
    """One set of axes.

    Parameters
    ----------
    x, y : (float, float)
        The ends of the scales.
    marks : sequence of (float, str)
        Places on the horizontal scale, with their labels.
    names : str
        The place of the legend, as matplotlib names it.
    percent : str
        Which scales are shares: "x", "y", "xy" or "".
    level : bool
        Whether a line is drawn at 0.
    ticks : sequence of float
        Ticks of the horizontal scale, which is then logarithmic.
    """

    title: str
    across: str
    up: str
    lines: Sequence[PlotLine]
    x: tuple[float, float]
    y: tuple[float, float]
    marks: Sequence[tuple[float, str]] = ()
    names: str = "upper right"
    percent: str = "xy"
    level: bool = False
    ticks: Sequence[float] = ()


def panels(figure: Any, drawn: Sequence[Panel]) -> None:
    """Draw panels in a row."""
    for axis, panel in zip(figure.subplots(1, len(drawn), squeeze=False).flat, drawn, strict=True):
        _panel(axis, panel)


def _panel(axis: Any, panel: Panel) -> None:
    axis.set_title(panel.title)
    axis.set_xlabel(panel.across, labelpad=14 if panel.marks else None)
    axis.set_ylabel(panel.up)
    axis.set_ylim(*panel.y)
    axis.grid(color=COLOURS["rule"], linewidth=0.5)
    axis.set_axisbelow(True)
    if panel.level:
        axis.axhline(0, color=COLOURS["muted"], linewidth=0.9)
    for place, text in panel.marks:
        _mark(axis, place, text)
    for line in sorted(panel.lines, key=lambda one: bool(one.name)):
        _line(axis, line)
    _scales(axis, panel)
    axis.set_xlim(*panel.x)
    if any(line.name for line in panel.lines):
        axis.legend(loc=panel.names, handlelength=2.4, labelspacing=0.35, borderaxespad=0.4)


def _line(axis: Any, line: PlotLine) -> None:
    if line.low is not None and line.high is not None:
        axis.fill_between(line.x, line.low, line.high, color=COLOURS[line.colour], alpha=0.18, linewidth=0)
    axis.plot(
        line.x, line.y, color=COLOURS[line.colour], linestyle=DASHES[line.dash], linewidth=line.width,
        label=label(line.name, 40) if line.name else "_",
    )  # fmt: skip


def _mark(axis: Any, place: float, text: str) -> None:
    """Mark a place on the horizontal scale, with its text below."""
    axis.axvline(place, color=COLOURS["muted"], linewidth=0.9, linestyle=(0, (2, 2)))
    axis.annotate(
        label(text, 30), (place, 0), (0, -18), xycoords=("data", "axes fraction"), textcoords="offset points",
        va="top", ha="center", fontsize=7.5, style="italic",
    )  # fmt: skip


def _scales(axis: Any, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    if panel.ticks:
        axis.set_xscale("log")
        axis.set_xticks(panel.ticks)
        axis.xaxis.set_minor_locator(NullLocator())
    for name, scale in (("x", axis.xaxis), ("y", axis.yaxis)):
        if name in panel.percent:
            scale.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
        elif max(panel.x if name == "x" else panel.y) >= THOUSAND:
            scale.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
