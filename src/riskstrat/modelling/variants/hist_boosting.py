"""Gradient-boosted trees (scikit-learn): an independent check of LightGBM.

Decision
--------
Trees are added until people held out have gained nothing for 30 of them; the best number, and a tenth more for the
larger sample, is a setting. They are at most 6 splits deep, so that contributions are fast: these are exact tree SHAP
values, as LightGBM's are, computed in `shapley`. The fitted trees are kept as arrays of numbers (`trees`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskstrat.modelling.search import GridVariant, threads
from riskstrat.modelling.variant import Fitted, Sample, Trial, VariantSettings
from riskstrat.modelling.variants.boosting import GROWTH
from riskstrat.modelling.variants.missing import binnable
from riskstrat.modelling.variants.shapley import shapley_values
from riskstrat.modelling.variants.trees import TREES_FILE, Trees, load_trees, planted, save_trees
from riskstrat.tables import FeatureMatrix, Floats

_FIRST: VariantSettings = {
    "learning_rate": 0.06, "leaves": 15, "leaf_rows": 200, "column_share": 0.4, "l2": 20.0, "trees": 150,
}  # fmt: skip
_SPACE = {"learning_rate": (0.03, 0.06, 0.12), **GROWTH}
_DEEPEST = 6
_MOST_TREES = 1000
_FEWEST_TREES = 10
_PATIENCE = 30
_LEAST_LEAVES = 100


def _classifier(sample: Sample, seed: int, settings: VariantSettings, trees: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=settings["learning_rate"], max_iter=trees, max_leaf_nodes=int(settings["leaves"]),
        max_depth=_DEEPEST, min_samples_leaf=max(1, int(min(settings["leaf_rows"], len(sample.y) // _LEAST_LEAVES))),
        l2_regularization=settings["l2"], max_features=settings["column_share"], max_bins=127,
        categorical_features=None, monotonic_cst=[column.monotone for column in sample.columns], early_stopping=False,
        n_iter_no_change=_PATIENCE, random_state=seed,
    )  # fmt: skip


@dataclass(frozen=True)
class HistBoosted:
    """A constant and a sum of trees."""

    constant: float
    trees: Trees

    def log_odds(self, x: FeatureMatrix) -> Floats:
        """Predict log odds, shape (rows,)."""
        return self.constant + self.trees.total(x)

    def contributions(self, x: FeatureMatrix) -> Floats:
        """Compute exact tree SHAP values, without the constant."""
        return shapley_values(self.trees, x)

    def save(self, folder: Path) -> None:
        """Write the model file."""
        save_trees(folder, self.trees, constant=self.constant)


@dataclass(frozen=True)
class HistBoosting(GridVariant):
    """Gradient-boosted trees on all features."""

    name: str = "hist_boosting"
    title: str = "Gradient-boosted trees (scikit-learn)"
    reason: str = "Checks boosting with an independent implementation."
    files: tuple[str, ...] = (TREES_FILE,)
    monotone: bool = True
    first = _FIRST
    space = _SPACE

    def trial(self, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
        """Find the number of trees on people held out."""
        fitting = _classifier(inner, seed, settings, _MOST_TREES).set_params(early_stopping=True)
        held = {} if outer.weight is None else {"sample_weight_val": outer.weight}
        _fit(fitting, inner, X_val=outer.x, y_val=outer.y, **held)
        losses = -fitting.validation_score_
        best = int(np.argmin(losses))
        return Trial({**settings, "trees": max(_FEWEST_TREES, round(best * 1.1))}, float(losses[best]))

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit a given number of trees."""
        classifier = _classifier(sample, seed, settings, int(settings["trees"]))
        _fit(classifier, sample)
        return HistBoosted(float(classifier._baseline_prediction.item()), _trees(classifier))

    def load(self, folder: Path) -> HistBoosted:
        """Read the model file."""
        return HistBoosted(*load_trees(folder, "constant"))


def _fit(classifier: Any, sample: Sample, **held: Any) -> None:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads(len(sample.y)), user_api="openmp"):
        classifier.fit(binnable(sample.x), sample.y, sample_weight=sample.weight, **held)


def _trees(classifier: Any) -> Trees:
    """Convert the trees of a fitted classifier, which scikit-learn keeps private."""
    return planted([_tree(one.nodes) for (one,) in classifier._predictors])


def _tree(nodes: np.ndarray) -> dict[str, np.ndarray]:
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    ways = np.column_stack([left, right, np.where(nodes["missing_go_to_left"] == 1, left, right)])
    return {
        "column": nodes["feature_idx"], "threshold": nodes["num_threshold"],
        "ways": np.where(nodes["is_leaf"][:, None] == 1, -1, ways),
        "value": nodes["value"], "cover": nodes["count"].astype(float),
    }  # fmt: skip


HIST_BOOSTING = HistBoosting()
