"""The first rows of a file whose encoding, delimiter and headings are not known yet."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from riskstrat.errors import ExtractError
from riskstrat.ingest.extract import headers_of
from riskstrat.ingest.lines import DELIMITERS, LONGEST, UNREADABLE, open_bytes
from riskstrat.ingest.screen import parquet_cells
from riskstrat.ingest.suggest.coded_values import NO_VALUE
from riskstrat.ingest.suggest.date_writing import DateWriting, date_writing
from riskstrat.study import SourceSettings

_ROWS, _LOOKED_AT = 5_000, 64_000_000
_FOREIGN = "^~\x1f\x01"
_TRIED = 20


@dataclass(frozen=True)
class FileSample:
    """What is seen of one file.

    Parameters
    ----------
    encoding : str
        "utf-8" or "latin-1", by all of the file that was looked at.
    delimiter : str or None
        What study.toml must say; None where the header line shows it.
    columns : mapping of str to sequence of str
        Headings, each with its cells in the order of the rows; an empty cell is the empty text.
    """

    path: Path
    encoding: str
    delimiter: str | None
    columns: Mapping[str, Sequence[str]]

    @property
    def headers(self) -> tuple[str, ...]:
        """Headings, as in the file."""
        return tuple(self.columns)

    def without_cells(self) -> FileSample:
        """Keep what the whole file says, without the cells."""
        return replace(self, columns=dict.fromkeys(self.headers, ()))


class ColumnCells:
    """The cells of one heading, over the files of a group.

    Parameters
    ----------
    values : sequence of str
        ColumnCells, empty ones among them.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values

    @cached_property
    def counts(self) -> Counter[str]:
        """Different values with their rows, without the empty one and without spaces at their ends."""
        found = Counter(map(str.strip, self.values))
        found.pop("", None)
        return found

    @cached_property
    def dates(self) -> DateWriting | None:
        """How its dates are written; None where they are no dates."""
        return date_writing([value for value in self.counts if value.lower() not in NO_VALUE])

    @property
    def filled(self) -> int:
        """Rows that have a value."""
        return self.counts.total()


def read_sample(path: Path, given: SourceSettings | None) -> FileSample:
    """Read the first rows of a file.

    `given` is what study.toml says of it; its delimiter is kept.

    Raises
    ------
    ExtractError
        If it cannot be opened, or has no line of headings.
    """
    if path.suffix.lower() == ".parquet":
        headers_of(path, SourceSettings(format="", files=""))
        cells = {name: [value or "" for value in column] for name, column in parquet_cells(path).items()}
        return FileSample(path, "utf-8", None, cells)
    encoding = _encoding_of(path)
    lines = _first_lines(path, encoding)
    asked = given.delimiter if given else None
    delimiter = asked if asked and _width(lines[: _TRIED + 1], asked) > 1 else _delimiter_of(path, lines)
    settings = SourceSettings.model_validate({"format": "", "files": "", "encoding": encoding, "delimiter": delimiter})
    headers, between = headers_of(path, settings)
    rows = [row for row in map(partial(_fields, delimiter=between or ","), lines[1:]) if any(row)]
    columns = {h: [row[i].strip() if i < len(row) else "" for row in rows] for i, h in enumerate(headers)}
    return FileSample(path, encoding, delimiter, columns)


def _encoding_of(path: Path) -> str:
    """Whether a file is UTF-8 or, where it is not, Latin-1; its first 64 MB are looked at."""
    decoder, seen = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        with open_bytes(path) as stream:
            while (block := stream.read(1 << 20)) and seen < _LOOKED_AT:
                if not seen and block[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                    raise ExtractError(f"{path.name} is UTF-16 text.", advice="Save it as UTF-8.")
                seen += len(block)
                decoder.decode(block)
    except UnicodeDecodeError:
        return "latin-1"
    except UNREADABLE:
        do = "Gzip it again, or copy it again."
        raise ExtractError(f"{path.name} cannot be read to its end.", advice=do) from None
    return "utf-8"


def _first_lines(path: Path, encoding: str) -> list[str]:
    with open_bytes(path) as stream:
        raw = list(islice(iter(lambda: stream.readline(LONGEST), b""), _ROWS + 1))
    texts = [line.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace") for line in raw]
    return [text.replace("\x00", "").rstrip("\r\n") for text in texts]


def _delimiter_of(path: Path, lines: Sequence[str]) -> str | None:
    """The delimiter that gives the first lines as many fields as the header; None where the header line shows it."""
    if not lines:
        return None
    fields = {one: _width(lines[: _TRIED + 1], one) for one in DELIMITERS + _FOREIGN}
    best = max(fields, key=lambda one: fields[one])
    if best in _FOREIGN and fields[best] > 1:
        do = "Export it again with a comma, a tab, | or ; between the fields."
        raise ExtractError(f"{path.name}: its fields are divided by {best!r}.", advice=do)
    return None if best == max(DELIMITERS, key=lines[0].count) or fields[best] < 2 else best


def _fields(line: str, delimiter: str) -> list[str]:
    """Cells of a line, each line for itself, so that a quote too many costs one row."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _width(lines: Sequence[str], delimiter: str) -> int:
    """How many fields the header has, if nine of ten lines have as many; otherwise 1."""
    widths = [len(row) for line in lines if (row := _fields(line, delimiter))]
    return widths[0] if widths and widths.count(widths[0]) >= 0.9 * len(widths) else 1
