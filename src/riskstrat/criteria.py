"""What "high risk" means in this study, in plain words and with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from riskstrat import __version__
from riskstrat.bundle import Bundle
from riskstrat.lists.policy import in_words, order_in_words
from riskstrat.store import Snapshot
from riskstrat.study import OutcomeSettings, Study
from riskstrat.wording import sentence

EVENTS = {
    "unplanned_admission": "at least one unplanned admission to hospital",
    "unplanned_admission_or_death": "at least one unplanned admission to hospital, or death,",
    "any_admission": "at least one admission to hospital, planned or not,",
    "ed_attendance": "at least one unplanned attendance at an emergency department",
}

DEATHS = {"ignore": "", "composite": ", or death,", "weight": ", were nobody to die before it,"}


def outcome_in_words(study: Study) -> str:
    """The outcome, with its codes.

    >>> outcome_in_words(Study(name="x"))[:77]
    'at least one unplanned admission to hospital in the 365 days that begin on th'
    """
    event, death = EVENTS[study.outcome.event], DEATHS[study.outcome.competing_death]
    event = event.rstrip(",") if death else event
    days = f"in the {study.outcome.days} days that begin on the index date"
    return f"{event}{death} {days} ({_counted_as(study.outcome)})"


def _counted_as(outcome: OutcomeSettings) -> str:
    """What counts as the event, and what does not."""
    if outcome.event == "ed_attendance":
        return "any department; planned follow-up is not counted"
    methods = " ".join(outcome.admission_methods)
    begun = "however begun" if outcome.event == "any_admission" else f"begun by admission method {methods}"
    cases = "" if "2" in outcome.patient_classes else "day cases, "
    return f"a continuous inpatient spell {begun}; {cases}regular attenders and transfers are not counted"


def people_in_words(study: Study) -> str:
    """Who is scored."""
    kinds = " or ".join(study.cohort.opt_outs)
    objections = f", without an objection ({kinds})" if kinds else ""
    ages = (
        f"aged {study.cohort.min_age} or over"
        if study.cohort.max_age >= 120
        else f"aged {study.cohort.min_age} to {study.cohort.max_age}"
    )
    return f"people registered with a practice on the index date, alive, {ages}{objections}"


def definition_in_words(study: Study) -> str:
    """The one written definition of high risk."""
    return f"a risk of {study.high_risk.risk_pct:g} % or more of {outcome_in_words(study)}"


def criteria_in_words(study: Study, role: str) -> str:
    """Who may be on a role's list, in what order, and how many."""
    rule = study.roles[role]
    who = "everyone" if rule.eligible == "True" else rule.eligible
    order = order_in_words(rule.order)
    return f"{sentence(people_in_words(study))}; rule: {who}; order: {order}; capacity: {in_words(rule)}"


def in_this_run(high: int, people: int, expected: float, observed: Mapping[str, Any] | None) -> str:
    """The definition in numbers.

    Parameters
    ----------
    high, people : int
        At high risk, and scored.
    expected : float
        Sum of the risks of those at high risk.
    observed : mapping or None
        At the test index date: listed and events of those at high risk then.
    """
    text = f"{high:,} of {people:,} people."
    if high:
        text += f" Of 100 such people the model expects {100 * expected / high:.0f} to have the outcome."
    if observed and observed["listed"]:
        rate = 100 * observed["events"] / observed["listed"]
        text += f" On the test index date it was {observed['listed']:,} people, of whom {rate:.0f} in 100 had it."
    return text


def header(
    study: Study, role: str, practice: str, day: date, bundle: Bundle, snapshot: Snapshot, book: Mapping[str, Any]
) -> dict[str, str]:
    """What a list says of itself, before its rows.

    Parameters
    ----------
    book : mapping
        cohort, died_since, not_eligible, eligible, capacity, listed, over_capacity.
    """
    rule = study.roles[role]
    left_out = (
        f"{book['not_eligible']:,} did not meet the rule, {book['over_capacity']:,} met it but there was no room, "
        f"{book['died_since']:,} died since the index date"
    )
    until = {name: span["to"] for name, span in snapshot.manifest["data_as_of"].items() if span["to"]}
    gov = study.governance
    return {
        "role": rule.title,
        "practice": practice,
        "index_date": day.isoformat(),
        "criteria": criteria_in_words(study, role),
        "high_risk": sentence(definition_in_words(study)),
        "eligible": f"{book['eligible']}",
        "listed": f"{book['listed']}",
        "scored_in_practice": f"{book['cohort']}",
        "left_out": left_out,
        "data_as_of": "; ".join(f"{name} {last}" for name, last in sorted(until.items())),
        "model": f"{bundle.name} ({bundle.variant}), tested on {bundle.facts['index_dates']['test']}",
        "version": f"riskstrat {__version__}",
        "legal_basis": gov.legal_basis or "not stated in study.toml",
        "reference": gov.reference or "not stated in study.toml",
        "expires_on": (day + timedelta(days=gov.list_expires_after_days)).isoformat(),
        "use": "Supports a decision, makes none. Reasons are associations, not causes. Blank: not assessed, never 0.",
    }
