"""Exact contributions of each column to a sum of trees (path-dependent tree SHAP).

Decision
--------
A leaf counts in full if a row meets the conditions on every column along its path; a column that is not known counts by
the share of fitting rows that continued at its splits. Between "none known" (t = 0) and "all known" (t = 1), a column's
share of the leaf is the integral over t of (met - share) times the product over the path's other columns of
t x met + (1 - t) x share. It is a polynomial in t, so that a few Gauss-Legendre points give it exactly. It depends on a
row only through which columns meet their conditions: each leaf has a small table of results, which rows look up.

Sources: Owen, Management Science 1972;18(5):P64, doi 10.1287/mnsc.18.5.64 (the integral); Lundberg et al., Nat Mach
Intell 2020;2:56, doi 10.1038/s42256-019-0138-9 (what the shares mean for trees).
"""

from dataclasses import dataclass

import numpy as np

from riskstrat.modelling.variants.trees import Trees, by_chunks
from riskstrat.tables import FeatureMatrix, Floats, Ints, SmallInts


@dataclass(frozen=True)
class Leaf:
    """The path to a leaf.

    Parameters
    ----------
    splits, after : array of int, shape (splits,)
        Nodes on the path, and the next node after each.
    columns : array of int, shape (columns,)
        The columns of those splits, each once.
    place : array of int, shape (splits,)
        For each split, the place of its column in `columns`.
    table : array of float, shape (2 ** columns, columns)
        What each column adds, for every set of columns that meet their conditions: bit k for the k-th.
    """

    splits: Ints
    after: Ints
    columns: SmallInts
    place: Ints
    table: Floats


def shapley_values(trees: Trees, x: FeatureMatrix) -> Floats:
    """Divide `Trees.total`, less a constant, among the columns, shape (rows, columns)."""
    leaves = [leaf for root in trees.roots for leaf in _leaves(trees, int(root))]

    def of(part: FeatureMatrix) -> Floats:
        found = np.zeros(part.shape)
        for leaf in leaves:
            found[:, leaf.columns] += leaf.table[_met(trees, leaf, part)]
        return found

    return by_chunks(of, x)


def _met(trees: Trees, leaf: Leaf, x: FeatureMatrix) -> Ints:
    """Find for each row the line of a leaf's table: which columns meet their conditions."""
    stays = trees.step(x[:, trees.column[leaf.splits]], leaf.splits) == leaf.after
    bits = np.zeros(len(x), np.int64)
    for k in range(len(leaf.columns)):
        bits |= stays[:, leaf.place == k].all(axis=1).astype(np.int64) << k
    return bits


def _leaves(trees: Trees, root: int) -> list[Leaf]:
    """List the leaves of a tree; none for a single leaf, in which no column has a part."""
    found, ways = [], [[root]]
    while ways:
        way = ways.pop()
        left, right = trees.ways[way[-1], :2].tolist()
        if left != way[-1]:
            ways += [[*way, left], [*way, right]]
        elif len(way) > 1:
            found.append(_leaf(trees, np.array(way)))
    return found


def _leaf(trees: Trees, way: Ints) -> Leaf:
    splits, after = way[:-1], way[1:]
    columns, place = np.unique(trees.column[splits], return_inverse=True)
    known = np.ones(len(columns))
    np.multiply.at(known, place, trees.cover[after] / trees.cover[splits])
    return Leaf(splits, after, columns, place, trees.value[way[-1]] * table_of(known))


def table_of(known: Floats) -> Floats:
    """Divide a leaf of value 1 among its columns, for every set of columns that meet their conditions.

    `known` is the share of fitting rows that meet the conditions on each column, by its splits; the result has the
    shape (2 ** columns, columns). In this example a quarter of the rows meet the condition on one column.

    >>> table_of(np.array([0.25])).tolist()
    [[-0.25], [0.75]]
    """
    met = (np.arange(2 ** len(known))[:, None] >> np.arange(len(known))) & 1
    points, weights = np.polynomial.legendre.leggauss(len(known) // 2 + 1)
    t = (points + 1) / 2
    factors = met[..., None] * t + known[:, None] * (1 - t)
    others = factors.prod(axis=1, keepdims=True) / factors
    return np.asarray((met - known) * (others @ weights) / 2)
