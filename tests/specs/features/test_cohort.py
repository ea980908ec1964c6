"""Cohort: who is in on the index date, and how many are left after each rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from tests.support.tablespec import Spec, chapter, check, rows_of, tables

from riskstrat.engine import Engine, Frame
from riskstrat.features.cohort import RULES, attrition, candidates, cohort_at
from riskstrat.study.settings import CohortSettings
from riskstrat.tables.windows import OutcomeWindow

WINDOW = OutcomeWindow(date(2025, 1, 1), 365)

COHORT = (
    Spec(
        "registered from on or before the index date, and not ended before it",
        {
            "patients": "patient\n1\n2\n3\n4\n5\n6",
            "registrations": """
            patient | start_date | end_date
            1       | 2020-01-01 |
            2       | 2025-01-01 |
            3       | 2025-01-02 |
            4       | 2020-01-01 | 2025-01-01
            5       | 2020-01-01 | 2024-12-31
            """,
        },
        """
        patient
        1
        2
        4
        """,
    ),
    Spec(
        "where registrations overlap, the latest start says which practice; the patient table does not",
        {
            "patients": "patient practice\n1 P9\n2 P9\n3 P9",
            "registrations": """
            patient | practice | start_date | end_date
            1       | P1       | 2010-01-01 |
            1       | P2       | 2024-06-01 |
            1       | P3       | 2025-02-01 |
            2       | P2       | 2024-06-01 | 2024-12-01
            2       | P1       | 2010-01-01 |
            3       | P5       | 2024-06-01 |
            3       | P4       | 2024-06-01 |
            """,
        },
        """
        patient  practice
        1        P2
        2        P1
        3        P4
        """,
    ),
    Spec(
        "without a table of registrations the patient table says who is registered where",
        {"patients": "patient practice\n1 P1\n2 P2"},
        """
        patient  practice
        1        P1
        2        P2
        """,
    ),
    Spec(
        "without registrations, of a practice that nobody knows; of a sex that nobody knows",
        {"patients": "patient | practice | sex\n1 | unknown | F\n2 | unknown |\n3 | | M"},
        """
        patient | practice | sex
        1       | unknown  | F
        2       | unknown  |
        """,
    ),
    Spec(
        "alive after the index date: a death on it, or before it, is out",
        {
            "patients": """
            patient | died
            1       |
            2       | 2025-01-02
            3       | 2025-01-01
            4       | 2024-12-31
            """
        },
        """
        patient
        1
        2
        """,
    ),
    Spec(
        "whole years from the month of birth, on the first of that month; those who are of age",
        {
            "patients": """
            patient | born
            1       | 2007-01-01
            2       | 2007-02-01
            3       | 1950-07-01
            4       | 1950-12-01
            5       | 1904-01-01
            6       | 1904-12-01
            7       | 2026-01-01
            8       |
            """
        },
        """
        patient  age
        1        18
        3        74
        4        74
        6        120
        """,
    ),
    Spec(
        "a study of older people",
        {"patients": "patient born\n1 1960-01-01\n2 1960-02-01\n3 1935-01-01\n4 1934-01-01"},
        """
        patient  age
        1        65
        3        90
        """,
        {"min_age": 65, "max_age": 90},
    ),
    Spec(
        "an objection of any kind takes a person out",
        {
            "patients": "patient\n1\n2\n3\n4",
            "opt_outs": """
            patient  kind      recorded
            1        type1     2020-01-01
            2        national  2020-01-01
            3        local     2020-01-01
            """,
        },
        """
        patient
        4
        """,
    ),
    Spec(
        "a study that asks about some kinds only; a kind that nobody knows still counts",
        {
            "patients": "patient\n1\n2\n3\n4",
            "opt_outs": """
            patient  kind      recorded
            1        type1     2020-01-01
            2        national  2020-01-01
            3        local     2020-01-01
            4        TYPE-one  2020-01-01
            """,
        },
        """
        patient
        2
        3
        """,
        {"opt_outs": ("type1",)},
    ),
    Spec(
        "a study that asks about none",
        {"patients": "patient\n1", "opt_outs": "patient kind recorded\n1 type1 2020-01-01"},
        "patient\n1",
        {"opt_outs": ()},
    ),
    Spec(
        "withdrawn: the latest record of each kind wins, and a withdrawal on the same day",
        {
            "patients": "patient\n1\n2\n3\n4\n5",
            "opt_outs": """
            patient | kind     | recorded   | withdrawn
            1       | type1    | 2020-01-01 | 0
            1       | type1    | 2021-01-01 | 1
            2       | type1    | 2020-01-01 | 0
            2       | type1    | 2021-01-01 | 1
            2       | type1    | 2022-01-01 |
            3       | type1    | 2020-01-01 | 0
            3       | national | 2021-01-01 | 1
            4       | type1    | 2020-01-01 | 1
            4       | type1    | 2020-01-01 | 0
            5       | type1    | 2020-01-01 | 1
            """,
        },
        """
        patient
        1
        4
        5
        """,
    ),
    Spec(
        "an objection recorded after the index date counts too; one withdrawn since still held then",
        {
            "patients": "patient\n1\n2\n3",
            "opt_outs": """
            patient | kind  | recorded   | withdrawn
            1       | type1 | 2025-06-01 | 0
            2       | type1 | 2024-06-01 | 0
            2       | type1 | 2025-06-01 | 1
            3       | type1 | 2024-06-01 | 0
            3       | type1 | 2025-01-01 | 1
            """,
        },
        """
        patient
        3
        """,
    ),
    Spec(
        "what is kept of each",
        {
            "patients": """
            patient | practice | sex | born       | ethnicity | imd_decile | care_home | care_home_id
            1       | P1       | F   | 1940-06-01 | A         | 3          | 1         | P1-H2
            2       | P1       | U   | 1940-06-01 |           |            |           |
            """
        },
        """
        patient | patient_id | practice | age | sex | ethnicity | imd_decile | care_home | care_home_id
        1       | P1         | P1       | 84  | F   | A         | 3          | 1         | P1-H2
        2       | P2         | P1       | 84  | U   |           |            |           |
        """,
    ),
)

EVERYONE: Mapping[str, str] = {
    "patients": """
    patient | born       | died
    1       | 1950-01-01 |
    2       | 1950-01-01 |
    3       | 1950-01-01 | 2024-05-01
    4       | 2015-01-01 |
    5       | 1950-01-01 |
    6       | 2015-01-01 | 2024-05-01
    7       | 1950-01-01 |
    """,
    "registrations": """
    patient  start_date
    1        2010-01-01
    3        2010-01-01
    4        2010-01-01
    5        2010-01-01
    6        2010-01-01
    7        2010-01-01
    """,
    "opt_outs": "patient recorded\n2 2020-01-01\n5 2020-01-01",
}


def everyone(engine: Engine, given: Mapping[str, str], settings: CohortSettings) -> Frame:
    found = tables(engine, given)
    return candidates(found["patients"], found.get("registrations"), found.get("opt_outs"), settings, WINDOW)


@chapter(*COHORT)
def test_cohort(spec: Spec, engine: Engine) -> None:
    given = dict(spec.given)  # type: ignore[arg-type]
    check(cohort_at(everyone(engine, given, CohortSettings(**spec.setting))), spec.answer)


def test_attrition_counts_each_person_at_the_first_rule_they_do_not_meet(engine: Engine) -> None:
    found = attrition(everyone(engine, EVERYONE, CohortSettings()))
    check(
        found,
        """
        people  registered  alive  of_age  no_objection
        7       6           4      3       2
        """,
    )
    assert list(rows_of(found)[0]) == ["people", *RULES]


def test_what_is_left_at_the_last_rule_is_the_cohort(engine: Engine) -> None:
    people = everyone(engine, EVERYONE, CohortSettings())
    check(cohort_at(people), "patient\n1\n7")
    assert rows_of(attrition(people))[0]["no_objection"] == 2


def test_ages_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="min_age is above max_age"):
        CohortSettings(min_age=70, max_age=60)
