"""A random forest (scikit-learn).

Decision
--------
Each tree uses at most 50,000 rows, drawn with replacement, and is at most 10 splits deep, so that a forest of 150 trees
is fitted in about the time of boosting and its file stays small for any population. Scikit-learn's trees keep to
monotone constraints only if nothing is missing, so values not assessed are filled in: an event that never happened is a
hundred years ago, a count is 0, and a value is the mean. The score is the log odds of the trees' mean probability.

Contributions are computed along the paths of the trees (`trees`), on the probability scale. They are then scaled for
each person by the change of the log odds for each unit of probability, so that they add up.

Source: Breiman, Machine Learning 2001;45:5, doi 10.1023/A:1010933404324.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskstrat.modelling.search import GridVariant
from riskstrat.modelling.variant import Fitted, Sample, VariantSettings
from riskstrat.modelling.variants.missing import means
from riskstrat.modelling.variants.trees import TREES_FILE, Trees, load_trees, planted, save_trees
from riskstrat.tables import FeatureMatrix, Floats

_FIRST: VariantSettings = {"trees": 150, "depth": 10, "leaf_rows": 20, "column_share": 0.1}
_SPACE = {"depth": (6, 8, 10), "leaf_rows": (10, 20, 50, 100), "column_share": (0.05, 0.1, 0.2, 0.4)}
_MOST_ROWS = 50_000
NEVER_DAYS = 36_525.0
_LEAST_LEAVES = 100
FURTHEST = 1e-4


@dataclass(frozen=True)
class Forest:
    """Trees whose leaves are probabilities divided by the number of trees, and the values that replace missing ones."""

    filled: Floats
    trees: Trees

    def log_odds(self, x: FeatureMatrix) -> Floats:
        """Predict the log odds of the mean probability, shape (rows,)."""
        return _log_odds(self.trees.total(_whole(x, self.filled)))

    def contributions(self, x: FeatureMatrix) -> Floats:
        """Compute contributions along the paths of the trees, scaled to the log odds, without the constant."""
        parts = self.trees.along_paths(_whole(x, self.filled))
        average = self.trees.expected[self.trees.roots].sum()
        above = parts.sum(axis=1)
        rise = _log_odds(average + above) - _log_odds(average)
        level = 1 / (average * (1 - average))
        stretch = np.divide(rise, above, out=np.full(len(above), level), where=np.abs(above) > FURTHEST**2)
        return np.asarray(parts * stretch[:, None])

    def save(self, folder: Path) -> None:
        """Write the model file."""
        save_trees(folder, self.trees, filled=self.filled)


def _whole(x: FeatureMatrix, filled: Floats) -> FeatureMatrix:
    return np.where(np.isnan(x), filled.astype(np.float32), x)


def _log_odds(p: Floats | np.float64) -> Floats:
    held = np.clip(p, FURTHEST, 1 - FURTHEST)
    return np.asarray(np.log(held / (1 - held)))


@dataclass(frozen=True)
class RandomForest(GridVariant):
    """A random forest on all features."""

    name: str = "random_forest"
    title: str = "Random forest"
    reason: str = "For data with few outcomes. It needs hardly any tuning."
    files: tuple[str, ...] = (TREES_FILE,)
    monotone: bool = True
    first = _FIRST
    space = _SPACE

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit a given number of trees."""
        from sklearn.ensemble import RandomForestClassifier

        rows, filled = len(sample.y), _filled(sample)
        classifier = RandomForestClassifier(
            n_estimators=int(settings["trees"]), max_depth=int(settings["depth"]),
            min_samples_leaf=max(1, int(min(settings["leaf_rows"], rows // _LEAST_LEAVES))),
            max_features=settings["column_share"], max_samples=min(_MOST_ROWS, rows),
            monotonic_cst=[column.monotone for column in sample.columns], random_state=seed, n_jobs=-1,
        )  # fmt: skip
        classifier.fit(_whole(sample.x, filled), sample.y, sample_weight=sample.weight)
        return Forest(filled, planted([_tree(one.tree_, settings["trees"]) for one in classifier.estimators_]))

    def load(self, folder: Path) -> Forest:
        """Read the model file."""
        return Forest(*load_trees(folder, "filled"))


def _filled(sample: Sample) -> Floats:
    """Return the value that replaces one not assessed, shape (columns,)."""
    by_kind = {"days": NEVER_DAYS, "count": 0.0, "flag": 0.0}
    return np.array([by_kind.get(c.kind, mean) for c, mean in zip(sample.columns, means(sample.x), strict=True)])


def _tree(one: Any, trees: float) -> dict[str, np.ndarray]:
    ways = np.column_stack([one.children_left, one.children_right, one.children_right])
    return {
        "column": one.feature, "threshold": one.threshold, "ways": ways,
        "value": one.value[:, 0, 1] / trees, "cover": one.weighted_n_node_samples,
    }  # fmt: skip


RANDOM_FOREST = RandomForest()
