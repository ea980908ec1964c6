"""Define how extracts write dates: formats, dates that mean "not recorded", and dates recognised in a cell.

Decision
--------
A date that a source writes for "not recorded" is read as no date, and a date that is too early is an error. A month of
birth has its own such dates, because it is stored as its first day, and its own earliest date: nobody alive was born
before 1880. Built-in formats never read a two-digit year, because the century is missing.

Dates that people write into the cells of a list have rules of their own (`lists.review.days`).
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
"""In a column that is not known to be dates of birth, earlier years mean "not recorded"."""

_DATES = (
    re.compile(r"(?P<year>(?:18|19|20)\d\d)([-/.]?)(?:0[1-9]|1[0-2])\2(?P<day>0[1-9]|[12]\d|3[01])(?:[T ].*)?"),
    re.compile(r"(?P<day>\d{1,2})[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ,]+(?P<year>\d{4}|\d\d)(?:[T ].*)?"),
    re.compile(r"(?P<day>0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?P<year>(?:18|19|20)\d\d)"),
)
_YEAR, _MONTH = r"(?:18|19|20)\d\d(?:\.0)?", "(?:0?[1-9]|1[0-2]|[A-Za-z]{3,9})"
_NO_DAY = re.compile(rf"{_YEAR}|{_YEAR}[-/. ]?{_MONTH}|{_MONTH}[-/. ]?{_YEAR}|[A-Za-z]{{3,9}}[- ]\d\d")


def date_formats(asked: str | None = None, coarse: bool = False) -> tuple[str, ...]:
    """List the date formats to try: the one asked for, or all; with `coarse`, those of a month or a year too."""
    if asked:
        return (asked,)
    return (*_FORMATS, *_COARSE) if coarse else _FORMATS


def no_dates(month: bool) -> tuple[str, ...]:
    """List the dates, in ISO form, that mean "not recorded"; a month (of birth) has a list of its own."""
    return _NO_MONTH if month else _NO_DATE


def earliest_date(month: bool) -> str:
    """Return the earliest valid date, in ISO form; see `no_dates`."""
    return "1880-01-01" if month else "1000-01-01"


def day_and_year(cell: str) -> tuple[int, int] | None:
    """Return day of the month and year of a cell that is a date; None for any other cell.

    >>> day_and_year("1950-03-17"), day_and_year("17/03/50"), day_and_year("17 March 1950 10:00"), day_and_year("1950")
    ((17, 1950), (17, 50), (17, 1950), None)
    """
    found = next((date for pattern in _DATES if (date := pattern.fullmatch(cell))), None)
    return (int(found["day"]), int(found["year"])) if found else None


def lacks_day(cell: str) -> bool:
    """Tell whether a cell is a year, or a month of a year.

    >>> lacks_day("1950"), lacks_day("03/1950"), lacks_day("Mar-50"), lacks_day("1950-03-17")
    (True, True, True, False)
    """
    return bool(_NO_DAY.fullmatch(cell))
