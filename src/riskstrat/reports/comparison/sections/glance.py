"""All models at a glance."""

from riskstrat.reports.comparison.labels import SectionKey, heading, size_in_words
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, PageTable, Section

_KEY: SectionKey = "glance"
_FIGURES = ("auroc", "average_precision", "o_e", "calibration_slope")


def glance_section(view: ReportView) -> Section:
    """Show one row for each model, best AUROC first."""
    at = () if view.size is None else (heading("ppv", "ppv_at_size", "PPV"), heading("captured"))
    headings = (
        ColumnHead("model", "Model"),
        *at,
        *(heading(one) for one in _FIGURES),
        ColumnHead("what", "Description"),
    )
    rows = tuple(_row(view, model) for model in view.models)
    where = f" PPV and admissions captured: with {size_in_words(view.size)}." if view.size else ""
    note = f"95 % intervals are in brackets.{where} * hides a small number."
    grid = PageTable(
        "models",
        "All models, best AUROC first" if len(view.models) > 1 else "The model",
        headings,
        rows,
        note,
        terminal=16,
    )
    return Section(_KEY, "At a glance", (), (grid,))


def _row(view: ReportView, model: str) -> tuple[Cell, ...]:
    at = () if view.size is None else (view.cell(model, "ppv", view.size), view.cell(model, "captured", view.size))
    own = "the study's own: " if model == view.reference and len(view.models) > 1 else ""
    return (model, *at, *(view.cell(model, one) for one in _FIGURES), own + view.by_name[model].title)
