"""Show the trend over the last twelve runs, as the summary of each published it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from riskstrat.reports.page.content import ColumnHead, Figure, PageTable, Section
from riskstrat.reports.page.drawing import COLOURS, scale_from_zero
from riskstrat.reports.summary.disclosure import PublishedCell
from riskstrat.reports.summary.month import Point, SummaryMonth, SummaryPart

_KEY = "trend"
RUNS = 12
SERIES = {
    "places": ColumnHead("places", "Places", "count"),
    "turnover_pct": ColumnHead("turnover_pct", "Turnover", "percent"),
    "reviewed_pct": ColumnHead("reviewed_pct", "Previous lists reviewed", "percent"),
}


def trend_part(month: SummaryMonth, point: Point) -> SummaryPart:
    """Make the section; the figure needs two runs."""
    points: list[Point] = [*month.points, {"index_date": str(month.index_date), **point}][-RUNS:]
    rows = tuple((one["index_date"], *(one.get(name) for name in SERIES)) for one in points)
    grid = PageTable("runs", "The last runs", (ColumnHead("index_date", "Index date"), *SERIES.values()), rows)
    blocks = (_figure(points), grid) if len(points) > 1 else (grid,)
    intro = ("Each run as its own summary published it. A gap is a number that is hidden or not available.",)
    return SummaryPart(Section(_KEY, "The last twelve runs", intro, blocks))


def _figure(points: Sequence[Point]) -> Figure:
    data = {name: [point.get(name) for point in points] for name in SERIES}
    dates = [str(point["index_date"]) for point in points]
    alt = f"Three lines over {len(points)} runs. " + " ".join(_in_words(SERIES[name], data[name]) for name in SERIES)
    caption = "Places, turnover and reviews by index date"
    draw = partial(_lines, dates=dates, series={SERIES[name].label: data[name] for name in SERIES})
    return Figure("trend-lines", caption, alt, draw, height=2.3, data={"index_date": dates, **data})


def _in_words(heading: ColumnHead, values: Sequence[PublishedCell | float]) -> str:
    known = [value for value in values if isinstance(value, int | float)]
    unit = " %" if heading.kind == "percent" else ""
    return f"{heading.label}: {known[0]:g} to {known[-1]:g}{unit}." if known else f"{heading.label}: none shown."


def _lines(figure: Any, dates: Sequence[str], series: Mapping[str, Sequence[PublishedCell | float]]) -> None:
    """Draw a small line chart for each series, from zero."""
    for axis, (name, values) in zip(figure.subplots(1, len(series)), series.items(), strict=True):
        heights = [float(value) if isinstance(value, int | float) else float("nan") for value in values]
        axis.plot(range(len(dates)), heights, "o-", color=COLOURS["main"], linewidth=1.3, markersize=3)
        axis.set_title(name)
        scale_from_zero(axis, heights, ("{:,.0f}" if name == SERIES["places"].label else "{:g} %").format)
        axis.set_xlim(-0.4, len(dates) - 0.6)
        axis.set_xticks([0, len(dates) - 1], [dates[0][:7], dates[-1][:7]])
