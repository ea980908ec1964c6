"""Published scores in a comparison: recalibrated on this population, and as published.

Decision
--------
A score ranks people; most give no probability. Recalibrated, its points become a risk by the same calibration as for
models, fitted at the same calibration date, so that the comparison is about ranking. People to whom a score does not
apply (no admission to score) get the share of such people who had the outcome. As published, the paper's own risk is
judged on the people it applies to. The paper's outcome is often another one: the report states it, with its number of
days.
"""

from dataclasses import replace

import numpy as np

from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.compare.results import ComparedModel
from riskstrat.evaluation.people import People
from riskstrat.evaluation.results import among_everyone, as_published
from riskstrat.features import ClinicalScore
from riskstrat.modelling import LabelledRows, calibrate
from riskstrat.tables import Floats


def risk_by(points: np.ndarray, calibrating: LabelledRows, asked: np.ndarray) -> Floats:
    """Predict risks from the points of a score, recalibrated.

    Parameters
    ----------
    points : array, shape (rows of calibrating,)
        NaN where the score does not apply.
    asked : array, shape (people,)
        The points of the people whose risk is computed.
    """
    known, weight, y = ~np.isnan(points), calibrating.weight, calibrating.outcome
    some = None if weight is None else weight[known]
    found = calibrate(y[known], points[known], some)
    risk = found.risk(np.nan_to_num(asked))
    if known.all() and not np.isnan(asked).any():
        return risk
    rest = np.average(y[~known], weights=None if weight is None else weight[~known]) if (~known).any() else y.mean()
    return np.where(np.isnan(asked), rest, risk)


def usable(points: np.ndarray | None, calibrating: LabelledRows) -> bool:
    """Return whether a score can be recalibrated: people with different points, with and without the outcome."""
    if points is None:
        return False
    known = ~np.isnan(points)
    return (
        bool(np.ptp(points[known]) > 0 and 0 < calibrating.outcome[known].sum() < known.sum()) if known.any() else False
    )


def as_rival(score: ClinicalScore, points: np.ndarray, people: People, repeats: int, seed: int) -> ComparedModel:
    """Enter a score in a comparison, with its published risk where there is one."""
    known = ~np.isnan(points)
    rival = ComparedModel(
        name=score.name,
        title=score.title,
        kind="score",
        columns=1,
        citation=score.reference,
        caution=score.caution,
        applicable=int(known.sum()),
    )
    risk = score.published_risk(points[known])
    if risk is None:
        return rival
    (found,) = judge(people.only(known), {as_published(score.name): risk}, {}, repeats=repeats, seed=seed, full=())
    return replace(rival, as_published=among_everyone(found.figures), published_outcome=score.published_outcome)
