"""Figures of a model on one index date, without intervals, as `model.toml` holds them.

Decision
--------
What is undefined is None, never 0: an AUROC without both outcomes, a ratio over no expected events. Calibration is
reported as TRIPOD+AI asks: observed/expected, calibration-in-the-large and slope, and by fifth of risk. PPV and
sensitivity are computed at list sizes, because that is how the model is used.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from riskstrat.evaluation.assess import discrimination, judge
from riskstrat.evaluation.people import People
from riskstrat.evaluation.ranking import by_rank, ranked
from riskstrat.evaluation.results import FigureTable
from riskstrat.tables import Floats

_FIFTHS = 5
_FIGURES = (
    "event_rate", "auroc", "average_precision", "brier", "scaled_brier", "o_e", "calibration_intercept",
    "calibration_slope",
)  # fmt: skip


def ratio(part: float, whole: float) -> float | None:
    """Divide part by whole; None where the whole is 0.

    >>> ratio(1, 4), ratio(1, 0)
    (0.25, None)
    """
    return None if whole == 0 else float(part / whole)


def point_auroc(y: np.ndarray, risk: np.ndarray) -> float | None:
    """Compute the AUROC; None without both outcomes.

    >>> point_auroc(np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8])), point_auroc(np.array([0]), np.array([0.5]))
    (1.0, None)
    """
    return discrimination(y, risk)[0].value


def by_fifth(y: np.ndarray, risk: Floats) -> list[dict[str, Any]]:
    """Count observed and expected events in each fifth of risk, lowest first."""
    fifth = by_rank(ranked(risk), np.ones(len(risk)), _FIFTHS)
    people, observed, expected = (
        np.bincount(fifth, weights=values, minlength=_FIFTHS) for values in (np.ones(len(risk)), y, risk)
    )
    return [
        {"people": int(n), "observed": int(o), "expected": float(e), "o_e": ratio(float(o), float(e))}
        for n, o, e in zip(people, observed, expected, strict=True)
    ]


def metrics(y: np.ndarray, risk: Floats, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Compute every figure of a model on one index date.

    Raises
    ------
    ValueError
        If a risk is missing or is not a probability.
    """
    (found,) = judge(People(y, y, sizes), {"model": risk}, {}, repeats=0, full=())
    table = FigureTable(found.figures)
    return {
        "people": found.people,
        "events": found.events,
        **{name: table.estimate("model", name).value for name in _FIGURES},
        "fifths": by_fifth(y, risk),
        "at_size": {at: _of_list(table, at) for at in table.places("model", "listed")},
    }


def _of_list(table: FigureTable, at: str) -> dict[str, Any]:
    listed, events, ppv, sensitivity = (
        table.estimate("model", figure, at).value for figure in ("listed", "events_listed", "ppv", "sensitivity")
    )
    return {"listed": int(listed or 0), "events": int(events or 0), "ppv": ppv, "sensitivity": sensitivity}
