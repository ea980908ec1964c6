"""Differences between models: whether they are more than chance, and which patients would change."""

from dataclasses import dataclass
from functools import partial

from riskstrat.evaluation import both_name, pair
from riskstrat.governance import about, percent, rounded
from riskstrat.reports.comparison.disclosure import ShownFigure
from riskstrat.reports.comparison.drawings.bars import Bar, bars
from riskstrat.reports.comparison.drawings.forests import ForestRow, Scale, forest_figure
from riskstrat.reports.comparison.labels import SectionKey, size_in_words
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, Figure, Measured, PageTable, Section
from riskstrat.wording import plural

_KEY: SectionKey = "differences"
_INTRO = (
    "Differences are paired: both models are compared on the same people. If an interval includes 0, chance can explain"
    " the difference. Models that rank equally well may still list different patients. The choice of model then decides"
    " who is listed, and a governance board should know this."
)


def differences_section(view: ReportView) -> Section | None:
    """Show paired differences from the reference, and how much the lists overlap."""
    if not view.found.differences and not view.found.overlaps:
        return None
    blocks: list[Figure | PageTable] = [_forest(view), _table(view)] if view.found.differences else []
    blocks += _overlaps(view) if view.found.overlaps else []
    return Section(_KEY, "Differences between models", (_INTRO,), tuple(blocks))


def _others(view: ReportView) -> list[str]:
    there = {one.model for one in view.found.differences}
    return [model for model in view.models if pair(model, view.reference) in there]


def _figures(view: ReportView) -> list[tuple[str, str, str]]:
    """List figure, list size and label of each difference."""
    found = [("auroc", "", "AUROC")]
    return found if view.size is None else [*found, ("ppv", view.size, "PPV (points)")]


def _cell(view: ReportView, model: str, figure: str, at: str, what: str = "difference in") -> ShownFigure:
    return view.shown(pair(model, view.reference), f"{what} {figure}", at)


def _forest(view: ReportView) -> Figure:
    rows = [
        ForestRow(
            m,
            [_in_points(view, m, figure, at) for figure, at, _ in _figures(view)],
            _colour(view, m),
            hollow=view.by_name[m].kind == "score",
        )
        for m in _others(view)
    ]
    scales = [
        Scale(f"{name}: minus {view.reference}", 0.0, 3 if figure == "auroc" else 1)
        for figure, _, name in _figures(view)
    ]
    better, worse = ([m for m in _others(view) if _beyond(view, m) == sign] for sign in (1, -1))
    caption = (
        f"AUROC: of {plural(len(rows), 'model')}, {len(better)} better than {view.reference} by more than chance,"
        f" {len(worse)} worse"
    )
    alt = "Differences in AUROC with intervals: " + "; ".join(_in_words(view, m) for m in _others(view))
    return forest_figure("differences-plot", caption, f"{alt}.", rows, scales)


def _colour(view: ReportView, model: str) -> str:
    return {1: "green", -1: "none", 0: "muted"}[_beyond(view, model)]


def _beyond(view: ReportView, model: str) -> int:
    """Return 1 if the model ranks better by more than chance, -1 if worse, otherwise 0."""
    found = _cell(view, model, "auroc", "")
    if not isinstance(found, Measured) or found.low is None or found.high is None:
        return 0
    return 1 if found.low > 0 else -1 if found.high < 0 else 0


def _in_words(view: ReportView, model: str) -> str:
    found = _cell(view, model, "auroc", "")
    return f"{model} {found.value:+.3f}" if isinstance(found, Measured) else f"{model} {found}"


def _table(view: ReportView) -> PageTable:
    columns = [
        heading
        for figure, at, name in _figures(view)
        for heading in (_heading(figure, name), ColumnHead(f"p_{figure}", "p", "p"))
    ]
    rows = tuple(
        (m, *(cell for f, at, _ in _figures(view) for cell in _pair_of_cells(view, m, f, at))) for m in _others(view)
    )
    at = f" PPV in percentage points, with {size_in_words(view.size)}." if view.size else ""
    note = f"Each model minus {view.reference}.{at} p: two-sided test of no difference."
    return PageTable(
        "differences-table", f"Each model minus {view.reference}", (ColumnHead("model", "Model"), *columns), rows, note
    )


def _heading(figure: str, name: str) -> ColumnHead:
    return ColumnHead(f"difference_{figure}", f"Difference in {name}", "number", digits=3 if figure == "auroc" else 1)


def _in_points(view: ReportView, model: str, figure: str, at: str) -> ShownFigure:
    """Return a difference; for PPV in percentage points."""
    found = _cell(view, model, figure, at)
    return found.times(100) if figure == "ppv" and isinstance(found, Measured) else found


def _pair_of_cells(view: ReportView, model: str, figure: str, at: str) -> tuple[Cell, Cell]:
    p = _cell(view, model, figure, at, "p of the difference in")
    return _in_points(view, model, figure, at), p.value if isinstance(p, Measured) else p


@dataclass(frozen=True)
class _Overlap:
    """How many patients on the lists of two models are the same."""

    model: str
    at: str
    listed: int
    both: int
    alone: tuple[int, int]

    @property
    def share(self) -> float | str | None:
        """Share in per cent, of rounded counts."""
        return percent(self.both, self.listed)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Cells of its row in the table."""
        counts = map(rounded, self.alone)
        return (self.model, self.at, rounded(self.listed), rounded(self.both), self.share, *counts)


def _overlap(view: ReportView, model: str, at: str) -> _Overlap:
    def count(figure: str) -> int:
        name = both_name(model, view.reference)
        return int(view.found.figures.estimate(name, figure, at).value or 0)

    first, second = (count(f"with the outcome, listed by the {one} alone") for one in ("first", "second"))
    return _Overlap(model, at, count("listed by each"), count("listed by both"), (first, second))


def _all_overlaps(view: ReportView) -> list[_Overlap]:
    """List overlaps by model, in their order in the comparison, and by list size."""
    names = {both_name(model, view.reference): model for model in view.by_name}
    rows = [row for row in view.found.overlaps if row.figure == "listed by both" and row.model in names]
    return [_overlap(view, names[row.model], row.at) for row in rows]


def _overlaps(view: ReportView) -> list[Figure | PageTable]:
    found = _all_overlaps(view)
    here = [one for one in found if one.at == view.size and isinstance(one.share, float)]
    headings = (
        ColumnHead("model", "Model"),
        ColumnHead("list", "List"),
        ColumnHead("listed", "Listed by each", "count"),
        ColumnHead("both", "Listed by both", "count"),
        ColumnHead("both_pct", "Share listed by both", "percent", bar=True),
        ColumnHead("events_model_only", "With the outcome, listed by the model only", "count"),
        ColumnHead("events_reference_only", f"With the outcome, listed by {view.reference} only", "count"),
    )
    caption = f"Patients who would change, compared with {view.reference}"
    grid = PageTable("overlap-table", caption, headings, tuple(one.cells for one in found), folded=bool(here))
    return [_bars(view, here), grid] if here else [grid]


def _bars(view: ReportView, here: list[_Overlap]) -> Figure:
    order = sorted(here, key=lambda one: -one.both)
    drawn = [
        Bar(one.model, (one.share, 100 - one.share), f"{100 - one.share:.0f} % replaced")
        for one in order
        if isinstance(one.share, float)
    ]
    least, most = order[-1], order[0]
    caption = (
        f"With {size_in_words(view.size or '')}: of {about(most.listed)} patients listed by {view.reference}, "
        f"{least.model} would replace {about(least.listed - least.both)}"
    )
    alt = "Share of those listed that both list: " + "; ".join(f"{one.model} {one.share} %" for one in here)
    names = (f"listed by {view.reference} and by the model", "replaced by other patients")
    draw = partial(bars, drawn=drawn, colours=("main", "low"), names=names)
    return Figure("overlap", caption, f"{alt}.", draw, height=0.75 + 0.25 * max(len(drawn), 2))
