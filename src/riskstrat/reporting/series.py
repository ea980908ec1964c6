"""The curves of a judgement as they may be shown: on their fixed grids, points that rest on few people left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from riskstrat.compared import Comparison
from riskstrat.evaluate.results import Curves, Figures
from riskstrat.pages import Measured
from riskstrat.reporting.disclosure import DIGITS, shares, small
from riskstrat.reporting.record import EVERYONE, Record

TENTHS = 10
LEFT_OUT = "left out"
MERGED, MOST_HIDDEN = (1, 2, 5, 10), 0.1


@dataclass(frozen=True)
class Curve:
    """Points on a grid.

    Parameters
    ----------
    x : str
        Which of its columns is the grid.
    columns : mapping of str to array, shape (points,)
        NaN where a point may not be shown.
    """

    x: str
    columns: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def as_data(self) -> dict[str, list[float | None]]:
        """Its columns as lists, None for what may not be shown."""
        return {name: [_value(one) for one in column] for name, column in self.columns.items()}


Drawn = Mapping[str, Mapping[str, Curve]]


def curves_of(found: Comparison) -> Drawn:
    """Model -> name of a curve -> the curve; nothing for a model that has none."""
    return {one.model: _shown(one.curves, one.figures) for one in found.judgements if one.curves is not None}


def _shown(curves: Curves, figures: Figures) -> dict[str, Curve]:
    return {
        "roc": Curve("false_positive_rate", _named(("false_positive_rate", "sensitivity"), (
            curves.roc[0], shares(curves.roc[1], figures.events)))),
        "precision_recall": _precision_recall(curves, figures),
        "calibration": Curve("predicted", _named(("predicted", "observed", "low", "high"), curves.calibration)),
        "groups": _groups(curves, figures),
        "distribution": _distribution(curves, figures),
        "net_benefit": Curve("threshold", _named(("threshold", "model", "all"), curves.net_benefit)),
        "by_size": _by_size(curves, figures),
    }  # fmt: skip


def _distribution(curves: Curves, figures: Figures) -> Curve:
    """Shares of those without and with the outcome by bin, in the finest bins that hide few of them."""
    edges, without, with_it = curves.distribution
    for merged in MERGED:
        summed = [values.reshape(-1, merged).sum(axis=1) for values in (without, with_it)]
        shown = shares(summed[1], figures.events)
        if np.nan_to_num(summed[1] * np.isnan(shown)).sum() <= MOST_HIDDEN:
            break
    rest = shares(summed[0], figures.people - figures.events)
    ends = edges[::merged]
    return Curve("from", _named(("from", "to", "without", "with"), (ends[:-1], ends[1:], rest, shown)))


def _named(names: tuple[str, ...], arrays: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    return {name: np.asarray(array, float) for name, array in zip(names, arrays, strict=True)}


def _precision_recall(curves: Curves, figures: Figures) -> Curve:
    sensitivity, ppv = (np.asarray(array, float) for array in curves.precision_recall)
    few = small(sensitivity * figures.events)
    return Curve("sensitivity", {"sensitivity": sensitivity, "ppv": np.where(few, np.nan, ppv)})


def _groups(curves: Curves, figures: Figures) -> Curve:
    """Tenths of risk; one with few people with the outcome is left out whole."""
    columns = _named(("mean_risk", "observed", "low", "high"), curves.groups)
    few = small(columns["observed"] * figures.people / TENTHS)
    return Curve("mean_risk", {name: np.where(few, np.nan, column) for name, column in columns.items()})


def _by_size(curves: Curves, figures: Figures) -> Curve:
    share, ppv, sensitivity = (np.asarray(array, float) for array in curves.by_size)
    few = small(ppv * share * figures.people)
    return Curve(
        "share",
        {
            "share": share,
            "ppv": np.where(few, np.nan, ppv),
            "sensitivity": np.where(few, np.nan, shares(sensitivity, figures.events)),
        },
    )


def points(drawn: Drawn) -> Iterator[Record]:
    """Every point of every curve as a record: `at` is the place on its grid."""
    for model, curves in drawn.items():
        for name, curve in curves.items():
            for column in [one for one in curve.columns if one != curve.x]:
                for place, value in zip(curve[curve.x], curve[column], strict=True):
                    if (at := _value(place)) is not None:
                        cell = LEFT_OUT if (one := _value(value)) is None else Measured(one)
                        yield Record(model, EVERYONE, f"{name}: {column}", f"{at:g}", cell)


def _value(number: float) -> float | None:
    return round(float(number), DIGITS) if np.isfinite(number) else None
