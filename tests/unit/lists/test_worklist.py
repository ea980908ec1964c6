"""The worklist of a practice and the page about a patient: what they say, and that they are safe to open."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskstrat.lists.columns import DECISION_MEANINGS
from riskstrat.lists.files.output import CaseList
from riskstrat.lists.files.patient_page import patient_html
from riskstrat.lists.files.templates import policy
from riskstrat.lists.files.worklist import PracticeLists, worklist_html, write_worklist
from riskstrat.lists.files.worklist_rows import WorklistEntry, worklist_entries

ATTACK = '=1+1"><script>alert(1)</script>'
FIRST = {
    "rank": 1, "patient_id": "0012ab", "age_band": "80-84", "sex": "F", "risk_pct": 43.2, "band": "high",
    "prev_risk_pct": 31.0, "prev_rank": 4, "change": "up", "rising": 1, "months_listed": 3,
    "reason_1": "2 emergency admissions in the last 12 months", "long_term_conditions": "COPD; asthma",
    "to_do": "pharmacist: 14 medicines; GP: no blood pressure for 18 months", "on_caseload": None,
    "responsible_role": None, "other_lists": "pharmacist", "care_home": 1, "end_of_life_register": 0,
    "emergency_admissions_12m": 2, "data_gaps": "no BMI",
}  # fmt: skip
SECOND = {
    "rank": 2, "patient_id": "0077cd", "age_band": "90+", "sex": "M", "risk_pct": 7.5, "change": "same",
    "prev_rank": 2, "reason_1": "aged 91", "on_caseload": "community_matron", "responsible_role": "community_matron",
    "care_home": 0, "end_of_life_register": 1,
}  # fmt: skip
THIRD = {"rank": 3, "patient_id": ATTACK, "risk_pct": 12.0, "change": "new", "reason_1": ATTACK}
HEADER = {
    "practice": "A81001", "index_date": "2026-03-01", "eligible": "34", "expires_on": "2026-04-05",
    "left_out": "190 do not meet the rule; 31 meet the rule, but all places are taken",
    "criteria": "risk of 15 % or more",
    "use": "Supports a decision, makes none. Reasons are associations, not causes.",
}  # fmt: skip


def case_list(role: str, *rows: dict[str, Any], practice: str = "A81001", **header: str) -> CaseList:
    title = {"role": role.replace("_", " ").capitalize(), **HEADER, **header}
    return CaseList(practice, role, title, pd.DataFrame(list(rows)), tuple(DECISION_MEANINGS))


MATRON = case_list("community_matron", FIRST, SECOND, THIRD)
PHARMACIST = case_list("pharmacist", {**FIRST, "other_lists": "community_matron"}, expires_on="2026-04-01")
LISTS = PracticeLists("A81001", (MATRON, PHARMACIST))
PAGE = worklist_html(LISTS)


class Read(HTMLParser):
    """Texts of a page, its tags, and what its scripts and styles hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.held: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag in ("script", "style") and self.tags[-1][0] == self.lasttag and data.strip():
            self.held[self.lasttag] = self.held.get(self.lasttag, "") + data
        elif data.strip():
            self.texts.append(" ".join(data.split()))


def entry(**row: Any) -> WorklistEntry:
    return worklist_entries(pd.DataFrame([{"patient_id": "p", **row}]), {"gp_mdt": "GP team"})[0]


def facts(**changed: Any) -> dict[str, Any]:
    """A patient as `riskstrat explain` has them."""
    return {
        "patient_id": "0012ab", "practice_code": "A81001", "index_date": date(2026, 3, 1), "model": "default",
        "risk_pct": 43.2, "percentile": 99.6, "band": "high", "high_risk": True, "definition": "a risk of 30 % or more",
        "age_band": "80-84", "sex": "F", "raises": [{"topic": "admissions", "says": "2 admissions", "log_odds": 0.4}],
        "lowers": [], "lowers_by_absence": ["dementia"], "not_assessed": ["bmi_latest"],
        "history": [
            {"index_date": date(2026, 1, 1), "risk_pct": 20.0, "same_model": False},
            {"index_date": date(2026, 2, 1), "risk_pct": 31.0, "same_model": True},
            {"index_date": date(2026, 3, 1), "risk_pct": 43.2, "same_model": True},
        ],
        "decisions": [
            {"decided_on": date(2025, 9, 1), "role": "gp_mdt", "decision": "declined_by_patient",
             "reason": "wanted no visits", "until": date(2026, 3, 1)},
        ],
        "to_do": [{"who": "pharmacist", "what": "14 medicines"}], "data_gaps": ["no BMI"], "conditions": ["COPD"],
        "flags": {"care_home": True, "end_of_life_register": None}, "on_caseload": None, "responsible_role": None,
        "lists": [{"role": "gp_mdt", "title": "GP team", "why": "listed, rank 1", "rank": 1, "rule": "True",
                   "capacity": "20"}],
        "legal_basis": "Section 251", "expires_on": date(2026, 4, 5), **changed,
    }  # fmt: skip


PATIENT = patient_html(facts())
PAGES = {"worklist": PAGE, "patient": PATIENT}


def test_every_row_of_every_role_is_there() -> None:
    tags = [(tag, attrs) for tag, attrs in Read(PAGE).tags]
    assert sum(tag == "tr" and "data-marks" in attrs for tag, attrs in tags) == 4
    texts = Read(PAGE).texts
    for patient, times in (("0012ab", 2), ("0077cd", 1), (ATTACK, 2)):  # the attack is a reason too
        assert texts.count(patient) == times


NONE = "Current caseload: none recorded."
WHAT = (
    "Patients at highest risk of an unplanned admission, one list for each role. Index date 1 March 2026. "
    "Use until 1 April 2026."
)


def test_says_in_order_what_it_is_who_is_first_how_many_and_where_to_write() -> None:
    texts = Read(PAGE).texts
    asked = [
        "Practice A81001: case-finding lists",
        WHAT,
        "First patient",
        "0012ab, 80-84, F, risk 43.2 %, 2 emergency admissions in the last 12 months. The others follow by rank.",
        "3 patients listed of 34 eligible",
        "190 do not meet the rule; 31 meet the rule, but all places are taken",
        "In the workbook community_matron.xlsx, not on this page.",
        "43.2 %",
    ]
    places = [texts.index(text) for text in asked]
    assert places == sorted(places)


def test_a_list_of_another_practice_is_refused() -> None:
    with pytest.raises(ValueError, match="the same practice"):
        PracticeLists("A81001", (MATRON, case_list("pharmacist", FIRST, practice="A81002")))


def test_a_list_of_nobody_says_so() -> None:
    nobody = replace(MATRON, rows=MATRON.rows.head(0))
    assert "No patient is listed." in Read(worklist_html(PracticeLists("A81001", (nobody,)))).texts


def test_who_has_left_and_who_is_kept_off_are_shown() -> None:
    left = pd.DataFrame({"patient_id": ["0099ef"], "last_rank": [7.0], "why": ["moved away"]})
    off = pd.DataFrame(
        {"patient_id": ["0088_a"], "stands": ["not_appropriate"], "stands_until": [pd.Timestamp("2026-05-01")]}
    )
    texts = Read(worklist_html(PracticeLists("A81001", (replace(MATRON, dropped=left, held_back=off),)))).texts
    for said in ("No longer listed", "0099ef", "7", "moved away", "0088_a", "not appropriate", "1 May 2026"):
        assert said in texts


def test_a_role_that_holds_little_gets_a_table_of_little() -> None:
    page = worklist_html(PracticeLists("A81001", (case_list("social_worker", {"rank": 1, "patient_id": "p"}),)))
    assert re.findall(r'<th scope="col" class="(\w+)">', page) == ["rank", "patient"]


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ({"change": "up", "prev_rank": 4, "prev_risk_pct": 31.0}, "change", ("Up from rank 4", "Risk was 31.0 %")),
        ({"change": "new", "rising": 1, "months_listed": 1}, "change", ("Risen fast", "New")),
        ({"change": None, "rising": None}, "change", ()),
        ({"to_do": "GP: call; look again"}, "to_do", (("GP", "call"), ("", "look again"))),
        ({"on_caseload": "gp_mdt", "responsible_role": "gp_mdt"}, "held", ("Current caseload: GP team.",)),
        ({"on_caseload": None, "responsible_role": None}, "held", (f"{NONE} Agree which team is responsible.",)),
        ({"on_caseload": None, "responsible_role": "gp_mdt"}, "held", (f"{NONE} Responsible team: GP team.",)),
        ({"other_lists": "gp_mdt; pharmacist"}, "held", ("Also listed for: GP team; Pharmacist",)),
        ({"care_home": 1, "end_of_life_register": None}, "flags", ("Care home",)),
        ({"medicines": None, "emergency_admissions_12m": 0}, "more", (("Emergency admissions (12 m)", "0"),)),
        ({"change": "returned", "on_caseload": None}, "marks", "news nobody"),
        ({"change": "same"}, "marks", ""),
    ],
)
def test_a_cell_says(row: dict[str, Any], field: str, said: Any) -> None:
    assert getattr(entry(**row), field) == said


def test_the_same_lists_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_worklist(LISTS, tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes() == PAGE.encode()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_from_data_is_markup(name: str) -> None:
    page = patient_html(facts(patient_id=ATTACK, conditions=[ATTACK], age_band=ATTACK)) if name == "patient" else PAGE
    assert page.count("<script") == (name == "worklist")
    assert not [attrs for _, attrs in Read(page).tags if {"style", "onclick", "onerror", "src"} & attrs.keys()]
    assert any(ATTACK in text for text in Read(page).texts)


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_allows_its_own_style_and_script_and_no_more(name: str) -> None:
    read = Read(PAGES[name])
    (allowed,) = [attrs["content"] for tag, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert allowed == policy(read.held["style"], read.held.get("script", ""))
    assert allowed.startswith("default-src 'none'")
    assert not re.search(r"https?:|//[a-z]|@import|url\(", PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_headings_are_in_order_and_fields_have_labels(name: str) -> None:
    tags = Read(PAGES[name]).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(attrs.get("scope") for tag, attrs in tags if tag == "th")


def test_a_patient_is_told_in_the_order_of_a_meeting() -> None:
    seen = " ".join(Read(PATIENT).texts)
    asked = (
        "Aged 80-84, female. Practice A81001. Index date 1 March 2026.", "Care home", "Why this patient", "43.2 %",
        "2 admissions", "Dashed: an earlier model. Its risks cannot be compared with today's.",
        "These are associations, not causes.",
        "What can be done, and by whom", "pharmacist", "What we decided before", "Declined by patient",
        "Caseload and lists", "Agree which team is responsible.", "GP team: listed, rank 1",
        "What is missing from the record", "Not assessed: bmi, end of life register", "What we decide today",
        "Review on", "This page supports a decision and makes none.",
    )  # fmt: skip
    places = [seen.index(text, seen.index("Aged")) for text in asked]
    assert places == sorted(places)


def test_a_line_between_two_models_is_dashed() -> None:
    assert re.findall(r'polyline class="(\w+)"', PATIENT) == ["apart", "same"]


def test_a_patient_of_whom_nothing_is_known_is_a_page_all_the_same() -> None:
    seen = " ".join(Read(patient_html(dict.fromkeys(facts()) | {"patient_id": "p"})).texts)
    for said in ("Age not recorded", "Risk not assessed", "No decision recorded.", "Current caseload: none recorded."):
        assert said in seen
    assert "None" not in seen
