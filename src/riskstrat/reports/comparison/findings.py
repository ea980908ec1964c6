"""Findings of a comparison: which model is best, whether by chance, and whether its calibration is good."""

from collections.abc import Iterator

from riskstrat.reports.comparison.calibration_verdict import (
    AS_EXPECTED,
    BOUNDS,
    SLOPE,
    calibration_lost,
    precise,
    promise,
    trusts,
)
from riskstrat.reports.comparison.labels import SectionKey, chance, points, size_in_words, told
from riskstrat.reports.comparison.view import SIMPLEST, PairedDifference, ReportView
from riskstrat.reports.page.content import Finding, Level, Measured
from riskstrat.wording import join_names, sentence

_KEY: SectionKey = "calibration"
STEPPED = "isotonic"
KEPT_ORDER = "The lists stay the same; only the percentages change."
STEPPED_ORDER = "It gives some patients the same risk, so the lists may change."
_NAMES = {"o_e": "observed/expected", "calibration_slope": "the calibration slope"}


def lost_in_words(view: ReportView) -> Iterator[Finding]:
    """Report poor, uncertain or undefined calibration of the reference."""
    found = trusts(view, view.reference)
    lost = [figure for figure, trust in found.items() if trust == "poor"]
    doubted = [figure for figure, trust in found.items() if trust == "uncertain"]
    if lost:
        what = " ".join(sentence(_matter(view, figure)) for figure in lost)
        yield Finding("error", f"Calibration is poor. {what}", _recalibration_advice(view), _KEY)
    elif doubted:
        figures = ", and ".join(_against_bounds(view, figure) for figure in doubted)
        do = "Test on more people or a longer period. Until then, use the ranking and not the percentages."
        yield Finding("warning", f"Calibration is uncertain: {figures}.", do, _KEY)
    for figure, trust in found.items():
        if trust == "undefined":
            yield Finding("warning", f"{sentence(_NAMES[figure])} of {view.reference} is undefined.", "", _KEY)


def _matter(view: ReportView, figure: str) -> str:
    number, limits = view.number(view.reference, figure), _against_bounds(view, figure)
    value = 1.0 if number is None else number.value
    if figure == "o_e":
        which = "high" if value < AS_EXPECTED[0] else "low"
        return f"{promise(view, view.reference)} by {view.reference}. Its risks are too {which}: {limits}."
    spread = "spread too widely" if value < SLOPE[0] else "too close together"
    return f"the risks from {view.reference} are {spread}: {limits}."


def _against_bounds(view: ReportView, figure: str) -> str:
    low, high = BOUNDS[figure]
    return f"{_NAMES[figure]} is {view.told(view.reference, figure)}; the accepted range is {low} to {high}"


def _recalibration_advice(view: ReportView) -> str:
    """Say which recalibration corrects the risks, and by how much."""
    options, first = view.recalibrations, "Recalibrate before anyone uses the percentages"
    if not options:
        return f"{first}. `riskstrat validate` shows which recalibration corrects them."
    for option, name in options.items():
        if set(trusts(view, name).values()) <= {"good"}:
            order = KEPT_ORDER if option != STEPPED else STEPPED_ORDER
            return f"{first}. With recalibration by {option}, {_after(view, name)}. {order}"
    best = min(options, key=lambda one: abs(1 - _value(view.number(options[one], "o_e"))))
    after = _after(view, options[best])
    return f"No recalibration corrects both figures. With the best, by {best}, {after}. Train again on later data."


def _after(view: ReportView, name: str) -> str:
    figures = (f"{_NAMES[one]} is {view.told(name, one)}" for one in BOUNDS)
    before, after = view.number(view.reference, "ici"), view.number(name, "ici")
    if before is None or after is None:
        return ", ".join(figures)
    return f"{', '.join(figures)}, and the ICI changes from {before.value:.3f} to {after.value:.3f}"


def _value(number: Measured | None) -> float:
    return 0.0 if number is None else number.value


_LOGISTIC = "logistic"


def answers(view: ReportView) -> Iterator[Finding]:
    """Report which model is best, or how good the only model is, and whether its calibration is good."""
    yield _alone(view) if view.rival is None else _leader(view, view.rival)
    if set(trusts(view, view.reference).values()) == {"good"}:
        o_e, slope = (view.told(view.reference, one) for one in ("o_e", "calibration_slope"))
        holds = "Calibration is good" if precise(view, view.reference) else "There is no sign of poor calibration"
        figures = f"Observed/expected is {o_e}; the calibration slope is {slope}."
        do = figures if precise(view, view.reference) else f"{figures} With such wide intervals it may still be poor."
        what = f"{holds}: {promise(view, view.reference)} by {view.reference}."
        yield Finding("answer", what, do, _KEY)


def _alone(view: ReportView) -> Finding:
    model, auroc = view.reference, view.told(view.reference, "auroc")
    if view.size is None:
        return Finding("answer", f"The AUROC of {model} is {auroc}.", "", "discrimination")
    ppv, captured = (view.told(model, one, view.size) for one in ("ppv", "captured"))
    what = (
        f"With {size_in_words(view.size)}, {ppv} of the patients listed by {model} had the outcome. They had {captured}"
        " of all admissions."
    )
    return Finding("answer", what, f"Its AUROC among everyone is {auroc}.", "lists")


def _leader(view: ReportView, rival: str) -> Finding:
    """Compare the reference with the best of the others, at the study's capacity or, without lists, by AUROC."""
    figure, at = ("ppv", view.size or "") if view.size else ("auroc", "")
    own, other = view.worth(view.reference, figure, at), view.worth(rival, figure, at)
    best, next_best = (view.reference, rival) if own >= other else (rival, view.reference)
    values = [view.told(one, figure, at) for one in (best, next_best)]
    where = f"With {size_in_words(view.size)}, " if view.size else ""
    first = f"{values[0]} of listed patients had the outcome" if view.size else f"AUROC {values[0]}"
    second = "The study's own model" if next_best == view.reference else "The next best"
    what = f"{where}{best} is best: {first}. {second}, {next_best}, has {values[1]}."
    return Finding("answer", what, _by_chance(view.difference(best, next_best, figure, at), figure), "differences")


def _by_chance(found: PairedDifference | None, figure: str) -> str:
    """Write whether a difference is more than chance."""
    if found is None or found[0].value is None:
        return "The difference was not tested."
    difference = _difference(found, figure)
    if more_than_chance(found):
        return f"The difference is more than chance: {difference}."
    return f"Chance can explain the difference: {difference}. Choose for other reasons, and prefer the simpler model."


def _difference(found: PairedDifference, figure: str) -> str:
    one, p = found
    value = Measured(float(one.value or 0), one.low, one.high)
    return f"{points(value) if figure == 'ppv' else told('auroc', value)}; {chance(p)}"


def more_than_chance(found: PairedDifference | None) -> bool:
    """Return whether the interval of a difference lies above 0."""
    return found is not None and found[0].low is not None and found[0].low > 0


def no_better(view: ReportView) -> Iterator[Finding]:
    """Report simpler models that are as good: age and sex, a logistic model, the best published score."""
    simpler: tuple[tuple[str | None, Level, str], ...] = (
        (SIMPLEST, "warning", "Nothing shows that it is better than age and sex. Find out why before you use it."),
        (_LOGISTIC, "note", "Prefer the simpler model: it is easier to explain, check and move."),
        (next(iter(view.scores()), None), "note", "A published score may do as well, and needs no fitting."),
    )
    for name, level, do in simpler:
        if name not in view.models or view.reference in (name, SIMPLEST):
            continue
        found = view.difference(view.reference, name, "auroc")
        at_list = view.difference(view.reference, name, "ppv", view.size or "")
        if found is not None and not more_than_chance(found) and not more_than_chance(at_list):
            apart = f"the difference in AUROC is {_difference(found, 'auroc')}"
            what = f"{view.reference} is not better than {name} by more than chance: {apart}."
            yield Finding(level, what, do, "differences")


def calibration_lost_findings(view: ReportView) -> Iterator[Finding]:
    """Report models whose calibration is not good, the reference first."""
    yield from lost_in_words(view)
    others = [m for m in view.models if m != view.reference and calibration_lost(view, m)]
    if others:
        what = f"Calibration is poor for {join_names(others)}."
        yield Finding("warning", what, "Do not use their percentages without recalibration.", _KEY)
