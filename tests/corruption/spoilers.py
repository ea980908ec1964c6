"""Ways to spoil one cell, each with the columns it applies to and what must become of the row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.corruption.good import FORMATS, Place, places

TOKEN = "CANARY7f3b"
STRANGER = "stranger"
NO_TYPE = {"date": "not a date", "int": "not a whole number", "float": "not a number"}
MISSING = "missing"
AS_NUMBER = "written as a number by a spreadsheet"
CUT_CODE = "cut to fifteen digits by a spreadsheet"
OUT_OF_RANGE = "out of range"
UNKNOWN_CODE = "not one of the permitted codes"
BEFORE_BIRTH = "before the patient was born"
AFTER_EXTRACT = "after the date of the extract"
ENDS_FIRST = "ends before it starts"
MANY_PEOPLE = "a pseudonym shared by many people"
FIELDS = "more or fewer fields than the header"
QUOTES = "an unbalanced quote, or a line break in a cell"
HOLDS_NUL = "contains a NUL byte"
NOT_TEXT = "not text in the file's encoding"


@dataclass(frozen=True)
class End:
    """What becomes of a row.

    Parameters
    ----------
    reason : str
        Why it is in quarantine; empty if it is stored.
    value : object
        What is stored in the cell's column.
    """

    reason: str = ""
    value: object = None


@dataclass(frozen=True)
class Spoiler:
    """One way to spoil a cell.

    Parameters
    ----------
    name : str
    text : str
        What stands in the cell; ``{tag}`` is a canary of its own.
    fits : callable
        Whether it applies to a column.
    end : callable
        From the column and the text to what becomes of the row.
    """

    name: str
    text: str
    fits: Callable[[Place], bool]
    end: Callable[[Place, str], End]


@dataclass(frozen=True)
class Way:
    """A spoiler in a column."""

    spoiler: Spoiler
    place: Place

    @property
    def name(self) -> str:
        """For a test."""
        return f"{self.place.format}, {self.place.header}: {self.spoiler.name}"

    def text(self, row: int) -> str:
        """What stands in the cell of a row."""
        return self.spoiler.text.replace("{tag}", tag(row))

    def end(self, row: int) -> End:
        """What becomes of the row."""
        return self.spoiler.end(self.place, self.text(row))


def tag(row: int) -> str:
    """A canary that is in no other row."""
    return f"{TOKEN}r{row:05}x"


def is_date(place: Place) -> bool:
    return place.type == "date"


def has_day(place: Place) -> bool:
    return is_date(place) and not place.source.month


def is_number(place: Place) -> bool:
    return place.type in ("int", "float")


def is_int(place: Place) -> bool:
    return place.type == "int"


def is_verbatim(place: Place) -> bool:
    return place.verbatim


def misfit(place: Place, _: str) -> End:
    return End(NO_TYPE[place.type])


def verbatim(_: Place, text: str) -> End:
    return End(value=text)


def nothing(place: Place, _: str) -> End:
    """An empty cell, or what stands for one."""
    if place.source.fallback:
        return End(value=place.source.fallback)
    if place.required:
        return End(MISSING)
    return End(value={"sex": "U", "practice_code": "unknown"}.get(place.to) if place.table == "patients" else None)


def because(reason: str) -> Callable[[Place, str], End]:
    return lambda _, __: End(reason)


def has_range(place: Place) -> bool:
    return bool(place.column and place.column.between)


def is_flag(place: Place) -> bool:
    return bool(place.column and place.column.between == (0, 1))


def is_id(place: Place) -> bool:
    return place.to == "patient_id"


def snomed(place: Place) -> bool:
    return place.to == "code" and place.format == "gp_events"


SPOILERS = (
    # dates
    Spoiler("text for a day", "{tag}", is_date, misfit),
    Spoiler("text after a day", "2023-01-01 {tag}", has_day, misfit),
    Spoiler("a day that is in no calendar", "2023-02-30", has_day, misfit),
    Spoiler("a thirteenth month", "2023-13-01", has_day, misfit),
    Spoiler("an American day", "01/25/2023", has_day, misfit),
    Spoiler("a year of two digits", "05/01/23", has_day, misfit),
    Spoiler("a year of five digits", "12023-01-01", has_day, misfit),
    Spoiler("a day of noughts", "0000-00-00", is_date, misfit),
    Spoiler("the serial number of a day", "45291", has_day, misfit),
    Spoiler("a day that lost a digit", "2024111", has_day, misfit),
    Spoiler("an hour that is none", "2023-01-01 25:61:00", has_day, misfit),
    Spoiler("two days", "2023-01-01 2023-02-01", has_day, misfit),
    Spoiler("a day that stands for none", "1900-01-01", is_date, nothing),
    Spoiler("another day that stands for none", "1801-01-01", has_day, nothing),
    Spoiler("no day", "", is_date, nothing),
    Spoiler("a day to come", "2199-01-01", lambda p: p.is_event and not p.ahead, because(AFTER_EXTRACT)),
    Spoiler("a thirteenth month of birth", "1950-13", lambda p: p.to == "birth_date", misfit),
    Spoiler("a birth to come", "2199-01", lambda p: p.to == "birth_date", because(AFTER_EXTRACT)),
    Spoiler("a day before birth", "1905-01-01", lambda p: p.is_event, because(BEFORE_BIRTH)),
    Spoiler("an end before the beginning", "2019-01-01", lambda p: p.begins is not None, because(ENDS_FIRST)),
    # numbers
    Spoiler("text for a number", "{tag}", is_number, misfit),
    Spoiler("text after a number", "1 {tag}", is_number, misfit),
    Spoiler("no number but NaN", "NaN", is_number, misfit),
    Spoiler("no number but infinity", "-inf", is_number, misfit),
    Spoiler("a number beyond all numbers", "1e999", is_number, misfit),
    Spoiler("a number beyond whole numbers", "1e300", is_int, misfit),
    Spoiler("a decimal comma", "1,5", is_number, misfit),
    Spoiler("a number in thousands", "1,000", is_number, misfit),
    Spoiler("a number with an underscore", "1_0", is_number, misfit),
    Spoiler("a number with its unit", "5 mg", is_number, misfit),
    Spoiler("a number with a sign before it", "<5", is_number, misfit),
    Spoiler("a number in hexadecimals", "0x1", is_number, misfit),
    Spoiler("a number and a half", "1.5", is_int, misfit),
    Spoiler("a number out of range", "11", has_range, because(OUT_OF_RANGE)),
    Spoiler("a number below its range", "-1", has_range, because(OUT_OF_RANGE)),
    Spoiler("neither yes nor no", "maybe {tag}", is_flag, misfit),
    Spoiler("no number", "", is_number, nothing),
    # identifiers and codes
    Spoiler("no text", "", lambda p: p.type == "text", nothing),
    Spoiler("blanks for a text", "   ", lambda p: p.type == "text", nothing),
    Spoiler("an identifier as a number", "1.23E+17", is_id, because(AS_NUMBER)),
    Spoiler("a code as a number", "9.99791E+14", lambda p: p.to == "code", because(AS_NUMBER)),
    Spoiler("a code cut to fifteen digits", "999791000000006000", snomed, because(CUT_CODE)),
    Spoiler("none of its codes", "{tag}", lambda p: bool(p.column and p.column.one_of), because(UNKNOWN_CODE)),
    Spoiler("somebody else", "{tag}", lambda p: is_id(p) and p.format != "patients", because(STRANGER)),
    Spoiler("somebody with a comma", "{tag},1", lambda p: is_id(p) and p.format != "patients", because(STRANGER)),
    Spoiler("text for a diagnosis", "{tag}", lambda p: p.type == "codes", lambda _, __: End(value=None)),
    # texts that are dangerous elsewhere
    Spoiler("a comma", "{tag},{tag}", is_verbatim, verbatim),
    Spoiler("quotes", 'a "{tag}" b', is_verbatim, verbatim),
    Spoiler("a tab", "{tag}\tb", is_verbatim, verbatim),
    Spoiler("a formula", "=cmd|' /C calc {tag}'!A0", is_verbatim, verbatim),
    Spoiler("a formula of another kind", "@SUM(1+1)*{tag}", is_verbatim, verbatim),
    Spoiler("a very long text", "{tag} " + "x" * 200_000 + "!", is_verbatim, verbatim),
    Spoiler("a picture and a turn of direction", "{tag} \U0001f9ff\u202e\u200d\u0301\ufeff!", is_verbatim, verbatim),
    Spoiler("SQL", "'); DROP TABLE patients; -- {tag}", is_verbatim, verbatim),
    Spoiler("a path", "../../../{tag}/etc/passwd", is_verbatim, verbatim),
    Spoiler("a tag", "<script>alert('{tag}')</script>", is_verbatim, verbatim),
    Spoiler("places to fill", "%s %n {0} ${x} {tag} \\u0041 \\", is_verbatim, verbatim),
    Spoiler("an escape of a terminal", "\x1b[31m{tag}\x07\x08", is_verbatim, verbatim),
    Spoiler("blanks around a text", "  {tag}  ", is_verbatim, lambda _, text: End(value=text.strip())),
)  # fmt: skip


def ways(format: str) -> Iterator[Way]:
    """Every spoiler in every column of a format that it applies to."""
    for place in places(format):
        for spoiler in SPOILERS:
            if spoiler.fits(place):
                yield Way(spoiler, place)


def all_ways() -> list[Way]:
    """Of all formats."""
    return [way for format in FORMATS for way in ways(format)]
