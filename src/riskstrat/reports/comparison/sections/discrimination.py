"""Discrimination: how well models rank people."""

from functools import partial

import numpy as np

from riskstrat.evaluation import NO_PRIOR
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest_figure
from riskstrat.reports.comparison.drawings.lines import Panel, PlotLine, panels
from riskstrat.reports.comparison.labels import SectionKey, heading
from riskstrat.reports.comparison.tables import FigureColumn, model_table
from riskstrat.reports.comparison.view import COLOUR_OF, ReportView
from riskstrat.reports.page.content import Figure, PageTable, Section

_KEY: SectionKey = "discrimination"
_INTRO = (
    "AUROC is the chance that a person with the outcome has a higher risk than a person without: 0.5 is chance, 1 is"
    " perfect ranking. Average precision gives more weight to the top of the ranking, where lists are made; by chance,"
    " it equals the share of people with the outcome."
)


def discrimination_section(view: ReportView) -> Section:
    """Show ROC and precision-recall curves, and the figures of every model."""
    drawn = [model for model in view.models if model in view.curves]
    figures = [_forest(view)] if len(view.models) > 1 else []
    figures += [_curves(view, drawn)] if drawn else []
    return Section(_KEY, "Discrimination", (_INTRO,), (*figures, _grid(view)))


def _forest(view: ReportView) -> Figure:
    names = ("auroc", "average_precision")
    rows = [
        ForestRow(model, [view.shown(model, one) for one in names], _colour(view, model), hollow=_is_score(view, model))
        for model in view.models
    ]
    rate = view.number(view.reference, "event_rate")
    scales = [
        Scale("AUROC", digits=3),
        Scale("Average precision (line: by chance)", line=rate.value if rate else None, digits=3),
    ]
    best = view.models[0]
    caption = f"{best} ranks best: AUROC {view.told(best, 'auroc')}"
    alt = "AUROC with its interval: " + "; ".join(f"{m} {view.told(m, 'auroc')}" for m in view.models)
    return forest_figure("ranking", f"{caption}. Hollow: published scores, recalibrated", f"{alt}.", rows, scales)


def _colour(view: ReportView, model: str) -> str:
    return "main" if model == view.reference else COLOUR_OF[view.roles[model]] if not _quiet(view, model) else "muted"


def _quiet(view: ReportView, model: str) -> bool:
    return view.roles[model] == "quiet"


def _is_score(view: ReportView, model: str) -> bool:
    return view.by_name[model].kind == "score"


def _curves(view: ReportView, drawn: list[str]) -> Figure:
    named = [model for model in view.standing_out() if model in drawn]
    order = [*(model for model in drawn if model not in named), *named]
    roc = [view.line(model, "roc", "sensitivity", _worth(view, model, "auroc")) for model in order]
    precise = [view.line(m, "precision_recall", "ppv", _worth(view, m, "average_precision")) for m in order]
    chance = PlotLine("", np.array([0.0, 1.0]), np.array([0.0, 1.0]), "muted", "short")
    made = [
        Panel("ROC curve", "False-positive rate", "Sensitivity", [chance, *roc], (0, 1), (0, 1), (), "lower right"),
        Panel("Precision-recall curve", "Sensitivity", "PPV", precise, (0, 1), (0, 1), (), "upper right"),
    ]
    grey = "; grey: the other models" if len(drawn) > len(named) else ""
    caption = f"ROC and precision-recall curves, with AUROC and average precision{grey}"
    alt = "ROC curves above the diagonal of chance: " + "; ".join(
        f"{model}, AUROC {view.told(model, 'auroc')}" for model in named
    )
    data = {m: {c: view.curves[m][c].as_data() for c in ("roc", "precision_recall")} for m in drawn}
    return Figure("roc", caption, f"{alt}.", partial(panels, drawn=made), height=4.0, data=data)


def _worth(view: ReportView, model: str, figure: str) -> str:
    number = view.number(model, figure)
    return "" if number is None else f"  {number.value:.3f}"


def _grid(view: ReportView) -> PageTable:
    apart = view.table.has("auroc", NO_PRIOR)
    columns: list[FigureColumn | str] = ["auroc", "average_precision"]
    note = f"Of the people tested, {view.told(view.reference, 'event_rate')} had the outcome."
    if apart:
        head = heading("auroc", "auroc_no_prior", "AUROC, no earlier admission")
        columns.append(FigureColumn("auroc", among=NO_PRIOR, head=head))
        note += " No earlier admission: people with no emergency admission in the previous 12 months."
    return model_table(view, "discrimination-table", view.every("Ranking"), columns, note=note)
