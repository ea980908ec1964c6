"""PPV and sensitivity at capacity: models as they are used, with lists as long as teams can take."""

from functools import partial

from riskstrat.evaluation import ALL_PEOPLE, NO_PRIOR
from riskstrat.reports.comparison.drawings.lines import Panel, PlotLine, panels
from riskstrat.reports.comparison.labels import BY_PRACTICE, TOP, SectionKey, heading, size_in_words, told
from riskstrat.reports.comparison.tables import FigureColumn, TableRow, figure_table, model_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import ColumnHead, Figure, PageTable, Section

_KEY: SectionKey = "lists"
AT_SIZE = ("listed", "ppv", "sensitivity", "captured", "number_needed_to_review")
MOST_LISTED = 0.2
TICKS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_INTRO = (
    "A team can review only as many patients as its capacity allows, so a model is judged by the list that it fills."
    " PPV is the share of listed patients who had the outcome. Sensitivity is the share of patients with the outcome"
    " who were listed. Admissions captured is the share of all admissions that were of listed patients. Number needed"
    " to review is how many patients are reviewed for each one who had the outcome."
)


def lists_section(view: ReportView) -> Section | None:
    """Show PPV and sensitivity by list size, for everyone and for people with no earlier admission."""
    if not view.sizes:
        return None
    figure = _figure(view) if any("by_size" in curves for curves in view.curves.values()) else None
    several = len(view.models) > 1
    grids = [_own(view, ALL_PEOPLE, "own-lists")]
    if several:
        grids += [
            _across(view, "ppv", ALL_PEOPLE, "ppv-by-model"),
            _across(view, "captured", ALL_PEOPLE, "captured-by-model", True),
        ]
    if view.table.has("ppv", NO_PRIOR):
        grids.append(_own(view, NO_PRIOR, "own-lists-no-prior"))
        grids += [_across(view, "ppv", NO_PRIOR, "ppv-no-prior", True)] if several else []
    return Section(_KEY, "PPV and sensitivity at capacity", (_INTRO,), (*([figure] if figure else []), *grids))


def _figure(view: ReportView) -> Figure:
    across, marks = "Share of people listed (logarithmic scale)", _marks(view)
    made = [
        Panel(
            title,
            across,
            up,
            _lines(view, column),
            (TICKS[0], MOST_LISTED),
            (0, _top(view, column)),
            marks,
            names,
            ticks=TICKS,
        )
        for title, up, column, names in (
            ("PPV", "Listed patients who had the outcome", "ppv", "upper right"),
            ("Sensitivity", "Patients with the outcome who were listed", "sensitivity", "center left"),
        )
    ]
    data = {model: curves["by_size"].as_data() for model, curves in view.curves.items() if model in view.models}
    return Figure("by-size", _caption(view), _alt(view), partial(panels, drawn=made), height=3.5, data=data)


def _caption(view: ReportView) -> str:
    if view.size is None:
        return "PPV and sensitivity by length of list"
    ppv, captured = (view.shown(view.reference, one, view.size) for one in ("ppv", "captured"))
    where = size_in_words(view.size)
    return f"With {where}, {view.reference}: PPV {told('ppv', ppv)}, admissions captured {told('captured', captured)}"


def _alt(view: ReportView) -> str:
    texts = [
        f"{model}: " + ", ".join(f"{size}: {view.told(model, 'ppv', size)}" for size in view.sizes)
        for model in view.standing_out()
        if model in view.models
    ]
    return f"PPV falls and sensitivity rises as lists grow longer. PPV by list size. {'; '.join(texts)}."


def _marks(view: ReportView) -> list[tuple[float, str]]:
    """Return the study's own list sizes as shares of the people; equal sizes share a label."""
    found: dict[float, str] = {}
    for at in view.sizes:
        share = round(view.found.figures.estimate(view.reference, "listed_share", at).value or 0, 3)
        if share <= MOST_LISTED and not at.endswith(BY_PRACTICE) and not at.startswith(TOP):
            found[share] = f"{found[share]}, {at}" if share in found else at
    return list(found.items())


def _lines(view: ReportView, column: str) -> list[PlotLine]:
    quiet = [model for model, role in view.roles.items() if role == "quiet" and model in view.models]
    order = [*quiet, *(model for model in view.standing_out() if model in view.models)]
    return [view.line(model, "by_size", column) for model in order if "by_size" in view.curves.get(model, {})]


def _top(view: ReportView, column: str) -> float:
    """Return the end of the vertical scale: a round number above every curve."""
    highest = 0.0
    for line in _lines(view, column):
        seen = [y for x, y in zip(line.x, line.y, strict=True) if x <= MOST_LISTED and y == y]
        highest = max([highest, *seen])
    return min(1.0, float(-(-highest * 1.05 // 0.1) * 0.1)) or 1.0


def _whom(among: str) -> str:
    return "" if among == ALL_PEOPLE else ", among people with no emergency admission in the previous 12 months"


def _own(view: ReportView, among: str, key: str) -> PageTable:
    """Show the reference at every list size."""
    rows = (TableRow((size,), view.reference, size, among) for size in view.sizes)
    caption = f"{view.reference} at each list size{_whom(among)}"
    note = "" if among == ALL_PEOPLE else "Each list has the same share of these people as of everyone."
    return figure_table(view, key, caption, (ColumnHead("list", "List"),), AT_SIZE, rows, note)


def _across(view: ReportView, figure: str, among: str, key: str, folded: bool = False) -> PageTable:
    """Show a figure of every model at every list size."""
    columns = (FigureColumn(figure, size, among, heading(figure, size, size)) for size in view.sizes)
    caption = f"{heading(figure).label} of every model{_whom(among)}"
    return model_table(view, key, caption, columns, folded=folded)
