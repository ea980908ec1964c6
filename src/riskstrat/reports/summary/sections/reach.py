"""Show who the lists reach: people listed compared with need, by deprivation, age and sex.

Decision
--------
Reach is the number of people listed per 100 admissions expected in a group, divided by the same number for everyone: 1
means in line with the group's need. Lists are compared with need and not with numbers of people, because a list ordered
by risk gives few places to groups at low risk, as it should. A group is reported as low if its reach is below 0.8 (the
four-fifths rule) and at least 8 fewer people are listed than in line with need: in small groups chance alone gives such
figures. For age groups a low reach is a note, not a warning, because need that is spread thinly over many people at low
risk never ranks high.

Source: US Equal Employment Opportunity Commission, Uniform Guidelines, 1978, section 4D, for the four-fifths rule.
"""

from collections.abc import Iterator, Mapping

from riskstrat.governance import HIDDEN, SMALL
from riskstrat.reports.page.content import ColumnHead, Finding, PageTable, Section
from riskstrat.reports.summary.counts import EVERYONE
from riskstrat.reports.summary.disclosure import AddedParts, Ledger, PublishedCell, per, published_percent
from riskstrat.reports.summary.month import SummaryMonth, SummaryPart
from riskstrat.wording import join_names

_KEY = "reach"
_LOW = 0.8
DIMENSIONS = {"deprivation": "Deprivation fifth", "age": "Age", "sex": "Sex"}
NOTES = {
    "deprivation": "Deprivation of the area where people live: fifth 1 holds deciles 1 and 2.",
    "sex": "A sex other than female or male is counted as not recorded.",
}
_MEASURES = ("people", "need", "listed")
_HEADINGS = (
    ColumnHead("people", "People", "count"), ColumnHead("people_pct", "Share of people", "percent"),
    ColumnHead("need", "Expected admissions", "count"), ColumnHead("need_pct", "Share of need", "percent"),
    ColumnHead("listed", "People listed", "count"), ColumnHead("listed_pct", "Share of listed", "percent"),
    ColumnHead("reach", "Reach", "number", digits=2),
)  # fmt: skip
_INTRO = (
    "Reach compares the people listed in a group with the admissions expected in it. A reach of 1 is the same as for "
    "everyone; 0.5 is half as many people listed for the same need. Expected admissions are the sum of the risks."
)
Groups = dict[str, dict[str, PublishedCell]]


def reach_part(month: SummaryMonth, ledger: Ledger) -> SummaryPart:
    """Make the section, and report each dimension in which a group has a low reach."""
    present = [name for name in DIMENSIONS if name in month.people]
    shown = {name: _enter(month, ledger, name) for name in present}
    found = tuple(one for name in present for one in _finding(name, shown[name]))
    grids = tuple(_grid(name, shown[name]) for name in present)
    return SummaryPart(Section(_KEY, "Who the lists reach", (_INTRO,), grids), found)


def due(group: Mapping[str, PublishedCell], everyone: Mapping[str, PublishedCell]) -> float | str | None:
    """Work out how many of a group would be listed in line with need.

    >>> everyone = {"need": 200, "listed": 100}
    >>> due({"need": 50, "listed": 20}, everyone), due({"need": "*", "listed": 20}, everyone)
    (25.0, '*')
    """
    listed = everyone["listed"]
    return per(group["need"], everyone["need"], listed) if isinstance(listed, int) else listed


def reach(group: Mapping[str, PublishedCell], everyone: Mapping[str, PublishedCell]) -> float | str | None:
    """Work out the reach of a group: people listed for its need, relative to everyone.

    >>> everyone = {"need": 200, "listed": 100}
    >>> reach({"need": 50, "listed": 20}, everyone), reach({"need": "*", "listed": 20}, everyone)
    (0.8, '*')
    """
    asked, listed = due(group, everyone), group["listed"]
    if isinstance(asked, float) and isinstance(listed, int):
        return round(listed / asked, 2) if asked else None
    return HIDDEN if HIDDEN in (asked, listed) else None


def _enter(month: SummaryMonth, ledger: Ledger, dimension: str) -> Groups:
    """Publish people, need and listed of each group and of everyone; need is hidden where people are."""
    counts = month.people[dimension]
    order = [name for name in month.groups[dimension] if name in counts]
    order += [name for name in counts if name not in order]
    groups: Groups = {name: {} for name in (*order, EVERYONE)}
    for measure in _MEASURES:
        cells = {name: f"{dimension}/{name}/{measure}" for name in order}
        hidden = [cells[name] for name in order if measure == "need" and groups[name]["people"] == HIDDEN]
        total = f"{EVERYONE}/{measure}"
        whole = ledger.enter({total: month.everyone[measure]})
        line = AddedParts(total, tuple(cells.values()))
        shown = ledger.enter({cells[n]: counts[n][measure] for n in order}, [line], hidden)
        for name, cell in zip(groups, (*shown.values(), *whole.values()), strict=True):
            groups[name][measure] = cell
    return groups


def _grid(dimension: str, groups: Groups) -> PageTable:
    everyone = groups[EVERYONE]
    rows = []
    for name, group in groups.items():
        cells = [cell for m in _MEASURES for cell in (group[m], published_percent(group[m], everyone[m]))]
        rows.append((name, *cells, reach(group, everyone)))
    heading = ColumnHead("group", DIMENSIONS[dimension])
    caption = f"Reach by {DIMENSIONS[dimension].lower()}"
    return PageTable(f"reach-{dimension}", caption, (heading, *_HEADINGS), tuple(rows), NOTES.get(dimension, ""))


def _finding(dimension: str, groups: Groups) -> list[Finding]:
    low = [f"{name} ({value:.2f})" for name, value in _low(groups)]
    if not low:
        return []
    what = f"Low reach by {DIMENSIONS[dimension].lower()}: {join_names(low)}. A reach of 1 is in line with need."
    if dimension == "age":
        do = "A list ordered by risk has this effect where need is spread over many people at low risk."
        return [Finding("note", what, do, _KEY)]
    do = "Check whether an eligibility rule, a small capacity or missing records keep these people from being listed."
    return [Finding("warning", what, do, _KEY)]


def _low(groups: Groups) -> Iterator[tuple[str, float]]:
    """List the groups of low reach with at least 8 fewer people listed than in line with need."""
    for name, group in groups.items():
        value, asked, listed = reach(group, groups[EVERYONE]), due(group, groups[EVERYONE]), group["listed"]
        if not (isinstance(value, float) and isinstance(asked, float) and isinstance(listed, int)):
            continue
        if value < _LOW and asked - listed > SMALL:
            yield name, value
