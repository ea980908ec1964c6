"""Read the physical lines of a text extract: its header, the number of lines, and each line with its number.

Decision
--------
The lines are counted separately from the reader, to prove that none is lost: after one unbalanced quote, a fast CSV
reader can drop rows without an error. If the numbers agree, the fast result is used. If not, the file is read line by
line: each line is one row or no row, a quote cannot extend beyond its line, and a bad line loses only itself.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.errors import ExtractError

_BLOCK = 1 << 22
LONGEST = 4_000_000
DELIMITERS = ",\t|;"
NOT_TEXT = "not text in the file's encoding"
HOLDS_NUL = "contains a NUL byte"
UNREADABLE = (OSError, EOFError, zlib.error)
LINES = pa.schema([("line", pa.int64()), ("text", pa.string()), ("problem", pa.string())])


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file as bytes, and unpack it if it is gzipped."""
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with open_bytes(path) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except UNREADABLE:
        raise ExtractError(
            f"{path.name} cannot be read to its end.", advice="Copy it again. If it is gzipped, gzip it again."
        ) from None


def csv_headers(path: Path, encoding: str, delimiter: str | None) -> tuple[tuple[str, ...], str]:
    """Read the fields of the header line, and find the delimiter.

    Raises
    ------
    ExtractError
        If there is no header line, or it is not text.
    """
    try:
        with open_bytes(path) as stream:
            line = stream.readline(1_000_000).decode("utf-8-sig" if encoding == "utf-8" else encoding).rstrip("\r\n")
    except (*UNREADABLE, UnicodeDecodeError):
        do = 'Save it as UTF-8, or set `encoding = "latin-1"` in [[sources]]. If it is gzipped, gzip it again.'
        raise ExtractError(f"{path.name} cannot be read as {encoding} text.", advice=do) from None
    if not line.strip() or "\x00" in line or "\r" in line or line.count('"') % 2:
        do = "Put the column names in the first line, save as UTF-8, and end every line with a line feed."
        raise ExtractError(f"{path.name} has no header line.", advice=do)
    between = delimiter or max(DELIMITERS, key=line.count)
    return tuple(field.strip() for field in next(csv.reader(io.StringIO(line), delimiter=between))), between


def physical_lines(path: Path) -> tuple[int, bool]:
    """Count the lines after the header, and tell whether the file has bytes that a fast reader may misread.

    A last line without line feed counts as a line. A reader may end a cell at a NUL byte, and a line at a carriage
    return without line feed.

    Raises
    ------
    ExtractError
        If the file cannot be unpacked.
    """
    lines, last, odd = 0, b"\n", False
    for block in _blocks(path):
        lines += block.count(b"\n")
        odd = odd or b"\x00" in block or _has_lone_return(last, block)
        last = block[-1:]
    return lines + (last != b"\n") - 1, odd or last == b"\r"


def _has_lone_return(before: bytes, block: bytes) -> bool:
    """Tell whether a carriage return in the block, or just before it, has no line feed after it."""
    if before == b"\r" and not block.startswith(b"\n"):
        return True
    returns = block.count(b"\r")
    return bool(returns) and returns != block.count(b"\r\n") + block.endswith(b"\r")


def write_lines(path: Path, encoding: str, delimiter: str | None, into: Path) -> None:
    """Write each line after the header as a row of Parquet: line (the first is 2), text, problem.

    A line that is not text has a problem and no text. A blank line has neither.
    """
    with pq.ParquetWriter(into, LINES, compression="lz4") as writer:
        number = 1
        for block in _whole_lines(path):
            lines = block.split(b"\n")
            texts = [_text(line, encoding, delimiter or ",") for line in lines]
            numbers = range(number, number + len(lines))
            skip = 1 if number == 1 else 0
            columns = {"line": list(numbers), "text": [t for t, _ in texts], "problem": [p for _, p in texts]}
            writer.write_table(pa.table(columns, schema=LINES).slice(skip))
            number += len(lines)


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Yield blocks that end at the end of a line, without its line feed."""
    rest = b""
    for block in _blocks(path):
        whole, found, tail = (rest + block).rpartition(b"\n")
        if found:
            yield whole
        rest = tail if found else rest + block
        if len(rest) > LONGEST:
            raise ExtractError(f"{path.name} has a line of more than {LONGEST:,} bytes.", advice="Export it again.")
    if rest:
        yield rest


def _text(line: bytes, encoding: str, delimiter: str) -> tuple[str | None, str | None]:
    if b"\x00" in line:
        return None, HOLDS_NUL
    try:
        text = line.decode(encoding).removesuffix("\r")
    except UnicodeDecodeError:
        return None, NOT_TEXT
    return (text, None) if text.strip() or delimiter in text else (None, None)
