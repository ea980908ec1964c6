"""Two models on the same people: by how much one is better, and whom only one of them lists.

Decision
--------
Differences are paired. That of AUROC is DeLong's, that of the Brier score is by influence values (`rows`), both added
up by patient; those at list sizes have the standard error of a bootstrap in which both models list the same resample
(`resampling`). The intervals are normal. Two models that rank alike differ by 0, without a p value.
A person on the edge of both lists, among others of the same risk, is taken to be on both as far as both hold her.

Source: DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837, doi 10.2307/2531595.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from riskstrat.evaluation.capacity import PPV, SENSITIVITY, ModelLists, asked_of, drawn_again, errors, listing
from riskstrat.evaluation.discrimination import auroc, brier
from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import ranked
from riskstrat.evaluation.results import Difference, Overlap
from riskstrat.evaluation.standard_errors import (
    FigureWithInfluence,
    GroupedRows,
    counted,
    group_rows,
    normal,
    two_sided_p,
)


def differences(
    people: People, risks: Mapping[str, np.ndarray], reference: str, *, repeats: int = 200, seed: int = 0
) -> list[Difference]:
    """Each model less the reference: AUROC, Brier score, and PPV and sensitivity of each list.

    Parameters
    ----------
    risks : mapping of str to array, shape (rows,)
        By model.
    reference : str
        One of them.
    repeats, seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        If a risk is missing or no probability.
    """
    checked = {model: people.checked(model, risk) for model, risk in risks.items()}
    lists = dict(zip(checked, _lists(people, list(checked.values()), repeats, seed), strict=True))
    rows, found = group_rows(people), []
    whole = {model: _whole(rows, risk) for model, risk in checked.items()}
    for model in (name for name in checked if name != reference):
        for figure, measured in whole[model].items():
            found.append(_of_whole(rows, (model, reference, figure), measured, whole[reference][figure]))
        found.extend(_of_lists(model, reference, lists[model], lists[reference]))
    return found


def _whole(rows: GroupedRows, risk: np.ndarray) -> dict[str, FigureWithInfluence]:
    return {"auroc": auroc(rows, ranked(risk)), "brier": brier(rows, risk)}


def _of_whole(
    rows: GroupedRows, names: tuple[str, str, str], one: FigureWithInfluence, other: FigureWithInfluence
) -> Difference:
    value, error = float(one.value[0] - other.value[0]), float(rows.error(one.influence - other.influence)[0])
    return Difference(*names, "", normal(value, error), two_sided_p(value, error))


BootstrapSamples = list[tuple[ModelLists, np.ndarray, np.ndarray]]
"""Listings of one model, with their figures, and these in each resample."""


def _lists(people: People, risks: list[np.ndarray], repeats: int, seed: int) -> list[BootstrapSamples]:
    asked = asked_of(people)
    drawn = [[listing(people, one, risk) for one in asked] for risk in risks]
    again = iter(drawn_again(people, [one for each in drawn for one in each], repeats, seed))
    room = [one.room(people.weights) for one in asked]
    return [
        [(one, one.figures(people.weights, each_room), next(again)) for one, each_room in zip(each, room, strict=True)]
        for each in drawn
    ]


def _of_lists(model: str, reference: str, mine: BootstrapSamples, other: BootstrapSamples) -> Iterator[Difference]:
    for (drawn, value, again), (_, other_value, other_again) in zip(mine, other, strict=True):
        apart, error = value - other_value, errors(again - other_again)
        for which, name in enumerate(drawn.asked.names):
            for figure, k in (("ppv", PPV), ("sensitivity", SENSITIVITY)):
                found = float(apart[which, k]), float(error[which, k])
                yield Difference(model, reference, figure, name, normal(*found), two_sided_p(*found))


def overlaps(people: People, risks: Mapping[str, np.ndarray], reference: str) -> list[Overlap]:
    """How far each model lists the same people as the reference.

    Parameters
    ----------
    risks : mapping of str to array, shape (rows,)

    Raises
    ------
    ValueError
        If a risk is missing or no probability.
    """
    checked = {model: people.checked(model, risk) for model, risk in risks.items()}
    asked, weight = asked_of(people), people.weights
    drawn = {model: [listing(people, one, risk) for one in asked] for model, risk in checked.items()}
    found = []
    for model in (name for name in checked if name != reference):
        for mine, other in zip(drawn[model], drawn[reference], strict=True):
            for (name, held), (_, held_by_other) in zip(mine.holds(weight), other.holds(weight), strict=True):
                found.append(_overlap(people, (model, reference, name), held, held_by_other))
    return found


def _overlap(people: People, names: tuple[str, str, str], held: np.ndarray, other: np.ndarray) -> Overlap:
    weight, y = people.weights, people.y
    sums = (
        weight @ held,
        weight @ np.minimum(held, other),
        (weight * y) @ np.maximum(held - other, 0),
        (weight * y) @ np.maximum(other - held, 0),
    )
    return Overlap(*names, *(counted(float(one)) for one in sums))
