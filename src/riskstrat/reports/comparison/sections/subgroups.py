"""Fairness: for which groups a model performs worse."""

from collections.abc import Sequence

from riskstrat.evaluation import OF_GROUP, FigureRow
from riskstrat.reports.comparison.calibration_verdict import O_E_SCALE
from riskstrat.reports.comparison.disclosure import level_name, shown_among
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest_figure
from riskstrat.reports.comparison.labels import SectionKey, key_part, size_in_words
from riskstrat.reports.comparison.tables import COUNTED, TableRow, counts_of, figure_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import ColumnHead, Figure, PageTable, Section

_KEY: SectionKey = "fairness"
_INTRO = (
    "The same figures for groups of people, with the list drawn from everyone. Where observed/expected is above 1, the"
    " group has more outcomes than predicted. Where sensitivity is lower, patients with the outcome are listed less"
    " often. “Not recorded” is a group of its own. With many groups, some differ by chance: look for a pattern. Ranking"
    " within a narrow group, such as one age band, is harder than among everyone."
)


def subgroups_section(view: ReportView) -> Section | None:
    """Show the reference by subgroup, and the other models in folded tables."""
    groups = view.groups(view.reference)
    if not groups:
        return None
    others = [model for model in view.models if model != view.reference and view.groups(model)]
    tables = [_grid(view, view.reference, False), *(_grid(view, model, True) for model in others)]
    return Section(_KEY, "Fairness", (_INTRO,), (_figure(view, groups), *tables))


def _figure(view: ReportView, groups: list[FigureRow]) -> Figure:
    model, rows, dimension = view.reference, [], ""
    figures = ("auroc", "o_e", "sensitivity")
    everyone = [view.shown(model, one) for one in ("auroc", "o_e")]
    at = view.group_size
    if at is not None:
        everyone.append(view.shown(model, "sensitivity", at))
    rows.append(ForestRow("everyone", everyone, "ink"))
    for group in groups:
        if group.dimension != dimension:
            dimension = group.dimension
            rows.append(ForestRow(dimension, heading=True))
        cells = [view.shown(model, one, among=shown_among(group)) for one in figures[: len(everyone)]]
        rows.append(ForestRow(level_name(group), cells))
    overall = [view.number(model, "auroc"), None, view.number(model, "sensitivity", at) if at else None]
    lines = [None if one is None else one.value for one in overall]
    scales = [Scale("AUROC", lines[0], 2), O_E_SCALE, *([Scale("Sensitivity", lines[2], 0, True)] if at else [])]
    alt = "AUROC and observed/expected by group: " + "; ".join(
        f"{shown_among(g)}: {view.told(model, 'auroc', among=shown_among(g))}, "
        f"observed/expected {view.told(model, 'o_e', among=shown_among(g))}"
        for g in groups
    )
    caption = f"{model} by group; dashed line: everyone{'. Sensitivity: with ' + size_in_words(at) if at else ''}"
    return forest_figure("subgroups", caption, f"{alt}.", rows, scales)


def _grid(view: ReportView, model: str, folded: bool) -> PageTable:
    return group_grid(view, model, view.groups(model), f"subgroups-{key_part(model)}", f"{model} by group", folded)


def group_grid(
    view: ReportView, model: str, groups: Sequence[FigureRow], key: str, caption: str, folded: bool
) -> PageTable:
    """Build a table with one row for each subgroup."""
    at = f"At {size_in_words(view.group_size)}. " if view.group_size else ""
    lead = (ColumnHead("group", "Group"), *COUNTED)
    rows = (TableRow((shown_among(one), *counts_of(one)), model, among=shown_among(one)) for one in groups)
    return figure_table(view, key, caption, lead, OF_GROUP, rows, f"{at}* hides a small number.", folded)
