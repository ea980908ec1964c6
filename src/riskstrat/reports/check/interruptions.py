"""Interruptions: who stopped sending and what else changed suddenly, from the runs of `senders`.

Decision
--------
A provider or practice that stopped within the last 12 months, and whose rows do not appear under another, is an error
once two months are empty: lists made now miss what happened there, and a patient without rows looks well. One empty
month may be a late file and is a warning, as are gaps, falls and jumps of the last 36 months, the longest lookback
window. Older ones are notes, as is a rise that has lasted over a year (records that begin). A table that ends more than
a month before the day from which features look back is a warning, and three months an error: features would count its
missing months as months without events.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from riskstrat.governance import about, percent, rounded
from riskstrat.reports.check.counts import EACH_PRACTICE, HOSPITAL
from riskstrat.reports.check.names import iso_month, month_name, month_number, sender_name, table_name
from riskstrat.reports.check.senders import DISTANCE, LEAST, Judged, Run
from riskstrat.reports.page.content import ColumnHead, Finding, Level, PageTable, Section
from riskstrat.wording import join_names, sentence

_RECENT, LOOKBACK = 12, 36
_LATE, TOO_LATE = 1, 3
EACH = 4
_SECTION = "drops"
_KINDS = {
    "stopped": "stopped",
    "fell": "fell and stayed low",
    "gap": "low, then as before",
    "jump": "high, then as before",
    "rose": "rose and stayed high",
}
Broken = tuple[str, Run, int]


def broken(tables: Mapping[str, Judged]) -> list[Broken]:
    """List every run with its table and that table's last complete month, the latest first.

    Diagnoses belong to episodes: a run in both is reported for episodes only.
    """
    episodes = {(run.unit, run.first) for run in tables["episodes"].runs} if "episodes" in tables else set()
    found = [
        (name, run, judged.last)
        for name, judged in tables.items()
        for run in judged.runs
        if name != "diagnoses" or not any((run.unit, run.first + early) in episodes for early in (-1, 0, 1))
    ]
    return sorted(found, key=lambda one: (one[1].kind != "stopped", -one[1].last, -one[1].usual))


def interruption_level(run: Run, end: int) -> Level:
    """Judge how serious a run is, at the last complete month of its table.

    >>> interruption_level(Run("RXX", "stopped", 10, 12, 0, 100.0), 12)
    'error'
    """
    ago = end - run.last
    if ago > LOOKBACK or (run.kind == "stopped" and run.months > _RECENT) or (run.kind == "rose" and ago > _RECENT):
        return "note"
    if run.kind == "stopped" and run.months > 1 and not run.gone_to:
        return "error"
    return "warning"


def interruption_findings(tables: Mapping[str, Judged], cut: date) -> list[Finding]:
    """Report every run: one finding for each provider, or one for many providers with the same problem.

    `cut` is the first day that features do not see.
    """
    troubles: dict[tuple[str, str | None, str, int, Level], list[tuple[str, Run]]] = {}
    for name, run, end in broken(tables):
        key = (_sender(name, run), run.unit or None, run.kind, run.first, interruption_level(run, end))
        troubles.setdefault(key, []).append((name, run))
    sorts: dict[tuple[str, str, Level], list[list[tuple[str, Run]]]] = {}
    for (sender, _, kind, _, level), some in troubles.items():
        sorts.setdefault((sender, kind, level), []).append(some)
    found: list[Finding] = []
    for (sender, kind, level), groups in sorts.items():
        if len(groups) > EACH:
            where = join_names(list(dict.fromkeys(table_name(name) for group in groups for name, _ in group)))
            subject = join_names([group[0][1].unit or "" for group in groups])
            what = f"{len(groups):,} {sender}s: rows {_KINDS[kind]}, in {where} ({subject})."
            found.append(Finding(level, what, _advice(groups[0][0][1]), _SECTION))
        else:
            found += [Finding(level, _in_words(some, tables), _advice(some[0][1]), _SECTION) for some in groups]
    return [*found, *_early_ends(tables, cut)]


def _sender(name: str, run: Run) -> str:
    return sender_name(name) if run.unit else name


def _span(run: Run) -> str:
    first, last = month_name(run.first), month_name(run.last)
    return f"in {first}" if run.months == 1 else f"from {first} to {last}"


def _in_words(some: list[tuple[str, Run]], tables: Mapping[str, Judged]) -> str:
    """Write a sentence about one provider or one table."""
    name, run = some[0]
    subject = f"{_sender(name, run)} {run.unit}" if run.unit else table_name(name)
    counts = [f"{about(r.rows / r.months)} a month; usual: {about(r.usual)}" for _, r in some]
    if run.kind == "stopped":
        counts = [f"{about(r.usual)} a month before" for _, r in some]
    where = [f"{table_name(n)} ({c})" for (n, _), c in zip(some, counts, strict=True)] if run.unit else counts
    if run.kind != "stopped":
        first, comma, rest = _KINDS[run.kind].partition(",")
        what = f"{first} {_span(run)},{rest}" if comma else f"{first} {_span(run)}"
        return sentence(f"{subject}: rows {what}: {join_names(where)}.")
    moved = f" Its rows seem to have moved to {run.gone_to}." if run.gone_to else ""
    others = len(tables[name].units) > 1 and not moved
    more = f" The others continue to {month_name(tables[name].last)}." if others else ""
    return sentence(f"{subject} sent no rows after {month_name(run.first - 1)}: {join_names(where)}.{moved}{more}")


def _advice(run: Run) -> str:
    if run.gone_to:
        return "If it was merged or renamed, nothing is lost; check that its patients are still linked."
    if run.kind in ("stopped", "fell"):
        return (
            "Ask the supplier whether a file is missing or late, then run `riskstrat ingest` again. Until then, "
            "patients look well because their records are missing."
        )
    if run.kind in ("jump", "rose"):
        return (
            "Check whether a file was supplied twice with different keys, whether two organisations use one code, or "
            "whether records begin here."
        )
    return "Ask for the missing months. Until then, counts over these months are too low."


def _early_ends(tables: Mapping[str, Judged], cut: date) -> Iterable[Finding]:
    """Report tables that end before the day from which features look back."""
    for name, judged in tables.items():
        missing = month_number(cut) - 1 - judged.last
        if name in (*HOSPITAL, *EACH_PRACTICE) and name != "diagnoses" and missing > _LATE:
            before = f"{missing} months are missing before {cut}, the day from which features look back"
            what = sentence(f"{table_name(name)} end in {month_name(judged.last)}: {before}.")
            do = "Ask for later months, or set `index_date` under [timing]. Features see no events in those months."
            yield Finding("error" if missing >= TOO_LATE else "warning", what, do, _SECTION)


def _of_usual(run: Run) -> float | str | None:
    """Return the rows as a percentage of the usual number, or as a multiple."""
    share = percent(run.rows, round(run.usual * run.months))
    return f"{share / 100:.1f} times" if isinstance(share, float) and share > 100 else share


def interruption_section(tables: Mapping[str, Judged]) -> Section:
    """Show every run in one table."""
    headings = (
        ColumnHead("who", "Provider or practice"), ColumnHead("table", "Table"), ColumnHead("what", "What happened"),
        ColumnHead("from", "From"), ColumnHead("to", "To"), ColumnHead("rows", "Rows per month", "count"),
        ColumnHead("usual", "Usual", "count"), ColumnHead("of_usual", "Share of usual", "percent"),
        ColumnHead("moved_to", "Moved to"),
    )  # fmt: skip
    rows = tuple(
        (
            run.unit or "all", table_name(name), _KINDS[run.kind], iso_month(run.first), iso_month(run.last),
            rounded(run.rows / run.months), rounded(run.usual), _of_usual(run), run.gone_to,
        )
        for name, run, _ in broken(tables)
    )  # fmt: skip
    rule = (
        "A month is reported if it has less than half or more than twice the usual number of rows and chance does not "
        "explain the difference. Usual is the median of the previous 12 normal months. Consecutive months are tested "
        f"together, and must differ by more than {DISTANCE:.0f} standard deviations. Fewer than {LEAST} rows a month "
        "are too few to tell. A month like the same month a year earlier is seasonal and is not reported. Up to two of "
        "the latest months are not checked if they are incomplete."
    )
    grid = PageTable("breaks", "Unusual months", headings, rows, terminal=12)
    if not rows:
        none = "No provider or practice stopped, dropped or jumped."
        return Section(_SECTION, "Sudden drops and jumps", (rule, none))
    return Section(_SECTION, "Sudden drops and jumps", (rule,), (grid,))
