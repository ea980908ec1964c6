"""Whatever is written as a rule, it runs nothing, names only columns, and says who, or where it is wrong."""

from __future__ import annotations

import ast
import math
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from riskstrat.errors import StudyError
from riskstrat.lists.plain_english import rule_in_words
from riskstrat.lists.rules import _DEEPEST, _LONGEST, RuleKind, eligible, names_in, rule_faults

ROWS: dict[str, list[Any]] = {
    "age": [70, 80, 40, 18, 105],
    "risk_pct": [12.0, None, 55.5, 0.0, 100.0],
    "ltc_count": [0, None, 3, 9, 1],
    "care_home": [0, 1, None, 1, 0],
    "housebound": [True, False, True, False, False],
    "sex": ["F", "M", None, "U", "F"],
    "band": ["high", "very high", None, "low", "low"],
    "on_caseload": [None, "matron", None, "gp_mdt; matron", None],
}
KINDS: dict[str, RuleKind] = {
    "age": "number", "risk_pct": "number", "ltc_count": "number", "care_home": "flag", "housebound": "flag",
    "sex": "text", "band": "text", "on_caseload": "presence",
}  # fmt: skip
OBJECTS = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in ROWS.items()})
PEOPLE = OBJECTS.astype({"age": int, "risk_pct": float, "ltc_count": float, "care_home": float, "sex": "str"})
ALLOWED = (
    ast.expr_context, ast.Name, ast.Constant, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.Not, ast.USub, ast.Compare,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Tuple, ast.List,
)  # fmt: skip
EVENTS = ("exec", "import", "open", "os.system", "subprocess.Popen")


class Watch:
    """What is executed, imported or opened inside a `with`; an audit hook cannot be taken away, only silenced."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._looks = False
        sys.addaudithook(lambda event, _: self.seen.append(event) if self._looks and event in EVENTS else None)

    def __enter__(self) -> Watch:
        self.seen.clear()
        self._looks = True
        return self

    def __exit__(self, *_: object) -> None:
        self._looks = False


@pytest.fixture(scope="module")
def watch() -> Watch:
    """A watch, and whatever pandas imports late already imported."""
    for rule in ("age > 1 and sex in ('F',)", "on_caseload != 'x' or sex == on_caseload", "1 < 2", "age in (1, 2.5)"):
        eligible(rule, PEOPLE)
        eligible(rule, OBJECTS)
    return Watch()


def check(rule: str, watch: Watch) -> None:
    """What holds of any text whatever."""
    with watch:
        faults = [rule_faults(rule, PEOPLE, kinds) for kinds in (None, KINDS)]
        named = names_in(rule)
    assert watch.seen == []
    assert all(isinstance(fault, str) and fault and fault.isprintable() for one in faults for fault in one)
    assert bool(faults[0]) <= bool(faults[1]), "kinds can only add faults"
    if not faults[1]:
        assert rule_in_words(rule).isprintable()
    if not faults[0]:
        nodes = list(ast.walk(ast.parse(rule.strip(), mode="eval").body))
        assert all(isinstance(node, ALLOWED) for node in nodes)
        assert named <= set(PEOPLE)
        assert all(name in rule for name in named)
    for rows in (PEOPLE, PEOPLE.iloc[:0]):
        try:
            with watch:
                who = eligible(rule, rows)
        except StudyError:
            assert faults[1]
        else:
            assert (who.dtype, who.shape) == (bool, (len(rows),))
            assert not faults[0]
        assert watch.seen == []


# --- Anything at all ---------------------------------------------------------------------------------------------

ATOMS = (
    "age", "risk_pct", "sex", "on_caseload", "care_home", "aeg", "os", "__class__", "__builtins__", "self", "None",
    "True", "False", "...", "()", "[]", "{}", "1", "-2.5", "0x_ff", "1e999", "9" * 60, "0777", "1j", "1_0", "1or 2",
    "'F'", "b'x'", "'\\x00'", "'\\ud800'", "'\\d'", "'''F'''", "'é'", "\uff41ge", "\u0430ge", "a\u0301ge", "ℌousebound",
    "\u202e", "\x00", "\ufeff", "\n", "\t", "#", ";", "\\", "('F', 'M')", "[1, 2]", "age.real", "open('x')",
    "__import__('os').system('true')", "().__class__.__mro__[1].__subclasses__()", "breakpoint()", "exit()",
    "9**9**9**9", "'x' * 10**12", "age.__class__.__init__.__globals__", "sex.str.contains('(a+)+$')",
)  # fmt: skip
FORMS = (
    "{} > {}", "{} == {}", "{} != {}", "{} <= {} < {}", "{} in {}", "{} not in {}", "{} and {}", "{} or {}", "not {}",
    "({})", "-{}", "+{}", "~{}", "{} + {}", "{} ** {}", "{} @ {}", "{} | {}", "{} << {}", "{} // {}", "{}({})",
    "{}(*{}, **{})", "{}[{}]", "{}[{}:{}]", "{}.x", "{}.__class__", "lambda: {}", "lambda age={}: {}",
    "[{} for age in {}]", "{{{} for age in {} if {}}}", "({} for age in {})", "{{{}: {}}}", "{{{}, {}}}", "({} := {})",
    "{} if {} else {}", "{} is {}", "{} is not {}", "({}, {})", "[{}, {}]", "*{}", "f'{{{}}}'", "f'{{{}!r:>{{{}}}}}'",
    "await {}", "yield {}", "{}\n{}", "{}; {}", "{} # {}", "{} = {}", "import {}", "{},", "`{}`", "${}", "{}?",
    "{}: {}", "print {}",
)  # fmt: skip


def formed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(inner, min_size=3, max_size=3)
    return st.builds(lambda form, filling: form.format(*filling), st.sampled_from(FORMS), parts)


python = st.recursive(st.sampled_from(ATOMS), formed, max_leaves=8)
plain = st.from_regex(r"[a-z_.()<>=! '\[\]0-9]{0,30}", fullmatch=True)
anything = st.text(max_size=40) | st.text(st.characters(), max_size=40) | plain
deep = st.builds(
    lambda form, n, core: form[0] * n + core + form[1] * n,
    st.sampled_from(
        [("(", ")"), ("not ", ""), ("-", ""), ("[", "]"), ("not (", ")"), ("age > 1 and (", ")"), ("~", "")]
    ),
    st.sampled_from([1, 40, 60, 95, 150, 250, 900, 3_000, 100_000]),
    st.sampled_from(["age > 1", "age", "1", ""]),
)
long = st.builds(
    lambda join, part, n: join.join([part] * n),
    st.sampled_from([" and ", " or ", " < ", ", ", "(", ""]),
    st.sampled_from(["age > 1", "x", "'F'", "9", "sex in ('F',)"]),
    st.sampled_from([2, 100, 700, 50_000]),
)
QUIET = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
@given(rule=python | anything | deep | long)
@example(rule="__import__('os').system('true')")
@example(rule="sex in ('F',) == True")
@example(rule="-True")
@example(rule="sex in ()")
@example(rule="age != sex")
@example(rule="\n(age > 1\n and  sex == 'é'\n and aeg)")
def test_whatever_is_written_runs_nothing_and_names_only_columns(rule: str, watch: Watch) -> None:
    check(rule, watch)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=QUIET)
@given(rule=python | anything | deep | long)
def test_whatever_is_written_runs_nothing_for_long(rule: str, watch: Watch) -> None:
    check(rule, watch)


def test_the_watch_sees_code_run(watch: Watch) -> None:
    with watch:
        eval("1 + 1")
    assert watch.seen == ["exec"]


# --- Rules that say what they mean -------------------------------------------------------------------------------

Person = dict[str, Any]
Rule = tuple[str, Callable[[Person], bool]]
NUMBERS, TEXTS = ("age", "risk_pct", "ltc_count", "care_home", "housebound"), ("sex", "band", "on_caseload")
FLAGS = ("care_home", "housebound", "on_caseload")
BY_SIZE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
ALIKE: dict[str, Callable[[Any, Any], bool]] = {"==": lambda a, b: a == b, "!=": lambda a, b: a != b}
numbers = st.integers(-2, 110) | st.sampled_from([0, 1, 12.0, 55.5, 1e15, True, False])
texts = st.sampled_from(["F", "M", "low", "very high", "matron", "", "é", "and", "it's", "age"])


def known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def side(columns: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    named = st.sampled_from(columns).map(lambda name: (name, lambda person: person[name]))
    return named | values.map(lambda value: (repr(value), lambda _: value))


def comparisons(
    columns: tuple[str, ...], values: st.SearchStrategy[Any], signs: dict[str, Any]
) -> st.SearchStrategy[Rule]:
    @st.composite
    def chain(draw: st.DrawFn) -> Rule:
        sides = draw(st.lists(side(columns, values), min_size=2, max_size=3))
        ops = [draw(st.sampled_from(sorted(signs))) for _ in sides[1:]]
        written = sides[0][0] + "".join(f" {op} {right[0]}" for op, right in zip(ops, sides[1:], strict=True))

        def holds(person: Person) -> bool:
            found = [one[1](person) for one in sides]
            pairs = zip(ops, found, found[1:], strict=False)
            return all(known(a) and known(b) and signs[op](a, b) for op, a, b in pairs)

        return written, holds

    @st.composite
    def among(draw: st.DrawFn) -> Rule:
        name, listed = draw(st.sampled_from(columns)), draw(st.lists(values, min_size=1, max_size=4))
        no, brackets = draw(st.booleans()), draw(st.sampled_from([tuple, list]))
        written = f"{name}{' not' if no else ''} in {brackets(listed)!r}"
        return written, lambda person: known(person[name]) and (person[name] in listed) != no

    return chain() | among()


flags = st.sampled_from(FLAGS).map(lambda name: (name, lambda person: known(person[name]) and bool(person[name])))
constants = st.booleans().map(lambda value: (str(value), lambda _: value))
leaves = flags | constants | comparisons(NUMBERS, numbers, {**BY_SIZE, **ALIKE}) | comparisons(TEXTS, texts, ALIKE)


def joined(inner: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    def join(word: str, every: Callable[[Iterator[bool]], bool], parts: list[Rule]) -> Rule:
        return f" {word} ".join(f"({one[0]})" for one in parts), lambda person: every(one[1](person) for one in parts)

    parts = st.lists(inner, min_size=2, max_size=4)
    negated = inner.map(lambda one: (f"not ({one[0]})", lambda person: not one[1](person)))
    return negated | parts.map(lambda p: join("and", all, p)) | parts.map(lambda p: join("or", any, p))


valid = st.recursive(leaves, joined, max_leaves=10)
PERSONS: list[Person] = [dict(zip(ROWS, values, strict=True)) for values in zip(*ROWS.values(), strict=True)]


def agree(rule: Rule) -> None:
    assert rule_faults(rule[0], KINDS, KINDS) == []
    assert rule_in_words(rule[0]).isprintable()
    expected = [bool(rule[1](person)) for person in PERSONS]
    assert eligible(rule[0], PEOPLE).tolist() == expected
    assert eligible(rule[0], OBJECTS).tolist() == expected


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(rule=valid)
def test_a_rule_agrees_with_reading_it_row_by_row(rule: Rule) -> None:
    agree(rule)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None, suppress_health_check=QUIET)
@given(rule=valid)
def test_a_rule_agrees_with_reading_it_row_by_row_for_long(rule: Rule) -> None:
    agree(rule)


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(rule=valid.map(lambda one: one[0]), data=st.data())
def test_a_rule_with_a_slip_of_the_pen_is_still_harmless(rule: str, data: st.DataObject, watch: Watch) -> None:
    start = data.draw(st.integers(0, len(rule)))
    end = data.draw(st.integers(start, min(len(rule), start + 3)))
    check(rule[:start] + data.draw(st.sampled_from(ATOMS) | st.text(max_size=2)) + rule[end:], watch)


# --- Faults point at the word ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "faults"),
    [
        ("aeg > 65", ["'aeg' at character 1 is not a column; did you mean age?"]),
        ("age > 1 and qqq", ["'qqq' at character 13 is not a column"]),
        ("\uff41ge > 65", ["'\uff41ge' at character 1 is not a column; did you mean age?"]),
        ("\u0430ge > 65", ["'\u0430ge' at character 1 is not a column; did you mean age?"]),
        ("sex > 3", ["at character 7: compares a text with a number"]),
        ("age == 'old'", ["at character 8: compares a number with a text"]),
        ("3 < sex", ["at character 5: compares a number with a text"]),
        ("age > sex", ["at character 7: compares a number with a text"]),
        ("care_home == 'yes'", ["at character 14: compares a number with a text"]),
        ("on_caseload == 1", ["at character 16: compares a text with a number"]),
        ("band in ('low', 2)", ["at character 17: compares a text with a number"]),
        ("band >= 'high'", ["at character 9: texts have no order; use ==, != or in"]),
        ("age and care_home", ["'age' at character 1 is a number: compare it with a value"]),
        ("not sex", ["'sex' at character 5 is a text: compare it with a value"]),
        ("care_home or 1", ["at character 14: a value alone is not a condition"]),
        ("'x' and True", ["at character 1: a value alone is not a condition"]),
        ("sex == 'é' and aeg > 1", ["'aeg' at character 16 is not a column; did you mean age?"]),
        ("  (age > 1\n  and aeg > 1)", ["'aeg' at character 18 is not a column; did you mean age?"]),
        ("age >= and", ["the rule cannot be read at character 8"]),
        ("  age >= and", ["the rule cannot be read at character 10"]),
        ("sex == 'a\\x41'", ["character 10 is not allowed in a rule"]),
        ("age\u200b > 1", ["character 4 is not allowed in a rule"]),
        ("age > 1or care_home", ["the rule cannot be read at character 7"]),
        ("sex in ('F',) == True", ["at character 8: `in` needs one list of values, such as ('F', 'M')"]),
        ("aeg > 1 or sex > 3", ["'aeg' at character 1 is not a column; did you mean age?",
                                "at character 18: compares a text with a number"]),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_its_character(rule: str, faults: list[str]) -> None:
    found = rule_faults(rule, KINDS, KINDS)
    assert found[: len(faults)] == faults


def test_of_many_faults_the_first_are_named() -> None:
    assert len(rule_faults(" or ".join(["x"] * 700), KINDS, KINDS)) == 20


def test_a_blank_column_meets_no_comparison_whatever_its_type() -> None:
    blank = PEOPLE.assign(age=np.nan, sex=None)
    for rule in ("age > 1", "not (age > 1)", "sex == 'F'", "sex != 'F'", "sex in ('F',)"):
        assert eligible(rule, blank).tolist() == [rule.startswith("not")] * len(blank)


# --- What a rule may cost ----------------------------------------------------------------------------------------

WORST = (
    " or ".join(["age>1"] * (_LONGEST // 9)),
    " and ".join(["on_caseload!=sex"] * (_LONGEST // 21)),
    "<".join(["age"] * (_LONGEST // 4)),
    "age in (" + ",".join(["1"] * (_LONGEST // 2 - 10)) + ")",
    "not " * (_DEEPEST - 1) + "care_home",
)


@pytest.mark.parametrize("rule", WORST)
def test_a_long_rule_costs_no_more_memory_than_a_short_one(rule: str) -> None:
    many = pd.concat([PEOPLE] * 4_000, ignore_index=True)
    eligible(rule, many.iloc[:10])
    tracemalloc.start()
    eligible(rule, many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * len(many)
