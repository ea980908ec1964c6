"""One file -> typed rows in Parquet, split by patient; what does not fit is set aside with its line and reason.

Decision
--------
A file is read fast, and its rows are counted against its physical lines. Where they do not add up, or the reader
stops, it is read again line by line, so that a bad line costs itself alone. Either way the account of its lines
balances (`line_account`), or the file is refused. Quarantine holds line, column and reason, never a value.

What was converted is kept beside the snapshots under a key of the file's content and of all that decides what becomes
of it, so that next month only new or changed files are read. A store of few parts has each file in one piece, since
splitting costs more time than reading past the rows of other parts.
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
_SET_ASIDE = (FAULTY, LEFT_OUT, RESTRICTED)
_COUNTS, _REJECTS = "books.json", "quarantine.parquet"


@dataclass(frozen=True)
class ConvertedFile:
    """What became of one file.

    Parameters
    ----------
    folder : Path
        ``rows/``, of which a row's ``part`` is a column, the rejects, and the counts of its lines.
    """

    extract: MatchedFile
    folder: Path

    @property
    def done(self) -> bool:
        """Whether it was converted."""
        return (self.folder / _COUNTS).is_file()

    @property
    def counts(self) -> dict[str, int]:
        """How many lines it has and what became of them, as written beside its rows."""
        return dict(json.loads((self.folder / _COUNTS).read_text(encoding="utf-8")))

    @cached_property
    def account(self) -> LineAccount:
        """What became of its lines; rows that were kept are `stored`."""
        counts = self.counts
        return LineAccount(stored=counts.pop("kept"), **counts, rejects=pq.read_table(self.folder / _REJECTS))

    @property
    def tombstones(self) -> list[Path]:
        """Names of records whose latest row was set aside, so that no earlier row of theirs stands."""
        return sorted(self.folder.glob("tombstones.parquet"))

    @contextmanager
    def numbered(self, engine: DuckEngine, rules: ReadOptions) -> Iterator[str]:
        """SQL for its rows as they were read, with their lines."""
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
        """The files that hold its rows."""
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
        """The files in which rows of one part are."""
        return [file for file in self.files if file.parent.name in ("rows", f"part={part}")]


def convert_file(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path) -> None:
    """Convert one file into an empty folder, and write the account of its lines.

    Raises
    ------
    ExtractError
        If it cannot be read to its end, or its lines do not add up.
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
    _without_what_is_set_aside(engine, folder / "rows")
    write_json(folder / "how.json", {"line_by_line": line_by_line, "codes_are_cut": bool(cut)})
    write_json(folder / _COUNTS, _as_counts(account, line_by_line))


def _as_counts(account: LineAccount, line_by_line: bool) -> dict[str, int]:
    """An account as it is written beside the rows; blank lines are told apart only line by line."""
    names = ("lines", "quarantined", "by_rule", "restricted", "restricted_codes")
    counts = {name: getattr(account, name) for name in names} | {"kept": account.stored}
    return counts | ({"blank": account.blank} if line_by_line else {})


def line_count(extract: MatchedFile) -> int:
    """How many lines a file has after its header."""
    return _count(extract)[0]


def _count(extract: MatchedFile) -> tuple[int, bool]:
    if extract.delimiter is None:
        return pq.read_metadata(extract.path).num_rows, False
    return physical_lines(extract.path)


def _read(
    engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path, counted: Future[tuple[int, bool]]
) -> tuple[LineAccount, bool]:
    """Read a file fast, or line by line where that will not do, which is told; its lines are counted meanwhile."""
    read = _fast(engine, extract, rules, folder)
    lines, odd = counted.result()
    if read is None or odd or not (account := replace(read, lines=lines)).balances:
        return _careful(engine, extract, rules, folder, lines), True
    return account, False


def _cut_codes(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path) -> tuple[str, ...]:
    """Codes that have lost their last digits, of systems whose identifiers are long; most files have none."""
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
    """The rows of a file read fast; None where it cannot be."""
    try:
        return _copy(engine, select_rows(extract, rules), folder, rules.parts)
    except EngineError as error:
        if extract.delimiter is None or not isinstance(error, UnreadableError):
            raise where_it_broke(extract, error) from None
        return None


def _careful(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path, lines: int) -> LineAccount:
    """The account of a file read line by line."""
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
    """Write a query's rows, and count them by where they go."""
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
    """The account of rows that were written; of restricted codes, those of rows that stay are counted with them."""
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
    """SQL for the rows of some files; empty for none."""
    listed = ", ".join(quoted_text(literal_path(file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)" if files else ""


def _write_tombstones(engine: DuckEngine, extract: MatchedFile, folder: Path, parts: int) -> None:
    """The names of records whose row was set aside: what a source takes back must not stand."""
    if "record_id" not in extract.found:
        return
    rows = stored(sorted((folder / "rows").rglob("*.parquet")))
    named = f"SELECT DISTINCT record_id, record_order, patient_id, hash(patient_id) % {parts} AS part FROM {rows}"
    into = quoted_text(str(folder / "tombstones.parquet"))
    engine.execute(f"COPY ({named} WHERE part < 0 AND record_id IS NOT NULL) TO {into} (FORMAT parquet)")


def _without_what_is_set_aside(engine: DuckEngine, rows: Path) -> None:
    """Keep no row that is not stored."""
    for part in _SET_ASIDE:
        shutil.rmtree(rows / f"part={part}", ignore_errors=True)
    whole = rows / "all.parquet"
    if whole.is_file() and engine.sql(f"SELECT 1 FROM {stored([whole])} WHERE part < 0 LIMIT 1").fetchall():
        kept = f"SELECT * FROM {stored([whole])} WHERE part >= 0"
        engine.execute(f"COPY ({kept}) TO {quoted_text(str(rows / 'kept.parquet'))} (FORMAT parquet, COMPRESSION lz4)")
        whole.unlink()


def _rejects(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path, rows: int) -> pa.Table:
    """Line, column and reason of the rows set aside; a file that was read fast is read once more, in order."""
    if not rows:
        return REJECTS.empty_table()
    staged = stored(sorted((folder / "rows").rglob("*.parquet")))
    found = engine.sql(f"SELECT line, fault FROM {staged} WHERE part = {FAULTY}").to_arrow_table()
    if found["line"].null_count:
        query = f"SELECT line, fault FROM ({select_rows(extract, rules, in_order=True)}) WHERE part = {FAULTY}"
        found = engine.sql(query).to_arrow_table()
    return as_rejects(engine, found)


def as_rejects(engine: DuckEngine, found: pa.Table) -> pa.Table:
    """Split the fault of lines, ``column|reason``, as quarantine has it."""
    name = engine.name_of(engine.table(found))
    split = "nullif(split_part(fault, '|', 1), '') AS column, split_part(fault, '|', 2) AS reason"
    return engine.sql(f"SELECT line, {split} FROM {name} ORDER BY line").to_arrow_table().cast(REJECTS)


def where_it_broke(extract: MatchedFile, error: EngineError) -> Exception:
    """What a reader's error means, without the line it quotes; a query that cannot be run is a fault of ours."""
    if not isinstance(error, UnreadableError):
        return error
    line = re.search(r"Line: (\d+)", str(error))
    at = f" at line {int(line.group(1)):,}" if line else ""
    do = "Export it again. Every line needs as many fields as the header, and every opening quote a closing one."
    return ExtractError(f"{extract.path.name} cannot be read{at}.", advice=do)
