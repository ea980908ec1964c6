"""Subgroups: how well a model ranks, how well its risks are calibrated, and whom it lists, in each group.

Decision
--------
The list is the one drawn from everyone, at the first list size: the PPV, sensitivity and false-positive rate of a
subgroup describe what that list does for its people. Missing labels are the group "not recorded". A group with fewer
than 10 people with the outcome, or fewer than 10 without, is named and counted, but its figures are "too few".
Intervals are analytic, because a bootstrap by group would be slow and no better: DeLong within the group, the sandwich,
and Wilson for shares. They take the end of the list as fixed. All groups of a dimension, even hundreds of practices,
are computed at once.

Source: TRIPOD+AI, BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378 (performance in subgroups).
"""

from collections.abc import Iterator, Mapping

import numpy as np

from riskstrat.evaluation.calibration import observed_to_expected, slope
from riskstrat.evaluation.capacity import asked_of, listing
from riskstrat.evaluation.discrimination import auroc
from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import ranked
from riskstrat.evaluation.results import NO_ESTIMATE, Basis, Estimate, FigureRow
from riskstrat.evaluation.standard_errors import (
    FigureWithInfluence,
    GroupedRows,
    group_rows,
    normal,
    on_log,
    on_logit,
    over,
)
from riskstrat.tables import Floats, Ints

_NOT_RECORDED = "not recorded"
_FEWEST = 10
TOO_FEW = "too few"
OF_GROUP = ("auroc", "o_e", "calibration_slope", "listed_share", "ppv", "sensitivity", "false_positive_rate")


def levels(labels: np.ndarray) -> tuple[list[str], Ints]:
    """Return the sorted groups of a dimension, "not recorded" last, and the group number of each person.

    >>> levels(np.array(["b", None, "a", ""], object))
    (['a', 'b', 'not recorded'], array([1, 2, 0, 2]))
    """
    import pandas as pd

    codes, found = pd.factorize(pd.Series(labels, dtype=object).replace("", None))
    names = [str(name) for name in found]
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names) + 1, np.int64)
    place[order] = np.arange(len(names))
    place[-1] = len(names)
    numbers = place[codes]
    return ([*(names[i] for i in order), *([_NOT_RECORDED] if (codes < 0).any() else [])], numbers)


def judge_groups(
    people: People, risk: np.ndarray, groups: Mapping[str, np.ndarray], model: str = ""
) -> Iterator[FigureRow]:
    """Compute the figures of a model in each group of each dimension.

    Parameters
    ----------
    people : People
        The list is the first of its list sizes; without any, the figures of a list are undefined.
    groups : mapping of str to array, shape (rows,)
        The label of each person in each dimension.

    Raises
    ------
    ValueError
        If a risk is missing or is not a probability.
    """
    given = people.checked("subgroups", risk)
    held = _held(people, given)
    for dimension, labels in groups.items():
        names, numbers = levels(labels)
        names = [f"{dimension}: {name}" for name in names]
        yield from _of_dimension(model, names, group_rows(people, numbers, len(names)), given, held)


def _held(people: People, risk: Floats) -> Floats | None:
    """Return how much of each row the first list holds; None without list sizes."""
    if not people.sizes:
        return None
    return next(listing(people, asked_of(people)[0], risk).holds(people.weights))[1]


def _of_dimension(
    model: str, names: list[str], rows: GroupedRows, risk: Floats, held: Floats | None
) -> Iterator[FigureRow]:
    counted = rows.weight > 0
    people, events = rows.sums(counted).astype(int), rows.sums(counted * rows.y).astype(int)
    found = {**_figures(rows, risk), **({} if held is None else _of_list(rows, held))}
    for i, name in enumerate(names):
        basis = Basis(model, name, int(people[i]), int(events[i]))
        if min(events[i], people[i] - events[i]) < _FEWEST:
            yield from (basis.measure(figure, NO_ESTIMATE, why_none=TOO_FEW) for figure in OF_GROUP)
        else:
            yield from _of_group(basis, {figure: estimates[i] for figure, estimates in found.items()})


def _of_group(basis: Basis, figures: Mapping[str, Estimate]) -> Iterator[FigureRow]:
    """Return the rows of one group, each share with what it is a share of."""
    people, events = basis.people or 0, basis.events or 0
    listed = (figures.get("listed_share", NO_ESTIMATE).value or 0.0) * people
    wholes = {"listed_share": people, "ppv": listed, "sensitivity": events, "false_positive_rate": people - events}
    for figure in OF_GROUP:
        estimate = figures.get(figure, NO_ESTIMATE)
        whole = wholes.get(figure)
        yield basis.measure(figure, estimate) if whole is None else basis.share(figure, estimate, whole)


def _figures(rows: GroupedRows, risk: Floats) -> dict[str, list[Estimate]]:
    return {
        "auroc": rows.estimates(auroc(rows, ranked(risk, rows.group, rows.groups)), on_logit),
        "o_e": rows.estimates(observed_to_expected(rows, risk), on_log),
        "calibration_slope": rows.estimates(slope(rows, risk), normal),
    }


def _of_list(rows: GroupedRows, held: Floats) -> dict[str, list[Estimate]]:
    parts = {
        "ppv": (held * rows.y, held),
        "sensitivity": (held * rows.y, rows.y),
        "false_positive_rate": (held * (1 - rows.y), 1 - rows.y),
        "listed_share": (held, np.ones(len(held))),
    }
    return {name: rows.shares(_share(rows, part, whole), whole) for name, (part, whole) in parts.items()}


def _share(rows: GroupedRows, part: Floats, whole: Floats | Ints) -> FigureWithInfluence:
    """Divide the weight of a part by the weight of a whole, in each group."""
    total = rows.sums(rows.weight * whole)
    value = over(rows.sums(rows.weight * part), total)
    return FigureWithInfluence(value, over(rows.weight * (part - value[rows.group] * whole), total[rows.group]))
