"""Show who is listed: places by role and practice, and the people at high risk on a list or a caseload.

Decision
--------
Practices of fewer than 8 people are counted together. Capacity is published like a count of people, because the free
places on a caseload reveal how many people are on it, and a full team lists as many as its capacity. Where practices
share a team its capacity is counted once, and in no practice's row. Eligible patients are not added up over roles,
because most people are eligible for several.
"""

from collections.abc import Mapping

import pandas as pd

from riskstrat.governance import merge_small
from riskstrat.reports.page.content import ColumnHead, Finding, PageTable, Section
from riskstrat.reports.summary.counts import EVERYONE, by_role
from riskstrat.reports.summary.disclosure import (
    ALL,
    AddedParts,
    Ledger,
    PublishedCell,
    PublishedRows,
    about_published,
    per,
    published_percent,
)
from riskstrat.reports.summary.month import SummaryMonth, SummaryPart, shown_roles

_KEY = "listed"
_SMALL_PRACTICES = "practices under 8 people"
_MEASURES = ("eligible", "capacity", "listed")
MANY_PRACTICES = 40
_INTRO = (
    "A place is one patient on one list, so a patient on two lists has two places. Eligible: patients who meet the "
    "team's rule. Capacity: places on the team's lists. Listed per 1,000: places for every 1,000 people scored."
)
_NUMBERS = (
    ColumnHead("eligible", "Eligible", "count"), ColumnHead("capacity", "Capacity", "count"),
    ColumnHead("listed", "Listed", "count"), ColumnHead("per_1000", "Listed per 1,000", "number"),
)  # fmt: skip


def enter_places(month: SummaryMonth, ledger: Ledger) -> PublishedRows:
    """Publish eligible, capacity and listed by role."""
    return ledger.enter_by_role("places", by_role(_shared_once(month), _MEASURES))


def _shared_once(month: SummaryMonth) -> pd.DataFrame:
    """Keep a team's capacity in the counts of its first practice only."""
    counts = month.list_counts.copy()
    if "team" in counts and "capacity" in counts:
        shared = counts["role"].isin(list(month.by_team)) & (counts["team"].fillna("") != "")
        counts.loc[shared & counts.duplicated(["role", "team"]), "capacity"] = 0
    return counts


def listed_part(month: SummaryMonth, ledger: Ledger, places: PublishedRows) -> SummaryPart:
    """Make the section, and report how many people are listed and at high risk."""
    total = month.everyone
    people = ledger.enter({f"{EVERYONE}/people": total["people"], f"{EVERYONE}/listed": total["listed"]})
    scored, listed = people[f"{EVERYONE}/people"], people[f"{EVERYONE}/listed"]
    high = _high_risk(total, ledger, month.held_known)
    reached = published_percent(high["reached"], high["high"])
    grids = (_roles(month, places, scored), _coverage(month, high), _practices(month, ledger))
    findings = (_how_many(scored, listed), _how_many_at_high_risk(month, high, reached))
    point = {"people_listed": listed, "reached_pct": reached}
    return SummaryPart(Section(_KEY, "Who is listed", (_INTRO,), grids), findings, point)


def _high_risk(total: Mapping[str, float], ledger: Ledger, held_known: bool) -> dict[str, PublishedCell]:
    """Publish the people at high risk: all, on a list, only on a caseload, either (`reached`), neither."""
    reached = total["high_listed"] + total["high_held"]
    exact = {
        "high": total["high"], "on_list": total["high_listed"], "held": total["high_held"] if held_known else None,
        "reached": reached, "neither": total["high"] - reached,
    }  # fmt: skip
    cells = {f"high_risk/{name}": None if count is None else float(count) for name, count in exact.items()}
    lines = [AddedParts("high_risk/high", ("high_risk/reached", "high_risk/neither"))]
    lines += [AddedParts("high_risk/reached", ("high_risk/on_list", "high_risk/held"))] if held_known else []
    return dict(zip(exact, ledger.enter(cells, lines).values(), strict=True))


def _how_many(scored: PublishedCell, listed: PublishedCell) -> Finding:
    share = published_percent(listed, scored)
    part_of = f" ({share:g} %)" if isinstance(share, float) else ""
    what = f"People on a list: {about_published(listed)}{part_of} of {about_published(scored)} scored."
    return Finding("answer", what)


def _how_many_at_high_risk(
    month: SummaryMonth, high: dict[str, PublishedCell], reached: PublishedCell | float
) -> Finding:
    where = "on a list or a caseload" if month.held_known else "on a list"
    what = f"At high risk (a risk of {month.high_risk_pct:g} % or more): {about_published(high['high'])}."
    if not high["high"]:
        return Finding("answer", what)
    if isinstance(reached, float):
        return Finding("answer", f"{what} Of these, {reached:g} % are {where}.")
    return Finding("answer", f"{what} The share {where} is not shown because some numbers are too small.")


def _roles(month: SummaryMonth, places: PublishedRows, scored: PublishedCell) -> PageTable:
    whole = {**places, ALL: {**places[ALL], "eligible": None}}
    rows = tuple((month.title(role), *_numbers(whole[role], scored)) for role in shown_roles(whole))
    return PageTable("places", "Places by role", (ColumnHead("role", "Role"), *_NUMBERS), rows, terminal=12)


def _numbers(counts: Mapping[str, PublishedCell], of: PublishedCell) -> tuple[PublishedCell | float, ...]:
    return (*(counts[name] for name in _MEASURES), per(counts["listed"], of, 1000))


def _coverage(month: SummaryMonth, high: dict[str, PublishedCell]) -> PageTable:
    labels = {"on_list": "on a list", "held": "on a caseload only", "neither": "on neither"}
    if not month.held_known:
        labels = {"on_list": "on a list", "neither": "not on a list"}
    rows = (
        ("all", high["high"], None),
        *((label, high[n], published_percent(high[n], high["high"])) for n, label in labels.items()),
    )
    share = ColumnHead("share", "Share", "percent", bar=True)
    headings = (ColumnHead("where", "People at high risk"), ColumnHead("people", "People", "count"), share)
    note = "" if month.held_known else "No extract records caseloads."
    return PageTable("coverage", "People at high risk, each counted once", headings, rows, note)


def _practices(month: SummaryMonth, ledger: Ledger) -> PageTable:
    """Tabulate places by practice and role; each count is in a line with its total over the practices."""
    counts = month.list_counts.reindex(columns=["practice", "role", "cohort", *_MEASURES])
    counts["capacity"] = counts["capacity"].mask(counts["role"].isin(list(month.by_team)))
    sizes = counts.groupby("practice", sort=True)["cohort"].max().fillna(0)
    names = merge_small({str(practice): int(size) for practice, size in sizes.items()}, _SMALL_PRACTICES)
    counts["practice"] = counts["practice"].astype(str).map(names)
    sums = counts.groupby(["practice", "role"], sort=False)[[*_MEASURES, "cohort"]].sum(min_count=1)
    cohort = _cohorts(sums, ledger)
    shown = _by_practice(sums, ledger)
    rows = tuple(
        (practice, month.title(role), cohort[practice], *_numbers(shown[practice, role], cohort[practice]))
        for practice, role in sorted(shown, key=lambda place: place[0])
    )
    first = (
        ColumnHead("practice", "Practice"),
        ColumnHead("role", "Role"),
        ColumnHead("cohort", "People scored", "count"),
    )
    caption = "Places by practice and role"
    return PageTable("practices", caption, (*first, *_NUMBERS), rows, folded=len(rows) > MANY_PRACTICES)


def _cohorts(sums: pd.DataFrame, ledger: Ledger) -> dict[str, PublishedCell]:
    sizes = sums["cohort"].groupby(level="practice", sort=True).max()
    cells = {f"practice/{practice}/cohort": _known(size) for practice, size in sizes.items()}
    shown = ledger.enter(cells, [AddedParts(f"{EVERYONE}/people", tuple(cells))])
    return dict(zip(sizes.index, shown.values(), strict=True))


def _by_practice(sums: pd.DataFrame, ledger: Ledger) -> dict[tuple[str, str], dict[str, PublishedCell]]:
    places = [(str(practice), str(role)) for practice, role in sums.index]
    cell = {(*place, name): "/".join(("practice", *place, name)) for place in places for name in _MEASURES}
    rows = zip(places, sums.to_dict("records"), strict=True)
    exact = {cell[*place, name]: _known(row[name]) for place, row in rows for name in _MEASURES}
    roles = dict.fromkeys(role for _, role in places)
    lines = [
        AddedParts(f"places/{role}/{name}", tuple(cell[p, r, name] for p, r in places if r == role))
        for role in roles
        for name in _MEASURES
    ]
    shown = ledger.enter(exact, lines)
    return {place: {name: shown[cell[*place, name]] for name in _MEASURES} for place in places}


def _known(count: float) -> float | None:
    return None if pd.isna(count) else float(count)
