"""Bar charts, and several marks in one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from riskstrat.reports.page.drawing import COLOURS, label

_THICK = 0.62


@dataclass(frozen=True)
class Bar:
    """A bar made of consecutive parts.

    Parameters
    ----------
    text : str
        Written at its end.
    """

    name: str
    parts: Sequence[float]
    text: str


def bars(figure: Any, drawn: Sequence[Bar], colours: Sequence[str], names: Sequence[str] = ()) -> None:
    """Draw a bar for each row, its parts in the given colours, with a legend if the parts have names."""
    axis = figure.subplots()
    for place, bar in enumerate(drawn):
        start = 0.0
        for part, colour in zip(bar.parts, colours, strict=True):
            axis.barh(place, part, _THICK, start, color=COLOURS[colour], edgecolor=COLOURS["paper"], linewidth=0.8)
            start += part
        axis.annotate(bar.text, (start, place), (5, 0), textcoords="offset points", va="center")
    _rows(axis, [bar.name for bar in drawn])
    axis.set_xlim(0, max(sum(bar.parts) for bar in drawn) * 1.16)
    axis.set_xticks([])
    axis.spines["bottom"].set_visible(False)
    if names:
        _named(figure, colours, names)


def _named(figure: Any, colours: Sequence[str], names: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=COLOURS[one], label=name) for one, name in zip(colours, names, strict=True)]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(names), handlelength=1.2, columnspacing=1.4)


def _rows(axis: Any, names: Sequence[str]) -> None:
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_yticks(range(len(names)), [label(name, 44) for name in names])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


@dataclass(frozen=True)
class Marks:
    """A row of marks on one scale; None where there is none."""

    name: str
    values: Sequence[float | None]


def marks(figure: Any, rows: Sequence[Marks], names: Sequence[str], across: str) -> None:
    """Draw one mark for each name in each row, joined by a line."""
    axis = figure.subplots()
    for place, row in enumerate(rows):
        known = [value for value in row.values if value is not None]
        if known:
            axis.plot([min(known), max(known)], [place, place], color=COLOURS["quiet"], linewidth=2.2, zorder=1)
    for number, name in enumerate(names):
        marker, colour = (("o", "none"), ("s", "main"), ("D", "green"))[number]
        points = [(row.values[number], place) for place, row in enumerate(rows) if row.values[number] is not None]
        xs, ys = zip(*points, strict=True) if points else ([], [])
        axis.plot(xs, ys, marker, color=COLOURS[colour], markersize=5.5, label=name, zorder=2)
    _rows(axis, [row.name for row in rows])
    axis.set_xlabel(across)
    axis.grid(axis="x", color=COLOURS["rule"], linewidth=0.5)
    axis.set_axisbelow(True)
    figure.legend(loc="outside upper left", ncols=len(names), handletextpad=0.2)
