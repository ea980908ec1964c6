"""What the choices in making a model do: death first, people already managed, other outcome windows."""

from riskstrat.evaluation import ChoiceEffect
from riskstrat.reports.comparison.calibration_verdict import O_E_SCALE
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest_figure
from riskstrat.reports.comparison.labels import SectionKey, cell_of, size_in_words, told
from riskstrat.reports.comparison.tables import FigureColumn, TableRow, figure_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, Figure, PageTable, Section

_KEY: SectionKey = "choices"
_DEATHS = {
    "ignore": "ignore: who dies first counts as without the outcome",
    "composite": "composite: death counts as the outcome",
    "weight": "weight: who dies first is left out, and others weigh more",
}
_MANAGED = {
    "include": "include: as anyone else",
    "exclude": "exclude: not fitted on",
    "flag": "flag: a column says so, and is set to 0 in use",
    "weight": "weight: those not managed weigh more",
}
_INTRO = (
    "Each row is the same model, made with another choice by one quick fit, so that rows differ in nothing else."
    " Choices about death are each judged by their own definition of the outcome. Acting on a list changes outcomes,"
    " and so biases the next model: choices about case-managed people are judged on those who are not managed."
)


def choices_section(view: ReportView) -> Section | None:
    """A table for each choice that was tried."""
    blocks: list[Figure | PageTable] = []
    if view.found.deaths:
        blocks.append(_grid(view, view.found.deaths, "death", _DEATHS, "deaths_listed"))
    if view.found.management:
        blocks.append(_grid(view, view.found.management, "case-managed", _MANAGED, "managed_listed"))
    if view.found.horizons:
        blocks += [_horizons(view), _horizon_table(view)]
    return Section(_KEY, "Choices", (_INTRO,), tuple(blocks)) if blocks else None


def _grid(view: ReportView, effects: tuple[ChoiceEffect, ...], of: str, said: dict[str, str], listed: str) -> PageTable:
    title = {"death": "Those who die before the outcome", "case-managed": "Those already case-managed"}[of]
    lead = (
        ColumnHead("choice", "Choice"),
        ColumnHead("fitted_on", "Fitted on", "count"),
        ColumnHead("events", "With the outcome", "count"),
    )
    at = view.group_size or ""
    columns = (*map(FigureColumn, ("auroc", "o_e")), *(FigureColumn(one, at) for one in ("ppv", "same_listed", listed)))
    note = f"PPV and those listed: with {size_in_words(at)}. " if at else ""
    rows = (TableRow(_lead(view, one, said), one.model) for one in effects)
    return figure_table(view, f"choice-{of}", title, lead, columns, rows, f"{note}The study's own choice is marked.")


def _lead(view: ReportView, one: ChoiceEffect, said: dict[str, str]) -> tuple[Cell, ...]:
    """The choice, and how many it was fitted on."""
    own = " (the study's)" if one.chosen else ""
    counts = (view.shown(one.model, figure) for figure in ("fitted on", "with the outcome, fitted on"))
    return (said.get(one.choice, one.choice) + own, *(cell_of("listed", count) for count in counts))


def _horizons(view: ReportView) -> Figure:
    found = sorted(view.found.horizons, key=lambda one: one.days)
    figures = ("auroc", "o_e", "event_rate")
    rows = [ForestRow(f"{one.days} days", [view.shown(one.model, f) for f in figures]) for one in found]
    scales = [Scale("AUROC", digits=3), O_E_SCALE, Scale("People with the outcome", digits=1, percent=True)]
    said = [f"{row.name}: {told('auroc', row.cells[0])}" for row in rows]
    ends = f"{said[0]}, {said[-1]}" if len(said) > 1 else said[0]
    alt = f"AUROC by outcome window: {'; '.join(said)}."
    return forest_figure("horizons", f"{view.reference} for other outcome windows, AUROC {ends}", alt, rows, scales)


def _horizon_table(view: ReportView) -> PageTable:
    figures = ("event_rate", "auroc", "average_precision", "o_e", "calibration_slope")
    lead = (ColumnHead("window", "Outcome window"), ColumnHead("test_date", "Tested"))
    rows = (TableRow((f"{one.days} days", one.test_date), one.model) for one in view.found.horizons)
    caption = f"{view.reference} for other outcome windows"
    return figure_table(view, "horizon-table", caption, lead, figures, rows, folded=True)
