"""The lists that a model draws, and what they hold: made once, read off in any resample.

Decision
--------
A list is drawn from everyone, or by each practice from its own people, the way lists reach teams. A practice's part
may end with a fraction of a person, so that all practices together list exactly the share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from riskstrat.evaluate.cutting import Cut, Head, cut, head, listed
from riskstrat.evaluate.people import People
from riskstrat.evaluate.ranking import Ranking, ranked
from riskstrat.evaluate.rows import over

PPV, SENSITIVITY, CAPTURED = range(3)


@dataclass(frozen=True)
class Asked:
    """The lists that are asked for: from everyone, or by practice.

    Parameters
    ----------
    names : tuple of str
    shares : array, shape (lists,)
        Of the people of each block.
    block : array of int, shape (rows,), or None
        The practice of each row; None where everyone is one block.
    blocks : int
    """

    names: tuple[str, ...]
    shares: np.ndarray
    block: np.ndarray | None = None
    blocks: int = 1

    def room(self, weight: np.ndarray) -> np.ndarray:
        """How much weight each list holds in each block, shape (lists, blocks).

        Parameters
        ----------
        weight : array, shape (rows,)
        """
        if self.block is None:
            return np.asarray(self.shares[:, None] * weight.sum())
        by_block = np.bincount(self.block, weights=weight, minlength=self.blocks)
        return np.asarray(self.shares[:, None] * by_block)


def asked_of(people: People) -> list[Asked]:
    """All lists that are asked for."""
    made = []
    if people.sizes:
        shares = np.array(list(people.sizes.values()), float) / people.weights.sum()
        made.append(Asked(tuple(people.sizes), np.minimum(shares, 1)))
    if people.practice is not None and people.per_practice:
        labels, block = np.unique(people.practice.astype(str), return_inverse=True)
        names = tuple(f"{name} (by practice)" for name in people.per_practice)
        made.append(Asked(names, np.minimum(list(people.per_practice.values()), 1), block, len(labels)))
    return made


@dataclass(frozen=True)
class Tally:
    """Something that few people have, by place in a ranking.

    Parameters
    ----------
    places : array of int, shape (those who have it,)
    rows : array of int, of the same shape
    amounts : array of float, of the same shape
    """

    places: np.ndarray
    rows: np.ndarray
    amounts: np.ndarray

    def within(self, found: Cut, weight: np.ndarray) -> tuple[np.ndarray, float]:
        """How much of it each list holds, shape (lists,), and how much there is.

        Parameters
        ----------
        found : Cut
        weight : array, shape (rows,)
        """
        sums = np.concatenate(([0.0], np.cumsum(weight[self.rows] * self.amounts)))
        return found.within(lambda places: sums[np.searchsorted(self.places, places)]), float(sums[-1])


def _tally(ranking: Ranking, amounts: np.ndarray) -> Tally:
    by_place = np.asarray(amounts, float)[ranking.order]
    places = np.flatnonzero(by_place)
    return Tally(places, ranking.order[places], by_place[places])


@dataclass(frozen=True)
class Listing:
    """The lists that one model draws.

    Parameters
    ----------
    asked : Asked
    ranking : Ranking
        In the blocks that are asked for.
    head : Head
    events, admissions : Tally
    """

    asked: Asked
    ranking: Ranking
    head: Head
    events: Tally
    admissions: Tally

    def figures(self, weight: np.ndarray, room: np.ndarray) -> np.ndarray:
        """PPV, sensitivity and share of admissions captured, shape (lists, 3); NaN where undefined.

        Parameters
        ----------
        weight : array, shape (rows,)
        room : array, shape (lists, blocks)
            By `Asked.room`.
        """
        found = self.head.cut(weight, room)
        if not found.fits:
            found = cut(self.ranking, weight, room)
        events, all_events = self.events.within(found, weight)
        admissions, all_admissions = self.admissions.within(found, weight)
        columns = (events, room.sum(axis=1)), (events, all_events), (admissions, all_admissions)
        return np.column_stack([over(part, np.asarray(whole)) for part, whole in columns])

    def holds(self, weight: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Each list's name, and how much of each row it holds, shape (rows,)."""
        found = cut(self.ranking, weight, self.asked.room(weight))
        for which, name in enumerate(self.asked.names):
            yield name, listed(self.ranking, found, which)


def listing(people: People, asked: Asked, risk: np.ndarray) -> Listing:
    """The lists that a model draws.

    Parameters
    ----------
    people : People
    asked : Asked
    risk : array, shape (rows,)
    """
    ranking = ranked(risk, asked.block, asked.blocks)
    top = head(ranking, people.weights, asked.room(people.weights))
    return Listing(asked, ranking, top, _tally(ranking, people.y), _tally(ranking, people.admissions))
