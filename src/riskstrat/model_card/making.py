"""What a card says of how the model was made."""

from __future__ import annotations

from collections.abc import Mapping

from riskstrat.bundle import Bundle
from riskstrat.catalogue import all_variants
from riskstrat.cohort import RULES
from riskstrat.criteria import EVENTS, definition_in_words, outcome_in_words, people_in_words
from riskstrat.model_card.subject import Subject
from riskstrat.suppression import said
from riskstrat.wording import listed, sentence

UNKNOWN = "not reported here"
UNSTATED = "not stated in study.toml"
MANAGED = {
    "include": "People already case-managed are fitted on as anyone else: the risk is that under present care.",
    "exclude": "People already case-managed were left out of fitting and calibration.",
    "flag": "Being case-managed is a column in fitting, and is 0 for everyone when scoring.",
    "weight": "People already case-managed were left out, and people like them who are not managed weigh more.",
}
DEATHS = {
    "ignore": "Who dies before the event counts as without it.",
    "composite": "Death counts as the outcome.",
    "weight": "Who dies before the event is left out, and people of the same age band who lived weigh more.",
}
SPLITS = {
    "time": (
        "By time: fitted, calibrated and tested at later and later index dates; no earlier outcome window reaches the "
        "test date. The people may be the same, as they are in use."
    ),
    "people": (
        "By people: three in ten were kept for the test, at the same index date. This shows nothing of how the model "
        "ages."
    ),
}


def making(subject: Subject) -> Mapping[str, str]:
    """Names of the template to texts: outcome and people, dates, data, settings."""
    return {**_question(subject), **_dates(subject), **_data(subject), **_settings(subject), **_basis(subject)}


def _question(subject: Subject) -> Mapping[str, str]:
    study = subject.study
    return {
        "outcome": sentence(outcome_in_words(study)),
        "event": EVENTS[study.outcome.event].removeprefix("at least one ").rstrip(","),
        "days": f"{study.outcome.days}",
        "death": DEATHS[study.outcome.competing_death],
        "people": sentence(people_in_words(study)),
        "rules": listed(list(RULES.values())),
        "definition": definition_in_words(study),
        "high_risk": sentence(definition_in_words(study)),
    }


def _dates(subject: Subject) -> Mapping[str, str]:
    dates = subject.facts["index_dates"]
    return {
        "fit_dates": listed([str(day) for day in dates["fit"]]),
        "calibrate_date": str(dates["calibrate"]),
        "test_date": str(dates["test"]),
        "lag": f"{subject.study.timing.data_lag_days}",
        "split": SPLITS[subject.facts.get("split", "time")],
    }


def _data(subject: Subject) -> Mapping[str, str]:
    facts, columns = subject.facts, len(subject.bundle.columns)
    rows, events = facts["fitted_on"]["rows"], facts["fitted_on"]["events"]
    return {
        "sources": listed(sorted({source.format for source in subject.study.sources})) or UNKNOWN,
        "snapshot": str(facts.get("snapshot", UNKNOWN)),
        "groups": listed(list(facts.get("groups", subject.study.model.groups))),
        "columns": f"{columns:,}",
        "code_lists": code_lists_in_words(subject.bundle),
        "rows": said(rows),
        "events": said(events),
        "events_per_column": f"{events / columns:.1f}" if columns else UNKNOWN,
        "min_outcomes": f"{subject.study.model.min_outcomes:,}",
        "managed": MANAGED[facts.get("case_managed", "include")],
    }


def _settings(subject: Subject) -> Mapping[str, str]:
    facts, variant = subject.facts, all_variants()[subject.bundle.variant]
    versions = facts.get("versions", {})
    return {
        "variant": sentence(variant.title),
        "reason": variant.reason[:1].lower() + variant.reason[1:].rstrip("."),
        "monotone": "asked for" if facts.get("monotone") else "not asked for",
        "tried": f"{facts.get('tried', UNKNOWN)}",
        "tuned": ", ".join(f"{name} {value:g}" for name, value in facts.get("tuned", {}).items()) or "none",
        "seed": f"{facts.get('seed', UNKNOWN)}",
        "version": f"{versions.get('riskstrat', '')}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()) or UNKNOWN,
    }


def _basis(subject: Subject) -> Mapping[str, str]:
    governance = subject.study.governance
    return {"legal_basis": governance.legal_basis or UNSTATED, "reference": governance.reference or UNSTATED}


def code_lists_in_words(bundle: Bundle) -> str:
    """The code lists its features were made with: the study's own, each with the beginning of its SHA-256."""
    own = bundle.facts.get("code_lists", {})
    named = ", ".join(f"{name} (sha256 {digest[:16]})" for name, digest in own.items())
    return f"built in, and the study's own: {named}" if named else "built in"
