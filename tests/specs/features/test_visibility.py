"""What could be seen at the cut, and what could not."""

from __future__ import annotations

from datetime import date

from tests.support.tablespec import Spec, chapter, check, tables

from riskstrat.engine import Engine
from riskstrat.features.spells import continuous_spells
from riskstrat.features.visibility import visible
from riskstrat.tables.schema import TABLES
from riskstrat.tables.windows import Lookback

INDEX = date(2025, 1, 1)

VISIBLE = (
    Spec(
        "an event is seen from the day after it",
        {
            "consultations": """
            date        mode
            2024-12-30  seen
            2024-12-31  seen_too
            2025-01-01  hidden
            2025-06-01  hidden
            """
        },
        """
        date        mode
        2024-12-30  seen
        2024-12-31  seen_too
        """,
    ),
    Spec(
        "recorded late: hidden until it was written down, whenever it happened; no recorded date: seen",
        {
            "gp_events": """
            date       | recorded   | code
            2024-06-01 | 2024-06-01 | 1001
            2024-06-01 | 2024-12-31 | 1002
            2024-06-01 | 2025-01-01 | 1003
            2024-06-01 | 2025-03-01 | 1004
            2024-06-01 |            | 1005
            2025-01-02 | 2024-12-01 | 1006
            """
        },
        """
        code  recorded
        1001  2024-06-01
        1002  2024-12-31
        1005  -
        """,
    ),
    Spec(
        "discharged before the cut: all of it is seen",
        {
            "episodes": """
            admitted    discharged  to  how  diagnosis
            2024-12-20  2024-12-31  54  1    I500
            """
        },
        """
        admitted    discharged  ends        to  how  diagnosis
        2024-12-20  2024-12-31  2024-12-31  54  1    I500
        """,
    ),
    Spec(
        "discharged on the cut or after it: the admission is seen, not its end nor what only its end tells",
        {
            "episodes": """
            patient  admitted    discharged  to  how  diagnosis
            1        2024-12-20  2025-01-01  54  1    I500
            2        2024-12-20  2025-02-01  54  4    I500
            """
        },
        """
        patient | admitted   | method | discharged | ends | to | how | diagnosis
        1       | 2024-12-20 | 21     |            |      |    |     |
        2       | 2024-12-20 | 21     |            |      |    |     |
        """,
    ),
    Spec(
        "in a stay that goes on, an episode that has ended is coded; the next is not",
        {
            "episodes": """
            admitted   | starts     | ends       | discharged | order | how | diagnosis
            2024-12-20 | 2024-12-20 | 2024-12-24 |            | 1     | 8   | I500
            2024-12-20 | 2024-12-24 | 2025-01-09 | 2025-01-09 | 2     | 1   | N179
            2024-12-20 | 2025-01-01 | 2025-01-09 | 2025-01-09 | 3     | 1   | C349
            """
        },
        """
        starts     | ends       | discharged | order | how | diagnosis
        2024-12-20 | 2024-12-24 |            | 1     |     | I500
        2024-12-24 |            |            | 2     |     |
        """,
    ),
    Spec(
        "a diagnosis is seen from the end of its episode, not from the admission",
        {
            "diagnoses": """
            date        admitted    code
            2024-12-31  2024-12-01  I500
            2025-01-01  2024-12-01  N179
            """
        },
        """
        code
        I500
        """,
    ),
    Spec(
        "on a caseload on the cut: the outcome of the stay on it is not known yet",
        {
            "caseload": """
            patient | role           | enrolled_date | left_date  | outcome
            1       | district_nurse | 2024-06-01    | 2024-12-31 | goals met
            2       | district_nurse | 2024-06-01    | 2025-01-01 | goals met
            3       | district_nurse | 2025-01-01    |            |
            """
        },
        """
        patient | enrolled_date | left_date  | outcome
        1       | 2024-06-01    | 2024-12-31 | goals met
        2       | 2024-06-01    |            |
        """,
    ),
    Spec(
        "a data lag hides as much more",
        {
            "consultations": """
            date        mode
            2024-12-17  seen
            2024-12-18  hidden
            """
        },
        """
        date        mode
        2024-12-17  seen
        """,
        {"lag": 14},
    ),
    Spec(
        "the patient table has no date of its own and passes",
        {"patients": "patient  born\n1  1950-01-01"},
        "patient  born\n1  1950-01-01",
    ),
)


@chapter(*VISIBLE)
def test_visible(spec: Spec, engine: Engine) -> None:
    ((name, rows),) = tables(engine, dict(spec.given)).items()  # type: ignore[arg-type]
    check(visible(rows, TABLES[name], Lookback(INDEX, spec.setting.get("lag", 0))), spec.answer)


def test_a_stay_that_goes_on_is_the_same_spell_before_and_after_its_end(engine: Engine) -> None:
    episodes = tables(
        engine,
        {
            "episodes": """
            admitted   | starts     | ends       | discharged | order | how | to
            2024-12-20 | 2024-12-20 | 2024-12-24 |            | 1     | 8   | 98
            2024-12-24 | 2024-12-24 | 2025-01-09 | 2025-01-09 | 2     | 1   | 19
            """
        },
    )["episodes"]
    check(continuous_spells(episodes), "admitted discharged to\n2024-12-20 2025-01-09 19")
    then = visible(episodes, TABLES["episodes"], Lookback(INDEX))
    check(continuous_spells(then), "admitted discharged to\n2024-12-20 - -")


def test_every_table_with_a_date_of_its_own_hides_the_cut(engine: Engine) -> None:
    dated = [table for table in TABLES.values() if table.event is not None]
    assert len(dated) >= 10
    for table in dated:
        header = " | ".join(["patient", str(table.event)])
        text = f"{header}\n1 | 2024-12-31\n2 | 2025-01-01\n3 | 2025-01-02"
        check(visible(tables(engine, {table.name: text})[table.name], table, Lookback(INDEX)), "patient\n1")
