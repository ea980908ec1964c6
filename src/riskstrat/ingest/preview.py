"""What would become of a file: its first rows, converted in earnest into a folder that is thrown away."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.engine import DuckEngine, quoted_text, read_batches, write_table
from riskstrat.errors import RiskstratError
from riskstrat.ingest.convert import ConvertedFile, convert_file
from riskstrat.ingest.discover import MatchedFiles, files_of
from riskstrat.ingest.extract import MatchedFile, match_file, matches
from riskstrat.ingest.formats.layout import Format
from riskstrat.ingest.lines import LONGEST, open_bytes, write_lines
from riskstrat.ingest.rows import ReadOptions
from riskstrat.ingest.text_sql import positions, raw
from riskstrat.study import Session, SourceSettings
from riskstrat.tables import SHAPES, TABLES, System, date_formats, normalise

_ROWS = 1_000


@dataclass(frozen=True)
class Preview:
    """What would become of one file.

    Parameters
    ----------
    rows : int
        Looked at.
    matched : mapping of str to str
        Canonical column to the header that fills it.
    missing, ignored : tuple of str
        Canonical columns of which the file says nothing, and headers that nothing reads.
    dates : mapping of str to str
        Header to how its dates are written.
    codes : mapping of str to str
        Coding system to the share of codes that have its shape.
    books : mapping of str to int
        What became of the rows.
    """

    file: str
    format: str
    table: str
    rows: int
    matched: Mapping[str, str]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    dates: Mapping[str, str]
    codes: Mapping[str, str]
    books: Mapping[str, int]
    findings: tuple[str, ...]


def recognised_formats(session: Session, found: MatchedFiles) -> Iterator[str]:
    """Name, for files that no layout of their format fits, the formats that their headers would fit."""
    read = {one.path for one in found.extracts}
    for settings in session.study.sources:
        for path in files_of(session, settings):
            if path not in read and path not in found.ignored:
                fits = [name for name, one in found.known.items() if _fits(path, one, settings)]
                if fits:
                    yield f"{path.name}: its headers are those of format {' or '.join(fits)}"


def _fits(path: Path, source: Format, settings: SourceSettings) -> bool:
    plain = settings.model_copy(update={"columns": {}, "values": {}})
    for layout in source.layouts:
        try:
            if matches(path, layout.files):
                match_file(path, source, layout, plain, [path])
                return True
        except RiskstratError:
            continue
    return False


def _first_rows(extract: MatchedFile, into: Path) -> MatchedFile:
    """The same extract of a file that holds only the first rows."""
    into.parent.mkdir(parents=True)
    if extract.delimiter is None:
        first = next(read_batches(extract.path, rows=_ROWS), None)
        write_table(pq.read_schema(extract.path).empty_table() if first is None else first, into)
    else:
        with open_bytes(extract.path) as stream:
            into.write_bytes(b"".join(islice(iter(lambda: stream.readline(LONGEST), b""), _ROWS + 1)))
    return replace(extract, path=into)


def preview_file(engine: DuckEngine, extract: MatchedFile, rules: ReadOptions, folder: Path) -> Preview:
    """Convert the first rows of a file into a new folder, and say what became of them."""
    name = extract.path.name.removesuffix(".gz")
    sample = _first_rows(extract, folder / name)
    converted = ConvertedFile(sample, folder / "converted")
    converted.folder.mkdir()
    convert_file(engine, sample, rules, converted.folder)
    counts = converted.counts
    return Preview(
        extract.path.name,
        extract.format,
        extract.table,
        counts.pop("lines"),
        {to: headers[0] + (" ..." if len(headers) > 1 else "") for to, headers in extract.found.items()},
        tuple(c.name for c in TABLES[extract.table].columns if c.name not in extract.carried),
        extract.ignored,
        _dates(engine, sample),
        _codes(engine, converted),
        counts,
        tuple(converted.account.reasons()),
    )


def _dates(engine: DuckEngine, sample: MatchedFile) -> dict[str, str]:
    """How the dates of each date column are written: the format that fits most of them."""
    columns = TABLES[sample.table].by_name
    cells, found, lines = positions(sample), {}, None
    if sample.delimiter is not None:
        lines = sample.path.with_suffix(".lines")
        write_lines(sample.path, sample.settings.encoding, sample.delimiter, lines)
    for to, headers in sample.found.items():
        cell = cells.get(headers[0].lower(), "")
        if to in columns and columns[to].type == "date" and cell.startswith("m."):
            formats = date_formats(sample.settings.format_of(to), coarse=True)
            fits = ", ".join(f"count(try_strptime(trim({cell}), {quoted_text(one)}))" for one in formats)
            counts = engine.sql(f"SELECT {fits} FROM {raw(sample, lines=lines)} m").fetchall()[0]
            best = max(range(len(counts)), key=counts.__getitem__)
            found[headers[0]] = formats[best] if counts[best] else "none seen"
    return found


def _codes(engine: DuckEngine, converted: ConvertedFile) -> dict[str, str]:
    """The coding systems seen, each with the share of rows whose code has its shape."""
    files = converted.rows(0)
    if "code" not in TABLES[converted.extract.table].by_name or not files:
        return {}
    rows = pa.concat_tables([pq.read_table(file, columns=["code_system", "code"]) for file in files])
    counts = rows.group_by(["code_system", "code"]).aggregate([([], "count_all")]).to_pylist()
    known = [one for one in SHAPES if any(row["code_system"] == one for row in counts)]
    found: dict[str, str] = {}
    for system in known:
        found[system] = _share(
            system, [(row["code"], row["count_all"]) for row in counts if row["code_system"] == system]
        )
    others = sum(row["count_all"] for row in counts if row["code_system"] not in SHAPES)
    return {**found, **({"others": f"{others:,} rows of systems that riskstrat does not know"} if others else {})}


def _share(system: System, counts: Sequence[tuple[str, int]]) -> str:
    total = sum(rows for _, rows in counts)
    good = sum(rows for code, rows in counts if normalise(system, code) is not None)
    return f"{good / total:.0%} of its shape"
