"""Ranking: rows by risk, highest first, with ties, and where a list of a given length ends.

Decision
--------
Among people with the same risk, the order of rows, that is chance, would decide whom a list holds. A list that ends
among such people therefore holds each of them in part, by the places left, and its figures are the expected values over
all ways of choosing. They do not depend on the order of rows, and nothing is drawn at random.

A list ends near the top. To draw it again in hundreds of resamples, only the top of each block is used: as many people
as a list holds, and a margin that resamples almost never exceed. If one does, the whole ranking is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from riskstrat.tables import Floats, Ints


@dataclass(frozen=True)
class Ranking:
    """Rows sorted by block, then by risk, highest first.

    Parameters
    ----------
    order : array of int, shape (rows,)
        The row at each place.
    first, last : array of int, shape (rows,)
        For each place, the first and the last place of those in its block with the same risk.
    bounds : array of int, shape (blocks + 1,)
        Where each block begins, and the number of rows.
    """

    order: np.ndarray
    first: np.ndarray
    last: np.ndarray
    bounds: Ints

    @property
    def start(self) -> Ints:
        """First place of each block, shape (blocks,)."""
        return self.bounds[:-1]

    @property
    def stop(self) -> Ints:
        """Place after the last of each block, shape (blocks,)."""
        return self.bounds[1:]


def ranked(risk: np.ndarray, block: Ints | None = None, blocks: int = 1) -> Ranking:
    """Rank rows by risk.

    Parameters
    ----------
    block : array of int, shape (rows,), or None
        Numbers from 0, each with rows; None for one block.

    Examples
    --------
    >>> by_risk = ranked(np.array([0.2, 0.9, 0.2]))
    >>> by_risk.order, by_risk.first
    (array([1, 0, 2], dtype=int32), array([0, 1, 1], dtype=int32))
    """
    order = np.argsort(-risk, kind="stable")
    codes = np.zeros(len(risk), np.int32) if block is None else block
    if block is not None:
        order = order[np.argsort(_small(codes, blocks)[order], kind="stable")]
    risks, codes = risk[order], codes[order]
    begins = np.append(True, (risks[1:] != risks[:-1]) | (codes[1:] != codes[:-1]))
    starts = np.flatnonzero(begins).astype(np.int32)
    tie = np.cumsum(begins) - 1
    last = np.append(starts[1:], len(risk)).astype(np.int32) - 1
    bounds = np.searchsorted(codes, np.arange(blocks + 1))
    return Ranking(order.astype(np.int32), starts[tie], last[tie], bounds)


def _small(codes: np.ndarray, blocks: int) -> np.ndarray:
    """Convert to the smallest type, which sorts fastest."""
    return codes.astype(np.uint16) if blocks < 2**16 else codes


class Standing(NamedTuple):
    """Weight of each place's block, and of higher, equal and lower risks in it; shape (rows,)."""

    total: Floats
    above: Floats
    tied: Floats
    below: Floats


def weight_around(ranking: Ranking, weight: Floats) -> Standing:
    """Compute how much weight stands above, at and below each place.

    Parameters
    ----------
    weight : array, shape (rows,)
        Weights by place.
    """
    sums = np.concatenate(([0.0], np.cumsum(weight)))
    lengths = np.diff(ranking.bounds)
    base, end = np.repeat(sums[ranking.start], lengths), np.repeat(sums[ranking.stop], lengths)
    above, reached = sums[ranking.first], sums[ranking.last + 1]
    return Standing(end - base, above - base, reached - above, end - reached)


def by_rank(ranking: Ranking, weight: Floats, parts: int) -> Ints:
    """Split rows into parts of equal weight by the middle of their rank, from 0 for the lowest risks; shape (rows,).

    A row on the border of two parts is in the higher part.

    >>> by_rank(ranked(np.array([0.2, 0.9, 0.2, 0.1])), np.ones(4), 2)
    array([1, 1, 1, 0])
    """
    stands = weight_around(ranking, weight[ranking.order])
    part = np.empty(len(weight), np.int64)
    part[ranking.order] = (stands.below + stands.tied / 2) * parts / stands.total
    return np.minimum(part, parts - 1)


NEARLY = 1 - 1e-12
"""So much of a sum reaches it, but for rounding."""


@dataclass(frozen=True)
class ListEnd:
    """Where lists end; first, stop and part have the shape (lists, blocks).

    Parameters
    ----------
    begin : array of int, shape (blocks,)
        The first place of each block.
    first, stop : array of int
        The first place, and the place after the last, of people with the lowest risk listed.
    part : array of float
        How much of each of these people is listed.
    fits : bool
        Whether there are enough people to fill every list.
    """

    begin: Ints
    first: np.ndarray
    stop: np.ndarray
    part: Floats
    fits: bool

    def within(self, before: Callable[[np.ndarray], Floats]) -> Floats:
        """Return how much of something the lists hold, shape (lists,).

        Parameters
        ----------
        before : callable
            Returns how much the people before some places hold together.
        """
        begin, first, stop = before(self.begin), before(self.first), before(self.stop)
        return np.asarray((first - begin + self.part * (stop - first)).sum(axis=1))


def cut(ranking: Ranking, weight: Floats, room: Floats) -> ListEnd:
    """End each list where it is full.

    Parameters
    ----------
    weight : array, shape (rows,)
        Weights by row.
    room : array, shape (lists, blocks)
        How much weight each list holds in each block.

    Examples
    --------
    >>> from riskstrat.evaluation.ranking import ranked
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
    return ListEnd(ranking.start, first, stop, np.clip(part, 0, 1), fits)


def share_listed(ranking: Ranking, found: ListEnd, which: int = 0) -> Floats:
    """Return how much of each row one list holds: 1, 0, or a part at its end; shape (rows,).

    >>> from riskstrat.evaluation.ranking import ranked
    >>> by_risk = ranked(np.array([0.2, 0.9, 0.2]))
    >>> share_listed(by_risk, cut(by_risk, np.ones(3), np.array([[2.0]])))
    array([0.5, 1. , 0.5])
    """
    first, stop = found.first[which], found.stop[which]
    lengths = np.column_stack([first - ranking.start, stop - first, ranking.stop - stop])
    parts = np.column_stack([np.ones(len(first)), found.part[which], np.zeros(len(first))])
    held = np.empty(len(ranking.order))
    held[ranking.order] = np.repeat(parts.ravel(), lengths.ravel())
    return held


@dataclass(frozen=True)
class TopRanks:
    """The upper part of each block of a ranking.

    Parameters
    ----------
    ranking : Ranking
        Ranking of these people only.
    shift : array of int, shape (blocks,)
        How far each block is from its place in the whole ranking.
    """

    ranking: Ranking
    shift: Ints

    def cut(self, weight: Floats, room: Floats) -> ListEnd:
        """End each list where it is full, in places of the whole ranking."""
        found = cut(self.ranking, weight, room)
        begin, first, stop = (places + self.shift for places in (found.begin, found.first, found.stop))
        return ListEnd(begin, first, stop, found.part, found.fits)


def top_ranks(ranking: Ranking, weight: Floats, room: Floats) -> TopRanks:
    """Select the top of a ranking, from which lists are drawn in resamples."""
    most = room.max(axis=0)
    lengths = cut(ranking, weight, (1.25 * most + 10 * np.sqrt(most) + 10)[None]).stop[0] - ranking.start
    bounds = np.concatenate(([0], np.cumsum(lengths)))
    shift = ranking.start - bounds[:-1]
    each = np.repeat(shift, lengths)
    places = np.arange(bounds[-1]) + each
    first, last = ranking.first[places] - each, ranking.last[places] - each
    return TopRanks(Ranking(ranking.order[places], first, last, bounds), shift)
