"""Lists drawn again and again, from patients resampled with replacement: how far their figures are from certain.

Decision
--------
The interval of a share of a list has to allow for the list's own edge, which moves with the sample. Its standard error
is found by a bootstrap by patient: in each resample the list is drawn anew, at the same share of the people. Rows are
sorted once; a resample is a count for each row, and a list in it a look-up in cumulative sums. The interval is
Wilson's with that standard error (`intervals`), not the percentiles of the resamples, which say that a list without
an event is certain to have none. All models are drawn from the same resamples, so that their differences are paired.

Sources: Efron and Tibshirani, An Introduction to the Bootstrap, 1993; Wilson, J Am Stat Assoc 1927;22:209,
doi 10.1080/01621459.1927.10502953.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from riskstrat.evaluate.listing import Listing
from riskstrat.evaluate.people import People
from riskstrat.evaluate.rows import over


def resamples(people: People, repeats: int, seed: int) -> Iterator[np.ndarray]:
    """Draw patients with replacement; the weight of each row in each resample, shape (rows,).

    Parameters
    ----------
    people : People
    repeats, seed : int
    """
    rng = np.random.default_rng(seed)
    patients = people.patients
    number = people.rows if patients is None else int(patients.max()) + 1
    for _ in range(repeats):
        drawn = np.bincount(rng.integers(0, number, number), minlength=number)
        yield people.weights * (drawn if patients is None else drawn[patients])


def drawn_again(people: People, drawn: Sequence[Listing], repeats: int, seed: int) -> list[np.ndarray]:
    """The figures of lists in every resample.

    Parameters
    ----------
    people : People
    drawn : sequence of Listing
        All from the same people.
    repeats, seed : int

    Returns
    -------
    list of array, each of shape (repeats, lists, 3)
        One for each listing.
    """
    asked = {one.asked.names: one.asked for one in drawn}
    found = [np.full((repeats, len(one.asked.names), 3), np.nan) for one in drawn]
    for repeat, weight in enumerate(resamples(people, repeats, seed)):
        rooms = {names: one.room(weight) for names, one in asked.items()}
        for one, figures in zip(drawn, found, strict=True):
            figures[repeat] = one.figures(weight, rooms[one.asked.names])
    return found


def errors(figures: np.ndarray) -> np.ndarray:
    """Standard errors over the first axis, which is of resamples; NaN with fewer than two."""
    known = ~np.isnan(figures)
    number = known.sum(axis=0).astype(float)
    mean = over(np.where(known, figures, 0).sum(axis=0), number)
    squares = np.where(known, (figures - mean) ** 2, 0).sum(axis=0)
    return np.asarray(np.sqrt(over(squares, np.where(number > 1, number - 1, 0))))
