"""The calendar of a synthetic extract: months, index dates, financial years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SPAN_END = date(2025, 12, 31)
_EPOCH = date(1970, 1, 1)
YEAR = 365.25
MONTH = YEAR / 12
NEVER = 10_000_000
WINDOW = 365


def day(when: date) -> int:
    """Count days since 1970-01-01."""
    return (when - _EPOCH).days


def month_starts(first: date, count: int) -> IntArray:
    """Give the first day of `count` consecutive months from `first`, as days since 1970."""
    offset = (first.year - 1970) * 12 + first.month - 1
    months = np.arange(offset, offset + count).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True)
class Timeline:
    """The span in months, and the first day of each of its months and of the twelve after it."""

    months: int
    starts: IntArray

    @classmethod
    def ending(cls, months: int, until: date = SPAN_END) -> Timeline:
        """Give the span of `months` months, the last of which is the month of `until`."""
        last = until.year * 12 + until.month - 1
        first = last - months + 1
        return cls(months, month_starts(date(first // 12, first % 12 + 1, 1), months + 14))

    @property
    def start(self) -> int:
        """First day of the span."""
        return int(self.starts[0])

    @property
    def stop(self) -> int:
        """Day after the last day of the span."""
        return int(self.starts[self.months])

    @property
    def years(self) -> int:
        """Twelve-month blocks that cover the span, the last perhaps shorter."""
        return -(-self.months // 12)

    @property
    def financial_years(self) -> range:
        """Financial years that the span touches."""
        first, last = financial_year(np.array([self.start, self.stop - 1]))
        return range(int(first), int(last) + 1)

    def block(self, year: int) -> tuple[int, int]:
        """Give the first day, and the day after the last, of a twelve-month block."""
        return int(self.starts[12 * year]), int(self.starts[min(12 * year + 12, self.months)])

    def index_months(self) -> list[int]:
        """List months whose first day is an index date.

        Each quarter from the second year on whose 365 days lie in the span, and the month after the span.
        """
        quarters = [
            month
            for month in range(12, self.months)
            if calendar_month(int(self.starts[month])) % 3 == 1 and self.starts[month] + WINDOW <= self.stop
        ]
        return [*quarters, self.months]


def calendar_month(when: int) -> int:
    """Give the month of the year, 1 to 12."""
    return int(np.datetime64(when, "D").astype("datetime64[M]").astype(np.int64)) % 12 + 1


def financial_year(days: IntArray) -> IntArray:
    """Give the calendar year in which the financial year (April to March) of each day begins."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (months - 3) // 12 + 1970


def year_label(year: int) -> str:
    """Name a financial year as HES does: 2021 for April 2020 to March 2021 is `2021`."""
    return f"{year % 100:02d}{(year + 1) % 100:02d}"
