"""Decision trees as plain arrays: their sum for each row, and what each column adds along the path.

Decision
--------
Scikit-learn's trees are turned into arrays of numbers after fitting. A model file then has no types of its own, needs
no list of trusted types and does not depend on scikit-learn's private classes. A tampered file can give wrong figures,
which the fingerprint of a model shows, but cannot make compiled code read where it should not. Trees are added up in
order, so that the sum is the same on any number of threads.

`Trees.along_paths` gives each column the change of the expected value at each split on it (Saabas' method): it adds up
exactly and is fast, but credits columns near the leaves too much; `shapley` gives fair shares.

Source: Lundberg et al., Nat Mach Intell 2020;2:56, doi 10.1038/s42256-019-0138-9 (both kinds of contribution).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from riskstrat.tables import FeatureMatrix, Floats, Ints, Singles, SmallInts

TREES_FILE = "model.skops"
_CHUNK = 4_096


@dataclass(frozen=True)
class Trees:
    """Trees one below the other, with one numbering for all nodes.

    Parameters
    ----------
    roots : array of int, shape (trees,)
    column : array of int, shape (nodes,)
        The column that each node splits by.
    threshold : array of float, shape (nodes,)
    ways : array of int, shape (nodes, 3)
        The next nodes: for values up to the threshold, for higher values, and for values not assessed; a leaf leads to
        itself.
    value : array of float, shape (nodes,)
        The contribution of each leaf.
    cover : array of float, shape (nodes,)
        Number of fitting rows at each node.
    """

    roots: Ints
    column: SmallInts
    threshold: Floats
    ways: SmallInts
    value: Floats
    cover: Floats

    @cached_property
    def levels(self) -> list[Ints | SmallInts]:
        """Nodes that are split, of all trees at each depth."""
        found: list[Ints | SmallInts] = []
        here: Ints | SmallInts = self.roots
        while len(here := here[self.ways[here, 0] != here]):
            found.append(here)
            here = self.ways[here, :2].ravel()
        return found

    @cached_property
    def depths(self) -> Ints:
        """Number of splits on the longest path through each tree, shape (trees,)."""
        depth = np.zeros(len(self.value), np.int64)
        for i, nodes in enumerate(self.levels, 1):
            depth[self.ways[nodes, :2]] = i
        return np.maximum.reduceat(depth, self.roots)

    @cached_property
    def expected(self) -> Floats:
        """Mean value of the leaves under each node over the fitting rows, shape (nodes,)."""
        means = self.value.astype(float)
        for nodes in reversed(self.levels):
            below = self.ways[nodes, :2]
            means[nodes] = (self.cover[below] * means[below]).sum(axis=1) / self.cover[below].sum(axis=1)
        return means

    def arrays(self) -> dict[str, np.ndarray]:
        """Return its arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def total(self, x: FeatureMatrix) -> Floats:
        """Add up the leaves that each row reaches, shape (rows,)."""

        def of(part: FeatureMatrix) -> Floats:
            found = np.zeros(len(part))
            for tree in range(len(self.roots)):
                *_, leaves = self._walk(part, tree)
                found += self.value[leaves]
            return found

        return by_chunks(of, x)

    def along_paths(self, x: FeatureMatrix) -> Floats:
        """Return how much each column changes the expected sum, shape (rows, columns)."""

        def of(part: FeatureMatrix) -> Floats:
            found, rows = np.zeros(part.shape), np.arange(len(part))
            for tree in range(len(self.roots)):
                for nodes, after in pairwise(self._walk(part, tree)):
                    found[rows, self.column[nodes]] += self.expected[after] - self.expected[nodes]
            return found

        return by_chunks(of, x)

    def _walk(self, x: FeatureMatrix, tree: int) -> Iterator[Ints | SmallInts]:
        """Follow each row from the root of a tree to its leaves."""
        cells, firsts = x.ravel(), np.arange(len(x)) * x.shape[1]
        yield (nodes := np.full(len(x), self.roots[tree]))
        for _ in range(self.depths[tree]):
            nodes = self.step(cells.take(firsts + self.column.take(nodes)), nodes)
            yield nodes

    def step(self, values: Singles, nodes: Ints | SmallInts) -> SmallInts:
        """Find the next nodes for some values."""
        way = (values > self.threshold.take(nodes)) + 2 * np.isnan(values)
        return np.asarray(self.ways.take(3 * nodes + way))


def by_chunks(of: Callable[[FeatureMatrix], Floats], x: FeatureMatrix) -> Floats:
    """Apply a function to chunks of rows of x, in threads."""
    import joblib

    run = joblib.Parallel(n_jobs=-1, prefer="threads")
    starts = range(0, max(len(x), 1), _CHUNK)
    return np.concatenate(run(joblib.delayed(of)(x[start : start + _CHUNK]) for start in starts))


def planted(parts: Sequence[Mapping[str, np.ndarray]]) -> Trees:
    """Join trees, with arrays as in `Trees` but nodes counted from 0, and negative ways from a leaf."""
    sizes = [len(part["value"]) for part in parts]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    roots = np.cumsum([0, *sizes[:-1]])
    own, ways = np.arange(sum(sizes)), joined.pop("ways")
    leaf = ways[:, 0] < 0
    joined["column"] = np.where(leaf, 0, joined["column"]).astype(np.int32)
    ways = np.where(leaf[:, None], own[:, None], ways + np.repeat(roots, sizes)[:, None])
    return Trees(roots, ways=ways.astype(np.int32), **joined)


def save_trees(folder: Path, trees: Trees, **other: Any) -> None:
    """Write trees and the other parts of a model as arrays of numbers."""
    import skops.io

    skops.io.dump({**other, **trees.arrays()}, folder / TREES_FILE)


def load_trees(folder: Path, other: str) -> tuple[Any, Trees]:
    """Read what `save_trees` wrote; skops refuses any type that it does not trust."""
    import skops.io

    content = skops.io.load(folder / TREES_FILE, trusted=[])
    return content.pop(other), Trees(**content)
