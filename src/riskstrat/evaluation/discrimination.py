"""Discrimination (AUROC, average precision), Brier score, and the observed and predicted means.

Decision
--------
AUROC and average precision use one sort, with the influence of each row in closed form. Ties count half in AUROC, and
as one threshold in average precision. For AUROC the influences are DeLong's structural components, found by counting
ranks as Sun and Xu do; an AUROC of a group is computed within the group. Average precision is differentiated in the
same way: a row changes it through its own precision, the precision of rows below it, and the number of events. The
scaled Brier score is 1 minus the Brier score divided by that of the group's own rate: 1 is perfect, 0 is no better than
the rate, and below 0 is worse.

Sources: Sun and Xu, IEEE Signal Process Lett 2014;21:1389, doi 10.1109/LSP.2014.2337313; DeLong, DeLong and
Clarke-Pearson, Biometrics 1988;44:837, doi 10.2307/2531595; Boyd, Eng and Page, ECML PKDD 2013,
doi 10.1007/978-3-642-40994-3_29; Brier, Mon Weather Rev 1950;78:1; Steyerberg and others, Epidemiology 2010;21:128,
doi 10.1097/EDE.0b013e3181c30fb2 (scaled Brier).
"""

import numpy as np

from riskstrat.evaluation.ranking import Ranking, weight_around
from riskstrat.evaluation.standard_errors import FigureWithInfluence, GroupedRows, over
from riskstrat.tables import Floats, Ints


def mean(rows: GroupedRows, values: Floats | Ints) -> FigureWithInfluence:
    """Compute the weighted mean of values in each group."""
    found = rows.means(values)
    total = rows.sums(rows.weight)
    return FigureWithInfluence(found, over(rows.weight * (values - found[rows.group]), total[rows.group]))


def event_rate(rows: GroupedRows) -> FigureWithInfluence:
    """Compute the share of people with the outcome, in each group."""
    return mean(rows, rows.y)


def brier(rows: GroupedRows, risk: Floats) -> FigureWithInfluence:
    """Compute the mean squared difference of risk and outcome, in each group.

    >>> rows = GroupedRows(np.array([0, 1]), np.ones(2), np.zeros(2, int), 1)
    >>> brier(rows, np.array([0.2, 0.6])).value.round(3)
    array([0.1])
    """
    return mean(rows, (risk - rows.y) ** 2)


def scaled_brier(rows: GroupedRows, risk: Floats) -> FigureWithInfluence:
    """Compute 1 - Brier score / Brier score of the rate alone, in each group; NaN without both outcomes."""
    score, rate = brier(rows, risk), event_rate(rows)
    spread = np.where(rows.both, rate.value * (1 - rate.value), np.nan)
    lost = score.value / spread
    by_rate = lost * (1 - 2 * rate.value) / spread
    influence = by_rate[rows.group] * rate.influence - score.influence / spread[rows.group]
    return FigureWithInfluence(1 - lost, influence)


def auroc(rows: GroupedRows, ranking: Ranking) -> FigureWithInfluence:
    """Compute the chance that a person with the outcome has a higher risk than one without, in each group.

    >>> from riskstrat.evaluation.ranking import ranked
    >>> rows = GroupedRows(np.array([0, 1, 0, 1]), np.ones(4), np.zeros(4, int), 1)
    >>> auroc(rows, ranked(np.array([0.1, 0.9, 0.2, 0.2]))).value
    array([0.875])
    """
    weight, is_event = rows.weight[ranking.order], rows.y[ranking.order] == 1
    events, others = (weight_around(ranking, weight * kind) for kind in (is_event, ~is_event))
    beaten = over(others.below + others.tied / 2, others.total)
    events_first = over(events.above + events.tied / 2, events.total)
    won = np.empty(len(weight))
    won[ranking.order] = np.where(is_event, beaten, events_first)
    value = np.where(rows.both, over(rows.sums(rows.weight * rows.y * won), rows.events), np.nan)
    return FigureWithInfluence(value, _delong(rows, won - value[rows.group]))


def _delong(rows: GroupedRows, apart: Floats) -> Floats:
    """Compute the influence of each row; each class has its own degrees of freedom."""
    is_event = rows.y == 1
    influence = np.empty(len(apart))
    for kind, total in ((is_event, rows.events), (~is_event, rows.others)):
        number = rows.patients(kind & (rows.weight > 0))
        scale = over(np.sqrt(over(number, number - 1)), total)
        influence[kind] = (rows.weight * apart * scale[rows.group])[kind]
    return influence


def average_precision(rows: GroupedRows, ranking: Ranking) -> FigureWithInfluence:
    """Compute the mean PPV over the lists that end at each person with the outcome, in each group.

    >>> from riskstrat.evaluation.ranking import ranked
    >>> rows = GroupedRows(np.array([0, 1, 0, 1]), np.ones(4), np.zeros(4, int), 1)
    >>> average_precision(rows, ranked(np.array([0.1, 0.9, 0.3, 0.2]))).value.round(3)
    array([0.833])
    """
    weight, y = rows.weight[ranking.order], rows.y[ranking.order]
    everyone, events = weight_around(ranking, weight), weight_around(ranking, weight * y)
    reached = everyone.above + everyone.tied
    precision = over(events.above + events.tied, reached)
    precision[np.isnan(precision)] = 0
    each = weight_around(ranking, weight * y * np.nan_to_num(over(np.ones(1), reached)))
    lost = weight_around(ranking, weight * y * np.nan_to_num(over(precision, reached)))
    gain = y * (precision + each.below + each.tied) - (lost.below + lost.tied)
    own, moved = np.empty(len(weight)), np.empty(len(weight))
    own[ranking.order], moved[ranking.order] = y * precision, gain
    value = np.where(rows.both, over(rows.sums(rows.weight * own), rows.events), np.nan)
    influence = rows.weight * over(moved - value[rows.group] * rows.y, rows.events[rows.group])
    return FigureWithInfluence(value, influence)
