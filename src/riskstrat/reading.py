"""Reading an extract: find the columns a Source wants, type them, and count what does not fit.

Decision
--------
Every cell is first read as text and typed afterwards, so that no reader guesses: "2A", "0123" and an 18-digit
SNOMED identifier stay what they are; one that a spreadsheet has turned into 1.23E+17 is refused, and so is a year of
two digits. A file whose physical lines do not add up to its rows is refused, because with one unbalanced quote a fast
CSV reader swallows rows in silence. Messages never repeat a cell, nor a header, which may be somebody's row in a file
without one.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pyarrow.parquet as pq

from riskstrat.contracts import Source, SourceColumn
from riskstrat.engine import DuckEngine, EngineError, literal_path, quoted_name, quoted_text
from riskstrat.errors import ExtractError
from riskstrat.study import SourceSettings
from riskstrat.tables import TABLES, Type

NO_DATE = ("1800-01-01", "1801-01-01", "1600-01-01", "1582-10-15", "1900-01-01", "9999-12-31")
NO_MONTH = ("1800-01-01", "1801-01-01", "1600-01-01", "1582-10-01", "1900-01-01", "1901-01-01")
EARLIEST = "1000-01-01"
MANGLED = "[0-9](\\.[0-9]+)?[eE]\\+[0-9]+"
IDENTIFIERS = ("patient_id", "code")
SQL_TYPES = {"text": "VARCHAR", "date": "DATE", "int": "INTEGER", "float": "DOUBLE"}
DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d-%b-%Y")


@dataclass(frozen=True)
class Extract:
    """One file, and how its columns map.

    Parameters
    ----------
    path : Path
    source : Source
    headers : tuple of str
        As in the file.
    delimiter : str or None
        None for Parquet.
    found : mapping of str to tuple of str
        Canonical column to the headers that fill it.
    date_format : str or None
    """

    path: Path
    source: Source
    headers: tuple[str, ...]
    delimiter: str | None
    found: Mapping[str, tuple[str, ...]]
    date_format: str | None = None


def open_text(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked where it is gzipped."""
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def examine(path: Path, source: Source, settings: SourceSettings) -> Extract:
    """Match a file's headers to a source's columns.

    Raises
    ------
    ExtractError
        If the file cannot be opened, or columns it must have are missing.
    """
    headers, delimiter = _parquet_headers(path) if path.suffix == ".parquet" else _csv_headers(path)
    doubled = [str(place) for place, header in enumerate(headers, start=1) if headers.count(header) > 1]
    if doubled:
        raise ExtractError(f"{path.name}: column(s) named alike: {', '.join(doubled)}.", do="Name each column once.")
    found = {c.to: _match(c, headers, settings.columns.get(c.to)) for c in source.columns}
    lacking = [c for c in source.columns if (c.required or c.to in settings.columns) and not found[c.to]]
    if lacking:
        findings = [f"{c.to}: none of {settings.columns.get(c.to, ', '.join(c.names))}" for c in lacking]
        do = f"If a column has another name, say so in [[sources]] columns. Read as format {source.name!r}."
        raise ExtractError(f"{path.name}: {len(lacking)} column(s) missing", findings, do)
    return Extract(path, source, headers, delimiter, {k: v for k, v in found.items() if v}, settings.date_format)


def _match(column: SourceColumn, headers: Sequence[str], named: str | None) -> tuple[str, ...]:
    by_lower = {header.lower(): header for header in headers}
    for name in (named,) if named else column.names:
        numbered = [name.replace("{n}", f"{n:02d}") for n in range(1, column.repeats + 1)] or [name]
        hits = tuple(by_lower[one.lower()] for one in numbered if one.lower() in by_lower)
        if hits:
            return hits
    return ()


def _parquet_headers(path: Path) -> tuple[tuple[str, ...], None]:
    try:
        return tuple(pq.read_schema(path).names), None
    except Exception:
        raise ExtractError(f"{path.name} is not a readable Parquet file.", do="Export it again.") from None


def _csv_headers(path: Path) -> tuple[tuple[str, ...], str]:
    try:
        with open_text(path) as stream:
            line = stream.readline(1_000_000).decode("utf-8-sig").rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        do = "Save it as UTF-8 text, or gzip it again."
        raise ExtractError(f"{path.name} cannot be read as UTF-8 text.", do=do) from None
    if not line.strip() or "\x00" in line:
        raise ExtractError(f"{path.name} has no header line.", do="The first line must name the columns.")
    delimiter = max(",\t|;", key=line.count)
    return tuple(next(csv.reader(io.StringIO(line), delimiter=delimiter))), delimiter


def _relation(extract: Extract, in_order: bool = False) -> str:
    """SQL for the file with every column as text, named c0, c1, ..."""
    path = quoted_text(literal_path(extract.path))
    if extract.delimiter is None:
        names = ", ".join(
            f"regexp_replace(CAST({quoted_name(h)} AS VARCHAR), '^(-?[0-9]+)[.]0$', '\\1') AS c{i}"
            for i, h in enumerate(extract.headers)
        )
        return f"(SELECT {names} FROM read_parquet({path}, hive_partitioning = false))"
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(extract.headers)))
    return (
        f"read_csv({path}, auto_detect = false, header = false, skip = 1, delim = {quoted_text(extract.delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{types}}}, nullstr = '', max_line_size = 4000000, "
        f"parallel = {str(not in_order).lower()})"
    )


def _text(column: SourceColumn, cell: str) -> str:
    """SQL for a cell as text: trimmed, NULL where missing, recoded."""
    text = f"nullif(trim({cell}), '')"
    if column.missing:
        values = ", ".join(quoted_text(value) for value in column.missing)
        text = f"CASE WHEN {text} NOT IN ({values}) THEN {text} END"
    if column.recode:
        cases = " ".join(f"WHEN {quoted_text(a)} THEN {quoted_text(b)}" for a, b in column.recode.items())
        text = f"CASE {text} {cases} ELSE {text} END"
    return f"left({text}, {column.length})" if column.length else text


def _day(text: str, date_format: str | None, month: bool) -> str:
    """SQL for a date as written; NULL where it is none, or its year has two digits."""
    if month:
        text = f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}') THEN {text} || '-07' ELSE {text} END"
        whole = f"coalesce(try_strptime({text}, '%Y-%m'), try_strptime({text}, '%Y-%m-%d'))"
        day = f"CAST(date_trunc('month', {whole}) AS DATE)"
    else:
        listed = ", ".join(quoted_text(one) for one in ((date_format,) if date_format else DATE_FORMATS))
        day = f"CAST(try_strptime({text}, [{listed}]) AS DATE)"
    return f"CASE WHEN {day} >= DATE '{EARLIEST}' THEN {day} END"


def _is_sentinel(day: str, month: bool) -> str:
    sentinels = ", ".join(f"DATE '{one}'" for one in (NO_MONTH if month else NO_DATE))
    return f"coalesce({day} IN ({sentinels}), false)"


def _typed(text: str, kind: Type, column: SourceColumn, date_format: str | None) -> str:
    """SQL for a cell in its type; NULL where it does not fit, or is a date that stands for none."""
    if kind == "date":
        day = _day(text, date_format, column.month)
        return f"CASE WHEN NOT {_is_sentinel(day, column.month)} THEN {day} END"
    if kind == "int":
        return f"try_cast(try_cast({text} AS DOUBLE) AS INTEGER)"
    return (
        f"CASE WHEN isfinite(try_cast({text} AS DOUBLE)) THEN try_cast({text} AS DOUBLE) END"
        if kind == "float"
        else text
    )


def _misfit(text: str, typed: str, kind: Type, required: bool, column: SourceColumn, date_format: str | None) -> str:
    """SQL for whether a cell does not fit its column."""
    misfit = f"{typed} IS NULL" + ("" if required else f" AND {text} IS NOT NULL")
    if kind == "date" and not required:
        misfit += f" AND NOT {_is_sentinel(_day(text, date_format, column.month), column.month)}"
    return f"{misfit} OR regexp_full_match({text}, '{MANGLED}')" if column.to in IDENTIFIERS else misfit


def _cell(
    extract: Extract, columns: Mapping[str, SourceColumn], to: str, text: str, kind: Type, required: bool
) -> tuple[str, str]:
    """SQL for a cell in its type, and for whether it does not fit."""
    column, how = columns[to], extract.date_format
    typed = _typed(text, kind, column, how)
    if column.otherwise is None:
        return typed, _misfit(text, typed, kind, required, column, how)
    other = columns[column.otherwise]
    header = extract.headers.index(extract.found[column.otherwise][0])
    filled = f"coalesce({typed}, {_typed(_text(other, f'c{header}'), kind, other, how)})"
    return filled, f"({_misfit(text, typed, kind, False, column, how)}) OR {filled} IS NULL"


def select(extract: Extract, in_order: bool = False) -> str:
    """SQL that reads a file into its canonical columns, with `fault`, the first column that does not fit.

    Parameters
    ----------
    extract : Extract
    in_order : bool
        Keep the lines in order, one thread; for finding a line.
    """
    table = TABLES[extract.source.table]
    position = {header: f"c{i}" for i, header in enumerate(extract.headers)}
    columns = {column.to: column for column in extract.source.columns}
    parts, faults = [], []
    for to, headers in extract.found.items():
        texts = [_text(columns[to], position[header]) for header in headers]
        if to not in table.by_name:
            parts.append(f"list_filter([{', '.join(texts)}], lambda x, i: x IS NOT NULL OR i = 1) AS {to}")
            continue
        kind, required = table.by_name[to].type, table.by_name[to].required
        typed, misfit = _cell(extract, columns, to, texts[0], kind, required)
        parts.append(f"{typed} AS {to}")
        if kind != "text" or required:
            faults.append(f"WHEN {misfit} THEN {quoted_text(to)}")
    absent = [c for c in table.columns if c.name not in extract.found]
    parts += [
        f"CAST([] AS VARCHAR[]) AS {c.to}" for c in extract.source.columns if c.repeats and c.to not in extract.found
    ]
    for column in absent:
        value = (
            quoted_text(extract.source.constants[column.name]) if column.name in extract.source.constants else "NULL"
        )
        parts.append(f"CAST({value} AS {SQL_TYPES[column.type]}) AS {column.name}")
    fault = f"CASE {' '.join(faults)} END" if faults else "NULL"
    return f"SELECT {', '.join(parts)}, {fault} AS fault FROM {_relation(extract, in_order)}"


def physical_lines(path: Path) -> int:
    """Lines of text after the header, an unended last line counting as one.

    Raises
    ------
    ExtractError
        If the file cannot be unpacked, or holds a NUL byte, at which a reader may end a cell in silence.
    """
    lines, last = 0, b"\n"
    try:
        with open_text(path) as stream:
            while chunk := stream.read(1 << 22):
                if b"\x00" in chunk:
                    raise ExtractError(f"{path.name} holds a NUL byte.", do="Save it as UTF-8 text, without NUL bytes.")
                lines += chunk.count(b"\n")
                last = chunk[-1:]
    except (OSError, EOFError, zlib.error):
        raise ExtractError(f"{path.name} cannot be read to its end.", do="Gzip it again, or copy it again.") from None
    return lines + (last != b"\n") - 1


def findings_of(engine: DuckEngine, extract: Extract, staged: str) -> Iterator[str]:
    """What does not fit in a file that was read: column, how many rows, and the first line."""
    rows = engine.sql(
        f"SELECT fault, count(*) FROM {staged} WHERE fault IS NOT NULL GROUP BY fault ORDER BY fault"
    ).fetchall()
    for column, count in rows:
        headers = ", ".join(extract.found.get(column, (column,)))
        numbered = f"SELECT row_number() OVER () + 1 AS line, fault FROM ({select(extract, in_order=True)})"
        line = engine.sql(f"SELECT min(line) FROM ({numbered}) WHERE fault = {quoted_text(column)}").fetchall()[0][0]
        yield f"column {headers}: {count:,} row(s) do not fit {column}, the first on line {line:,}"


def where_it_broke(extract: Extract, error: EngineError) -> ExtractError:
    """What a reader's error means, without the line it quotes."""
    line = re.search(r"Line: (\d+)", str(error))
    at = f" at line {int(line.group(1)):,}" if line else ""
    do = "Every line must have as many fields as the header, in UTF-8, with balanced quotes. Export it again."
    return ExtractError(f"{extract.path.name} cannot be read{at}.", do=do)
