"""From a model's log odds to a probability that keeps its promise.

Decision
--------
Beta calibration: log odds of the outcome = intercept + low x ln p - high x ln(1 - p), where p is the model's own
probability. With low = high it is the logistic recalibration of Platt and Cox, which is what is fitted where there are
fewer than 500 outcomes; with more, the third number lets the two ends of the scale be put right apart, which a list
needs at one end and the books at the other.

Source: Kull, Silva Filho and Flach, AISTATS 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ENOUGH_FOR_BOTH_ENDS = 500


@dataclass(frozen=True)
class Calibration:
    """Log odds = intercept + low x ln p - high x ln(1 - p)."""

    intercept: float = 0.0
    low: float = 1.0
    high: float = 1.0

    def risk(self, log_odds: np.ndarray) -> np.ndarray:
        """Calibrated probability, shape (rows,).

        >>> Calibration().risk(np.array([0.0, 2.0])).round(3)
        array([0.5  , 0.881])
        """
        terms = _terms(np.asarray(log_odds, float))
        return np.asarray(1 / (1 + np.exp(-(self.intercept + terms @ np.array([self.low, self.high])))))


def _terms(log_odds: np.ndarray) -> np.ndarray:
    """ln p and -ln(1 - p), shape (rows, 2)."""
    return np.column_stack([-np.logaddexp(0, -log_odds), np.logaddexp(0, log_odds)])


def calibrate(outcome: np.ndarray, log_odds: np.ndarray) -> Calibration:
    """Fit a calibration to predictions of people the model has not seen.

    Parameters
    ----------
    outcome : array of 0/1, shape (rows,)
    log_odds : array, shape (rows,)
    """
    from sklearn.linear_model import LogisticRegression

    both_ends = outcome.sum() >= ENOUGH_FOR_BOTH_ENDS
    terms = _terms(log_odds) if both_ends else log_odds.reshape(-1, 1)
    fit = LogisticRegression(C=np.inf, tol=1e-8, max_iter=5000).fit(terms, outcome)
    slopes = fit.coef_[0]
    return Calibration(float(fit.intercept_[0]), float(slopes[0]), float(slopes[-1]))
