"""Practices: how the list serves each, and how the model performs in a practice it was not fitted on."""

from riskstrat.evaluation import FigureRow
from riskstrat.reports.comparison.calibration_verdict import O_E_SCALE
from riskstrat.reports.comparison.disclosure import ShownFigure, level_name, shown_among
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest_figure
from riskstrat.reports.comparison.labels import SectionKey, heading, size_in_words, told
from riskstrat.reports.comparison.sections.subgroups import group_grid
from riskstrat.reports.comparison.tables import COUNTED, TableRow, counts_of, figure_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import ColumnHead, Figure, Measured, PageTable, Section

_KEY: SectionKey = "practices"
MOST_DRAWN = 40
OF_A_LIST = ("ppv", "sensitivity", "listed_share")
_INTRO = (
    "A list drawn from everyone takes more patients from some practices than from others. Practices that were held out"
    " are tested with a model fitted without them (internal-external validation). This shows what a practice that joins"
    " later can expect."
)


def practices_section(view: ReportView) -> Section | None:
    """Show the reference by practice, as fitted and held out."""
    own = view.groups(view.reference, practices=True)
    blocks: list[Figure | PageTable] = []
    if own:
        caption = f"{view.reference} by practice"
        blocks += [*_by_practice(view), group_grid(view, view.reference, own, "practice-table", caption, True)]
    if view.found.practices:
        blocks += [_held_out(view), _held_out_table(view)]
    return Section(_KEY, "Practices", (_INTRO,), tuple(blocks)) if blocks else None


def _by_practice(view: ReportView) -> list[Figure]:
    """Draw the largest practices; nothing if too few of them have a number."""
    model, at = view.reference, view.group_size
    groups = sorted(view.groups(model, practices=True), key=lambda one: -(one.people or 0))
    drawn = groups[:MOST_DRAWN]
    figures = tuple(one for one in ("auroc", "o_e", *OF_A_LIST) if _worth_drawing(view, one, drawn))
    if not figures:
        return []
    everyone = [view.shown(model, one, _at(view, one)) for one in figures]
    rows = [ForestRow("everyone", everyone, "ink")]
    for group in drawn:
        cells = [view.shown(model, one, among=shown_among(group)) for one in figures]
        rows.append(ForestRow(level_name(group), cells))
    scales = [_scale(view, one) for one in figures]
    of = (
        f"the {len(drawn)} largest of {len(groups)} practices"
        if len(groups) > len(drawn)
        else f"{len(groups)} practices"
    )
    caption = f"{model} in {of}{', with ' + size_in_words(at) if at else ''}; dashed line: everyone"
    alt = "By practice: " + "; ".join(
        f"{level_name(g)}: observed/expected {view.told(model, 'o_e', among=shown_among(g))}" for g in drawn
    )
    return [forest_figure("by-practice", caption, f"{alt}.", rows, scales)]


def _worth_drawing(view: ReportView, figure: str, groups: list[FigureRow]) -> bool:
    """Return whether half of the practices have a number."""
    known = [view.number(view.reference, figure, among=shown_among(group)) is not None for group in groups]
    return 2 * sum(known) >= len(known)


def _at(view: ReportView, figure: str) -> str:
    """Return the list size of a figure that depends on a list; empty for others."""
    return (view.group_size or "") if figure in OF_A_LIST else ""


def _scale(view: ReportView, figure: str) -> Scale:
    title = heading(figure).label
    if figure == "o_e":
        return O_E_SCALE
    number = view.number(view.reference, figure, _at(view, figure))
    return Scale(title, number.value if number else None, 2 if figure == "auroc" else 0, percent=figure != "auroc")


def _held_out_rows(view: ReportView) -> list[FigureRow]:
    """List a row for each practice held out."""
    return [row for row in view.found.practices if row.figure == "auroc"]


def _cells(view: ReportView, one: FigureRow) -> list[ShownFigure]:
    among = shown_among(one)
    return [view.shown(view.reference, figure, among=among) for figure in ("auroc", "o_e")]


def _held_out(view: ReportView) -> Figure:
    held = sorted(_held_out_rows(view), key=lambda one: -(one.people or 0))[:MOST_DRAWN]
    rows = [ForestRow("everyone, as fitted", [view.shown(view.reference, one) for one in ("auroc", "o_e")], "ink")]
    rows += [ForestRow(level_name(one), _cells(view, one), hollow=True) for one in held]
    overall = view.number(view.reference, "auroc")
    scales = [Scale("AUROC", overall.value if overall else None, 2), O_E_SCALE]
    values = [row.cells[0].value for row in rows[1:] if isinstance(row.cells[0], Measured)]
    spread = f": AUROC between {min(values):.2f} and {max(values):.2f}" if values else ""
    caption = f"Practices held out, the {len(held)} largest{spread}"
    alt = "AUROC and observed/expected in each practice that the model was fitted without: " + "; ".join(
        f"{row.name} {told('auroc', row.cells[0])}" for row in rows[1:]
    )
    return forest_figure("held-out", caption, f"{alt}.", rows, scales)


def _held_out_table(view: ReportView) -> PageTable:
    lead = (ColumnHead("practice", "Practice held out"), *COUNTED)
    rows = (
        TableRow((level_name(one), *counts_of(one)), view.reference, among=shown_among(one))
        for one in _held_out_rows(view)
    )
    caption = "Each practice, with a model fitted without it"
    return figure_table(view, "held-out-table", caption, lead, ("auroc", "o_e"), rows, folded=True)
