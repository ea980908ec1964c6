"""What high risk means in a study, who may be listed, and what became of it in the latest run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.features import run_manifest
from riskstrat.lists import (
    DIED,
    NO_ROOM,
    NOT_ELIGIBLE,
    OTHER_ROLE,
    HighRisk,
    definition_in_words,
    effects_in_words,
    people_in_words,
    role_in_words,
)
from riskstrat.modelling import Bundle, as_matrix, labels_of, load_bundle, session_for
from riskstrat.steps.list import lists_manifest
from riskstrat.study import Session, Study
from riskstrat.wording import sentence

_LEFT_OUT = (NOT_ELIGIBLE, NO_ROOM, OTHER_ROLE, DIED)


def criteria(session: Session) -> dict[str, Any]:
    """What high risk means in this study and who may be listed, with the numbers of the latest run where there is one.

    Returns
    -------
    dict
        people, high_risk, bands, roles, decisions; index_date, numbers and this_run (the numbers in words) of the run.
    """
    day = next(reversed(session.folder.run_dates()), None)
    if day:
        session = session_for(session, _bundle_of(session, day))
    study = session.study
    numbers = _high_risk(session, day) if day else None
    books = lists_manifest(session.folder.run(day)).get("lists", []) if day else []
    return {
        "people": sentence(people_in_words(study)),
        "high_risk": sentence(definition_in_words(study)),
        "bands": dict(study.high_risk.bands),
        "index_date": day,
        "numbers": numbers.facts() if numbers else None,
        "this_run": numbers.in_words() if numbers else None,
        "roles": {name: _role(study, name, [b for b in books if b["role"] == name]) for name in study.roles},
        "decisions": effects_in_words(study.decisions),
    }


def _role(study: Study, name: str, books: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A role as it is written, in words, and in numbers of the run where it has lists."""
    role = study.roles[name]
    said = role_in_words(role, study.packages)
    return {
        "title": role.title,
        "purpose": role.purpose,
        "rule": role.eligible,
        "order": list(role.order),
        "capacity": said["capacity"],
        "legal_basis": role.legal_basis or None,
        "in_words": said,
        "this_run": _totals(books) if books else None,
    }


def _totals(books: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The books of a role's lists together; the places of a team of practices once."""
    places = {book.get("team") or f"practice {book['practice']}": book["capacity"] for book in books}
    decided: Counter[str] = Counter()
    for book in books:
        decided.update(book.get("hidden", {}))
    return {
        "eligible": sum(book["eligible"] for book in books),
        "places": sum(places.values()),
        "listed": sum(book["listed"] for book in books),
        "left_out": {reason: sum(book.get(reason, 0) for book in books) for reason in _LEFT_OUT},
        "left_out_by_decision": dict(sorted(decided.items())),
    }


def _high_risk(session: Session, day: date) -> HighRisk:
    """The definition in the numbers of a run, and what became of those at high risk on the test index date."""
    folder, bound = session.folder.run(day), session.study.high_risk.risk_pct / 100
    risk = pq.read_table(folder / "scores.parquet", columns=["risk"]).column("risk").to_numpy()
    high = risk >= bound
    return HighRisk(len(risk), int(high.sum()), float(risk[high].sum()), *_observed(session, day, bound))


def _bundle_of(session: Session, day: date) -> Bundle:
    """The model of a run."""
    folder = session.folder.bundle(run_manifest(session.folder.run(day))["model"])
    return load_bundle(folder, session.study.packages)


def _observed(session: Session, day: date, bound: float) -> tuple[date | None, int, int]:
    """The test index date, how many were at high risk then and how many had the outcome; no date where not known."""
    bundle = _bundle_of(session, day)
    tested = bundle.facts["index_dates"]["test"]
    folder = session.folder.run(tested)
    if run_manifest(folder).get("followed_days", 0) < session.study.outcome.days:
        return None, 0, 0
    batches = zip(read_batches(folder / "features.parquet"), read_batches(folder / "outcomes.parquet"), strict=True)
    then = had = 0
    for features, outcomes in batches:
        high = bundle.risk(as_matrix(features, bundle.columns)) >= bound
        age = features.column("age").to_numpy().astype(float)
        then += int(high.sum())
        had += int(labels_of(outcomes, session.study.outcome, age).outcome[high].sum())
    return tested, then, had
