"""Published scores: each against another implementation, by the way a build takes, and worked examples.

The values are those of programs that others wrote. Where one of them is wrong, the case says so and why.

- R package comorbidity 1.1.0.9000 (commit 8f5f79d): ``score(comorbidity(x, id, code, map, assign0 = TRUE), weights,
  assign0 = TRUE)`` with map charlson_icd10_quan, weights charlson, and map elixhauser_icd10_quan, weights vw.
- comorbidipy 0.8.0 and 0.5.0: ``comorbidity(df, score, variant, weighting)``, ``hfrs(df)``.
- pycomorb 1.20261001.1: ``CharlsonComorbidityIndex(implementation="uk_shmi")``.
- PARR-30: the program of robert-waggott/Parr-30-Implementation (commit 2496a1e), compiled and run.
- Cambridge: ``silviaScoreG`` of Kiddle-group/COPD_survival2018 (commit 49f34d6), run in R.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.support.tablespec import check, matrix, rows_of

from riskstrat.engine import DuckEngine, Engine
from riskstrat.errors import StudyError
from riskstrat.features.code_lists import with_own_lists
from riskstrat.features.definitions import all_features, definition
from riskstrat.features.scores import all_scores
from riskstrat.features.scores.cambridge import CAMBRIDGE_GENERAL_20
from riskstrat.features.scores.efi import EFI
from riskstrat.features.scores.elixhauser import ELIXHAUSER_ICD10_VAN_WALRAVEN
from riskstrat.features.scores.hospital_simplified import HOSPITAL_SIMPLIFIED
from riskstrat.features.scores.lace import LACE
from riskstrat.features.scores.parr30 import PARR30
from riskstrat.features.scores.prior_admissions import PRIOR_ADMISSIONS
from riskstrat.features.scores.score import ClinicalScore, LogisticRisk
from riskstrat.tables.windows import Lookback

SCORES = all_scores()
SEEN = Lookback(date(2025, 1, 1))

# codes | Charlson, R | Elixhauser, R | SHMI, pycomorb | HFRS, comorbidipy 0.8.0
BY_CODES = """
I10 Z961                                            |  0 |   0 |  0 |  0
J449 C833                                           |  3 |  12 | 12 |  0
E119 E112                                           |  2 |   0 |  0 |  0
K703 K766                                           |  3 |  11 | 18 |  0
C509 C787                                           |  6 |  12 | 14 |  0
I21 I252 I500 J449 M069 K259                        |  5 |  10 | 35 |  0
I500 N183 E114 C787                                 | 11 |  24 | 36 |  1.4
I21 I50 I70 I60 F00 J44 M05 K25 K704 E102 G81 N18 C78 B20 | 29 | 47 | 86 | 12.9
I426                                                |  1 |   7 |  0 |  0
I278                                                |  1 |   7 |  0 |  0
E669 F112 F329                                      |  0 | -14 |  0 |  0.5
I480 I351 D500 D695                                 |  0 |   5 |  0 |  0
F315 F204                                           |  0 |  -3 |  0 |  0
I120 E871 R634                                      |  2 |  16 | 10 |  3.2
G35 R560 C900 C185                                  |  2 |  19 |  8 |  2.6
K701 K709 I859                                      |  3 |  11 |  0 |  0
B24 F03 W190 R410                                   |  7 |   0 | 16 |  8
F009 F001 N390 S720                                 |  1 |   0 | 14 | 18.8
E110 M351                                           |  2 |   0 |  0 |  0
E105 E104                                           |  2 |   0 |  0 |  0
I64 I258 J47 O987                                   |  2 |   3 | 22 |  0
C449 C86                                            |  0 |   0 |  8 |  0
"""
OTHERWISE: Mapping[tuple[str, str], tuple[float, str]] = {
    ("E119 E112", "charlson_icd10_shmi"): (
        3,
        "both implementations let -1 take the place of 3; the heavier counts here",
    ),
    ("E105 E104", "charlson_icd10_shmi"): (
        3,
        "both implementations let -1 take the place of 3; the heavier counts here",
    ),
    ("F009 F001 N390 S720", "hfrs"): (
        11.7,
        "F00 counts once a patient; 0.8.0 counts each of its codes, 0.5.0 has 11.7",
    ),
}
BY_WEIGHT = ("charlson_icd10_quan", "elixhauser_icd10_van_walraven", "charlson_icd10_shmi", "hfrs")
CASES = [[cell.strip() for cell in line.split("|")] for line in BY_CODES.strip().splitlines()]


def test_scores_of_codes_are_those_of_other_programs(engine: Engine) -> None:
    rows = [f"{n} 2024-06-01 {code}" for n, case in enumerate(CASES, 1) for code in case[0].split()]
    people = "patient\n" + "\n".join(str(n) for n in range(1, len(CASES) + 1))
    given = {"patients": people, "diagnoses": "\n".join(["patient date code", *rows])}
    found = {row["patient_no"]: row for row in rows_of(matrix(engine, [SCORES[name] for name in BY_WEIGHT], given))}
    wrong = [
        f"{codes}: {name} {found[n][name]:g}, not {expected:g}"
        for n, (codes, *values) in enumerate(CASES, 1)
        for name, theirs in zip(BY_WEIGHT, values, strict=True)
        if abs(found[n][name] - (expected := OTHERWISE.get((codes, name), (float(theirs), ""))[0])) > 1e-9
    ]
    assert wrong == []


def test_elixhauser_is_not_what_comorbidipy_0_5_makes_of_it() -> None:
    """It keeps only the last list of a code (I426: 0, not 7; I278: 3, not 7) and makes 0 of what is negative (-14)."""
    lists = {w.family for w in ELIXHAUSER_ICD10_VAN_WALRAVEN.weights for code in w.icd10.split() if code == "I426"}
    assert lists == {"heart_failure", "alcohol"}
    assert len(ELIXHAUSER_ICD10_VAN_WALRAVEN.weights) == 31
    assert ELIXHAUSER_ICD10_VAN_WALRAVEN.lowest is None


def test_the_weights_of_elixhauser_that_are_not_zero_add_up() -> None:
    assert sum(w.weight for w in ELIXHAUSER_ICD10_VAN_WALRAVEN.weights) == 89 - 19
    (sum_of_weights,) = ELIXHAUSER_ICD10_VAN_WALRAVEN.aggregates()
    assert len(sum_of_weights.weights) == 21  # type: ignore[union-attr]


def test_shmi_is_never_negative(engine: Engine) -> None:
    given = {"patients": "patient\n1\n2", "diagnoses": "patient date code\n1 2024-06-01 E112\n2 2024-06-01 G81"}
    check(matrix(engine, [SCORES["charlson_icd10_shmi"]], given), "patient charlson_icd10_shmi\n1 0\n2 1")


Columns = Mapping[str, float | None]


def made(score: ClinicalScore, people: Sequence[Columns]) -> list[float | None]:
    """A score of other columns, of people of whom these are the columns."""
    names = {name for term in score.terms for name in term.columns}
    rows = [{**dict.fromkeys(names, 0.0), **one} for one in people]
    table = pa.table({name: pa.array([row[name] for row in rows], pa.float64()) for name in sorted(names)})
    column = score.columns()[-1]
    frame = DuckEngine(memory_limit_gb=0.5, threads=1).table(table).select(column.expression(SEEN).alias(column.name))
    return [row[score.name] for row in rows_of(frame)]


def lace(nights: float, urgent: int, comorbidity: float, visits: int) -> Columns:
    return {
        "latest_stay_nights": nights, "latest_stay_emergency": urgent, "lace_conditions": comorbidity,
        "ed_attendances_6m": visits,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("person", "points", "band"),
    [
        (lace(0, 0, 0, 0), 0, "low"),
        (lace(2, 0, 0, 0), 2, "low"),  # the documentation of the R package cliot 1.0.0, example 2
        (lace(5, 1, 5, 2), 14, "high"),  # and example 1
        (lace(90, 1, 12, 9), 19, "high"),
        (lace(1, 0, 1, 1), 3, "low"),
        (lace(3, 0, 3, 3), 9, "moderate"),
        (lace(6, 0, 0, 0), 4, "low"),
        (lace(7, 0, 0, 0), 5, "moderate"),
        (lace(13, 0, 0, 0), 5, "moderate"),
        (lace(14, 1, 0, 0), 10, "high"),
    ],
)
def test_lace_worked_examples(person: Columns, points: float, band: str) -> None:
    assert made(LACE, [person]) == [points]
    assert LACE.band(points) == band


@pytest.mark.parametrize(
    ("codes", "points", "total"),
    [
        ("I252", 1, 7),
        ("E119 E112", 2, 8),
        ("I500 J449", 4, 11),
        ("K703 N185", 4, 11),  # mild liver and severe renal disease are one row of two grades
        ("C509 C787", 6, 11),
        ("F03 M069", 6, 11),
        ("K259 G81", 0, 6),  # ulcer and plegia have no row, unlike in Charlson
    ],
)
def test_the_comorbidity_of_lace_is_its_own(codes: str, points: float, total: float, engine: Engine) -> None:
    """After two nights, as an emergency, with one attendance: 6 points without it."""
    rows = "\n".join(f"1 2024-06-01 {code}" for code in codes.split())
    given = {
        "patients": "patient\n1",
        "diagnoses": f"patient date code\n{rows}",
        "ed_attendances": "date\n2024-12-20",
        "episodes": "admitted discharged\n2024-12-20 2024-12-22",
    }
    features = [all_features()[name] for name in ("latest_stay", "ed_attendances", "lace")]
    check(matrix(engine, features, given), f"lace_conditions lace\n{points} {total}")


def hospital(**columns: float | None) -> Columns:
    return {"haemoglobin_latest": 140, "sodium_latest": 140, **columns}


@pytest.mark.parametrize(
    ("person", "points"),
    [
        (hospital(), 0),
        (hospital(haemoglobin_latest=119.9), 1),
        (hospital(haemoglobin_latest=120), 0),
        (hospital(haemoglobin_latest=None, sodium_latest=None), 0),
        (hospital(sodium_latest=134), 1),
        (hospital(sodium_latest=135), 0),
        (hospital(has_cancer=1), 2),
        (hospital(latest_stay_emergency=1), 1),
        (hospital(other_admissions_12m=1), 0),
        (hospital(other_admissions_12m=2), 2),
        (hospital(other_admissions_12m=5), 2),
        (hospital(other_admissions_12m=6), 5),
        (hospital(latest_stay_nights=4), 0),
        (hospital(latest_stay_nights=5), 2),
        (
            hospital(
                haemoglobin_latest=90, has_cancer=1, sodium_latest=120, latest_stay_emergency=1, other_admissions_12m=9,
                latest_stay_nights=9,
            ),
            12,
        ),
    ],
)  # fmt: skip
def test_hospital_worked_examples(person: Columns, points: float) -> None:
    """Row by row as printed; the most is 12, as the simplified score has it."""
    assert made(HOSPITAL_SIMPLIFIED, [person]) == [points]


@pytest.mark.parametrize(
    ("age", "admissions", "in_a_month", "urgent", "conditions", "total", "percent"),
    [
        (70, 0, 0, 1, "", -2.065, 11.3),
        (30, 0, 0, 0, "", -2.863, 5.4),
        (85, 2, 1, 1, "heart_failure chronic_pulmonary", -0.836, 30.2),
        (80, 5, 0, 1, "renal diabetes_complicated dementia", -0.976, 27.4),
        (64, 1, 1, 0, "other_cancer", -1.515, 18.0),
        (64, 1, 1, 0, "metastatic", -1.746, 14.9),
        (58, 3, 0, 1, "other_liver severe_liver peripheral_vascular plegia", -1.104, 24.9),
    ],
)
def test_parr_30_is_that_of_another_program(
    age: int, admissions: int, in_a_month: int, urgent: int, conditions: str, total: float, percent: float
) -> None:
    """That program rounds each row to three decimals, so that its total may be out by half a thousandth a row."""
    weights = {weight.family: weight.weight for weight in PARR30.weights}
    person = {
        "age": age, "other_emergency_admissions_12m": admissions, "other_emergency_admissions_1m": in_a_month,
        "latest_stay_emergency": urgent, "parr30_conditions": sum(weights[one] for one in conditions.split()),
    }  # fmt: skip
    (points,) = made(PARR30, [person])
    assert points == pytest.approx(total, abs=0.003)
    risk = PARR30.published_risk(np.array([points]))
    assert risk is not None
    assert risk[0] * 100 == pytest.approx(percent, abs=0.1)


RARER = (
    "chronic_pain hearing_loss irritable_bowel_syndrome rheumatoid_arthritis alcohol_problem severe_mental_illness "
    "epilepsy"
)


@pytest.mark.parametrize(
    ("conditions", "points"),
    [
        ("", 0.0),
        ("hypertension", 0.08),
        ("anxiety depression", 0.5),
        ("stroke tia", 0.80),
        ("rheumatoid_arthritis connective_tissue_disease", 0.43),
        ("dementia heart_failure atrial_fibrillation", 5.02),
        ("copd asthma cancer constipation", 4.3),
        ("diabetes chronic_kidney_disease coronary_heart_disease hypertension stroke", 2.65),
        (
            RARER,
            3.86,
        ),
        (" ".join(name.removeprefix("has_") for name in CAMBRIDGE_GENERAL_20.derived_from), 16.33),
    ],
)
def test_cambridge_is_that_of_another_program(conditions: str, points: float) -> None:
    (found,) = made(CAMBRIDGE_GENERAL_20, [{f"has_{name}": 1.0 for name in conditions.split()}])
    assert found == pytest.approx(points)


@pytest.mark.parametrize(
    ("deficits", "medicines", "index", "band"),
    [
        (0, 0, 0, "fit"),
        (4, 4, 4, "fit"),
        (4, 5, 5, "mild"),
        (8, 0, 8, "mild"),
        (9, 0, 9, "moderate"),
        (12, 4, 12, "moderate"),
        (12, 9, 13, "severe"),
        (35, 5, 36, "severe"),
    ],
)
def test_frailty_worked_examples(deficits: int, medicines: int, index: int, band: str) -> None:
    (found,) = made(EFI, [{"efi_deficits": deficits, "medicines_3m": medicines}])
    assert found == pytest.approx(index / 36)
    assert EFI.band(found) == band


def test_the_frailty_index_has_the_36_deficits_of_the_paper() -> None:
    assert len(EFI.lists) == len(set(EFI.lists)) == 35
    assert EFI.awaits_code_lists == EFI.lists
    assert [round(bound * 36, 1) for bound, _ in EFI.bands] == [0, 4.5, 8.5, 12.5]


def test_a_study_gives_the_lists_of_the_frailty_index_each_by_its_name(tmp_path: Path) -> None:
    for name in EFI.lists:
        (tmp_path / f"{name}.csv").write_text("code,code_system\n404640003,snomed\n1B5..,readv2\n", encoding="utf-8")
    every = {name: f"{name}.csv" for name in EFI.lists}
    (given,) = with_own_lists([EFI], every, tmp_path)
    assert given.awaits_code_lists == ()
    assert len(given.aggregates()) == 35
    assert given.systems == {"snomed", "readv2"}
    assert definition(given) != definition(EFI)
    (some,) = with_own_lists([EFI], dict(list(every.items())[:-2]), tmp_path)
    assert some.awaits_code_lists == ("efi_visual_impairment", "efi_weight_loss")
    assert some.name == "efi"


def test_a_list_of_no_deficit_or_of_a_system_that_no_practice_codes_in_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("code,code_system\n317971007,dmd\n", encoding="utf-8")
    with pytest.raises(StudyError) as unknown:
        with_own_lists([EFI], {"efi_dizzyness": "one.csv"}, tmp_path)
    assert "efi_dizzyness: did you mean efi_dizziness" in " ".join(unknown.value.findings)
    with pytest.raises(StudyError) as wrong:
        with_own_lists([EFI], {"efi_falls": "one.csv"}, tmp_path)
    assert "efi_falls: dm+d codes cannot be used" in " ".join(wrong.value.findings)


def test_the_rule_of_prior_admissions_is_the_column() -> None:
    assert made(PRIOR_ADMISSIONS, [{"emergency_admissions_12m": n} for n in (0, 1, 7)]) == [0, 1, 7]


A_STAY = {
    "patients": "patient\n1\n2\n3\n4",
    "episodes": """
    patient | admitted   | discharged | method
    1       | 2024-05-01 | 2024-05-03 | 21
    1       | 2024-12-04 | 2024-12-05 | 22
    1       | 2024-12-10 | 2024-12-15 | 21
    2       | 2024-02-01 | 2024-02-02 | 11
    3       | 2024-12-28 |            | 21
    """,
    "diagnoses": "patient date code\n1 2024-12-15 I500\n1 2023-06-01 J449\n2 2024-02-02 C787\n3 2024-06-01 I500",
    "ed_attendances": "patient date\n1 2024-12-04\n1 2024-12-10\n3 2024-12-28",
    "gp_events": """
    patient | date       | code             | value
    1       | 2024-11-01 | 1022431000000105 | 101
    1       | 2024-11-01 | 1000661000000107 | 131
    2       | 2020-01-01 | 1022431000000105 | 90
    """,
}


def test_scores_of_a_discharge_are_of_the_latest_stay_that_is_over_and_of_nobody_else(engine: Engine) -> None:
    """Patient 1 was in hospital three times, 2 once and long ago; 3 is in hospital, 4 never was. All are 75."""
    names = ("age", "latest_stay", "emergency_admissions", "ed_attendances", "haemoglobin", "sodium", "cancer")
    scores = ("lace", "hospital_simplified", "parr30", "prior_admissions")
    found = matrix(engine, [all_features()[name] for name in (*names, *scores)], A_STAY)
    check(
        found,
        """
        patient | lace | hospital_simplified | prior_admissions
        1       | 14   | 7                   | 3
        2       | 6    | 2                   | 0
        3       |      |                     | 1
        4       |      |                     | 0
        """,
    )
    rows = {row["patient_no"]: row["parr30"] for row in rows_of(found)}
    alone = -2.91821 + 0.000060581 * 75**2
    assert rows[1] == pytest.approx(alone + 2 * 0.1215 + 0.5258 + 0.5565 + 0.0950 + 0.2243)
    assert rows[2] == pytest.approx(alone + 0.2762)
    assert rows[3] is rows[4] is None


def test_published_risk_is_none_where_the_paper_gives_none_and_rises_with_the_points_where_it_does() -> None:
    given = {name: score for name, score in SCORES.items() if score.published_risk(np.zeros(1)) is not None}
    assert set(given) == {"lace", "parr30"}
    for score in given.values():
        risk = score.published_risk(np.array([np.nan, 0.0, 1.0, 5.0]))
        assert risk is not None
        assert np.isnan(risk[0])
        assert (np.diff(risk[1:]) > 0).all()
        assert ((risk[1:] > 0) & (risk[1:] < 1)).all()
        assert re.search(r"within \d+ days", score.published_outcome)


def test_lace_has_the_risks_of_its_abstract_at_both_ends() -> None:
    risk = LACE.published_risk(np.array([0.0, 19.0]))
    assert risk is not None
    assert risk.round(3).tolist() == [0.02, 0.437]


def test_a_logistic_line_is_the_same_through_any_two_of_its_points() -> None:
    line = LogisticRisk(-3.0, 0.25)
    first, last = ((float(p), float(line.risk(np.array([p]))[0])) for p in (2.0, 11.0))
    again = LogisticRisk.through(first, last)
    assert (again.intercept, again.slope) == pytest.approx((-3.0, 0.25))


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_every_score_says_where_it_is_from_and_what_to_beware_of(score: ClinicalScore) -> None:
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", doi) for doi in score.dois)
    assert score.dois
    assert score.dois[0] in score.reference
    assert score.caution.endswith(".")
    assert bool(score.published) == bool(score.published_outcome)
    assert [bound for bound, _ in score.bands] == sorted(bound for bound, _ in score.bands)
    assert score.columns()[-1].name == score.name


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_every_row_of_a_score_reads_a_column_that_there_is(score: ClinicalScore) -> None:
    columns = {column.name for feature in all_features().values() for column in feature.columns() if not column.derived}
    assert set(score.derived_from) <= {*columns, "age"}
    assert score.repeats == bool(score.terms)
    assert all(term.steps or term.each for term in score.terms)
    for term in score.terms:
        assert [bound for bound, _ in term.steps] == sorted(bound for bound, _ in term.steps)


def test_a_score_with_another_row_is_another_score() -> None:
    """A model that used it must not be given it under the same name."""
    changed = replace(LACE, terms=(*LACE.terms[:-1], replace(LACE.terms[-1], steps=((1, 1),))))
    assert definition(changed) != definition(LACE)
    assert definition(replace(PARR30, constant=-3.0)) != definition(PARR30)
