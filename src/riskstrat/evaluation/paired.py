"""Paired comparison of two models on the same people: how much better one is, and whom only one of them lists.

Decision
--------
Differences are paired. The difference of AUROC is DeLong's, and that of the Brier score uses influence values; both are
added up by patient (see `standard_errors`). Differences at list sizes have the standard error of a bootstrap in which
both models list from the same resample (see `capacity`). The intervals are normal. Two models that rank alike differ by
0, without a p value. A person tied at the end of both lists counts as on both, as far as both lists hold that person.

Source: DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837, doi 10.2307/2531595.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from riskstrat.evaluation.capacity import PPV, SENSITIVITY, ModelLists, asked_of, drawn_again, errors, listing
from riskstrat.evaluation.discrimination import auroc, brier
from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import ranked
from riskstrat.evaluation.results import Basis, Estimate, FigureRow, both_name, pair
from riskstrat.evaluation.standard_errors import (
    FigureWithInfluence,
    GroupedRows,
    counted,
    group_rows,
    normal,
    two_sided_p,
)
from riskstrat.tables import Floats


def differences(
    people: People, risks: Mapping[str, Floats], reference: str, *, repeats: int = 200, seed: int = 0
) -> list[FigureRow]:
    """Compare each model with the reference: AUROC, Brier score, PPV and sensitivity of each list, with p values.

    Raises
    ------
    ValueError
        If a risk is missing or is not a probability.
    """
    checked = {model: people.checked(model, risk) for model, risk in risks.items()}
    lists = dict(zip(checked, _lists(people, list(checked.values()), repeats, seed), strict=True))
    rows = group_rows(people)
    found: list[FigureRow] = []
    whole = {model: _whole(rows, risk) for model, risk in checked.items()}
    for model in (name for name in checked if name != reference):
        for figure, measured in whole[model].items():
            apart = float(measured.value[0] - whole[reference][figure].value[0])
            error = float(rows.error(measured.influence - whole[reference][figure].influence)[0])
            found += difference_rows(pair(model, reference), figure, "", apart, error)
        found.extend(_of_lists(pair(model, reference), lists[model], lists[reference]))
    return found


def _whole(rows: GroupedRows, risk: Floats) -> dict[str, FigureWithInfluence]:
    return {"auroc": auroc(rows, ranked(risk)), "brier": brier(rows, risk)}


def difference_rows(name: str, figure: str, at: str, value: float, error: float) -> tuple[FigureRow, FigureRow]:
    """Return a difference and its p value as rows; no p value where the two do not differ."""
    basis, p = Basis(name), Estimate(two_sided_p(value, error))
    return (
        basis.measure(f"difference in {figure}", normal(value, error), at),
        basis.measure(f"p of the difference in {figure}", p, at),
    )


BootstrapSamples = list[tuple[ModelLists, Floats, Floats]]
"""Listings of one model, with their figures, and these in each resample."""


def _lists(people: People, risks: list[Floats], repeats: int, seed: int) -> list[BootstrapSamples]:
    asked = asked_of(people)
    drawn = [[listing(people, one, risk) for one in asked] for risk in risks]
    again = iter(drawn_again(people, [one for each in drawn for one in each], repeats, seed))
    room = [one.room(people.weights) for one in asked]
    return [
        [(one, one.figures(people.weights, each_room), next(again)) for one, each_room in zip(each, room, strict=True)]
        for each in drawn
    ]


def _of_lists(name: str, mine: BootstrapSamples, other: BootstrapSamples) -> Iterator[FigureRow]:
    for (drawn, value, again), (_, other_value, other_again) in zip(mine, other, strict=True):
        apart, error = value - other_value, errors(again - other_again)
        for which, at in enumerate(drawn.asked.names):
            for figure, k in (("ppv", PPV), ("sensitivity", SENSITIVITY)):
                yield from difference_rows(name, figure, at, float(apart[which, k]), float(error[which, k]))


def overlaps(people: People, risks: Mapping[str, Floats], reference: str) -> list[FigureRow]:
    """Count how many of the reference's patients each model lists too.

    Raises
    ------
    ValueError
        If a risk is missing or is not a probability.
    """
    checked = {model: people.checked(model, risk) for model, risk in risks.items()}
    asked, weight = asked_of(people), people.weights
    drawn = {model: [listing(people, one, risk) for one in asked] for model, risk in checked.items()}
    found: list[FigureRow] = []
    for model in (name for name in checked if name != reference):
        for mine, other in zip(drawn[model], drawn[reference], strict=True):
            for (name, held), (_, held_by_other) in zip(mine.holds(weight), other.holds(weight), strict=True):
                found += _overlap(people, Basis(both_name(model, reference)), name, held, held_by_other)
    return found


def _overlap(people: People, basis: Basis, at: str, held: Floats, other: Floats) -> Iterator[FigureRow]:
    """Count patients on each of two lists, on both, and with the outcome on only one of them."""
    weight, y = people.weights, people.y
    sums = (
        weight @ held,
        weight @ np.minimum(held, other),
        *((weight * y) @ np.maximum(d, 0) for d in (held - other, other - held)),
    )
    listed, both, *alone = (counted(float(one)) for one in sums)
    yield basis.count("listed by each", listed, at)
    yield basis.count("listed by both", both, at)
    yield basis.share("share listed by both", Estimate(both / listed if listed else None), listed, at)
    for which, number in zip(("first", "second"), alone, strict=True):
        yield basis.count(f"with the outcome, listed by the {which} alone", number, at)
