"""Describe what high risk means in a study and who may be listed, with the numbers of the latest run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.lists import (
    DIED,
    NO_ROOM,
    NOT_ELIGIBLE,
    OTHER_ROLE,
    HighRisk,
    HighRiskFacts,
    ListCounts,
    RoleWords,
    ScoredRun,
    definition_in_words,
    effects_in_words,
    people_in_words,
    role_in_words,
)
from riskstrat.modelling import Bundle, as_matrix, labels_of, load_bundle, session_for
from riskstrat.study import Session, Study
from riskstrat.wording import sentence

_LEFT_OUT = (NOT_ELIGIBLE, NO_ROOM, OTHER_ROLE, DIED)


class RoleNumbers(TypedDict):
    """Counts of a role's lists in a run, all practices together."""

    eligible: int
    places: int
    listed: int
    left_out: dict[str, int]
    left_out_by_decision: dict[str, int]


class RoleCriteria(TypedDict):
    """A role as written in study.toml, in words, and in numbers of the latest run if it has lists."""

    title: str
    purpose: str
    rule: str
    order: list[str]
    capacity: str
    legal_basis: str | None
    in_words: RoleWords
    this_run: RoleNumbers | None


class Criteria(TypedDict):
    """The output of `riskstrat criteria`; `this_run` is the numbers of the latest run in words."""

    people: str
    high_risk: str
    bands: dict[str, float]
    index_date: date | None
    numbers: HighRiskFacts | None
    this_run: str | None
    roles: dict[str, RoleCriteria]
    decisions: dict[str, str]


def criteria(session: Session) -> Criteria:
    """Describe what high risk means and who may be listed, with the numbers of the latest run, if any."""
    day = next(reversed(session.folder.run_dates()), None)
    run = ScoredRun(session.folder.run(day)) if day else None
    numbers = None
    if run:
        bundle = load_bundle(session.folder.bundle(run.manifest["model"]), session.study.packages)
        session = session_for(session, bundle)
        numbers = _high_risk(session, run, bundle)
    study, lists = session.study, run.lists.get("lists", []) if run else []
    of_role = {name: [one for one in lists if one["role"] == name] for name in study.roles}
    return {
        "people": sentence(people_in_words(study)),
        "high_risk": sentence(definition_in_words(study)),
        "bands": dict(study.high_risk.bands),
        "index_date": day,
        "numbers": numbers.facts() if numbers else None,
        "this_run": numbers.in_words() if numbers else None,
        "roles": {name: _role(study, name, of_role[name]) for name in study.roles},
        "decisions": effects_in_words(study.decisions),
    }


def _role(study: Study, name: str, lists: Sequence[ListCounts]) -> RoleCriteria:
    role = study.roles[name]
    words = role_in_words(role, study.packages)
    return {
        "title": role.title,
        "purpose": role.purpose,
        "rule": role.eligible,
        "order": list(role.order),
        "capacity": words["capacity"],
        "legal_basis": role.legal_basis or None,
        "in_words": words,
        "this_run": _totals(lists) if lists else None,
    }


def _totals(lists: Sequence[ListCounts]) -> RoleNumbers:
    """Add up the counts of a role's lists; count the places of a team of practices once."""
    places = {one.get("team") or f"practice {one['practice']}": one["capacity"] for one in lists}
    decided: Counter[str] = Counter()
    counts: Sequence[Mapping[str, Any]] = lists
    for one in lists:
        decided.update(one.get("hidden", {}))
    return {
        "eligible": sum(one["eligible"] for one in lists),
        "places": sum(places.values()),
        "listed": sum(one["listed"] for one in lists),
        "left_out": {reason: sum(one.get(reason, 0) for one in counts) for reason in _LEFT_OUT},
        "left_out_by_decision": dict(sorted(decided.items())),
    }


def _high_risk(session: Session, run: ScoredRun, bundle: Bundle) -> HighRisk:
    """Count the patients at high risk in a run, and the outcomes of those at high risk on the test index date."""
    bound = session.study.high_risk.risk_pct / 100
    risk = pq.read_table(run.folder / "scores.parquet", columns=["risk"]).column("risk").to_numpy()
    high = risk >= bound
    return HighRisk(len(risk), int(high.sum()), float(risk[high].sum()), *_observed(session, bundle, bound))


def _observed(session: Session, bundle: Bundle, bound: float) -> tuple[date | None, int, int]:
    """Count the patients at high risk on the test index date and their outcomes; no date if these are incomplete."""
    tested = bundle.facts["index_dates"]["test"]
    run = ScoredRun(session.folder.run(tested))
    if run.manifest.get("followed_days", 0) < session.study.outcome.days:
        return None, 0, 0
    folder = run.folder
    batches = zip(read_batches(folder / "features.parquet"), read_batches(folder / "outcomes.parquet"), strict=True)
    then = had = 0
    for features, outcomes in batches:
        high = bundle.risk(as_matrix(features, bundle.columns)) >= bound
        age = features.column("age").to_numpy().astype(float)
        then += int(high.sum())
        had += int(labels_of(outcomes, session.study.outcome, age).outcome[high].sum())
    return tested, then, had
