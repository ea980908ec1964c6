"""Whatever bytes an extract is made of, reading it ends in books that add up or in a refusal, and tells every line."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from riskstrat.engine import DuckEngine
from riskstrat.errors import RiskstratError
from riskstrat.ingest.convert import ConvertedFile, convert_file
from riskstrat.ingest.extract import match_file
from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format
from riskstrat.ingest.rows import ReadOptions
from riskstrat.study.settings import SourceSettings

MISSING = "missing"
AS_NUMBER, MANGLED = "written as a number by a spreadsheet", r"[0-9](\.[0-9]+)?[eE]\+[0-9]+"
FIELDS = "more or fewer fields than the header"
QUOTES = "an unbalanced quote, or a line break in a cell"
OF_A_CELL = (MISSING, AS_NUMBER)
HOLDS_NUL, NOT_TEXT = "contains a NUL byte", "not text in the file's encoding"
HEADERS = ("id", "x", "y")
COLUMNS = tuple(
    ColumnMapping(to, (name,), required=to == "patient_id")
    for to, name in zip(("patient_id", "staff_role", "mode"), HEADERS, strict=True)
)
SOURCE = Format("fuzz", "three texts", (FileLayout("consultations", COLUMNS, constants={"event_date": "2024-01-01"}),))
Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Read:
    """What came of a file.

    Parameters
    ----------
    rows : Counter
        Stored rows.
    aside : mapping of int to (str or None, str)
        Quarantine, by line.
    books : dict
    """

    rows: Counter[Cells]
    aside: dict[int, tuple[str | None, str]]
    books: dict[str, int]


@pytest.fixture(scope="module")
def engine() -> DuckEngine:
    return DuckEngine(memory_limit_gb=0.5, threads=1)


@contextmanager
def a_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def read(engine: DuckEngine, content: bytes, parts: int = 1, encoding: str = "utf-8") -> Read | None:
    """Convert a file; None if it is refused."""
    with a_folder() as folder:
        path = folder / "fuzz.csv"
        path.write_bytes(content)
        into = folder / "into"
        into.mkdir()
        settings = SourceSettings.model_validate({"format": "fuzz", "files": "fuzz.csv", "encoding": encoding})
        try:
            extract = match_file(path, SOURCE, SOURCE.layouts[0], settings, [path])
            convert_file(engine, extract, ReadOptions(parts, date(2025, 1, 1)), into)
        except RiskstratError:
            return None
        return found_in(ConvertedFile(extract, into))


def found_in(one: ConvertedFile) -> Read:
    columns = ["patient_id", "staff_role", "mode"]
    files = sorted((one.folder / "rows").rglob("*.parquet"))
    rows = [row for file in files for row in pq.read_table(file, columns=columns, partitioning=None).to_pylist()]
    aside = one.account.rejects.to_pylist()
    lines = {row["line"]: (row["column"], row["reason"]) for row in aside}
    assert len(lines) == len(aside), "a line is in quarantine twice"
    assert {path.name for path in one.folder.iterdir()} <= {"rows", "books.json", "how.json", "quarantine.parquet"}
    return Read(Counter(tuple(row[name] for name in columns) for row in rows), lines, one.counts)


# --- What Python reads -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A physical line, as Python reads it.

    Parameters
    ----------
    reason : str
        Why no row can be made of it; empty if it is a row.
    cells : tuple or None
        Its cells, trimmed; what a lenient reader would make of it if it is no row.
    blank : bool
    loose : bool
        Whether there are blanks before a quote that begins a cell, or between two: readers differ on what that is.
    """

    reason: str
    cells: Cells | None
    blank: bool = False
    loose: bool = False


def trimmed(cell: str, place: int) -> str | None:
    """A cell without the spaces around it, the pseudonym without any blanks; None if it is empty."""
    return cell.strip(" " if place else " \t\u00a0") or None


def line_of(raw: bytes, delimiter: str, encoding: str) -> Line:
    """One line by the rules of RFC 4180; in a cell that does not begin with a quote, quotes in pairs are letters."""
    if b"\x00" in raw:
        return Line(HOLDS_NUL, None)
    try:
        text = raw.decode(encoding).removesuffix("\r")
    except UnicodeDecodeError:
        return Line(NOT_TEXT, None)
    if not text.strip():
        return Line("", None, blank=True)
    apart = re.escape(delimiter)
    field = rf'(?:"(?:[^"]|"")*"|[^"{apart}\r][^{apart}\r]*|)'
    well_formed = re.fullmatch(rf"{field}(?:{apart}{field})*", text, re.DOTALL)
    cells = next(csv.reader(io.StringIO(text.strip("\r"), newline=""), delimiter=delimiter), [])
    as_read = tuple(trimmed(cell, place) for place, cell in enumerate(cells[: len(HEADERS)]))
    if re.search(rf'(?:^|{apart}|") +"', text):
        return Line(QUOTES, as_read, loose=True)
    if not well_formed or text.count('"') % 2:
        return Line(QUOTES, as_read)
    return Line("" if len(cells) == len(HEADERS) else FIELDS, as_read)


def lines_of(content: bytes, delimiter: str, encoding: str) -> dict[int, Line]:
    """Every line after the header, by its number."""
    body = content.removesuffix(b"\n").split(b"\n")
    return {number: line_of(raw, delimiter, encoding) for number, raw in enumerate(body[1:], start=2)}


def bad_id(cells: Cells) -> str:
    """What is wrong with the only cell of a row that may be wrong."""
    if cells[0] is None:
        return MISSING
    return AS_NUMBER if re.fullmatch(MANGLED, cells[0]) else ""


def may_be(line: Line) -> tuple[str, ...]:
    """Why a line that is no row is set aside: a broken quote may also be seen in the number of fields."""
    return (line.reason,) if line.reason in (HOLDS_NUL, NOT_TEXT) else (FIELDS, QUOTES, *OF_A_CELL)


def holds(found: Read, lines: dict[int, Line]) -> None:
    """Books, rows and quarantine are those of the lines."""
    books = found.books
    assert books["lines"] == len(lines)
    assert books["lines"] == books["kept"] + books["quarantined"] + books.get("blank", 0)
    assert (books["kept"], books["quarantined"]) == (sum(found.rows.values()), len(found.aside))
    rows = {number: line.cells for number, line in lines.items() if not line.reason and not line.blank}
    expected = Counter(cells for cells in rows.values() if cells and not bad_id(cells))
    more = found.rows - expected
    assert found.rows >= expected, "a row that is well formed is not stored as it stands"
    others = more - Counter(line.cells for line in lines.values() if line.reason)
    assert sum(others.values()) <= sum(line.loose for line in lines.values()), "a row that nobody wrote"
    for number, (column, reason) in found.aside.items():
        if number in rows:
            assert (column, reason) == ("patient_id", bad_id(rows[number] or ())), f"line {number}"
        else:
            assert reason in may_be(lines[number]), f"line {number}"
            assert (column is None) == (reason not in OF_A_CELL), f"line {number}"


# --- Files -------------------------------------------------------------------------------------------------------

plain = st.text(st.sampled_from("ab 1.-'=é\u2028🧿"), max_size=6)
dangerous = st.text(st.sampled_from('a",;\t|\n\r"\\ \ufeff\u202e\x1b'), max_size=6)
any_cell = st.one_of(plain, plain, dangerous, st.just("1.2E+17"), st.just(""))
delimiters = st.sampled_from(",\t;|")


def quoted(cell: str, always: bool, delimiter: str) -> str:
    needed = always or any(one in cell for one in f'"\n\r{delimiter}') or cell != cell.strip()
    return '"' + cell.replace('"', '""') + '"' if needed else cell


def as_line(cells: Sequence[str], delimiter: str, always: bool) -> str:
    return delimiter.join(quoted(cell, always, delimiter) for cell in cells)


@dataclass(frozen=True)
class File:
    """A file that was made up.

    Parameters
    ----------
    content : bytes
    delimiter : str
    """

    content: bytes
    delimiter: str


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[str] = any_cell) -> File:
    """Rows in some dialect."""
    delimiter, always = draw(delimiters), draw(st.booleans())
    rows = draw(st.lists(st.tuples(st.text("kp19", min_size=1, max_size=3), cells, cells), max_size=12))
    end, mark = draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from(["", "\ufeff"]))
    lines = [as_line(row, delimiter, always) for row in (HEADERS, *rows)]
    text = mark + end.join(lines) + draw(st.sampled_from([end, "", end + end]))
    return File(text.encode(), delimiter)


@st.composite
def broken(draw: st.DrawFn) -> File:
    """A file in which bytes were put or taken away."""
    file = draw(tables())
    content = bytearray(file.content)
    first = content.index(b"\n") + 1 if b"\n" in content else len(content)
    pieces = [
        b'"',
        b"\n",
        b"\r",
        b"\x00",
        b"\xff",
        b"\xe9",
        b",",
        b"\t",
        b'""',
        b"\r\n",
        b"\n\n",
        b" ",
        b"\xef\xbb\xbf",
    ]
    for piece in draw(st.lists(st.sampled_from(pieces), min_size=1, max_size=5)):
        content[(place := draw(st.integers(first, len(content)))) : place] = piece
    for _ in range(draw(st.integers(0, 2))):
        if len(content) > first:
            del content[draw(st.integers(first, len(content) - 1))]
    return File(bytes(content), file.delimiter)


MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MORE = settings(MANY, max_examples=3000)


def check_file(engine: DuckEngine, file: File, parts: int = 1) -> None:
    found = read(engine, file.content, parts)
    if found is not None:
        holds(found, lines_of(file.content, file.delimiter, "utf-8"))


@MANY
@given(file=tables(), parts=st.sampled_from([1, 3]))
def test_every_table_is_read_as_python_reads_it(engine: DuckEngine, file: File, parts: int) -> None:
    assert read(engine, file.content, parts) is not None
    check_file(engine, file, parts)


@MANY
@given(file=broken())
@example(file=File(b'id,x,y\nk,"a\nb",c\nk,d\re,f\n', ","))
@example(file=File(b"id,x,y\nk,a,b\rk,c,d\n\n", ","))
@example(file=File(b'id,x,y\nk,a"b,c\nk,"d,e\n', ","))
@example(file=File(b"id\tx\ty\n\t\t\nk\ta\tb\n", "\t"))
@example(file=File(b"id,x,y\nk,a,b\r\nk,a,b\r\r\n", ","))
def test_a_broken_table_has_books_that_add_up(engine: DuckEngine, file: File) -> None:
    check_file(engine, file)


@MANY
@given(content=st.binary(max_size=200))
def test_no_bytes_are_too_much(engine: DuckEngine, content: bytes) -> None:
    read(engine, content)
    found = read(engine, b"id,x,y\n" + content)
    if found is not None:
        holds(found, lines_of(b"id,x,y\n" + content, ",", "utf-8"))


@MANY
@given(content=st.binary(max_size=200))
def test_every_byte_is_a_letter_in_latin_1(engine: DuckEngine, content: bytes) -> None:
    found = read(engine, b"id,x,y\n" + content, encoding="latin-1")
    if found is not None:
        holds(found, lines_of(b"id,x,y\n" + content, ",", "latin-1"))
        assert NOT_TEXT not in {reason for _, reason in found.aside.values()}


@MANY
@given(file=tables(st.one_of(plain, dangerous.map(lambda text: re.sub("[\r\n]", "", text)))))
@example(file=File(b"id\tx\ty\nk\ta\tb\n\t\t\n", "\t"))
@example(file=File(b'id,x,y\nk,5" of it,b\n', ","))
@example(file=File(b'id,x,y\nk, "a" ,b\n', ","))
@example(file=File(b"id,x,y\nk,a,b,\n", ","))
def test_a_bad_line_changes_nothing_for_the_others(engine: DuckEngine, file: File) -> None:
    """The file is read fast; with a bad line more it is read line by line."""
    content = file.content.rstrip(b"\r\n") + b"\n"
    fast, careful = read(engine, content), read(engine, content + b"bad\x00line\n")
    assert fast is not None
    assert careful is not None
    last = max(careful.aside)
    assert (fast.rows, fast.aside) == (careful.rows, {n: why for n, why in careful.aside.items() if n != last})
    assert careful.aside[last] == (None, HOLDS_NUL)


@MANY
@given(file=st.one_of(tables(), broken()))
def test_what_was_stored_is_read_again_as_it_is(engine: DuckEngine, file: File) -> None:
    once = read(engine, file.content)
    if once is None:
        return
    rows = [[cell or "" for cell in row] for row in once.rows.elements()]
    again = read(engine, "\n".join(as_line(row, ",", always=True) for row in (HEADERS, *rows)).encode())
    assert again is not None
    assert again.rows == once.rows
    assert again.aside == {}


@pytest.mark.slow
@MORE
@given(file=st.one_of(tables(), broken(), st.binary(max_size=300).map(lambda b: File(b"id,x,y\n" + b, ","))))
def test_many_more_files(engine: DuckEngine, file: File) -> None:
    check_file(engine, file)
