"""Practices: how the list serves each, and how the model does in one that it was not fitted on."""

from __future__ import annotations

from functools import partial

from riskstrat.evaluation import HeldOut, Subgroup
from riskstrat.governance import rounded
from riskstrat.reports.comparison.calibration_verdict import AS_EXPECTED
from riskstrat.reports.comparison.disclosure import ShownFigure
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest, height
from riskstrat.reports.comparison.figures import group_name, held_out_name, level_name
from riskstrat.reports.comparison.labels import heading, size_in_words, told
from riskstrat.reports.comparison.sections.subgroups import group_grid, subgroups_shown
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import ColumnHead, Figure, Measured, PageTable, Section

_KEY = "practices"
MOST_DRAWN = 40
OF_A_LIST = ("ppv", "sensitivity", "listed_share")
_INTRO = (
    "A list drawn from everyone takes more people from some practices than from others. Where practices were held out,"
    " each is judged by a model that was fitted without it (internal-external validation): what a practice that joins"
    " may expect."
)


def practices_section(view: ReportView) -> Section | None:
    """By practice, as fitted, and held out."""
    own = subgroups_shown(view, view.reference, practices=True)
    blocks: list[Figure | PageTable] = []
    if own:
        caption = f"{view.reference} by practice"
        blocks += [*_by_practice(view), group_grid(view, view.reference, own, "practice-table", caption, True)]
    if view.found.practices:
        blocks += [_held_out(view), _held_out_table(view)]
    return Section(_KEY, "Practices", (_INTRO,), tuple(blocks)) if blocks else None


def _by_practice(view: ReportView) -> list[Figure]:
    """The largest practices side by side; nothing where too few of them have a number."""
    model, at = view.reference, view.group_size
    groups = sorted(subgroups_shown(view, model, practices=True), key=lambda one: -one.people)
    drawn = groups[:MOST_DRAWN]
    figures = tuple(one for one in ("auroc", "o_e", *OF_A_LIST) if _worth_drawing(view, one, drawn))
    if not figures:
        return []
    everyone = [view.book.cell(model, one, _at(view, one)) for one in figures]
    rows = [ForestRow("everyone", everyone, "ink")]
    for group in drawn:
        cells = [view.book.cell(model, one, among=group_name(group)) for one in figures]
        rows.append(ForestRow(level_name(group.level, group.people), cells))
    scales = [_scale(view, one) for one in figures]
    of = (
        f"the {len(drawn)} largest of {len(groups)} practices"
        if len(groups) > len(drawn)
        else f"{len(groups)} practices"
    )
    caption = f"{model} in {of}{', at ' + size_in_words(at) if at else ''}; dashed: everyone"
    alt = "By practice: " + "; ".join(
        f"{level_name(g.level, g.people)}: O:E {told('o_e', view.book.cell(model, 'o_e', among=group_name(g)))}"
        for g in drawn
    )
    draw = partial(forest, rows=rows, scales=scales)
    return [Figure("by-practice", caption, f"{alt}.", draw, height=height(rows))]


def _worth_drawing(view: ReportView, figure: str, groups: list[Subgroup]) -> bool:
    """Whether half of the practices have a number."""
    known = [view.number(view.reference, figure, among=group_name(group)) is not None for group in groups]
    return 2 * sum(known) >= len(known)


def _at(view: ReportView, figure: str) -> str:
    """The list size of a figure of a list; empty for others."""
    return (view.group_size or "") if figure in OF_A_LIST else ""


def _scale(view: ReportView, figure: str) -> Scale:
    title = heading(figure).label
    if figure == "o_e":
        return Scale(title, 1.0, 2, logarithmic=True, band=AS_EXPECTED)
    number = view.number(view.reference, figure, _at(view, figure))
    return Scale(title, number.value if number else None, 2 if figure == "auroc" else 0, percent=figure != "auroc")


def _cells(view: ReportView, one: HeldOut) -> list[ShownFigure]:
    among = held_out_name(one.practice, one.people)
    return [view.book.cell(view.reference, figure, among=among) for figure in ("auroc", "o_e")]


def _held_out(view: ReportView) -> Figure:
    held = sorted(view.found.practices, key=lambda one: -one.people)[:MOST_DRAWN]
    rows = [ForestRow("everyone, as fitted", [view.book.cell(view.reference, one) for one in ("auroc", "o_e")], "ink")]
    rows += [ForestRow(level_name(one.practice, one.people), _cells(view, one), hollow=True) for one in held]
    overall = view.number(view.reference, "auroc")
    scales = [
        Scale("AUROC", overall.value if overall else None, 2),
        Scale("Observed / expected", 1.0, 2, logarithmic=True, band=AS_EXPECTED),
    ]
    values = [row.cells[0].value for row in rows[1:] if isinstance(row.cells[0], Measured)]
    spread = f": AUROC between {min(values):.2f} and {max(values):.2f}" if values else ""
    caption = f"Practices held out, the {len(held)} largest{spread}"
    alt = "AUROC and observed / expected in each practice that the model was fitted without: " + "; ".join(
        f"{row.name} {told('auroc', row.cells[0])}" for row in rows[1:]
    )
    return Figure("held-out", caption, f"{alt}.", partial(forest, rows=rows, scales=scales), height=height(rows))


def _held_out_table(view: ReportView) -> PageTable:
    headings = (
        ColumnHead("practice", "Practice held out"), ColumnHead("people", "People", "count"),
        ColumnHead("events", "With the outcome", "count"), heading("auroc"), heading("o_e"),
    )  # fmt: skip
    rows = tuple(
        (level_name(one.practice, one.people), rounded(one.people), rounded(one.events), *_cells(view, one))
        for one in view.found.practices
    )
    return PageTable("held-out-table", "Each practice, by a model fitted without it", headings, rows, folded=True)
