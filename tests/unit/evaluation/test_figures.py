"""Judging models: what is refused, what is undefined, what a list holds, who is judged apart; worked out by hand."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from tests.support.figures import OfGroup, Seen, groups, overlapping, paired, seen

from riskstrat.evaluation.assess import discrimination, judge
from riskstrat.evaluation.capacity import asked_of, listing
from riskstrat.evaluation.curves import RISK_GRID
from riskstrat.evaluation.paired import differences, overlaps
from riskstrat.evaluation.people import People
from riskstrat.evaluation.point_figures import metrics
from riskstrat.evaluation.recalibration import recalibrated
from riskstrat.evaluation.results import NO_PRIOR, Estimate, Judgement
from riskstrat.evaluation.subgroups import judge_groups

UNDEFINED = Estimate(None)


def many(rows: int = 2_000, seed: int = 1) -> tuple[People, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = rng.beta(1, 9, rows)
    y = (rng.random(rows) < risk).astype(np.int8)
    return People(y, 2 * y, {"top 1 %": rows // 100, "top 5 %": rows // 20}), risk


def figures_of(people: People, risk: np.ndarray, repeats: int = 0) -> Seen:
    return seen(judge(people, {"m": risk}, {}, repeats=repeats, full=())[0])


def no_prior_of(found: Judgement) -> Seen | None:
    return seen(found, NO_PRIOR) if NO_PRIOR in {row.among for row in found.figures} else None


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.5, np.inf])
def test_a_risk_that_is_missing_or_no_probability_is_refused_without_its_value(wrong: float) -> None:
    people, risk = many()
    spoilt = risk.copy()
    spoilt[7] = wrong
    for ask in (
        lambda: judge(people, {"good": risk, "bad": spoilt}, {}),
        lambda: differences(people, {"good": risk, "bad": spoilt}, "good"),
        lambda: overlaps(people, {"good": risk, "bad": spoilt}, "good"),
    ):
        with pytest.raises(ValueError, match=r"^bad: 1 of 2,000 risks are missing or are not between 0 and 1$"):
            ask()


def test_there_is_a_risk_for_everyone() -> None:
    people, risk = many()
    with pytest.raises(ValueError, match="m: 1,999 risks for 2,000 people"):
        judge(people, {"m": risk[1:]}, {})


def test_a_missing_score_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 scores are missing"):
        discrimination(np.array([0, 1]), np.array([np.nan, 3.0]))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"y": np.array([0, 2])}, "each outcome must be 0 or 1"),
        ({"y": np.array([])}, "admissions has 2 rows, but the outcome has 0"),
        ({"weight": np.array([1.0, -1.0])}, "a number of 0 or more"),
        ({"weight": np.array([1.0, np.nan])}, "each weight must be a number"),
        ({"weight": np.array([0.0, 0.0])}, "all weights are 0"),
        ({"sizes": {"none": 0}}, "at least one person"),
        ({"per_practice": {"none": 0.0}}, "must be above 0"),
        ({"groups": {"sex": np.array(["F"])}}, "sex has 1 rows"),
    ],
)
def test_people_that_cannot_be_judged_on_are_refused(changed: dict, said: str) -> None:
    people = People(np.array([0, 1]), np.array([0, 1]), {"one": 1})
    with pytest.raises(ValueError, match=said):
        replace(people, **changed)


# --- What is undefined -------------------------------------------------------------------------------------------


def test_without_outcomes_what_needs_them_is_none_and_a_ppv_is_nought() -> None:
    people = People(np.zeros(50, np.int8), np.zeros(50, int), {"ten": 10}, no_prior=np.arange(50) < 20)
    found = judge(people, {"m": np.linspace(0.1, 0.2, 50)}, {}, repeats=20)[0]
    needing = ("auroc", "average_precision", "scaled_brier", "calibration_intercept", "calibration_slope")
    for name in (*needing, "ici", "e50", "e90"):
        assert seen(found).of[name] == UNDEFINED, name
    assert seen(found).of["o_e"] == Estimate(0.0), "none of 7.5 expected; no interval on the log"
    (size,) = seen(found).at_size
    assert size.ppv.value == size.ppv.low == 0
    assert size.ppv.high == pytest.approx(0.278, abs=0.001)
    assert (size.sensitivity, size.captured) == (UNDEFINED, UNDEFINED)
    assert size.number_needed_to_review.value is None
    assert size.number_needed_to_review.low == pytest.approx(1 / size.ppv.high)
    assert size.number_needed_to_review.high is None
    assert found.curves is None
    assert no_prior_of(found) is not None


def test_with_one_risk_for_all_there_is_no_slope_and_no_curve() -> None:
    people, _ = many()
    found = judge(people, {"m": np.full(people.rows, 0.1)}, {}, repeats=0)[0]
    of = seen(found).of
    assert (of["calibration_slope"], of["ici"]) == (UNDEFINED, UNDEFINED)
    assert of["auroc"].value == 0.5
    assert of["calibration_intercept"].value is not None
    assert found.curves is not None
    assert [len(part) for part in found.curves.calibration] == [0, 0, 0, 0]


def test_where_risk_separates_the_outcomes_calibration_is_undefined_and_a_perfect_auroc_has_no_interval() -> None:
    y = np.repeat([0, 1], 20)
    of = figures_of(People(y, y, {}), np.linspace(0.01, 0.9, 40)).of
    assert of["calibration_slope"] == UNDEFINED
    assert of["ici"] == UNDEFINED
    assert of["auroc"] == Estimate(1.0)


def test_ici_e50_and_e90_have_no_interval() -> None:
    of = figures_of(*many()).of
    for name in ("ici", "e50", "e90"):
        assert of[name].value > 0
        assert of[name].low is of[name].high is None


def test_without_repeats_lists_have_figures_and_no_intervals() -> None:
    for size in figures_of(*many(), repeats=0).at_size:
        assert size.ppv.value is not None
        assert size.ppv.low is size.ppv.high is None


# --- Lists -------------------------------------------------------------------------------------------------------


def test_people_tied_at_the_end_of_a_list_share_its_last_places() -> None:
    y = np.array([1, 1, 0, 0, 1, 0])
    risk = np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.1])
    (size,) = figures_of(People(y, 3 * y, {"three": 3}), risk).at_size
    assert (size.listed, size.risk) == (3, 0.5)
    assert size.ppv.value == pytest.approx((1 + 2 * 2 / 4) / 3), "two places for four people, two with the outcome"
    assert size.events == 2
    assert size.sensitivity.value == size.captured.value == pytest.approx(2 / 3)


def test_a_list_longer_than_the_people_holds_everyone() -> None:
    people, risk = many(100)
    (size,) = figures_of(replace(people, sizes={"all": 180}), risk).at_size
    assert (size.listed, size.events, size.risk) == (100, people.y.sum(), risk.min())


def test_each_practice_lists_from_its_own_people() -> None:
    y = np.array([1, 0, 0, 0, 0, 1, 0, 0])
    risk = np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.25, 0.2, 0.1])
    people = People(y, y, {"role": 4}, practice=np.repeat(["A", "B"], 4), per_practice={"role": 0.5})
    everyones, by_practice = figures_of(people, risk).at_size
    assert (everyones.name, everyones.listed, everyones.events, everyones.risk) == ("role", 4, 1, 0.6)
    assert (by_practice.name, by_practice.listed, by_practice.events) == ("role (by practice)", 4, 2)
    assert by_practice.risk == 0.25


def test_a_practice_may_list_a_part_of_a_person_so_that_all_list_the_share() -> None:
    y, risk = np.array([1, 0, 1, 0, 0, 0]), np.array([0.9, 0.5, 0.8, 0.4, 0.3, 0.2])
    people = People(y, y, {}, practice=np.array(["A", "A", "B", "B", "B", "B"]), per_practice={"role": 0.25})
    (size,) = figures_of(people, risk).at_size
    assert size.ppv.value == pytest.approx((0.5 + 1) / 1.5)


def test_those_who_weigh_nothing_are_neither_counted_nor_listed() -> None:
    people, risk = many()
    left = np.arange(people.rows) % 3 > 0
    weighted = figures_of(replace(people, weight=left.astype(float), sizes={"ten": 10}), risk)
    alone = figures_of(replace(people.only(left), sizes={"ten": 10}), risk[left])
    assert (weighted.people, weighted.events, weighted.admissions) == (alone.people, alone.events, alone.admissions)
    assert weighted.at_size == alone.at_size
    for name, estimate in alone.of.items():
        assert weighted.of[name].value == pytest.approx(estimate.value), name


def test_a_resample_that_empties_the_top_of_the_ranking_is_drawn_from_all_of_it() -> None:
    people, risk = many()
    (asked,) = asked_of(people)
    drawn = listing(people, asked, risk)
    weight = np.where(risk < np.sort(risk)[-900], 2.0, 0.0)
    top = drawn.head.ranking.order
    assert len(top) < 300
    assert weight[top].sum() == 0
    listed = np.argsort(-np.where(weight > 0, risk, 0))
    for share, (ppv, _, _) in zip(asked.shares, drawn.figures(weight, asked.room(weight)), strict=True):
        places = share * weight.sum() / 2
        held = np.clip(places - np.arange(people.rows), 0, 1)
        assert ppv == pytest.approx(held @ people.y[listed] / places)


def test_rows_of_one_patient_are_drawn_together_and_widen_every_interval() -> None:
    people, risk = many()
    thrice = np.repeat(np.arange(people.rows), 3)
    again = People(people.y[thrice], people.admissions[thrice], {"top 5 %": 300}, cluster=thrice)
    apart = replace(again, cluster=None)
    one, three, alone = (
        figures_of(who, what, repeats=100)
        for who, what in ((replace(people, sizes={"top 5 %": 100}), risk), (again, risk[thrice]), (apart, risk[thrice]))
    )
    for name in ("auroc", "average_precision", "brier", "o_e", "calibration_slope"):
        assert three.of[name].low == pytest.approx(one.of[name].low, rel=1e-6), name
        assert alone.of[name].low > three.of[name].low, name
    assert three.at_size[0].ppv.low == pytest.approx(one.at_size[0].ppv.low), "the same patients were drawn"
    assert alone.at_size[0].ppv.low > three.at_size[0].ppv.low


# --- Who is judged apart -----------------------------------------------------------------------------------------


def judged(labels: np.ndarray, name: str = "sex") -> list[OfGroup]:
    people, risk = many()
    return groups(judge(replace(people, groups={name: labels}), {"m": risk}, {}, repeats=0)[0])


def test_what_is_not_recorded_is_a_group_of_its_own_and_comes_last() -> None:
    labels = np.array(["b", None, "a", "", float("nan")], object)[np.arange(2_000) % 5]
    found = judged(labels)
    assert [one.level for one in found] == ["a", "b", "not recorded"]
    assert [one.people for one in found] == [400, 400, 1_200]


def test_a_group_with_fewer_than_ten_of_either_outcome_is_counted_and_called_too_few() -> None:
    people, risk = many()
    order = np.argsort(people.y, kind="stable")
    labels = np.full(people.rows, "rest", object)
    labels[order[-9:]], labels[order[:50]] = "few with it", "few with it"
    labels[order[-40:-9]], labels[order[50:59]] = "few without it", "few without it"
    by_level = {one.level: one for one in groups(judge_groups(people, risk, {"made up": labels}))}
    for level, counts in (("few with it", (59, 9)), ("few without it", (40, 31))):
        found = by_level[level]
        assert (found.people, found.events, found.too_few) == (*counts, "too few")
        assert {found.auroc, found.o_e, found.calibration_slope, found.ppv, found.listed_share} == {UNDEFINED}
    assert by_level["rest"].too_few is None


def test_practices_are_one_of_the_dimensions() -> None:
    people, risk = many()
    practice = np.array(["A81001", "A81002"])[np.arange(people.rows) % 2]
    (found,) = judge(replace(people, practice=practice), {"m": risk}, {}, repeats=0)
    assert [(one.dimension, one.level) for one in groups(found)] == [("practice", "A81001"), ("practice", "A81002")]


def test_without_list_sizes_a_subgroup_has_no_figures_of_a_list() -> None:
    people, risk = many()
    (found,) = groups(judge_groups(replace(people, sizes={}), risk, {"all": np.full(people.rows, "all")}))
    assert found.ppv == found.sensitivity == found.false_positive_rate == found.listed_share == UNDEFINED
    assert found.auroc.value is not None


def test_a_group_of_whom_nobody_is_listed_has_no_ppv_and_a_sensitivity_of_nought() -> None:
    people, risk = many()
    low = np.argsort(risk)[:1_500]
    labels = np.full(people.rows, "high", object)
    labels[low] = "low"
    found = {one.level: one for one in groups(judge_groups(people, risk, {"made up": labels}))}["low"]
    assert found.ppv == UNDEFINED
    assert found.sensitivity.value == found.sensitivity.low == 0
    assert found.sensitivity.high > 0


def test_among_people_with_no_prior_admission_lists_hold_the_same_share() -> None:
    people, risk = many()
    none = np.arange(people.rows) % 4 > 0
    found = judge(replace(people, no_prior=none), {"m": risk}, {}, repeats=0, full=())[0]
    assert no_prior_of(found) == figures_of(people.only(none), risk[none])
    assert [size.listed for size in no_prior_of(found).at_size] == [15, 75]
    assert no_prior_of(judge(people, {"m": risk}, {}, repeats=0, full=())[0]) is None, "not known"
    assert no_prior_of(judge(replace(people, no_prior=none & False), {"m": risk}, {}, repeats=0, full=())[0]) is None


# --- Curves ------------------------------------------------------------------------------------------------------


def test_only_models_asked_for_have_curves_and_subgroups() -> None:
    people, risk = many()
    people = replace(people, groups={"sex": np.full(people.rows, "F")})
    first, second = judge(people, {"a": risk, "b": risk / 2}, {"a": "Model A"}, repeats=0, full=("a",))
    assert (first.title, second.title) == ("Model A", "b")
    assert first.curves is not None
    assert first.groups
    assert second.curves is None
    assert second.groups == ()


@pytest.fixture(scope="module")
def drawn() -> Judgement:
    people, risk = many(5_000)
    return judge(people, {"m": risk}, {}, repeats=0, thresholds=(0.05, 0.6))[0]


def test_no_point_of_a_curve_is_a_persons_own_risk(drawn: Judgement) -> None:
    curves = drawn.curves
    assert curves is not None
    assert set(curves.calibration[0]) <= set(RISK_GRID)
    assert curves.roc[0].tolist() == np.linspace(0, 1, 101).tolist()
    assert len(curves.distribution[0]) == 51
    assert np.diff(curves.distribution[0]) == pytest.approx(curves.distribution[0][1])
    assert curves.net_benefit[0][[0, -1]].tolist() == [0.05, 0.6]


def test_curves_agree_with_the_figures(drawn: Judgement) -> None:
    curves, of = drawn.curves, seen(drawn).of
    assert curves is not None
    assert np.trapezoid(curves.roc[1], curves.roc[0]) == pytest.approx(of["auroc"].value, abs=0.01)
    assert curves.precision_recall[1].mean() == pytest.approx(of["average_precision"].value, abs=0.01)
    assert curves.precision_recall[1][-1] == pytest.approx(of["event_rate"].value, abs=0.01)
    assert [part.sum() for part in curves.distribution[1:]] == pytest.approx([1, 1])
    assert curves.groups[0].mean() == pytest.approx(of["mean_risk"].value, abs=1e-3)
    assert curves.groups[1].mean() == pytest.approx(of["event_rate"].value, abs=1e-3)
    assert (np.diff(curves.groups[0]) > 0).all()
    share, ppv, sensitivity = curves.by_size
    at = {round(float(one), 3): place for place, one in enumerate(share)}
    for size, part in zip(seen(drawn).at_size, (0.01, 0.05), strict=True):
        assert ppv[at[part]] == pytest.approx(size.ppv.value)
        assert sensitivity[at[part]] == pytest.approx(size.sensitivity.value)
    low, high = curves.calibration[2:]
    assert ((low < curves.calibration[1]) & (curves.calibration[1] < high)).all()


def test_a_model_of_few_steps_has_a_tenth_for_each() -> None:
    y, risk = np.tile([0, 0, 1], 100), np.repeat([0.1, 0.4, 0.7], 100)
    curves = judge(People(y, y, {}), {"m": risk}, {}, repeats=0)[0].curves
    assert curves is not None
    assert curves.groups[0] == pytest.approx([0.1, 0.4, 0.7])


# --- Two models --------------------------------------------------------------------------------------------------


def test_a_model_differs_from_itself_by_nothing() -> None:
    people, risk = many()
    for one in paired(differences(people, {"a": risk, "b": risk.copy()}, "a", repeats=20)):
        assert (one.first, one.second) == ("b", "a")
        assert one.estimate == Estimate(0.0, 0.0, 0.0)
        assert one.p is None
    for both in overlapping(overlaps(people, {"a": risk, "b": risk.copy()}, "a")):
        assert both.both == both.listed
        assert both.events_first_only == both.events_second_only == 0


def test_differences_are_paired_so_narrower_than_two_intervals_apart() -> None:
    people, risk = many()
    near = np.clip(risk + np.random.default_rng(2).normal(0, 0.005, people.rows), 0, 1)
    found = {(one.figure, one.at): one for one in paired(differences(people, {"a": risk, "b": near}, "a", repeats=50))}
    assert set(found) == {
        ("auroc", ""), ("brier", ""), ("ppv", "top 1 %"), ("ppv", "top 5 %"), ("sensitivity", "top 1 %"),
        ("sensitivity", "top 5 %"),
    }  # fmt: skip
    of = figures_of(people, risk).of
    apart = found["auroc", ""].estimate
    assert apart.high - apart.low < (of["auroc"].high - of["auroc"].low) / 3


# --- Recalibrated, and without intervals -------------------------------------------------------------------------


def test_nobody_recalibrates_the_risk_of_the_own_fold() -> None:
    people, risk = many()
    fold = np.arange(people.rows) % 5
    before = recalibrated(people.y, risk, fold)
    other = np.where(fold == 2, 1 - people.y, people.y)
    after = recalibrated(other, risk, fold)
    for way in ("intercept", "intercept and slope", "isotonic"):
        assert np.array_equal(before[way][fold == 2], after[way][fold == 2]), way
        assert not np.array_equal(before[way][fold != 2], after[way][fold != 2]), way
        assert before[way].min() > 0
        assert before[way].max() < 1


def test_what_cannot_be_recalibrated_stays_as_it_was() -> None:
    risk = np.array([0.1, 0.2, 0.3, 0.4])
    for way in recalibrated(np.zeros(4, int), risk, np.array([0, 0, 1, 1])).values():
        assert way.tolist() == risk.tolist()


def test_recalibration_mends_a_model_that_promises_too_much() -> None:
    people, risk = many(20_000)
    spoilt = risk**0.5
    for way, mended in recalibrated(people.y, spoilt, np.arange(people.rows) % 5).items():
        of = figures_of(people, mended).of
        assert of["o_e"].value == pytest.approx(1, abs=0.02), way
    assert of["ici"].value < figures_of(people, spoilt).of["ici"].value / 10, "isotonic"


def test_metrics_are_the_figures_without_intervals() -> None:
    people, risk = many()
    of, found = figures_of(people, risk).of, metrics(people.y, risk, people.sizes)
    assert {name: found[name] for name in of if name in found} == {
        name: estimate.value for name, estimate in of.items() if name in found
    }
    assert {"auroc", "o_e", "calibration_slope", "fifths", "at_size"} <= set(found)
    assert found["at_size"]["top 1 %"]["listed"] == 20


def test_judging_is_ready_without_the_heavy_libraries() -> None:
    heavy = "{'sklearn', 'scipy', 'lightgbm', 'matplotlib'}"
    asked = f"import sys, riskstrat.evaluation.assess; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
