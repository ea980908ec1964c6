"""Calibration that is lost or in doubt, in words: what happened to the risks, and what would mend them."""

from __future__ import annotations

from collections.abc import Iterator

from riskstrat.pages import Finding, Measured
from riskstrat.reporting.judged import recalibrated
from riskstrat.reporting.trusting import AS_EXPECTED, BOUNDS, SLOPE, promise, trusts
from riskstrat.reporting.view import View
from riskstrat.reporting.words import told
from riskstrat.wording import sentence

KEY = "calibration"
STEPPED = "isotonic"
KEPT_ORDER = "Who is listed stays as it is; only the percentages change."
STEPPED_ORDER = "It has steps: people within one are no longer told apart, so that who is listed may change."
NAMES = {"o_e": "O:E", "calibration_slope": "slope"}


def lost_in_words(view: View) -> Iterator[Finding]:
    """What is the matter with the calibration of the reference; nothing where it is kept."""
    found = trusts(view, view.reference)
    lost = [figure for figure, trust in found.items() if trust == "lost"]
    doubted = [figure for figure, trust in found.items() if trust == "in doubt"]
    if lost:
        what = " ".join(sentence(_matter(view, figure)) for figure in lost)
        yield Finding("error", f"Calibration is lost. {what}", _mend(view), KEY)
    elif doubted:
        figures = ", ".join(f"{NAMES[one]} {told(one, view.book.cell(view.reference, one))}" for one in doubted)
        do = "More people, or a longer time, would tell; until then use the ranking and not the percentages."
        yield Finding("warning", f"Calibration is in doubt: {figures} lies outside what is held to be well.", do, KEY)
    for figure, trust in found.items():
        if trust == "undefined":
            yield Finding("warning", f"{NAMES[figure]} of {view.reference} cannot be given.", "", KEY)


def _matter(view: View, figure: str) -> str:
    number, said = view.number(view.reference, figure), told(figure, view.book.cell(view.reference, figure))
    value = 1.0 if number is None else number.value
    if figure == "o_e":
        which = "high" if value < AS_EXPECTED[0] else "low"
        return f"{promise(view, view.reference)} by {view.reference}, so that risks are too {which}: O:E {said}."
    spread = "spread too widely" if value < SLOPE[0] else "too close together"
    return f"the risks by {view.reference} are {spread}: slope {said}."


def _mend(view: View) -> str:
    """Which recalibration mends it, and by how much."""
    options = view.found.by_model[view.reference].recalibrated
    if not options:
        return (
            "Recalibrate before anyone uses the percentages: `riskstrat validate` shows which recalibration mends them."
        )
    for option in options:
        name = recalibrated(view.reference, option)
        if set(trusts(view, name).values()) <= {"kept"}:
            said = f"Recalibrate before anyone uses the percentages: by {option}, {_after(view, name)}."
            return f"{said} {KEPT_ORDER if option != STEPPED else STEPPED_ORDER}"
    best = min(options, key=lambda one: abs(1 - _value(view.number(recalibrated(view.reference, one), "o_e"))))
    said = _after(view, recalibrated(view.reference, best))
    return f"No recalibration mends it all: the best, by {best}, gives {said}. Train again on later data."


def _after(view: View, name: str) -> str:
    figures = (f"{NAMES[one]} {told(one, view.book.cell(name, one))}" for one in BOUNDS)
    before, after = view.number(view.reference, "ici"), view.number(name, "ici")
    if before is None or after is None:
        return ", ".join(figures)
    return (
        f"{', '.join(figures)}, and the mean distance from the observed risk falls from {before.value:.3f} to"
        f" {after.value:.3f}"
    )


def _value(number: Measured | None) -> float:
    return 0.0 if number is None else number.value
