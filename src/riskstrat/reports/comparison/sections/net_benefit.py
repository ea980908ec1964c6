"""Net benefit: whether a list is worth its reviews, by what a review is worth."""

from functools import partial

import numpy as np

from riskstrat.reports.comparison.drawings.lines import Panel, PlotLine, panels
from riskstrat.reports.comparison.figures import FigureCurve
from riskstrat.reports.comparison.labels import SectionKey
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, Figure, PageTable, Section
from riskstrat.tables import Ints

_KEY: SectionKey = "benefit"
AT_MOST = 6
PER = 1000
_INTRO = (
    "The threshold says what a review is worth: at 20 %, it is just worth reviewing five patients to reach one with the"
    " outcome. Net benefit is the number of patients reviewed who have the outcome, minus those reviewed without it,"
    " weighted by the threshold. It is given per 1,000 people. A model is worth using where its curve is above"
    " reviewing everyone, above reviewing nobody (0) and above a list by age alone."
)


def net_benefit_section(view: ReportView) -> Section | None:
    """Show decision curves, and their values at some thresholds."""
    drawn = [model for model in (*view.models, *view.baselines) if model in view.curves]
    if not drawn:
        return None
    return Section(_KEY, "Net benefit", (_INTRO,), (_figure(view, drawn), _grid(view, drawn)))


def _figure(view: ReportView, drawn: list[str]) -> Figure:
    named = [model for model in view.standing_out() if model in drawn]
    named += [model for model in view.baselines if model in drawn and model not in named]
    order = [*(model for model in drawn if model not in named), *named]
    lines = [_scaled(_named(view, model)) for model in order]
    first = view.curves[drawn[0]]["net_benefit"]
    everyone = PlotLine("review everyone", first["threshold"], first["all"] * PER, "ink", "dots", 1.2)
    top = max(float(np.nanmax(line.y)) for line in [*lines, everyone])
    panel = Panel(
        "Net benefit",
        "Threshold",
        "Per 1,000 people",
        [everyone, *lines],
        (float(first["threshold"][0]), float(first["threshold"][-1])),
        (-0.12 * top, 1.05 * top),
        (),
        "upper right",
        "x",
        True,
    )
    alt = f"Net benefit falls as the threshold rises. {_best(view, drawn)}"
    data = {model: view.curves[model]["net_benefit"].as_data() for model in drawn}
    return Figure("decision-curve", _best(view, drawn), alt, partial(panels, drawn=[panel]), height=3.8, data=data)


def _named(view: ReportView, model: str) -> PlotLine:
    if model in view.baselines:
        found = view.curves[model]["net_benefit"]
        return PlotLine(model, found["threshold"], found["model"], "low", "dots", 1.8)
    return view.line(model, "net_benefit", "model")


def _scaled(line: PlotLine) -> PlotLine:
    return PlotLine(line.name, line.x, line.y * PER, line.colour, line.dash, line.width)


def _best(view: ReportView, drawn: list[str]) -> str:
    """Write the first range of thresholds at which the reference is better than both."""
    model = view.reference
    if model not in drawn:
        return "Net benefit by threshold"
    found = view.curves[model]["net_benefit"]
    better = found["model"] > np.maximum(found["all"], 0)
    if not better.any():
        return f"{model} is not better than reviewing everyone or nobody at any threshold"
    first = int(np.argmax(better))
    run = better[first:]
    last = first + (len(run) if run.all() else int(np.argmin(run))) - 1
    low, high = (100 * found["threshold"][place] for place in (first, last))
    return f"{model} is better than reviewing everyone or nobody at thresholds of {low:.0f} % to {high:.0f} %"


def _grid(view: ReportView, drawn: list[str]) -> PageTable:
    first = view.curves[drawn[0]]["net_benefit"]
    places = np.unique(np.linspace(0, len(first["threshold"]) - 1, AT_MOST).round().astype(int))
    names = [f"{100 * first['threshold'][place]:.0f} %" for place in places]
    headings = (ColumnHead("model", "Model"), *(ColumnHead(name, name, "number", digits=1) for name in names))
    rows: list[tuple[Cell, ...]] = [(m, *_at(view.curves[m]["net_benefit"], "model", places)) for m in drawn]
    rows += [("review everyone", *_at(first, "all", places)), ("review nobody", *(0.0 for _ in places))]
    return PageTable("net-benefit", "Net benefit per 1,000 people, by threshold", headings, tuple(rows), folded=True)


def _at(curve: FigureCurve, column: str, places: Ints) -> list[Cell]:
    values = curve[column][places] * PER
    return [round(float(value), 2) if np.isfinite(value) else "undefined" for value in values]
