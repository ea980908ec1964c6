"""Calibration plots: predicted against observed risk, and the distribution of risks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskstrat.reports.comparison.figures import FigureCurve
from riskstrat.reports.page.drawing import COLOURS, label

_COLUMNS = 5


@dataclass(frozen=True)
class SmallCalibration:
    """One small calibration plot.

    Parameters
    ----------
    curve : FigureCurve
        With the columns predicted, observed, low and high.
    """

    name: str
    text: str
    curve: FigureCurve
    lost: bool


def calibration(figure: Any, curve: FigureCurve, groups: FigureCurve, distribution: FigureCurve) -> None:
    """Draw the calibration curve with its interval and tenths of risk, above the distribution of risks."""
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
    top = _top(curve, groups)
    _diagonal(above, top)
    above.fill_between(curve["predicted"], curve["low"], curve["high"], color=COLOURS["main"], alpha=0.18, linewidth=0)
    above.plot(curve["predicted"], curve["observed"], color=COLOURS["main"], linewidth=2, label="curve, 95 % interval")
    _tenths(above, groups)
    above.set_ylabel("Observed: share with the outcome")
    above.set_ylim(0, top)
    above.set_xlim(0, top)
    above.legend(loc="upper left", handlelength=1.8)
    above.annotate(
        "risks too low", (0.02, 0.62), xycoords="axes fraction", color=COLOURS["muted"], fontsize=8, style="italic"
    )
    above.annotate(
        "risks too high", (0.98, 0.1), xycoords="axes fraction", ha="right", color=COLOURS["muted"], fontsize=8,
        style="italic",
    )  # fmt: skip
    _distribution(below, distribution)
    _percent(above.yaxis, below.xaxis)


def _tenths(axis: Any, groups: FigureCurve) -> None:
    x, y = groups["mean_risk"], groups["observed"]
    axis.vlines(x, groups["low"], groups["high"], color=COLOURS["ink"], linewidth=1)
    axis.plot(x, y, "o", color=COLOURS["ink"], markersize=4.5, label="tenths of risk")


def _top(curve: FigureCurve, groups: FigureCurve) -> float:
    """Return the end of both scales: a round number above curve and tenths."""
    ends = [one for name in ("predicted", "observed") for one in curve[name] if np.isfinite(one)]
    ends += [one for name in ("mean_risk", "high") for one in groups[name] if np.isfinite(one)]
    highest = max(ends, default=1.0)
    return min(1.0, float(np.ceil(highest * 20) / 20)) or 1.0


def _diagonal(axis: Any, top: float) -> None:
    axis.plot([0, top], [0, top], color=COLOURS["muted"], linewidth=0.9, linestyle=(0, (4, 3)))
    axis.grid(color=COLOURS["rule"], linewidth=0.5)
    axis.set_axisbelow(True)


def _distribution(axis: Any, found: FigureCurve) -> None:
    """Draw people with the outcome upwards and people without it downwards, each scaled to its own maximum."""
    start, width = found["from"], found["to"] - found["from"]
    with_it, without = np.nan_to_num(found["with"]), np.nan_to_num(found["without"])
    axis.bar(start, with_it / (with_it.max() or 1), width, align="edge", color=COLOURS["none"], linewidth=0)
    axis.bar(start, -without / (without.max() or 1), width, align="edge", color=COLOURS["quiet"], linewidth=0)
    axis.axhline(0, color=COLOURS["muted"], linewidth=0.8)
    axis.set_yticks([0.55, -0.55], ["with the outcome", "without it"])
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(-1.08, 1.08)
    axis.set_xlabel("Predicted risk")
    axis.spines["left"].set_visible(False)


def _percent(*scales: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    for scale in scales:
        scale.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))


def calibration_rows(kept: Sequence[SmallCalibration]) -> int:
    """Return the number of rows of small plots."""
    return -(-len(kept) // _COLUMNS)


def small_multiples(figure: Any, kept: Sequence[SmallCalibration]) -> None:
    """Draw a small calibration plot for each model, all on one scale."""
    axes = figure.subplots(calibration_rows(kept), _COLUMNS, sharex=True, sharey=True, squeeze=False).flat
    top = min(1.0, float(np.ceil(20 * max(np.nanmax(one.curve["predicted"]) for one in kept)) / 20))
    for axis, one in zip(axes, kept, strict=False):
        colour = COLOURS["none" if one.lost else "main"]
        _diagonal(axis, top)
        axis.fill_between(
            one.curve["predicted"], one.curve["low"], one.curve["high"], color=colour, alpha=0.2, linewidth=0
        )
        axis.plot(one.curve["predicted"], one.curve["observed"], color=colour, linewidth=1.5)
        axis.set_title(f"{label(one.name, 22)}\n{one.text}", fontsize=7.8)
        axis.set_xlim(0, top)
        axis.set_ylim(0, top)
        axis.set_box_aspect(1)
        _percent(axis.xaxis, axis.yaxis)
    for axis in figure.axes[len(kept) :]:
        axis.set_axis_off()
    figure.supxlabel("Predicted risk", fontsize=8.5)
    figure.supylabel("Observed", fontsize=8.5)
