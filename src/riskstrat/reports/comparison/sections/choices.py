"""Effects of choices: patients who die first, patients already case-managed, and other outcome windows."""

from riskstrat.evaluation import ChoiceEffect
from riskstrat.reports.comparison.calibration_verdict import O_E_SCALE
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest_figure
from riskstrat.reports.comparison.labels import SectionKey, cell_of, size_in_words, told
from riskstrat.reports.comparison.tables import FigureColumn, TableRow, figure_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, Figure, PageTable, Section

_KEY: SectionKey = "choices"
_DEATHS = {
    "ignore": "ignore: patients who die first count as without the outcome",
    "composite": "composite: death counts as the outcome",
    "weight": "weight: patients who die first are excluded, and similar ones weigh more",
}
_MANAGED = {
    "include": "include: fitted like all others",
    "exclude": "exclude: not used in fitting",
    "flag": "flag: a column marks them, and is 0 in scoring",
    "weight": "weight: excluded, and similar patients weigh more",
}
_INTRO = (
    "Each row is the same model with another choice, fitted once, so that rows differ only in that choice. Each choice"
    " about death is judged by its own definition of the outcome. Acting on a list changes outcomes and so biases the"
    " next model; choices about case-managed patients are therefore judged on patients who are not case-managed."
)


def choices_section(view: ReportView) -> Section | None:
    """Show a table for each choice that was tried."""
    blocks: list[Figure | PageTable] = []
    if view.found.deaths:
        blocks.append(_grid(view, view.found.deaths, "death", _DEATHS, "deaths_listed"))
    if view.found.management:
        blocks.append(_grid(view, view.found.management, "case-managed", _MANAGED, "managed_listed"))
    if view.found.horizons:
        blocks += [_horizons(view), _horizon_table(view)]
    return Section(_KEY, "Choices", (_INTRO,), tuple(blocks)) if blocks else None


def _grid(
    view: ReportView, effects: tuple[ChoiceEffect, ...], of: str, texts: dict[str, str], listed: str
) -> PageTable:
    title = {"death": "Patients who die before the outcome", "case-managed": "Patients already case-managed"}[of]
    lead = (
        ColumnHead("choice", "Choice"),
        ColumnHead("fitted_on", "Fitted on", "count"),
        ColumnHead("events", "With the outcome", "count"),
    )
    at = view.group_size or ""
    columns = (*map(FigureColumn, ("auroc", "o_e")), *(FigureColumn(one, at) for one in ("ppv", "same_listed", listed)))
    note = f"PPV and shares of listed patients: with {size_in_words(at)}. " if at else ""
    rows = (TableRow(_lead(view, one, texts), one.model) for one in effects)
    return figure_table(view, f"choice-{of}", title, lead, columns, rows, f"{note}The study's own choice is marked.")


def _lead(view: ReportView, one: ChoiceEffect, texts: dict[str, str]) -> tuple[Cell, ...]:
    """Return the choice, and how many people it was fitted on."""
    own = " (this study)" if one.chosen else ""
    counts = (view.shown(one.model, figure) for figure in ("fitted on", "with the outcome, fitted on"))
    return (texts.get(one.choice, one.choice) + own, *(cell_of("listed", count) for count in counts))


def _horizons(view: ReportView) -> Figure:
    found = sorted(view.found.horizons, key=lambda one: one.days)
    figures = ("auroc", "o_e", "event_rate")
    rows = [ForestRow(f"{one.days} days", [view.shown(one.model, f) for f in figures]) for one in found]
    scales = [Scale("AUROC", digits=3), O_E_SCALE, Scale("People with the outcome", digits=1, percent=True)]
    texts = [f"{row.name}: {told('auroc', row.cells[0])}" for row in rows]
    ends = f"{texts[0]}, {texts[-1]}" if len(texts) > 1 else texts[0]
    alt = f"AUROC by outcome window: {'; '.join(texts)}."
    return forest_figure("horizons", f"{view.reference} for other outcome windows, AUROC {ends}", alt, rows, scales)


def _horizon_table(view: ReportView) -> PageTable:
    figures = ("event_rate", "auroc", "average_precision", "o_e", "calibration_slope")
    lead = (ColumnHead("window", "Outcome window"), ColumnHead("test_date", "Tested"))
    rows = (TableRow((f"{one.days} days", one.test_date), one.model) for one in view.found.horizons)
    caption = f"{view.reference} for other outcome windows"
    return figure_table(view, "horizon-table", caption, lead, figures, rows, folded=True)
