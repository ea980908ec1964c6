"""Linkage: whether hospital rows belong to people in the patient table, and whether people have hospital rows.

Decision
--------
The line counts of the ingest give, for each table, the share of rows whose patient is in the patient table. Below the
study's ``checks.min_linked_pct``, or at none, it is an error (the pseudonyms of the two sources were not made with the
same key); below half, a warning (the patient table covers part of the population). For people, a practice is reported
if its share of people with any hospital row is less than half of the median practice's, by more than chance (see
`senders.distance`): its people were not linked and would all look well.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from statistics import median
from typing import Any

from riskstrat.governance import percent, rounded
from riskstrat.reports.check.counts import ANY_HOSPITAL, EACH_PRACTICE, HOSPITAL, LINKED, ROWS
from riskstrat.reports.check.figures import Dot, dots
from riskstrat.reports.check.names import name_practices, table_name
from riskstrat.reports.check.senders import DISTANCE, LEAST, distance
from riskstrat.reports.check.tallies import SMALL_PRACTICES, Tallies
from riskstrat.reports.page.content import Cell, ColumnHead, Figure, Finding, PageTable, Section
from riskstrat.tables import TABLES
from riskstrat.wording import sentence

_SECTION = "linkage"
HALF = 50.0
_DRAWN = 40


def linked_rows(counts: Mapping[str, int]) -> tuple[int, int]:
    """Count a table's usable rows of people in the patient table, and all its usable rows.

    >>> linked_rows({"read": 110, "stored": 90, "duplicates": 5, "not_in_patients": 5, "quarantined": 10})
    (95, 100)
    """
    found = sum(int(counts.get(name) or 0) for name in ("stored", "duplicates", "replaced"))
    return found, found + int(counts.get("not_in_patients") or 0)


def linkage_findings(manifest: Mapping[str, Any], tallies: Tallies, least_pct: float) -> list[Finding]:
    """Report tables and practices that do not link, and practices on which the two sources disagree."""
    return [*_tables(manifest, least_pct), *_practices(tallies), *_disagreement(tallies)]


def _tables(manifest: Mapping[str, Any], least_pct: float) -> Iterator[Finding]:
    for name in (one for one in (*HOSPITAL, *EACH_PRACTICE) if one in manifest["tables"] and one != "diagnoses"):
        linked = percent(*linked_rows(manifest["tables"][name]))
        if isinstance(linked, float) and linked < max(least_pct, HALF):
            share = f"Only {linked:.1f} %" if linked else "None"
            what = f"{share} of the {table_name(name)} belong to people in the patient table."
            if linked < least_pct or not linked:
                do = "The pseudonyms of the two sources do not match. Ask for both to be made with the same key."
                yield Finding("error", what, do, _SECTION)
            else:
                do = "Check that the patient table covers the whole population of this source."
                yield Finding("warning", what, do, _SECTION)


def _usual_share(tallies: Tallies, table: str) -> float | None:
    shares = [n[table] / n[ROWS] for unit, n in tallies.linked.items() if n[ROWS] >= LEAST and unit != SMALL_PRACTICES]
    return median(shares) if shares else None


def _practices(tallies: Tallies) -> Iterator[Finding]:
    for table, words in ((ANY_HOSPITAL, "hospital rows"), ("gp_events", "GP record entries")):
        usual = _usual_share(tallies, table)
        low = [unit for unit, n in tallies.linked.items() if usual and _is_low(n[table], n[ROWS] * usual)]
        if low:
            what = f"Far fewer people have {words} in {name_practices(low)} than in other practices."
            do = "Ask whether the patients were linked. Until then, they look well because records are missing."
            yield Finding("warning", what, do, _SECTION)


def _is_low(count: int, expected: float) -> bool:
    return expected >= LEAST and count < expected / 2 and distance(count, expected) < -DISTANCE


def _disagreement(tallies: Tallies) -> Iterator[Finding]:
    for table, practices in tallies.agreement.items():
        rows, same = (sum(count[name] for count in practices.values()) for name in (ROWS, "same"))
        agree = percent(same, rows)
        if isinstance(agree, float) and agree < HALF and rows >= LEAST:
            own = f"is the patient's own in only {agree:.1f} % of the last year's rows"
            do = "Check that both sources use the same practice codes. If they do, people may be linked wrongly."
            yield Finding("warning", f"The practice on {table_name(table)} {own}.", do, _SECTION)


def linkage_section(manifest: Mapping[str, Any], tallies: Tallies) -> Section:
    """Show linkage by rows, and by people of each practice."""
    intro = (
        "The first table counts rows whose patient is in the patient table. The second counts people in the cohort of "
        "the latest index date who have any row. People whose rows are not linked look well."
    )
    return Section(_SECTION, "Linkage between GP and hospital", (intro,), (_rows(manifest), *_people(tallies)))


def _rows(manifest: Mapping[str, Any]) -> PageTable:
    headings = (
        ColumnHead("table", "Table"), ColumnHead("rows", "Usable rows", "count"),
        ColumnHead("not_linked", "Not linked", "count"), ColumnHead("linked", "Linked", "percent", bar=True),
    )  # fmt: skip
    rows = []
    for name in (one for one in TABLES if one in manifest["tables"]):
        found, usable = linked_rows(manifest["tables"][name])
        if name not in ("patients", "diagnoses"):
            rows.append((table_name(name), rounded(usable), rounded(usable - found), percent(found, usable)))
    return PageTable("linked-rows", "Rows whose patient is in the patient table", headings, tuple(rows), terminal=12)


def _people(tallies: Tallies) -> tuple[PageTable | Figure, ...]:
    tables = [name for name in (ANY_HOSPITAL, *LINKED) if any(name in n for n in tallies.linked.values())]
    if not tables:
        return ()
    headings = (
        ColumnHead("practice", "Practice"), ColumnHead("people", "People", "count"),
        *(ColumnHead(name, _label(name), "percent", bar=True) for name in tables),
        *(ColumnHead(f"agree_{n}", f"Same practice, {table_name(n)}", "percent") for n in tallies.agreement),
    )  # fmt: skip
    rows = sorted(
        ((unit, rounded(n[ROWS]), *(percent(n[t], n[ROWS]) for t in tables), *_agreement(tallies, unit))
         for unit, n in tallies.linked.items()),
        key=lambda row: (row[2] if isinstance(row[2], float) else 101.0, row[0]),
    )  # fmt: skip
    note = "Same practice: hospital rows of the last year that name the practice which supplied the patient."
    caption = "People in the cohort with any row, by practice"
    grid = PageTable("linked-people", caption, headings, tuple(rows), note, limit=60, terminal=5)
    return (*_figure(rows, tables), grid)


def _label(table: str) -> str:
    return "Any hospital row" if table == ANY_HOSPITAL else sentence(table_name(table))


def _agreement(tallies: Tallies, unit: str) -> tuple[Cell, ...]:
    counts = [of.get(unit) for of in tallies.agreement.values()]
    return tuple(None if count is None else percent(count["same"], count[ROWS]) for count in counts)


def _figure(rows: list[tuple[Any, ...]], tables: list[str]) -> tuple[Figure, ...]:
    """Draw a dot plot if there are practices to compare."""
    series = [name for name in (ANY_HOSPITAL, "gp_events") if name in tables]
    places = [2 + tables.index(name) for name in series]
    drawn = [Dot(str(r[0]), [r[i] if isinstance(r[i], float) else None for i in places]) for r in rows[:_DRAWN]]
    known = [dot.values[0] for dot in drawn if dot.values and dot.values[0] is not None]
    if len(drawn) < 2 or not known:
        return ()
    alt = (
        f"A dot plot of {len(drawn)} practices. The share of people with {_label(series[0]).lower()} ranges from "
        f"{min(known):.0f} to {max(known):.0f} %; the median is {median(known):.0f} %. "
        "The numbers are in the table below."
    )
    draw = partial(dots, rows=drawn, series=[_label(name) for name in series], middle=median(known))
    caption = "Share of people in the cohort with any row, by practice"
    return (Figure("linked", caption, alt, draw, height=0.9 + 0.22 * len(drawn)),)
