"""From a standard error to a 95 % interval.

Decision
--------
A share gets Wilson's interval with the effective number of people: p (1 - p) / se^2, which for a plain share is the
number itself, and which carries what weights, patients with several rows and the moving edge of a list do to the
standard error (Korn and Graubard's way with survey data). Other figures get a normal interval on the scale where they
are nearest to normal: a figure between 0 and 1 on the logit, a ratio on the log, the rest as they are. A standard
error of 0 at the end of a scale (an AUROC of 1) says nothing of uncertainty: there the interval is None.

Sources: Wilson, J Am Stat Assoc 1927;22:209, doi 10.1080/01621459.1927.10502953; Korn and Graubard, Surv Methodol
1998;24:193; Boyd, Eng and Page, ECML PKDD 2013, doi 10.1007/978-3-642-40994-3_29 (average precision on the logit).
"""

from __future__ import annotations

import math

from riskstrat.evaluate.results import Estimate

Z = 1.959963984540054
"""Standard normal deviate of a two-sided 95 % interval."""


def share(part: float, whole: float) -> Estimate:
    """A share with Wilson's interval; None where the whole is 0.

    Parameters
    ----------
    part, whole : float
        Counts.

    Examples
    --------
    >>> share(1, 10)
    Estimate(value=0.1, low=0.01787..., high=0.40415...)
    """
    return Estimate(None) if whole <= 0 else _wilson(part / whole, whole)


def share_with_error(value: float, error: float, number: float) -> Estimate:
    """A share with Wilson's interval for the effective number of people.

    Parameters
    ----------
    value : float
        NaN where undefined.
    error : float
        Its standard error; NaN where unknown: then there is no interval.
    number : float
        People, for a share whose standard error is 0 because nobody, or everybody, is in it.
    """
    if math.isnan(value):
        return Estimate(None)
    if math.isnan(error) or number <= 0:
        return Estimate(value)
    return _wilson(value, value * (1 - value) / error**2 if error > 0 and 0 < value < 1 else number)


def _wilson(value: float, number: float) -> Estimate:
    centre = (value + Z**2 / (2 * number)) / (1 + Z**2 / number)
    half = Z / (1 + Z**2 / number) * math.sqrt(value * (1 - value) / number + Z**2 / (4 * number**2))
    return Estimate(value, max(0.0, centre - half) if value > 0 else 0.0, min(1.0, centre + half) if value < 1 else 1.0)


def normal(value: float, error: float) -> Estimate:
    """A figure and its standard error -> a normal interval.

    >>> normal(1.0, 0.5)
    Estimate(value=1.0, low=0.020..., high=1.979...)
    """
    if math.isnan(value):
        return Estimate(None)
    known = not math.isnan(error)
    return Estimate(value, value - Z * error, value + Z * error) if known else Estimate(value)


def on_log(value: float, error: float) -> Estimate:
    """A positive figure and its standard error -> an interval that is normal on the log.

    >>> on_log(2.0, 0.0).high, on_log(0.0, 0.0).high
    (2.0, None)
    """
    if math.isnan(value):
        return Estimate(None)
    if value <= 0 or math.isnan(error):
        return Estimate(value)
    factor = math.exp(Z * error / value)
    return Estimate(value, value / factor, value * factor)


def on_logit(value: float, error: float) -> Estimate:
    """A figure between 0 and 1 and its standard error -> an interval that is normal on the log odds.

    >>> on_logit(0.5, 0.1), on_logit(1.0, 0.0)
    (Estimate(value=0.5, low=0.313..., high=0.686...), Estimate(value=1.0, low=None, high=None))
    """
    if math.isnan(value):
        return Estimate(None)
    if not 0 < value < 1 or not error > 0:
        return Estimate(value)
    middle, width = math.log(value / (1 - value)), Z * error / (value * (1 - value))
    return Estimate(value, *(1 / (1 + math.exp(-(middle + side * width))) for side in (-1, 1)))


def two_sided_p(value: float, error: float) -> float | None:
    """Chance of a difference as large where there is none; None without a standard error.

    >>> round(two_sided_p(1.96, 1.0), 4), two_sided_p(0.0, 0.0)
    (0.05, None)
    """
    return math.erfc(abs(value) / error / math.sqrt(2)) if error > 0 else None
