"""A rule in words says what the rule says: read back by the rules of its own punctuation, it lists the same people."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.features.definitions import all_features
from riskstrat.lists.columns import COLUMNS
from riskstrat.lists.facts import OWN_COLUMNS
from riskstrat.lists.plain_english import _LABELS, column_labels, order_in_words, rule_in_words
from riskstrat.lists.rules import eligible

CATALOGUE = column_labels(column for feature in all_features().values() for column in feature.columns())
HOME = "in a care home"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("True", "everyone"),
        ("False", "nobody"),
        ("1 < 2", "everyone"),
        ("1 not in (1, 2)", "nobody"),
        ("risk_pct >= 15", "risk of 15 % or more"),
        ("15 <= risk_pct", "risk of 15 % or more"),
        ("10 <= risk_pct < 20", "risk of 10 % or more; and risk of less than 20 %"),
        ("not risk_pct >= 15", "not [risk of 15 % or more]"),
        ("emergency_admissions_12m < 2", "fewer than 2 emergency admissions (12 m)"),
        ("ltc_count <= 3", "3 or fewer long-term conditions"),
        ("ed_attendances_12m == 1", "exactly 1 ED attendances (12 m)"),
        ("age in (65, 70.5)", "age one of [65, 70.5]"),
        ("sex == 'F'", 'sex "F"'),
        ("sex != 'F'", 'sex other than "F"'),
        ("sex not in ('F', 'M')", 'sex none of ["F", "M"]'),
        ("care_home", HOME),
        ("care_home == 1", HOME),
        ("not care_home", f"not {HOME}"),
        ("care_home == 0", f"not {HOME} (assessed)"),
        ("care_home in (0, 1)", f"assessed whether {HOME}"),
        ("not not care_home", f"not [not {HOME}]"),
        ("not on_caseload", "not on a caseload"),
        ("on_caseload == 'gp_mdt'", 'caseload "gp_mdt"'),
        ("has_falls", "a fall recorded in 12 months"),
        ("not has_falls", "no record of a fall in 12 months"),
        ("not has_atrial_fibrillation", 'no record of "atrial fibrillation or flutter"'),
        ("egfr_latest < 30", "latest eGFR in 36 months of less than 30 mL/min/1.73m2"),
        ("age > 75 or sex == 'F' and care_home", f'either age of more than 75, or [sex "F", and {HOME}]'),
        ("(age > 75 or sex == 'F') and care_home", f'either age of more than 75, or sex "F"; and {HOME}'),
        ("not (age > 75 or care_home)", f"not [age of more than 75, or {HOME}]"),
        (
            "(medicines >= 10 or ltc_count >= 3) and risk_pct >= 15 and not care_home",
            f"either 10 or more medicines, or 3 or more long-term conditions; and risk of 15 % or more; and not {HOME}",
        ),
    ],
)
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert rule_in_words(rule, CATALOGUE) == words


def test_an_order_in_words() -> None:
    assert (
        order_in_words(["-risk_pct", "age", "-care_home", "care_home"])
        == f"risk, highest first; then age, lowest first; then {HOME} first; then {HOME} last"
    )


def test_a_column_without_a_label_is_called_by_its_name() -> None:
    assert rule_in_words("new_count > 1 and band == 'x'", {}) == 'new_count of more than 1; and band "x"'


def test_what_every_rule_may_name_has_a_label() -> None:
    assert set(OWN_COLUMNS) - _LABELS.keys() == set()


def test_no_two_columns_are_called_alike() -> None:
    assert len({(label.noun or label.text, label.unit) for label in CATALOGUE.values()}) == len(CATALOGUE)


def test_counts_are_called_as_on_the_list() -> None:
    called = {column.name: column.label.lower() for column in COLUMNS}
    for name in ("emergency_admissions_12m", "acsc_admissions_12m", "emergency_bed_days_12m", "medicines"):
        assert _LABELS[name].text == called[name]


# --- Read back ---------------------------------------------------------------------------------------------------

LEAVES = (
    "risk_pct >= 15", "risk_pct < 15", "ltc_count > 2", "sex == 'F'", "sex in ('F', 'M')", "band != ', or x; and [y]'",
    "care_home", "on_caseload", "has_atrial_fibrillation", "has_falls", "True",
)  # fmt: skip
WORDS = {rule_in_words(leaf, CATALOGUE): leaf for leaf in LEAVES}
NOT = {rule_in_words(f"not {name}", CATALOGUE): f"not {name}" for name in LEAVES if name.isidentifier()}
values: dict[str, list[object]] = {
    "risk_pct": [20.0, 3.0, np.nan], "ltc_count": [0.0, 5.0], "sex": ["F", "M", None], "band": [", or x; and [y]", "z"],
    "care_home": [0.0, 1.0], "on_caseload": [None, "x"], "has_atrial_fibrillation": [0, 1], "has_falls": [0, 1],
}  # fmt: skip
EVERY_CASE = pd.DataFrame(itertools.product(*values.values()), columns=list(values))


def outside(text: str, sign: str) -> Iterable[str]:
    """Parts of a text between signs that stand in no bracket and no quotes."""
    depth, quoted, start = 0, False, 0
    for place, one in enumerate(text):
        quoted ^= one == '"'
        depth += 0 if quoted else (one == "[") - (one == "]")
        if not quoted and not depth and text.startswith(sign, place):
            yield text[start:place]
            start = place + len(sign)
    yield text[start:]


def read(words: str) -> str:
    """A rule from its words, as a reader takes them."""
    if words in WORDS or words in NOT:
        return {**WORDS, **NOT}[words]
    clauses = list(outside(words, "; and "))
    if len(clauses) > 1:
        return " and ".join(f"({read(one)})" for one in clauses)
    if words.startswith("either "):
        return " or ".join(f"({read(one)})" for one in outside(words.removeprefix("either "), ", or "))
    if words.startswith("not ["):
        return f"not ({read(words[4:])})"
    assert words[0] + words[-1] == "[]", words
    for word in ("and", "or"):
        parts = list(outside(words[1:-1], f", {word} "))
        if len(parts) > 1:
            return f" {word} ".join(f"({read(one)})" for one in parts)
    return read(words[1:-1])


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=3)
    return (
        inner.map(lambda one: f"not ({one})")
        | several.map(lambda parts: " and ".join(f"({one})" for one in parts))
        | several.map(lambda parts: " or ".join(f"({one})" for one in parts))
    )


@settings(max_examples=200, deadline=None)
@given(rule=st.recursive(st.sampled_from(LEAVES), joined, max_leaves=8))
def test_a_rule_read_back_from_its_words_lists_the_same_people(rule: str) -> None:
    again = read(rule_in_words(rule, CATALOGUE))
    assert (eligible(again, EVERY_CASE) == eligible(rule, EVERY_CASE)).all(), again
