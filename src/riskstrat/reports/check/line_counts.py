"""The books: every line of every file is stored, set aside, or left out by a rule; and they balance.

Decision
--------
A file balances if its lines are the sum of its books, a table if what its files stored is what the manifest says and
what its Parquet files hold. One that does not is an error: lines were lost or made up. These figures are exact (see
`suppression`): they account for lines of files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from riskstrat.reports.check.counts import ROWS
from riskstrat.reports.check.names import table_name
from riskstrat.reports.check.tallies import Tallies
from riskstrat.reports.page.content import Cell, ColumnHead, Finding, PageTable, Section
from riskstrat.tables import TABLES
from riskstrat.wording import join_names, plural, readable

_SECTION = "files"
_REASONS = {
    "duplicates": "copies of a stored row",
    "blank": "blank lines",
    "not_in_patients": "person not in the patient table",
    "restricted": "restricted codes",
    "by_rule": "left out by the format's rules",
    "replaced": "replaced by a later row",
    "deleted": "deleted by a later row",
}


@dataclass(frozen=True)
class LineCounts:
    """The account of one file, or of one table.

    Parameters
    ----------
    kept : mapping of str to int
        ``stored``, ``quarantined`` and the reasons for which lines were left out.
    """

    name: str
    table: str
    format: str
    lines: int
    kept: Mapping[str, int]

    @property
    def balances(self) -> bool:
        """Whether every line is accounted for."""
        return self.lines == sum(self.kept.values())

    @property
    def left_out(self) -> dict[str, int]:
        """Lines neither stored nor set aside, by reason."""
        return {why: n for why, n in self.kept.items() if n and why not in ("stored", "quarantined")}


def read_line_counts(manifest: Mapping[str, Any]) -> list[LineCounts]:
    """The books of a snapshot's files; none of those that an earlier version wrote without."""
    return [
        LineCounts(
            readable(str(one["file"])), str(one["table"]), str(one["format"]), int(one["lines"]), dict(one["books"])
        )
        for one in manifest["files"]
        if "books" in one
    ]


def quarantine(folder: Path) -> Counter[tuple[str, ...]]:
    """How many lines were set aside, by file, column and reason."""
    path = folder / "quarantine" / "rows.parquet"
    if not path.is_file():
        return Counter()
    keys = ["file", "column", "reason"]
    counted = pq.read_table(path, columns=keys).group_by(keys).aggregate([([], "count_all")]).to_pylist()
    return Counter({tuple(readable(row[key] or "", 80) for key in keys): row["count_all"] for row in counted})


def line_count_findings(
    books: Sequence[LineCounts], manifest: Mapping[str, Any], tallies: Tallies, limit_pct: float
) -> list[Finding]:
    """Books that do not balance, and lines that were set aside."""
    if not books:
        do = "Run `riskstrat ingest --force` to make a snapshot with its books."
        return [Finding("warning", "This snapshot holds no books of its files.", do, _SECTION)]
    found = []
    for book in (one for one in books if not one.balances):
        what = f"{book.name} does not balance: {book.lines:,} lines, {sum(book.kept.values()):,} accounted for."
        found.append(Finding("error", what, "Ingest again with --force; if it stays, please report it.", _SECTION))
    uneven = [f"{table_name(name)} ({held:,}, not {said:,})" for name, said, held in _uneven(books, manifest, tallies)]
    if uneven:
        what = f"The store does not hold the rows that the books say: {join_names(uneven)}."
        found.append(Finding("error", what, "The snapshot was altered. Ingest again with --force.", _SECTION))
    return [*found, *_set_aside(books, limit_pct)]


def _uneven(books: Sequence[LineCounts], manifest: Mapping[str, Any], tallies: Tallies) -> list[tuple[str, int, int]]:
    """Tables whose rows are not those of the books: name, rows in the books, rows in the store."""
    by_file = Counter[str]()
    for book in books:
        by_file[book.table] += book.kept.get("stored", 0)
    found = []
    for name, totals in manifest["tables"].items():
        said, held = int(totals.get("stored", 0)), tallies.known[name][ROWS]
        wrong = next((n for n in (said, by_file.get(name, said)) if n != held), None)
        found += [] if wrong is None else [(name, wrong, held)]
    return found


def _set_aside(books: Sequence[LineCounts], limit_pct: float) -> list[Finding]:
    """Files near the limit one by one; the others together."""
    shares = {
        b.name: (100 * b.kept.get("quarantined", 0) / b.lines, b.kept.get("quarantined", 0)) for b in books if b.lines
    }
    near = {name: share for name, (share, n) in shares.items() if n and share >= limit_pct / 2}
    total = sum(n for _, n in shares.values())
    found = []
    if near:
        worst = [f"{name} ({share:.2f} %)" for name, share in sorted(near.items(), key=lambda one: -one[1])]
        what = f"Lines set aside are near the limit of {limit_pct:g} % in {join_names(worst)}."
        found.append(
            Finding("warning", what, "See the reasons by column, and ask the supplier to mend them.", _SECTION)
        )
    elif total:
        what = f"Set aside in quarantine: {plural(total, 'line')}."
        found.append(
            Finding("note", what, "File, line, column and reason are in the quarantine of the snapshot.", _SECTION)
        )
    return found


def line_count_section(
    books: Sequence[LineCounts], set_aside: Mapping[tuple[str, ...], int], manifest: Mapping[str, Any]
) -> Section:
    """The books by table and by file, and why lines were set aside."""
    headings = (
        ColumnHead("lines", "Lines read", "count"),
        ColumnHead("stored", "Stored", "count"),
        ColumnHead("quarantined", "Set aside", "count"),
        ColumnHead("left_out", "Left out", "count"),
        ColumnHead("balances", "Balances"),
        ColumnHead("why", "Left out because"),
    )
    tables = sorted(_by_table(books), key=lambda book: list(TABLES).index(book.table))
    by_table = tuple((table_name(book.name), *_cells(book)) for book in tables)
    by_file = tuple((book.name, table_name(book.table), book.format, *_cells(book)) for book in books)
    file_heads = (ColumnHead("file", "File"), ColumnHead("table", "Table"), ColumnHead("format", "Format"), *headings)
    made = _derived(manifest, tables)
    table_heads = (ColumnHead("table", "Table"), *headings)
    grids = [
        PageTable("book-tables", "Lines by table", table_heads, by_table, made, terminal=14),
        *([_reasons(set_aside)] if set_aside else []),
        PageTable("book-files", "Lines by file", file_heads, by_file, folded=len(by_file) > 12),
    ]
    intro = (
        "Every line of every file is stored, set aside in quarantine, or left out by a rule. These counts are exact."
    )
    return Section(_SECTION, "Files and lines", (intro,), tuple(grids))


def _by_table(books: Sequence[LineCounts]) -> list[LineCounts]:
    found: dict[str, LineCounts] = {}
    for book in books:
        before = found.get(book.table, LineCounts(book.table, book.table, "", 0, {}))
        kept = dict(Counter(before.kept) + Counter(book.kept))
        found[book.table] = LineCounts(book.table, book.table, "", before.lines + book.lines, kept)
    return list(found.values())


def _cells(book: LineCounts) -> tuple[str | int, ...]:
    why = ", ".join(f"{_REASONS.get(name, name.replace('_', ' '))}: {n:,}" for name, n in book.left_out.items())
    kept = book.kept.get("stored", 0), book.kept.get("quarantined", 0), sum(book.left_out.values())
    return (book.lines, *kept, "yes" if book.balances else "NO", why)


def _derived(manifest: Mapping[str, Any], tables: Sequence[LineCounts]) -> str:
    """What is in the store and in no file."""
    known = {book.name for book in tables}
    made = [f"{table_name(t)} ({n.get('stored', 0):,} rows)" for t, n in manifest["tables"].items() if t not in known]
    return f"Made from other tables: {join_names(made)}." if made else ""


def _reasons(set_aside: Mapping[tuple[str, ...], int]) -> PageTable:
    headings = (
        ColumnHead("file", "File"), ColumnHead("column", "Column"), ColumnHead("reason", "Reason"),
        ColumnHead("lines", "Lines", "count"),
    )  # fmt: skip
    ordered = sorted(set_aside.items(), key=lambda one: (-one[1], one[0]))
    rows: tuple[tuple[Cell, ...], ...] = tuple((*key, count) for key, count in ordered)
    return PageTable("quarantine", "Why lines were set aside", headings, rows, limit=60, terminal=8)
