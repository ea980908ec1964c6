"""Find patients whose risk has risen by more than usual against their own past.

Decision
--------
A risk changes every month for reasons without meaning: a birthday, a test that is now too old for its window. So a rise
counts only if it exceeds two limits. It must be ``lists.rising_points`` percentage points or more, so that it matters;
and it must be larger than the change of ``rising_of_100`` in 100 patients whose own past risk was similar, so that it
is not noise. "Own past" is the mean of the patient's last ``rising_runs`` risks from the same model on the log-odds
scale; patients of similar past risk are the fifths of the cohort by that mean. A change that affects everyone, such as
a late extract, moves the limit too. Risks from two models are not compared, so after a new model nobody has risen until
the next run.
"""

from dataclasses import dataclass

import numpy as np

from riskstrat.tables import Floats

_FIFTHS = (20, 40, 60, 80)
_FEWEST = 100


@dataclass(frozen=True)
class Rise:
    """Flags of patients whose risk has risen fast, and the limits of noise.

    Parameters
    ----------
    flags : array of float, shape (people,)
        1 or 0; NaN where the patient has no past risk to compare with.
    noise : list of float
        By fifth of past risk, the largest change in log odds that counts as noise; empty where nobody has a past risk.
    """

    flags: Floats
    noise: list[float]


def rising(risk: Floats, past: Floats, points: float, of_100: float) -> Rise:
    """Flag the patients whose risk has risen fast.

    Parameters
    ----------
    risk, past : array, shape (people,) and (people, runs)
        Risk, and earlier risks from the same model, in percent; NaN where not scored.
    points : float
        Least rise in percentage points.
    of_100 : float
        Of 100 patients of similar past risk, how many must have risen by less.

    Examples
    --------
    >>> quiet = np.full(200, 10.0)
    >>> now = quiet.copy(); now[0] = 25.0
    >>> found = rising(now, quiet[:, None], 5, 95)
    >>> found.flags[:3].tolist()
    [1.0, 0.0, 0.0]
    """
    known = ~np.isnan(past).all(axis=1) if past.shape[1] else np.zeros(len(risk), bool)
    flags = np.full(len(risk), np.nan)
    if known.sum() < _FEWEST:
        return Rise(flags, [])
    before = np.nanmean(_log_odds(past[known]), axis=1)
    change = _log_odds(risk[known]) - before
    fifth = np.searchsorted(np.percentile(before, _FIFTHS), before, side="right")
    noise = np.array([np.percentile(change[fifth == n], of_100) if (fifth == n).any() else 0.0 for n in range(5)])
    usual = 100 / (1 + np.exp(-before))
    flags[known] = (change > np.maximum(noise, 0)[fifth]) & (risk[known] - usual >= points)
    return Rise(flags, [float(one) for one in noise])


def _log_odds(percent: Floats) -> Floats:
    share = np.clip(percent / 100, 1e-6, 1 - 1e-6)
    found: Floats = np.log(share / (1 - share))
    return found
