"""The model card: every item of TRIPOD+AI by number and name, filled in or said to be missing; the same as a page."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest
from tests.support.bundles import bundle
from tests.support.comparisons import validation
from tests.support.page_reader import faults_of

from riskstrat.reports.card import card_as_markdown, card_page
from riskstrat.reports.page.content import DefinitionList, Page, as_data
from riskstrat.reports.page.write import html
from riskstrat.study.settings import CohortSettings, GovernanceSettings, ModelSettings, OutcomeSettings
from riskstrat.study.study_file import Study

STUDY = Study(name="Example study", governance=GovernanceSettings(legal_basis="direct care", reference="DPIA 7"))
LETTERS = {3: "abc", 5: "ab", 6: "abc", 8: "abc", 9: "abc", 12: "abcdefg", 18: "abcdef", 20: "abc", 23: "ab", 27: "abc"}
NUMBERS = [f"{item}{letter}" for item in range(1, 28) for letter in LETTERS.get(item, [""])]
MISSING = "not reported here; to be completed by the organisation that deploys the model"


@pytest.fixture(scope="module")
def text() -> str:
    """A card as Markdown."""
    return card_as_markdown(bundle(), STUDY, validation(shift=0.0))


@pytest.fixture(scope="module")
def page() -> Page:
    """The same card as a page."""
    return card_page(bundle(), STUDY, validation(shift=0.0))


def items(text: str) -> dict[str, str]:
    """Texts by number, of a card in Markdown."""
    return dict(re.findall(r"^\*\*(\d+[a-g]?) [^*]+\.\*\* (.+)$", text, re.M))


def test_every_item_of_tripod_ai_is_there_in_order(text: str) -> None:
    """52 items under 27 numbers, as in the checklist of 11 January 2024."""
    assert len(NUMBERS) == 52
    assert list(items(text)) == NUMBERS


def test_an_item_is_filled_in_or_says_that_it_is_missing(text: str) -> None:
    found = items(text)
    assert all(len(said) > 10 for said in found.values())
    missing = [number for number, said in found.items() if MISSING in said.lower()]
    assert missing == ["3c", "5a", "6a", "17", "18a", "18b", "18d", "19", "20b", "26"]


def test_what_is_known_is_said(text: str) -> None:
    found = items(text)
    assert "2022-01-01 and 2023-01-01" in found["5b"]
    assert "12 practices in the test" in found["6a"]
    assert "heart_failure (sha256 0123456789abcdef)" in found["9b"]
    assert re.search(r"AUROC 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", found["23a"])
    assert "direct care" in found["17"]
    assert "DPIA 7" in found["17"]
    assert "numpy 2.4.6" in found["22"]
    assert "Seed 20250101" in found["12c"]


def test_what_it_is_for_and_not_for_comes_first(text: str) -> None:
    first = text.split("## Title, abstract")[0]
    for said in ("supports a decision and never makes one", "Out of scope", "DCB0160", "associations, never causes"):
        assert said in first


def test_numbers_of_people_are_rounded(text: str) -> None:
    assert "about 21,480 person-dates" in text
    counts = [int(one.replace(",", "")) for one in re.findall(r"(?:about|Only) ([\d,]+)\b", text)]
    assert counts
    assert [one for one in counts if one % 5] == []


@pytest.mark.parametrize(
    ("study", "facts", "number", "said"),
    [
        (STUDY.model_copy(update={"outcome": OutcomeSettings(days=90)}), {}, "1", "in 90 days"),
        (STUDY.model_copy(update={"outcome": OutcomeSettings(competing_death="composite")}), {}, "8a", "Death counts"),
        (STUDY.model_copy(update={"cohort": CohortSettings(min_age=65)}), {}, "6b", "aged 65 or over"),
        (STUDY.model_copy(update={"model": ModelSettings(min_outcomes=40)}), {}, "10", "asks for at least 40"),
        (STUDY, {"case_managed": "exclude"}, "6c", "excluded from fitting"),
        (STUDY, {"split": "people"}, "12a", "does not show how the model performs over time"),
        (STUDY, {"monotone": True}, "12b", "): requested"),
    ],
)
def test_choices_of_the_study_are_said(study: Study, facts: dict[str, object], number: str, said: str) -> None:
    own = bundle()
    found = items(card_as_markdown(replace(own, facts={**own.facts, **facts}), study, None))
    assert said in found[number]


def test_a_model_that_was_not_judged_says_so() -> None:
    found = items(card_as_markdown(bundle(), STUDY))
    assert [MISSING in found[number].lower() for number in ("2", "23a", "25")] == [True] * 3
    assert faults_of(html(card_page(bundle(), STUDY))) == []


def test_the_page_has_the_same_items_and_the_figures(text: str, page: Page) -> None:
    entries = {
        name: said for s in page.sections for b in s.blocks if isinstance(b, DefinitionList) for name, said in b.entries
    }
    for number, said in items(text).items():
        (same,) = [value for name, value in entries.items() if name.split()[0] == number]
        assert same == said
    keys = [section.key for section in page.sections]
    assert keys[-1] == "discussion"
    assert {"use", "lists", "calibration", "fairness"} <= set(keys)
    assert as_data(page)["sections"]["data"]["data-items"].keys() >= {"5b Data: dates"}


def test_everyone_can_read_the_page(page: Page) -> None:
    written = html(page)
    assert faults_of(written) == []
    assert not re.findall(r"(?i)https?:|<script|\bsrc=", written)


def test_texts_of_a_table_cannot_break_out_of_it() -> None:
    found = validation(shift=0.0)
    (own,) = found.judgements
    rows = tuple(
        replace(row, among=f"{row.dimension}: <b>|`{row.level}\n") if row.level else row for row in own.figures
    )
    text = card_as_markdown(bundle(), STUDY, replace(found, judgements=(replace(own, figures=rows),)))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    unescaped = {len(re.findall(r"(?<!\\)\|", row)) for row in rows if "<b>" in row.replace("\\", "")}
    assert len(unescaped) == 1


def test_the_template_asks_for_nothing_that_is_unknown() -> None:
    template = files("riskstrat").joinpath("templates/card.toml").read_text(encoding="utf-8")
    assert len(tomllib.loads(template)["part"]) == 7
    assert "{" not in card_as_markdown(bundle(), STUDY, None)
