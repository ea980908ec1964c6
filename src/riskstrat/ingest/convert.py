"""Convert one file to typed rows in Parquet, split by patient, and reject rows that do not fit.

Decision
--------
A file is first read by a fast reader, and its rows are compared with its physical lines. If the numbers differ, or the
reader stops, the file is read again line by line, so that one bad line loses only itself. In both cases the line counts
must balance (`line_account`), or the whole file is refused. For a rejected row, the line, column and reason are kept,
and never a value.

Converted files are kept beside the snapshots, named after a fingerprint of the file's content and of the settings that
decide how it is read. The next month, only new or changed files are read. A store with few parts keeps each file in one
piece, because splitting takes longer than skipping the rows of other parts.
"""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.engine import DuckEngine, EngineError, UnreadableError, literal_path, quoted_text, write_table
from riskstrat.errors import ExtractError
from riskstrat.ingest.extract import MatchedFile
from riskstrat.ingest.line_account import REJECTS, LineAccount
from riskstrat.ingest.lines import physical_lines, write_lines
from riskstrat.ingest.rows import FAULTY, LEFT_OUT, RESTRICTED, ReadOptions, select_rows
from riskstrat.tables import SCTIDS, UNFINISHED, is_cut, write_json
from riskstrat.wording import plural

FEW_PARTS = 8
_NOT_STORED = (FAULTY, LEFT_OUT, RESTRICTED)
_COUNTS, _REJECTS = "books.json", "quarantine.parquet"


@dataclass(frozen=True)
class ConvertedFile:
    """One file, converted.

    Parameters
    ----------
    folder : Path
        Contains ``rows/`` (with the column ``part``), the rejected rows and the line counts.
    """

    extract: MatchedFile
    folder: Path

    @property
    def done(self) -> bool:
        """Whether the file was converted."""
        return (self.folder / _COUNTS).is_file()

    @property
    def counts(self) -> dict[str, int]:
        """Line counts, as written beside the rows."""
        return dict(json.loads((self.folder / _COUNTS).read_text(encoding="utf-8")))

    @cached_property
    def account(self) -> LineAccount:
        """Line counts and rejected rows; rows that were kept count as `stored`."""
        counts = self.counts
        return LineAccount(stored=counts.pop("kept"), **counts, rejects=pq.read_table(self.folder / _REJECTS))

    @property
    def tombstones(self) -> list[Path]:
        """Files of the records whose latest row was rejected, so that no earlier row of them is stored."""
        return sorted(self.folder.glob("tombstones.parquet"))

    @contextmanager
    def numbered(self, engine: DuckEngine, rules: ReadOptions) -> Iterator[str]:
        """Build the SQL that reads the rows again in the same way, with line numbers."""
        how = json.loads((self.folder / "how.json").read_text(encoding="utf-8"))
        with TemporaryDirectory(prefix=UNFINISHED, dir=self.folder.parent) as place:
            lines = None
            if how["line_by_line"]:
                lines = Path(place) / "lines.parquet"
                write_lines(self.extract.path, self.extract.settings.encoding, self.extract.delimiter, lines)
            if how["codes_are_cut"]:
                rows = f"({select_rows(self.extract, rules, lines=lines)})"
                rules = replace(rules, cut_codes=_cut_among(engine, rows))
            yield select_rows(self.extract, rules, in_order=True, lines=lines)

    @property
    def files(self) -> list[Path]:
        """The files of its rows."""
        return sorted((self.folder / "rows").rglob("*.parquet"))

    @property
    def carried(self) -> set[str]:
        """The canonical columns that have a value in at least one row."""
        files = [pq.read_metadata(file) for file in self.files]
        groups = [one.row_group(i) for one in files for i in range(one.num_row_groups)]
        columns = [(group.num_rows, group.column(i)) for group in groups for i in range(group.num_columns)]
        filled = {c.path_in_schema for rows, c in columns if c.statistics is None or c.statistics.null_count < rows}
        if any(name.startswith("diagnoses.") for name in filled):
            filled.add("main_diagnosis")
        return filled & set(self.extract.carried)

    def rows(self, part: int) -> list[Path]:
        """List the files with rows of one part."""
        return [file for file in self.files if file.parent.name in ("rows", f"part={part}")]


def convert_file(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path) -> None:
    """Convert one file into an empty folder, and write its line counts.

    Raises
    ------
    ExtractError
        If the file cannot be read to its end, or the line counts do not add up.
    """
    with ThreadPoolExecutor(1) as meanwhile:
        counted = meanwhile.submit(_count, extract)
        account, line_by_line = _read(engine, extract, rules, folder, counted)
    cut = _cut_codes(engine, extract, rules, folder)
    if cut:
        rules = replace(rules, cut_codes=cut)
        account, line_by_line = _read(engine, extract, rules, folder, counted)
    write_table(_rejects(engine, extract, rules, folder, account.quarantined), folder / _REJECTS)
    _write_tombstones(engine, extract, folder, rules.parts)
    _drop_rows_not_stored(engine, folder / "rows")
    write_json(folder / "how.json", {"line_by_line": line_by_line, "codes_are_cut": bool(cut)})
    write_json(folder / _COUNTS, _as_counts(account, line_by_line))


def _as_counts(account: LineAccount, line_by_line: bool) -> dict[str, int]:
    """Return the counts to write beside the rows; blank lines are counted only when a file is read line by line."""
    names = ("lines", "quarantined", "by_rule", "restricted", "restricted_codes")
    counts = {name: getattr(account, name) for name in names} | {"kept": account.stored}
    return counts | ({"blank": account.blank} if line_by_line else {})


def line_count(extract: MatchedFile) -> int:
    """Count the lines of a file after its header."""
    return _count(extract)[0]


def _count(extract: MatchedFile) -> tuple[int, bool]:
    if extract.delimiter is None:
        return pq.read_metadata(extract.path).num_rows, False
    return physical_lines(extract.path)


def _read(
    engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path, counted: Future[tuple[int, bool]]
) -> tuple[LineAccount, bool]:
    """Read a file fast, or line by line if that fails; return its account, and whether it was read line by line."""
    read = _fast(engine, extract, rules, folder)
    lines, odd = counted.result()
    if read is None or odd or not (account := replace(read, lines=lines)).balances:
        return _careful(engine, extract, rules, folder, lines), True
    return account, False


def _cut_codes(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path) -> tuple[str, ...]:
    """List the long identifiers in a file that have lost their last digits; most files have none."""
    rows = stored(sorted((folder / "rows").rglob("*.parquet")))
    if "cut_code" in rules.skip or "code" not in extract.found or not rows:
        return ()
    return _cut_among(engine, rows)


def _cut_among(engine: DuckEngine, rows: str) -> tuple[str, ...]:
    systems = ", ".join(quoted_text(system) for system in sorted(SCTIDS))
    long = f"part >= 0 AND length(code) > 11 AND code_system IN ({systems})"
    found = engine.sql(f"SELECT DISTINCT code FROM {rows} WHERE {long}").fetchall()
    return tuple(sorted(code for (code,) in found if is_cut(code)))


def _fast(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path) -> LineAccount | None:
    """Read a file fast and return its account; None if that is not possible."""
    try:
        return _copy(engine, select_rows(extract, rules), folder, rules.parts)
    except EngineError as error:
        if extract.delimiter is None or not isinstance(error, UnreadableError):
            raise where_it_broke(extract, error) from None
        return None


def _careful(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path, lines: int) -> LineAccount:
    """Read a file line by line and return its account."""
    shutil.rmtree(folder / "rows", ignore_errors=True)
    listed = folder / "lines.parquet"
    write_lines(extract.path, extract.settings.encoding, extract.delimiter, listed)
    blank = f"SELECT count(*) FROM {stored([listed])} WHERE coalesce(text, problem) IS NULL"
    try:
        read = _copy(engine, select_rows(extract, rules, lines=listed), folder, rules.parts)
        account = replace(read, lines=lines, blank=_count_of(engine, blank))
    except EngineError as error:
        raise where_it_broke(extract, error) from None
    listed.unlink()
    if not account.balances:
        rows = plural(sum(account.fates.values()), "row")
        found = f"{plural(lines, 'line')} after the header, but {rows} read"
        raise ExtractError(f"{extract.path.name}: the line counts do not add up.", [found], "Export it again.")
    return account


def _copy(engine: DuckEngine, query: str, folder: Path, parts: int) -> LineAccount:
    """Write the rows of a query, and count them by destination."""
    into = folder / "rows"
    shutil.rmtree(into, ignore_errors=True)
    written = "FORMAT parquet, COMPRESSION lz4"
    if parts > FEW_PARTS:
        written += ", PARTITION_BY (part), WRITE_PARTITION_COLUMNS, OVERWRITE_OR_IGNORE"
        engine.execute(f"COPY ({query}) TO {quoted_text(str(into))} ({written})")
    else:
        into.mkdir()
        engine.execute(f"COPY ({query}) TO {quoted_text(str(into / 'all.parquet'))} ({written})")
    return _counted(engine, stored(sorted(into.rglob("*.parquet"))))


def _counted(engine: DuckEngine, rows: str) -> LineAccount:
    """Return the account of the written rows; restricted codes removed from rows that stay are counted too."""
    if not rows:
        return LineAccount()
    counts = dict(engine.sql(f"SELECT part, count(*) FROM {rows} GROUP BY 1").fetchall())
    codes = _count_of(engine, f"SELECT coalesce(sum(restricted_codes), 0) FROM {rows} WHERE part >= 0")
    restricted = counts.get(RESTRICTED, 0)
    return LineAccount(
        stored=sum(n for part, n in counts.items() if part >= 0),
        quarantined=counts.get(FAULTY, 0),
        by_rule=counts.get(LEFT_OUT, 0),
        restricted=restricted,
        restricted_codes=restricted + codes,
    )


def _count_of(engine: DuckEngine, query: str) -> int:
    return int(engine.sql(query).fetchall()[0][0])


def stored(files: Sequence[Path]) -> str:
    """Build the SQL that reads some Parquet files; empty for none."""
    listed = ", ".join(quoted_text(literal_path(file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)" if files else ""


def _write_tombstones(engine: DuckEngine, extract: MatchedFile, folder: Path, parts: int) -> None:
    """Write the identifiers of records whose row was not stored, so that no earlier row of them is stored either."""
    if "record_id" not in extract.found:
        return
    rows = stored(sorted((folder / "rows").rglob("*.parquet")))
    named = f"SELECT DISTINCT record_id, record_order, patient_id, hash(patient_id) % {parts} AS part FROM {rows}"
    into = quoted_text(str(folder / "tombstones.parquet"))
    engine.execute(f"COPY ({named} WHERE part < 0 AND record_id IS NOT NULL) TO {into} (FORMAT parquet)")


def _drop_rows_not_stored(engine: DuckEngine, rows: Path) -> None:
    """Delete the rows that are rejected, excluded by rule or restricted."""
    for part in _NOT_STORED:
        shutil.rmtree(rows / f"part={part}", ignore_errors=True)
    whole = rows / "all.parquet"
    if whole.is_file() and engine.sql(f"SELECT 1 FROM {stored([whole])} WHERE part < 0 LIMIT 1").fetchall():
        kept = f"SELECT * FROM {stored([whole])} WHERE part >= 0"
        engine.execute(f"COPY ({kept}) TO {quoted_text(str(rows / 'kept.parquet'))} (FORMAT parquet, COMPRESSION lz4)")
        whole.unlink()


def _rejects(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path, rows: int) -> pa.Table:
    """Return line, column and reason of the rejected rows; a file that was read fast is read once more, in order."""
    if not rows:
        return REJECTS.empty_table()
    staged = stored(sorted((folder / "rows").rglob("*.parquet")))
    found = engine.sql(f"SELECT line, fault FROM {staged} WHERE part = {FAULTY}").to_arrow_table()
    if found["line"].null_count:
        query = f"SELECT line, fault FROM ({select_rows(extract, rules, in_order=True)}) WHERE part = {FAULTY}"
        found = engine.sql(query).to_arrow_table()
    return as_rejects(engine, found)


def as_rejects(engine: DuckEngine, found: pa.Table) -> pa.Table:
    """Split the errors of lines, written ``column|reason``, into the columns of the quarantine file."""
    name = engine.name_of(engine.table(found))
    split = "nullif(split_part(fault, '|', 1), '') AS column, split_part(fault, '|', 2) AS reason"
    return engine.sql(f"SELECT line, {split} FROM {name} ORDER BY line").to_arrow_table().cast(REJECTS)


def where_it_broke(extract: MatchedFile, error: EngineError) -> Exception:
    """Turn a reader's error into a message without the line that it quotes; other engine errors are internal errors."""
    if not isinstance(error, UnreadableError):
        return error
    line = re.search(r"Line: (\d+)", str(error))
    at = f" at line {int(line.group(1)):,}" if line else ""
    do = "Export it again. Every line needs as many fields as the header, and every opening quote a closing one."
    return ExtractError(f"{extract.path.name} cannot be read{at}.", advice=do)
