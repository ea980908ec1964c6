"""A model as it is used: a list of the highest risks, as long as a team can take.

Decision
--------
`listed` is the exact size of the list. Where risks are tied at its end, or people are weighted, the figures are the
expected ones (`cutting`): then `events` is rounded, the PPV is not. The intervals are Wilson's with the standard error
of a bootstrap (`resampling`). Number needed to review is 1 / PPV, and undefined where nobody listed has the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from riskstrat.evaluate.intervals import share_with_error
from riskstrat.evaluate.listing import Listing
from riskstrat.evaluate.people import People
from riskstrat.evaluate.results import AtSize, Estimate
from riskstrat.evaluate.rows import counted, rows_of


def at_sizes(people: People, risk: np.ndarray, drawn: Listing, error: np.ndarray) -> Iterator[AtSize]:
    """The figures of the lists of one model, with intervals.

    Parameters
    ----------
    people : People
    risk : array, shape (rows,)
    drawn : Listing
    error : array, shape (lists, 3)
        Standard errors of its figures.
    """
    weight = people.weights
    room = drawn.asked.room(weight)
    sizes, values = room.sum(axis=1), drawn.figures(weight, room)
    rows = rows_of(people)
    having = [float(rows.patients((amount > 0) & (weight > 0))[0]) for amount in (people.y, people.admissions)]
    for which, (name, held) in enumerate(drawn.holds(weight)):
        size, lowest = float(sizes[which]), float(risk[held > 0].min())
        told = zip(values[which].tolist(), error[which].tolist(), (size, *having), strict=True)
        ppv, sensitivity, captured = (share_with_error(*one) for one in told)
        review = _to_review(ppv)
        yield AtSize(name, counted(size), counted(size * (ppv.value or 0)), lowest, ppv, sensitivity, captured, review)


def _to_review(ppv: Estimate) -> Estimate:
    """People to review for each one with the outcome: 1 / PPV, whose ends change places."""
    value, low, high = (None if not end else 1 / end for end in (ppv.value, ppv.high, ppv.low))
    return Estimate(value, low, high)
