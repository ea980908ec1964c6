"""Curves of a model: ROC, precision-recall, calibration, distribution of risks, net benefit, and lists by length.

Decision
--------
Every curve uses a fixed grid, so that no point is one person's risk. Where risks are tied, ROC and precision-recall
curves are expected values: sensitivity and false-positive rate increase together in a straight line. The calibration
curve uses a grid of log odds between the 5th and the 99th percentile of risk; outside it there are too few outcomes for
a valid interval. People are put into tenths by the middle of their rank, so that people with the same risk share a
tenth. A tenth may then be empty, and is left out. The last bin of the distribution holds all higher risks.

Net benefit at a threshold t is the share of people at or above it who have the outcome, minus t / (1 - t) times the
share at or above it who do not. The threshold states how many people without the outcome a team is ready to see for
each one with it. Listing nobody has a net benefit of 0.

Sources: Davis and Goadrich, ICML 2006, doi 10.1145/1143844.1143874 (precision-recall between thresholds); Austin and
Steyerberg, Stat Med 2019;38:4051, doi 10.1002/sim.8281; Vickers and Elkin, Med Decis Making 2006;26:565,
doi 10.1177/0272989X06295361 (net benefit).
"""

import numpy as np

from riskstrat.evaluation.calibration import CalibrationCurve, curve, weighted_percentiles
from riskstrat.evaluation.discrimination import event_rate
from riskstrat.evaluation.logistic import probability
from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import NEARLY, Ranking, by_rank, ranked
from riskstrat.evaluation.results import Curves
from riskstrat.evaluation.standard_errors import group_rows
from riskstrat.tables import Floats, Ints

_STEPS = 111


def net_benefit(people: People, risk: Floats, thresholds: tuple[float, float]) -> tuple[Floats, Floats, Floats]:
    """Return thresholds, the net benefit of the model, and of listing everyone; each of shape (111,).

    Parameters
    ----------
    thresholds : (float, float)
        The lowest and the highest, above 0 and below 1.

    Examples
    --------
    >>> some = People(np.array([0, 1]), np.array([0, 1]), {})
    >>> [part[0].round(3) for part in net_benefit(some, np.array([0.1, 0.9]), (0.2, 0.6))]
    [np.float64(0.2), np.float64(0.5), np.float64(0.375)]
    """
    grid = np.linspace(*thresholds, _STEPS).round(6)
    above = np.searchsorted(grid, risk, side="right")
    total = people.weights.sum()
    true, false = (_from(above, people.weights * (people.y == kind)) / total for kind in (1, 0))
    odds = grid / (1 - grid)
    return grid, true[1:] - false[1:] * odds, true[0] - false[0] * odds


def _from(above: Ints, weight: Floats) -> Floats:
    """Return the total weight, then the weight at or above each threshold."""
    return np.bincount(above, weights=weight, minlength=_STEPS + 1)[::-1].cumsum()[::-1]


RISK_GRID = probability(np.linspace(-9, 5, 141))
SHARE_GRID = np.linspace(0.005, 0.5, 100)
_BINS, _GROUPS = 50, 10
TOPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def curves(people: People, risk: Floats, thresholds: tuple[float, float] = (0.05, 0.6)) -> Curves | None:
    """Compute the curves of one model; None without both outcomes."""
    rows = group_rows(people)
    if not rows.both.all():
        return None
    ranking = ranked(risk)
    true, false = _reached(people, ranking)
    return Curves(
        roc=_roc(true, false),
        precision_recall=_precision_recall(true, false),
        calibration=_calibration(people, risk, curve(rows, risk)),
        groups=_groups(people, risk, ranking),
        distribution=_distribution(people, risk),
        net_benefit=net_benefit(people, risk, thresholds),
        by_size=_by_size(true, false),
    )


def _reached(people: People, ranking: Ranking) -> tuple[Floats, Floats]:
    """Count people with and without the outcome at each distinct risk and above, from none to all."""
    weight, y = people.weights[ranking.order], people.y[ranking.order]
    ends = np.unique(ranking.last)
    true, false = (np.append(0.0, np.cumsum(weight * kind)[ends]) for kind in (y, 1 - y))
    return true, false


def _roc(true: Floats, false: Floats) -> tuple[Floats, Floats]:
    grid = np.linspace(0, 1, 101)
    return grid, _along(grid * false[-1], false, true) / true[-1]


def _along(wanted: Floats, x: Floats, y: Floats) -> Floats:
    """Interpolate the highest y at x; where x does not change, y rises at once."""
    stop = np.minimum(np.searchsorted(x, wanted, side="right"), len(x) - 1)
    start = stop - 1
    run = x[stop] - x[start]
    part = np.divide(wanted - x[start], run, out=np.ones_like(run), where=run > 0)
    return np.asarray(y[start] + np.clip(part, 0, 1) * (y[stop] - y[start]))


def _precision_recall(true: Floats, false: Floats) -> tuple[Floats, Floats]:
    grid = np.linspace(0.01, 1, 100)
    wanted = grid * true[-1]
    place = np.searchsorted(true, wanted * NEARLY)
    part = (wanted - true[place - 1]) / (true[place] - true[place - 1])
    with_it = false[place - 1] + np.minimum(part, 1) * (false[place] - false[place - 1])
    return grid, wanted / (wanted + with_it)


def _by_size(true: Floats, false: Floats) -> tuple[Floats, Floats, Floats]:
    room = SHARE_GRID * (true[-1] + false[-1])
    events = np.interp(room, true + false, true)
    return SHARE_GRID, events / room, events / true[-1]


def _calibration(people: People, risk: Floats, found: CalibrationCurve | None) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the calibration curve; empty arrays where there is none."""
    if found is None:
        return np.empty(0), np.empty(0), np.empty(0), np.empty(0)
    low, high = weighted_percentiles(risk, people.weights, (0.05, 0.99))
    grid = RISK_GRID[(low <= RISK_GRID) & (high >= RISK_GRID)]
    return grid, found.observed(grid), *found.interval(grid)


def _groups(people: People, risk: Floats, ranking: Ranking) -> tuple[Floats, Floats, Floats, Floats]:
    """Compute mean risk, observed share and its interval, by tenth of risk."""
    rows = group_rows(people, by_rank(ranking, people.weights, _GROUPS), _GROUPS)
    observed = rows.shares(event_rate(rows), np.ones(len(risk)))
    some = rows.sums(rows.weight) > 0
    value, low, high = (
        np.array([getattr(one, name) for one in observed], float)[some] for name in ("value", "low", "high")
    )
    return rows.means(risk)[some], value, low, high


def _distribution(people: People, risk: Floats) -> tuple[Floats, Floats, Floats]:
    """Compute shares of each class by bin; the bins end at a round number that few risks exceed."""
    (high,) = weighted_percentiles(risk, people.weights, (0.995,))
    edges = np.linspace(0, next(top for top in TOPS if top >= high), _BINS + 1)
    binned = np.minimum(np.searchsorted(edges, risk, side="right") - 1, _BINS - 1)
    without, with_it = (
        np.bincount(binned, weights=people.weights * (people.y == kind), minlength=_BINS) for kind in (0, 1)
    )
    return edges, without / without.sum(), with_it / with_it.sum()
