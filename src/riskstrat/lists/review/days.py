"""Read dates as people write them on a list.

Decision
--------
*Order.* The order is always day, month, year, as in the UK. A text that is no date in that order is reported, not read
in another order.

*No year.* A decision date is the first such date from the index date on or, if that is in the future, the latest such
date in the past year. A review date is the first such date from the decision on, or from the index date if no decision
date is given. So a file means the same whenever it is read.

*Lengths of time.* A review "in 6 weeks" or "6/52" is counted from the same date as above. "3/12" is three months to a
clinician and 3 December to everybody else, and "3/7" is likewise three days or 3 July: both are reported.

*Figures.* A year of two digits is in this century. A bare number is Excel's count of days if that gives a date from
2000 to 2099. A text with two possible meanings ("Mar 26") is reported.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.parser import parse
from dateutil.relativedelta import relativedelta

from riskstrat.lists.review.faults import UnreadableCellError

HALF_A_YEAR, _YEAR, _FIVE_YEARS = timedelta(days=183), timedelta(days=365), timedelta(days=1826)
EXCEL_BEGINS, EXCEL_SERIALS = date(1899, 12, 30), range(36526, 73051)
DEFAULTS = datetime(2004, 1, 1), datetime(2008, 2, 2)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DAY, _WEEK, _MONTH = relativedelta(days=1), relativedelta(weeks=1), relativedelta(months=1)
ONE = {"d": _DAY, "w": _WEEK, "m": _MONTH, "y": relativedelta(years=1)}
AMOUNT = rf"(?:(?P<figures>\d{{1,2}}) ?|(?P<word>an?|{'|'.join(_NUMBERS)}) )"
UNIT = r"(?P<unit>d|w|m|y|days?|wks?|weeks?|mths?|months?|yrs?|years?)"
_LENGTH = re.compile(rf"(?:(?:review )?(?:in|after) )?{AMOUNT}{UNIT}'?(?: time)?")
FORTNIGHT = re.compile(r"(?:in )?(?:a )?fortnight(?:'?s time)?")
SHORTHAND = re.compile(r"(?:in )?(\d{1,2})/(7|52|12)")
ISO = re.compile(r"(20\d\d)([-/.]?)(\d\d)\2(\d\d)(?:[ t]\d\d?:.*)?")
_FIGURES = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d\d)(?: \d\d?:.*)?")
NO_YEAR = re.compile(r"(\d{1,2})[/.](\d{1,2})")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})(?:day|s|sday|nesday|rs?|rsday|urday)?\b")
MONTH_AND_FIGURES = re.compile(r"[a-z]+ '?(?:2\d|3[01])")

_UNREADABLE = UnreadableCellError("is not a date that can be read", "Write the date like this: 3 March 2026.")
NO_SUCH_DAY = UnreadableCellError("is not a date in the calendar", "Day first, then month: 3/4/2026 is 3 April.")
EITHER_WAY = UnreadableCellError("can mean a date or a length of time", "Write the date like this: 3 March 2026.")


@dataclass(frozen=True)
class Said:
    """A date as written in a cell; year and weekday (0 is Monday) only if written."""

    day: int
    month: int
    year: int | None = None
    weekday: int | None = None

    def within(self, first: date, last: date) -> Iterator[date]:
        """List the matching dates of a period, oldest first."""
        for year in range(first.year, last.year + 1):
            with suppress(ValueError):
                if first <= (day := date(year, self.month, self.day)) <= last:
                    yield day


def day_decided(value: Any, index_date: date, today: date) -> date:
    """Read the date of a decision from a cell's date, number or text.

    Raises
    ------
    UnreadableCellError
        If it cannot be read, is after today, or over six months before the index date.

    Examples
    --------
    >>> day_decided("Tues 3 Mar", date(2026, 3, 1), today=date(2026, 3, 20))
    datetime.date(2026, 3, 3)
    """
    said = _read_cell(value)
    if isinstance(said, relativedelta):
        raise UnreadableCellError("is a length of time, not a date", "Write the date of the decision.")
    day = _chosen(said, lambda one: [*one.within(index_date, today)][:1] or [*one.within(today - _YEAR, today)][-1:])
    if day > today:
        raise UnreadableCellError("is after today", "Write the date of the decision.")
    if day < index_date - HALF_A_YEAR:
        raise UnreadableCellError("is over six months before the index date", "Correct the year.")
    return day


def day_of_review(value: Any, since: date, what: str = "the date of the decision") -> date:
    """Read the review date from a cell's date, number, text or length of time after `since`, which `what` names.

    Raises
    ------
    UnreadableCellError
        If it cannot be read, is before `since`, or over five years after it.

    Examples
    --------
    >>> day_of_review("6/52", date(2026, 3, 3)), day_of_review("3.4", date(2026, 3, 3))
    (datetime.date(2026, 4, 14), datetime.date(2026, 4, 3))
    """
    said, late = _read_cell(value), since + _FIVE_YEARS
    if isinstance(said, relativedelta):
        day = since + said
    else:
        day = _chosen(said, lambda one: [*one.within(since, late + _FIVE_YEARS)][:1])
    if day < since:
        raise UnreadableCellError(f"is before {what}", "Correct the date.")
    if day > late:
        raise UnreadableCellError(f"is over five years after {what}", "Correct the year.")
    return day


def day_written(value: Any) -> date:
    """Read a date with its year, as the program wrote it or a spreadsheet converted it.

    >>> day_written("01/03/2026")
    datetime.date(2026, 3, 1)
    """
    said = _read_cell(value)
    if isinstance(said, relativedelta):
        raise _UNREADABLE
    return _chosen(said, lambda _: [])


def _chosen(said: Said | date, choose: Callable[[Said], list[date]]) -> date:
    """Find the one date that is meant."""
    if isinstance(said, date):
        return said
    days = choose(said) if said.year is None else [_exact(said.year, said.month, said.day)]
    if not days:
        raise UnreadableCellError("has no year, and no year fits", "Add the year.")
    if said.weekday not in (None, days[0].weekday()):
        raise UnreadableCellError("has a weekday that does not match the date", "Correct the weekday or the date.")
    return days[0]


def _exact(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NO_SUCH_DAY from None


def _read_cell(value: Any) -> Said | date | relativedelta:
    """Read what a cell says, before the year is known."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).partition(".")[0] if isinstance(value, float) else str(value)
    text = re.sub(r"\s*([-/.])\s*", r"\1", " ".join(text.casefold().replace("’", "'").split())).strip(" .,;")
    for read in (_number, _iso, _length, _figures, _words):
        if (said := read(text)) is not None:
            return said
    raise _UNREADABLE


def _number(text: str) -> date | None:
    serial = int(text) if re.fullmatch(r"\d{5}", text) else 0
    return EXCEL_BEGINS + timedelta(days=serial) if serial in EXCEL_SERIALS else None


def _iso(text: str) -> date | None:
    found = ISO.fullmatch(text)
    return _exact(int(found[1]), int(found[3]), int(found[4])) if found else None


def _length(text: str) -> relativedelta | None:
    if FORTNIGHT.fullmatch(text):
        return ONE["w"] * 2
    if found := SHORTHAND.fullmatch(text):
        if found[2] != "52" and int(found[1]) <= 31:
            raise EITHER_WAY
        return ONE[{"7": "d", "52": "w", "12": "m"}[found[2]]] * int(found[1])
    if found := _LENGTH.fullmatch(text):
        word = found["word"]
        number = int(found["figures"] or (_NUMBERS.index(word) + 1 if word in _NUMBERS else 1))
        return ONE[found["unit"][0]] * number
    return None


def _figures(text: str) -> Said | None:
    if found := _FIGURES.fullmatch(text):
        return Said(int(found[1]), int(found[3]), int(found[4]) + (2000 if len(found[4]) == 2 else 0))
    if found := NO_YEAR.fullmatch(text):
        _exact(2004, int(found[2]), int(found[1]))
        return Said(int(found[1]), int(found[2]))
    return None


def _words(text: str) -> Said | None:
    """Read a date whose month is a word; parts that differ between two defaults are not in the text."""
    weekday = WEEKDAY.search(text)
    text = re.sub(r"\b(?:on|the)\b", " ", WEEKDAY.sub(" ", text)).strip(" .,;-")
    if not re.search("[a-z]{3}", text):
        return None
    if MONTH_AND_FIGURES.fullmatch(text):
        raise UnreadableCellError("can mean a day or a month", "Write the date like this: 3 March 2026.")
    try:
        one, other = (parse(text, default=default, dayfirst=True, ignoretz=True) for default in DEFAULTS)
    except (ValueError, OverflowError):
        return None
    if (one.day, one.month) != (other.day, other.month):
        return None
    year = (one.year if re.search(r"\d{4}", text) else 2000 + one.year % 100) if one.year == other.year else None
    return Said(one.day, one.month, year, WEEKDAYS.index(weekday[1]) if weekday else None)
