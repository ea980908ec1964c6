"""Spells: which episodes are one stay, and which stays are one admission."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from tests.support.tablespec import Row, Spec, all_at_once, chapter, check, rows_of, share_of

from riskstrat.engine import Engine, Frame
from riskstrat.features.spells import _RULES, Rule, continuous_spells, is_unplanned, provider_spells
from riskstrat.study.settings import EMERGENCY_METHODS

PROVIDER_SPELLS = (
    Spec(
        "the episodes of one stay are one spell: first method, last discharge, diagnosis of the first",
        """
        admitted   | starts     | ends       | discharged | order | method | how | to | diagnosis
        2024-03-01 | 2024-03-01 | 2024-03-02 |            | 1     | 21     | 8   | 98 | I500
        2024-03-01 | 2024-03-02 | 2024-03-07 |            | 2     | 21     | 8   | 98 | J189
        2024-03-01 | 2024-03-07 | 2024-03-09 | 2024-03-09 | 3     | 21     | 1   | 54 | N179
        """,
        """
        admitted   | discharged | method | to | diagnosis
        2024-03-01 | 2024-03-09 | 21     | 54 | I500
        """,
    ),
    Spec(
        "another admission date on a later episode: the stay goes on where the one before was not finished",
        """
        admitted   | starts     | ends       | discharged | order | how
        2024-03-01 | 2024-03-01 | 2024-03-05 |            | 1     | 8
        2024-03-05 | 2024-03-05 | 2024-03-09 | 2024-03-09 | 2     | 1
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-09
        """,
    ),
    Spec(
        "neither method nor date of discharge, as a stay looks whose end is not yet known: it goes on",
        """
        admitted   | starts     | ends       | discharged | order | how
        2024-03-01 | 2024-03-01 | 2024-03-05 |            | 1     |
        2024-03-05 | 2024-03-05 |            |            | 2     |
        """,
        """
        admitted    discharged
        2024-03-01  -
        """,
    ),
    Spec(
        "discharged and back the same day: two spells",
        """
        admitted    discharged  how
        2024-03-01  2024-03-05  1
        2024-03-05  2024-03-09  1
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-05
        2024-03-05  2024-03-09
        """,
    ),
    Spec(
        "a day case in the middle of a stay does not cut it in two",
        """
        admitted   | starts     | ends       | discharged | order | class | method
        2024-03-01 | 2024-03-01 | 2024-03-05 |            | 1     | 1     | 21
        2024-03-03 | 2024-03-03 | 2024-03-03 | 2024-03-03 | 1     | 2     | 12
        2024-03-01 | 2024-03-05 | 2024-03-10 | 2024-03-10 | 2     | 1     | 21
        """,
        """
        admitted    discharged  method
        2024-03-01  2024-03-10  21
        2024-03-03  2024-03-03  12
        """,
    ),
    Spec(
        "no discharge date: it ends with its last finished episode",
        """
        admitted   | starts     | ends       | discharged | order | how
        2024-03-01 | 2024-03-01 | 2024-03-02 |            | 1     | 8
        2024-03-01 | 2024-03-02 | 2024-03-07 |            | 2     | 9
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-07
        """,
    ),
    Spec(
        "the last episode is not finished: open",
        """
        admitted   | starts     | ends       | discharged | order | how
        2024-03-01 | 2024-03-01 | 2024-03-02 |            | 1     | 8
        2024-03-01 | 2024-03-02 |            |            | 2     | 8
        """,
        """
        admitted    discharged
        2024-03-01  -
        """,
    ),
    Spec(
        "the same dates at two hospitals are two spells; no hospital named is a hospital of its own",
        """
        hospital | admitted   | starts     | discharged
        RAA      | 2024-03-01 | 2024-03-01 | 2024-03-05
        RBB      | 2024-03-01 | 2024-03-01 | 2024-03-05
                 | 2024-03-01 | 2024-03-01 | 2024-03-02
                 | 2024-03-01 | 2024-03-02 | 2024-03-05
        """,
        """
        hospital | admitted   | discharged
        RAA      | 2024-03-01 | 2024-03-05
        RBB      | 2024-03-01 | 2024-03-05
                 | 2024-03-01 | 2024-03-05
        """,
    ),
    Spec(
        "two people are never one spell",
        """
        patient  admitted    discharged
        1        2024-03-01  2024-03-05
        2        2024-03-01  2024-03-05
        """,
        """
        patient  admitted    discharged
        1        2024-03-01  2024-03-05
        2        2024-03-01  2024-03-05
        """,
    ),
)

# Where the two rules differ, `hes_pipeline` gives the other answer.
CONTINUOUS_SPELLS = (
    Spec(
        "a chain of transfers across three hospitals is one admission",
        """
        hospital  admitted    discharged  method  from  to
        RAA       2024-03-01  2024-03-03  21      19    51
        RBB       2024-03-03  2024-03-10  81      51    51
        RCC       2024-03-11  2024-03-20  81      51    19
        """,
        """
        admitted    discharged  method  providers  to
        2024-03-01  2024-03-20  21      3          19
        """,
    ),
    Spec(
        "a chain of transfers within one day, whatever the hospitals are called",
        """
        hospital  admitted    discharged  method  from  to
        RZZ       2024-03-01  2024-03-01  21      19    51
        RAA       2024-03-01  2024-03-01  2B      51    51
        RMM       2024-03-01  2024-03-09  2B      51    19
        """,
        """
        admitted    discharged  method  providers
        2024-03-01  2024-03-09  21      3
        """,
    ),
    Spec(
        "an emergency transfer (2B) after an emergency is part of it, even where nobody said where from",
        """
        hospital | admitted   | discharged | method | from | to
        RAA      | 2024-03-01 | 2024-03-03 | 21     | 19   |
        RBB      | 2024-03-03 | 2024-03-10 | 2B     |      | 19
        """,
        """
        admitted    discharged  method  providers
        2024-03-01  2024-03-10  21      2
        """,
    ),
    Spec(
        "a transfer (2B) from a stay that is missing is a stay of its own, by transfer",
        """
        hospital  admitted    discharged  method  from
        RBB       2024-03-03  2024-03-10  2B      51
        """,
        """
        admitted    discharged  method  providers
        2024-03-03  2024-03-10  2B      1
        """,
    ),
    Spec(
        "discharged home and back by A&E the same day: two admissions",
        """
        hospital  admitted    discharged  method  from  to
        RAA       2024-03-01  2024-03-05  21      19    19
        RBB       2024-03-05  2024-03-09  21      19    19
        """,
        """
        admitted    discharged  method
        2024-03-01  2024-03-05  21
        2024-03-05  2024-03-09  21
        """,
    ),
    Spec(
        "discharged home (19), to A&E (21) as if from a hospital (51): a new admission to NHS Digital only",
        """
        hospital  admitted    discharged  method  from  to
        RAA       2024-03-01  2024-03-05  21      19    19
        RBB       2024-03-06  2024-03-09  21      51    19
        """,
        """
        admitted    discharged  providers
        2024-03-01  2024-03-05  1
        2024-03-06  2024-03-09  1
        """,
        {
            "hes_pipeline": """
            admitted    discharged  providers
            2024-03-01  2024-03-09  2
            """
        },
    ),
    Spec(
        "sent to a hospital, admitted there two days later: one admission",
        """
        hospital  admitted    discharged  to
        RAA       2024-03-01  2024-03-05  51
        RBB       2024-03-07  2024-03-09  19
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-09
        """,
    ),
    Spec(
        "three days between: two admissions to NHS Digital, one to the HES pipeline",
        """
        hospital  admitted    discharged  to
        RAA       2024-03-01  2024-03-05  51
        RBB       2024-03-08  2024-03-09  19
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-05
        2024-03-08  2024-03-09
        """,
        {
            "hes_pipeline": """
            admitted    discharged
            2024-03-01  2024-03-09
            """
        },
    ),
    Spec(
        "four days between: two admissions to both",
        """
        hospital  admitted    discharged  to
        RAA       2024-03-01  2024-03-05  51
        RBB       2024-03-09  2024-03-10  19
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-05
        2024-03-09  2024-03-10
        """,
    ),
    Spec(
        "to a secure hospital (84), from an independent one (87): transfers to NHS Digital only",
        """
        patient  hospital  admitted    discharged  from  to
        1        RAA       2024-03-01  2024-03-05  19    84
        1        RBB       2024-03-05  2024-03-09  19    19
        2        RAA       2024-03-01  2024-03-05  19    19
        2        RBB       2024-03-05  2024-03-09  87    19
        """,
        """
        patient  admitted    providers
        1        2024-03-01  2
        2        2024-03-01  2
        """,
        {
            "hes_pipeline": """
            patient  admitted    providers
            1        2024-03-01  1
            1        2024-03-05  1
            2        2024-03-01  1
            2        2024-03-05  1
            """
        },
    ),
    Spec(
        "regular day and night attenders (3, 4) are set aside; an unknown class stays",
        """
        admitted   | discharged | class
        2024-03-01 | 2024-03-01 | 3
        2024-03-03 | 2024-03-03 | 4
        2024-03-05 | 2024-03-05 |
        """,
        """
        admitted   | class
        2024-03-05 |
        """,
    ),
    Spec(
        "a regular attender's sessions during a stay do not cut it",
        """
        admitted    starts      ends        discharged  order  class
        2024-03-01  2024-03-01  2024-03-04  -           1      1
        2024-03-02  2024-03-02  2024-03-02  2024-03-02  1      3
        2024-03-01  2024-03-04  2024-03-06  2024-03-06  2      1
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-06
        """,
    ),
    Spec(
        "still in hospital: open",
        """
        admitted    discharged
        2024-03-01  -
        """,
        """
        admitted    discharged
        2024-03-01  -
        """,
    ),
    Spec(
        "an open stay is closed by the next admission",
        """
        admitted    discharged
        2024-03-01  -
        2024-05-05  2024-05-09
        """,
        """
        admitted    discharged
        2024-03-01  2024-05-05
        2024-05-05  2024-05-09
        """,
    ),
    Spec(
        "an open stay, and a transfer: one admission, since the patient had not gone home",
        """
        hospital  admitted    discharged  method  from
        RAA       2024-03-01  -           21      19
        RBB       2024-03-05  2024-03-09  28      51
        """,
        """
        admitted    discharged  method  providers
        2024-03-01  2024-03-09  21      2
        """,
    ),
    Spec(
        "two stays overlap and nobody said transfer: two admissions",
        """
        hospital  admitted    discharged
        RAA       2024-03-01  2024-03-20
        RBB       2024-03-05  2024-03-06
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-20
        2024-03-05  2024-03-06
        """,
    ),
    Spec(
        "elsewhere for a day and back, the bed kept: one stay, to the last day of it",
        """
        hospital  admitted    discharged  method  from
        RAA       2024-03-01  2024-03-20  21      19
        RBB       2024-03-05  2024-03-06  81      51
        """,
        """
        admitted    discharged  providers
        2024-03-01  2024-03-20  2
        """,
    ),
    Spec(
        "after a day elsewhere, moved on at the end of the stay: still one admission",
        """
        hospital  admitted    discharged  method  from
        RAA       2024-03-01  2024-03-20  21      19
        RBB       2024-03-05  2024-03-06  81      51
        RCC       2024-03-20  2024-03-25  28      51
        """,
        """
        admitted    discharged  method  providers
        2024-03-01  2024-03-25  21      3
        """,
    ),
    Spec(
        "no hospital named on either stay: joined all the same where it was a transfer",
        """
        hospital | admitted   | discharged | how | to
                 | 2024-03-01 | 2024-03-03 | 1   | 51
                 | 2024-03-04 | 2024-03-09 | 1   | 19
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-09
        """,
    ),
    Spec(
        "no date of discharge: the gap is counted from the last finished episode",
        """
        hospital | admitted   | starts     | ends       | discharged | how | to
        RAA      | 2024-03-01 | 2024-03-01 | 2024-03-04 |            | 1   | 51
        RBB      | 2024-03-05 | 2024-03-05 | 2024-03-09 | 2024-03-09 | 1   | 19
        """,
        """
        admitted    discharged
        2024-03-01  2024-03-09
        """,
    ),
)

EMERGENCIES = (
    Spec(
        "emergency methods on an ordinary ward; 2A is text and is one of them",
        """
        patient  admitted    method
        21       2024-03-01  21
        22       2024-03-01  22
        23       2024-03-01  23
        24       2024-03-01  24
        25       2024-03-01  25
        28       2024-03-01  28
        102      2024-03-01  2A
        104      2024-03-01  2D
        """,
        """
        method  unplanned
        21      yes
        22      yes
        23      yes
        24      yes
        25      yes
        28      yes
        2A      yes
        2D      yes
        """,
    ),
    Spec(
        "not an emergency: planned, maternity, birth, baby born at home (2C), transfer (2B, 81), unknown",
        """
        patient  admitted    method
        1        2024-03-01  11
        2        2024-03-01  13
        3        2024-03-01  31
        4        2024-03-01  82
        5        2024-03-01  2C
        6        2024-03-01  2B
        7        2024-03-01  81
        8        2024-03-01  99
        """,
        """
        method  unplanned
        11      no
        13      no
        31      no
        82      no
        2C      no
        2B      no
        81      no
        99      no
        """,
    ),
    Spec(
        "an emergency by method is not one if it was a day case; mother and baby, and unknown, are",
        """
        patient | admitted   | method | class
        1       | 2024-03-01 | 21     | 2
        2       | 2024-03-01 | 21     | 5
        3       | 2024-03-01 | 21     |
        """,
        """
        patient  unplanned
        1        no
        2        yes
        3        yes
        """,
    ),
    Spec(
        "a planned stay moved on as an emergency (2B) stays planned",
        """
        hospital  admitted    discharged  method  from  to
        RAA       2024-03-01  2024-03-03  11      19    51
        RBB       2024-03-03  2024-03-09  2B      51    19
        """,
        """
        admitted    method  unplanned
        2024-03-01  11      no
        """,
    ),
)


CIPS = (*CONTINUOUS_SPELLS, *EMERGENCIES)


def found_at_once(
    engine: Engine, specs: Sequence[Spec], of: Callable[[Frame], Frame], backwards: bool = False
) -> list[Row]:
    return rows_of(of(engine.table(all_at_once("episodes", specs, backwards))))


@pytest.fixture(scope="module")
def provider(engine: Engine) -> list[Row]:
    return found_at_once(engine, PROVIDER_SPELLS, provider_spells)


@pytest.fixture(scope="module")
def continuous(engine: Engine) -> dict[Rule, list[Row]]:
    def with_rule(rule: Rule) -> list[Row]:
        return found_at_once(engine, CIPS, lambda episodes: judged(continuous_spells(episodes, rule)))

    return {rule: with_rule(rule) for rule in _RULES}


def judged(spells: Frame) -> Frame:
    return spells.with_columns(unplanned=is_unplanned(EMERGENCY_METHODS, ("1", "5")))


@chapter(*PROVIDER_SPELLS)
def test_provider_spells(spec: Spec, provider: list[Row]) -> None:
    check(share_of(spec, PROVIDER_SPELLS, provider), spec.answer)


@pytest.mark.parametrize("rule", _RULES)
@chapter(*CIPS)
def test_continuous_spells(spec: Spec, rule: Rule, continuous: dict[Rule, list[Row]]) -> None:
    check(share_of(spec, CIPS, continuous[rule]), spec.setting.get(rule, spec.answer))


def test_the_order_of_rows_does_not_matter(engine: Engine, continuous: dict[Rule, list[Row]]) -> None:
    turned = found_at_once(engine, CIPS, lambda episodes: judged(continuous_spells(episodes)), backwards=True)
    assert sorted(map(str, turned)) == sorted(map(str, continuous["nhs_digital"]))
