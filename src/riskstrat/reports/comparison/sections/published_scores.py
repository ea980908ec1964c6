"""Published scores: how they perform here, recalibrated and as published."""

from riskstrat.evaluation import ComparedModel, as_published
from riskstrat.governance import rounded
from riskstrat.reports.comparison.calibration_verdict import O_E_SCALE
from riskstrat.reports.comparison.drawings.forests import ForestRow, forest_figure
from riskstrat.reports.comparison.labels import SectionKey, told
from riskstrat.reports.comparison.tables import FigureColumn, TableRow, figure_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, DefinitionList, Figure, PageTable, Section
from riskstrat.wording import sentence

_KEY: SectionKey = "scores"
_INTRO = (
    "Most published scores only rank patients. Recalibrated, their points become risks by the same method as for the"
    " models, so that rankings are compared fairly. As published, the paper's own risk is compared with what happened"
    " here to the patients it applies to. Many papers predict another outcome: observed/expected then shows how this"
    " population and outcome differ from the paper's, and does not mean that the score is wrong."
)


def published_scores_section(view: ReportView) -> Section | None:
    """Show each score with its source and caution, and the published risks where there are any."""
    if not view.scores():
        return None
    figure = [_figure(view)] if any(view.by_name[one].as_published for one in view.scores()) else []
    return Section(_KEY, "Published scores", (_INTRO,), (*figure, _grid(view), *_published(view), _sources(view)))


def _figure(view: ReportView) -> Figure:
    rows = []
    for name in view.scores():
        if view.by_name[name].as_published:
            rows.append(ForestRow(f"{name}, as published", [view.shown(as_published(name), "o_e")], "none"))
            rows.append(ForestRow(f"{name}, recalibrated", [view.shown(name, "o_e")], "main", hollow=True))
    scales = [O_E_SCALE]
    alt = "Observed/expected: " + "; ".join(f"{row.name} {told('o_e', row.cells[0])}" for row in rows)
    caption = "Published risks against what happened here, before and after recalibration"
    return forest_figure("published", caption, f"{alt}.", rows, scales, 7.0)


def _grid(view: ReportView) -> PageTable:
    lead = (ColumnHead("score", "Score"), ColumnHead("applicable", "Applies to", "count"))
    columns = ("auroc", *((FigureColumn("ppv", view.size),) if view.size else ()), "o_e")
    rows = (TableRow((name, _applicable(view.by_name[name])), name) for name in view.scores())
    note = "Patients to whom a score does not apply get the share of such patients who had the outcome."
    return figure_table(view, "score-table", "Scores, recalibrated", lead, columns, rows, note)


def _applicable(one: ComparedModel) -> Cell:
    return "" if one.applicable is None else rounded(one.applicable)


def _published(view: ReportView) -> list[PageTable]:
    found = [view.by_name[name] for name in view.scores() if view.by_name[name].as_published]
    lead = (ColumnHead("score", "Score"), ColumnHead("foretells", "Outcome in the paper"))
    columns = ("event_rate", "mean_risk", "o_e", "calibration_slope", "auroc")
    rows = [TableRow((one.name, one.published_outcome), as_published(one.name)) for one in found]
    caption = "As published, for patients to whom the score applies"
    return [figure_table(view, "published-table", caption, lead, columns, rows)] if rows else []


def _sources(view: ReportView) -> DefinitionList:
    found = [view.by_name[name] for name in view.scores()]
    return DefinitionList("score-sources", tuple((f"{one.title} ({one.name})", _source(one)) for one in found))


def _source(one: ComparedModel) -> str:
    """Write its citation and its caution."""
    return " ".join(f"{sentence(part).rstrip('.')}." for part in (one.citation, one.caution) if part)
