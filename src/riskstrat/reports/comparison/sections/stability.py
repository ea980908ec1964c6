"""Stability: how much a model depends on the people it was fitted on (optimism and learning curve)."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from riskstrat.evaluation import OPTIMISM, FigureRow
from riskstrat.governance import rounded
from riskstrat.reports.comparison.disclosure import ShownFigure, shown_among
from riskstrat.reports.comparison.drawings.bars import Marks, marks
from riskstrat.reports.comparison.drawings.lines import Panel, PlotLine, panels
from riskstrat.reports.comparison.labels import SectionKey, heading, told
from riskstrat.reports.comparison.tables import COUNTED, FigureColumn, TableRow, counts_of, figure_table, model_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import ColumnHead, Figure, Measured, PageTable, Section

_KEY: SectionKey = "stability"
_NAMES = {
    "apparent": "the people fitted on",
    "cross_validated": "the same people, cross-validated",
    "later": "the test people",
}
_INTRO = (
    "Optimism is the AUROC that a model loses on people it has not seen. A wide gap between the first and the second"
    " mark shows overfitting; between the second and the third, a change between fitting and testing. If the learning"
    " curve still rises, more people would help more than more tuning."
)
CURVES = {"AUROC": "auroc", "Average precision": "average_precision"}


def stability_section(view: ReportView) -> Section | None:
    """Show optimism of each variant, and the learning curve of the reference."""
    made = [model for model in view.models if view.by_name[model].optimism is not None]
    blocks: list[Figure | PageTable] = []
    if made:
        blocks += [_optimism(view, made), _optimism_table(view, made)]
    if view.found.learning:
        blocks += [_learning(view), _learning_table(view)]
    return Section(_KEY, "Stability", (_INTRO,), tuple(blocks)) if blocks else None


def _points(view: ReportView) -> list[FigureRow]:
    """List a row for each point of the learning curve."""
    return [row for row in view.found.learning if row.figure == "auroc"]


def _optimism(view: ReportView, made: Sequence[str]) -> Figure:
    found = {model: [view.number(model, figure) for figure in OPTIMISM.values()] for model in made}
    rows = [Marks(model, [None if one is None else one.value for one in values]) for model, values in found.items()]
    alt = "AUROC of each variant when fitted, cross-validated and tested: " + "; ".join(
        f"{row.name}: " + ", ".join("undefined" if v is None else f"{v:.3f}" for v in row.values) for row in rows
    )
    draw = partial(marks, rows=rows, names=[f"on {name}" for name in _NAMES.values()], across="AUROC")
    return Figure("optimism", _most(view, made), f"{alt}.", draw, height=1.05 + 0.27 * max(len(rows), 2))


def _most(view: ReportView, made: Sequence[str]) -> str:
    """Write which variant loses most AUROC in cross-validation."""
    losses = {
        model: loss for model in made if (loss := view.auroc_lost(model, "apparent", "cross_validated")) is not None
    }
    if not losses:
        return "AUROC when fitted, cross-validated and tested"
    most = max(losses, key=losses.__getitem__)
    which = f"{most} loses most AUROC" if len(losses) > 1 else f"AUROC that {most} loses"
    return f"{which} between fitting and cross-validation: {losses[most]:.3f}"


def _optimism_table(view: ReportView, made: Sequence[str]) -> PageTable:
    columns = (
        FigureColumn(OPTIMISM[name], head=heading("auroc", name, f"AUROC on {text}")) for name, text in _NAMES.items()
    )
    return model_table(view, "optimism-table", "Optimism of every variant", columns, made, folded=True)


def _learning(view: ReportView) -> Figure:
    found = sorted(_points(view), key=lambda one: one.people or 0)
    made = [_panel(view, found, title, figure) for title, figure in CURVES.items()]
    first, last = (told("auroc", _cells(view, one)[0]) for one in (found[0], found[-1]))
    caption = f"{view.reference} fitted on more people: AUROC {first}, then {last}"
    fewest, most = (rounded(one.people or 0) for one in (found[0], found[-1]))
    alt = f"AUROC fitted on {fewest} people {first}; on {most} people {last}."
    return Figure("learning", caption, alt, partial(panels, drawn=made), height=2.9)


def _panel(view: ReportView, found: Sequence[FigureRow], title: str, figure: str) -> Panel:
    numbers = [view.number(view.reference, figure, among=shown_among(one)) for one in found]
    line = _line([one.people or 0 for one in found], numbers)
    most = 1.06 * max(one.people or 0 for one in found)
    return Panel(title, "People fitted on", title, [line], (0, most), _ends(numbers), percent="")


def _line(people: Sequence[int], numbers: Sequence[Measured | None]) -> PlotLine:
    rows = [(one.value, one.low, one.high) if one else (None, None, None) for one in numbers]
    value, low, high = np.array(rows, float).T
    return PlotLine("", np.array(people, float), value, "main", "solid", 2.0, low, high)


def _ends(numbers: Sequence[Measured | None]) -> tuple[float, float]:
    known = [end for one in numbers if one for end in (one.value, one.low, one.high) if end is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = 0.08 * ((high - low) or 0.1)
    return low - room, high + room


def _cells(view: ReportView, one: FigureRow) -> list[ShownFigure]:
    return [view.shown(view.reference, figure, among=shown_among(one)) for figure in CURVES.values()]


def _learning_table(view: ReportView) -> PageTable:
    lead = (ColumnHead("people", "People fitted on", "count"), COUNTED[1])
    rows = (TableRow(counts_of(one), view.reference, among=shown_among(one)) for one in _points(view))
    caption = f"Learning curve of {view.reference}"
    return figure_table(view, "learning-table", caption, lead, CURVES.values(), rows, folded=True)
