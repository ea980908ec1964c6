"""What an evaluation finds: the figures of a model, as data.

Decision
--------
A figure is an `Estimate`: a value with its interval, each None where it is undefined. Everything that a report shows is
in these objects, so that the page, the JSON and the Parquet file cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval; None where undefined, or where no interval could be shown to hold."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ListFigures:
    """A model used as a list of the highest risks.

    Parameters
    ----------
    name : str
        Of the list size: "top 1 %", "gp_mdt".
    listed, events : int
        People listed, and those of them with the outcome; where risks are tied at the end, the number expected.
    risk : float or None
        The lowest risk listed.
    ppv, sensitivity : Estimate
        Of those listed, the share with the outcome; of those with it, the share listed.
    captured : Estimate
        Of all admissions in the outcome window, the share that are of people listed.
    number_needed_to_review : Estimate
        People listed for each one with the outcome: 1 / PPV.
    """

    name: str
    listed: int
    events: int
    risk: float | None
    ppv: Estimate
    sensitivity: Estimate
    captured: Estimate
    number_needed_to_review: Estimate


@dataclass(frozen=True)
class Figures:
    """The figures of one model among some people.

    Parameters
    ----------
    people, events, admissions : int
        People, those with the outcome, and admissions in the outcome window.
    of : mapping of str to Estimate
        auroc, average_precision, brier, scaled_brier, o_e, calibration_intercept (calibration-in-the-large: the
        slope held at 1), calibration_slope, ici, e50, e90, event_rate, mean_risk.
    """

    people: int
    events: int
    admissions: int
    of: Mapping[str, Estimate]
    at_size: tuple[ListFigures, ...] = ()


@dataclass(frozen=True)
class Curves:
    """What the figures of a report are drawn from; every array is on a fixed grid, never a person's own value.

    Parameters
    ----------
    roc : (array, array)
        False-positive rate (grid of 101) and sensitivity.
    precision_recall : (array, array)
        Sensitivity (grid) and PPV.
    calibration : (array, array, array, array)
        Predicted risk (grid), observed risk by a flexible curve, and its pointwise 95 % interval.
    groups : (array, array, array, array)
        Mean risk, observed share, and its 95 % interval (Wilson), by tenth of risk.
    distribution : (array, array, array)
        Edges of 50 bins of risk; share of those without and of those with the outcome in each.
    net_benefit : (array, array, array)
        Thresholds; net benefit of the model, and of treating all.
    by_size : (array, array, array)
        Share of people listed (grid); PPV and sensitivity.
    """

    roc: tuple[np.ndarray, np.ndarray]
    precision_recall: tuple[np.ndarray, np.ndarray]
    calibration: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    groups: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    distribution: tuple[np.ndarray, np.ndarray, np.ndarray]
    net_benefit: tuple[np.ndarray, np.ndarray, np.ndarray]
    by_size: tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Subgroup:
    """A model in one subgroup, listed by the rule for everyone.

    Parameters
    ----------
    dimension, level : str
        "sex", "F"; the level "not recorded" is a group of its own.
    too_few : str or None
        Why the figures are not given: "too few".
    auroc, o_e, calibration_slope, ppv, sensitivity, false_positive_rate, listed_share : Estimate
        On the list of the first size, drawn from everyone.
    """

    dimension: str
    level: str
    people: int
    events: int
    too_few: str | None = None
    auroc: Estimate = Estimate(None)
    o_e: Estimate = Estimate(None)
    calibration_slope: Estimate = Estimate(None)
    ppv: Estimate = Estimate(None)
    sensitivity: Estimate = Estimate(None)
    false_positive_rate: Estimate = Estimate(None)
    listed_share: Estimate = Estimate(None)


@dataclass(frozen=True)
class Difference:
    """A paired difference of two models on the same people: the first less the second.

    Parameters
    ----------
    figure : str
        "auroc", "brier"; or "ppv", "sensitivity" with the name of a list size in `at`.
    p : float or None
        Two-sided, of no difference; for AUROC by DeLong. None where the two do not differ at all.
    """

    first: str
    second: str
    figure: str
    at: str
    estimate: Estimate
    p: float | None = None


@dataclass(frozen=True)
class Overlap:
    """How far two models list the same people.

    Parameters
    ----------
    listed : int
        By each.
    events_first_only, events_second_only : int
        People with the outcome that only one of them lists.
    """

    first: str
    second: str
    at: str
    listed: int
    both: int
    events_first_only: int
    events_second_only: int


@dataclass(frozen=True)
class Judgement:
    """One model on one index date.

    Parameters
    ----------
    figures : Figures
        Among everyone.
    no_prior : Figures or None
        Among people with no emergency admission in the 12 months before; None where that is not known.
    curves : Curves or None
        None without both outcomes.
    recalibrated : mapping of str to Figures
        After "intercept", "intercept and slope", "isotonic": each fitted on other people than it is judged on.
    """

    model: str
    title: str
    figures: Figures
    no_prior: Figures | None = None
    curves: Curves | None = None
    subgroups: tuple[Subgroup, ...] = ()
    recalibrated: Mapping[str, Figures] = field(default_factory=dict)
