"""What `riskstrat criteria` says: one definition of high risk, who may be listed, and the numbers of the latest run."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from riskstrat.lists.criteria import HighRisk
from riskstrat.steps.criteria import _totals

TESTED = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("then", "had", "words", "per_100"),
    [
        (400, 151, "about 400 people were at high risk; 38 in 100 had the outcome", 37.5),
        (400, 7, "about 400 people were at high risk; fewer than 8 had the outcome", "*"),
        (400, 0, "about 400 people were at high risk; 0 in 100 had the outcome", 0.0),
        (7, 3, "fewer than 8 people were at high risk; fewer than 8 had the outcome", "*"),
        (0, 0, "nobody was at high risk", None),
    ],
)
def test_small_numbers_of_the_test_date_are_not_said(then: int, had: int, words: str, per_100: Any) -> None:
    numbers = HighRisk(1000, 40, 12.0, TESTED, then, had)
    assert numbers.in_words().split("2025-01-01, ")[1] == f"{words}."
    assert numbers.facts()["test_date"]["per_100"] == per_100


def test_without_a_known_outcome_only_the_model_is_quoted() -> None:
    numbers = HighRisk(31204, 412, 169.0)
    assert numbers.in_words() == "412 of 31,204 people. Of 100 such people the model expects 41 to have the outcome."
    assert numbers.facts()["test_date"] is None


def test_the_books_of_a_role_add_up_and_a_teams_places_count_once() -> None:
    book = {"not_eligible": 5, "over_capacity": 1, "with_other_role": 2, "died_since": 1, "eligible": 6, "listed": 2}
    books = [
        {**book, "practice": "A", "team": "north", "capacity": 10, "hidden": {"accepted": 1}},
        {**book, "practice": "B", "team": "north", "capacity": 10, "hidden": {"accepted": 2, "moved": 1}},
        {**book, "practice": "C", "team": "", "capacity": 4, "hidden": {}},
    ]
    assert _totals(books) == {
        "eligible": 18,
        "places": 14,
        "listed": 6,
        "left_out": {"not_eligible": 15, "over_capacity": 3, "with_other_role": 6, "died_since": 3},
        "left_out_by_decision": {"accepted": 3, "moved": 1},
    }


def test_criteria_says_in_words_what_it_holds_as_data(trained: Any, cli: Any) -> None:
    found = json.loads(cli("criteria", "--study", trained.folder, "--json").stdout)
    text = " ".join(cli("criteria", "--study", trained.folder).stdout.split())
    assert found["this_run"] in text
    for role in found["roles"].values():
        assert role["title"] in text
        assert all(words in text for words in role["in_words"].values())
        run = role["this_run"]
        assert f"{run['eligible']:,} eligible, {run['places']:,} places, {run['listed']:,} listed" in text
        assert (
            run["eligible"] + run["left_out"]["not_eligible"] + run["left_out"]["died_since"]
            == (found["numbers"]["people"])
        )
    for decision, effect in found["decisions"].items():
        assert f"{decision.replace('_', ' ')}: {effect}." in text


def test_criteria_needs_no_run(trained: Any, cli: Any, tmp_path: Any) -> None:
    (tmp_path / "study.toml").write_bytes(trained.toml.read_bytes())
    found = json.loads(cli("criteria", "--study", tmp_path, "--json").stdout)
    assert (found["index_date"], found["numbers"], found["this_run"]) == (None, None, None)
    assert all(role["this_run"] is None for role in found["roles"].values())


def test_a_role_with_a_legal_basis_of_its_own_says_it(a_copy: Any, cli: Any) -> None:
    a_copy.change('title = "Community matron"', 'title = "Community matron"\nlegal_basis = "shared care agreement"')
    said = cli("criteria", "--study", a_copy.folder).stdout
    assert said.count("own legal basis: shared care agreement") == 1
