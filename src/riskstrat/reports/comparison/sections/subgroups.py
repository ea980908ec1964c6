"""For whom a model does worse."""

from __future__ import annotations

from functools import partial

from riskstrat.evaluation import Subgroup
from riskstrat.governance import rounded
from riskstrat.reports.comparison.calibration_verdict import AS_EXPECTED
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest, height
from riskstrat.reports.comparison.figures import group_name, level_name
from riskstrat.reports.comparison.labels import heading, key_part, size_in_words, told
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, Figure, PageTable, Section

_KEY = "fairness"
PRACTICE_DIMENSION, _NOT_RECORDED, UNDER = "practice", "not recorded", "under "
_FIGURES = ("auroc", "o_e", "calibration_slope", "listed_share", "ppv", "sensitivity", "false_positive_rate")
_INTRO = (
    "The same figures within groups of people, listed by the rule for everyone. Where observed / expected is above 1,"
    " the group has more outcomes than it was told; where sensitivity is lower, its people are listed less often"
    " although they had the outcome. Not recorded is a group of its own. With many groups some differ by chance alone:"
    " look for a pattern. Ranking within a narrow group, as one age band, is harder than among everyone."
)


def subgroups_section(view: ReportView) -> Section | None:
    """The reference by subgroup; the other models in tables to open."""
    groups = subgroups_shown(view, view.reference)
    if not groups:
        return None
    others = [model for model in view.models if model != view.reference and subgroups_shown(view, model)]
    tables = [_grid(view, view.reference, False), *(_grid(view, model, True) for model in others)]
    return Section(_KEY, "Fairness", (_INTRO,), (_figure(view, groups), *tables))


def subgroups_shown(view: ReportView, model: str, practices: bool = False) -> list[Subgroup]:
    """The subgroups of a model that are practices, or are not."""
    found = [one for one in view.found.by_model[model].subgroups if (one.dimension == PRACTICE_DIMENSION) == practices]
    dimensions = list(dict.fromkeys(one.dimension for one in found))
    return sorted(found, key=lambda one: (dimensions.index(one.dimension), _place(one.level)))


def _place(level: str) -> tuple[bool, bool, str]:
    """Levels by name; "under 50" before "50 to 64", "not recorded" last."""
    return level == _NOT_RECORDED, not level.startswith(UNDER), level


def _figure(view: ReportView, groups: list[Subgroup]) -> Figure:
    model, rows, dimension = view.reference, [], ""
    figures = ("auroc", "o_e", "sensitivity")
    everyone = [view.book.cell(model, one) for one in ("auroc", "o_e")]
    at = view.group_size
    if at is not None:
        everyone.append(view.book.cell(model, "sensitivity", at))
    rows.append(ForestRow("everyone", everyone, "ink"))
    for group in groups:
        if group.dimension != dimension:
            dimension = group.dimension
            rows.append(ForestRow(dimension, heading=True))
        cells = [view.book.cell(model, one, among=group_name(group)) for one in figures[: len(everyone)]]
        rows.append(ForestRow(level_name(group.level, group.people), cells))
    overall = [view.number(model, "auroc"), None, view.number(model, "sensitivity", at) if at else None]
    lines = [None if one is None else one.value for one in overall]
    scales = [
        Scale("AUROC", lines[0], 2),
        Scale("Observed / expected", 1.0, 2, logarithmic=True, band=AS_EXPECTED),
        *([Scale("Sensitivity", lines[2], 0, True)] if at else []),
    ]
    alt = "AUROC and observed / expected by group: " + "; ".join(
        f"{group_name(g)}: {told('auroc', view.book.cell(model, 'auroc', among=group_name(g)))}, "
        f"O:E {told('o_e', view.book.cell(model, 'o_e', among=group_name(g)))}"
        for g in groups
    )
    caption = f"{model} by group; dashed: everyone{', sensitivity at ' + size_in_words(at) if at else ''}"
    draw = partial(forest, rows=rows, scales=scales)
    return Figure("subgroups", caption, f"{alt}.", draw, height=height(rows))


def _grid(view: ReportView, model: str, folded: bool) -> PageTable:
    return group_grid(
        view, model, subgroups_shown(view, model), f"subgroups-{key_part(model)}", f"{model} by group", folded
    )


def group_grid(view: ReportView, model: str, groups: list[Subgroup], key: str, caption: str, folded: bool) -> PageTable:
    """A row a subgroup: who they are, and every figure."""
    headings = (
        ColumnHead("group", "Group"),
        ColumnHead("people", "People", "count"),
        heading("event_rate", "events", "With the outcome"),
        *(heading(one) for one in _FIGURES),
    )
    headings = (*headings[:2], ColumnHead("events", "With the outcome", "count"), *headings[3:])
    rows = tuple(_row(view, model, group) for group in groups)
    at = f"At {size_in_words(view.group_size)}. " if view.group_size else ""
    return PageTable(key, caption, headings, rows, f"{at}* hides a small number.", folded)


def _row(view: ReportView, model: str, group: Subgroup) -> tuple[Cell, ...]:
    name = group_name(group)
    return (
        name,
        rounded(group.people),
        rounded(group.events),
        *(view.cell(model, one, among=name) for one in _FIGURES),
    )
