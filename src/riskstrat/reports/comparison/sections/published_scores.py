"""Published scores: what they are worth here, recalibrated and as published."""

from __future__ import annotations

from functools import partial

from riskstrat.evaluation import ComparedModel, as_published
from riskstrat.governance import rounded
from riskstrat.reports.comparison.calibration_verdict import AS_EXPECTED
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest, height
from riskstrat.reports.comparison.labels import SectionKey, heading, told
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, DefinitionList, Figure, PageTable, Section
from riskstrat.wording import sentence

_KEY: SectionKey = "scores"
_INTRO = (
    "A published score ranks; recalibrated, its points are turned into risks by the same method that the models get, so"
    " that rankings are compared, each at its best. As published, the paper's own risk is set against what happened"
    " here to those it applies to, though the paper's outcome is often another: then observed / expected shows how far"
    " the paper's figures are from this population and this outcome, and is no fault of the score."
)


def published_scores_section(view: ReportView) -> Section | None:
    """Each score, its citation and its caution; the published risks of those that give one."""
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
    scales = [Scale("Observed / expected", 1.0, 2, logarithmic=True, band=AS_EXPECTED)]
    alt = "Observed / expected: " + "; ".join(f"{row.name} {told('o_e', row.cells[0])}" for row in rows)
    caption = "Published risks against what happened here, before and after recalibration"
    return Figure(
        "published", caption, f"{alt}.", partial(forest, rows=rows, scales=scales), width=7.0, height=height(rows)
    )


def _grid(view: ReportView) -> PageTable:
    at = view.size
    headings = (
        ColumnHead("score", "Score"), ColumnHead("applicable", "Applies to", "count"), heading("auroc"),
        *((heading("ppv"),) if at else ()), heading("o_e"),
    )  # fmt: skip
    rows = tuple(_row(view, name, at) for name in view.scores())
    note = "Recalibrated, on everyone; people it does not apply to get the share of such people who had the outcome."
    return PageTable("score-table", "Scores, recalibrated", headings, rows, note)


def _row(view: ReportView, name: str, at: str | None) -> tuple[Cell, ...]:
    people = view.by_name[name].applicable
    listed = (view.cell(name, "ppv", at),) if at else ()
    return (name, "" if people is None else rounded(people), view.cell(name, "auroc"), *listed, view.cell(name, "o_e"))


def _published(view: ReportView) -> list[PageTable]:
    headings = (
        ColumnHead("score", "Score"), ColumnHead("foretells", "What the paper's risk is of"), heading("event_rate"),
        heading("mean_risk"), heading("o_e"), heading("calibration_slope"), heading("auroc"),
    )  # fmt: skip
    rows = tuple(
        (
            name,
            view.by_name[name].published_outcome,
            *(view.cell(as_published(name), one.key.removesuffix("_pct")) for one in headings[2:]),
        )
        for name in view.scores()
        if view.by_name[name].as_published
    )
    return [PageTable("published-table", "As published, on those the score applies to", headings, rows)] if rows else []


def _sources(view: ReportView) -> DefinitionList:
    found = [view.by_name[name] for name in view.scores()]
    return DefinitionList("score-sources", tuple((f"{one.title} ({one.name})", _source(one)) for one in found))


def _source(one: ComparedModel) -> str:
    """Its citation and its caution."""
    return " ".join(f"{sentence(part).rstrip('.')}." for part in (one.citation, one.caution) if part)
