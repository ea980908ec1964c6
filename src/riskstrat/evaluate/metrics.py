"""Figures of a model on one index date.

Decision
--------
What is undefined is None, never 0: an AUROC without both outcomes, a ratio over no expected events. Calibration is
reported as TRIPOD+AI asks for it: observed to expected, intercept and slope of a logistic recalibration, and by fifth
of risk. PPV and sensitivity are read at list sizes, because that is how the model is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score


def ratio(part: float, whole: float) -> float | None:
    """Divide part by whole; None where the whole is 0.

    >>> ratio(1, 4), ratio(1, 0)
    (0.25, None)
    """
    return None if whole == 0 else float(part / whole)


def auroc(y: np.ndarray, risk: np.ndarray) -> float | None:
    """Chance that someone with the outcome has the higher risk; None without both kinds.

    >>> auroc(np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8])), auroc(np.array([0]), np.array([0.5]))
    (1.0, None)
    """
    return float(roc_auc_score(y, risk)) if 0 < y.sum() < len(y) else None


def log_odds(risk: np.ndarray) -> np.ndarray:
    """Log odds of a risk, kept finite."""
    kept = np.clip(risk, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(kept / (1 - kept)))


def recalibration(y: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Intercept and slope of the logistic regression of the outcome on log odds.

    Parameters
    ----------
    y : array of 0/1, shape (rows,)
    scores : array, shape (rows,)
        Log odds.
    """
    fit = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(scores.reshape(-1, 1), y)
    return float(fit.intercept_[0]), float(fit.coef_[0, 0])


def by_fifth(y: np.ndarray, risk: np.ndarray) -> list[dict[str, Any]]:
    """Observed and expected events in each fifth of risk, lowest first."""
    order = np.argsort(risk, kind="stable")
    rows = []
    for members in np.array_split(order, 5):
        observed, expected = int(y[members].sum()), float(risk[members].sum())
        rows.append(
            {"people": len(members), "observed": observed, "expected": expected, "o_e": ratio(observed, expected)}
        )
    return rows


def at_size(y: np.ndarray, risk: np.ndarray, size: int) -> dict[str, Any]:
    """PPV and sensitivity of the list of the highest risks.

    Parameters
    ----------
    size : int
        People listed.
    """
    listed = np.argsort(-risk, kind="stable")[:size]
    hits = int(y[listed].sum())
    return {
        "listed": len(listed),
        "events": hits,
        "ppv": ratio(hits, len(listed)),
        "sensitivity": ratio(hits, int(y.sum())),
    }


def metrics(y: np.ndarray, risk: np.ndarray, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Every figure of a model on one index date.

    Parameters
    ----------
    y : array of 0/1, shape (rows,)
    risk : array, shape (rows,)
        Calibrated probability.
    sizes : mapping of str to int
        List sizes by name.
    """
    both = 0 < y.sum() < len(y)
    intercept, slope = recalibration(y, log_odds(risk)) if both else (None, None)
    rate, brier = float(y.mean()), float(np.mean((risk - y) ** 2))
    return {
        "people": len(y), "events": int(y.sum()), "event_rate": rate, "auroc": auroc(y, risk),
        "average_precision": float(average_precision_score(y, risk)) if both else None,
        "brier": brier, "scaled_brier": None if not both else 1 - brier / (rate * (1 - rate)),
        "o_e": ratio(float(y.sum()), float(risk.sum())), "calibration_intercept": intercept, "calibration_slope": slope,
        "fifths": by_fifth(y, risk), "at_size": {name: at_size(y, risk, size) for name, size in sizes.items()},
    }  # fmt: skip
