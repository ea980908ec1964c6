"""Show what teams decided on the last lists, and on these if decisions are in, and who decisions exclude."""

from datetime import date

from riskstrat.reports.page.content import ColumnHead, Finding, PageTable, Section
from riskstrat.reports.summary.counts import LISTED, NOT_BACK, NOT_REVIEWED, REVIEWED, by_role, reasons_in
from riskstrat.reports.summary.disclosure import ALL, Ledger, PublishedCell, PublishedRows, published_percent
from riskstrat.reports.summary.month import SummaryMonth, SummaryPart, reason_words, shown_roles

_KEY, _LEFT_OUT = "reviewed", "left-out"
FEW = 50.0
_INTRO = (
    "Reviewed: places with a decision, other than not reviewed (no time at the meeting). Not back: places without a "
    "decision so far."
)
_FIRST = (LISTED, REVIEWED, NOT_BACK)
_HEADINGS = (
    ColumnHead("role", "Role"), ColumnHead("listed", "Listed", "count"),
    ColumnHead("reviewed", "Reviewed", "count"), ColumnHead("reviewed_pct", "Share reviewed", "percent", bar=True),
    ColumnHead("not_back", "Not back", "count"),
)  # fmt: skip


def reviewed_part(month: SummaryMonth, ledger: Ledger) -> SummaryPart:
    """Make the section, and report how much of the last lists was reviewed."""
    shown = {day: _enter(ledger, month, day) for day in sorted(month.decided) if _is_shown(month, day)}
    grids = tuple(grid for day, rows in shown.items() for grid in _grids(month, day, rows))
    intro = _INTRO if grids else "No decisions are stored yet. Read the returned workbooks with `riskstrat review`."
    before = shown.get(month.previous) if month.previous else None
    share = published_percent(before[ALL][REVIEWED], before[ALL][LISTED]) if before else None
    section = Section(_KEY, "What was decided", (intro,), grids)
    return SummaryPart(section, _findings(month, share), {"reviewed_pct": share})


def held_back_part(month: SummaryMonth, ledger: Ledger) -> SummaryPart:
    """Show the eligible patients excluded by a decision, by role."""
    title, reasons = "Excluded by a decision", reasons_in(month.list_counts, "hidden")
    if not reasons:
        return SummaryPart(Section(_LEFT_OUT, title, ("No patient is excluded by a decision.",)))
    shown = ledger.enter_by_role("hidden", by_role(month.list_counts, reasons))
    labels = {reason: reason_words(reason) for reason in reasons}
    grid = month.across_roles("hidden", "Excluded by decision and role", "Decision", shown, labels)
    intro = "These patients meet a team's rule but are not listed while a decision about them applies."
    return SummaryPart(Section(_LEFT_OUT, title, (intro,), (grid,)))


def _is_shown(month: SummaryMonth, day: date) -> bool:
    """Return whether to show a run's decisions: those of the last lists always, of these once some are in."""
    counts = month.decided[day]
    return len(counts) > 0 and (day == month.previous or bool((counts[LISTED] > counts[NOT_BACK]).any()))


def _enter(ledger: Ledger, month: SummaryMonth, day: date) -> PublishedRows:
    """Publish a run's decisions in the same cells this month and next, so that late ones cannot be identified."""
    counts = month.decided[day]
    made = [str(name) for name in counts if name not in _FIRST]
    topic = f"decided/{day}"
    splits = {
        f"{topic}/{{role}}/{LISTED}": [REVIEWED, NOT_REVIEWED, NOT_BACK],
        f"{topic}/{{role}}/{REVIEWED}": [name for name in made if name != NOT_REVIEWED],
    }
    same = {LISTED: "places/{role}/listed"} if day in (month.index_date, month.before_date) else {}
    return ledger.enter_by_role(topic, counts.astype(float), splits, same)


def _grids(month: SummaryMonth, day: date, rows: PublishedRows) -> tuple[PageTable, ...]:
    body = tuple((month.title(role), *_row(rows[role])) for role in shown_roles(rows))
    first = PageTable(f"reviewed-{day}", f"Lists of {day}: decisions returned", _HEADINGS, body)
    made = {name: reason_words(name) for name in rows[ALL] if name not in _FIRST}
    if not made:
        return (first,)
    return first, month.across_roles(f"decisions-{day}", f"Lists of {day}: decisions", "Decision", rows, made)


def _row(counts: dict[str, PublishedCell]) -> tuple[PublishedCell | float, ...]:
    return counts[LISTED], counts[REVIEWED], published_percent(counts[REVIEWED], counts[LISTED]), counts[NOT_BACK]


def _findings(month: SummaryMonth, share: float | str | None) -> tuple[Finding, ...]:
    if not isinstance(share, float):
        return ()
    what = f"Reviewed: {share:g} % of the places on the lists of {month.previous}."
    if share < FEW:
        do = "Ask the teams for their workbooks, then read them with `riskstrat review`."
        return (Finding("warning", what, do, _KEY),)
    return (Finding("answer", what),)
