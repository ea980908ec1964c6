"""Shapes of codes, and how a code that a spreadsheet has spoiled is told apart from others."""

from __future__ import annotations

import re
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.tablespec import cells

from riskstrat import registry
from riskstrat.features.families.coded import Condition, Measurement
from riskstrat.features.feature import Feature
from riskstrat.governance.restricted_codes import _BUILT_IN
from riskstrat.tables.codes import (
    HIERARCHICAL,
    SCTIDS,
    SHAPES,
    TITLES,
    CodeSet,
    System,
    is_cut,
    is_number_written,
    normalise,
    verhoeff_ok,
    why_refused,
)

SHAPED = """
    system   | as found                | as written      | what it shows
    icd10    | I10                     | I10             | a category
    icd10    | i50.9                   | I509            | dot and case
    icd10    | I10X                    | I10             | filler
    icd10    | U071-                   | U071            | unused fifth character
    icd10    | M0750A                  | M075            | asterisk
    icd10    | K510 D                  | K510            | dagger
    icd10    | R69X6                   | R69             | fifth character after a filler
    icd10    | &                       | -               | HES: not known
    icd10    | 50.9                    | -               | no letter
    icd10    | 84114007                | -               | another system
    icd9     | 428.0                   | 4280            | dot
    icd9     | 4280                    | 4280            | without
    icd9     | V45.81                  | V4581           | supplementary
    icd9     | e880.9                  | E8809           | external cause
    icd9     | 42                      | -               | a leading zero is gone
    icd9     | I50                     | -               | ICD-10
    snomed   | 84114007                | 84114007        | eight digits
    snomed   | 999791000000106         | 999791000000106 | an extension's
    snomed   | 12345                   | -               | too short
    snomed   | 1234567890123456789     | -               | too long
    snomed   | 022298006               | -               | a leading zero
    snomed   | 22298006.0              | -               | a float
    snomed   | 1.23E+17                | -               | a spreadsheet's
    snomed   | I50                     | -               | ICD-10
    readv2   | G58..                   | G58..           | five bytes
    readv2   | G58..00                 | G58..           | with the two of a synonym
    readv2   | G58                     | G58..           | without dots
    readv2   | C10E.-1                 | C10E.           | as EMIS writes a synonym
    readv2   | .....                   | -               | no code: would begin every other
    readv2   | G.8..                   | -               | a dot inside
    readv2   | Hypertension            | -               | a term
    readv2   | EGTON123                | -               | a supplier's own
    ctv3     | XaIwY                   | XaIwY           | case matters
    ctv3     | XE0Uc                   | XE0Uc           | case matters
    ctv3     | G20                     | G20..           | without dots
    ctv3     | G20!.                   | -               | no such character
    bnf      | 0205051R0AAADAD         | 0205051R0AAADAD | a presentation
    bnf      | 02.05.05                | 020505          | dots
    bnf      | 4.03E+05                | -               | 0403030E0 in a spreadsheet
    bnf      | 403030E0                | -               | a leading zero is gone: no chapter 40
    dmd      | 321908006               | 321908006       | a product
    dmd      | Aspirin                 | -               | a name
    opcs4    | K40.1                   | K401            | dot
    opcs4    | K40                     | K40             | a category
    opcs4    | 401                     | -               | no letter
    medcode  | 498521000006119         | 498521000006119 | CPRD Aurum
    medcode  | 2835                    | 2835            | CPRD GOLD
    medcode  | 1234567890123456789     | -               | too long
    prodcode | 3092241000033113        | 3092241000033113 | CPRD Aurum
    prodcode | P1                      | -               | a letter
    rxnorm   | 749762                  | 749762          | a concept
    rxnorm   | 123456789               | -               | too long
    loinc    | 8480-6                  | 8480-6          | with its check digit
    loinc    | 8480                    | -               | without
    omop     | 372328                  | 372328          | a concept
    omop     | 0                       | -               | OMOP: no matching concept
"""

SPOILED = """
    as found            | number | cut | what it shows
    1.23E+17            | yes    | no  | a spreadsheet's view
    1.0231e+15          | yes    | no  | a data frame's
    4,00E+08            | yes    | no  | a spreadsheet's with a decimal comma
    22298006.0          | yes    | no  | a column with a gap, read as numbers
    250.0               | no     | no  | ICD-9
    E10                 | no     | no  | ICD-10
    137E2               | no     | no  | Read v2
    999791000000106     | no     | no  | fifteen digits
    10755671000119107   | no     | no  | seventeen, another check digit
    26085001000027100   | no     | yes | seventeen, the last two gone
    101505001000027000  | no     | yes | eighteen, the last three gone, and the check digit happens to be right
    385451000000000     | no     | yes | fifteen, shown as 3.85451E+14 and read again
    123000000000000000  | no     | yes | eighteen, shown as 1.23E+17 and read again
    900000000000207008  | no     | no  | eighteen without namespace: a concept of SNOMED CT's own
    20000000            | no     | no  | too short to lose digits
    22298007            | no     | no  | a slip, not a cut
"""

WRITTEN = "0123456789.-+eE XDAxVGIiazß&_"


def _table(text: str) -> list[list[str]]:
    return cells(text)[1]


@pytest.mark.parametrize(("system", "found", "written", "shows"), _table(SHAPED))
def test_shapes(system: System, found: str, written: str, shows: str) -> None:
    assert normalise(system, found) == (written or None), shows


@pytest.mark.parametrize(("found", "number", "cut", "shows"), _table(SPOILED))
def test_spoiled_codes(found: str, number: str, cut: str, shows: str) -> None:
    assert (is_number_written(found), is_cut(found)) == (number == "yes", cut == "yes"), shows


@pytest.mark.parametrize("system", SHAPES)
def test_every_system_has_a_title_and_is_in_the_table(system: System) -> None:
    rows = [(found, written) for one, found, written, _ in _table(SHAPED) if one == system]
    assert TITLES[system]
    assert any(written for _, written in rows)
    assert any(not written for _, written in rows)


@pytest.mark.parametrize("system", SHAPES)
@given(raw=st.text() | st.text(WRITTEN, max_size=20))
@example("\n22298006")
@example("G58..\n")
@example("٣٣٣٣٣٣٣٣")
@example("ıI10")
def test_normalising_never_fails_and_ends_in_a_shape(system: System, raw: str) -> None:
    code = normalise(system, raw)
    if code is None:
        assert why_refused(system, raw)
    else:
        assert re.fullmatch(SHAPES[system], code)
        assert code.isascii()
        assert normalise(system, code) == code


@pytest.mark.parametrize("system", SHAPES)
@given(data=st.data())
def test_a_code_of_the_right_shape_is_left_as_it_is(system: System, data: st.DataObject) -> None:
    """But for fillers, which look like a fourth character, and padding."""
    shape = r"[0-9A-Za-z]{1,5}" if system in ("readv2", "ctv3") else SHAPES[system]
    code = data.draw(st.from_regex(shape, fullmatch=True).filter(str.isascii))
    assert normalise(system, code) == (code.ljust(5, ".") if system in ("readv2", "ctv3") else code)


@given(st.text() | st.text(WRITTEN, max_size=20))
def test_questions_about_a_code_never_fail(raw: str) -> None:
    assert {is_number_written(raw), is_cut(raw), verhoeff_ok(raw)} <= {True, False}
    assert all(raw.strip() not in (why_refused(system, raw) or "") for system in SHAPES if len(raw.strip()) > 3)


def _concepts() -> list[str]:
    found = [
        f.codes
        for f in registry.collect("riskstrat.features.definitions", Feature).values()
        if isinstance(f, Condition | Measurement)
    ]  # type: ignore[type-abstract]
    return sorted({code for one in (*found, *_BUILT_IN) for code in one.codes.get("snomed", "").split()})


def test_the_check_digit_holds_for_every_concept_here_and_for_no_slip_in_one() -> None:
    concepts = _concepts()
    assert len(concepts) > 500
    assert [code for code in concepts if not verhoeff_ok(code)] == []
    slips = [f"{code[:i]}{(int(code[i]) + 1) % 10}{code[i + 1 :]}" for code in concepts for i in range(len(code))]
    assert not any(verhoeff_ok(slip) for slip in slips)
    swaps = [code[:-2] + code[-1] + code[-2] for code in concepts if code[-1] != code[-2]]
    assert not any(verhoeff_ok(swap) for swap in swaps)


def test_no_concept_here_looks_cut_and_each_does_once_it_is() -> None:
    long = [code for code in _concepts() if len(code) > 15]
    assert len(long) > 25
    assert not any(is_cut(code) for code in _concepts())
    cut = {code: code[:15] + "0" * (len(code) - 15) for code in long}
    assert [code for code, short in cut.items() if short != code and not is_cut(short)] == []
    rounded = [str(int(float(code))) for code in long]
    assert [code for code, near in zip(long, rounded, strict=True) if code != near and not is_cut(near)] == []


@pytest.mark.parametrize(
    ("system", "found", "reason"),
    [
        ("snomed", "  ", "empty"),
        ("snomed", "1.23E+17", "written as a number by a spreadsheet"),
        ("bnf", "4.03E+05", "written as a number by a spreadsheet"),
        ("snomed", "26085001000027100", "cut to fifteen digits by a spreadsheet"),
        ("medcode", "26085001000027100", "cut to fifteen digits by a spreadsheet"),
        ("omop", "26085001000027100", "wrong form for OMOP concept"),
        ("icd10", "84114007", "wrong form for ICD-10"),
        ("icd10", "I50.9", None),
        ("medcode", "2835", None),
    ],
)
def test_why_a_code_is_refused(system: System, found: str, reason: str | None) -> None:
    assert why_refused(system, found) == reason


def test_only_identifiers_of_snomed_make_can_be_cut() -> None:
    cut = "cut to fifteen digits by a spreadsheet"
    assert {system for system in SHAPES if why_refused(system, "100000000000000") == cut} == SCTIDS
    assert not SCTIDS & HIERARCHICAL


def test_a_set_matches_children_in_a_hierarchy_and_nothing_but_itself_elsewhere() -> None:
    codes: dict[System, str] = {system: "100001" if system in SCTIDS else "G58" for system in SHAPES}
    one = CodeSet("x", codes, "a test")
    for system, code in codes.items():
        assert one.matches(system, code)
        assert one.matches(system, code + "1") == (system in HIERARCHICAL)
        assert not one.matches(system, code[:-1])
    assert not one.matches(cast("System", "unknown"), "G58")
