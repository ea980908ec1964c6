"""Outcomes: who was admitted, or came to an emergency department, in the outcome window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from tests.support.tablespec import Row, Spec, cells, chapter, check, rows_of, tables

from riskstrat.engine import Engine
from riskstrat.errors import StudyError
from riskstrat.features.outcomes import NEEDS, WINDOWS, outcome_faults, outcomes
from riskstrat.features.spells import _RULES, Rule
from riskstrat.lists.criteria import outcome_in_words
from riskstrat.modelling.index_dates import choose_index_dates
from riskstrat.modelling.labels import censoring_weights, labels_of
from riskstrat.study.settings import OutcomeSettings, SpellSettings
from riskstrat.study.study_file import Study
from riskstrat.tables.snapshot import Snapshot, seen_in
from riskstrat.tables.windows import OutcomeWindow, day_number

INDEX = date(2025, 1, 1)
OR_DEATH = {"event": "unplanned_admission_or_death"}
ANY = {"event": "any_admission"}
ED = {"event": "ed_attendance"}
DAYS = ("patient_no", "days_to_event", "days_to_death", "days_to_case_management")
SCHEMA = pa.schema([(name, pa.int32()) for name in (*DAYS, *(f"events_{days}" for days in WINDOWS))])
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
    Spec(
        "any admission: planned, maternity, or of a method nobody recorded; a day case and a regular attender are not",
        {
            "episodes": """
            patient | admitted   | method | class
            1       | 2025-02-01 | 11     | 1
            2       | 2025-02-01 | 31     | 1
            3       | 2025-02-01 |        | 1
            4       | 2025-02-01 |        |
            5       | 2025-02-01 | 21     | 1
            6       | 2025-02-01 | 11     | 2
            7       | 2025-02-01 | 11     | 3
            """
        },
        """
        patient  outcome  admissions
        1        1        1
        2        1        1
        3        1        1
        4        1        1
        5        1        1
        6        0        0
        7        0        0
        """,
        ANY,
    ),
    Spec(
        "any admission: begun in the window; a stay that goes on, or is transferred, is none",
        {
            "episodes": """
            patient | hospital | admitted   | discharged | method | from | to
            1       | RAA      | 2024-12-31 | 2025-01-20 | 11     | 19   | 19
            2       | RAA      | 2025-01-01 | 2025-01-02 | 11     | 19   | 19
            3       | RAA      | 2025-12-31 | 2026-01-02 |        | 19   | 19
            4       | RAA      | 2026-01-01 | 2026-01-02 |        | 19   | 19
            5       | RAA      | 2024-12-20 | 2025-01-03 |        | 19   | 51
            5       | RBB      | 2025-01-03 | 2025-01-30 |        | 51   | 19
            6       | RBB      | 2025-01-03 | 2025-01-30 | 81     | 51   | 19
            """
        },
        """
        patient  outcome
        1        0
        2        1
        3        1
        4        0
        5        0
        6        0
        """,
        ANY,
    ),
    Spec(
        "any admission: a study may count day cases; a death is not one",
        {
            "patients": "patient | died\n1 |\n2 | 2025-06-01",
            "episodes": "patient admitted method class\n1 2025-02-01 11 2",
        },
        """
        patient  outcome  admissions  died
        1        1        1           0
        2        0        0           1
        """,
        {**ANY, "patient_classes": ("1", "2", "5")},
    ),
    Spec(
        "ED attendance: from the index date to the last day of the window; planned follow-up is none",
        {
            "ed_attendances": """
            patient | date       | attendance_category
            1       | 2024-12-31 | first
            2       | 2025-01-01 | first
            3       | 2025-12-31 | unplanned follow-up
            4       | 2026-01-01 | first
            5       | 2025-02-01 | planned follow-up
            6       | 2025-02-01 |
            7       | 2025-02-01 | planned follow-up
            7       | 2025-02-02 | first
            7       | 2025-02-09 | unplanned follow-up
            """
        },
        """
        patient  outcome  attendances
        1        0        0
        2        1        1
        3        1        1
        4        0        0
        5        0        0
        6        1        1
        7        1        2
        """,
        ED,
    ),
    Spec(
        "ED attendance: admitted or not, at any kind of department; a death without one is no outcome",
        {
            "patients": "patient | died\n1 |\n2 |\n3 | 2025-06-01",
            "ed_attendances": """
            patient | date       | department_type | disposal
            1       | 2025-02-01 | 1               | admitted
            2       | 2025-02-01 | 4               | left before treatment
            """,
        },
        """
        patient  outcome  died
        1        1        0
        2        1        0
        3        0        1
        """,
        ED,
    ),
    Spec(
        "days are kept, and events in each of the four windows",
        {
            "patients": "patient | died\n1 | 2025-12-25\n2 | 2024-12-31",
            "episodes": """
            patient | admitted   | discharged
            1       | 2025-01-31 | 2025-02-01
            1       | 2025-03-01 | 2025-03-02
            1       | 2026-06-01 | 2026-06-02
            2       | 2024-11-01 | 2024-11-02
            """,
        },
        """
        patient | days_to_event | days_to_death | events_30 | events_90 | events_180 | events_365
        1       | 30            | 358           | 0         | 2         | 2          | 2
        2       |               |               | 0         | 0         | 0          | 0
        """,
    ),
    Spec(
        "competing death as a composite: dying without the event is having it",
        {
            "patients": "patient | died\n1 | 2025-06-01\n2 | 2026-01-01\n3 | 2025-06-01",
            "episodes": """
            patient | admitted   | discharged
            1       | 2020-01-01 | 2020-01-02
            2       | 2020-01-01 | 2020-01-02
            3       | 2025-02-01 | 2025-02-02
            """,
        },
        """
        patient  outcome  died  died_first  admissions
        1        1        1     1           0
        2        0        0     0           0
        3        1        1     0           1
        """,
        {"competing_death": "composite"},
    ),
    Spec(
        "case-managed: held on the index date, or joined in the window; not who left by then or joins later",
        {
            "episodes": NOBODY,
            "patients": "patient\n1\n2\n3\n4\n5",
            "caseload": """
            patient | role     | enrolled_date | left_date
            1       | gp_mdt   | 2024-06-01    |
            2       | gp_mdt   | 2024-06-01    | 2025-01-01
            3       | gp_mdt   | 2025-03-01    |
            4       | gp_mdt   | 2026-01-01    |
            5       | gp_mdt   | 2024-06-01    | 2024-09-01
            5       | pharmacy | 2025-01-11    |
            """,
        },
        """
        patient  managed_before  managed  days_to_case_management
        1        1               1        0
        2        0               0        -
        3        0               1        59
        4        0               0        365
        5        0               1        10
        """,
    ),
    Spec(
        "ED attendance: a window of 30 days",
        {"ed_attendances": "patient date\n1 2025-01-30\n2 2025-01-31"},
        "patient outcome\n1 1\n2 0",
        {**ED, "days": 30},
    ),
)


@chapter(*OUTCOMES)
def test_outcomes(spec: Spec, engine: Engine) -> None:
    given = dict(spec.given)  # type: ignore[arg-type]
    settings = OutcomeSettings(**spec.setting)
    seen = seen_in(settings.event)
    people = "patient\n" + "\n".join(sorted({row[0] for row in cells(given[seen])[1]}))
    found = tables(engine, {"patients": people, **given})
    check(labelled(found, settings), spec.answer)


def labelled(found: Mapping[str, Any], settings: OutcomeSettings, rule: Rule = "nhs_digital") -> list[Row]:
    """What happened to everyone, and what of it counts in the window."""
    people, rows, caseload = found["patients"], found[seen_in(settings.event)], found.get("caseload")
    known = outcomes(people, people, rows, day_number(INDEX), settings, SpellSettings(rule=rule), caseload)
    happened = pa.Table.from_pylist(rows_of(known), SCHEMA)
    labels = labels_of(happened, settings, np.full(happened.num_rows, 75.0))
    of = {"outcome": labels.outcome, "admissions": labels.events, "attendances": labels.events, "died": labels.died}
    of |= {"died_first": labels.died_first, "managed": labels.managed, "managed_before": labels.managed_before}
    return [
        {**row, **{name: int(values[i]) for name, values in of.items()}} for i, row in enumerate(happened.to_pylist())
    ]


@pytest.mark.parametrize("rule", _RULES)
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
    rows = labelled(found, OutcomeSettings(), rule)
    assert [row["outcome"] for row in rows] == [{"nhs_digital": 1, "hes_pipeline": 0}[rule]]


EVENTS = get_args(OutcomeSettings.model_fields["event"].annotation)
FLAGGED, UNFLAGGED = {"episodes": ["admission_method"]}, {"episodes": ["admission_date"]}
ATTENDED, DIED = {"ed_attendances": ["event_date"]}, {"patients": ["death_date"]}
CAN_BE_SEEN: tuple[tuple[str, Mapping[str, list[str]], bool], ...] = (
    ("unplanned_admission", FLAGGED, True),
    ("unplanned_admission", UNFLAGGED, False),
    ("unplanned_admission", ATTENDED, False),
    ("unplanned_admission_or_death", FLAGGED, False),
    ("unplanned_admission_or_death", {**FLAGGED, **DIED}, True),
    ("unplanned_admission_or_death", {**FLAGGED, "deaths": ["death_date"]}, True),
    ("unplanned_admission_or_death", {**UNFLAGGED, **DIED}, False),
    ("any_admission", UNFLAGGED, True),
    ("any_admission", ATTENDED, False),
    ("ed_attendance", ATTENDED, True),
    ("ed_attendance", FLAGGED, False),
)


@pytest.mark.parametrize(("event", "carried", "can"), CAN_BE_SEEN)
def test_an_outcome_that_the_extracts_cannot_show_is_a_fault(
    event: str, carried: Mapping[str, list[str]], can: bool
) -> None:
    faults = outcome_faults(event, carried)
    assert (faults == []) == can
    for fault in faults:
        assert fault.startswith("outcome.event: this snapshot has no ")
        assert [f'"{other}"' in fault for other in EVENTS] == [not outcome_faults(other, carried) for other in EVENTS]


def test_every_event_of_a_study_is_known_and_said() -> None:
    assert set(NEEDS) == set(EVENTS)
    said = {event: outcome_in_words(Study(name="x", outcome={"event": event})) for event in EVENTS}
    assert len(set(said.values())) == len(EVENTS)
    assert all("in the 365 days from the index date" in text for text in said.values())
    assert "planned follow-up attendances are not counted" in said["ed_attendance"]
    assert "day cases, regular attenders and transfers are not counted" in said["any_admission"]
    assert "method" not in said["any_admission"]
    assert "21 22 23 24 25 2A 2D 28" in said["unplanned_admission_or_death"]
    day_cases = outcome_in_words(Study(name="x", outcome={"patient_classes": ("1", "2")}))
    assert "day cases" not in day_cases


# --- The span of the data in which an outcome is seen ---------------------------------------------------------------

ADMITTED = {"from": "2018-01-01", "to": "2020-12-31"}
SEEN_AT_ED = {"from": "2020-01-01", "to": "2025-12-31"}


def snapshot(**as_of: Any) -> Snapshot:
    first = next(iter(as_of.values()), ADMITTED)
    manifest = {"span": [first["from"], first["to"]], "parts": 1, "tables": list(as_of)}
    return Snapshot(Path(), {**manifest, **({"data_as_of": as_of} if as_of else {})})


def test_the_span_is_that_of_the_table_in_which_the_outcome_is_seen() -> None:
    both = snapshot(episodes=ADMITTED, ed_attendances=SEEN_AT_ED)
    for event in EVENTS:
        ends = date(2025, 12, 31) if event == "ed_attendance" else date(2020, 12, 31)
        assert both.span_of(event)[1] == ends
        dates = choose_index_dates(
            Study(name="x", outcome={"event": event, "days": 90}, timing={"min_history_months": 3}), both
        )
        assert OutcomeWindow(dates.test, 90).last_date <= ends < OutcomeWindow(dates.test, 150).last_date


def test_a_manifest_that_says_no_more_than_its_span_is_taken_at_its_word() -> None:
    assert snapshot().span_of("unplanned_admission") == (date(2018, 1, 1), date(2020, 12, 31))


@pytest.mark.parametrize("event", EVENTS)
def test_an_outcome_without_its_table_is_refused(event: str) -> None:
    other = "episodes" if event == "ed_attendance" else "ed_attendances"
    empty = {seen_in(event): {"from": None, "to": None}}
    for has in (snapshot(**{other: ADMITTED}), snapshot(**{other: ADMITTED}, **empty)):
        with pytest.raises(StudyError, match=f"needs {seen_in(event)}"):
            has.span_of(event)


def test_what_a_snapshot_carries() -> None:
    spans = {"episodes": ADMITTED, "diagnoses": {"from": None, "to": None}}
    tables = ["patients", "episodes", "diagnoses", "consultations"]
    old = Snapshot(Path(), {"tables": tables})
    assert set(old.carried) == set(tables)
    assert "admission_method" in old.carried["episodes"]
    new = Snapshot(Path(), {"tables": tables, "data_as_of": spans, "carried": {"episodes": ["provider"]}})
    assert set(new.carried) == {"patients", "episodes", "consultations"}
    assert set(new.carried["episodes"]) == {"provider"}
    assert "mode" in new.carried["consultations"]


# --- Death before the outcome ----------------------------------------------------------------------------------------


def kaplan_meier(times: np.ndarray, ended: np.ndarray, day: int) -> float:
    """The share not ended before a day, worked out person by person."""
    share = 1.0
    for one in sorted(set(times[ended].tolist())):
        if one < day:
            share *= 1 - (ended & (times == one)).sum() / (times >= one).sum()
    return share


def test_censoring_weights_are_one_over_the_chance_of_not_having_died_before() -> None:
    rng = np.random.default_rng(8)
    event = np.where(rng.random(200) < 0.3, rng.integers(0, 500, 200), np.inf)
    death = np.where(rng.random(200) < 0.3, rng.integers(0, 500, 200), np.inf)
    age = rng.choice([40, 70, 90], 200)
    found = censoring_weights(event, death, 365, age)
    died_first = (death < 365) & ~(event < 365)
    assert (found[died_first] == 0).all()
    until = np.minimum(np.minimum(event, death), 365)
    for one in (40, 70, 90):
        mine = age == one
        for i in np.flatnonzero(mine & ~died_first):
            known = kaplan_meier(until[mine], died_first[mine], int(until[i]))
            assert found[i] == pytest.approx(1 / known)


def test_where_nobody_dies_everyone_counts_once() -> None:
    never = np.full(5, np.inf)
    assert censoring_weights(np.array([1, 9, np.inf, np.inf, 400.0]), never, 365, np.full(5, 70)).tolist() == [1.0] * 5


def test_a_choice_about_death_needs_dates_of_death() -> None:
    (fault,) = outcome_faults("unplanned_admission", FLAGGED, "weight")
    assert "no dates of death" in fault
    assert outcome_faults("unplanned_admission", {**FLAGGED, **DIED}, "weight") == []
    with pytest.raises(ValueError, match="death is already part of the event"):
        OutcomeSettings(event="unplanned_admission_or_death", competing_death="composite")
