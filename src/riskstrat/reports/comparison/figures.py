"""The figures and curves of a report as one long table, and the curves with small numbers hidden.

Decision
--------
Curves use fixed grids; a point based on few people is left out. The Parquet file is the table of figures as disclosed,
with every point of every curve: page, JSON and Parquet cannot hold different content.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from riskstrat.evaluation import ALL_PEOPLE, Comparison, Curves, Judgement
from riskstrat.reports.comparison.disclosure import DIGITS, ShownRow, ShownTable, rounded_shares, small
from riskstrat.reports.page.content import Measured
from riskstrat.tables import FIGURES_FILE, Floats

TENTHS = 10
_LEFT_OUT = "left out"
MERGED, MOST_HIDDEN = (1, 2, 5, 10), 0.1


@dataclass(frozen=True)
class FigureCurve:
    """Points on a grid.

    Parameters
    ----------
    x : str
        The column that is the grid.
    columns : mapping of str to array, shape (points,)
        NaN where a point may not be shown.
    """

    x: str
    columns: Mapping[str, Floats]

    def __getitem__(self, name: str) -> Floats:
        return self.columns[name]

    def as_data(self) -> dict[str, list[float | None]]:
        """Return its columns as lists, None for what may not be shown."""
        return {name: [_value(one) for one in column] for name, column in self.columns.items()}


DrawnCurves = Mapping[str, Mapping[str, FigureCurve]]


def curves_of(found: Comparison) -> DrawnCurves:
    """Collect the curves by model and name; none for a model without curves."""
    return {one.model: _shown(one.curves, one) for one in found.judgements if one.curves is not None}


def _shown(curves: Curves, own: Judgement) -> dict[str, FigureCurve]:
    return {
        "roc": FigureCurve("false_positive_rate", _named(("false_positive_rate", "sensitivity"), (
            curves.roc[0], rounded_shares(curves.roc[1], own.events)))),
        "precision_recall": _precision_recall(curves, own),
        "calibration": FigureCurve("predicted", _named(("predicted", "observed", "low", "high"), curves.calibration)),
        "groups": _groups(curves, own),
        "distribution": _distribution(curves, own),
        "net_benefit": FigureCurve("threshold", _named(("threshold", "model", "all"), curves.net_benefit)),
        "by_size": _by_size(curves, own),
    }  # fmt: skip


def _distribution(curves: Curves, own: Judgement) -> FigureCurve:
    """Compute shares of people without and with the outcome by bin, in the finest bins that hide few of them."""
    edges, without, with_it = curves.distribution
    for merged in MERGED:
        summed = [values.reshape(-1, merged).sum(axis=1) for values in (without, with_it)]
        shown = rounded_shares(summed[1], own.events)
        if np.nan_to_num(summed[1] * np.isnan(shown)).sum() <= MOST_HIDDEN:
            break
    rest = rounded_shares(summed[0], own.people - own.events)
    ends = edges[::merged]
    return FigureCurve("from", _named(("from", "to", "without", "with"), (ends[:-1], ends[1:], rest, shown)))


def _named(names: tuple[str, ...], arrays: tuple[Floats, ...]) -> dict[str, Floats]:
    return dict(zip(names, arrays, strict=True))


def _precision_recall(curves: Curves, own: Judgement) -> FigureCurve:
    sensitivity, ppv = curves.precision_recall
    few = small(sensitivity * own.events)
    return FigureCurve("sensitivity", {"sensitivity": sensitivity, "ppv": np.where(few, np.nan, ppv)})


def _groups(curves: Curves, own: Judgement) -> FigureCurve:
    """Return tenths of risk; leave out a tenth with few people with the outcome."""
    columns = _named(("mean_risk", "observed", "low", "high"), curves.groups)
    few = small(columns["observed"] * own.people / TENTHS)
    return FigureCurve("mean_risk", {name: np.where(few, np.nan, column) for name, column in columns.items()})


def _by_size(curves: Curves, own: Judgement) -> FigureCurve:
    share, ppv, sensitivity = curves.by_size
    few = small(ppv * share * own.people)
    return FigureCurve(
        "share",
        {
            "share": share,
            "ppv": np.where(few, np.nan, ppv),
            "sensitivity": np.where(few, np.nan, rounded_shares(sensitivity, own.events)),
        },
    )


def curve_points(drawn: DrawnCurves) -> Iterator[ShownRow]:
    """List every point of every curve as a record; `at` is its place on the grid."""
    for model, curves in drawn.items():
        for name, curve in curves.items():
            for column in [one for one in curve.columns if one != curve.x]:
                for place, value in zip(curve[curve.x], curve[column], strict=True):
                    if (at := _value(place)) is not None:
                        cell = _LEFT_OUT if (one := _value(value)) is None else Measured(one)
                        yield ShownRow(model, ALL_PEOPLE, f"{name}: {column}", f"{at:g}", cell)


def _value(number: float) -> float | None:
    return round(float(number), DIGITS) if np.isfinite(number) else None


_NAMES = ("model", "among", "figure", "at", "people", "events")


def figures_table(found: Comparison) -> pa.Table:
    """Build the table of all figures of a comparison, with small numbers hidden as on the page.

    Returns
    -------
    pyarrow.Table
        One row for each figure: model, among, figure, at; value, low, high, people and events, NULL where they may not
        be shown or are undefined; why_none is "*" (small numbers), "undefined" or "too few" where there is no value,
        and "left out" for a point of a curve that is based on few people or is undefined.
    """
    records = [*ShownTable(found.figures), *curve_points(curves_of(found))]
    return pa.Table.from_pylist([_row(record) for record in records], FIGURES_FILE)


def _row(one: ShownRow) -> dict[str, object]:
    measured = asdict(one.cell) if isinstance(one.cell, Measured) else {"why_none": one.cell}
    return {"why_none": "", **{name: getattr(one, name) for name in _NAMES}, **measured}
