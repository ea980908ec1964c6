"""Judging models on the same people; other packages start here.

Decision
--------
Every figure is computed among everyone, and again among people with no emergency admission in the previous 12 months,
with lists of the same share of them. Curves and subgroups are computed among everyone. Lists of all models are drawn in
the same resamples. Figures that are smooth in the data have analytic intervals (see `standard_errors`), figures of
lists have bootstrap intervals (see `capacity`), and ICI, E50 and E90 have none (see `calibration`).
"""

from collections.abc import Collection, Mapping

import numpy as np

from riskstrat.evaluation.calibration import curve, distances, in_the_large, observed_to_expected, slope
from riskstrat.evaluation.capacity import asked_of, at_sizes, drawn_again, errors, listing
from riskstrat.evaluation.curves import curves
from riskstrat.evaluation.discrimination import auroc, average_precision, brier, event_rate, mean, scaled_brier
from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import ranked
from riskstrat.evaluation.results import ALL_PEOPLE, NO_PRIOR, Basis, Estimate, FigureRow, Judgement
from riskstrat.evaluation.standard_errors import GroupedRows, group_rows, normal, on_log, on_logit
from riskstrat.evaluation.subgroups import judge_groups
from riskstrat.tables import Floats


def judge(
    people: People,
    risks: Mapping[str, np.ndarray],
    titles: Mapping[str, str],
    *,
    repeats: int = 200,
    seed: int = 0,
    thresholds: tuple[float, float] = (0.05, 0.6),
    full: Collection[str] | None = None,
) -> list[Judgement]:
    """Compute every figure of each model.

    Parameters
    ----------
    risks : mapping of str to array, shape (rows,)
        Risks by model.
    titles : mapping of str to str
        Titles by model; without one, the name is used.
    repeats, seed : int
        For the bootstrap; with fewer than 2 repeats lists have no intervals.
    thresholds : (float, float)
        The range of the decision curve, above 0 and below 1.
    full : collection of str or None
        The models that get curves and subgroups; None for all.

    Returns
    -------
    list of Judgement
        In the order of `risks`.

    Raises
    ------
    ValueError
        If a risk is missing or is not a probability.

    Examples
    --------
    >>> from riskstrat.evaluation.results import FigureTable
    >>> some = People(np.array([0, 1, 0, 1]), np.array([0, 1, 0, 3]), {"half": 2})
    >>> found = FigureTable(judge(some, {"mine": np.array([0.1, 0.9, 0.8, 0.2])}, {}, repeats=0)[0].figures)
    >>> found.estimate("mine", "auroc").value, found.estimate("mine", "captured", "half").value
    (0.75, 0.25)
    """
    checked = {model: people.checked(model, risk) for model, risk in risks.items()}
    everyone = _all_figures(people, checked, ALL_PEOPLE, repeats, seed)
    apart = _without_prior(people, checked, repeats, seed)
    found = []
    for model, risk in checked.items():
        seen = full is None or model in full
        drawn = curves(people, risk, thresholds) if seen else None
        groups = judge_groups(people, risk, _dimensions(people), model) if seen else ()
        rows = (*everyone[model], *apart.get(model, ()), *groups)
        found.append(Judgement(model, titles.get(model, model), rows, drawn))
    return found


def _dimensions(people: People) -> dict[str, np.ndarray]:
    return dict(people.groups) if people.practice is None else {**people.groups, "practice": people.practice}


def _without_prior(people: People, risks: Mapping[str, Floats], repeats: int, seed: int) -> dict[str, list[FigureRow]]:
    """Compute the figures among people with no earlier admission; none where there are no such people."""
    none = people.no_prior
    if none is None or not people.weights[none].sum() > 0:
        return {}
    return _all_figures(
        people.only(none), {model: risk[none] for model, risk in risks.items()}, NO_PRIOR, repeats, seed
    )


def _all_figures(
    people: People, risks: Mapping[str, Floats], among: str, repeats: int, seed: int
) -> dict[str, list[FigureRow]]:
    """Compute the figures of each model, with all lists drawn in the same resamples."""
    asked = asked_of(people)
    drawn = {model: [listing(people, one, risk) for one in asked] for model, risk in risks.items()}
    again = iter(drawn_again(people, [one for each in drawn.values() for one in each], repeats, seed))
    rows, counted = group_rows(people), people.weights > 0
    found = {}
    for model, risk in risks.items():
        basis = Basis(model, among, int(counted.sum()), int(people.y[counted].sum()))
        lists = [row for one in drawn[model] for row in at_sizes(basis, people, risk, one, errors(next(again)))]
        found[model] = [*_of_everyone(basis, rows, risk), *lists]
    return found


def _of_everyone(basis: Basis, rows: GroupedRows, risk: Floats) -> list[FigureRow]:
    """Compute the figures that do not depend on a list, in the order of a report."""
    return [
        basis.share(name, one, basis.people or 0) if name == "event_rate" else basis.measure(name, one)
        for name, one in _of(rows, risk).items()
    ]


def _of(rows: GroupedRows, risk: Floats) -> dict[str, Estimate]:
    """Compute the figures of everyone, in the order of a report."""
    ranks, calibrated = rank_figures(rows, risk), distances(rows, risk, curve(rows, risk))
    named = {
        "brier": (normal, brier(rows, risk)),
        "scaled_brier": (normal, scaled_brier(rows, risk)),
        "o_e": (on_log, observed_to_expected(rows, risk)),
        "calibration_intercept": (normal, in_the_large(rows, risk)),
        "calibration_slope": (normal, slope(rows, risk)),
    }
    return {
        "auroc": ranks[0],
        "average_precision": ranks[1],
        **{name: rows.estimates(found, scale)[0] for name, (scale, found) in named.items()},
        **{name: normal(value, np.nan) for name, value in calibrated.items()},
        "event_rate": rows.shares(event_rate(rows), np.ones(len(risk)))[0],
        "mean_risk": rows.estimates(mean(rows, risk), on_logit)[0],
    }


def rank_figures(rows: GroupedRows, scores: np.ndarray) -> tuple[Estimate, Estimate]:
    """Compute AUROC and average precision of people in one group."""
    ranking = ranked(scores)
    found = (measure(rows, ranking) for measure in (auroc, average_precision))
    first, second = (rows.estimates(one, on_logit)[0] for one in found)
    return first, second


def discrimination(
    y: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None, cluster: np.ndarray | None = None
) -> tuple[Estimate, Estimate]:
    """Compute AUROC and average precision of any scores.

    Parameters
    ----------
    scores : array, shape (rows,)
        A higher score means a higher risk.
    cluster : array, shape (rows,), or None
        Rows of one patient share a number.

    Raises
    ------
    ValueError
        If a score is missing.

    Examples
    --------
    >>> [round(one.value, 3) for one in discrimination(np.array([0, 1, 0, 1]), np.array([-2, 3, 1, 0]))]
    [0.75, 0.833]
    """
    if wrong := int(np.isnan(scores).sum()):
        raise ValueError(f"{wrong:,} of {len(scores):,} scores are missing")
    return rank_figures(group_rows(People(y, y, {}, weight=weight, cluster=cluster)), scores)
