"""Define the lookback windows of features and the outcome window.

Decision
--------
Days are integers since 1970-01-01. The *cut* is the index date less the data lag, and is the first day that is **not**
visible. A lookback window of n days is the n days that end on the day before the cut. With a data lag of 0, it is days
-n to -1 from the index date. The outcome window starts on the index date itself (day 0), whatever the data lag. Months
are 365/12 days, rounded, so that a window has the same length all year: 1, 3, 6, 12, 24 and 36 months are 30, 91, 182,
365, 730 and 1095 days.
"""

from dataclasses import dataclass
from datetime import date, timedelta

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to a date.

    >>> day_number(date(1970, 1, 11))
    10
    """
    return (day - _EPOCH).days


def date_of(number: int) -> date:
    """Return the date of a day number.

    >>> date_of(day_number(date(2024, 2, 29)))
    datetime.date(2024, 2, 29)
    """
    return _EPOCH + timedelta(days=number)


def days_in(months: int) -> int:
    """Return the length of a window of some months, in days.

    >>> [days_in(months) for months in (1, 3, 6, 12, 24, 36)]
    [30, 91, 182, 365, 730, 1095]
    """
    return round(months * 365 / 12 - 0.25)


def months_before(day: date, months: int) -> date:
    """Return the first day of the calendar month that is some months before that of `day`.

    >>> months_before(date(2025, 1, 31), 3)
    datetime.date(2024, 10, 1)
    """
    return date((day.year * 12 + day.month - 1 - months) // 12, (day.month - 1 - months) % 12 + 1, 1)


@dataclass(frozen=True)
class Lookback:
    """The data visible at an index date.

    `lag_days` is the data lag: days before the index date that are not yet in the extract.

    >>> seen = Lookback(date(2025, 1, 1), lag_days=14)
    >>> date_of(seen.cut)
    datetime.date(2024, 12, 18)
    >>> seen.start(12) == seen.cut - 365
    True
    """

    index_date: date
    lag_days: int = 0

    def __post_init__(self) -> None:
        if self.lag_days < 0:
            raise ValueError("a data lag cannot be negative")

    @property
    def index_day(self) -> int:
        """The index date as a day number."""
        return day_number(self.index_date)

    @property
    def cut(self) -> int:
        """The first day that is not visible."""
        return self.index_day - self.lag_days

    def start(self, months: int) -> int:
        """Return the first day of a lookback window of some months."""
        return self.cut - days_in(months)


@dataclass(frozen=True)
class OutcomeWindow:
    """The days in which an outcome counts: the index date and the `days - 1` after it.

    >>> window = OutcomeWindow(date(2025, 1, 1), days=365)
    >>> window.last_date
    datetime.date(2025, 12, 31)
    """

    index_date: date
    days: int

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError("an outcome window has at least one day")

    @property
    def first_day(self) -> int:
        """The index date as a day number."""
        return day_number(self.index_date)

    @property
    def end_day(self) -> int:
        """The first day after the window."""
        return self.first_day + self.days

    @property
    def last_date(self) -> date:
        """The last day of the window."""
        return date_of(self.end_day - 1)
