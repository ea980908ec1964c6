"""Metrics against scikit-learn, statsmodels, dcurves, pROC and a count of all pairs: to 1e-6, or it says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve
from statsmodels.stats.proportion import proportion_confint
from tests.oracles.people import oracle_people
from tests.support.figures import groups, paired, seen

from riskstrat.evaluation.assess import discrimination, judge
from riskstrat.evaluation.calibration import curve, in_the_large, observed_to_expected, slope, weighted_percentiles
from riskstrat.evaluation.curves import curves, net_benefit
from riskstrat.evaluation.discrimination import auroc, average_precision, brier
from riskstrat.evaluation.logistic import log_odds
from riskstrat.evaluation.paired import differences
from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import ranked
from riskstrat.evaluation.recalibration import recalibrated
from riskstrat.evaluation.standard_errors import GroupedRows, group_rows, share

ORACLES = Path(__file__).parent
CLOSE = {"rel": 0, "abs": 1e-6}
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def told(name: str) -> dict[str, Any]:
    return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sample() -> Sample:
    """Outcome, a miscalibrated risk with many ties, and weights, some of them 0."""
    rng = np.random.default_rng(8)
    odds = rng.normal(-2.5, 1.2, 4_000)
    y = (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype(np.int8)
    risk = 1 / (1 + np.exp(-np.round(1.3 * odds + 0.4 + rng.normal(0, 0.5, len(odds)), 1)))
    return y, risk, rng.integers(0, 4, len(odds)) * rng.random(len(odds))


def everyone(sample: Sample) -> tuple[People, GroupedRows, np.ndarray]:
    y, risk, weight = sample
    people = People(y, y, {"top 5 %": 200}, weight=weight)
    return people, group_rows(people), risk


def test_discrimination_and_brier_are_those_of_scikit_learn_with_ties_and_weights(sample: Sample) -> None:
    y, risk, weight = sample
    people, _, _ = everyone(sample)
    of = seen(judge(people, {"m": risk}, {}, repeats=0, full=())[0]).of
    assert of["auroc"].value == pytest.approx(roc_auc_score(y, risk, sample_weight=weight), **CLOSE)
    assert of["average_precision"].value == pytest.approx(
        average_precision_score(y, risk, sample_weight=weight), **CLOSE
    )
    assert of["brier"].value == pytest.approx(brier_score_loss(y, risk, sample_weight=weight), **CLOSE)
    rate = np.average(y, weights=weight)
    by_rate = brier_score_loss(y, np.full(len(y), rate), sample_weight=weight)
    assert of["scaled_brier"].value == pytest.approx(1 - of["brier"].value / by_rate, **CLOSE)


def test_the_roc_curve_is_that_of_scikit_learn(sample: Sample) -> None:
    y, risk, _ = sample
    found = curves(People(y, y, {}), risk)
    assert found is not None
    false, true, _ = roc_curve(y, risk, drop_intermediate=False)
    grid, sensitivity = found.roc
    assert sensitivity[1:-1] == pytest.approx(np.interp(grid[1:-1], false, true), **CLOSE)


def all_pairs(y: np.ndarray, risks: list[np.ndarray]) -> tuple[list[float], np.ndarray]:
    """AUROC of each risk and their covariance, by comparing every person with an event to every one without."""
    parts = []
    for risk in risks:
        with_it, without = risk[y == 1][:, None], risk[y == 0][None, :]
        won = (with_it > without) + 0.5 * (with_it == without)
        parts.append((won.mean(), won.mean(axis=1), won.mean(axis=0)))
    cases, controls = (np.cov([part[k] for part in parts], ddof=1) for k in (1, 2))
    return [part[0] for part in parts], cases / (y == 1).sum() + controls / (y == 0).sum()


def test_delong_is_what_comparing_all_pairs_gives(sample: Sample) -> None:
    y, risk, _ = sample
    other = np.round(risk, 1)
    values, covariance = all_pairs(y, [risk, other])
    rows = group_rows(People(y, y, {}))
    first, second = (auroc(rows, ranked(one)) for one in (risk, other))
    assert [first.value[0], second.value[0]] == pytest.approx(values, **CLOSE)
    assert rows.error(first.influence)[0] ** 2 == pytest.approx(covariance[0, 0], rel=1e-6)
    apart = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert rows.error(first.influence - second.influence)[0] ** 2 == pytest.approx(apart, rel=1e-6)


def test_auroc_its_error_and_a_difference_are_those_of_proc() -> None:
    oracle, (y, first, second) = told("proc"), oracle_people()
    people = People(y, y, {})
    rows = group_rows(people)
    assert oracle["events"] == y.sum()
    for name, risk in (("first", first), ("second", second)):
        found = auroc(rows, ranked(risk))
        assert found.value[0] == pytest.approx(oracle[name]["auroc"], **CLOSE)
        assert rows.error(found.influence)[0] == pytest.approx(oracle[name]["error"], **CLOSE)
    (apart, _) = paired(differences(people, {"first": first, "second": second}, "second", repeats=0))
    assert apart.estimate.value == pytest.approx(oracle["first"]["auroc"] - oracle["second"]["auroc"], **CLOSE)
    assert apart.p == pytest.approx(oracle["p"], **CLOSE)


def test_net_benefit_is_that_of_dcurves() -> None:
    oracle, (y, first, second) = told("dcurves"), oracle_people()
    people = People(y, y, {})
    for name, risk in (("first", first), ("second", second)):
        grid, model, treat_all = net_benefit(people, risk, (0.05, 0.6))
        at = [int(np.flatnonzero(np.isclose(grid, t))[0]) for t in oracle["thresholds"]]
        assert model[at] == pytest.approx(oracle[name], **CLOSE)
        assert treat_all[at] == pytest.approx(oracle["all"], **CLOSE)


@pytest.mark.parametrize("by_patient", [False, True])
def test_calibration_intercept_and_slope_and_their_errors_are_those_of_statsmodels(
    sample: Sample, by_patient: bool
) -> None:
    y, risk, weight = sample
    patient = np.arange(len(y)) // 3 if by_patient else np.arange(len(y))
    rows = group_rows(People(y, y, {}, cluster=patient, weight=weight))
    odds = np.log(risk / (1 - risk))
    for found, terms, offset, term in (
        (in_the_large(rows, risk), np.ones((len(y), 1)), odds, 0),
        (slope(rows, risk), sm.add_constant(odds), None, 1),
    ):
        model = sm.GLM(y, terms, family=sm.families.Binomial(), offset=offset, freq_weights=weight)
        fit = model.fit(tol=1e-12)
        scores = model.score_obs(fit.params)
        assert fit.converged
        assert found.value[0] == pytest.approx(fit.params[term], **CLOSE)
        summed = np.array([np.bincount(patient, weights=column) for column in scores.T])
        bread = np.linalg.inv(-model.hessian(fit.params, observed=False))
        expected = np.sqrt((bread @ summed @ summed.T @ bread)[term, term])
        assert rows.error(found.influence)[0] == pytest.approx(expected, rel=1e-6)


def test_unweighted_sandwich_errors_are_the_robust_ones_of_statsmodels(sample: Sample) -> None:
    y, risk, _ = sample
    terms = sm.add_constant(np.log(risk / (1 - risk)))
    fit = sm.GLM(y, terms, family=sm.families.Binomial()).fit(tol=1e-12, cov_type="HC0")
    rows = group_rows(People(y, y, {}))
    assert rows.error(slope(rows, risk).influence)[0] == pytest.approx(fit.bse[1], rel=1e-6)


def test_the_slope_of_each_group_is_that_of_the_group_alone(sample: Sample) -> None:
    y, risk, weight = sample
    group = np.arange(len(y)) % 7
    rows = GroupedRows(y.astype(float), weight, group, 7)
    for found, measure in ((slope(rows, risk), slope), (in_the_large(rows, risk), in_the_large)):
        errors = rows.error(found.influence)
        for one in range(7):
            mine = group == one
            alone = GroupedRows(y[mine].astype(float), weight[mine], np.zeros(mine.sum(), int), 1)
            expected = measure(alone, risk[mine])
            assert found.value[one] == pytest.approx(expected.value[0], **CLOSE)
            assert errors[one] == pytest.approx(alone.error(expected.influence)[0], rel=1e-6)


def spline(odds: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Harrell's basis by his formula, one column at a time."""

    def plus(knot: float) -> np.ndarray:
        return np.where(odds > knot, odds - knot, 0.0) ** 3

    last, before = knots[-1], knots[-2]
    bends = [
        plus(t) - plus(before) * (last - t) / (last - before) + plus(last) * (before - t) / (last - before)
        for t in knots[:-2]
    ]
    return np.column_stack([np.ones(len(odds)), odds, *bends])


def test_the_calibration_curve_is_a_spline_fitted_by_statsmodels(sample: Sample) -> None:
    y, risk, _ = sample
    odds = np.log(risk / (1 - risk))
    knots = np.quantile(odds, (0.05, 0.275, 0.5, 0.725, 0.95), method="inverted_cdf")
    model = sm.GLM(y, spline(odds, knots), family=sm.families.Binomial())
    fit = model.fit(tol=1e-13, cov_type="HC0")
    found = curve(group_rows(People(y, y, {})), risk)
    assert found is not None
    grid = np.linspace(0.02, 0.6, 30)
    predicted = fit.get_prediction(spline(np.log(grid / (1 - grid)), knots))
    assert found.observed(grid) == pytest.approx(predicted.predicted, **CLOSE)
    low, high = found.interval(grid)
    assert low == pytest.approx(predicted.conf_int()[:, 0], **CLOSE)
    assert high == pytest.approx(predicted.conf_int()[:, 1], **CLOSE)


def test_ici_by_a_spline_is_ici_by_lowess_to_a_few_thousandths() -> None:
    rng = np.random.default_rng(15)
    odds = rng.normal(-2.2, 1, 8_000)
    y = (rng.random(len(odds)) < 1 / (1 + np.exp(-(0.7 * odds - 0.3)))).astype(np.int8)
    risk = 1 / (1 + np.exp(-odds))
    of = seen(judge(People(y, y, {}), {"m": risk}, {}, repeats=0, full=())[0]).of
    smooth = sm.nonparametric.lowess(y, risk, frac=0.75, it=0, delta=0.002, return_sorted=False)
    apart = np.abs(risk - smooth)
    truth = np.abs(risk - 1 / (1 + np.exp(-(0.7 * odds - 0.3))))
    for name, by_lowess, true in (
        ("ici", apart.mean(), truth.mean()),
        ("e50", np.median(apart), np.median(truth)),
        ("e90", np.quantile(apart, 0.9), np.quantile(truth, 0.9)),
    ):
        assert of[name].value == pytest.approx(by_lowess, abs=0.006), name
        assert of[name].value == pytest.approx(true, abs=0.006), name


def test_the_interval_of_a_share_is_wilsons(sample: Sample) -> None:
    for part, whole in ((0, 20), (3, 20), (20, 20), (170, 4_000)):
        found = share(part, whole)
        assert (found.low, found.high) == pytest.approx(proportion_confint(part, whole, method="wilson"), **CLOSE)
    y, risk, _ = sample
    rate = seen(judge(People(y, y, {}), {"m": risk}, {}, repeats=0, full=())[0]).of["event_rate"]
    assert (rate.low, rate.high) == pytest.approx(proportion_confint(y.sum(), len(y), method="wilson"), **CLOSE)


def test_figures_of_a_subgroup_are_those_of_its_people_and_of_the_list_of_everyone(sample: Sample) -> None:
    y, _, _ = sample
    risk = np.random.default_rng(3).permutation(np.linspace(0.01, 0.7, len(y)))
    risk = np.where(y == 1, np.minimum(risk + 0.1, 0.99), risk) + np.arange(len(y)) * 1e-9
    mine = np.arange(len(y)) % 3 == 0
    people = People(y, y, {"list": 400}, groups={"third": np.where(mine, "mine", "others")})
    found = groups(judge(people, {"m": risk}, {}, repeats=0)[0])[0]
    listed = risk >= np.sort(risk)[-400]
    assert found.level == "mine"
    assert found.auroc.value == pytest.approx(roc_auc_score(y[mine], risk[mine]), **CLOSE)
    alone = discrimination(y[mine], risk[mine])[0]
    assert (found.auroc.low, found.auroc.high) == pytest.approx((alone.low, alone.high), **CLOSE)
    assert found.o_e.value == pytest.approx(y[mine].sum() / risk[mine].sum(), **CLOSE)
    for estimate, part, whole in (
        (found.ppv, listed & (y == 1), listed),
        (found.sensitivity, listed & (y == 1), y == 1),
        (found.false_positive_rate, listed & (y == 0), y == 0),
        (found.listed_share, listed, listed | True),
    ):
        counts = (part & mine).sum(), (whole & mine).sum()
        expected = (counts[0] / counts[1], *proportion_confint(*counts, method="wilson"))
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected, **CLOSE)


MEASURES = {
    "auroc": lambda rows, risk: auroc(rows, ranked(risk)),
    "average_precision": lambda rows, risk: average_precision(rows, ranked(risk)),
    "brier": brier,
    "o_e": observed_to_expected,
    "in_the_large": in_the_large,
    "slope": slope,
}


@pytest.mark.parametrize("name", MEASURES)
def test_influence_is_how_far_a_figure_moves_when_a_row_counts_more(name: str, sample: Sample) -> None:
    y, risk, weight = (values[:300] for values in sample)
    measure, none = MEASURES[name], np.zeros(300, int)
    rows = GroupedRows(y.astype(float), weight, none, 1)
    found = measure(rows, risk)
    counts = {kind: ((y == kind) & (weight > 0)).sum() for kind in (0, 1)}
    for row in np.flatnonzero(weight > 0)[:40]:
        by = 1e-5 * weight[row]
        up, down = (
            measure(GroupedRows(rows.y, weight + sign * by * (np.arange(300) == row), none, 1), risk)
            for sign in (1, -1)
        )
        moved = (up.value[0] - down.value[0]) / 2e-5
        freedom = np.sqrt(counts[y[row]] / (counts[y[row]] - 1)) if name == "auroc" else 1
        assert found.influence[row] == pytest.approx(moved * freedom, abs=1e-6)


def test_recalibration_is_fitted_on_the_other_folds_as_statsmodels_and_scikit_learn_do(sample: Sample) -> None:
    y, risk, weight = sample
    fold = np.arange(len(y)) % 5
    found = recalibrated(y, risk, fold, weight)
    odds = log_odds(risk)
    for one in range(5):
        others, mine = fold != one, fold == one
        binomial = {"family": sm.families.Binomial(), "freq_weights": weight[others]}
        moved = sm.GLM(y[others], np.ones(others.sum()), offset=odds[others], **binomial).fit(tol=1e-12).params[0]
        assert found["intercept"][mine] == pytest.approx(1 / (1 + np.exp(-odds[mine] - moved)), **CLOSE)
        fit = sm.GLM(y[others], sm.add_constant(odds[others]), **binomial).fit(tol=1e-12)
        assert found["intercept and slope"][mine] == pytest.approx(fit.predict(sm.add_constant(odds[mine])), **CLOSE)
        least = 0.5 / weight[others].sum()
        steps = IsotonicRegression(out_of_bounds="clip").fit(risk[others], y[others], weight[others])
        assert found["isotonic"][mine] == pytest.approx(np.clip(steps.predict(risk[mine]), least, 1 - least), **CLOSE)


def test_weighted_percentiles_are_those_of_repeated_values() -> None:
    values, weight = np.array([3.0, 1.0, 2.0, 5.0]), np.array([2, 1, 3, 0])
    expected = np.quantile(np.repeat(values, weight), (0.1, 0.5, 0.9), method="inverted_cdf")
    assert weighted_percentiles(values, weight.astype(float), (0.1, 0.5, 0.9)).tolist() == expected.tolist()
