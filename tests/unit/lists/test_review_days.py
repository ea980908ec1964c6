"""Days as people write them on a list: what is read, what is reported, and in whose words."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskstrat.lists.review.days import _FIVE_YEARS, day_decided, day_of_review, day_written
from riskstrat.lists.review.faults import UnreadableCellError

INDEX, TODAY = date(2026, 3, 1), date(2026, 4, 20)

BOTH = """
3/4/26                | 2026-04-03
03/04/2026            | 2026-04-03
03.04.2026            | 2026-04-03
3-4-26                | 2026-04-03
3 / 4 / 26            | 2026-04-03
3/4                   | 2026-04-03
3.4                   | 2026-04-03
2026-03-03            | 2026-03-03
2026-03-03 00:00:00   | 2026-03-03
20260303              | 2026-03-03
46084                 | 2026-03-03
3rd March 2026        | 2026-03-03
 3RD  march 2026.     | 2026-03-03
3 Mar                 | 2026-03-03
Tues 3 Mar            | 2026-03-03
Tuesday, 3rd of March | 2026-03-03
Thur 5 Mar            | 2026-03-05
on the 3rd of March   | 2026-03-03
March 3, 2026         | 2026-03-03
Mar 3rd               | 2026-03-03
3-Mar-26              | 2026-03-03
3 Mar '26             | 2026-03-03
12/3/26               | 2026-03-12
3/13/26               | is not a date in the calendar
31/2/26               | is not a date in the calendar
30/2                  | is not a date in the calendar
31 Feb 2026           | is not a date that can be read
Wed 3 Mar             | has a weekday that does not match the date
3/12                  | can mean a date or a length of time
3/7                   | can mean a date or a length of time
Mar 26                | can mean a day or a month
March 2026            | is not a date that can be read
Tuesday               | is not a date that can be read
2026                  | is not a date that can be read
6                     | is not a date that can be read
3 Mrach               | is not a date that can be read
today                 | is not a date that can be read
next month            | is not a date that can be read
asap                  | is not a date that can be read
"""
DECIDED = """
26 Feb     | 2026-02-26
20 April   | 2026-04-20
21 April   | is over six months before the index date
5 Dec      | 2025-12-05
29 Feb     | has no year, and no year fits
21/4/2026  | is after today
3/3/62     | is after today
3/3/1926   | is over six months before the index date
6 weeks    | is a length of time, not a date
6/52       | is a length of time, not a date
"""
REVIEW = """
1 March          | 2026-03-01
26 Feb           | 2027-02-26
29 Feb           | 2028-02-29
6/52             | 2026-04-12
in 6/52          | 2026-04-12
in 6 weeks       | 2026-04-12
six weeks        | 2026-04-12
6 weeks' time    | 2026-04-12
6 wks            | 2026-04-12
10 days          | 2026-03-11
a week           | 2026-03-08
a fortnight      | 2026-03-15
3 months         | 2026-06-01
3m               | 2026-06-01
1 yr             | 2027-03-01
36/12            | 2029-03-01
am               | is not a date that can be read
6-8 weeks        | is not a date that can be read
28/2/26          | is before the date of the decision
1/3/62           | is over five years after the date of the decision
"""
CELLS: list[tuple[Any, Any]] = [
    (datetime(2026, 3, 3, 14, 30), date(2026, 3, 3)),
    (date(2026, 3, 3), date(2026, 3, 3)),
    (46084, date(2026, 3, 3)),
    (46084.5, date(2026, 3, 3)),
    (20260303, date(2026, 3, 3)),
    (6, "is not a date that can be read"),
    (3.4, "is not a date that can be read"),
    (float("inf"), "is not a date that can be read"),
    (True, "is not a date that can be read"),
    (time(10, 0), "is not a date that can be read"),
]


def rows(table: str) -> list[tuple[str, str]]:
    """What is written, and the day or the words of the report."""
    return [(line.partition("|")[0], line.partition("|")[2].strip()) for line in table.strip().splitlines()]


def answer(read: Any, *given_: Any) -> Any:
    try:
        return read(*given_)
    except UnreadableCellError as error:
        return error.what


@pytest.mark.parametrize(("written", "meant"), [*rows(BOTH), *rows(DECIDED)])
def test_day_of_a_decision(written: str, meant: str) -> None:
    assert str(answer(day_decided, written, INDEX, TODAY)) == meant


@pytest.mark.parametrize(("written", "meant"), [*rows(BOTH), *rows(REVIEW)])
def test_day_of_a_review(written: str, meant: str) -> None:
    assert str(answer(day_of_review, written, INDEX)) == meant


@pytest.mark.parametrize(("cell", "meant"), CELLS)
def test_a_cell_that_is_not_text(cell: Any, meant: Any) -> None:
    assert answer(day_decided, cell, INDEX, TODAY) == meant
    assert answer(day_of_review, cell, INDEX) == meant


def test_months_end_where_the_shorter_month_ends() -> None:
    assert day_of_review("1 month", date(2026, 1, 31)) == date(2026, 2, 28)


def test_a_year_that_is_not_written_does_not_depend_on_when_it_is_read() -> None:
    assert {day_decided("3 Mar", INDEX, date(year, 6, 1)) for year in (2026, 2027, 2029)} == {date(2026, 3, 3)}


@pytest.mark.parametrize("written", ["1 March", "in 6 weeks", "3/12"])
def test_a_day_the_program_wrote_has_its_year(written: str) -> None:
    assert isinstance(answer(day_written, written), str)


@given(st.dates(date(2026, 3, 1), date(2026, 4, 20)), st.sampled_from(["%d/%m/%Y", "%d.%m.%y", "%d %B %Y", "%a %d %b"]))
def test_every_day_is_read_as_it_is_commonly_written(day: date, form: str) -> None:
    assert day_decided(day.strftime(form), INDEX, TODAY) == day


@given(st.text(max_size=12) | st.from_regex(r"[0-9a-z/. -]{1,12}", fullmatch=True), st.booleans())
def test_whatever_is_written_is_a_sensible_day_or_is_reported(written: str, decided: bool) -> None:
    found = answer(day_decided, written, INDEX, TODAY) if decided else answer(day_of_review, written, INDEX)
    span = (INDEX - _FIVE_YEARS, TODAY) if decided else (INDEX, INDEX + _FIVE_YEARS)
    assert isinstance(found, str) or span[0] <= found <= span[1]
