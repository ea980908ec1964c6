"""Dates as extracts write them: formats, dates that mean "no date", and what is seen of a date in a cell.

Decision
--------
A date that a source writes for "not known" is no date, and a date before any that can be meant is a slip of the pen. A
month of birth has sentinels of its own, since a birth is kept to its first day, and a later first day than other
dates: nobody alive was born before 1880. A year of two digits is never read by a built-in format, as it has no century.

What people write into the cells of a list (`lists.review.days`) is another grammar.
"""

import re

_FORMATS = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S.%f",
    "%d-%b-%Y",
)
_COARSE = ("%Y-%m", "%Y")
_NO_DATE = ("1800-01-01", "1801-01-01", "1600-01-01", "1582-10-15", "1900-01-01", "9999-12-31")
_NO_MONTH = ("1800-01-01", "1801-01-01", "1600-01-01", "1582-10-01", "1900-01-01", "1901-01-01")
FIRST_YEAR_OF_BIRTHS = 1890
"""In a column that is not said to be of births, earlier years are sentinels."""

_DATES = (
    re.compile(r"(?P<year>(?:18|19|20)\d\d)([-/.]?)(?:0[1-9]|1[0-2])\2(?P<day>0[1-9]|[12]\d|3[01])(?:[T ].*)?"),
    re.compile(r"(?P<day>\d{1,2})[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ,]+(?P<year>\d{4}|\d\d)(?:[T ].*)?"),
    re.compile(r"(?P<day>0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?P<year>(?:18|19|20)\d\d)"),
)
_YEAR, _MONTH = r"(?:18|19|20)\d\d(?:\.0)?", "(?:0?[1-9]|1[0-2]|[A-Za-z]{3,9})"
_NO_DAY = re.compile(rf"{_YEAR}|{_YEAR}[-/. ]?{_MONTH}|{_MONTH}[-/. ]?{_YEAR}|[A-Za-z]{{3,9}}[- ]\d\d")


def date_formats(asked: str | None = None, coarse: bool = False) -> tuple[str, ...]:
    """Formats in which a date may be written: the one asked for, or all, if `coarse` those of a month or year too."""
    if asked:
        return (asked,)
    return (*_FORMATS, *_COARSE) if coarse else _FORMATS


def no_dates(month: bool) -> tuple[str, ...]:
    """Dates, in ISO form, that a source writes for "not known"; of a date kept to its month, as a birth is, others."""
    return _NO_MONTH if month else _NO_DATE


def earliest_date(month: bool) -> str:
    """The first date, in ISO form, that is no slip of the pen; see `no_dates`."""
    return "1880-01-01" if month else "1000-01-01"


def day_and_year(cell: str) -> tuple[int, int] | None:
    """Day of the month and year of a cell that is a date; None for any other cell.

    >>> day_and_year("1950-03-17"), day_and_year("17/03/50"), day_and_year("17 March 1950 10:00"), day_and_year("1950")
    ((17, 1950), (17, 50), (17, 1950), None)
    """
    found = next((date for pattern in _DATES if (date := pattern.fullmatch(cell))), None)
    return (int(found["day"]), int(found["year"])) if found else None


def lacks_day(cell: str) -> bool:
    """Whether a cell is a year, or a month of a year.

    >>> lacks_day("1950"), lacks_day("03/1950"), lacks_day("Mar-50"), lacks_day("1950-03-17")
    (True, True, True, False)
    """
    return bool(_NO_DAY.fullmatch(cell))
