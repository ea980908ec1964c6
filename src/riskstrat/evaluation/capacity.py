"""PPV, sensitivity and admissions captured at capacity: the performance of a list as long as the teams can take.

| figure | is |
|---|---|
| PPV | listed people who had the outcome / listed people |
| sensitivity | listed people who had the outcome / all people who had it |
| admissions captured | admissions of listed people / all admissions, in the outcome window |
| number needed to review | 1 / PPV: listed people for each one with the outcome; undefined where nobody listed had it |

Decision
--------
A list is drawn from everyone, or by each practice from its own people, as lists reach teams. A practice's part may end
with a fraction of a person, so that all practices together list exactly the share. If risks are tied at the end of a
list, or people are weighted, the figures are expected values (see `ranking`); then the number of people with the
outcome is rounded and the PPV is not.

The interval of a share of a list must allow for the end of the list, which moves with the sample. Its standard error
comes from a bootstrap by patient: in each resample the list is drawn again, for the same share of the people. Rows are
sorted once; a resample is a count for each row, and a list in it is a look-up in cumulative sums. The interval is
Wilson's with that standard error (see `standard_errors`), not the percentiles of the resamples, which would call a list
without an event certain to have none. All models use the same resamples, so that their differences are paired.

Sources: Altman and Bland, BMJ 1994;309:102, doi 10.1136/bmj.309.6947.102 (predictive values), and BMJ 1994;308:1552,
doi 10.1136/bmj.308.6943.1552 (sensitivity); Efron and Tibshirani, An Introduction to the Bootstrap, 1993; Wilson, J Am
Stat Assoc 1927;22:209, doi 10.1080/01621459.1927.10502953.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import ListEnd, Ranking, TopRanks, cut, ranked, share_listed, top_ranks
from riskstrat.evaluation.results import Basis, Estimate, FigureRow
from riskstrat.evaluation.standard_errors import counted, group_rows, over, share_with_error
from riskstrat.tables import Floats, Ints

PPV, SENSITIVITY, CAPTURED = range(3)


@dataclass(frozen=True)
class ListSpec:
    """The lists that are compared: drawn from everyone, or by practice.

    Parameters
    ----------
    shares : array, shape (lists,)
        Shares of the people of each block.
    block : array of int, shape (rows,), or None
        The practice of each row; None where everyone is one block.
    """

    names: tuple[str, ...]
    shares: Floats
    block: Ints | None = None
    blocks: int = 1

    def room(self, weight: Floats) -> Floats:
        """Return how much weight each list holds in each block, shape (lists, blocks)."""
        if self.block is None:
            return np.asarray(self.shares[:, None] * weight.sum())
        by_block = np.bincount(self.block, weights=weight, minlength=self.blocks)
        return self.shares[:, None] * by_block


def asked_of(people: People) -> list[ListSpec]:
    """Return all lists that the people are judged at."""
    made = []
    if people.sizes:
        shares = np.array(list(people.sizes.values()), float) / people.weights.sum()
        made.append(ListSpec(tuple(people.sizes), np.minimum(shares, 1)))
    if people.practice is not None and people.per_practice:
        labels, block = np.unique(people.practice.astype(str), return_inverse=True)
        names = tuple(f"{name} (by practice)" for name in people.per_practice)
        made.append(ListSpec(names, np.minimum(list(people.per_practice.values()), 1), block, len(labels)))
    return made


@dataclass(frozen=True)
class EventCounts:
    """A rare event by place in a ranking; three arrays of one length."""

    places: Ints
    rows: np.ndarray
    amounts: Floats

    def within(self, found: ListEnd, weight: Floats) -> tuple[Floats, float]:
        """Return the amount on each list, shape (lists,), and the total."""
        sums = np.concatenate(([0.0], np.cumsum(weight[self.rows] * self.amounts)))
        return found.within(lambda places: sums[np.searchsorted(self.places, places)]), float(sums[-1])


def _tally(ranking: Ranking, amounts: np.ndarray) -> EventCounts:
    by_place = np.asarray(amounts, float)[ranking.order]
    places = np.flatnonzero(by_place)
    return EventCounts(places, ranking.order[places], by_place[places])


@dataclass(frozen=True)
class ModelLists:
    """The lists of one model."""

    asked: ListSpec
    ranking: Ranking
    head: TopRanks
    events: EventCounts
    admissions: EventCounts

    def figures(self, weight: Floats, room: Floats) -> Floats:
        """Compute PPV, sensitivity and share of admissions captured, shape (lists, 3); NaN where undefined.

        Parameters
        ----------
        room : array, shape (lists, blocks)
            From `ListSpec.room`.
        """
        found = self.head.cut(weight, room)
        if not found.fits:
            found = cut(self.ranking, weight, room)
        events, all_events = self.events.within(found, weight)
        admissions, all_admissions = self.admissions.within(found, weight)
        columns = (events, room.sum(axis=1)), (events, all_events), (admissions, all_admissions)
        return np.column_stack([over(part, np.asarray(whole)) for part, whole in columns])

    def holds(self, weight: Floats) -> Iterator[tuple[str, Floats]]:
        """Return each list's name, and how much of each row it holds, shape (rows,)."""
        found = cut(self.ranking, weight, self.asked.room(weight))
        for which, name in enumerate(self.asked.names):
            yield name, share_listed(self.ranking, found, which)


def listing(people: People, asked: ListSpec, risk: Floats) -> ModelLists:
    """Draw the lists of a model."""
    ranking = ranked(risk, asked.block, asked.blocks)
    top = top_ranks(ranking, people.weights, asked.room(people.weights))
    return ModelLists(asked, ranking, top, _tally(ranking, people.y), _tally(ranking, people.admissions))


def at_sizes(basis: Basis, people: People, risk: Floats, drawn: ModelLists, error: Floats) -> Iterator[FigureRow]:
    """Compute the figures of the lists of one model, with intervals.

    Parameters
    ----------
    error : array, shape (lists, 3)
        Standard errors of the figures.
    """
    weight = people.weights
    room = drawn.asked.room(weight)
    sizes, values = room.sum(axis=1), drawn.figures(weight, room)
    rows = group_rows(people)
    having = [float(rows.patients((amount > 0) & (weight > 0))[0]) for amount in (people.y, people.admissions)]
    wholes = basis.events or 0, int(people.admissions[weight > 0].sum())
    for which, (name, held) in enumerate(drawn.holds(weight)):
        size, lowest = float(sizes[which]), float(risk[held > 0].min())
        triples = zip(values[which].tolist(), error[which].tolist(), (size, *having), strict=True)
        shares = [share_with_error(*one) for one in triples]
        yield from _of_list(basis, name, size, wholes, shares)
        yield basis.count("lowest_risk", lowest, name, "not shown")


def _of_list(
    basis: Basis, at: str, size: float, wholes: tuple[int, int], shares: Sequence[Estimate]
) -> Iterator[FigureRow]:
    """Return the rows of one list."""
    ppv, listed, people = shares[PPV], counted(size), basis.people or 0
    yield basis.count("listed", listed, at)
    yield basis.share("listed_share", Estimate(listed / people), people, at)
    yield basis.share("ppv", ppv, listed, at)
    yield basis.share("sensitivity", shares[SENSITIVITY], wholes[0], at)
    yield basis.share("captured", shares[CAPTURED], wholes[1], at)
    yield replace(basis.measure("number_needed_to_review", _to_review(ppv), at), kind="reciprocal")
    yield basis.count("events_listed", counted(size * (ppv.value or 0)), at, "not shown")


def _to_review(ppv: Estimate) -> Estimate:
    """Compute the number needed to review, 1 / PPV, whose interval ends change places."""
    value, low, high = (None if not end else 1 / end for end in (ppv.value, ppv.high, ppv.low))
    return Estimate(value, low, high)


def resamples(people: People, repeats: int, seed: int) -> Iterator[Floats]:
    """Draw patients with replacement, and return the weight of each row in each resample, shape (rows,)."""
    rng = np.random.default_rng(seed)
    patients = people.patients
    number = people.rows if patients is None else int(patients.max()) + 1
    for _ in range(repeats):
        drawn = np.bincount(rng.integers(0, number, number), minlength=number)
        yield people.weights * (drawn if patients is None else drawn[patients])


def drawn_again(people: People, drawn: Sequence[ModelLists], repeats: int, seed: int) -> list[Floats]:
    """Compute the figures of lists in every resample.

    Parameters
    ----------
    drawn : sequence of ModelLists
        All for the same people.

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


def errors(figures: Floats) -> Floats:
    """Compute standard errors over the first axis, the resamples; NaN with fewer than two."""
    known = ~np.isnan(figures)
    number = known.sum(axis=0).astype(float)
    mean = over(np.where(known, figures, 0).sum(axis=0), number)
    squares = np.where(known, (figures - mean) ** 2, 0).sum(axis=0)
    return np.sqrt(over(squares, np.where(number > 1, number - 1, 0)))
