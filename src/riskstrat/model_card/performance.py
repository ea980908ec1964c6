"""What a card says of how good the model was: figures as they may be shown, and what to beware of."""

from __future__ import annotations

from collections.abc import Mapping

from riskstrat.model_card.subject import NOT_REPORTED, UNFILLED, Subject
from riskstrat.pages.parts import Level
from riskstrat.reporting.page import findings_of
from riskstrat.reporting.sections.fairness import PRACTICE
from riskstrat.reporting.view import View
from riskstrat.reporting.words import size_in_words, told
from riskstrat.suppression import said
from riskstrat.wording import listed, plural, sentence

FIGURES = {
    "AUROC": "auroc",
    "average precision": "average_precision",
    "scaled Brier score": "scaled_brier",
    "observed / expected": "o_e",
    "calibration slope": "calibration_slope",
    "ICI": "ici",
}
OF_LISTS = {"PPV": "ppv", "sensitivity": "sensitivity", "admissions captured": "captured"}
NAMES = ("abstract", "tested", "characteristics", "performance", "interpretation")


def performance(subject: Subject) -> Mapping[str, str]:
    """Names of the template to texts; "not reported" where the model was not judged."""
    view = subject.view
    if view is None:
        return {**dict.fromkeys(NAMES, NOT_REPORTED), "practices": "", "limitations": ""}
    figures = _figures(view)
    fitted = subject.facts["fitted_on"]
    return {
        "abstract": (
            f"Fitted on {said(fitted['rows'])} person-dates, {said(fitted['events'])} with the outcome. {_tested(view)}"
            f" {figures}"
        ),
        "tested": _tested(view),
        "characteristics": _characteristics(view),
        "practices": _practices(view),
        "performance": f"{figures} Tables and figures are given apart.",
        "interpretation": _said(view, "answer", with_do=True) or NOT_REPORTED,
        "limitations": " ".join((_said(view, "error"), _said(view, "warning"), _said(view, "note"))),
    }


def _figures(view: View) -> str:
    """The main figures in sentences."""
    model = view.reference
    text = sentence("; ".join(f"{name} {told(one, view.book.cell(model, one))}" for name, one in FIGURES.items()))
    if view.size is None:
        return f"{text}."
    listed_ = "; ".join(f"{name} {told(one, view.book.cell(model, one, view.size))}" for name, one in OF_LISTS.items())
    return f"{text}. With {size_in_words(view.size)}: {listed_}."


def _tested(view: View) -> str:
    own = view.found.by_model[view.reference].figures
    people, events, rest = (said(count) for count in (own.people, own.events, own.people - own.events))
    return f"Tested on {people} people, {events} with the outcome and {rest} without."


def _characteristics(view: View) -> str:
    groups = [g for g in view.found.by_model[view.reference].subgroups if g.dimension != PRACTICE]
    dimensions = list(dict.fromkeys(g.dimension for g in groups))
    if not dimensions:
        return f"No groups are known here. {NOT_REPORTED}"
    return f"People and outcomes by {listed(dimensions)} are in the table by group. Other characteristics: {UNFILLED}"


def _practices(view: View) -> str:
    number = sum(g.dimension == PRACTICE for g in view.found.by_model[view.reference].subgroups)
    return f"{plural(number, 'practice')} in the test. " if number else ""


def _said(view: View, level: Level, with_do: bool = False) -> str:
    """What was found, of one level."""
    found = [one for one in findings_of(view) if one.level == level]
    return " ".join(f"{one.what} {one.do}".strip() if with_do else one.what for one in found)
