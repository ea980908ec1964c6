"""Effect shapes: how the risk changes with a column, one small plot for each."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from riskstrat.reports.page.drawing import COLOURS, label
from riskstrat.tables import Floats

_COLUMNS = 3


@dataclass(frozen=True)
class DrawnShape:
    """The effect shape of one column.

    Parameters
    ----------
    values, log_odds : array, shape (bins,)
        Mean value and contribution of each bin of assessed values.
    not_assessed : float or None
        The contribution where the column is not assessed.
    """

    title: str
    unit: str
    values: Floats
    log_odds: Floats
    not_assessed: float | None


def shape_rows(drawn: Sequence[DrawnShape]) -> int:
    """Return the number of rows of small plots."""
    return -(-len(drawn) // _COLUMNS)


def shapes(figure: Any, drawn: Sequence[DrawnShape]) -> None:
    """Draw a small plot for each column, all on one scale of log odds so that heights can be compared."""
    axes = figure.subplots(shape_rows(drawn), _COLUMNS, sharey=True, squeeze=False).flat
    for axis, one in zip(axes, drawn, strict=False):
        _shape(axis, one)
    for axis in figure.axes[len(drawn) :]:
        axis.set_axis_off()
    figure.supylabel("Added to the log odds", fontsize=8.5)


def _shape(axis: Any, one: DrawnShape) -> None:
    axis.axhline(0, color=COLOURS["muted"], linewidth=0.9)
    axis.plot(one.values, one.log_odds, color=COLOURS["main"], linewidth=1.5, marker="o", markersize=3)
    if one.not_assessed is not None:
        axis.axhline(one.not_assessed, color=COLOURS["none"], linewidth=1.1, linestyle=(0, (3, 2)))
        axis.text(
            0.98,
            0.04,
            "dashed: not assessed",
            transform=axis.transAxes,
            ha="right",
            color=COLOURS["none"],
            fontsize=7.5,
        )
    axis.set_title("\n".join(textwrap.wrap(label(one.title, 70), 32)), fontsize=8.2)
    if set(one.values) <= {0, 1}:
        axis.set_xticks([0, 1], ["no", "yes"])
        axis.set_xlim(-0.4, 1.4)
    else:
        axis.set_xlabel(label(one.unit, 34), fontsize=7.8)
    axis.grid(axis="y", color=COLOURS["rule"], linewidth=0.5)
    axis.set_axisbelow(True)
