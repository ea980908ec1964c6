"""The figures of the check report; each draws its data and computes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from riskstrat.reports.check.senders import JudgedMonth
from riskstrat.reports.page.drawing import COLOURS, name_rows, scale_from_zero

_WORDS = {
    "usual": "as usual",
    "unjudged": "too few or too early to judge",
    "low": "under half",
    "none": "no rows",
    "high": "over twice",
}
FILLS = {"usual": "quiet", "unjudged": "faint", "low": "low", "none": "paper", "high": "high"}
_THICK = 0.62


@dataclass(frozen=True)
class SmallChart:
    """One small line chart; the sign is -1 for a low month, 1 for a high month, 0 otherwise."""

    title: str
    months: Sequence[int]
    values: Sequence[float]
    signs: Sequence[int]


@dataclass(frozen=True)
class Band:
    """One row of a timeline: consecutive months."""

    label: str
    months: Sequence[JudgedMonth]


@dataclass(frozen=True)
class Dot:
    """One row of a dot plot: a percentage for each series."""

    label: str
    values: Sequence[float | None]


def height_of(count: int | str) -> float:
    """Return the height at which a rounded count is drawn; "*" is drawn at 4."""
    return 4.0 if isinstance(count, str) else float(count)


def small_charts(figure: Any, drawn: Sequence[SmallChart]) -> None:
    """Draw line charts in two columns, on one scale of months, each on its own scale of rows."""
    axes = figure.subplots((len(drawn) + 1) // 2, 2, squeeze=False).flat
    first, last = min(p.months[0] for p in drawn if p.months), max(p.months[-1] for p in drawn if p.months)
    for axis, panel in zip(axes, drawn, strict=False):
        axis.plot(panel.months, panel.values, color=COLOURS["main"], linewidth=1.3)
        for sign, marker, colour in ((-1, "v", "none"), (1, "^", "high")):
            marked = [(m, v) for m, v, s in zip(panel.months, panel.values, panel.signs, strict=True) if s == sign]
            axis.plot(*zip(*marked, strict=True) if marked else ([], []), marker, color=COLOURS[colour], markersize=5)
        axis.set_title(panel.title)
        scale_from_zero(axis, panel.values, "{:,.0f}".format)
        axis.set_xlim(first - 0.5, last + 0.5)
        _years(axis, first, last)
    for axis in figure.axes[len(drawn) :]:
        axis.set_axis_off()


def _years(axis: Any, first: int, last: int) -> None:
    """Put a tick at each January, and its year below the middle of the year."""
    januaries = [month for month in range(first, last + 2) if month % 12 == 0]
    axis.set_xticks([month - 0.5 for month in januaries], [""] * len(januaries))
    middles = [(max(year * 12, first) + min(year * 12 + 11, last)) / 2 for year in range(first // 12, last // 12 + 1)]
    axis.set_xticks(middles, [str(year) for year in range(first // 12, last // 12 + 1)], minor=True)
    axis.tick_params(axis="x", which="minor", length=0)


def timeline(figure: Any, bands: Sequence[Band], first: int, last: int) -> None:
    """Draw a bar for each provider, with unusual months marked."""
    axis = figure.subplots()
    for place, band in enumerate(bands):
        for verdict, some in groupby(band.months, key=lambda month: month.verdict):
            _stretch(axis, [month.month for month in some], place, verdict)
    axis.set_ylim(len(bands) - 0.4, -0.6)
    axis.set_xlim(first - 0.5, last + 0.5)
    _years(axis, first, last)
    name_rows(axis, [band.label for band in bands])
    _legend(figure, {month.verdict for band in bands for month in band.months})


def _stretch(axis: Any, months: Sequence[int], place: int, verdict: str) -> None:
    """Draw consecutive months of one verdict."""
    edge = {"edgecolor": COLOURS["none"], "linewidth": 1.2} if verdict == "none" else {"linewidth": 0}
    thick = _THICK * {"low": 0.55, "high": 1.25}.get(verdict, 1.0)
    axis.barh(place, len(months), thick, months[0] - 0.5, color=COLOURS[FILLS[verdict]], **edge)
    if verdict == "none":
        axis.plot(months, [place] * len(months), "x", color=COLOURS["none"], markersize=4)


def _legend(figure: Any, verdicts: set[str]) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=COLOURS[FILLS[one]], edgecolor=COLOURS["none" if one == "none" else "paper"], label=text)
        for one, text in _WORDS.items()
        if one in verdicts
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=5, handlelength=1.2, columnspacing=1.4)


def dots(figure: Any, rows: Sequence[Dot], series: Sequence[str], middle: float | None) -> None:
    """Draw one dot for each series in each row, on a percentage scale, with a line at the middle of the first."""
    axis = figure.subplots()
    for number, name in enumerate(series):
        points = [(dot.values[number], place) for place, dot in enumerate(rows) if dot.values[number] is not None]
        marker, colour = (("o", "main"), ("D", "low"), ("s", "high"))[number % 3]
        axis.plot(*zip(*points, strict=True) if points else ([], []), marker, color=COLOURS[colour], label=name, ms=5)
    if middle is not None:
        axis.axvline(middle, color=COLOURS["muted"], linewidth=0.9, linestyle=(0, (4, 3)))
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(-1, 101)
    axis.set_xticks(range(0, 101, 20), [f"{share} %" for share in range(0, 101, 20)])
    axis.grid(axis="both", color=COLOURS["rule"], linewidth=0.6)
    axis.set_axisbelow(True)
    _bare(axis, [dot.label for dot in rows])
    if len(series) > 1:
        figure.legend(loc="outside upper left", ncols=len(series), handletextpad=0.2)


def steps(figure: Any, names: Sequence[str], values: Sequence[float], texts: Sequence[str]) -> None:
    """Draw horizontal bars, each with its number."""
    axis = figure.subplots()
    axis.barh(range(len(values)), values, 0.62, color=COLOURS["main"])
    for place, (value, text) in enumerate(zip(values, texts, strict=True)):
        axis.annotate(text, (value, place), (5, 0), textcoords="offset points", va="center")
    axis.set_ylim(len(values) - 0.5, -0.5)
    axis.set_xlim(0, max([1.0, *values]) * 1.14)
    axis.set_xticks([])
    _bare(axis, names, 60)


def _bare(axis: Any, names: Sequence[str], longest: int = 28) -> None:
    """Name the rows, and hide the lines and ticks of the scales."""
    name_rows(axis, names, longest)
    axis.tick_params(length=0)
    axis.spines["bottom"].set_visible(False)
