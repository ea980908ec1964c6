"""Rows by risk, highest first, with their ties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Ranking:
    """Rows by block, and in it by risk, highest first.

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
    bounds: np.ndarray

    @property
    def start(self) -> np.ndarray:
        """The first place of each block, shape (blocks,)."""
        return self.bounds[:-1]

    @property
    def stop(self) -> np.ndarray:
        """The place after the last of each block, shape (blocks,)."""
        return self.bounds[1:]


def ranked(risk: np.ndarray, block: np.ndarray | None = None, blocks: int = 1) -> Ranking:
    """Rank rows by risk.

    Parameters
    ----------
    risk : array, shape (rows,)
    block : array of int, shape (rows,), or None
        From 0 up, each of which has rows; None for one block.
    blocks : int

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
    """In the smallest type, which sorts fastest."""
    return codes.astype(np.uint16) if blocks < 2**16 else codes


class Standing(NamedTuple):
    """By place, the weight in its block, and of it that of higher risks, of the same and of lower; shape (rows,)."""

    total: np.ndarray
    above: np.ndarray
    tied: np.ndarray
    below: np.ndarray


def standing(ranking: Ranking, weight: np.ndarray) -> Standing:
    """How much weight stands above, beside and below each place.

    Parameters
    ----------
    ranking : Ranking
    weight : array, shape (rows,)
        By place.
    """
    sums = np.concatenate(([0.0], np.cumsum(weight)))
    lengths = np.diff(ranking.bounds)
    base, end = np.repeat(sums[ranking.start], lengths), np.repeat(sums[ranking.stop], lengths)
    above, reached = sums[ranking.first], sums[ranking.last + 1]
    return Standing(end - base, above - base, reached - above, end - reached)


def by_rank(ranking: Ranking, weight: np.ndarray, parts: int) -> np.ndarray:
    """The part of equal weight in which the middle of each row's rank lies, from 0 for the lowest risks; shape (rows,).

    On the border of two parts it is in the higher.

    >>> by_rank(ranked(np.array([0.2, 0.9, 0.2, 0.1])), np.ones(4), 2)
    array([1, 1, 1, 0])
    """
    stands = standing(ranking, weight[ranking.order])
    part = np.empty(len(weight), np.int64)
    part[ranking.order] = (stands.below + stands.tied / 2) * parts / stands.total
    return np.minimum(part, parts - 1)
