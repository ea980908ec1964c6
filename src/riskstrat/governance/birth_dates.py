"""Detect columns that hold full dates of birth.

Decision
--------
Coarsened dates are allowed: a year, a month, only the 1st or 15th of the month, or the same day in at least 20 dates.
Every other date under a heading that mentions birth is a date of birth. Under a heading that says date of birth, cells
that are neither a date nor clearly coarse (such as a spreadsheet's serial number) count too, if they are more than half
of the column.

In a file with one row for each patient, a column of dates under another heading is taken for dates of birth if more
than nine patients in ten have a date, the years span more than 40 between the 5th and 95th percentile, the days of the
month differ, most dates belong to few patients, and the heading does not name another date. Dates of death are recorded
for few patients. Registration dates of a whole list lie mostly in recent decades; if not, their heading says what they
are, as in CPRD and EMIS. Dates before 1890 are placeholders.
"""

import re
from collections.abc import Sequence

from riskstrat.governance.identifiers import (
    BIRTH,
    DATE_OF_BIRTH,
    DAY_OF_BIRTH,
    OTHER_DATE,
    Cells,
    distinct,
    evenly,
    header_kind,
    says,
)
from riskstrat.tables import FIRST_YEAR_OF_BIRTHS, day_and_year, lacks_day

_ENOUGH, _MOST_CELLS = 20, 2_000
MOST_YEARS_OF_OTHER_DATES = 40


def is_birth_date(values: Cells, header: str = "", people: bool = False) -> bool:
    """Check whether a column holds full dates of birth.

    Parameters
    ----------
    values : sequence of str or None
        Cells, one for each patient, empty cells included.
    people : bool
        The file has one row for each patient, so dates under any heading may be dates of birth.

    Examples
    --------
    >>> is_birth_date(["1950-03-17", "1948-11-02"], "DOB"), is_birth_date(["1950-03", "1948"], "DOB")
    (True, False)
    >>> is_birth_date(["1950-03-01", "1948-11-01"], "date_of_birth")
    False
    """
    if says(header, BIRTH):
        return _tells_the_day(header, distinct(values))
    return people and not says(header, OTHER_DATE) and _spreads_like_births(values)


def _tells_the_day(header: str, cells: Sequence[str]) -> bool:
    bare = [int(cell) for cell in cells if re.fullmatch("0?[1-9]|[12][0-9]|3[01]", cell)]
    if says(header, DAY_OF_BIRTH) and bare:
        return _differ(bare)
    days = [date[0] for cell in cells if (date := day_and_year(cell))]
    unread = sum(1 for cell in cells if re.search("[0-9]", cell) and not lacks_day(cell)) - len(days)
    return _differ(days) or (header_kind(header) == DATE_OF_BIRTH and unread > len(cells) / 2)


def _differ(days: Sequence[int]) -> bool:
    """Check whether days of the month are more than a placeholder."""
    seen = set(days)
    return len(seen) > 1 or (len(seen) == 1 and not seen <= {1, 15} and len(days) < _ENOUGH)


def _spreads_like_births(values: Cells) -> bool:
    cells = evenly([(value or "").strip() for value in values], _MOST_CELLS)
    if len(cells) < _ENOUGH or not any(map(day_and_year, evenly(cells, _ENOUGH))):
        return False
    dates = [date for cell in cells if (date := day_and_year(cell)) and date[1] >= FIRST_YEAR_OF_BIRTHS]
    if len(dates) <= 0.9 * len(cells) or len(set(cells)) <= len(cells) / 2:
        return False
    years = sorted(year for _, year in dates)
    spread = years[int(0.95 * len(years))] - years[int(0.05 * len(years))]
    return spread > MOST_YEARS_OF_OTHER_DATES and _differ([day for day, _ in dates])
