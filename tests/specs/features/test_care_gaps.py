"""Care that a practice gave: when last, absent where none is recorded at all, and never seen by a model."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest
from tests.support.tablespec import Spec, chapter, check, codes_of, matrix, table

from riskstrat.engine import Engine
from riskstrat.features.code_lists import CLUSTERS, systems_taken, with_own_lists
from riskstrat.features.definitions import all_features
from riskstrat.features.definitions.care_gaps import (
    CONDITION_REVIEW,
    GP_REVIEW,
    INFLUENZA,
    MEDICATION_REVIEW,
    PNEUMOCOCCAL,
)
from riskstrat.features.families.care import CareGiven
from riskstrat.features.feature import Feature
from riskstrat.features.plan import plan_features
from riskstrat.modelling.loading import columns_of
from riskstrat.modelling.training import offered_to
from riskstrat.modelling.variant import ModelColumn
from riskstrat.modelling.variants import all_variants
from riskstrat.modelling.variants.feature_groups import restricted
from riskstrat.study.study_file import Study
from riskstrat.tables.codes import HIERARCHICAL, CodeSet, is_cut, normalise, verhoeff_ok

REVIEWS = (CONDITION_REVIEW, MEDICATION_REVIEW, *GP_REVIEW)
CARE = (*REVIEWS, INFLUENZA, PNEUMOCOCCAL)
LISTS = [feature.codes for feature in CARE if isinstance(feature, CareGiven)]
PEOPLE = "patient\n1\n2\n3\n4\n5"


def gp(rows: str) -> Mapping[str, str]:
    return {"patients": PEOPLE, "gp_events": rows}


# The cut is 1 January 2025: 2024-01-02 is 365 days before it, 2024-01-01 is 366.
CHAPTERS = (
    Spec(
        "a review holds for 365 days; the latest counts, and null is never",
        gp("""
        patient  date        code
        1        2024-12-02  182836005
        1        2023-12-02  182836005
        2        2024-01-02  1239511000000100
        3        2024-01-01  938551000000108
        4        2025-01-01  182836005
        """),
        """
        patient  has_medication_review  days_since_medication_review
        1        1                      30
        2        1                      365
        3        0                      366
        4        0                      -
        5        0                      -
        """,
        {"features": (MEDICATION_REVIEW,)},
    ),
    Spec(
        "a review that was written down after the cut is not known",
        gp("""
        patient  date        recorded    code
        1        2024-12-02  2025-01-01  182836005
        2        2024-12-02  2024-12-31  182836005
        """),
        """
        patient  has_medication_review  days_since_medication_review
        1        0                      -
        2        1                      30
        3        0                      -
        4        0                      -
        5        0                      -
        """,
        {"features": (MEDICATION_REVIEW,)},
    ),
    Spec(
        "review of a condition or a care plan, in each coding system; what was declined or due is none",
        gp("""
        patient | date       | code             | system
        1       | 2024-12-02 | 170777000        | snomed
        2       | 2024-12-02 | 66YM.            | readv2
        3       | 2024-12-02 | XaIeq            | ctv3
        4       | 2024-12-02 | 425268008        | snomed
        5       | 2024-12-02 | 956901000000100  | snomed
        5       | 2024-12-02 | 389861005        | snomed
        """),
        """
        patient  has_condition_review  days_since_condition_review
        1        1                     30
        2        1                     30
        3        1                     30
        4        1                     30
        5        0                     -
        """,
        {"features": (CONDITION_REVIEW,)},
    ),
    Spec(
        "either kind of review is a review: the later of the two",
        gp("""
        patient  date        code
        1        2024-12-02  182836005
        1        2024-11-02  170777000
        2        2024-11-02  170777000
        3        2023-01-01  182836005
        3        2023-06-01  170777000
        """),
        """
        patient  has_gp_review  days_since_gp_review
        1        1              30
        2        1              60
        3        0              580
        4        0              -
        5        0              -
        """,
        {"features": REVIEWS},
    ),
    Spec(
        "an influenza vaccination lasts a year, whoever gave it",
        gp("""
        patient | date       | code            | system
        1       | 2024-10-03 | 822851000000102 | snomed
        2       | 2024-10-03 | 955691000000108 | snomed
        3       | 2024-10-03 | 65E21           | readv2
        4       | 2023-10-03 | 822851000000102 | snomed
        5       | 2024-10-03 | 6572.           | readv2
        """),
        """
        patient  has_influenza_vaccination  days_since_influenza_vaccination
        1        1                          90
        2        1                          90
        3        1                          90
        4        0                          456
        5        0                          -
        """,
        {"features": (INFLUENZA,)},
    ),
    Spec(
        "a pneumococcal vaccination lasts for ever",
        gp("""
        patient | date       | code      | system
        1       | 2004-10-03 | 310578008 | snomed
        2       | 2024-10-03 | 65720     | readv2
        3       | 2024-10-03 | 65E..     | readv2
        """),
        """
        patient  has_pneumococcal_vaccination  days_since_pneumococcal_vaccination
        1        1                             7395
        2        1                             90
        3        0                             -
        4        0                             -
        5        0                             -
        """,
        {"features": (PNEUMOCOCCAL,)},
    ),
)


@chapter(*CHAPTERS)
def test_care(spec: Spec, engine: Engine) -> None:
    assert not isinstance(spec.given, str)
    check(matrix(engine, spec.setting["features"], spec.given), spec.answer)


def test_every_fact_of_care_has_a_spec() -> None:
    said = {name for spec in CHAPTERS for name in spec.answer.split("\n")[1].split()}
    assert {column.name for feature in CARE for column in feature.columns()} <= said
    assert set(CARE) == {feature for feature in all_features().values() if not feature.usable_by_models}


def planned(rows: str) -> tuple[set[str], Mapping[str, str]]:
    """The columns that a store of some coded entries has, and why others are absent."""
    found = plan_features(
        [*CARE, all_features()["age"]], ["patients", "gp_events"], codes_of({"gp_events": table("gp_events", rows)})
    )
    return {column.name for column in found.columns}, found.absent_because


def test_where_nobody_s_care_is_recorded_it_is_absent_for_everyone() -> None:
    columns, because = planned("date code\n2024-10-03 84114007")
    assert columns == {"age"}
    assert {because[f.name] for f in CARE if isinstance(f, CareGiven)} == {"no code of its list occurs in gp_events"}
    assert all("it needs absent columns" in because[one.name] for one in GP_REVIEW)


@pytest.mark.parametrize("rows", ["date code\n2024-10-03 182836005", "date code\n2024-10-03 170777000"])
def test_with_one_kind_of_review_recorded_nobody_is_said_to_have_had_none_of_either(rows: str) -> None:
    columns, _ = planned(rows)
    assert len(columns & {"has_medication_review", "has_condition_review"}) == 1
    assert columns & {"has_gp_review", "days_since_gp_review"} == set()


def test_one_vaccination_anywhere_makes_its_column_and_no_other() -> None:
    columns, _ = planned("date code\n2024-10-03 822851000000102")
    assert columns == {"age", "has_influenza_vaccination", "days_since_influenza_vaccination"}


def test_a_preview_that_has_not_read_codes_does_not_call_care_absent() -> None:
    found = plan_features(CARE, ["patients", "gp_events"], codes_of({}))
    assert found.absent == ()


GROUPS = ("hospital", "gp", "demographic")
CHOICES = [some for n in (1, 2, 3) for some in combinations(GROUPS, n)]


def told(features: list[Feature]) -> tuple[ModelColumn, ...]:
    return columns_of(features, Study(name="a spec"))


@pytest.mark.parametrize("groups", CHOICES, ids=" ".join)
def test_no_model_sees_care_whatever_groups_it_may_use(groups: tuple[str, ...]) -> None:
    every = list(all_features().values())
    without = [feature for feature in every if feature not in CARE]
    for variant in all_variants().values():
        kept = restricted(variant, groups)  # type: ignore[arg-type]
        assert offered_to(kept, told(every)) == offered_to(kept, told(without)), variant.name


def test_a_study_s_own_list_is_added_and_clusters_of_care_are_known(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("code\n922731000000106\n", encoding="utf-8")
    features = with_own_lists(CARE, {"medication_review": "mine.csv"}, path.parent)
    mine = next(feature for feature in features if feature.name == "medication_review")
    assert isinstance(mine, CareGiven)
    assert mine.codes.matches("snomed", "922731000000106")
    assert mine.codes.matches("snomed", "182836005")
    assert not mine.usable_by_models
    assert {CLUSTERS[one] for one in ("MEDRVW_COD", "HFRVW_COD", "FLU_COD", "PNEUVAC1_COD")} == set(systems_taken(CARE))


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.name)
def test_every_code_of_care_can_be_one(one: CodeSet) -> None:
    assert one.source
    for system, text in one.codes.items():
        codes = text.split()
        assert len(set(codes)) == len(codes)
        assert [code for code in codes if normalise(system, code) is None] == []
        if system in HIERARCHICAL:
            assert [pair for pair in combinations(sorted(codes), 2) if pair[1].startswith(pair[0])] == []
    concepts = one.codes["snomed"].split()
    assert [code for code in concepts if not verhoeff_ok(code) or is_cut(code)] == []


def test_no_two_kinds_of_care_share_a_code() -> None:
    for a, b in combinations(LISTS, 2):
        assert [c for s in a.codes for c in a.codes[s].split() if b.matches(s, normalise(s, c) or c)] == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"has_influenza_vaccination": 1, "days_since_influenza_vaccination": 90},
            "influenza vaccination 3 months ago",
        ),
        ({"has_influenza_vaccination": 0, "days_since_influenza_vaccination": 456}, None),
        ({"has_influenza_vaccination": None, "days_since_influenza_vaccination": None}, None),
    ],
)
def test_what_is_said_of_care(facts: Mapping[str, int | None], said: str | None) -> None:
    assert INFLUENZA.phrase(facts) == said
