"""Lists: who is on one, who keeps a place, whom a decision leaves out, and what each month says of the last."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.evaluation.tested_people import list_sizes
from riskstrat.lists.changes import GONE, add_changes, gone
from riskstrat.lists.columns import DECISION_MEANINGS
from riskstrat.lists.decisions import EFFECTS, days_of, decisions_standing, holders, left_out_by_decision, pinned
from riskstrat.lists.rising import rising
from riskstrat.lists.selection import _LISTED, NO_ROOM, OTHER_ROLE, RoleHistory, Selection, select
from riskstrat.study.roles import _BUILT_IN, RoleSettings, built_in_roles
from riskstrat.study.settings import DecisionSettings
from riskstrat.study.study_file import Study

DAY = date(2026, 3, 1)
TEN = RoleSettings(title="x", per_practice=10)


def cohort(*risks: float, practice: str = "P1", **columns: Any) -> pd.DataFrame:
    """People p000, p001, ... with these risks."""
    ids = [f"{practice.lower()}-{n:03d}" for n in range(len(risks))]
    rows = pd.DataFrame({"patient_id": ids, "practice_code": practice, "risk_pct": risks, "on_caseload": None})
    return rows.assign(emergency_admissions_12m=0.0, age=70, care_home_id=None, **columns)


def chosen(role: RoleSettings, rows: pd.DataFrame, past: RoleHistory | None = None, **how: Any) -> Selection:
    return select("x", role, rows, np.zeros(len(rows), bool), past, **how)


def ids(selection: Selection) -> list[str]:
    return selection.rows["patient_id"].tolist()


# --- Places ------------------------------------------------------------------------------------------------------


def test_a_team_of_practices_shares_its_places_by_risk_and_each_practice_gets_its_own_list() -> None:
    rows = pd.concat([cohort(50, 10, 5), cohort(40, 30, practice="P2"), cohort(1, 2, practice="P3")])
    rows = rows.reset_index(drop=True)
    teams = {"P1": "north", "P2": "north"}
    found = chosen(RoleSettings(title="x", per_team=3), rows, teams=teams)
    assert found.rows[["practice_code", "rank", "patient_id"]].values.tolist() == [
        ["P1", 1, "p1-000"], ["P2", 1, "p2-000"], ["P2", 2, "p2-001"], ["P3", 1, "p3-001"], ["P3", 2, "p3-000"],
    ]  # fmt: skip
    assert found.counts["capacity"].to_dict() == {"P1": 3, "P2": 3, "P3": 3}
    assert found.counts["team"].to_dict() == {"P1": "north", "P2": "north", "P3": ""}


def test_a_teams_caseload_has_the_places_that_are_free_in_all_its_practices() -> None:
    rows = pd.concat([cohort(50, 10), cohort(40, 30, practice="P2")], ignore_index=True)
    rows["on_caseload"] = ["x; y", None, "x", None]
    role = RoleSettings(title="x", caseload=3, caseload_of="team", eligible="not on_caseload")
    assert ids(chosen(role, rows, teams={"P1": "n", "P2": "n"})) == ["p2-001"]


def test_homes_stay_together_the_home_with_the_highest_risk_first() -> None:
    rows = cohort(10, 40, 30, 20).assign(care_home_id=["H1", "H2", "H1", None])
    found = chosen(RoleSettings(title="x", per_practice=10, group_by="care_home_id"), rows)
    assert ids(found) == ["p1-001", "p1-002", "p1-000", "p1-003"]
    assert found.rows["rank"].tolist() == [1, 2, 3, 4]


def test_a_report_judges_a_team_at_the_places_that_it_has_and_not_once_a_practice() -> None:
    teams, roles = {"north": ["A", "B"]}, {"ward": {"title": "Ward", "per_team": 3}, "gp_mdt": {"per_practice": 4}}
    study = Study.model_validate({"name": "x", "teams": teams, "roles": roles})
    sizes = list_sizes(study, np.array(["A"] * 20 + ["B"] * 20 + ["C"] * 20))
    assert (sizes["ward"], sizes["gp_mdt"]) == (6, 12), "one team, and a practice that is a team of its own"


def test_whoever_another_role_has_is_counted_and_not_listed() -> None:
    found = chosen(TEN, cohort(3, 2, 1), RoleHistory(taken={"p1-000"}))
    assert ids(found) == ["p1-001", "p1-002"]
    assert found.counts.loc["P1", [OTHER_ROLE, "eligible", "listed"]].tolist() == [1, 3, 2]


# --- Stability ---------------------------------------------------------------------------------------------------

RISKS = tuple(range(30, 0, -1))
STABLE = """
last list           pct  listed instead   why
p1-010              0    -                the rule is off
p1-010              20   p1-009           rank 11 is within 12, and rank 10 is not sure of a place
p1-011              20   p1-009           rank 12 is the last that is kept
p1-012              20   -                rank 13 is too far
p1-010 p1-011       20   p1-008 p1-009    two kept, two others make room
p1-010 p1-011       10   p1-009           only one place is open to memory
p1-009 p1-010       20   p1-008           both stay: one of them would be listed anyway
"""


@pytest.mark.parametrize("line", STABLE.strip().splitlines()[1:])
def test_who_was_listed_stays_while_near_enough(line: str) -> None:
    last, pct, instead = (part.strip() for part in (line[:20], line[20:25], line[25:42]))
    plain = {f"p1-{n:03d}" for n in range(10)}
    found = chosen(TEN, cohort(*RISKS), RoleHistory(listed=set(last.split())), stability_pct=float(pct))
    assert plain - set(ids(found)) == set(instead.split()) - {"-"}
    assert len(found.rows) == 10
    assert found.counts.loc["P1", "kept"] == len(set(ids(found)) - plain)
    assert found.counts.loc["P1", "expected_plain"] == pytest.approx(sum(RISKS[:10]) / 100)
    assert found.counts.loc["P1", "expected"] == pytest.approx(found.rows["risk_pct"].sum() / 100)


@pytest.mark.parametrize("stability_pct", [0, 20])
@pytest.mark.parametrize("room", [2, 5, 10])
def test_who_was_deferred_has_a_place_whatever_the_rank(room: int, stability_pct: float) -> None:
    role = RoleSettings(title="x", per_practice=room)
    found = chosen(role, cohort(*RISKS), RoleHistory(pinned={"p1-028", "p1-029"}), stability_pct=stability_pct)
    assert {"p1-028", "p1-029"} <= set(ids(found))
    assert found.counts.loc["P1", ["due", "kept"]].tolist() == [2, 0]
    assert found.rows["rank"].tolist() == list(range(1, room + 1))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=40),
    st.sets(st.integers(0, 39)),
    st.integers(1, 12),
    st.sampled_from([0.0, 5.0, 20.0, 50.0, 100.0]),
)
def test_memory_never_lengthens_a_list_nor_lists_who_is_far_below(
    risks: list[int], last: set[int], room: int, pct: float
) -> None:
    rows = cohort(*risks)
    found = chosen(
        RoleSettings(title="x", per_practice=room),
        rows,
        RoleHistory(listed={f"p1-{n:03d}" for n in last}),
        stability_pct=pct,
    )
    book = found.counts.loc["P1"]
    assert book["listed"] == len(found.rows) == min(room, len(risks))
    order = sorted(range(len(risks)), key=lambda n: (-risks[n], n))
    near = {f"p1-{n:03d}" for n in order[: room + round(room * pct / 100)]}
    assert set(ids(found)) <= near
    assert {f"p1-{n:03d}" for n in order[: room - round(room * pct / 100)]} <= set(ids(found))
    assert book["expected"] <= book["expected_plain"] + 1e-9


# --- Books -------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_books_balance_whatever_was_decided(data: st.DataObject) -> None:
    risks = data.draw(st.lists(st.integers(1, 60), min_size=1, max_size=30))
    rows = cohort(*risks).assign(practice_code=data.draw(st.lists(st.sampled_from("AB"), min_size=30))[: len(risks)])
    some = st.sets(st.sampled_from(rows["patient_id"].tolist()))
    decided = {one: data.draw(st.sampled_from(sorted(EFFECTS))) for one in data.draw(some)}
    died = rows["patient_id"].isin(data.draw(some)).to_numpy()
    past = RoleHistory(decided, data.draw(some), data.draw(some), data.draw(some), data.draw(some))
    role = RoleSettings(title="x", eligible="risk_pct >= 10", per_practice=data.draw(st.integers(1, 9)))
    found = select("x", role, rows, died, past, 20.0)
    for practice, book in found.counts.iterrows():
        here = rows["practice_code"] == practice
        assert book["cohort"] == here.sum() == book["died_since"] + book["not_eligible"] + book["eligible"]
        off = sum(book["hidden"].values()) + book["with_other_role"] + book["over_capacity"]
        assert book["eligible"] == book["listed"] + off
        assert book["listed"] <= book["capacity"]
    assert (found.outcomes == _LISTED).sum() == len(found.rows)
    assert not set(ids(found)) & (decided.keys() | set(past.taken))
    assert not (found.outcomes.eq(NO_ROOM) & died).any()


# --- What a decision does ----------------------------------------------------------------------------------------

MATRON, MDT, NURSE = "community_matron", "gp_mdt", "district_nurse"
DECIDED = """
who               decision             on          review on   off their lists at 2026-03-01
community_matron  accepted             2026-01-20  -           community_matron
community_matron  accepted             2025-01-20  -           -
community_matron  accepted             2026-01-20  2026-02-15  -
gp_mdt            already_on_caseload  2026-01-20  -           gp_mdt
gp_mdt            other_service        2026-01-20  -           gp_mdt
gp_mdt            declined_by_patient  2026-01-20  -           gp_mdt
gp_mdt            declined_by_patient  2026-01-20  2026-03-01  -
gp_mdt            declined_by_patient  2026-01-20  2026-03-02  gp_mdt
gp_mdt            not_appropriate      2026-01-20  -           gp_mdt
gp_mdt            palliative_pathway   2026-01-20  -           gp_mdt community_matron
district_nurse    palliative_pathway   2026-01-20  -           gp_mdt community_matron district_nurse
gp_mdt            care_home_pathway    2026-01-20  -           gp_mdt community_matron district_nurse
gp_mdt            deceased             2026-01-20  -           gp_mdt community_matron district_nurse
gp_mdt            deceased             2025-06-20  -           -
gp_mdt            moved                2026-01-20  -           gp_mdt community_matron district_nurse
gp_mdt            data_error           2026-01-20  -           gp_mdt
gp_mdt            data_error           2025-11-20  -           -
gp_mdt            deferred             2026-01-20  -           -
gp_mdt            deferred             2026-01-20  2026-04-01  gp_mdt
gp_mdt            not_reviewed         2026-01-20  -           -
"""


def log(*lines: tuple[str, str, str, str | None], patient: str = "p1", listed: str = "2026-01-01") -> pd.DataFrame:
    return pd.DataFrame([
        {"patient_id": patient, "practice_code": "P1", "role": role, "index_date": date.fromisoformat(listed),
         "decision": decision, "reason": None, "decided_by_role": None, "decided_on": date.fromisoformat(on),
         "next_review_on": date.fromisoformat(review) if review else None, "source": "s", "entry": entry}
        for entry, (role, decision, on, review) in enumerate(lines, 1)
    ]).astype({"patient_id": "str", "practice_code": "str", "role": "str", "decision": "str"})  # fmt: skip


def off(rows: pd.DataFrame, day: date = DAY) -> set[str]:
    """The roles from whose lists the patient is left out."""
    stands = decisions_standing(rows, DecisionSettings(), day)
    roles = built_in_roles()
    return {name for name in (MATRON, MDT, NURSE) if len(left_out_by_decision(name, roles[name], stands, day))}


@pytest.mark.parametrize("line", DECIDED.strip().splitlines()[1:])
def test_whose_lists_a_decision_leaves_a_patient_out_of(line: str) -> None:
    who, decision, on, review, *roles = line.split()
    assert off(log((who, decision, on, None if review == "-" else review))) == set(roles) - {"-"}


def test_every_decision_has_an_effect_and_an_end() -> None:
    assert set(EFFECTS) == set(DECISION_MEANINGS)
    for decision, effect in EFFECTS.items():
        assert (days_of(DecisionSettings(), decision) > 0) == (effect.reach != "none" and decision != "deferred")


def test_a_decision_bears_on_later_lists_only() -> None:
    decided = log((MDT, "not_appropriate", "2026-01-20", None))
    assert off(decided, date(2026, 1, 1)) == set()
    assert off(decided, date(2026, 1, 2)) == {MDT}


def test_the_latest_decision_of_a_role_holds_and_not_reviewed_lifts_what_stood() -> None:
    before = log((MDT, "declined_by_patient", "2026-01-20", None))
    after = log((MDT, "not_reviewed", "2026-02-20", None), listed="2026-02-01").assign(entry=2)
    assert off(before) == {MDT}
    assert off(pd.concat([before, after])) == set()


def test_what_one_role_decided_for_all_another_may_lift_for_itself() -> None:
    before = log((MDT, "palliative_pathway", "2026-01-20", None))
    after = log((MATRON, "not_reviewed", "2026-02-20", None), listed="2026-02-01").assign(entry=2)
    assert off(pd.concat([before, after])) == {MDT}


def test_a_decision_written_on_a_list_of_the_same_date_does_not_lift_anothers() -> None:
    assert off(log((MDT, "deceased", "2026-01-10", None), (MATRON, "not_reviewed", "2026-01-20", None))) == {
        MDT, MATRON, NURSE,
    }  # fmt: skip


def test_whom_a_role_accepted_itself_is_left_out_by_the_decision_and_not_by_its_rule() -> None:
    rows = cohort(9, 8, 7).assign(on_caseload=["x", "x; y", "y"])
    role = RoleSettings(title="x", eligible="not on_caseload", caseload=50)
    found = chosen(role, rows, RoleHistory({"p1-000": "accepted"}, accepted={"p1-000", "p1-001"}))
    assert found.outcomes.tolist() == ["accepted", "not_eligible", "not_eligible"]
    assert found.counts.loc["P1", ["eligible", "capacity"]].tolist() == [1, 48]
    later = chosen(role, rows, RoleHistory(accepted={"p1-000"}))
    assert ids(later) == ["p1-000"], "back on the day of review, though the case is held"


def test_an_accepted_case_is_held_whatever_the_day_of_review() -> None:
    stands = decisions_standing(log((MATRON, "accepted", "2026-01-20", "2026-02-15")), DecisionSettings(), DAY)
    assert holders(stands, DAY)[["patient_id", "role"]].values.tolist() == [["p1", MATRON]]
    assert holders(stands, date(2027, 1, 20)).empty


HELD = """
then on the list of   then            held at 2026-03-01
2026-02-01            not_reviewed    no      while it kept the patient off the list
2026-02-16            not_reviewed    yes     back on the list since 2026-02-15, and there was no time
2026-02-16            deferred        yes
2026-02-16            other_service   no
"""


@pytest.mark.parametrize("line", HELD.strip().splitlines()[1:])
def test_what_ends_the_holding_of_a_case(line: str) -> None:
    listed, decision, held = line.split()[:3]
    before = log((MATRON, "accepted", "2026-01-20", "2026-02-15"))
    after = log((MATRON, decision, listed, None), listed=listed).assign(entry=2)
    found = holders(decisions_standing(pd.concat([before, after]), DecisionSettings(), DAY), DAY)
    assert len(found) == (held == "yes")


def test_who_was_deferred_is_kept_once_the_day_has_come_and_not_for_ever() -> None:
    stands = decisions_standing(
        log((MDT, "deferred", "2026-01-20", "2026-03-01")), DecisionSettings(), date(2026, 12, 1)
    )
    unread = log((MDT, "deferred", "2026-01-20", None))
    unread = pd.concat([unread, log((MDT, "not_reviewed", "2026-02-20", None), listed="2026-02-01").assign(entry=2)])
    assert pinned(MDT, decisions_standing(unread, DecisionSettings(), DAY), DAY) == {"p1"}, (
        "a meeting without time loses nobody"
    )
    assert [pinned(MDT, stands, day) for day in (date(2026, 2, 28), DAY, date(2026, 9, 1))] == [
        frozenset(), frozenset({"p1"}), frozenset(),
    ]  # fmt: skip


# --- From month to month -----------------------------------------------------------------------------------------


def listed(*ranks: str, role: str = "x") -> pd.DataFrame:
    rows = pd.DataFrame({"patient_id": ranks, "role": role, "practice_code": "P1"})
    return rows.assign(rank=range(1, len(ranks) + 1))


def test_what_a_row_says_of_the_months_before() -> None:
    rows = add_changes(listed("a", "b", "c", "d", "e"), [listed("d", "b"), listed("b", "a", "e")], {"a": 12.0})
    said = rows.set_index("patient_id")
    assert said["change"].to_dict() == {"a": "up", "b": "down", "c": "new", "d": "returned", "e": "down"}
    assert said["months_listed"].to_dict() == {"a": 2, "b": 3, "c": 1, "d": 1, "e": 2}
    assert said.loc["a", "prev_risk_pct"] == 12.0
    assert np.isnan(said.loc["b", "prev_risk_pct"])


def test_another_practices_list_is_nobodys_past() -> None:
    elsewhere = listed("a").assign(practice_code="P2")
    (row,) = add_changes(listed("a"), [elsewhere], {"a": 12.0}).to_dict("records")
    assert (row["change"], row["months_listed"], row["prev_risk_pct"]) == ("new", 1, 12.0)


def test_at_the_first_run_nobody_is_new() -> None:
    assert add_changes(listed("a"), [], {})["change"].isna().all()


def test_whoever_has_gone_is_there_with_the_reason() -> None:
    last = listed("a", "b", "c", "d", "e", "f")
    now = {"a": ("P1", _LISTED), "b": ("P1", NO_ROOM), "c": ("P1", "accepted"), "f": ("P2", _LISTED)}
    here = pd.concat([listed("a"), listed("f").assign(practice_code="P2")])
    found = gone(last, here, now, deaths={"d"}).set_index("patient_id")
    assert found["fate"].to_dict() == {"b": NO_ROOM, "c": "accepted", "d": "died_since", "e": GONE, "f": GONE}
    assert found["last_rank"].tolist() == [2, 3, 4, 5, 6]


# --- Rising risk -------------------------------------------------------------------------------------------------


def test_a_rise_must_be_large_and_larger_than_that_of_people_like_them() -> None:
    chance = np.random.default_rng(3)
    past = np.repeat(np.linspace(2, 60, 1000)[:, None], 3, axis=1) * chance.lognormal(0, 0.03, (1000, 3))
    now = past.mean(axis=1).copy()
    now[[10, 500, 900]] = past[[10, 500, 900]].mean(axis=1) + np.array([3.0, 12.0, 12.0])
    flags = rising(now, past, 5.0, 95.0).flags
    assert flags[10] == 0, "a rise of 3 points is too small to matter"
    assert flags[[500, 900]].tolist() == [1, 1]
    assert flags.sum() == 2


def test_what_moves_everyone_is_nobodys_rise() -> None:
    chance = np.random.default_rng(5)
    past = np.linspace(20, 40, 1000)[:, None]
    now = past[:, 0] + 8 + chance.normal(0, 0.1, 1000)
    assert rising(now, past, 5.0, 95.0).flags.mean() == pytest.approx(0.05, abs=0.01)


def test_without_an_own_past_a_rise_is_not_assessed() -> None:
    past = np.full((200, 1), 10.0)
    past[0] = np.nan
    flags = rising(np.full(200, 50.0), past, 5.0, 95.0).flags
    assert np.isnan(flags[0])
    assert np.isnan(rising(np.full(200, 50.0), np.empty((200, 0)), 5.0, 95.0).flags).all()


# --- Roles as data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(_BUILT_IN))
def test_a_built_in_role_needs_no_more_than_its_name(name: str) -> None:
    study = Study.model_validate({"name": "x", "roles": {name: {}}})
    assert study.roles == {name: built_in_roles()[name]}


def test_a_role_of_ones_own_and_another_capacity_for_a_built_in_one() -> None:
    own = {"virtual_ward": {"title": "Virtual ward", "per_team": 12}, "pharmacist": {"per_1000": 3}}
    roles = Study.model_validate({"name": "x", "roles": own}).roles
    assert roles["virtual_ward"].by_team
    assert (roles["pharmacist"].per_1000, roles["pharmacist"].per_practice) == (3, None)
    assert roles["pharmacist"].title == "Pharmacist"
