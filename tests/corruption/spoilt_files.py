"""Ways to spoil a whole file, or what study.toml says of it, each with its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.corruption.changes import (
    ROWS,
    Change,
    all_of,
    american,
    anew,
    as_it_is,
    between,
    both,
    cast,
    crowd,
    cut,
    each_line,
    flipped,
    good_line,
    gzipped,
    gzipped_in_two,
    header,
    in_header,
    in_line,
    line,
    nhs_number,
    only_header,
    overwritten,
    parquet,
    parquet_with,
    rows,
    shuffled,
    to_the_day,
    widened,
    with_column,
    without_header,
    zipped,
)
from tests.corruption.good import as_parquet, rows_of, write_toml
from tests.corruption.spoilers import FIELDS, HOLDS_NUL, MANY_PEOPLE, NOT_TEXT, QUOTES, tag

CANARY = tag(1)
NO_HEADER, NO_TEXT, UNREAD = "has no header line", "cannot be read as utf-8 text", "cannot be read"
NAMELESS = "a column has no name"
MISSING, NO_PARQUET = "columns missing", "not a readable Parquet file"
GZ, PARQUET = "gp_events.csv.gz", "gp_events.parquet"
DROPPED = {"settings": {"gp_events": {"drop": ["surname"]}}}
LINE, NUMBER = good_line(50), 52
EVERY = tuple(range(ROWS))
Aside = tuple[str | None, str]


@dataclass(frozen=True)
class FileWay:
    """One way to spoil a file, and what must come of it.

    Parameters
    ----------
    name : str
    change : callable
        From the good file's bytes to the bad one's.
    code : int
        Exit code.
    says : str
        Part of what is printed.
    aside : mapping of int to (str or None, str)
        What is in quarantine, by line.
    lost : tuple of int
        Rows that are not stored, from 0.
    books : mapping of str to int
        Of the file, beside those stored and those in quarantine.
    format : str
    file : str
        Name of the bad file; it takes the place of the good one.
    toml : mapping
        Settings of its [[sources]], and sections of study.toml.
    elsewhere : bool
        Whether other tables stay as they were.
    """

    name: str
    change: Change
    code: int = 0
    says: str = ""
    aside: Mapping[int, Aside] = field(default_factory=dict)
    lost: tuple[int, ...] = ()
    books: Mapping[str, int] = field(default_factory=dict)
    format: str = "gp_events"
    file: str = ""
    toml: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: bool = True

    @property
    def path(self) -> str:
        """The bad file's name."""
        return self.file or f"{self.format}.csv"

    def spoil(self, folder: Path) -> None:
        """Put it in the place of the good one."""
        good = folder / "extracts" / self.format / f"{self.format}.csv"
        content = good.read_bytes()
        good.unlink()
        good.with_name(self.path).write_bytes(self.change(content))
        if self.toml:
            formats = sorted(path.name for path in (folder / "extracts").iterdir())
            write_toml(folder, formats, **self.toml)


def bad_line(name: str, change: Change, reason: str, lost: tuple[int, ...] = (50,)) -> FileWay:
    """The line of row 50 is set aside."""
    return FileWay(name, change, aside={NUMBER: (None, reason)}, lost=lost)


def refused(name: str, change: Change, says: str, file: str = "", **more: Any) -> FileWay:
    """The extract cannot be read."""
    return FileWay(name, change, 11, says, file=file, **more)


def told(name: str, code: int, says: str, **settings: Any) -> FileWay:
    """A good file of which study.toml says something that cannot be."""
    return FileWay(name, as_it_is, code, says, toml={"settings": {"gp_events": settings}})


def identified(name: str, change: Change, says: str, **more: Any) -> FileWay:
    """The extract holds what may identify a person."""
    return FileWay(name, change, 12, says, **more)


NO_CHANGE = (
    FileWay("a byte order mark", lambda good: b"\xef\xbb\xbf" + good),
    FileWay("lines from Windows", lambda good: good.replace(b"\n", b"\r\n")),
    FileWay("every other line from Windows", lambda good: good.replace(b"kg\n", b"kg\r\n")),
    FileWay("no line feed at the end", lambda good: good.rstrip(b"\n")),
    FileWay("blank lines at the end", lambda good: good + b"\n\n\n", books={"blank": 3}),
    FileWay("blank lines and blanks in the middle", line(b"\n  \n" + LINE + b"\n\r"), books={"blank": 3}),
    FileWay("columns in another order", anew(lambda all_: [row[::-1] for row in all_])),
    FileWay("rows in another order", anew(shuffled)),
    FileWay("headers in capitals", header(bytes.upper)),
    FileWay("headers with blanks around them", in_header(b",", b" , ")),
    FileWay("headers in quotes", header(lambda first: b'"' + first.replace(b",", b'","') + b'"')),
    FileWay("all cells in quotes", each_line(lambda row: b'"' + row.replace(b",", b'","') + b'"', header=True)),
    FileWay("blanks around all cells", each_line(lambda row: row.replace(b",", b"  ,  "))),
    FileWay("a delimiter at the end of every line but the header", each_line(lambda row: row + b",")),
    FileWay("tabs in a file called csv", lambda good: between(good, "\t")),
    FileWay("bars between the cells", lambda good: between(good, "|")),
    FileWay("semicolons between the cells", lambda good: between(good, ";")),
    FileWay("a suffix in capitals", lambda good: good + b"\n", file="GP_EVENTS.CSV", books={"blank": 1}),
    FileWay("gzipped", gzipped, file=GZ),
    FileWay("gzipped in two parts", gzipped_in_two, file=GZ),
    FileWay("Parquet of text", parquet, file=PARQUET),
    FileWay("Parquet of days", parquet_with(date=cast(pa.date32())), file=PARQUET),
    FileWay("Parquet of times", parquet_with(recorded_date=cast(pa.timestamp("us"))), file=PARQUET),
    FileWay("Parquet of numbers", parquet_with(code=cast(pa.int64()), value=cast(pa.float64())), file=PARQUET),
    FileWay("Parquet of codes with points", parquet_with(code=cast(pa.int64(), pa.float64())), file=PARQUET),
    FileWay("Parquet of categories", parquet_with(unit=lambda column: column.dictionary_encode()), file=PARQUET),
    FileWay("all rows twice", lambda good: good + good.split(b"\n", 1)[1], books={"duplicates": ROWS}),
    FileWay("a column more", with_column("more", tag)),
    FileWay("a column with a canary for its name", with_column(CANARY, str)),
    FileWay("a column with SQL for its name", with_column("\"); DROP TABLE x; --'", str)),
    FileWay("a thousand columns more", anew(widened)),
    FileWay("names that are dropped", with_column("surname", tag), toml=DROPPED),
)  # fmt: skip
SET_ASIDE = (
    bad_line("a line too short", line(CANARY.encode()), FIELDS),
    bad_line("a line too long", line(LINE + b"," + CANARY.encode()), FIELDS),
    bad_line("a row twice on one line", line(LINE + LINE), FIELDS),
    bad_line("two rows on one line", lambda good: good.replace(LINE + b"\n", LINE), FIELDS, (50, 51)),
    bad_line("a quote that does not end", in_line(b"snomed", b'"snomed'), QUOTES),
    bad_line("text after a quote", in_line(b"snomed", b'"sno"med'), QUOTES),
    bad_line("a quote with a backslash", in_line(b"snomed", b'"sno\\"med"'), QUOTES),
    bad_line("a NUL", in_line(b"snomed", b"sno\x00med"), HOLDS_NUL),
    bad_line("a Latin-1 letter", in_line(b"snomed", b"caf\xe9"), NOT_TEXT),
    bad_line("half a letter", in_line(b"snomed", b"\xf0\x9f\xa7"), NOT_TEXT),
    FileWay(
        "a row on two lines", line(LINE[:20] + b"\n" + LINE[20:]),
        aside={52: (None, FIELDS), 53: (None, FIELDS)}, lost=(50,),
    ),
    FileWay(
        "two quotes far apart", both(line(b'"' + LINE), line(b'"' + good_line(200), 200)),
        aside={52: (None, QUOTES), 202: (None, QUOTES)}, lost=(50, 200),
    ),
    FileWay(
        "a line break in a cell", in_line(b"snomed", f'"{CANARY}\nsnomed"'.encode()),
        aside={52: (None, QUOTES), 53: (None, QUOTES)}, lost=(50,),
    ),
    FileWay(
        "the header again in the middle", lambda good: good.replace(LINE, good.split(b"\n")[0] + b"\n" + LINE),
        aside={NUMBER: ("event_date", "not a date")},
    ),
    FileWay(
        "a rule below the header", header(lambda first: first + b"\n---,---,---,---,---,---,---"),
        aside={2: ("event_date", "not a date")},
    ),
    FileWay("a count of the rows at the end", lambda good: good + b"(300 rows)\n", aside={302: (None, FIELDS)}),
    FileWay(
        "a pseudonym shared by many people", crowd, lost=(7,), elsewhere=False,
        aside=dict.fromkeys([9, *range(302, 3302)], ("patient_id", MANY_PEOPLE)),
        toml={"checks": {"max_quarantined_pct": 99.0}},
    ),
    FileWay("nobody is known", each_line(lambda row: b"q" + row[1:]), lost=EVERY, books={"not_in_patients": ROWS}),
    FileWay("nothing but a header", only_header, lost=EVERY),
    FileWay("Parquet of no rows", lambda _: as_parquet(rows_of("gp_events", 0)), lost=EVERY, file=PARQUET),
)  # fmt: skip
NO_TEXT_FILE = (
    refused("no byte", lambda _: b"", NO_HEADER),
    refused("nothing but blank lines", lambda _: b"\n\n\n", NO_HEADER),
    refused("lines of the old Macintosh", lambda good: good.replace(b"\n", b"\r"), NO_HEADER),
    refused("lines that end in two carriage returns", lambda good: good.replace(b"\n", b"\r\r\n"), f"{QUOTES}: {ROWS}"),
    refused("UTF-16 with its mark", lambda good: good.decode().encode("utf-16"), NO_TEXT),
    refused("UTF-16 without its mark", lambda good: good.decode().encode("utf-16-be"), NO_HEADER),
    refused("a Latin-1 letter in every line", each_line(lambda row: row + b"\xe9"), f"{NOT_TEXT}: {ROWS} rows"),
    refused("a Latin-1 letter in the header", in_header(b"unit", b"\xe9"), NO_TEXT),
    refused("NUL for every letter", lambda good: bytes(len(good)), NO_HEADER),
    refused("an archive called csv", zipped, UNREAD),
    refused("gzip called csv", gzipped, NO_TEXT),
    refused("Parquet called csv", parquet, UNREAD),
    refused("a page of a web site", lambda _: f"<!DOCTYPE html>\n<p>{CANARY}</p>\n".encode(), MISSING),
    refused("a line before the header", lambda good: b"sep=,\n" + good, NAMELESS),
    refused("a delimiter at the end of every line", each_line(lambda row: row + b",", header=True), NAMELESS),
    refused("csv called gzip", as_it_is, UNREAD, GZ),
    refused("a gzip that is cut", cut(gzipped, 300), UNREAD, GZ),
    refused("a gzip without its check sum", cut(gzipped, 8), UNREAD, GZ),
    refused("a gzip with bits changed", flipped(gzipped), UNREAD, GZ),
    refused("a gzip in a gzip", both(gzipped, gzipped), NO_TEXT, GZ),
    refused("a gzip with something after it", lambda good: gzipped(good) + b"more", UNREAD, GZ),
    refused("a gzip of no byte", lambda _: gzipped(b""), NO_HEADER, GZ),
    refused("csv called Parquet", as_it_is, NO_PARQUET, PARQUET),
    refused("a Parquet file that is cut", cut(parquet, 30), NO_PARQUET, PARQUET),
    refused("a Parquet file with bits changed", flipped(parquet), NO_PARQUET, PARQUET),
    refused("a Parquet file without its rows", overwritten(parquet), NO_PARQUET, PARQUET),
)
OTHER_COLUMNS = (
    refused("no header", without_header, MISSING),
    refused("a header that says one thing twice", lambda good: f"{CANARY},{CANARY}\n".encode() + good, "share a name"),
    refused("a column twice", in_header(b"unit", b"value"), "share a name"),
    refused("a column twice, in another case", in_header(b"unit", b"VALUE"), "share a name"),
    refused("a column missing", in_header(b"code_system", CANARY.encode()), "code_system: no column code_system"),
    refused("a line break in the header", in_header(b"unit", b'"un\nit"'), "gp_events.csv"),
    refused("a column taken out of the rows", rows(lambda row, _: row[:3] + row[4:]), f"{FIELDS}: {ROWS} rows"),
    refused("a column taken out of the header", in_header(b",unit", b""), f"{FIELDS}: {ROWS} rows"),
    refused("cells one column further", rows(lambda row, _: row[-1:] + row[:-1]), f"event_date: not a date: {ROWS}"),
    refused("another delimiter in the rows", each_line(lambda row: between(row, ";")), f"{FIELDS}: {ROWS} rows"),
    refused("days in American order", rows(american), "event_date: not a date"),
    refused("commas for points", rows(lambda row, _: [cell.replace(".", ",") for cell in row]), "value: not a number"),
    refused("Parquet of lists for days", parquet_with(date=all_of(["2023-01-01"])), "event_date: not a date", PARQUET),
    refused("Parquet of rounded codes", parquet_with(code=all_of(9.99791e17)), "code: written as a number", PARQUET),
    refused("patients in a workbook", as_it_is, "no readable file", "patients.xlsx", format="patients"),
    refused("no stays", only_header, "no hospital episodes", format="hes_apc"),
    FileWay("a patient list without patients", only_header, 16, "can be linked", format="patients"),
    FileWay("stays of strangers", each_line(lambda row: b"q" + row[1:]), 16, "300 of 300 rows", format="hes_apc"),
)
NOT_ALLOWED = (
    told("a delimiter that the file has not", 11, MISSING, delimiter=";"),
    told("a column that the file has not", 11, "code: no column KODE", columns={"code": "KODE"}),
    told("a column that no table has", 11, "there is no column 'kode'", columns={"kode": "code"}),
    told("days as the file does not write them", 11, "event_date: not a date: 300", date_format="%d.%m.%Y"),
    told("social care without a basis", 13, "social", social_care=True),
    told("an extract that is still to be made", 10, "as_of", as_of="2199-01-01"),
    told("a setting that is none", 10, "no such setting", encodings="x"),
    FileWay("a basis that has expired", as_it_is, 13, "expired", toml={"governance": {"expires_on": "2020-01-01"}}),
    FileWay("a key that is not there", as_it_is, 10, "no key in", toml={"pseudonyms": {"key_env": "NO_KEY_OF_OURS"}}),
    identified("NHS numbers in a column that is not read", with_column("more", nhs_number), "NHS number"),
    identified("NHS numbers for a unit", rows(lambda row, number: [*row[:6], nhs_number(number)]), "unit"),
    identified(
        "names by their header", with_column("surname", tag), "the heading indicates a direct identifier (name)"
    ),
    identified(
        "postcodes by their header",
        with_column("POSTCODE", tag),
        "the heading indicates a direct identifier (postcode)",
    ),
    identified("addresses of mail", with_column("more", lambda row: f"{tag(row)}@example.org"), "email"),
    identified("days of birth", rows(to_the_day, "patients"), "birth_month", format="patients"),
)
FILE_WAYS = (*NO_CHANGE, *SET_ASIDE, *NO_TEXT_FILE, *OTHER_COLUMNS, *NOT_ALLOWED)
