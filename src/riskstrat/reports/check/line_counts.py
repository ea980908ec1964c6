"""Line counts: every line of every file is stored, rejected or excluded by a rule, and the counts balance.

Decision
--------
A file balances if its lines are the sum of its counts. A table balances if the rows stored from its files are those in
the manifest and in its Parquet files. If not, lines were lost or invented, which is an error. These figures are exact
(see `small_numbers`), because they count lines of files.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    "duplicates": "duplicates of a stored row",
    "blank": "blank lines",
    "not_in_patients": "patient not in the patient table",
    "restricted": "restricted codes",
    "by_rule": "excluded by the format's rules",
    "replaced": "replaced by a later row",
    "deleted": "deleted by a later row",
}
_HEADINGS = (
    ColumnHead("lines", "Lines read", "count"), ColumnHead("stored", "Stored", "count"),
    ColumnHead("quarantined", "Rejected", "count"), ColumnHead("left_out", "Excluded", "count"),
    ColumnHead("balances", "Balances"), ColumnHead("why", "Reasons for exclusion"),
)  # fmt: skip


@dataclass(frozen=True)
class LineCounts:
    """The lines of one file or table: ``stored``, ``quarantined``, and excluded for each reason."""

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
        """Lines neither stored nor rejected, by reason."""
        return {why: n for why, n in self.kept.items() if n and why not in ("stored", "quarantined")}


def read_line_counts(manifest: Mapping[str, Any]) -> list[LineCounts]:
    """Read the line counts of a snapshot's files; snapshots of earlier versions have none."""
    return [
        LineCounts(readable(one["file"]), one["table"], one["format"], one["lines"], one["books"])
        for one in manifest["files"]
        if "books" in one
    ]


def quarantine(folder: Path) -> Counter[tuple[str, ...]]:
    """Count the rejected rows, by file, column and reason."""
    path = folder / "quarantine" / "rows.parquet"
    if not path.is_file():
        return Counter()
    keys = ["file", "column", "reason"]
    counted = pq.read_table(path, columns=keys).group_by(keys).aggregate([([], "count_all")]).to_pylist()
    return Counter({tuple(readable(row[key] or "", 80) for key in keys): row["count_all"] for row in counted})


def line_count_findings(
    files: Sequence[LineCounts], manifest: Mapping[str, Any], tallies: Tallies, limit_pct: float
) -> Iterator[Finding]:
    """Report files and tables whose counts do not balance, and rejected rows."""
    if not files:
        do = "Run `riskstrat ingest --force` to make a snapshot with line counts."
        yield Finding("warning", "This snapshot has no line counts.", do, _SECTION)
        return
    for one in (one for one in files if not one.balances):
        counted = sum(one.kept.values())
        what = f"The line counts of {one.name} do not balance: {one.lines:,} read, {counted:,} accounted for."
        do = "Run `riskstrat ingest --force`. If this happens again, please report it."
        yield Finding("error", what, do, _SECTION)
    uneven = [
        f"{table_name(name)} ({held:,}, not {expected:,})" for name, expected, held in _uneven(files, manifest, tallies)
    ]
    if uneven:
        what = f"The rows of the snapshot differ from its line counts: {join_names(uneven)}."
        do = "The snapshot was changed after it was made. Run `riskstrat ingest --force`."
        yield Finding("error", what, do, _SECTION)
    yield from _set_aside(files, limit_pct)


def _uneven(
    files: Sequence[LineCounts], manifest: Mapping[str, Any], tallies: Tallies
) -> Iterator[tuple[str, int, int]]:
    """List tables whose rows differ from their count: name, rows counted, rows in the snapshot."""
    by_file = {table.name: table.kept.get("stored", 0) for table in _by_table(files)}
    for name, totals in manifest["tables"].items():
        expected, held = int(totals.get("stored", 0)), tallies.known[name][ROWS]
        wrong = next((n for n in (expected, by_file.get(name, expected)) if n != held), None)
        if wrong is not None:
            yield name, wrong, held


def _set_aside(files: Sequence[LineCounts], limit_pct: float) -> Iterator[Finding]:
    """Report files near the limit one by one, or all rejected rows together."""
    lines = {one.name: one.kept.get("quarantined", 0) for one in files if one.lines}
    shares = {one.name: 100 * lines[one.name] / one.lines for one in files if one.lines}
    near = sorted((name for name, n in lines.items() if n and shares[name] >= limit_pct / 2), key=lambda n: -shares[n])
    if near:
        worst = join_names([f"{name} ({shares[name]:.2f} %)" for name in near])
        what = f"Rejected rows are near the limit of {limit_pct:g} % in {worst}."
        yield Finding("warning", what, "See the reasons by column, and ask the supplier to correct them.", _SECTION)
    elif total := sum(lines.values()):
        what = f"{plural(total, 'row')} {'was' if total == 1 else 'were'} rejected."
        do = "The folder quarantine/ of the snapshot gives file, line, column and reason."
        yield Finding("note", what, do, _SECTION)


def line_count_section(
    files: Sequence[LineCounts], set_aside: Mapping[tuple[str, ...], int], manifest: Mapping[str, Any]
) -> Section:
    """Show the line counts by table and by file, and the reasons for rejected rows."""
    tables = sorted(_by_table(files), key=lambda table: list(TABLES).index(table.name))
    by_table = tuple((table_name(one.name), *_cells(one)) for one in tables)
    by_file = tuple((one.name, table_name(one.table), one.format, *_cells(one)) for one in files)
    table, file, form = ColumnHead("table", "Table"), ColumnHead("file", "File"), ColumnHead("format", "Format")
    made = _derived(manifest, tables)
    grids = [
        PageTable("book-tables", "Lines by table", (table, *_HEADINGS), by_table, made, terminal=14),
        *([_reasons(set_aside)] if set_aside else []),
        PageTable("book-files", "Lines by file", (file, table, form, *_HEADINGS), by_file, folded=len(by_file) > 12),
    ]
    intro = "Every line of every file is stored, rejected, or excluded by a rule. These counts are exact."
    return Section(_SECTION, "Files and lines", (intro,), tuple(grids))


def _by_table(files: Sequence[LineCounts]) -> list[LineCounts]:
    lines, kept = Counter[str](), dict[str, Counter[str]]()
    for one in files:
        lines[one.table] += one.lines
        kept.setdefault(one.table, Counter()).update(one.kept)
    return [LineCounts(name, name, "", lines[name], of) for name, of in kept.items()]


def _cells(one: LineCounts) -> tuple[str | int, ...]:
    why = ", ".join(f"{_REASONS.get(name, name.replace('_', ' '))}: {n:,}" for name, n in one.left_out.items())
    kept = one.kept.get("stored", 0), one.kept.get("quarantined", 0), sum(one.left_out.values())
    return (one.lines, *kept, "yes" if one.balances else "NO", why)


def _derived(manifest: Mapping[str, Any], tables: Sequence[LineCounts]) -> str:
    """Name the tables that were made from other tables and not read from a file."""
    known = {one.name for one in tables}
    made = [f"{table_name(t)} ({n.get('stored', 0):,} rows)" for t, n in manifest["tables"].items() if t not in known]
    return f"Made from other tables: {join_names(made)}." if made else ""


def _reasons(set_aside: Mapping[tuple[str, ...], int]) -> PageTable:
    headings = (
        ColumnHead("file", "File"), ColumnHead("column", "Column"), ColumnHead("reason", "Reason"),
        ColumnHead("lines", "Lines", "count"),
    )  # fmt: skip
    ordered = sorted(set_aside.items(), key=lambda one: (-one[1], one[0]))
    rows: tuple[tuple[Cell, ...], ...] = tuple((*key, count) for key, count in ordered)
    return PageTable("quarantine", "Reasons for rejected rows", headings, rows, limit=60, terminal=8)
