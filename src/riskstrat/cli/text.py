"""Text for the terminal about data, models and reports, at most 100 characters wide."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table
from rich.text import Text

from riskstrat.cli.console import WIDTH
from riskstrat.features import RULES
from riskstrat.lists import safe_name
from riskstrat.reports import number
from riskstrat.wording import plural

if TYPE_CHECKING:
    from riskstrat.modelling import Bundle
    from riskstrat.reports import Page, PageTable
    from riskstrat.steps.run import MonthRun
    from riskstrat.study import Session
    from riskstrat.tables import Snapshot


CUT = 24
MADE = ("snapshot", "model", "scores", "lists", "summary")
_LEFT_OUT = {
    "quarantined": "rejected",
    "duplicates": "duplicates",
    "replaced": "replaced",
    "not_in_patients": "no patient",
    "restricted": "restricted",
    "by_rule": "by rule",
    "blank": "blank",
}


def table(columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table of at most 100 characters across.

    Parameters
    ----------
    columns : mapping of str to {"left", "right"}
        Headings and alignment; the last column is cut if it is too long.
    """
    drawn = Table(box=None, pad_edge=False, header_style="")
    for name, side in columns.items():
        drawn.add_column(name, justify="right" if side == "right" else "left", no_wrap=name != list(columns)[-1])
    for row in rows:
        drawn.add_row(*row[:-1], Text(row[-1], no_wrap=True, overflow="ellipsis"))
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, markup=False, highlight=False)
    with console.capture() as captured:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def wrapped(line: str, hang: str = "") -> str:
    """Break a line at 100 characters; further lines are indented by `hang`, or by two more than the line."""
    return textwrap.fill(line, WIDTH, subsequent_indent=hang or ("    " if line.startswith(" ") else "  "))


def snapshot_text(snapshot: Snapshot) -> str:
    """Show the rows that each table of a snapshot holds, and the rows that were not stored."""
    tables = snapshot.manifest["tables"]
    reasons = [name for name in _LEFT_OUT if any(counts.get(name) for counts in tables.values())]
    rows = []
    for name, counts in tables.items():
        until = (snapshot.manifest["data_as_of"].get(name) or {}).get("to") or ""
        read = "derived" if counts.get("read") is None else f"{counts['read']:,}"
        rows.append([name, read, *(f"{counts.get(k, 0):,}" for k in reasons), f"{counts['stored']:,}", str(until)])
    heads = {"table": "left", "rows read": "right", **{_LEFT_OUT[k]: "right" for k in reasons}}
    lines = [f"Snapshot {snapshot.name}", table({**heads, "stored": "right", "latest date": "left"}, rows)]
    if snapshot.manifest.get("restricted_codes"):
        lines.append(f"Excluded {plural(snapshot.manifest['restricted_codes'], 'restricted code')}.")
    if any(counts.get("quarantined") for counts in tables.values()):
        lines.append(f"Rejected rows, with file, line, column and reason: {snapshot.folder / 'quarantine'}")
    return "\n".join(lines)


def model_text(bundle: Bundle, folder: Path) -> str:
    """Show how good a model is on its test date."""
    m, test = bundle.facts["metrics"], bundle.facts["index_dates"]["test"]
    at = m["at_size"]["top 2 %"]
    return (
        f"Model {bundle.name} ({bundle.variant}), tested on {test}: AUROC {number(m.get('auroc'))}, "
        f"observed/expected {number(m.get('o_e'), 2)}.\nTop 2 %: PPV {number(at.get('ppv'), 2)}, "
        f"sensitivity {number(at.get('sensitivity'), 2)}. Card: {folder / 'card.md'}"
    )


def run_text(folder: Path, facts: Mapping[str, Any], fresh: bool) -> str:
    """Show how many patients were scored, and how many each rule of the cohort leaves."""
    rows = [[RULES.get(rule, "in the patient table"), f"{n:,}"] for rule, n in facts["attrition"].items()]
    people, path = plural(facts["people"], "patient"), folder / "scores.parquet"
    done = f"Scored {people} on {facts['index_date']}: {path}"
    same = f"Nothing to do: {people} already scored on {facts['index_date']}. Use `--force` to repeat.\nScores: {path}"
    return f"{done if fresh else same}\n" + table({"rule": "left", "people left": "right"}, rows)


def month_text(session: Session, done: MonthRun) -> str:
    """Show where all results are, and the first rows of the first list."""
    listed = [one for one in done.books if one["listed"]]
    places = sum(one["listed"] for one in listed)
    parts = [
        f"Index date {done.index_date}: {done.people:,} people scored, {places:,} places on lists.",
        table({"what": "left", "where": "left"}, [[name, str(getattr(done, name))] for name in MADE]),
    ]
    parts += [_first_rows(session, done.lists, listed[0])] if listed else []
    return "\n\n".join([*parts, _open_next(session, done, listed)])


def _open_next(session: Session, done: MonthRun, listed: Sequence[Mapping[str, object]]) -> str:
    """Name the files to look at first, and the command for the month that follows."""
    of_first = done.lists / safe_name(str(listed[0]["practice"])) if listed else done.lists
    role = listed[0]["role"] if listed else ""
    files = {
        "a list for a meeting, to print or fill in": next(of_first.glob(f"{role}.xlsx*"), None),
        "all lists of that practice, in a browser": next(of_first.glob("worklist.html*"), None),
        "the model card: how good the model is": done.model / "card.html",
        "the managers' summary of the month": done.summary,
    }
    lines = [f"  {what:43}{path}" for what, path in files.items() if path is not None and path.exists()]
    study = f" --study {session.folder.path}" if session.folder.path != Path() else ""
    back = f"When teams have filled in their lists: riskstrat review FILE{study}"
    return "\n".join(["Open next", *lines, back])


def _first_rows(session: Session, lists: Path, first: Mapping[str, Any]) -> str:
    mine = [("role", "==", first["role"]), ("practice_code", "==", first["practice"])]
    columns = ["rank", "patient_id", "age_band", "sex", "risk_pct", "reason_1"]
    rows = pq.read_table(lists / "lists.parquet", columns=columns, filters=mine).slice(0, 5).to_pylist()
    shown = [
        [f"{r['rank']}", r["patient_id"][:12], r["age_band"], r["sex"], f"{r['risk_pct']:g}", r["reason_1"] or ""]
        for r in rows
    ]
    heads = {"rank": "right", "patient": "left", "age": "left", "sex": "left"}
    heads |= {"risk %": "right", "main reason": "left"}
    title = f"First rows of {first['practice']}/{first['role']} ({session.study.roles[first['role']].title})"
    return f"{title}\n{table(heads, shown)}"


def report_text(page: Page | None, findings: Sequence[Mapping[str, str]], paths: str) -> str:
    """Show a report: tables first, so that the findings are at the end of the output.

    Parameters
    ----------
    page : Page or None
        None if the report was already up to date.
    paths : str
        The paths of its files.
    """
    tables = [one for section in page.sections for one in section.grids if one.terminal] if page else []
    return "\n\n".join([*map(_drawn, tables), _findings_text(findings), paths])


def _drawn(one: PageTable) -> str:
    """Draw as many columns of a table as fit; a long text in the last column is cut."""
    rows = one.shown[: one.terminal]
    widths = [max(map(len, column)) + 2 for column in zip((h.label for h in one.headings), *rows, strict=True)]
    fit = next(n for n in range(len(widths), 0, -1) if n == 1 or _least(one, widths[:n]) <= WIDTH)
    heads = {heading.label: "left" if heading.kind == "text" else "right" for heading in one.headings[:fit]}
    left = len(one.rows) - len(rows)
    more = f"\n… {left:,} more in the report" if left > 0 else ""
    return f"{one.caption}\n" + table(heads, [row[:fit] for row in rows]) + more


def _least(one: PageTable, widths: Sequence[int]) -> int:
    """Add up the width of some columns, with the last of them cut."""
    *before, last = widths
    return sum(before) + (min(last, CUT) if one.headings[len(before)].kind == "text" else last - 2)


def _findings_text(findings: Sequence[Mapping[str, str]]) -> str:
    """Write the findings of a report, wrapped to the width of the terminal."""
    lines = [wrapped(f"  {one['level'].upper()}: {one['what']} {one['do']}") for one in findings]
    return "\n".join(["Findings", *lines]) if lines else "Findings: none."
