"""Calibration: whether 20 of 100 people with a predicted risk of 20 % have the outcome."""

from functools import partial

from riskstrat.reports.comparison.calibration_verdict import AS_EXPECTED, SLOPE, calibration_lost, promise
from riskstrat.reports.comparison.drawings.calibrations import (
    SmallCalibration,
    calibration,
    calibration_rows,
    small_multiples,
)
from riskstrat.reports.comparison.labels import SectionKey
from riskstrat.reports.comparison.tables import TableRow, figure_table, model_table
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import ColumnHead, Figure, PageTable, Section

_KEY: SectionKey = "calibration"
_FIGURES = ("o_e", "calibration_intercept", "calibration_slope", "ici", "e50", "e90", "brier", "scaled_brier")
_NAMES = {"o_e": "observed/expected", "calibration_slope": "slope"}
SHOWN_AFTER = ("o_e", "calibration_slope", "ici", "scaled_brier", "auroc")
_INTRO = (
    "Of 100 people with a predicted risk of 20 %, 20 should have the outcome. Observed/expected shows whether risks are"
    " right overall: 1 is right, and below 1 they are too high. The calibration slope shows whether they are spread"
    " correctly: below 1, high risks are too high and low risks too low. ICI, E50 and E90 are the mean, median and 90th"
    " percentile of the distance between predicted and observed risk. The accepted ranges are"
    f" {AS_EXPECTED[0]} to {AS_EXPECTED[1]} for observed/expected and {SLOPE[0]} to {SLOPE[1]} for the slope."
)


def calibration_section(view: ReportView) -> Section:
    """Show the calibration of the reference, of every other model, and after recalibration."""
    figures = [_own(view)] if _has_curve(view, view.reference) else []
    others = [model for model in view.models if model != view.reference and _has_curve(view, model)]
    figures += [_others(view, others)] if others else []
    grid = model_table(view, "calibration-table", view.every("Calibration"), _FIGURES)
    return Section(_KEY, "Calibration", (_INTRO,), (*figures, *_after(view), grid))


def _has_curve(view: ReportView, model: str) -> bool:
    return model in view.curves and len(view.curves[model]["calibration"]["predicted"]) > 0


def _own(view: ReportView) -> Figure:
    model = view.reference
    curves = {name: view.curves[model][name] for name in ("calibration", "groups", "distribution")}
    draw = partial(
        calibration, curve=curves["calibration"], groups=curves["groups"], distribution=curves["distribution"]
    )
    figures = ", ".join(f"{name} {view.told(model, f)}" for f, name in _NAMES.items())
    alt = (
        f"Observed against predicted risk of {model}, with its interval, and the tenths of risk: {figures}. "
        "Below, the risks of people with and without the outcome."
    )
    data = {name: curve.as_data() for name, curve in curves.items()}
    return Figure(
        "calibration-plot", f"{model}: {promise(view, model)}; {figures}", alt, draw, height=4.5, width=7.4, data=data
    )


def _others(view: ReportView, models: list[str]) -> Figure:
    kept = [
        SmallCalibration(m, _short(view, m), view.curves[m]["calibration"], calibration_lost(view, m)) for m in models
    ]
    draw = partial(small_multiples, kept=kept)
    poor = [one.name for one in kept if one.lost]
    caption = (
        f"The other models: calibration is poor for {', '.join(poor)}"
        if poor
        else "The other models stay close to the diagonal"
    )
    alt = "Observed against predicted risk: " + "; ".join(
        f"{one.name}, {one.text}{', calibration poor' if one.lost else ''}" for one in kept
    )
    data = {one.name: one.curve.as_data() for one in kept}
    return Figure("calibration-others", caption, f"{alt}.", draw, height=0.5 + 1.75 * calibration_rows(kept), data=data)


def _short(view: ReportView, model: str) -> str:
    number = view.number(model, "o_e")
    return f"observed/expected {'undefined' if number is None else f'{number.value:.2f}'}"


def _after(view: ReportView) -> list[PageTable]:
    """Show the reference before and after each recalibration."""
    if not view.recalibrations:
        return []
    names = {"none": view.reference, **view.recalibrations}
    rows = [TableRow((option,), name) for option, name in names.items()]
    note = "Each recalibration is fitted and tested on different people. The ranking stays the same, or nearly."
    caption, lead = f"{view.reference} before and after recalibration", (ColumnHead("recalibration", "Recalibration"),)
    return [figure_table(view, "recalibration", caption, lead, SHOWN_AFTER, rows, note, terminal=5)]
