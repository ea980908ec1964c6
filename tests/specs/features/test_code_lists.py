"""The clinical content: shape of every code, what each list must hold, worked examples of the scores."""

from __future__ import annotations

import pytest

from riskstrat import registry
from riskstrat.features import scores
from riskstrat.features.definitions.acsc import ACSC
from riskstrat.features.definitions.conditions import _LONG_TERM, CARDIOMETABOLIC, CONDITIONS
from riskstrat.features.families.attributes import Attribute
from riskstrat.features.families.coded import Condition, Measurement
from riskstrat.features.families.medicines import MedicineGroup
from riskstrat.features.feature import Feature
from riskstrat.features.scores.charlson import CHARLSON_ICD10_QUAN
from riskstrat.features.scores.hfrs import HFRS
from riskstrat.features.scores.score import ClinicalScore
from riskstrat.tables.codes import HIERARCHICAL, SHAPES, CodeSet, System, normalise

FEATURES = registry.collect("riskstrat.features.definitions", Feature)  # type: ignore[type-abstract]
MEASUREMENTS = [one for one in FEATURES.values() if isinstance(one, Measurement)]
GROUPS = [one for one in FEATURES.values() if isinstance(one, MedicineGroup)]
RESOLVED = [CodeSet(f"{c.name}_resolved", {"snomed": c.resolved}, c.source) for c in CONDITIONS if c.resolved]
WEIGHTED = [
    CodeSet(f"{score.name}: {weight.family} {weight.weight:g}", {"icd10": weight.icd10}, score.citation)
    for score in registry.collect(scores.__name__, ClinicalScore).values()
    for weight in score.weights
]
LISTS = [
    *(condition.codes for condition in CONDITIONS),
    *(one.codes for one in MEASUREMENTS),
    *(one.codes for one in GROUPS),
    *RESOLVED,
    *WEIGHTED,
    ACSC,
]

_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _times(a: int, b: int) -> int:
    """Product in the dihedral group of ten: 0-4 turns, 5-9 mirrored turns."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5


def _verhoeff_holds(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(position % 8):
            value = _STEP[value]
        total = _times(total, value)
    return total == 0


def _score(score: ClinicalScore, codes: str) -> float:
    """By the definition: of each family the heaviest weight that any code reaches."""
    best: dict[str, float] = {}
    for weight in score.weights:
        if any(code.startswith(tuple(weight.icd10.split())) for code in codes.split()):
            best[weight.family] = max(weight.weight, best.get(weight.family, 0.0))
    return sum(best.values())


@pytest.mark.parametrize("number", ["22298006", "999791000000106", "900000000000207008"])
def test_check_digit_accepts_known_identifiers_and_refuses_a_slip(number: str) -> None:
    slip = number[:-2] + str((int(number[-2]) + 1) % 10) + number[-1]
    assert _verhoeff_holds(number)
    assert not _verhoeff_holds(slip)


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.name)
def test_every_code_has_the_shape_of_its_system(one: CodeSet) -> None:
    wrong = [(s, c) for s, text in one.codes.items() for c in text.split() if normalise(s, c) is None]
    assert not wrong
    assert one.source
    icd10 = one.codes.get("icd10", "").split()
    assert all(len(code) in (3, 4) and code == normalise("icd10", code) for code in icd10)


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.name)
def test_snomed_identifiers_have_a_valid_check_digit(one: CodeSet) -> None:
    assert not [code for code in one.codes.get("snomed", "").split() if not _verhoeff_holds(code)]


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.name)
def test_no_entry_is_there_twice_or_below_another(one: CodeSet) -> None:
    for system, text in one.codes.items():
        codes = text.split()
        assert len(codes) == len(set(codes))
        if system in HIERARCHICAL:
            assert not [(a, b) for a in codes for b in codes if a != b and b.startswith(a)]


def test_no_spare_systems() -> None:
    assert all(system in SHAPES and text for one in LISTS for system, text in one.codes.items())


def test_conditions_say_what_they_are_and_where_they_come_from() -> None:
    assert all(condition.label and condition.source for condition in CONDITIONS)
    assert len({condition.label for condition in CONDITIONS}) == len(CONDITIONS)
    assert all(condition.snomed for condition in CONDITIONS)


def test_there_are_forty_long_term_conditions_and_no_status_among_them() -> None:
    statuses = {"care_home", "housebound", "palliative_care", "frailty_severe", "lives_alone", "carer", "falls"}
    assert len(_LONG_TERM) >= 40
    assert not statuses & set(_LONG_TERM)
    assert statuses <= {condition.name for condition in CONDITIONS}
    assert set(CARDIOMETABOLIC) <= set(_LONG_TERM)


def test_every_condition_is_collected() -> None:
    assert {c.name for c in FEATURES.values() if isinstance(c, Condition)} == {c.name for c in CONDITIONS}


def test_column_names_are_unique() -> None:
    names = [column.name for feature in FEATURES.values() for column in feature.columns()]
    assert len(names) == len(set(names))


def test_the_latest_band_of_frailty_replaces_the_others() -> None:
    bands = {c.name: c for c in CONDITIONS if c.name.startswith("frailty_")}
    for name, band in bands.items():
        assert set(band.resolved.split()) == {other.snomed for key, other in bands.items() if key != name}


@pytest.mark.parametrize(
    ("name", "system", "inside", "outside"),
    [
        ("heart_failure", "icd10", "I500 I110", "I119 I429"),
        ("chronic_kidney_disease", "icd10", "N183 N185", "N181 N182 N179"),
        ("chronic_kidney_disease", "readv2", "1Z12. K0550", "1Z10. K051."),
        ("copd", "icd10", "J440 J439", "J40 J459"),
        ("copd", "readv2", "H36.. H3z..", "H30.. H33.."),
        ("cancer", "icd10", "C509 C349 C787", "C443 D059"),
        ("cancer", "readv2", "B34.. B3231", "B33.. B7..."),
        ("tia", "icd10", "G459", "G454"),
        ("diabetes", "icd10", "E119", "O244"),
        ("falls", "icd10", "W19 W010 R296", "W20"),
        ("substance_misuse", "readv2", "E240. E2550", "E251. E250."),
        ("learning_disability", "snomed", "110359009", "889211000000104"),
    ],
)
def test_boundaries_of_a_condition(name: str, system: System, inside: str, outside: str) -> None:
    codes = next(c for c in CONDITIONS if c.name == name).codes
    assert all(codes.matches(system, code) for code in inside.split())
    assert not any(codes.matches(system, code) for code in outside.split())


def test_measurements_have_a_range_and_lower_case_units() -> None:
    for one in MEASUREMENTS:
        assert one.plausible[0] < one.plausible[1]
        assert all(unit == unit.lower() and factor > 0 for unit, (factor, _) in one.scale.items())


def test_hba1c_in_percent_becomes_mmol_per_mol_and_is_not_plausible_unconverted() -> None:
    hba1c = next(one for one in MEASUREMENTS if one.name == "hba1c")
    factor, offset = hba1c.scale["%"]
    assert [round(percent * factor + offset) for percent in (6.5, 7.0, 9.0)] == [48, 53, 75]
    assert hba1c.plausible[0] > 14


def test_acsc_is_nhs_outcomes_framework_2_3_i() -> None:
    assert all(ACSC.matches("icd10", code) for code in ("I500", "J441", "E110", "G409", "D510", "B180"))
    assert not any(ACSC.matches("icd10", code) for code in ("J209", "I21", "N390", "L031", "I132", "D500"))


def test_hfrs_is_the_paper_table() -> None:
    codes = [weight.icd10 for weight in HFRS.weights]
    assert len(codes) == len(set(codes)) == 109
    assert all(len(code) == 3 for code in codes)
    assert round(sum(weight.weight for weight in HFRS.weights), 1) == 173.2
    assert (HFRS.months, HFRS.weights[0].icd10, HFRS.weights[0].weight) == (24, "F00", 7.1)


@pytest.mark.parametrize(
    ("codes", "points", "band"),
    [
        ("I10 Z961", 0.0, "low"),
        ("F00 F009 F001", 7.1, "intermediate"),
        ("F00 G30 W19", 14.3, "intermediate"),
        ("F00 G81 B95 R29 J96", 18.3, "high"),
        ("R26 R40", 5.1, "intermediate"),
        ("N39 S80", 5.2, "intermediate"),
        ("R31 R02 L97", 5.6, "intermediate"),
        ("R41 R54", 4.9, "low"),
    ],
)
def test_hfrs_worked_examples(codes: str, points: float, band: str) -> None:
    assert round(_score(HFRS, codes), 1) == points
    assert HFRS.band(_score(HFRS, codes)) == band


@pytest.mark.parametrize(
    ("points", "band"), [(4.9, "low"), (5.0, "intermediate"), (15.0, "intermediate"), (15.1, "high")]
)
def test_hfrs_bounds_are_those_of_the_paper_whatever_the_rounding(points: float, band: str) -> None:
    assert HFRS.band(points + 1e-9) == HFRS.band(points - 1e-9) == band


@pytest.mark.parametrize(
    ("codes", "points"),
    [
        ("", 0),
        ("I10 E780 M179", 0),
        ("J449 C833", 3),  # Charlson 1987: pulmonary disease (1) and lymphoma (2) give 3
        ("E119", 1),
        ("E112", 2),
        ("E119 E112", 2),
        ("K703 K766", 3),
        ("C509 C787", 6),
        ("C509 C443", 2),
        ("C443", 0),
        ("B20", 6),
        ("I21 I252 I500 I739 I639 F00 J449 M069 K259", 8),
        ("I500 N183 E114 C787", 11),
        ("I21 I50 I70 I60 F00 J44 M05 K25 K704 E102 G81 N18 C78 B20", 29),
    ],
)
def test_charlson_worked_examples(codes: str, points: float) -> None:
    assert _score(CHARLSON_ICD10_QUAN, codes) == points


def test_charlson_entries_of_different_weights_do_not_overlap() -> None:
    entries = [code for weight in CHARLSON_ICD10_QUAN.weights for code in weight.icd10.split()]
    assert len(entries) == len(set(entries))
    assert not [(a, b) for a in entries for b in entries if a != b and b.startswith(a)]


def test_scores_are_collected_under_names_that_state_the_variant() -> None:
    found = registry.collect(scores.__name__, ClinicalScore)
    assert {"charlson_icd10_quan", "hfrs"} <= set(found)
    assert all(score.citation and score.caution for score in found.values())


def test_counts_of_conditions_read_columns_of_conditions() -> None:
    count = FEATURES["ltc_count"]
    assert isinstance(count, Attribute)
    assert count.phrase({"ltc_count": 7}) == "7 long-term conditions"
    assert count.phrase({"ltc_count": 2}) is None
