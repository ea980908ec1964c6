"""Outcomes: who was admitted unplanned in the outcome window."""

from __future__ import annotations

from datetime import date

import pytest

from riskstrat.engine import Engine
from riskstrat.outcomes import outcomes
from riskstrat.spells import RULES, Rule
from riskstrat.study import OutcomeSettings, SpellSettings
from riskstrat.windows import OutcomeWindow

from .tablespec import Spec, cells, chapter, check, rows_of, tables

INDEX = date(2025, 1, 1)
OR_DEATH = {"event": "unplanned_admission_or_death"}
NOBODY = "patient | admitted   | method\n9000 | 2000-01-01 | 11"

OUTCOMES = (
    Spec(
        "from the index date to the last day of the window, and not the day after",
        {
            "episodes": """
            patient  admitted    discharged
            1        2024-12-31  2024-12-31
            2        2025-01-01  2025-01-02
            3        2025-12-31  2026-01-09
            4        2026-01-01  2026-01-02
            """
        },
        """
        patient  outcome  admissions
        1        0        0
        2        1        1
        3        1        1
        4        0        0
        """,
    ),
    Spec(
        "in hospital on the index date: not an outcome of its own",
        {
            "episodes": """
            patient | admitted   | discharged
            1       | 2024-12-20 | 2025-01-20
            2       | 2024-12-20 |
            """
        },
        """
        patient  outcome
        1        0
        2        0
        """,
    ),
    Spec(
        "in hospital on the index date and transferred in the window: part of the stay",
        {
            "episodes": """
            patient  hospital  admitted    discharged  method  from  to
            1        RAA       2024-12-20  2025-01-03  21      19    51
            1        RBB       2025-01-03  2025-01-30  2B      51    19
            2        RAA       2024-12-20  2025-01-03  21      19    51
            2        RBB       2025-01-03  2025-01-30  28      51    19
            """
        },
        """
        patient  outcome  admissions
        1        0        0
        2        0        0
        """,
    ),
    Spec(
        "in hospital on the index date, discharged home and admitted anew: an outcome",
        {
            "episodes": """
            patient  admitted    discharged
            1        2024-12-20  2025-01-03
            1        2025-01-05  2025-01-09
            """
        },
        """
        patient  outcome  admissions
        1        1        1
        """,
    ),
    Spec(
        "a transfer (2B) whose first stay is missing is not a new admission",
        {"episodes": "patient admitted method from\n1 2025-02-01 2B 51"},
        """
        patient  outcome
        1        0
        """,
    ),
    Spec(
        "planned, maternity, birth, day case and regular attender are not outcomes; 2A is",
        {
            "episodes": """
            patient  admitted    method  class
            1        2025-02-01  11      1
            2        2025-02-01  31      1
            3        2025-02-01  2C      5
            4        2025-02-01  21      2
            5        2025-02-01  21      3
            6        2025-02-01  2A      1
            """
        },
        """
        patient  outcome
        1        0
        2        0
        3        0
        4        0
        5        0
        6        1
        """,
    ),
    Spec(
        "a study may count emergency day cases",
        {"episodes": "patient admitted method class\n1 2025-02-01 21 2"},
        """
        patient  outcome
        1        1
        """,
        {"patient_classes": ("1", "2", "5")},
    ),
    Spec(
        "a study may leave out admissions by a GP",
        {"episodes": "patient admitted method\n1 2025-02-01 21\n2 2025-02-01 22"},
        """
        patient  outcome
        1        1
        2        0
        """,
        {"admission_methods": ("21",)},
    ),
    Spec(
        "three admissions are one outcome; a chain of transfers is one admission",
        {
            "episodes": """
            patient  hospital  admitted    discharged  method  from  to
            1        RAA       2025-02-01  2025-02-03  21      19    19
            1        RAA       2025-04-01  2025-04-03  21      19    51
            1        RBB       2025-04-03  2025-04-13  2B      51    19
            1        RAA       2025-06-01  2025-06-03  22      19    19
            """
        },
        """
        patient  outcome  admissions
        1        1        3
        """,
    ),
    Spec(
        "nothing on record, as for one who left the practice: in, without the outcome",
        {"patients": "patient\n1\n2", "episodes": "patient admitted\n2 2025-02-01"},
        """
        patient  outcome  admissions  died
        1        0        0           0
        2        1        1           0
        """,
    ),
    Spec(
        "a death in the window is reported, and is not the outcome",
        {
            "patients": """
            patient | died
            1       | 2025-06-01
            2       | 2025-12-31
            3       | 2026-01-01
            4       |
            """,
            "episodes": NOBODY,
        },
        """
        patient  outcome  died
        1        0        1
        2        0        1
        3        0        0
        4        0        0
        """,
    ),
    Spec(
        "a death in the window is the outcome where the study says so",
        {
            "patients": """
            patient | died
            1       | 2025-06-01
            2       | 2025-12-31
            3       | 2026-01-01
            4       |
            """,
            "episodes": NOBODY,
        },
        """
        patient  outcome  admissions  died
        1        1        0           1
        2        1        0           1
        3        0        0           0
        4        0        0           0
        """,
        OR_DEATH,
    ),
    Spec(
        "a death in hospital after an unplanned admission: both, by either definition",
        {
            "patients": "patient died\n1 2025-06-09",
            "episodes": "patient admitted discharged how\n1 2025-06-01 2025-06-09 4",
        },
        """
        patient  outcome  admissions  died
        1        1        1           1
        """,
    ),
    Spec(
        "a window of 30 days",
        {"episodes": "patient admitted\n1 2025-01-30\n2 2025-01-31"},
        "patient outcome\n1 1\n2 0",
        {"days": 30},
    ),
    Spec(
        "a window of 90 days",
        {"episodes": "patient admitted\n1 2025-03-31\n2 2025-04-01"},
        "patient outcome\n1 1\n2 0",
        {"days": 90},
    ),
    Spec(
        "a window of 180 days",
        {"episodes": "patient admitted\n1 2025-06-29\n2 2025-06-30"},
        "patient outcome\n1 1\n2 0",
        {"days": 180},
    ),
)


@chapter(*OUTCOMES)
def test_outcomes(spec: Spec, engine: Engine) -> None:
    given = dict(spec.given)  # type: ignore[arg-type]
    people = "patient\n" + "\n".join(sorted({row[0] for row in cells(given["episodes"])[1]}))
    found = tables(engine, {"patients": people, **given})
    settings = OutcomeSettings(**spec.setting)
    window = OutcomeWindow(INDEX, settings.days)
    cohort = found["patients"]
    check(outcomes(cohort, found["patients"], found["episodes"], window, settings, SpellSettings()), spec.answer)


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_of_the_study_decides_what_is_a_new_admission(rule: Rule, engine: Engine) -> None:
    given = {
        "patients": "patient\n1",
        "episodes": """
        hospital  admitted    discharged  to
        RAA       2024-12-20  2025-01-05  51
        RBB       2025-01-08  2025-01-09  19
        """,
    }
    found = tables(engine, given)
    people, window = found["patients"], OutcomeWindow(INDEX, 365)
    rows = rows_of(outcomes(people, people, found["episodes"], window, OutcomeSettings(), SpellSettings(rule=rule)))
    assert [row["outcome"] for row in rows] == [{"nhs_digital": 1, "hes_pipeline": 0}[rule]]
