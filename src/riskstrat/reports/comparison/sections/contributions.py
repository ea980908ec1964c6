"""What a model uses: how much each topic changes the risk, and in which direction."""

from functools import partial

import numpy as np

from riskstrat.evaluation import ComparedModel, Shape
from riskstrat.governance import SMALL, rounded
from riskstrat.reports.comparison.drawings.bars import Bar, bars
from riskstrat.reports.comparison.drawings.shapes import DrawnShape, shape_rows, shapes
from riskstrat.reports.comparison.labels import SectionKey, key_part
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Cell, ColumnHead, Figure, PageTable, Section
from riskstrat.tables import Ints
from riskstrat.wording import sentence

_KEY: SectionKey = "uses"
_MOST_TOPICS = 12
_INTRO = (
    "These are associations in the records, never causes. They show how the model computes a risk, not what would"
    " happen if a value changed. A topic combines all lookback windows of a feature; the length of its bar is the mean"
    " change in the log odds. In the small plots, 0.7 doubles the odds and -0.7 halves them."
)


def contributions_section(view: ReportView) -> Section | None:
    """Show importance and effect shapes of the reference, and importance of the others in folded tables."""
    own = view.by_name.get(view.reference)
    if own is None or not own.importance:
        return None
    blocks: list[Figure | PageTable] = [_importance(own)]
    if drawn := [one for one in own.shapes if len(_shown(one)) > 1]:
        blocks.append(_shapes(own, drawn))
    blocks += [_table(view.by_name[m], True) for m in view.models if view.by_name[m].importance]
    blocks += [_shape_table(own, drawn)] if drawn else []
    return Section(_KEY, "What the model uses", (_INTRO,), tuple(blocks))


def _importance(own: ComparedModel) -> Figure:
    topics = own.importance[:_MOST_TOPICS]
    drawn = [Bar(sentence(one.says), (one.mean_log_odds,), f"{one.mean_log_odds:.2f}") for one in topics]
    caption = f"{own.name} relies most on {', '.join(one.says for one in topics[:3])}"
    alt = "Mean contribution to the log odds: " + "; ".join(f"{one.says} {one.mean_log_odds:.2f}" for one in topics)
    draw = partial(bars, drawn=drawn, colours=("main",))
    return Figure("importance", caption, f"{alt}.", draw, height=0.4 + 0.27 * len(drawn))


def _shown(one: Shape) -> Ints:
    """Find the bins that may be shown, of assessed values."""
    return np.flatnonzero((one.people > SMALL) & ~np.isnan(one.values))


def _shapes(own: ComparedModel, found: list[Shape]) -> Figure:
    drawn = [_drawn(one) for one in found]
    caption = f"How the risk from {own.name} changes with the columns that matter most, all else equal"
    alt = "Contribution to the log odds from the lowest value to the highest: " + "; ".join(
        f"{one.title} {one.log_odds[0]:+.2f} to {one.log_odds[-1]:+.2f}" for one in drawn
    )
    draw = partial(shapes, drawn=drawn)
    return Figure("shapes", caption, f"{alt}.", draw, height=0.3 + 1.95 * shape_rows(drawn))


def _drawn(one: Shape) -> DrawnShape:
    places, missing = _shown(one), np.flatnonzero(np.isnan(one.values) & (one.people > SMALL))
    apart = float(one.log_odds[missing[0]]) if len(missing) else None
    return DrawnShape(sentence(one.meaning), one.unit, one.values[places], one.log_odds[places], apart)


def _table(one: ComparedModel, folded: bool) -> PageTable:
    headings = (
        ColumnHead("topic", "Topic"),
        ColumnHead("mean_log_odds", "Mean contribution to the log odds", "number", digits=3),
    )
    rows = tuple((sentence(topic.says), round(topic.mean_log_odds, 4)) for topic in one.importance)
    key = f"importance-{key_part(one.name)}"
    return PageTable(key, f"What {one.name} uses ({one.columns:,} columns)", headings, rows, folded=folded)


def _shape_table(own: ComparedModel, found: list[Shape]) -> PageTable:
    headings = (
        ColumnHead("column", "Column"),
        ColumnHead("unit", "Unit"),
        ColumnHead("value", "Mean value", "number", digits=2),
        ColumnHead("log_odds", "Added to the log odds", "number", digits=3),
        ColumnHead("people", "People", "count"),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        for value, log_odds, people in zip(one.values, one.log_odds, one.people, strict=True):
            if people > SMALL:
                mean = "not assessed" if np.isnan(value) else round(float(value), 4)
                rows.append((sentence(one.meaning), one.unit, mean, round(float(log_odds), 4), rounded(int(people))))
    return PageTable("shape-table", f"Effect shapes of {own.name}", headings, tuple(rows), folded=True)
