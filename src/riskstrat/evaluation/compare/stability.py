"""Stability: how much a model depends on the people it was fitted on (optimism, learning curve, practices held out).

Decision
--------
Optimism is the AUROC on the people a model was fitted on, minus the AUROC on the same people by models that had not
seen them (three folds by person: the thirds that `train` fits anyway). The learning curve fits the study's variant,
with its chosen settings, on nested shares of the people, and tests each on the same people. If the curve still rises,
more people would help, not more tuning. Practices are held out in groups of about equal size: each practice is judged
at the test date by a model fitted and calibrated without it (internal-external cross-validation). This shows how the
model would perform in a practice that joins.

Sources: Steyerberg and Harrell, J Clin Epidemiol 2016;69:245, doi 10.1016/j.jclinepi.2015.04.005 (internal-external);
Riley and others, BMJ 2024;384:e074820 (internal validation and optimism).
"""

from collections.abc import Iterator

import numpy as np

from riskstrat.evaluation.assess import rank_figures
from riskstrat.evaluation.compare.results import Optimism
from riskstrat.evaluation.people import People
from riskstrat.evaluation.results import FITTED_ON, PRACTICE_HELD_OUT, Basis, Estimate, FigureRow
from riskstrat.evaluation.standard_errors import group_rows
from riskstrat.evaluation.subgroups import judge_groups
from riskstrat.modelling import BUCKETS, LabelledRows, TrainedVariant, TrainingData, fit_once, has_enough_outcomes
from riskstrat.tables import Floats, Ints

SHARES = 16
_STEPS = (1, 2, 4, 8)


def optimism_of(trained: TrainedVariant, given: TrainingData, people: People, risk: Floats) -> Optimism:
    """Compute AUROC on the people fitted on, in cross-validation and at the test date."""
    fit, y = given.fit, given.fit.outcome
    own = group_rows(People(y, y, {}, cluster=fit.person, weight=fit.weight))
    seen, unseen = (rank_figures(own, scores)[0] for scores in (trained.seen, trained.unseen))
    return Optimism(seen, unseen, rank_figures(group_rows(people), risk)[0])


def learning_curve(own: TrainedVariant, given: TrainingData, people: People, seed: int) -> Iterator[FigureRow]:
    """Fit the variant on a sixteenth, an eighth, a quarter and a half of the people, and on all."""
    share = given.fit.person // BUCKETS % SHARES
    x, tested = given.test.sample(own.used).x, group_rows(people)
    for step in _STEPS:
        rows = given.fit.only(share < step)
        if min(rows.outcome.sum(), rows.rows - rows.outcome.sum()) < SHARES:
            continue
        scores = own.variant.fit(rows.sample(own.used), seed, own.settings).log_odds(x)
        yield from _point(own.variant.name, rows, rank_figures(tested, scores))
    yield from _point(own.variant.name, given.fit, rank_figures(tested, own.fitted.log_odds(x)))


def _point(model: str, fitted: LabelledRows, ranks: tuple[Estimate, Estimate]) -> Iterator[FigureRow]:
    basis = Basis(model, f"{FITTED_ON}: {fitted.rows}", fitted.rows, int(fitted.outcome.sum()))
    for figure, estimate in zip(("auroc", "average_precision"), ranks, strict=True):
        yield basis.measure(figure, estimate)


def held_out_practices(
    own: TrainedVariant, given: TrainingData, people: People, seed: int, groups: int
) -> Iterator[FigureRow]:
    """Judge every practice of some size by a model made without it and the others of its group."""
    place = _groups(given.test.practice, groups)
    where = [_group_of(rows.practice, place) for rows in (given.fit, given.calibrate, given.test)]
    for group in range(max(place.values()) + 1):
        fit, later, test = (one == group for one in where)
        without = given.only(~fit, ~later, test)
        if not has_enough_outcomes(without):
            continue
        risk = fit_once(own.variant, without, seed, own.settings)
        for row in judge_groups(
            people.only(test), risk, {PRACTICE_HELD_OUT: given.test.practice[test]}, own.variant.name
        ):
            if not row.why_none and row.figure in ("auroc", "o_e"):
                yield row


def _group_of(practice: np.ndarray, place: dict[str, int]) -> Ints:
    """Return the group of each person's practice; -1 for a practice without people at the test date."""
    names, numbers = np.unique(practice.astype(str), return_inverse=True)
    return np.array([place.get(name, -1) for name in names])[numbers]


def _groups(practice: np.ndarray, groups: int) -> dict[str, int]:
    """Assign practices to groups: the largest first, each to the group with the fewest people."""
    names, counts = np.unique(practice.astype(str), return_counts=True)
    sums = [0] * min(groups, len(names))
    place: dict[str, int] = {}
    for i in np.argsort(-counts, kind="stable"):
        smallest = int(np.argmin(sums))
        place[str(names[i])] = smallest
        sums[smallest] += int(counts[i])
    return place
