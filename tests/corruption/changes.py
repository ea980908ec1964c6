"""What is done to the bytes of a good file of GP entries, to make a bad one of it."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.corruption.good import Rows, as_csv, as_parquet, rows_of
from tests.corruption.spoilers import tag

ROWS = 300
Change = Callable[[bytes], bytes]


def good_line(row: int) -> bytes:
    """The line of a row, from 0."""
    return as_csv(rows_of("gp_events", row + 1)).splitlines()[row + 1]


def as_it_is(good: bytes) -> bytes:
    """No change: what is wrong is its name, or what study.toml says of it."""
    return good


def line(content: bytes, row: int = 50) -> Change:
    """Another content for a line."""
    old = good_line(row)
    return lambda good: good.replace(old + b"\n", content + b"\n")


def in_line(old: bytes, new: bytes, row: int = 50) -> Change:
    """Another text in a line."""
    assert old in good_line(row)
    return line(good_line(row).replace(old, new), row)


def both(first: Change, second: Change) -> Change:
    """One change after the other."""
    return lambda good: second(first(good))


def each_line(change: Change, header: bool = False) -> Change:
    """The same done to every line."""

    def changed(good: bytes) -> bytes:
        first, *rest = good.splitlines()
        return b"\n".join([change(first) if header else first, *map(change, rest)]) + b"\n"

    return changed


def header(change: Change) -> Change:
    """Something done to the header."""

    def changed(good: bytes) -> bytes:
        first, _, rest = good.partition(b"\n")
        return change(first) + b"\n" + rest

    return changed


def in_header(old: bytes, new: bytes) -> Change:
    """Another text in the header."""
    return header(lambda first: first.replace(old, new))


def only_header(good: bytes) -> bytes:
    """No rows."""
    return good.split(b"\n")[0] + b"\n"


def without_header(good: bytes) -> bytes:
    """Rows alone, the first of them with a canary."""
    return good.split(b"\n", 1)[1].replace(b"p00000", tag(0).encode(), 1)


def between(good: bytes, text: str) -> bytes:
    """A file with something else between its cells."""
    return good.replace(b",", text.encode())


def anew(change: Callable[[Rows], Sequence[Sequence[str]]], format: str = "gp_events") -> Change:
    """The file written from other cells."""
    return lambda _: as_csv(change(rows_of(format, ROWS)))


def rows(change: Callable[[list[str], int], list[str]], format: str = "gp_events") -> Change:
    """The file written from other rows under the same header."""
    return anew(lambda all_: [all_[0], *(change(row, number) for number, row in enumerate(all_[1:]))], format)


def with_column(name: str, cell: Callable[[int], str]) -> Change:
    """One column more."""
    return anew(lambda all_: [[*row, cell(number - 1) if number else name] for number, row in enumerate(all_)])


def shuffled(all_: Rows) -> Rows:
    """The rows in another order."""
    rest = all_[1:]
    random.Random(5).shuffle(rest)
    return [all_[0], *rest]


def american(row: list[str], _: int) -> list[str]:
    """The day as Americans write it."""
    year, month, day = row[1].split("-")
    return [row[0], f"{month}/{day}/{year}", *row[2:]]


def to_the_day(row: list[str], number: int) -> list[str]:
    """A person whose birth is known to the day."""
    return [*row[:3], f"{row[3]}-{number % 28 + 1:02}", *row[4:]]


def widened(all_: Rows) -> list[list[str]]:
    """A thousand columns more."""
    return [[*row, *(f"x{number}y{place}" for place in range(1000))] for number, row in enumerate(all_)]


def nhs_number(number: int) -> str:
    """A number with a valid check digit."""
    for nine in range(943_000_000 + number * 20, 943_000_020 + number * 20):
        digit = 11 - sum(int(d) * w for d, w in zip(str(nine), range(10, 1, -1), strict=True)) % 11
        if digit != 10:
            return f"{nine}{digit % 11}"
    raise AssertionError


def crowd(good: bytes) -> bytes:
    """Three thousand rows of one key more."""
    days = [f"20{n // 336:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(3000)]
    return good + "".join(f"p00007,{day},,84114007,snomed,1,kg\n" for day in days).encode()


# --- Files that are not text -------------------------------------------------------------------------------------


def parquet(_: bytes) -> bytes:
    """The same rows as Parquet, every cell text."""
    return as_parquet(rows_of("gp_events", ROWS))


def parquet_with(**columns: Callable[[pa.ChunkedArray], Any]) -> Change:
    """The same rows as Parquet, some columns in another type."""

    def changed(good: bytes) -> bytes:
        table = pq.read_table(io.BytesIO(parquet(good)))
        for name, change in columns.items():
            table = table.set_column(table.column_names.index(name), name, change(table[name]))
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return sink.getvalue()

    return changed


def cast(*kinds: pa.DataType) -> Callable[[pa.ChunkedArray], Any]:
    """A column in another type."""

    def changed(column: pa.ChunkedArray) -> pa.ChunkedArray:
        for kind in kinds:
            column = column.cast(kind)
        return column

    return changed


def all_of(value: Any) -> Callable[[pa.ChunkedArray], Any]:
    """A column of one value."""
    return lambda _: pa.array([value] * ROWS)


def gzipped(good: bytes) -> bytes:
    """Packed."""
    return gzip.compress(good)


def gzipped_in_two(good: bytes) -> bytes:
    """Packed in two parts, one after the other."""
    return gzip.compress(good[:4000]) + gzip.compress(good[4000:])


def zipped(good: bytes) -> bytes:
    """Packed by another program."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr("gp_events.csv", good)
    return sink.getvalue()


def cut(make: Change, size: int) -> Change:
    """Without its end."""
    return lambda good: make(good)[:-size]


def flipped(make: Change) -> Change:
    """With some bits in the middle changed."""

    def changed(good: bytes) -> bytes:
        whole = make(good)
        half = len(whole) // 2
        return whole[:half] + bytes(255 - one for one in whole[half : half + 9]) + whole[half + 9 :]

    return changed


def overwritten(make: Change) -> Change:
    """With nothing where its rows were."""
    return lambda good: make(good)[:4] + bytes(3000) + make(good)[3004:]
