"""What a comparison found, in words: which model leads, by chance or not, and whether its risks hold."""

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
KEPT_ORDER = "Who is listed stays as it is; only the percentages change."
STEPPED_ORDER = "It has steps: people within one are no longer told apart, so that who is listed may change."
_NAMES = {"o_e": "O:E", "calibration_slope": "slope"}


def lost_in_words(view: ReportView) -> Iterator[Finding]:
    """What is the matter with the calibration of the reference; nothing where it is kept."""
    found = trusts(view, view.reference)
    lost = [figure for figure, trust in found.items() if trust == "lost"]
    doubted = [figure for figure, trust in found.items() if trust == "in doubt"]
    if lost:
        what = " ".join(sentence(_matter(view, figure)) for figure in lost)
        yield Finding("error", f"Calibration is lost. {what}", _mend(view), _KEY)
    elif doubted:
        figures = ", ".join(f"{_NAMES[one]} {view.told(view.reference, one)}" for one in doubted)
        do = "More people, or a longer time, would tell; until then use the ranking and not the percentages."
        yield Finding("warning", f"Calibration is in doubt: {figures} lies outside what is held to be well.", do, _KEY)
    for figure, trust in found.items():
        if trust == "undefined":
            yield Finding("warning", f"{_NAMES[figure]} of {view.reference} cannot be given.", "", _KEY)


def _matter(view: ReportView, figure: str) -> str:
    number, said = view.number(view.reference, figure), view.told(view.reference, figure)
    value = 1.0 if number is None else number.value
    if figure == "o_e":
        which = "high" if value < AS_EXPECTED[0] else "low"
        return f"{promise(view, view.reference)} by {view.reference}, so that risks are too {which}: O:E {said}."
    spread = "spread too widely" if value < SLOPE[0] else "too close together"
    return f"the risks by {view.reference} are {spread}: slope {said}."


def _mend(view: ReportView) -> str:
    """Which recalibration mends it, and by how much."""
    options = view.recalibrations
    if not options:
        return (
            "Recalibrate before anyone uses the percentages: `riskstrat validate` shows which recalibration mends them."
        )
    for option, name in options.items():
        if set(trusts(view, name).values()) <= {"kept"}:
            said = f"Recalibrate before anyone uses the percentages: by {option}, {_after(view, name)}."
            return f"{said} {KEPT_ORDER if option != STEPPED else STEPPED_ORDER}"
    best = min(options, key=lambda one: abs(1 - _value(view.number(options[one], "o_e"))))
    said = _after(view, options[best])
    return f"No recalibration mends it all: the best, by {best}, gives {said}. Train again on later data."


def _after(view: ReportView, name: str) -> str:
    figures = (f"{_NAMES[one]} {view.told(name, one)}" for one in BOUNDS)
    before, after = view.number(view.reference, "ici"), view.number(name, "ici")
    if before is None or after is None:
        return ", ".join(figures)
    return (
        f"{', '.join(figures)}, and the mean distance from the observed risk falls from {before.value:.3f} to"
        f" {after.value:.3f}"
    )


def _value(number: Measured | None) -> float:
    return 0.0 if number is None else number.value


_LOGISTIC = "logistic"


def answers(view: ReportView) -> Iterator[Finding]:
    """Who leads, or how good the one model is; and whether its risks can be relied on."""
    yield _alone(view) if view.rival is None else _leader(view, view.rival)
    if set(trusts(view, view.reference).values()) == {"kept"}:
        o_e, slope = (view.shown(view.reference, one) for one in ("o_e", "calibration_slope"))
        holds = "Calibration holds" if precise(view, view.reference) else "No loss of calibration is seen"
        figures = f"O:E {told('o_e', o_e)}, slope {told('calibration_slope', slope)}."
        do = figures if precise(view, view.reference) else f"{figures} With such wide intervals there may be one."
        what = f"{holds}: {promise(view, view.reference)} by {view.reference}."
        yield Finding("answer", what, do, _KEY)


def _alone(view: ReportView) -> Finding:
    model, auroc = view.reference, view.told(view.reference, "auroc")
    if view.size is None:
        return Finding("answer", f"{model} ranks with an AUROC of {auroc}.", "", "discrimination")
    ppv, captured = (view.told(model, one, view.size) for one in ("ppv", "captured"))
    what = (
        f"With {size_in_words(view.size)}, {ppv} of those whom {model} lists had the outcome, and {captured} of all"
        " admissions were theirs."
    )
    return Finding("answer", what, f"Over everyone it ranks with an AUROC of {auroc}.", "lists")


def _leader(view: ReportView, rival: str) -> Finding:
    """The reference against the best of the others, at the study's capacity; by AUROC where there are no lists."""
    figure, at = ("ppv", view.size or "") if view.size else ("auroc", "")
    own, other = view.worth(view.reference, figure, at), view.worth(rival, figure, at)
    best, next_best = (view.reference, rival) if own >= other else (rival, view.reference)
    values = [view.told(one, figure, at) for one in (best, next_best)]
    where = f"With {size_in_words(view.size)}, " if view.size else ""
    share = " of those listed had the outcome" if view.size else " AUROC"
    second = "the study's own model" if next_best == view.reference else "the next"
    what = f"{where}{best} leads: {values[0]}{share}. {second[0].upper()}{second[1:]}, {next_best}, has {values[1]}."
    return Finding("answer", what, _by_chance(view.difference(best, next_best, figure, at), figure), "differences")


def _by_chance(found: PairedDifference | None, figure: str) -> str:
    """Whether a difference is more than chance, in words."""
    if found is None or found[0].value is None:
        return "Whether the difference is more than chance was not worked out."
    said = _difference(found, figure)
    if more_than_chance(found):
        return f"The difference is more than chance: {said}."
    return f"The difference is no more than chance: {said}. Choose between them on other grounds, the simpler first."


def _difference(found: PairedDifference, figure: str) -> str:
    one, p = found
    value = Measured(float(one.value or 0), one.low, one.high)
    return f"{points(value) if figure == 'ppv' else told('auroc', value)}; {chance(p)}"


def more_than_chance(found: PairedDifference | None) -> bool:
    """Whether the interval of a difference lies above 0."""
    return found is not None and found[0].low is not None and found[0].low > 0


def no_better(view: ReportView) -> Iterator[Finding]:
    """Whether the reference is better than simpler models: age and sex, a logistic model, the best published score."""
    simpler: tuple[tuple[str | None, Level, str], ...] = (
        (SIMPLEST, "warning", "Nothing shows that it is worth more than age and sex: find out why before it is used."),
        (_LOGISTIC, "note", "Choose the simpler: it is easier to explain, to check and to move."),
        (next(iter(view.scores()), None), "note", "A published score may do as well, and needs no fitting."),
    )
    for name, level, do in simpler:
        if name not in view.models or view.reference in (name, SIMPLEST):
            continue
        found = view.difference(view.reference, name, "auroc")
        at_list = view.difference(view.reference, name, "ppv", view.size or "")
        if found is not None and not more_than_chance(found) and not more_than_chance(at_list):
            apart = f"difference in AUROC {_difference(found, 'auroc')}"
            what = f"{view.reference} is not better than {name} by more than chance: {apart}."
            yield Finding(level, what, do, "differences")


def calibration_lost_findings(view: ReportView) -> Iterator[Finding]:
    """What became of the risks of the reference, and of the others, where they are not kept."""
    yield from lost_in_words(view)
    others = [m for m in view.models if m != view.reference and calibration_lost(view, m)]
    if others:
        what = f"Calibration is lost for {join_names(others)}."
        yield Finding("warning", what, "Their percentages are not to be used as they are.", _KEY)
