"""Results in words, for people; never wider than 100 characters."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from riskstrat.cli.console import WIDTH
from riskstrat.features import RULES
from riskstrat.modelling import Bundle
from riskstrat.reports import number
from riskstrat.study import Session
from riskstrat.tables import Snapshot


def table(columns: Mapping[str, str], rows: Sequence[Sequence[str]], title: str = "") -> str:
    """A table of at most 100 characters across.

    Parameters
    ----------
    columns : mapping of str to {"left", "right"}
        Headings; the last column gives way where there is too much.
    """
    rows = [_fitted(row, columns, rows) for row in rows]
    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="")
    for place, (name, side) in enumerate(columns.items()):
        widest = max(len(text) for text in (name, *(row[place] for row in rows)))
        drawn.add_column(name, justify="right" if side == "right" else "left", no_wrap=True, min_width=widest)
    for row in rows:
        drawn.add_row(*row)
    buffer = io.StringIO()
    Console(file=buffer, width=WIDTH, color_system=None, markup=False, highlight=False).print(drawn)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def _fitted(row: Sequence[str], columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A row whose last cell is cut to what the others leave."""
    taken = sum(max(len(text) for text in (name, *(r[i] for r in rows))) + 2 for i, name in enumerate(columns))
    taken -= max(len(text) for text in (list(columns)[-1], *(r[-1] for r in rows)))
    room = WIDTH - taken
    return [*row[:-1], row[-1] if len(row[-1]) <= room else row[-1][: room - 1] + "…"]


MADE = ("snapshot", "model", "scores", "lists", "summary")
_LEFT_OUT = {
    "quarantined": "quarantined",
    "duplicates": "duplicates",
    "replaced": "replaced",
    "not_in_patients": "no patient",
    "restricted": "restricted",
    "by_rule": "by rule",
    "blank": "blank",
}


def snapshot_text(snapshot: Snapshot) -> str:
    """What a snapshot holds, and what became of the other rows."""
    books = snapshot.manifest["tables"]
    reasons = [name for name in _LEFT_OUT if any(book.get(name) for book in books.values())]
    rows = []
    for name, book in books.items():
        until = (snapshot.manifest["data_as_of"].get(name) or {}).get("to") or ""
        read = "derived" if book.get("read") is None else f"{book['read']:,}"
        rows.append([name, read, *(f"{book.get(k, 0):,}" for k in reasons), f"{book['stored']:,}", str(until)])
    heads = {"table": "left", "rows read": "right", **{_LEFT_OUT[k]: "right" for k in reasons}}
    said = [f"Snapshot {snapshot.name}", table({**heads, "stored": "right", "data to": "left"}, rows)]
    if snapshot.manifest.get("restricted_codes"):
        said.append(f"{snapshot.manifest['restricted_codes']:,} restricted codes were not let in.")
    if any(book.get("quarantined") for book in books.values()):
        said.append(f"File, line, column and reason of rows set aside: {snapshot.folder / 'quarantine'}")
    return "\n".join(said)


def model_text(bundle: Bundle, folder: Path) -> str:
    """How good a model is, on its test date."""
    m, test = bundle.facts["metrics"], bundle.facts["index_dates"]["test"]
    at = m["at_size"]["top 2 %"]
    return (
        f"Model {bundle.name} ({bundle.variant}), tested on {test}: AUROC {number(m.get('auroc'))}, "
        f"observed/expected {number(m.get('o_e'), 2)}.\nTop 2 %: PPV {number(at.get('ppv'), 2)}, "
        f"sensitivity {number(at.get('sensitivity'), 2)}. Card: {folder / 'card.md'}"
    )


def run_text(folder: Path, facts: Mapping[str, Any], fresh: bool) -> str:
    """Who was scored."""
    rows = [[RULES.get(rule, "in the patient table"), f"{n:,}"] for rule, n in facts["attrition"].items()]
    did = "Scored" if fresh else "Nothing has changed: scored before,"
    return f"{did} {facts['people']:,} people at {facts['index_date']} -> {folder / 'scores.parquet'}\n" + table(
        {"rule": "left", "left": "right"}, rows
    )


def month_text(session: Session, facts: Mapping[str, Any]) -> str:
    """Where everything is, and the first rows of the first list."""
    import pandas as pd

    lists = Path(facts["lists"])
    listed = [b for b in facts["books"] if b["listed"]]
    places = sum(b["listed"] for b in listed)
    parts = [
        f"Index date {facts['index_date']}: {facts['people']:,} people scored, {places:,} places on lists.",
        table({"what": "left", "where": "left"}, [[name, str(facts[name])] for name in MADE]),
    ]
    if listed:
        first = listed[0]
        columns = ["role", "practice_code", "rank", "patient_id", "age_band", "sex", "risk_pct", "reason_1"]
        rows = pd.read_parquet(lists / "lists.parquet", columns=columns)
        mine = (rows["role"] == first["role"]) & (rows["practice_code"] == first["practice"])
        rows = rows[mine].head(5).fillna({"reason_1": ""})
        shown = [
            [f"{r['rank']}", r["patient_id"][:12], r["age_band"], r["sex"], f"{r['risk_pct']:g}", r["reason_1"]]
            for r in rows.to_dict("records")
        ]
        title = f"First rows of {first['practice']}/{first['role']} ({session.study.roles[first['role']].title})"
        heads = {
            "rank": "right",
            "patient": "left",
            "age": "left",
            "sex": "left",
            "risk %": "right",
            "main reason": "left",
        }
        parts.append(title + "\n" + table(heads, shown))
    return "\n\n".join(parts)


def wrapped(lines: Sequence[str]) -> list[str]:
    """Lines of at most 100 characters, what follows on indented."""
    return [part for line in lines for part in textwrap.wrap(line, WIDTH, subsequent_indent="  ")]
