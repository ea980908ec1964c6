"""Look for direct identifiers in the first rows of every column of a file, and in all converted values."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.engine import DuckEngine
from riskstrat.errors import ExtractError
from riskstrat.governance import screen_columns
from riskstrat.ingest.convert import ConvertedFile, stored
from riskstrat.ingest.extract import MatchedFile
from riskstrat.ingest.lines import LONGEST, UNREADABLE, open_bytes
from riskstrat.tables import TABLES

_ROWS = 10_000
_CODES = ("code", "diagnosis", "diagnoses", "cause")
EXEMPT = (*_CODES, "code_system", "main_diagnosis", "sex", "arrival_time")
_MOST = 20_000


def identifiers_in(path: Path, extracts: Sequence[MatchedFile]) -> list[str]:
    """List identifiers in the first 10,000 rows of every column of a file, whether or not the column is read.

    `extracts` holds the file once for each table that it fills.
    """
    one = extracts[0]
    columns = parquet_cells(path) if one.delimiter is None else _csv_cells(one)
    codes = {h for e in extracts for to, headers in e.found.items() if to in _CODES for h in headers}
    people = any(e.table == "patients" for e in extracts)
    settings = one.settings
    declared = codes | _named(one, settings.code_columns)
    found = screen_columns(columns, declared, _named(one, settings.drop), _named(one, settings.coarsen), people)
    return [f"{path.name}, {finding}" for finding in found]


def _named(extract: MatchedFile, names: Collection[str]) -> set[str]:
    """List the headers that study.toml names, as the file writes them."""
    lower = {name.lower() for name in names}
    return {header for header in extract.headers if header.lower() in lower}


def _csv_cells(extract: MatchedFile) -> Mapping[str, list[str | None]]:
    wide, between = len(extract.headers), extract.delimiter or ","
    rows = [_fields(line, between)[:wide] for line in _first_lines(extract)]
    filled = ([*row, *[""] * (wide - len(row))] for row in rows)
    columns = list(zip(*filled, strict=True)) or [()] * wide
    return {h: [cell or None for cell in cells] for h, cells in zip(extract.headers, columns, strict=True)}


def _first_lines(extract: MatchedFile) -> Iterator[str]:
    """Yield the first lines after the header, as far as the file can be unpacked."""
    with suppress(*UNREADABLE), open_bytes(extract.path) as stream:
        text = io.TextIOWrapper(stream, encoding=extract.settings.encoding, errors="replace", newline="")
        yield from islice(iter(lambda: text.readline(LONGEST), ""), 1, _ROWS + 1)


def _fields(line: str, delimiter: str) -> list[str]:
    """Split one line into cells; a quote without end must not hide the lines after it."""
    try:
        return next(csv.reader([line.replace("\x00", "")], delimiter=delimiter))
    except (csv.Error, StopIteration):
        return line.split(delimiter)


def parquet_cells(path: Path) -> Mapping[str, list[str | None]]:
    """Read the first 10,000 rows of a Parquet file as text."""
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=_ROWS), None)
            if batch is None:
                return {name: [] for name in file.schema_arrow.names}
    except (OSError, pa.ArrowException):
        raise ExtractError(f"{path.name} is not a readable Parquet file.", advice="Export it again.") from None
    return {name: _as_text(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}


def _as_text(column: pa.Array) -> list[str | None]:
    try:
        return list(pc.cast(column, pa.string()).to_pylist())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return []


def identifiers_stored(engine: DuckEngine, one: ConvertedFile) -> list[str]:
    """List identifiers among the distinct values of the text columns that were converted."""
    names = [c.name for c in TABLES[one.extract.table].columns if c.type == "text" and c.name in one.extract.found]
    wanted = [name for name in names if name not in EXEMPT]
    rows = stored(one.files)
    if not rows or not wanted:
        return []
    found = [
        replace(finding, column=name)
        for name in wanted
        for finding in screen_columns({name: _different(engine, name, rows)}, (), (), (), False)
    ]
    return [f"{one.extract.path.name}, {finding}" for finding in found]


def _different(engine: DuckEngine, name: str, rows: str) -> list[str | None]:
    query = (
        f"SELECT {name} FROM (SELECT DISTINCT {name} FROM {rows}) USING SAMPLE reservoir({_MOST} ROWS) REPEATABLE (1)"
    )
    return [value for (value,) in engine.sql(query).fetchall()]
