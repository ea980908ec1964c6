"""Logistic regression with an elastic-net penalty, fitted over chunks of rows.

Decision
--------
The objective is the weighted mean log loss, plus penalty x (lasso x sum |b| + (1 - lasso) / 2 x sum b^2), with b the
coefficients of standardised terms and a free intercept. Each Newton step adds up the loss, its gradient and its second
derivatives chunk by chunk, so that the terms are never held for all rows at once. It then solves the penalised
quadratic: directly for a ridge penalty, otherwise by coordinate descent on the square root of its matrix, which has as
many rows as there are terms. Terms are single precision within a chunk, and sums are double. Large samples start from
the solution on a part of their rows; each penalty of a path starts from the solution before. Chunks run in threads,
each on one thread of BLAS, and are added up in order, so that the result does not depend on the number of cores.

A ridge penalty alone on fewer than 300,000 rows uses scikit-learn's lbfgs, which holds all terms at once and takes two
thirds of the CPU time (benchmarks/ridge.py); it uses one thread of BLAS, so that it gives the same numbers on any
number of cores. With a share of lasso, or on a million rows, scikit-learn's solvers need too many passes.

Source: Friedman, Hastie and Tibshirani, J Stat Softw 2010;33(1), doi 10.18637/jss.v033.i01.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from riskstrat.tables import Binary, Floats, Singles

CHUNK = 8_192
START_ROWS = 40_000
_MOST_STEPS = 50
_MOST_PASSES = 2_000
SMALL_CHANGE = 1e-3
TINY = 1e-8
SINGLE = 1e-7
CONSTANT = 1e-6
MOST_AT_ONCE = 300_000


@dataclass(frozen=True)
class Problem:
    """Rows of x, their outcomes 0/1 and weights, and a function from rows to terms: float32, shape (rows, terms)."""

    x: np.ndarray
    y: Binary
    weight: Floats
    terms: Callable[[np.ndarray], Singles]

    def chunks(self) -> list[slice]:
        """Split the rows into chunks."""
        return [slice(start, start + CHUNK) for start in range(0, len(self.y), CHUNK)]

    def thinned(self) -> Problem:
        """Select evenly spaced rows, `START_ROWS` to twice as many."""
        step = max(1, len(self.y) // START_ROWS)
        return replace(self, x=self.x[::step], y=self.y[::step], weight=self.weight[::step])


@dataclass(frozen=True)
class Coefficients:
    """A fitted model: intercept + (terms - means) / scales @ slopes, one of each for every term."""

    intercept: float
    slopes: Floats
    means: Floats
    scales: Floats

    def standardised(self, terms: Singles) -> Floats:
        """Subtract the means from terms, and divide by the standard deviations."""
        return (terms - self.means) / self.scales


@dataclass(frozen=True)
class _Quadratic:
    """Sums over rows at one point: the loss, and its derivatives by intercept and slopes."""

    loss: float
    gradient: Floats
    hessian: Floats | Singles

    def __add__(self, other: _Quadratic) -> _Quadratic:
        return _Quadratic(
            self.loss + other.loss, self.gradient + other.gradient, np.add(self.hessian, other.hessian, dtype=float)
        )


def fit_path(problem: Problem, penalties: Sequence[float], lasso: float) -> Iterator[Coefficients]:
    """Fit with each penalty in turn, the strongest first, each from the one before.

    `lasso` is the share of the penalty on absolute values: 0 is ridge, 1 is the lasso.
    """
    from threadpoolctl import threadpool_limits

    empty = _standardisation(problem)
    if lasso == 0 and len(problem.y) < MOST_AT_ONCE and 0 < problem.y.sum() < len(problem.y):
        yield from _ridge_path(problem, empty, penalties)
        return
    mean = float(np.clip(np.average(problem.y, weights=problem.weight), TINY, 1 - TINY))
    place = np.append(np.log(mean / (1 - mean)), np.zeros(len(empty.means)))
    for penalty in penalties:
        with threadpool_limits(1, user_api="blas"):
            place = _solved(problem, empty, place, penalty * lasso, penalty * (1 - lasso))
        yield replace(empty, intercept=float(place[0]), slopes=place[1:])


def _ridge_path(problem: Problem, empty: Coefficients, penalties: Sequence[float]) -> Iterator[Coefficients]:
    """Fit with each ridge penalty by scikit-learn, all terms at once; a term that does not vary has no slope."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    terms = np.concatenate([empty.standardised(problem.terms(problem.x[chunk])) for chunk in problem.chunks()])
    varies = np.ptp(terms, axis=0) > 0
    fit = LogisticRegression(tol=TINY, max_iter=_MOST_PASSES, warm_start=True)
    for penalty in penalties:
        fit.set_params(C=1 / (penalty * problem.weight.sum()))
        with threadpool_limits(1, user_api="blas"):
            fit.fit(terms, problem.y, sample_weight=problem.weight)
        yield replace(empty, intercept=float(fit.intercept_[0]), slopes=np.where(varies, fit.coef_[0], 0.0))


def _standardisation(problem: Problem) -> Coefficients:
    """Compute weighted means and standard deviations of the terms; a term that does not vary keeps its scale."""

    def of(chunk: slice) -> Floats:
        terms, weight = problem.terms(problem.x[chunk]).astype(float), problem.weight[chunk]
        return np.stack([weight @ terms, weight @ terms**2])

    total = problem.weight.sum()
    means, squares = sum(of(chunk) for chunk in problem.chunks()) / total
    scales = np.sqrt(np.maximum(squares - means**2, 0))
    return Coefficients(0.0, np.zeros(len(means)), means, np.where(scales > CONSTANT * np.abs(means), scales, 1.0))


def _solved(problem: Problem, empty: Coefficients, start: Floats, lasso: float, ridge: float) -> Floats:
    """Take Newton steps until they change little; halve a step that overshoots."""
    if len(problem.y) >= 2 * START_ROWS:
        start = _solved(problem.thinned(), empty, start, lasso, ridge)
    place, before, least = start, start, np.inf
    for _ in range(_MOST_STEPS):
        quadratic = _quadratic(problem, empty, place)
        slopes = place[1:]
        objective = quadratic.loss + lasso * np.abs(slopes).sum() + ridge / 2 * slopes @ slopes
        if objective > least + TINY:
            place = (place + before) / 2
            continue
        before, least = place, objective
        place = _minimum(quadratic, place, lasso, ridge)
        if np.abs(place - before).max() < SMALL_CHANGE:
            break
    return place


def _quadratic(problem: Problem, empty: Coefficients, place: Floats) -> _Quadratic:
    import joblib

    def of(chunk: slice) -> _Quadratic:
        y, weight = problem.y[chunk], problem.weight[chunk]
        terms = np.ones((len(y), len(place)), np.float32)
        terms[:, 1:] = (problem.terms(problem.x[chunk]) - means) / scales
        scores = (terms @ single).astype(float)
        p = 1 / (1 + np.exp(-scores))
        loss = weight @ (np.logaddexp(0, scores) - y * scores)
        gradient = (weight * (p - y)).astype(np.float32) @ terms
        terms *= np.sqrt(weight * p * (1 - p)).astype(np.float32)[:, None]
        return _Quadratic(float(loss), gradient.astype(float), terms.T @ terms)

    means, scales, single = (array.astype(np.float32) for array in (empty.means, empty.scales, place))
    run = joblib.Parallel(n_jobs=-1, prefer="threads", return_as="generator")
    added = reduce(_Quadratic.__add__, run(joblib.delayed(of)(chunk) for chunk in problem.chunks()))
    total = problem.weight.sum()
    return _Quadratic(added.loss / total, added.gradient / total, added.hessian / total)


def _minimum(quadratic: _Quadratic, place: Floats, lasso: float, ridge: float) -> Floats:
    """Find the minimum of the penalised quadratic; the free intercept is eliminated first."""
    from sklearn.linear_model import Lasso

    hessian = quadratic.hessian
    linear = hessian @ place - quadratic.gradient
    cross = hessian[0, 1:] / hessian[0, 0]
    reduced = hessian[1:, 1:] - np.outer(hessian[0, 1:], cross) + (ridge + TINY) * np.eye(len(cross))
    wanted = linear[1:] - cross * linear[0]
    if lasso == 0:
        slopes = np.linalg.solve(reduced, wanted)
    else:
        sizes, turned = np.linalg.eigh(reduced)
        roots = np.sqrt(np.maximum(sizes, SINGLE * sizes[-1]))
        fit = Lasso(lasso / len(cross), fit_intercept=False, tol=1e-9, max_iter=100_000)
        slopes = fit.fit((turned * roots).T, wanted @ turned / roots).coef_
    return np.append((linear[0] - hessian[0, 1:] @ slopes) / hessian[0, 0], slopes)
