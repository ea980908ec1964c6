"""What a model uses, and how the risk changes with it: means over people of exact contributions.

Decision
--------
Importance is the mean absolute contribution to the log odds, added up by topic (all windows of emergency admissions are
one), on at most 5,000 people of the test date. An effect shape is the mean contribution of one column in bins of its
value. Bins hold at least 8 people, so that no shape shows one person. Both describe the model, not the world: an
association, never an effect of changing the value.

Source: Lundberg and others, Nat Mach Intell 2020;2:56, doi 10.1038/s42256-019-0138-9 (global importance as the mean of
local contributions).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from riskstrat.evaluation.compare.results import Importance, Shape
from riskstrat.features import Feature, FeatureColumn
from riskstrat.modelling import LabelledRows, TrainedVariant
from riskstrat.tables import Ints

_MOST_ROWS, _MOST_TOPICS, MOST_SHAPES = 5_000, 20, 6
_BINS, _FEWEST = 12, 8


def importance(
    trained: TrainedVariant, test: LabelledRows, features: Sequence[Feature], seed: int
) -> tuple[tuple[Importance, ...], tuple[Shape, ...]]:
    """Find the topics that change the risk most, and the effect shapes of the strongest columns.

    Parameters
    ----------
    features : sequence of Feature
        The features of the columns; a column without a feature is its own topic.
    """
    rows = np.random.default_rng(seed).permutation(test.rows)[:_MOST_ROWS]
    x = test.only(rows).sample(trained.used).x
    parts = trained.fitted.contributions(x)
    described = {column.name: (feature, column) for feature in features for column in feature.columns()}
    topics = [described[name][0].name if name in described else name for name in trained.used]
    meanings = {feature.name: feature.columns()[0].meaning for feature in features}
    by_topic = _by_topic(parts, topics)
    ranked = sorted(by_topic.items(), key=lambda item: -item[1])[:_MOST_TOPICS]
    found = tuple(Importance(topic, meanings.get(topic, topic), value) for topic, value in ranked if value > 0)
    strongest = np.argsort(-np.abs(parts).mean(axis=0), kind="stable")[:MOST_SHAPES]
    columns = {name: column for name, (_, column) in described.items()}
    return found, tuple(_shape(trained.used[j], x[:, j], parts[:, j], columns) for j in strongest)


def _by_topic(parts: np.ndarray, topics: Sequence[str]) -> dict[str, float]:
    """Compute the mean absolute sum of the contributions of each topic's columns."""
    names, place = np.unique(np.array(topics, object).astype(str), return_inverse=True)
    return {str(name): float(np.abs(parts[:, place == i].sum(axis=1)).mean()) for i, name in enumerate(names)}


def _shape(name: str, values: np.ndarray, parts: np.ndarray, columns: Mapping[str, FeatureColumn]) -> Shape:
    """Compute the mean contribution in bins of the value, and for values not assessed."""
    known = ~np.isnan(values)
    bins = _bins(values[known])
    people = np.bincount(bins).astype(float)
    means, effects = np.bincount(bins, values[known]), np.bincount(bins, parts[known])
    enough = people >= _FEWEST
    means, effects, people = means[enough] / people[enough], effects[enough] / people[enough], people[enough]
    if (~known).sum() >= _FEWEST:
        means, effects = np.r_[means, np.nan], np.r_[effects, parts[~known].mean()]
        people = np.r_[people, (~known).sum()]
    column = columns.get(name)
    meaning, unit = (column.meaning, column.unit) if column else (name, "")
    return Shape(name, meaning, unit, means, effects, people.astype(int))


def _bins(values: np.ndarray) -> Ints:
    """Return the bin of each value: its distinct value where there are few, otherwise equal shares of people."""
    distinct = np.unique(values)
    if len(distinct) <= _BINS:
        return np.searchsorted(distinct, values)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right")
