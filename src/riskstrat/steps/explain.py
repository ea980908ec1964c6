"""One patient of a run: the risk and its drivers, what was before, who holds the case, and why on or off each list."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.errors import NothingToDoError
from riskstrat.features import Plan, plan_for, run_manifest
from riskstrat.governance import PURGED, encrypt_file
from riskstrat.lists import (
    NOT_ELIGIBLE,
    Issue,
    cases_at,
    check_recipients,
    decisions_at,
    decisions_standing,
    definition_in_words,
    details,
    facts,
    key_of_list,
    labels,
    model_of,
    patient_html,
    places_in_words,
    responsible,
    rule_in_words,
    safe_name,
    triggers_of,
    why,
    without,
)
from riskstrat.modelling import Driver, drivers, session_for
from riskstrat.steps.list import lists_manifest, model_that_scored
from riskstrat.study import Session, read_decisions
from riskstrat.tables import Lookback, date_of, write_text
from riskstrat.wording import sentence


def explain(session: Session, patient_id: str, index_date: date | None = None) -> dict[str, Any]:
    """Why a patient has this risk, and why on or off each list.

    Raises
    ------
    NothingToDoError
        If that index date was not scored, or the patient was not in its cohort.
    """
    day = index_date or _last_scored(session)
    folder = session.folder.run(day)
    scored = _scored(folder, day, patient_id)
    bundle = model_that_scored(session, folder)
    session = session_for(session, bundle)
    chosen = plan_for(session, session.folder.snapshot())
    row = _row(folder / "features.parquet", patient_id)
    told = _told(session, folder, day, scored, row, chosen)
    on = told["on_caseload"] if isinstance(told["on_caseload"], str) else None
    lists = _lists(session, folder, patient_id)
    expires = lists_manifest(folder).get("expires_on")
    return {
        **_risk(session, scored.to_pylist()[0], day, bundle.name),
        "age_band": told["age_band"],
        "sex": told["sex"],
        **_drivers(drivers(bundle, row, chosen.features)[0]),
        "not_assessed": _not_assessed(row, bundle.columns),
        "history": _history(session, day, patient_id),
        "decisions": _decisions(session, day, patient_id, scored.column("practice_code")[0].as_py()),
        "to_do": [{"who": who, "what": what} for who, what in triggers_of(row)],
        "data_gaps": _split(told["data_gaps"]),
        "conditions": _split(told["long_term_conditions"]),
        "flags": {name: _flag(told[name]) for name in ("care_home", "end_of_life_register")},
        "on_caseload": on,
        "responsible_role": responsible(on, [one["role"] for one in lists if one["rank"]], list(session.study.roles)),
        "lists": lists,
        "legal_basis": session.study.governance.legal_basis or None,
        "expires_on": date.fromisoformat(expires) if expires else None,
    }


def _scored(folder: Path, day: date, patient_id: str) -> pa.Table:
    """The patient's row of the scores."""
    if "score_key" not in run_manifest(folder):
        raise NothingToDoError(
            f"There are no scores for {day}.", advice=f"Run `riskstrat score --index-date {day}` first."
        )
    scored = pq.read_table(folder / "scores.parquet", filters=pc.field("patient_id") == patient_id)
    if not scored.num_rows:
        do = "They may be unregistered, under age, deceased or have objected on that day."
        raise NothingToDoError(f"That patient is not in the cohort of {day}.", advice=do)
    return scored


def _row(features: Path, patient_id: str) -> pa.Table:
    """The patient's row of the matrix."""
    batches = read_batches(features)
    return pa.concat_tables([batch.filter(pc.equal(batch["patient_id"], patient_id)) for batch in batches])


def _told(session: Session, folder: Path, day: date, scored: pa.Table, row: pa.Table, chosen: Plan) -> pd.Series:
    """What a list would say of the patient's record."""
    mine = pc.field("patient_id") == scored.column("patient_id")[0].as_py()
    person = pq.read_table(folder / "cohort.parquet", filters=mine)
    _, held = cases_at(session, session.folder.snapshot(), day, decisions_at(session, day))
    cut = date_of(Lookback(day, session.study.timing.data_lag_days).cut)
    return details(facts(scored, row, person, held, ()), row, chosen.features, cut).iloc[0]


def write_page(session: Session, facts: dict[str, Any]) -> Path:
    """Write a page about a patient for the meeting, into the folder of the practice's lists.

    It is encrypted if they are, and goes when they are made again, or expire and are purged.

    Parameters
    ----------
    facts : dict
        See `explain`.

    Raises
    ------
    NothingToDoError
        If there are no lists that it could stand with.
    StudyError
        If it is to be encrypted and the practice has no key.
    """
    lists = session.folder.run(facts["index_date"]) / "lists"
    how = lists_manifest(lists.parent)
    if PURGED in how or not how:
        do = "Run `riskstrat list` for that date, if they are needed."
        raise NothingToDoError(
            f"There are no lists of {facts['index_date']}, so that no page belongs to them.", advice=do
        )
    check_recipients(session.study, [facts["practice_code"]], Issue(encrypt=how.get("encrypt", False)))
    name = f"patient-{sha256(facts['patient_id'].encode()).hexdigest()[:12]}.html"
    path = lists / safe_name(facts["practice_code"]) / name
    services = [role for role, settings in session.study.roles.items() if settings.own_basis]
    write_text(path, patient_html(_for_the_practice(facts, services)))
    key = key_of_list(session.study, facts["practice_code"], name) if how.get("encrypt") else None
    return encrypt_file(path, key) if key else path


def _for_the_practice(facts: dict[str, Any], services: Collection[str]) -> dict[str, Any]:
    """What a practice may see of a patient: nothing of what other services list, hold or decided."""
    ours = {name: [one for one in facts[name] if one["role"] not in services] for name in ("lists", "decisions")}
    held = without(pd.Series([facts["on_caseload"]], dtype=object), services).iloc[0]
    answers = facts["responsible_role"]
    return {**facts, **ours, "on_caseload": held, "responsible_role": None if answers in services else answers}


def _risk(session: Session, scored: dict[str, Any], day: date, model: str) -> dict[str, Any]:
    return {
        "patient_id": scored["patient_id"],
        "practice_code": scored["practice_code"],
        "index_date": day,
        "model": model,
        "risk_pct": round(100 * scored["risk"], 1),
        "percentile": round(scored["percentile"], 1),
        "band": scored["band"],
        "high_risk": 100 * scored["risk"] >= session.study.high_risk.risk_pct,
        "definition": sentence(definition_in_words(session.study)),
    }


def _drivers(found: list[Driver]) -> dict[str, Any]:
    lowering = [one for one in reversed(found) if one.log_odds < 0]
    return {
        "raises": [_said(one) for one in found if one.log_odds > 0 and one.phrase][:8],
        "lowers": [_said(one) for one in lowering if one.phrase][:5],
        "lowers_by_absence": [one.topic for one in lowering if not one.phrase][:8],
    }


def _said(driver: Driver) -> dict[str, Any]:
    return {"topic": driver.topic, "says": driver.phrase, "log_odds": round(driver.log_odds, 3)}


def _not_assessed(row: pa.Table, columns: tuple[str, ...]) -> list[str]:
    assessed = row.to_pylist()[0]
    return [name for name in columns if name.endswith("_latest") and assessed[name] is None]


def _split(text: Any) -> list[str]:
    return text.split("; ") if isinstance(text, str) and text else []


def _flag(value: Any) -> bool | None:
    return None if pd.isna(value) else bool(value)


def _history(session: Session, day: date, patient_id: str) -> list[dict[str, Any]]:
    """The patient's risk at every run up to a day, oldest first, and whether the same model gave it."""
    found = []
    model = model_of(session.folder.run(day))
    for one in [run for run in session.folder.run_dates() if run <= day]:
        path = session.folder.run(one) / "scores.parquet"
        rows = pq.read_table(path, columns=["risk"], filters=pc.field("patient_id") == patient_id).to_pylist()
        same = model_of(path.parent) == model
        found += [{"index_date": one, "risk_pct": round(100 * row["risk"], 1), "same_model": same} for row in rows]
    return found


def _decisions(session: Session, day: date, patient_id: str, practice: str) -> list[dict[str, Any]]:
    """All that the practice's teams have decided on the patient on lists up to a day, with the day on which it ends."""
    rows = read_decisions(session.folder.path)
    rows = rows[(rows["patient_id"] == patient_id) & (rows["practice_code"] == practice)]
    return [_decision(session, one) for _, one in rows.sort_values("entry").iterrows() if one["index_date"] <= day]


def _decision(session: Session, one: pd.Series) -> dict[str, Any]:
    ends = decisions_standing(one.to_frame().T, session.study.decisions, date.max).iloc[0]
    return {
        "decided_on": _day(one["decided_on"]) or _day(one["index_date"]), "role": one["role"],
        "decision": one["decision"], "reason": one["reason"] if isinstance(one["reason"], str) else None,
        "until": _day(ends["until"]) if ends["reach"] != "none" else None,
        "held_until": _day(ends["holds_until"]) if one["decision"] == "accepted" else None,
    }  # fmt: skip


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def _lists(session: Session, folder: Path, patient: str) -> list[dict[str, Any]]:
    """For each role: the rank, or why the patient is not on its list; as it was decided when the lists were made."""
    lists = folder / "lists"
    if not (lists / "fates.parquet").is_file():
        return []
    mine = pc.field("patient_id") == patient
    fates = pq.read_table(lists / "fates.parquet", filters=mine).to_pylist()[0]
    ranks = pq.read_table(lists / "lists.parquet", columns=["role", "rank"], filters=mine).to_pylist()
    off = pq.read_table(lists / "kept_off.parquet", filters=mine).to_pylist()
    rank, decided = {one["role"]: int(one["rank"]) for one in ranks}, {one["role"]: one for one in off}
    return [
        {
            "role": name, "title": role.title, "rule": role.eligible, "order": list(role.order),
            "in_words": rule_in_words(role.eligible, labels(session.study.packages)),
            "capacity": places_in_words(role), "rank": rank.get(name),
            "why": f"listed, rank {rank[name]}" if name in rank else _why(fates[name], decided.get(name)),
        }
        for name, role in session.study.roles.items() if name in fates
    ]  # fmt: skip


def _why(fate: str, decided: dict[str, Any] | None) -> str:
    if decided is None:
        return "not listed: " + ("does not meet the rule" if fate == NOT_ELIGIBLE else why(fate))
    until = pd.Timestamp(decided["stands_until"]).date()
    by = decided["stands_by"].replace("_", " ")
    return f"not listed: left out until {until} by the decision {decided['stands'].replace('_', ' ')} of {by}"


def _last_scored(session: Session) -> date:
    dates = session.folder.run_dates()
    if not dates:
        raise NothingToDoError("No index date has been scored yet.", advice="Run `riskstrat score` first.")
    return dates[-1]
