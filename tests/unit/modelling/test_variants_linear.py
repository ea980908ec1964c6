"""The elastic net against scikit-learn's solvers, and what its penalty, weights and chunks must not change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tests.support.small_samples import COLUMNS, sample

from riskstrat.modelling.variant import Sample
from riskstrat.modelling.variants import elastic_net
from riskstrat.modelling.variants.elastic_net import Coefficients, Problem, fit_path
from riskstrat.modelling.variants.linear import Design, fit_linear

PENALTY = 0.01


@pytest.fixture(scope="module")
def problem() -> Problem:
    """Twelve terms, some nearly the same, one that never varies; few outcomes."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3_000, 12)).astype(np.float32) * np.arange(1, 13, dtype=np.float32)
    x[:, 1] = x[:, 0] + 0.1 * x[:, 2]
    x[:, 11] = 7
    scores = 0.8 * x[:, 0] - 0.1 * x[:, 5] - 3
    y = (rng.random(3_000) < 1 / (1 + np.exp(-scores))).astype(np.int8)
    return Problem(x, y, rng.uniform(0.5, 2, 3_000), lambda rows: rows)


def fitted(problem: Problem, lasso: float, *penalties: float) -> Coefficients:
    *_, last = fit_path(problem, penalties or [PENALTY], lasso)
    return last


@pytest.mark.parametrize(("lasso", "solver"), [(0.0, "lbfgs"), (0.2, "saga"), (0.7, "saga"), (1.0, "saga")])
def test_coefficients_are_those_of_scikit_learn(problem: Problem, lasso: float, solver: str) -> None:
    found = fitted(problem, lasso)
    standardised = found.standardised(problem.x)
    strength = 1 / (PENALTY * problem.weight.sum())
    oracle = LogisticRegression(C=strength, l1_ratio=lasso, solver=solver, tol=1e-9, max_iter=100_000, random_state=0)
    oracle.fit(standardised, problem.y, sample_weight=problem.weight)
    assert np.abs(found.slopes - oracle.coef_[0]).max() < 1e-4
    assert found.intercept == pytest.approx(oracle.intercept_[0], abs=1e-4)
    assert (found.slopes == 0).sum() == (np.abs(oracle.coef_[0]) < 1e-9).sum()


def test_standardised_terms_have_mean_0_and_deviation_1_by_weight(problem: Problem) -> None:
    z = fitted(problem, 0).standardised(problem.x)[:, :11]
    means = np.average(z, axis=0, weights=problem.weight)
    assert np.allclose(means, 0, atol=1e-6)
    assert np.allclose(np.average((z - means) ** 2, axis=0, weights=problem.weight), 1, atol=1e-5)


@pytest.mark.parametrize("lasso", [0.0, 0.5])
def test_a_whole_weight_is_as_many_rows(problem: Problem, lasso: float) -> None:
    times = np.arange(len(problem.y)) % 3
    weighted = fitted(replace(problem, weight=times.astype(float)), lasso)
    again = np.repeat(np.arange(len(problem.y)), times)
    repeated = fitted(replace(problem, x=problem.x[again], y=problem.y[again], weight=np.ones(len(again))), lasso)
    assert np.allclose(weighted.slopes, repeated.slopes, rtol=0, atol=1e-6)
    assert weighted.intercept == pytest.approx(repeated.intercept, abs=1e-6)


def test_only_the_ratio_of_weights_counts(problem: Problem) -> None:
    heavy = fitted(replace(problem, weight=1000 * problem.weight), 0.2)
    assert np.allclose(heavy.slopes, fitted(problem, 0.2).slopes, rtol=0, atol=1e-6)


@pytest.mark.parametrize("lasso", [0.0, 0.5])
def test_a_path_ends_where_a_single_fit_does(problem: Problem, lasso: float) -> None:
    path = fitted(problem, lasso, 0.1, 0.03, PENALTY)
    assert np.allclose(path.slopes, fitted(problem, lasso).slopes, rtol=0, atol=1e-5)


@pytest.mark.parametrize("lasso", [0.0, 0.5])
def test_neither_chunks_nor_a_start_on_some_of_the_rows_change_the_result(
    problem: Problem, lasso: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fitted(problem, lasso)
    monkeypatch.setattr(elastic_net, "CHUNK", 170)
    monkeypatch.setattr(elastic_net, "START_ROWS", 400)
    assert np.allclose(fitted(problem, lasso).slopes, whole.slopes, rtol=0, atol=1e-5)


def test_the_stronger_the_penalty_the_fewer_terms(problem: Problem) -> None:
    kept = [(found.slopes != 0).sum() for found in fit_path(problem, [0.3, 0.03, 0.003, 0.0003], lasso=0.9)]
    assert kept == sorted(kept)
    assert kept[0] < kept[-1]


def test_terms_that_are_the_same_share_their_effect(problem: Problem) -> None:
    twice = replace(problem, x=np.column_stack([problem.x, problem.x[:, 0]]))
    slopes = fitted(twice, 0.2).slopes
    assert slopes[0] == pytest.approx(slopes[12], abs=1e-4)
    assert slopes[0] > 0.1


@pytest.mark.parametrize("lasso", [0.0, 0.2])
def test_an_outcome_that_a_term_tells_without_fail_still_gives_finite_coefficients(lasso: float) -> None:
    x = np.linspace(-1, 1, 400, dtype=np.float32)[:, None]
    found = fitted(Problem(x, (x[:, 0] > 0.9).astype(np.int8), np.ones(400), lambda rows: rows), lasso, 1e-4)
    scores = found.intercept + found.standardised(x) @ found.slopes
    assert np.isfinite(scores).all()
    assert scores[-1] > 1 > -1 > scores[0]


def test_a_count_a_recency_a_spline_and_what_is_missing_become_terms() -> None:
    design = Design([column.name for column in COLUMNS], [column.kind for column in COLUMNS], np.full(6, 80.0))
    row = np.array([[70, 1, 3, 180, np.nan, np.nan]], np.float32)
    age, others = design.terms(row)[0, :5], design.terms(row)[0, 5:]
    assert age.tolist() == [70, 20, 5, 0, 0]
    assert others == pytest.approx([1, np.log(4), np.exp(-1), 80, 1, 80, 1])
    assert design.owners().tolist() == [0] * 5 + [1, 2, 3, 4, 4, 5, 5]


def test_an_event_that_never_was_is_as_long_ago_as_can_be() -> None:
    design = Design(["d"], ["days"], np.zeros(1))
    assert design.terms(np.array([[np.nan], [36_000], [0]], np.float32))[:, 0].tolist() == pytest.approx([0, 0, 1])


def test_a_fitted_model_adds_up_by_hand() -> None:
    given: Sample = sample(1_000)
    model = next(fit_linear(given, [PENALTY], 0.2))
    found = model.coefficients
    terms = model.design.terms(given.x)
    by_hand = found.intercept + ((terms - found.means) / found.scales) @ found.slopes
    assert np.allclose(model.log_odds(given.x), by_hand, rtol=0, atol=1e-12)
