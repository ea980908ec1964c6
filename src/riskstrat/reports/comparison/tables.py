"""Tables of figures: a row for each model, list or group, and a column for each figure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from riskstrat.evaluation import ALL_PEOPLE, FigureRow
from riskstrat.governance import rounded
from riskstrat.reports.comparison.labels import heading
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, PageTable


@dataclass(frozen=True)
class FigureColumn:
    """A figure as a column.

    Parameters
    ----------
    at, among : str
        The place and the people of the figure; empty to use those of the row.
    head : ColumnHead or None
        None for the usual heading of the figure.
    """

    figure: str
    at: str = ""
    among: str = ""
    head: ColumnHead | None = None


@dataclass(frozen=True)
class TableRow:
    """One row: its leading cells, and whose figures it holds."""

    lead: tuple[Cell, ...]
    model: str
    at: str = ""
    among: str = ALL_PEOPLE


COUNTED = (ColumnHead("people", "People", "count"), ColumnHead("events", "With the outcome", "count"))


def counts_of(row: FigureRow) -> tuple[Cell, Cell]:
    """Return people, and people with the outcome, with small numbers hidden."""
    return rounded(row.people or 0), rounded(row.events or 0)


def figure_table(
    view: ReportView,
    key: str,
    caption: str,
    lead: Sequence[ColumnHead],
    columns: Iterable[FigureColumn | str],
    rows: Iterable[TableRow],
    note: str = "",
    folded: bool = False,
    terminal: int = 0,
) -> PageTable:
    """Build a table of figures.

    Parameters
    ----------
    columns : iterable of FigureColumn or str
        A text is the name of a figure.
    """
    wanted = [FigureColumn(one) if isinstance(one, str) else one for one in columns]
    headings = (*lead, *(one.head or heading(one.figure) for one in wanted))
    cells = tuple(
        (*row.lead, *(view.cell(row.model, one.figure, one.at or row.at, one.among or row.among) for one in wanted))
        for row in rows
    )
    return PageTable(key, caption, headings, cells, note, folded, terminal=terminal)


def model_table(
    view: ReportView,
    key: str,
    caption: str,
    columns: Iterable[FigureColumn | str],
    models: Sequence[str] = (),
    note: str = "",
    folded: bool = False,
) -> PageTable:
    """Build a table with one row for each model; all models if none are named."""
    rows = (TableRow((model,), model) for model in models or view.models)
    return figure_table(view, key, caption, (ColumnHead("model", "Model"),), columns, rows, note, folded)
