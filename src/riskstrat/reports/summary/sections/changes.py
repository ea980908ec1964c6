"""Show what changed since the last lists: stayed, new, returned, no longer listed, and the cost of stability.

Decision
--------
Turnover is the share of places held by patients who were not on the same list before, new and returned together. The
stability rule keeps some patients listed whom ranking by risk alone would drop. Its cost is shown as the admissions
expected among the patients listed, as a percentage of those expected if places went by rank alone. That is a ratio of
sums of risks, not a count of people: it is shown to a whole percent, and not where the places themselves are hidden.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from riskstrat.lists import why
from riskstrat.reports.page.content import ColumnHead, Finding, PageTable, Section
from riskstrat.reports.summary.counts import by_role, reasons_in
from riskstrat.reports.summary.disclosure import (
    ALL,
    BEFORE,
    Ledger,
    PublishedCell,
    PublishedRows,
    published_percent,
    with_all,
)
from riskstrat.reports.summary.month import SummaryMonth, SummaryPart, shown_roles
from riskstrat.wording import sentence

_KEY = "churn"
STAYED = ["continuing", "new", "returned"]
NOTE = (
    "Kept by stability rule: patients who keep a place that ranking by risk alone would give to another patient. "
    "Expected admissions kept: admissions expected among the patients listed, as a percentage of those expected if all "
    "places went by rank alone."
)
_HEADINGS = (
    ColumnHead("role", "Role"), ColumnHead("listed", "Listed", "count"), ColumnHead("continuing", "Stayed", "count"),
    ColumnHead("new", "New", "count"), ColumnHead("returned", "Returned", "count"),
    ColumnHead("turnover_pct", "Turnover", "percent"), ColumnHead("left", "No longer listed", "count"),
    ColumnHead("kept", "Kept by stability rule", "count"),
    ColumnHead("expected_pct", "Expected admissions kept", "percent", digits=0),
)  # fmt: skip


def changes_part(month: SummaryMonth, ledger: Ledger, places: PublishedRows) -> SummaryPart:
    """Make the section, and report the turnover of all lists."""
    if month.previous is None:
        first = "These are the first lists, so there is nothing to compare them with."
        return SummaryPart(Section(_KEY, "What changed", (first,)))
    reasons = reasons_in(month.list_counts, "left")
    shown = ledger.enter_by_role("churn", _counts(month, reasons), _splits(month, reasons))
    turnover = {role: published_percent(shown[role]["joined"], places[role]["listed"]) for role in shown}
    grids = [_grid(month, shown, places, turnover)]
    if reasons:
        labels = {reason: sentence(why(reason.removeprefix("left:"))) for reason in reasons}
        grids.append(month.across_roles("left", "Why patients are no longer listed", "Reason", shown, labels))
    share = turnover[ALL]
    intro = (
        f"Changes since the lists of {month.previous}. Turnover is the share of places held by patients who were not "
        "on the same list then."
    )
    held = "of the places are held by patients who were not on the previous list."
    found = (Finding("answer", f"Turnover: {share:g} % {held}"),) if isinstance(share, float) else ()
    return SummaryPart(Section(_KEY, "What changed", (intro,), tuple(grids)), found, {"turnover_pct": share})


def _splits(month: SummaryMonth, reasons: Sequence[str]) -> dict[str, Sequence[str]]:
    """List the columns that add up to a total; those who stayed and left add up to the places of the last summary."""
    splits: dict[str, Sequence[str]] = {
        "places/{role}/listed": ["continuing", "joined"],
        "churn/{role}/joined": ["new", "returned"],
        "churn/{role}/left": reasons,
    }
    if month.before_date == month.previous:
        splits[f"{BEFORE}/places/{{role}}/listed"] = ["continuing", "left"]
    return splits


def _counts(month: SummaryMonth, reasons: Sequence[str]) -> pd.DataFrame:
    counts = by_role(month.list_counts, [*STAYED, "kept", *reasons])
    counts["joined"] = counts["new"] + counts["returned"]
    counts["left"] = counts[list(reasons)].sum(axis=1, skipna=False) if reasons else float("nan")
    return counts


def _grid(
    month: SummaryMonth, shown: PublishedRows, places: PublishedRows, turnover: dict[str, float | str | None]
) -> PageTable:
    expected = with_all(by_role(month.list_counts, ["expected", "expected_plain"]))
    rows = tuple(
        (month.title(role), places[role]["listed"], *(shown[role][name] for name in STAYED), turnover[role],
         shown[role]["left"], shown[role]["kept"], _ratio(expected[role], places[role]["listed"]))
        for role in shown_roles(shown)
    )  # fmt: skip
    return PageTable("churn-by-role", "Places by change since the previous lists", _HEADINGS, rows, NOTE, terminal=12)


def _ratio(expected: Mapping[str, float | None], listed: PublishedCell) -> float | str | None:
    """Work out the admissions expected among the listed as a percentage of those by rank alone."""
    if isinstance(listed, str):
        return listed
    now, plain = expected["expected"], expected["expected_plain"]
    return float(round(100 * now / plain)) if now is not None and plain else None
