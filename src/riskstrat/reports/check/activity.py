"""Activity: rows by month for each table and each provider or practice, the latest complete month, and unusual months.

Decision
--------
The latest complete month of a provider or practice ("data as of") is the last with at least half of its usual rows. The
manifest uses the same rule for a table. The page draws at most 40 providers or practices for each table: those with
something to report, then the largest. The JSON file beside it holds all.
"""

from collections.abc import Mapping
from functools import partial
from statistics import median
from typing import Any

from riskstrat.governance import rounded
from riskstrat.reports.check.counts import MONTHS_SHOWN, ROWS
from riskstrat.reports.check.figures import Band, SmallChart, height_of, small_charts, timeline
from riskstrat.reports.check.names import iso_month, month_name, sender_name, table_name
from riskstrat.reports.check.senders import Judged, judge_table, last_complete
from riskstrat.reports.check.tallies import Tallies
from riskstrat.reports.page.content import ColumnHead, Figure, PageTable, Section
from riskstrat.wording import join_names, plural, sentence

_DRAWN = 40
ACROSS = 12


def judged_tables(tallies: Tallies) -> dict[str, Judged]:
    """Judge every dated table that has rows."""
    found = {name: judge_table(months) for name, months in tallies.months.items()}
    return {name: judged for name, judged in found.items() if judged is not None}


def activity_section(tallies: Tallies, tables: Mapping[str, Judged], as_of: Mapping[str, Any]) -> Section:
    """Show rows by month: an overview, and each table by provider or practice."""
    blocks: list[PageTable | Figure] = [_overview(tallies, tables, as_of)]
    if tables:
        blocks.append(_panels(tables))
    for name, judged in tables.items():
        if name != "deaths":
            blocks += [_timeline(name, judged), _by_unit(name, judged, tallies), _by_month(name, judged, tallies)]
    intro = (
        "Hospital tables are counted by provider and GP tables by the practice that supplied the patient. Hospital "
        "episodes are counted in the month of admission."
    )
    return Section("months", "Rows by month", (intro,), tuple(blocks), {"rows_by_month": _data(tallies)})


def _data(tallies: Tallies) -> dict[str, Any]:
    return {
        name: {unit: {iso_month(m): rounded(n) for m, n in sorted(counts.items())} for unit, counts in months.items()}
        for name, months in tallies.months.items()
    }


def _overview(tallies: Tallies, tables: Mapping[str, Judged], as_of: Mapping[str, Any]) -> PageTable:
    headings = (
        ColumnHead("table", "Table"), ColumnHead("rows", "Rows", "count"), ColumnHead("units", "Senders", "count"),
        ColumnHead("usual", "Usual per month", "count"), ColumnHead("data_to", "Complete to"),
        ColumnHead("judged_to", "Checked to"),
        ColumnHead("low", "Low months", "count"), ColumnHead("high", "High months", "count"),
    )  # fmt: skip
    rows = []
    for name, judged in tables.items():
        recent = [month.rows for month in judged.whole][-12:]
        signs = [month.sign for month in judged.whole]
        to = (as_of.get(name) or {}).get("to")
        units = len(judged.units) if name != "deaths" else None
        rows.append((
            table_name(name), rounded(tallies.known[name][ROWS]), units, rounded(median(recent or [0])),
            str(to)[:7] if to else None, iso_month(judged.last), signs.count(-1), signs.count(1),
        ))  # fmt: skip
    note = (
        "Rows: all years. Senders: providers or practices. Usual: the median of the last 12 months checked. "
        f"Low and high months: counted over the last {MONTHS_SHOWN} months, for the table as a whole."
    )
    return PageTable("tables", "Rows of each table", headings, tuple(rows), note, terminal=12)


def _window(judged: Judged) -> range:
    return range(max(judged.first, judged.last - MONTHS_SHOWN + 1), judged.last + 1)


def _panels(tables: Mapping[str, Judged]) -> Figure:
    """Draw every table's rows by month, each on its own scale."""
    drawn = []
    for name, judged in tables.items():
        months = [month for month in judged.whole if month.month in _window(judged)]
        values = [height_of(rounded(month.rows)) for month in months]
        drawn.append(SmallChart(table_name(name), [m.month for m in months], values, [m.sign for m in months]))
    odd = [panel.title for panel in drawn if any(panel.signs)]
    summary = f"Months are marked as low or high in {join_names(odd)}." if odd else "No month is marked as low or high."
    caption = "Rows by month, each table on its own scale; triangles mark unusual months"
    alt = (
        f"Rows by month in {len(drawn)} line charts, one for each table. {summary} The numbers are in the tables below."
    )
    height = 1.15 * ((len(drawn) + 1) // 2) + 0.3
    return Figure("panels", caption, alt, partial(small_charts, drawn=drawn), height=height)


def _order(judged: Judged) -> list[str]:
    """List providers or practices: those with something to report first, then the largest."""
    reported = {run.unit for run in judged.runs}
    size = {unit: sum(month.rows for month in months) for unit, months in judged.units.items()}
    return sorted(judged.units, key=lambda unit: (unit not in reported, -size[unit], unit))


def _timeline(name: str, judged: Judged) -> Figure:
    order = _order(judged)[:_DRAWN]
    window = _window(judged)
    bands = [Band(unit, [m for m in judged.units[unit] if m.month in window]) for unit in order]
    odd = [band.label for band in bands if any(month.sign for month in band.months)]
    summary = f"Unusual months in {join_names(odd)}." if odd else "Every month is as usual."
    left = len(judged.units) - len(order)
    more = f" Not drawn: {left} more." if left else ""
    bar = f"One bar for each {sender_name(name)}, from its first month to {month_name(judged.last)}."
    alt = f"{bar} {summary}{more}"
    caption = sentence(f"{table_name(name)}: months with rows, by {sender_name(name)}")
    draw = partial(timeline, bands=bands, first=window[0], last=judged.last)
    return Figure(f"timeline-{name}", caption, alt, draw, height=0.95 + 0.2 * len(bands))


def _by_unit(name: str, judged: Judged, tallies: Tallies) -> PageTable:
    headings = (
        ColumnHead("unit", sender_name(name).capitalize()), ColumnHead("rows", "Rows", "count"),
        ColumnHead("usual", "Usual per month", "count"), ColumnHead("first", "First month"),
        ColumnHead("data_to", "Complete to"), ColumnHead("low", "Low months", "count"),
        ColumnHead("empty", "Empty months", "count"), ColumnHead("high", "High months", "count"),
    )  # fmt: skip
    rows = []
    for unit in _order(judged):
        months, counts = judged.units[unit], tallies.months[name][unit]
        verdicts = [month.verdict for month in months]
        usual = next((m.usual for m in reversed(months) if m.verdict == "usual"), None)
        rows.append((
            unit, rounded(sum(counts.values())), None if usual is None else rounded(usual), iso_month(min(counts)),
            iso_month(last_complete(counts)), verdicts.count("low"), verdicts.count("none"), verdicts.count("high"),
        ))  # fmt: skip
    caption = sentence(f"{table_name(name)} by {sender_name(name)}")
    note = f"Rows of the last {MONTHS_SHOWN + 12} months. Usual is blank where there are too few rows to tell."
    return PageTable(f"units-{name}", caption, headings, tuple(rows), note, len(rows) > ACROSS)


def _by_month(name: str, judged: Judged, tallies: Tallies) -> PageTable:
    """Show months as rows and the first providers or practices as columns."""
    units, months = _order(judged)[:ACROSS], tallies.months[name]
    across = (ColumnHead(unit, unit, "count") for unit in units)
    headings = (ColumnHead("month", "Month"), ColumnHead("all", "All", "count"), *across)
    rows = []
    for month in reversed(_window(judged)):
        every = {unit: counts.get(month, 0) for unit, counts in months.items()}
        rows.append((iso_month(month), rounded(sum(every.values())), *(rounded(every[unit]) for unit in units)))
    caption = sentence(f"{table_name(name)} by month")
    left = len(months) - len(units)
    more = plural(left, f"more {sender_name(name)}")
    note = f"Not shown: {more}. The JSON file beside this page has all." if left else ""
    return PageTable(f"months-{name}", caption, headings, tuple(rows), note, folded=True)
