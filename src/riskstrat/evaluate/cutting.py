"""Where a list of a given length ends.

Decision
--------
People of the same risk are alike: which of them a list holds is a matter of the order of rows, that is, of chance. So a
list that ends among such people holds each of them by the share that there is room for, and its figures are the
expected ones over all ways of choosing. They do not depend on the order of rows, and no lot is drawn.

A list ends near the top. To draw it again in hundreds of resamples, only the head of each block is looked at: as many
people as a list has room for, and a margin that resamples all but never need. Where one does, the whole ranking is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from riskstrat.evaluate.ranking import Ranking

NEARLY = 1 - 1e-12
"""So much of a sum reaches it, but for rounding."""


@dataclass(frozen=True)
class Cut:
    """Where lists end; first, stop and part have the shape (lists, blocks).

    Parameters
    ----------
    begin : array of int, shape (blocks,)
        The first place of each block.
    first, stop : array of int
        The first place, and the one after the last, of those who share the lowest risk listed.
    part : array of float
        How much of each of those is listed.
    fits : bool
        Whether there are people enough to fill every list.
    """

    begin: np.ndarray
    first: np.ndarray
    stop: np.ndarray
    part: np.ndarray
    fits: bool

    def within(self, before: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """How much of something the lists hold, shape (lists,).

        Parameters
        ----------
        before : callable
            How much of it the people before some places hold together.
        """
        begin, first, stop = before(self.begin), before(self.first), before(self.stop)
        return np.asarray((first - begin + self.part * (stop - first)).sum(axis=1))


def cut(ranking: Ranking, weight: np.ndarray, room: np.ndarray) -> Cut:
    """End each list where it is full.

    Parameters
    ----------
    ranking : Ranking
    weight : array, shape (rows,)
        By row.
    room : array, shape (lists, blocks)
        How much weight each list holds in each block.

    Examples
    --------
    >>> from riskstrat.evaluate.ranking import ranked
    >>> found = cut(ranked(np.array([0.2, 0.9, 0.2])), np.ones(3), np.array([[2.0]]))
    >>> found.first, found.part
    (array([[1]], dtype=int32), array([[0.5]]))
    """
    sums = np.concatenate(([0.0], np.cumsum(weight[ranking.order])))
    base = sums[ranking.start]
    place = np.searchsorted(sums[1:], (base + room) * NEARLY)
    place = np.clip(place, ranking.start, ranking.stop - 1)
    first, stop = ranking.first[place], ranking.last[place] + 1
    tied = sums[stop] - sums[first]
    part = np.divide(base + room - sums[first], tied, out=np.zeros_like(tied), where=tied > 0)
    fits = bool((room * NEARLY <= sums[ranking.stop] - base).all())
    return Cut(ranking.start, first, stop, np.clip(part, 0, 1), fits)


def listed(ranking: Ranking, found: Cut, which: int = 0) -> np.ndarray:
    """How much of each row one of the lists holds: 1, 0, or a part at its end; shape (rows,).

    >>> from riskstrat.evaluate.ranking import ranked
    >>> by_risk = ranked(np.array([0.2, 0.9, 0.2]))
    >>> listed(by_risk, cut(by_risk, np.ones(3), np.array([[2.0]])))
    array([0.5, 1. , 0.5])
    """
    first, stop = found.first[which], found.stop[which]
    lengths = np.column_stack([first - ranking.start, stop - first, ranking.stop - stop])
    parts = np.column_stack([np.ones(len(first)), found.part[which], np.zeros(len(first))])
    held = np.empty(len(ranking.order))
    held[ranking.order] = np.repeat(parts.ravel(), lengths.ravel())
    return held


@dataclass(frozen=True)
class Head:
    """The upper part of each block of a ranking.

    Parameters
    ----------
    ranking : Ranking
        Of those people alone.
    shift : array of int, shape (blocks,)
        How far each block is from its place in the whole ranking.
    """

    ranking: Ranking
    shift: np.ndarray

    def cut(self, weight: np.ndarray, room: np.ndarray) -> Cut:
        """End each list where it is full, in places of the whole ranking."""
        found = cut(self.ranking, weight, room)
        begin, first, stop = (places + self.shift for places in (found.begin, found.first, found.stop))
        return Cut(begin, first, stop, found.part, found.fits)


def head(ranking: Ranking, weight: np.ndarray, room: np.ndarray) -> Head:
    """The head of a ranking that lists are drawn from in resamples.

    Parameters
    ----------
    ranking : Ranking
    weight : array, shape (rows,)
    room : array, shape (lists, blocks)
    """
    most = room.max(axis=0)
    lengths = cut(ranking, weight, (1.25 * most + 10 * np.sqrt(most) + 10)[None]).stop[0] - ranking.start
    bounds = np.concatenate(([0], np.cumsum(lengths)))
    shift = ranking.start - bounds[:-1]
    each = np.repeat(shift, lengths)
    places = np.arange(bounds[-1]) + each
    first, last = ranking.first[places] - each, ranking.last[places] - each
    return Head(Ranking(ranking.order[places], first, last, bounds), shift)
