"""Who is listed: places by role and by practice, and the people at high risk who are on a list or a caseload.

Decision
--------
A practice of fewer than 8 people is counted with the other small ones. Capacity is published as a count of people is:
the free places of a caseload say how many are on it, and a team that is full lists as many as its capacity. Where
practices share a team its capacity is counted once, and in no practice's row. Eligible is not added up over roles: most
people are eligible for several.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from riskstrat.governance.small_numbers import named
from riskstrat.reports.page.content import Finding, Grid, Heading, Section
from riskstrat.reports.summary.counts import EVERYONE, by_role
from riskstrat.reports.summary.disclosure import Cell, Ledger, Line, per, percent, said
from riskstrat.reports.summary.month import ALL, Month, Part, Rows, enter_by_role, shown_roles

KEY = "listed"
SMALL_PRACTICES = "practices under 8 people"
MEASURES = ("eligible", "capacity", "listed")
MANY_PRACTICES = 40
INTRO = (
    "A place is one person on one list, so that somebody on two lists has two places. Eligible are those whom a team's "
    "rule lets on its list; capacity is how many it has room for; per 1,000 is of the people scored."
)
NUMBERS = (
    Heading("eligible", "Eligible", "count"), Heading("capacity", "Capacity", "count"),
    Heading("listed", "Listed", "count"), Heading("per_1000", "Listed per 1,000", "number"),
)  # fmt: skip


def enter_places(month: Month, ledger: Ledger) -> Rows:
    """Publish eligible, capacity and listed by role."""
    return enter_by_role(ledger, "places", by_role(_shared_once(month), MEASURES))


def _shared_once(month: Month) -> pd.DataFrame:
    """The books, a team's capacity in those of its first practice only."""
    books = month.books.copy()
    if "team" in books and "capacity" in books:
        shared = books["role"].isin(list(month.by_team)) & (books["team"].fillna("") != "")
        books.loc[shared & books.duplicated(["role", "team"]), "capacity"] = 0
    return books


def part(month: Month, ledger: Ledger, places: Rows) -> Part:
    """The section, and how many people are listed and at high risk."""
    total = month.everyone
    people = ledger.enter({f"{EVERYONE}/people": total["people"], f"{EVERYONE}/listed": total["listed"]})
    scored, listed = people[f"{EVERYONE}/people"], people[f"{EVERYONE}/listed"]
    high = _high_risk(total, ledger, month.held_known)
    reached = percent(high["reached"], high["high"])
    grids = (_roles(month, places, scored), _coverage(month, high), _practices(month, ledger))
    findings = (_how_many(scored, listed), _how_many_at_high_risk(month, high, reached))
    point = {"people_listed": listed, "reached_pct": reached}
    return Part(Section(KEY, "Who is listed", (INTRO,), grids), findings, point)


def _high_risk(total: Mapping[str, float], ledger: Ledger, held_known: bool) -> dict[str, Cell]:
    """People at high risk: all, on a list, only on a caseload, either (`reached`), neither."""
    reached = total["high_listed"] + total["high_held"]
    exact = {
        "high": total["high"], "on_list": total["high_listed"], "held": total["high_held"] if held_known else None,
        "reached": reached, "neither": total["high"] - reached,
    }  # fmt: skip
    cells = {f"high_risk/{name}": None if count is None else float(count) for name, count in exact.items()}
    lines = [Line("high_risk/high", ("high_risk/reached", "high_risk/neither"))]
    lines += [Line("high_risk/reached", ("high_risk/on_list", "high_risk/held"))] if held_known else []
    return dict(zip(exact, ledger.enter(cells, lines).values(), strict=True))


def _how_many(scored: Cell, listed: Cell) -> Finding:
    share = percent(listed, scored)
    part_of = f" ({share:g} %)" if isinstance(share, float) else ""
    return Finding("answer", f"People on a list: {said(listed)}{part_of} of {said(scored)} scored.")


def _how_many_at_high_risk(month: Month, high: dict[str, Cell], reached: Cell | float) -> Finding:
    where = "on a list or a caseload" if month.held_known else "on a list"
    what = f"At high risk (a risk of {month.high_risk_pct:g} % or more): {said(high['high'])}."
    if isinstance(reached, float):
        return Finding("answer", f"{what} Of them {reached:g} % are {where}.")
    return Finding("answer", f"{what} What share of them is {where} cannot be shown: some numbers are too small.")


def _roles(month: Month, places: Rows, scored: Cell) -> Grid:
    whole = {**places, ALL: {**places[ALL], "eligible": None}}
    rows = tuple((month.title(role), *_numbers(whole[role], scored)) for role in shown_roles(whole))
    return Grid("places", "Places by role", (Heading("role", "Role"), *NUMBERS), rows, terminal=12)


def _numbers(counts: Mapping[str, Cell], of: Cell) -> tuple[Cell | float, ...]:
    return (*(counts[name] for name in MEASURES), per(counts["listed"], of, 1000))


def _coverage(month: Month, high: dict[str, Cell]) -> Grid:
    labels = {"on_list": "on a list", "held": "on a caseload only", "neither": "on neither"}
    if not month.held_known:
        labels = {"on_list": "on a list", "neither": "on none"}
    rows = (
        ("all of them", high["high"], None),
        *((label, high[n], percent(high[n], high["high"])) for n, label in labels.items()),
    )
    headings = (
        Heading("where", "People at high risk"), Heading("people", "People", "count"),
        Heading("share", "Share", "percent", bar=True),
    )  # fmt: skip
    note = "" if month.held_known else "No extract says who is on a caseload."
    return Grid("coverage", "People at high risk, by distinct people", headings, rows, note)


def _practices(month: Month, ledger: Ledger) -> Grid:
    """By practice and role; each count in a line with its total over the practices."""
    books = month.books.reindex(columns=["practice", "role", "cohort", *MEASURES])
    books["capacity"] = books["capacity"].mask(books["role"].isin(list(month.by_team)))
    sizes = books.groupby("practice", sort=True)["cohort"].max().fillna(0)
    names = named({str(practice): int(size) for practice, size in sizes.items()}, SMALL_PRACTICES)
    books["practice"] = books["practice"].astype(str).map(names)
    sums = books.groupby(["practice", "role"], sort=False)[[*MEASURES, "cohort"]].sum(min_count=1)
    cohort = _cohorts(sums, ledger)
    shown = _by_practice(sums, ledger)
    rows = tuple(
        (practice, month.title(role), cohort[practice], *_numbers(shown[practice, role], cohort[practice]))
        for practice, role in sorted(shown, key=lambda place: place[0])
    )
    headings = (Heading("practice", "Practice"), Heading("role", "Role"), Heading("cohort", "People scored", "count"))
    caption = "Places by practice and role"
    return Grid("practices", caption, (*headings, *NUMBERS), rows, folded=len(rows) > MANY_PRACTICES)


def _cohorts(sums: pd.DataFrame, ledger: Ledger) -> dict[str, Cell]:
    sizes = sums["cohort"].groupby(level="practice", sort=True).max()
    cells = {f"practice/{practice}/cohort": _known(size) for practice, size in sizes.items()}
    return dict(zip(sizes.index, ledger.enter(cells, [Line(f"{EVERYONE}/people", tuple(cells))]).values(), strict=True))


def _by_practice(sums: pd.DataFrame, ledger: Ledger) -> dict[tuple[str, str], dict[str, Cell]]:
    places = [(str(practice), str(role)) for practice, role in sums.index]
    cell = {(*place, name): "/".join(("practice", *place, name)) for place in places for name in MEASURES}
    rows = zip(places, sums.to_dict("records"), strict=True)
    exact = {cell[*place, name]: _known(row[name]) for place, row in rows for name in MEASURES}
    roles = dict.fromkeys(role for _, role in places)
    lines = [
        Line(f"places/{role}/{name}", tuple(cell[p, r, name] for p, r in places if r == role))
        for role in roles
        for name in MEASURES
    ]
    shown = ledger.enter(exact, lines)
    return {place: {name: shown[cell[*place, name]] for name in MEASURES} for place in places}


def _known(count: float) -> float | None:
    return None if pd.isna(count) else float(count)
