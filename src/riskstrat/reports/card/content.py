"""The content of a model card: the texts of `TEMPLATE`, filled in with what is known of the model."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from riskstrat.evaluation import Comparison
from riskstrat.features import RULES
from riskstrat.governance import about
from riskstrat.lists import EVENTS, definition_in_words, outcome_in_words, people_in_words
from riskstrat.modelling import Bundle, all_variants, code_lists_in_words
from riskstrat.reports.comparison.labels import PRACTICE_DIMENSION, size_in_words
from riskstrat.reports.comparison.report import comparison_findings
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Level
from riskstrat.study import Study
from riskstrat.wording import join_names, plural, sentence

UNFILLED = "not reported here; to be completed by the organisation that deploys the model."
NOT_REPORTED = sentence(UNFILLED)


@dataclass(frozen=True)
class Subject:
    """A model, the study it was made in, and its test results."""

    bundle: Bundle
    study: Study
    found: Comparison | None

    @property
    def facts(self) -> Mapping[str, Any]:
        """The content of model.toml."""
        return self.bundle.facts

    @cached_property
    def view(self) -> ReportView | None:
        """The test figures, with small numbers hidden."""
        return None if self.found is None else ReportView(self.found)


_UNKNOWN = "not reported here"
UNSTATED = "not stated in study.toml"
_GROUPS: Mapping[str, str] = {"hospital": "hospital records", "gp": "GP records", "demographic": "demographics"}
_MANAGED = {
    "include": "Patients already case-managed are fitted like all others. The risk is the risk under current care.",
    "exclude": "Patients already case-managed were excluded from fitting and calibration.",
    "flag": "A column marks case-managed patients in fitting. It is 0 for everyone in scoring.",
    "weight": "Patients already case-managed were excluded; similar patients who are not case-managed weigh more.",
}
_DEATHS = {
    "ignore": "A patient who dies before the event counts as not having it.",
    "composite": "Death counts as the outcome.",
    "weight": "Patients who die before the event are excluded; patients of the same age band who lived weigh more.",
}
_SPLITS = {
    "time": (
        "By time: fitted, calibrated and tested at successively later index dates. No earlier outcome window overlaps "
        "the test date. The same people may be at several dates, as they are in use."
    ),
    "people": (
        "By people: three in ten were kept for the test, at the same index date. This does not show how the model "
        "performs over time."
    ),
}


def making(subject: Subject) -> Mapping[str, str]:
    """Fill in what is known of the outcome, people, dates, data and settings, by name in the template."""
    return {**_question(subject), **_dates(subject), **_data(subject), **_settings(subject), **_basis(subject)}


def _question(subject: Subject) -> Mapping[str, str]:
    study = subject.study
    return {
        "outcome": sentence(outcome_in_words(study)),
        "event": EVENTS[study.outcome.event].removeprefix("at least one ").rstrip(","),
        "days": f"{study.outcome.days}",
        "death": _DEATHS[study.outcome.competing_death],
        "people": sentence(people_in_words(study)),
        "rules": join_names(list(RULES.values())),
        "definition": definition_in_words(study),
        "high_risk": sentence(definition_in_words(study)),
    }


def _dates(subject: Subject) -> Mapping[str, str]:
    dates = subject.facts["index_dates"]
    return {
        "fit_dates": join_names([str(day) for day in dates["fit"]]),
        "calibrate_date": str(dates["calibrate"]),
        "test_date": str(dates["test"]),
        "lag": f"{subject.study.timing.data_lag_days}",
        "split": _SPLITS[subject.facts.get("split", "time")],
    }


def _data(subject: Subject) -> Mapping[str, str]:
    facts, columns = subject.facts, len(subject.bundle.columns)
    rows, events = facts["fitted_on"]["rows"], facts["fitted_on"]["events"]
    return {
        "sources": join_names(sorted({source.format for source in subject.study.sources})) or _UNKNOWN,
        "snapshot": str(facts.get("snapshot", _UNKNOWN)),
        "groups": join_names([_GROUPS.get(name, name) for name in facts.get("groups", subject.study.model.groups)]),
        "columns": f"{columns:,}",
        "code_lists": code_lists_in_words(subject.bundle),
        "rows": about(rows),
        "events": about(events),
        "events_per_column": f"{events / columns:.1f}" if columns else _UNKNOWN,
        "min_outcomes": f"{subject.study.model.min_outcomes:,}",
        "managed": _MANAGED[facts.get("case_managed", "include")],
    }


def _settings(subject: Subject) -> Mapping[str, str]:
    facts = subject.facts
    variant = all_variants(subject.study.packages)[subject.bundle.variant]
    versions = facts.get("versions", {})
    return {
        "variant": sentence(variant.title),
        "reason": variant.reason.rstrip("."),
        "monotone": "requested" if facts.get("monotone") else "not requested",
        "tried": f"{facts.get('tried', _UNKNOWN)}",
        "tuned": ", ".join(f"{name} {value:g}" for name, value in facts.get("tuned", {}).items()) or "none",
        "seed": f"{facts.get('seed', _UNKNOWN)}",
        "version": f"{versions.get('riskstrat', '')}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()) or _UNKNOWN,
    }


def _basis(subject: Subject) -> Mapping[str, str]:
    governance = subject.study.governance
    return {"legal_basis": governance.legal_basis or UNSTATED, "reference": governance.reference or UNSTATED}


_FIGURES = {
    "AUROC": "auroc",
    "average precision": "average_precision",
    "scaled Brier score": "scaled_brier",
    "observed/expected": "o_e",
    "calibration slope": "calibration_slope",
    "ICI": "ici",
}
OF_LISTS = {"PPV": "ppv", "sensitivity": "sensitivity", "admissions captured": "captured"}
_NAMES = ("abstract", "tested", "characteristics", "performance", "interpretation")


def performance(subject: Subject) -> Mapping[str, str]:
    """Fill in the test results, by name in the template; "not reported" for a model that was not tested."""
    view = subject.view
    if view is None:
        return {**dict.fromkeys(_NAMES, NOT_REPORTED), "practices": "", "limitations": ""}
    figures = _figures(view)
    fitted = subject.facts["fitted_on"]
    return {
        "abstract": (
            f"Fitted on {about(fitted['rows'])} person-dates, {about(fitted['events'])} with the outcome."
            f" {_tested(view)} {figures}"
        ),
        "tested": _tested(view),
        "characteristics": _characteristics(view),
        "practices": _practices(view),
        "performance": f"{figures} Tables and figures follow below.",
        "interpretation": _findings_text(view, "answer", with_do=True) or NOT_REPORTED,
        "limitations": " ".join(
            (_findings_text(view, "error"), _findings_text(view, "warning"), _findings_text(view, "note"))
        ),
    }


def _figures(view: ReportView) -> str:
    """Write the main figures in sentences."""
    model = view.reference
    text = sentence("; ".join(f"{name} {view.told(model, one)}" for name, one in _FIGURES.items()))
    if view.size is None:
        return f"{text}."
    listed_ = "; ".join(f"{name} {view.told(model, one, view.size)}" for name, one in OF_LISTS.items())
    return f"{text}. With {size_in_words(view.size)}: {listed_}."


def _tested(view: ReportView) -> str:
    own = view.own
    people, events, rest = (about(count) for count in (own.people, own.events, own.people - own.events))
    return f"Tested on {people} people, {events} with the outcome and {rest} without."


def _characteristics(view: ReportView) -> str:
    groups = [g for g in view.own.groups if g.dimension != PRACTICE_DIMENSION]
    dimensions = list(dict.fromkeys(g.dimension for g in groups))
    if not dimensions:
        return f"No groups are recorded. {NOT_REPORTED}"
    return (
        f"People and outcomes by {join_names(dimensions)} are in the tables by group. Other characteristics: {UNFILLED}"
    )


def _practices(view: ReportView) -> str:
    number = sum(g.dimension == PRACTICE_DIMENSION for g in view.own.groups)
    return f"{plural(number, 'practice')} in the test. " if number else ""


def _findings_text(view: ReportView, level: Level, with_do: bool = False) -> str:
    """Write the findings of one level."""
    found = [one for one in comparison_findings(view) if one.level == level]
    return " ".join(f"{one.what} {one.do}".strip() if with_do else one.what for one in found)


TEMPLATE = "templates/card.toml"


@dataclass(frozen=True)
class CardItem:
    """One item of TRIPOD+AI.

    Parameters
    ----------
    number, name : str
        For example "5b" and "Data: dates"; no number for an item that TRIPOD+AI does not have.
    """

    number: str
    name: str
    text: str

    @property
    def heading(self) -> str:
        """Number and name."""
        return f"{self.number} {self.name}".strip()


@dataclass(frozen=True)
class CardPart:
    """Items under one heading."""

    key: str
    title: str
    items: tuple[CardItem, ...]


def parts(subject: Subject) -> tuple[CardPart, ...]:
    """List all parts of a card."""
    known = {"not_reported": NOT_REPORTED, "unfilled": UNFILLED, **making(subject), **performance(subject)}
    template = tomllib.loads(files("riskstrat").joinpath(TEMPLATE).read_text(encoding="utf-8"))
    return tuple(
        CardPart(
            part["key"],
            part["title"],
            tuple(
                CardItem(number, name, " ".join(text.format_map(known).split())) for number, name, text in part["items"]
            ),
        )
        for part in template["part"]
    )
