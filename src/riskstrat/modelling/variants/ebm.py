"""An explainable boosting machine: one curve for each column, added up. Fitting needs the extra `ebm`.

Decision
--------
Each column has a table of what it adds to the log odds, bin by bin. There are no interactions, so that a committee can
look at every curve. It is fitted by interpret on at most 150,000 person-dates, every n-th of them, in four bags, each
of which stops on people held out. Bags run in threads: interpret's default, processes, would share people's data
through files. Only the tables are kept, as JSON: a model is loaded and used without interpret. What is installed
(interpret-core) has no telemetry.

Sources: Lou, Caruana and Gehrke, KDD 2012, doi 10.1145/2339530.2339556; Nori et al., InterpretML, arXiv:1909.09223.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskstrat.errors import UsageError
from riskstrat.modelling.search import GridVariant
from riskstrat.modelling.variant import Fitted, Sample, VariantSettings
from riskstrat.modelling.variants.missing import binnable
from riskstrat.tables import Binary, FeatureMatrix, Floats, Ints, Singles

_FILE = "model.json"
_FIRST: VariantSettings = {"learning_rate": 0.01, "leaf_rows": 50, "bins": 32, "l2": 20.0}
_SPACE = {"learning_rate": (0.005, 0.01, 0.02), "leaf_rows": (10, 50, 200), "bins": (16, 32, 128), "l2": (0.0, 20.0)}
_MOST_ROWS = 150_000
LEFT_OUT_FOLDS = (1, 2, 3, 4)
MOST_ROUNDS = 2_000
_LEFT_OUT, USED = -1, 1


@dataclass(frozen=True)
class TermShapes:
    """The contribution of each column to the log odds, bin by bin.

    The `cuts` of a column are the starts of its bins, except the first. Its `adds` are the contributions: first of
    values not assessed, then of each bin, one more than there are cuts.
    """

    constant: float
    cuts: list[Floats]
    adds: list[Floats]

    def log_odds(self, x: FeatureMatrix) -> Floats:
        """Predict log odds, shape (rows,)."""
        total = np.full(len(x), self.constant)
        for j in range(len(self.cuts)):
            total += self._of(x[:, j], j)
        return total

    def contributions(self, x: FeatureMatrix) -> Floats:
        """Return each column's curve at the row's value, shape (rows, columns), with mean 0 in fitting."""
        return np.column_stack([self._of(x[:, j], j) for j in range(len(self.cuts))])

    def _of(self, values: Singles, j: int) -> Floats:
        bins = np.searchsorted(self.cuts[j], values, side="right") + 1
        return self.adds[j][np.where(np.isnan(values), 0, bins)]

    def save(self, folder: Path) -> None:
        """Write model.json."""
        curves = [{"cuts": c.tolist(), "adds": a.tolist()} for c, a in zip(self.cuts, self.adds, strict=True)]
        text = json.dumps({"constant": self.constant, "curves": curves}, allow_nan=False)
        (folder / _FILE).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Ebm(GridVariant):
    """An explainable boosting machine without interactions."""

    name: str = "ebm"
    title: str = "Explainable boosting machine"
    reason: str = "For a committee that wants to see the curve of every column. Needs the extra `ebm`."
    files: tuple[str, ...] = (_FILE,)
    monotone: bool = True
    first = _FIRST
    space = _SPACE

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit with interpret, and keep the tables."""
        import joblib

        machine = _machine(sample, seed, settings)
        step = -(-len(sample.y) // _MOST_ROWS)
        few = sample.only(np.arange(len(sample.y)) % step == 0)
        with joblib.parallel_config(backend="threading"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Missing values detected")
            machine.fit(binnable(few.x), few.y, sample_weight=few.weight, bags=_bags(few.fold))
        return _curves(machine)

    def load(self, folder: Path) -> TermShapes:
        """Read model.json."""
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        cuts, adds = ([np.array(one[part], float) for one in content["curves"]] for part in ("cuts", "adds"))
        return TermShapes(content["constant"], cuts, adds)


def _machine(sample: Sample, seed: int, settings: VariantSettings) -> Any:
    import joblib

    try:
        from interpret.glassbox import ExplainableBoostingClassifier
    except ImportError:
        do = "Install it with `pip install 'riskstrat[ebm]'`, or choose another variant."
        raise UsageError("The variant ebm needs the package interpret, which is not installed.", advice=do) from None
    return ExplainableBoostingClassifier(
        feature_types=["continuous"] * len(sample.columns), interactions=0, outer_bags=len(LEFT_OUT_FOLDS),
        max_rounds=MOST_ROUNDS, learning_rate=settings["learning_rate"], min_samples_leaf=int(settings["leaf_rows"]),
        max_bins=int(settings["bins"]), reg_lambda=settings["l2"],
        monotone_constraints=[column.monotone for column in sample.columns],
        n_jobs=joblib.effective_n_jobs(-1), random_state=seed,
    )  # fmt: skip


def _bags(fold: Ints) -> Binary:
    """Mark who is used and who is held out in each bag, by person, shape (rows, bags)."""
    return np.where(fold[:, None] == LEFT_OUT_FOLDS, _LEFT_OUT, USED).astype(np.int8)


def _curves(machine: Any) -> TermShapes:
    """Return the table of each column of a fitted machine, without the bin for values of another type."""
    cuts: list[Floats] = [np.empty(0)] * machine.n_features_in_
    adds: list[Floats] = [np.zeros(2)] * machine.n_features_in_
    for (column,), scores in zip(machine.term_features_, machine.term_scores_, strict=True):
        cuts[column] = np.asarray(machine.bins_[column][0], float)
        adds[column] = np.asarray(scores[:-1], float)
    return TermShapes(float(np.ravel(machine.intercept_)[0]), cuts, adds)


EBM = Ebm()
