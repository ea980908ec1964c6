"""Windows: which days a feature sees, and in which an outcome counts."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import pytest
from tests.support.tablespec import Spec, cells, chapter, check, matrix

from riskstrat.engine import Engine
from riskstrat.features.families.counts import Counts
from riskstrat.tables.windows import Lookback, OutcomeWindow, date_of, day_number, days_in, months_before

INDEX = "2025-01-01"
VISITS = Counts(
    name="visits",
    table="consultations",
    where=lambda: ~nw.col("event_day").is_null(),
    months=(1, 3, 6, 12, 24, 36),
    noun="visit",
    unit="visits",
    meaning="visits",
    group="gp",
)


LOOKBACK = (
    Spec(
        "without a data lag the cut is the index date: day 0 is not seen, day -1 is",
        "2025-01-01",
        """
        months  days  first_day   last_day
        1       30    2024-12-02  2024-12-31
        3       91    2024-10-02  2024-12-31
        6       182   2024-07-03  2024-12-31
        12      365   2024-01-02  2024-12-31
        24      730   2023-01-02  2024-12-31
        36      1095  2022-01-02  2024-12-31
        """,
    ),
    Spec(
        "a data lag of 14 days moves every window back by 14 days",
        "2025-01-01",
        """
        months  days  first_day   last_day
        1       30    2024-11-18  2024-12-17
        3       91    2024-09-18  2024-12-17
        6       182   2024-06-19  2024-12-17
        12      365   2023-12-19  2024-12-17
        24      730   2022-12-19  2024-12-17
        36      1095  2021-12-19  2024-12-17
        """,
        {"lag": 14},
    ),
    Spec(
        "a window is as long after a February as after a July",
        "2024-03-01",
        """
        months  days  first_day   last_day
        1       30    2024-01-31  2024-02-29
        3       91    2023-12-01  2024-02-29
        6       182   2023-09-01  2024-02-29
        12      365   2023-03-02  2024-02-29
        24      730   2022-03-02  2024-02-29
        36      1095  2021-03-02  2024-02-29
        """,
    ),
)

EDGES = (
    Spec(
        "the day before the index date counts, the index date does not",
        """
        patient  date
        1        2024-12-31
        2        2025-01-01
        """,
        """
        patient | visits_1m | visits_3m | visits_6m | visits_12m | visits_24m | visits_36m | days_since_visits
        1       | 1         | 1         | 1         | 1          | 1          | 1          | 1
        2       | 0         | 0         | 0         | 0          | 0          | 0          |
        """,
    ),
    Spec(
        "the first day of each window counts",
        """
        patient  date
        1        2024-12-02
        3        2024-10-02
        6        2024-07-03
        12       2024-01-02
        24       2023-01-02
        36       2022-01-02
        """,
        """
        patient  visits_1m  visits_3m  visits_6m  visits_12m  visits_24m  visits_36m  days_since_visits
        1        1          1          1          1           1           1           30
        3        0          1          1          1           1           1           91
        6        0          0          1          1           1           1           182
        12       0          0          0          1           1           1           365
        24       0          0          0          0           1           1           730
        36       0          0          0          0           0           1           1095
        """,
    ),
    Spec(
        "the day before it does not; days since the last look back without end",
        """
        patient  date
        1        2024-12-01
        3        2024-10-01
        6        2024-07-02
        12       2024-01-01
        24       2023-01-01
        36       2022-01-01
        """,
        """
        patient  visits_1m  visits_3m  visits_6m  visits_12m  visits_24m  visits_36m  days_since_visits
        1        0          1          1          1           1           1           31
        3        0          0          1          1           1           1           92
        6        0          0          0          1           1           1           183
        12       0          0          0          0           1           1           366
        24       0          0          0          0           0           1           731
        36       0          0          0          0           0           0           1096
        """,
    ),
    Spec(
        "with a data lag the last day seen is the day before the cut, and days are counted from the cut",
        """
        patient  date
        1        2024-12-17
        2        2024-12-18
        3        2024-12-31
        4        2024-11-18
        5        2024-11-17
        """,
        """
        patient | visits_1m | visits_3m | days_since_visits
        1       | 1         | 1         | 1
        2       | 0         | 0         |
        3       | 0         | 0         |
        4       | 1         | 1         | 30
        5       | 0         | 1         | 31
        """,
        {"lag": 14},
    ),
)

OUTCOME = """
index       days  first_day   last_day
2025-01-01  30    2025-01-01  2025-01-30
2025-01-01  90    2025-01-01  2025-03-31
2025-01-01  180   2025-01-01  2025-06-29
2025-01-01  365   2025-01-01  2025-12-31
2024-01-01  365   2024-01-01  2024-12-30
2024-02-29  365   2024-02-29  2025-02-27
"""


@chapter(*LOOKBACK)
def test_a_lookback_window_ends_the_day_before_the_cut(spec: Spec) -> None:
    seen = Lookback(date.fromisoformat(str(spec.given)), spec.setting.get("lag", 0))
    found = [
        {"months": m, "days": days_in(m), "first_day": date_of(seen.start(m)), "last_day": date_of(seen.cut - 1)}
        for m in (1, 3, 6, 12, 24, 36)
    ]
    check(found, spec.answer)


@chapter(*EDGES)
def test_events_at_the_edges_of_windows(spec: Spec, engine: Engine) -> None:
    people = "patient\n" + "\n".join(sorted({row[0] for row in cells(str(spec.given))[1]}))
    given = {"patients": people, "consultations": str(spec.given)}
    check(matrix(engine, [VISITS], given, INDEX, spec.setting.get("lag", 0)), spec.answer)


def test_the_outcome_window_starts_on_the_index_date() -> None:
    found = []
    for index, days, *_ in cells(OUTCOME)[1]:
        window = OutcomeWindow(date.fromisoformat(index), int(days))
        first = date_of(window.first_day)
        assert date_of(window.end_day - 1) == window.last_date
        found.append({"index": index, "days": days, "first_day": first, "last_day": window.last_date})
    check(found, OUTCOME)


def test_the_outcome_window_begins_the_day_the_lookback_ends_when_there_is_no_lag() -> None:
    index = date(2025, 1, 1)
    assert Lookback(index).cut == OutcomeWindow(index, 365).first_day


def test_months_before_goes_to_the_first_of_a_calendar_month() -> None:
    answers = {1: date(2024, 2, 1), 3: date(2023, 12, 1), 15: date(2022, 12, 1), 0: date(2024, 3, 1)}
    assert {n: months_before(date(2024, 3, 31), n) for n in answers} == answers


@pytest.mark.parametrize("day", [date(1900, 2, 28), date(1969, 12, 31), date(1970, 1, 1), date(2024, 2, 29)])
def test_a_day_number_goes_there_and_back(day: date) -> None:
    assert date_of(day_number(day)) == day


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="lag cannot be negative"):
        Lookback(date(2025, 1, 1), -1)
    with pytest.raises(ValueError, match="at least one day"):
        OutcomeWindow(date(2025, 1, 1), 0)
