"""Match the headers of one file to the canonical columns of one layout.

Decision
--------
Headers are matched by name, in capitals or small letters. A column that matches nothing is not read. Messages give the
canonical column and the headers it may have. They never repeat a header of the file: in a file without a header line,
the first line is a patient's row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pyarrow.parquet as pq

from riskstrat.errors import ExtractError
from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format, LookupFile, RowFilter
from riskstrat.ingest.lines import csv_headers
from riskstrat.study import SourceSettings
from riskstrat.tables import TABLES
from riskstrat.wording import join_names, plural


@dataclass(frozen=True)
class MatchedFile:
    """One file, and the canonical columns that its headers fill.

    Parameters
    ----------
    headers : tuple of str
        As written in the file.
    delimiter : str or None
        None for Parquet.
    found : mapping of str to tuple of str
        Canonical column to the headers that fill it, including columns of lookup files.
    lookups : tuple of (LookupFile, tuple of MatchedFile)
        Each lookup with its files.
    """

    path: Path
    format: str
    layout: FileLayout
    headers: tuple[str, ...]
    delimiter: str | None
    settings: SourceSettings
    found: Mapping[str, tuple[str, ...]]
    lookups: tuple[tuple[LookupFile, tuple[MatchedFile, ...]], ...] = ()

    @property
    def table(self) -> str:
        """The canonical table that the file fills."""
        return self.layout.table

    @property
    def where(self) -> tuple[RowFilter, ...]:
        """The rules that select rows: those of the layout, then those of study.toml."""
        return (*self.layout.where, *(RowFilter(name, pattern) for name, pattern in self.settings.where.items()))

    @property
    def carried(self) -> tuple[str, ...]:
        """The canonical columns that the file or its settings fill."""
        given = {**self.layout.constants, **self.settings.values}
        derived = {"main_diagnosis"} if "diagnoses" in self.found else set()
        known = {*self.found, *given, *derived}
        return tuple(c.name for c in TABLES[self.table].columns if c.name in known)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers of columns that are not read."""
        used = {header for headers in self.found.values() for header in headers}
        used |= {where.name.lower() for where in self.where}
        used |= {name.lower() for column in self.layout.columns for name in column.append}
        used |= {lookup.join[0].lower() for lookup, _ in self.lookups}
        return tuple(h for h in self.headers if h not in used and h.lower() not in used)


def stem_of(path: Path) -> str:
    """Return a file's name without its suffixes, in small letters.

    >>> stem_of(Path("CONCEPT.csv.gz"))
    'concept'
    """
    return path.name.lower().removesuffix(".gz").rsplit(".", 1)[0]


def matches(path: Path, patterns: Sequence[str]) -> bool:
    """Tell whether a file's name matches a pattern of a layout.

    >>> matches(Path("aurum_set1_extract_Observation_001.txt"), ("*observation*",))
    True
    """
    return any(fnmatch(stem_of(path), pattern.lower()) for pattern in patterns)


def headers_of(path: Path, settings: SourceSettings) -> tuple[tuple[str, ...], str | None]:
    """Read a file's headers and find its delimiter.

    Raises
    ------
    ExtractError
        If the file cannot be opened, or two columns have the same name.
    """
    headers: tuple[str, ...]
    delimiter: str | None = None
    if path.suffix.lower() == ".parquet":
        try:
            headers = tuple(pq.read_schema(path).names)
        except Exception:
            raise ExtractError(f"{path.name} is not a readable Parquet file.", advice="Export it again.") from None
    else:
        headers, delimiter = csv_headers(path, settings.encoding, settings.delimiter)
    if not all(header.strip() for header in headers):
        raise ExtractError(f"{path.name}: a column has no name.", advice="Give every column a name.")
    lower = [header.lower() for header in headers]
    doubled = [str(place) for place, header in enumerate(lower, start=1) if lower.count(header) > 1]
    if doubled:
        do = "Give each column its own name. If the file has no header line, add one."
        raise ExtractError(f"{path.name}: columns {join_names(doubled)} share a name.", advice=do)
    return headers, delimiter


def match_file(
    path: Path, source: Format, layout: FileLayout, settings: SourceSettings, files: Sequence[Path]
) -> MatchedFile:
    """Match a file's headers to the columns of a layout; find its lookups among `files`, all files of the source.

    Raises
    ------
    ExtractError
        If the file cannot be opened, or required columns are missing.
    """
    headers, delimiter = headers_of(path, settings)
    dropped = {name.lower() for name in settings.drop}
    read = tuple(h for h in headers if h.lower() not in dropped)
    lookups = tuple(_with_files(one, source, settings, files) for one in layout.lookups)
    taken = [alias for one, found in lookups for alias in one.columns if found and _has(read, one.join[0])]
    columns = (*layout.columns, *layout.replaces)
    found = {c.column: _match(c, (*read, *taken), _names(c, source, settings)) for c in columns}
    given = {**layout.constants, **settings.values}
    lacking = [
        f"{c.column}: no column {' or '.join(_names(c, source, settings))}"
        for c in columns
        if (c.required or _meant(c, source, settings))
        and not found[c.column]
        and c.column not in (*given, *settings.absent)
    ]
    deciding = (*(one.name for one in layout.where if not one.exclude), *settings.where)
    lacking += [f"{name}: no such column; it selects the rows to read" for name in deciding if not _has(headers, name)]
    if lacking:
        do = f"It was read as format {source.name!r}. If a column has another name, set `columns` in its [[sources]]."
        raise ExtractError(f"{path.name}: {plural(len(lacking), 'column')} missing", lacking, do)
    unread = {*settings.values, *settings.absent}
    kept = {to: names for to, names in found.items() if names and to not in unread}
    return MatchedFile(path, source.name, layout, headers, delimiter, settings, kept, lookups)


def _names(column: ColumnMapping, source: Format, settings: SourceSettings) -> tuple[str, ...]:
    """List the headers to look for: that of study.toml; the usual ones too if the format has several layouts."""
    named = settings.columns.get(column.column)
    if named is None:
        return column.headers
    return (named,) if len(source.layouts) == 1 else (named, *column.headers)


def _meant(column: ColumnMapping, source: Format, settings: SourceSettings) -> bool:
    """Tell whether study.toml names a header for the column, in a format with a single layout."""
    return column.column in settings.columns and len(source.layouts) == 1


def _has(headers: Sequence[str], name: str) -> bool:
    return name.lower() in {header.lower() for header in headers}


def _with_files(
    lookup: LookupFile, source: Format, settings: SourceSettings, files: Sequence[Path]
) -> tuple[LookupFile, tuple[MatchedFile, ...]]:
    found = []
    for path in files:
        if matches(path, lookup.files):
            headers, delimiter = headers_of(path, settings)
            lacking = [h for h in (lookup.join[1], *lookup.columns.values()) if not _has(headers, h)]
            if lacking:
                do = "Export the file again with all its columns, or remove it."
                raise ExtractError(f"{path.name}: no column {' and '.join(lacking)}.", advice=do)
            found.append(MatchedFile(path, source.name, FileLayout("patients", ()), headers, delimiter, settings, {}))
    return lookup, tuple(found)


def headings_of(column: ColumnMapping, name: str) -> tuple[str, ...]:
    """List the headings that a name stands for: of a list those of each number, and names joined by " + ".

    >>> headings_of(ColumnMapping("codes", (), repeats=2), "Primary + Other_{i}")
    ('Primary', 'Other_1', 'Other_2')
    """
    parts = name.split(" + ") if column.repeats else [name]
    numbers = range(1, max(column.repeats, 1) + 1)
    numbered = [part.replace("{n}", f"{n:02d}").replace("{i}", str(n)) for part in parts for n in numbers]
    return tuple(dict.fromkeys(numbered)) if column.repeats else (name,)


def _match(column: ColumnMapping, headers: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    by_lower = {header.lower(): header for header in headers}
    for name in names:
        hits = tuple(by_lower[one.lower()] for one in headings_of(column, name) if one.lower() in by_lower)
        if hits:
            return hits
    return ()
