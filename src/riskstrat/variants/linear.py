"""What the logistic variants share: how a column enters a linear model, and the fit.

Decision
--------
Counts enter as log(1 + n), because the tenth contact says less than the first. Days since an event enter as recency,
exp(-days / 180), which is 0 for never. A value not assessed takes the mean, with a column of its own that says so.
Age has knots at 50, 65, 75 and 85. Everything is standardised, so that one ridge penalty suits all. The penalty is
chosen by log loss over people left out, in parallel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from riskstrat.contracts import Kind, Sample

KNOTS = (50.0, 65.0, 75.0, 85.0)
RECENCY_DAYS = 180.0
HELD_OUT = 5
FILE = "model.skops"


@dataclass(frozen=True)
class Design:
    """How columns become terms of a linear model.

    Parameters
    ----------
    columns : sequence of str
    kinds : sequence of str
    means : array, shape (columns,)
        Of what was assessed; takes the place of what was not.
    """

    columns: Sequence[str]
    kinds: Sequence[Kind]
    means: np.ndarray

    def terms(self, x: np.ndarray) -> np.ndarray:
        """The design matrix, shape (rows, terms)."""
        return np.column_stack([part for i in range(len(self.columns)) for part in self._parts(x[:, i], i)])

    def owners(self) -> np.ndarray:
        """For each term, the column it is made of."""
        probe = np.zeros((1, len(self.columns)), np.float32)
        return np.repeat(
            np.arange(len(self.columns)), [len(self._parts(probe[:, i], i)) for i in range(len(self.columns))]
        )

    def _parts(self, values: np.ndarray, i: int) -> list[np.ndarray]:
        if self.kinds[i] == "count":
            return [np.log1p(np.nan_to_num(values))]
        if self.kinds[i] == "days":
            return [np.nan_to_num(np.exp(-values / RECENCY_DAYS))]
        missing = np.isnan(values)
        parts = [np.where(missing, self.means[i], values).astype(np.float32)]
        if self.columns[i] == "age":
            return parts + [np.maximum(parts[0] - knot, 0) for knot in KNOTS]
        return [*parts, missing.astype(np.float32)] if self.kinds[i] == "value" else parts


@dataclass(frozen=True)
class Linear:
    """A fitted linear model of the log odds."""

    design: Design
    pipeline: Pipeline

    def log_odds(self, x: np.ndarray) -> np.ndarray:
        """Log odds, shape (rows,)."""
        return np.asarray(self.pipeline.decision_function(self.design.terms(x)), float)

    def contributions(self, x: np.ndarray) -> np.ndarray:
        """Coefficient times distance from the mean, added up by column."""
        scaled = self.pipeline.named_steps["scale"].transform(self.design.terms(x))
        by_term = scaled * self.pipeline.named_steps["fit"].coef_[0]
        owners = self.design.owners()
        starts = np.flatnonzero(np.r_[True, np.diff(owners) > 0])
        return np.asarray(np.add.reduceat(by_term, starts, axis=1))

    def save(self, folder: Path) -> None:
        """Write model.skops."""
        import skops.io

        content = {
            "columns": list(self.design.columns), "kinds": list(self.design.kinds),
            "means": self.design.means.tolist(), "pipeline": self.pipeline,
        }  # fmt: skip
        skops.io.dump(content, folder / FILE)


def load_linear(folder: Path) -> Linear:
    """Read model.skops; skops refuses any type that it does not trust by itself."""
    import skops.io

    content: dict[str, Any] = skops.io.load(folder / FILE, trusted=[])
    design = Design(content["columns"], content["kinds"], np.asarray(content["means"]))
    return Linear(design, content["pipeline"])


def _pipeline(penalty: float, rows: int, seed: int) -> Pipeline:
    fit = LogisticRegression(C=1 / (penalty * rows), max_iter=400, tol=1e-4, random_state=seed)
    return Pipeline([("scale", StandardScaler()), ("fit", fit)])


def _left_out_loss(penalty: float, terms: np.ndarray, sample: Sample, seed: int) -> float:
    held = sample.fold % HELD_OUT == 0
    fitted = _pipeline(penalty, int((~held).sum()), seed).fit(terms[~held], sample.y[~held])
    return float(log_loss(sample.y[held], fitted.predict_proba(terms[held])[:, 1], labels=[0, 1]))


def fit_linear(sample: Sample, seed: int, penalties: Sequence[float]) -> Linear:
    """Fit with the penalty that loses least on people left out.

    Parameters
    ----------
    sample : Sample
    seed : int
    penalties : sequence of float
        Ridge penalties for each row; one means no search.
    """
    assessed = np.maximum((~np.isnan(sample.x)).sum(axis=0), 1)
    means = np.nan_to_num(sample.x).sum(axis=0, dtype=float) / assessed
    design = Design(list(sample.columns), list(sample.kinds), means)
    terms = design.terms(sample.x)
    best = penalties[0]
    if len(penalties) > 1:
        run = joblib.Parallel(n_jobs=-1, prefer="threads")
        losses = run(joblib.delayed(_left_out_loss)(p, terms, sample, seed) for p in penalties)
        best = penalties[int(np.argmin(losses))]
    return Linear(design, _pipeline(best, len(sample.y), seed).fit(terms, sample.y))
