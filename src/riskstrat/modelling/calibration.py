"""Calibration: from a model's log odds to a probability that agrees with what happens.

Decision
--------
Log odds of the outcome = intercept + slope x s + bend x s^2, where s is the model's log odds, limited to the range of
calibration. Without the bend this is Cox's logistic recalibration. A model that shrinks its estimates gives people at
the low end too high a risk. The bend corrects them separately from people at the high end, who are on the lists. It is
fitted with at least 500 outcomes, and kept only if a higher score still means a higher risk.

Source: Cox, Biometrika 1958; Van Calster et al., J Clin Epidemiol 2016 (weak and moderate calibration).
"""

from dataclasses import dataclass

import numpy as np

from riskstrat.tables import Binary, Floats, Singles

ENOUGH_FOR_A_BEND = 500


@dataclass(frozen=True)
class Calibration:
    """Log odds = intercept + slope x s + bend x s^2, with s between lowest and highest."""

    intercept: float = 0.0
    slope: float = 1.0
    bend: float = 0.0
    lowest: float = -20.0
    highest: float = 20.0

    def risk(self, log_odds: Floats | Singles) -> Floats:
        """Turn log odds into calibrated probabilities, shape (rows,).

        >>> Calibration().risk(np.array([0.0, 2.0])).round(3)
        array([0.5  , 0.881])
        """
        s = np.asarray(log_odds, float)
        held = np.clip(s, self.lowest, self.highest)
        bent = self.intercept + self.slope * held + self.bend * held**2
        return np.asarray(1 / (1 + np.exp(-(bent + self.slope * (s - held)))))

    @property
    def rises(self) -> bool:
        """Whether a higher score means a higher risk over the whole range."""
        return all(self.slope + 2 * self.bend * end > 0 for end in (self.lowest, self.highest)) and self.slope > 0


def calibrate(outcome: Binary, log_odds: Floats | Singles, weight: Floats | None = None) -> Calibration:
    """Fit a calibration to predictions of people the model has not seen, with weights if given."""
    s = np.asarray(log_odds, float)
    if outcome.sum() >= ENOUGH_FOR_A_BEND:
        intercept, slope, bend = _fit(np.column_stack([s, s**2]), outcome, weight)
        bent = Calibration(intercept, slope, bend, float(s.min()), float(s.max()))
        if bent.rises:
            return bent
    intercept, slope = _fit(s.reshape(-1, 1), outcome, weight)
    return Calibration(intercept, slope)


def _fit(terms: Floats, outcome: Binary, weight: Floats | None) -> list[float]:
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(C=np.inf, tol=1e-8, max_iter=5000).fit(terms, outcome, sample_weight=weight)
    return [float(fit.intercept_[0]), *(float(c) for c in fit.coef_[0])]
