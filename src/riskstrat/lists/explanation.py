"""Explain one patient: the risk and its drivers, earlier risks and decisions, the caseload, and each list."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.lists.changes import why
from riskstrat.lists.criteria import definition_in_words, labels
from riskstrat.lists.decisions import decisions_standing
from riskstrat.lists.facts import details, facts
from riskstrat.lists.inputs import ListInputs
from riskstrat.lists.places import places_in_words
from riskstrat.lists.plain_english import rule_in_words
from riskstrat.lists.prompts import triggers_of
from riskstrat.lists.runs import ScoredRun
from riskstrat.lists.selection import NOT_ELIGIBLE, responsible, without
from riskstrat.modelling import Driver, drivers
from riskstrat.study import DecisionSettings, Study
from riskstrat.tables import Lookback, date_of
from riskstrat.wording import sentence

_FLAGS = ("care_home", "end_of_life_register")


class DriverFact(TypedDict):
    """A topic that raises or lowers the risk, described with the patient's own values."""

    topic: str
    says: str | None
    log_odds: float


class PastRisk(TypedDict):
    """The risk at a run, and whether today's model made it."""

    index_date: date
    risk_pct: float
    same_model: bool


class PastDecision(TypedDict):
    """A decision of a team, with the end of its effect and of the caseload."""

    decided_on: date | None
    role: str
    decision: str
    reason: str | None
    until: date | None
    held_until: date | None


class OnList(TypedDict):
    """A role's rule, and the patient's rank on its list or why the patient is not listed."""

    role: str
    title: str
    rule: str
    order: list[str]
    in_words: str
    capacity: str
    rank: int | None
    why: str


class Explanation(TypedDict):
    """What `riskstrat explain` shows of a patient; `page` is the path of the page, if one was written."""

    patient_id: str
    practice_code: str
    index_date: date
    model: str
    risk_pct: float
    percentile: float
    band: str
    high_risk: bool
    definition: str
    age_band: str
    sex: str
    raises: list[DriverFact]
    lowers: list[DriverFact]
    lowers_by_absence: list[str]
    not_assessed: list[str]
    history: list[PastRisk]
    decisions: list[PastDecision]
    to_do: list[dict[str, str]]
    data_gaps: list[str]
    conditions: list[str]
    flags: dict[str, bool | None]
    on_caseload: str | None
    responsible_role: str | None
    lists: list[OnList]
    legal_basis: str | None
    expires_on: date | None
    page: NotRequired[Path]


def explain_patient(inputs: ListInputs, scored: pa.Table) -> Explanation:
    """Explain a patient's risk and lists, given the patient's row of the scores."""
    study, person = inputs.session.study, scored.to_pylist()[0]
    patient, practice = person["patient_id"], person["practice_code"]
    row = inputs.run.rows_of("features", pd.Series([patient]))
    record = _row_of_list(inputs, scored, row)
    found = drivers(inputs.bundle, row, inputs.plan.features)[0]
    lowering = [one for one in reversed(found) if one.log_odds < 0]
    on = record["on_caseload"] if isinstance(record["on_caseload"], str) else None
    lists, expires = _lists(study, inputs.run, patient), inputs.run.lists.get("expires_on")
    return {
        "patient_id": patient,
        "practice_code": practice,
        "index_date": inputs.day,
        "model": inputs.bundle.name,
        "risk_pct": round(100 * person["risk"], 1),
        "percentile": round(person["percentile"], 1),
        "band": person["band"],
        "high_risk": 100 * person["risk"] >= study.high_risk.risk_pct,
        "definition": sentence(definition_in_words(study)),
        "age_band": record["age_band"],
        "sex": record["sex"],
        "raises": [_driver_fact(one) for one in found if one.log_odds > 0 and one.phrase][:8],
        "lowers": [_driver_fact(one) for one in lowering if one.phrase][:5],
        "lowers_by_absence": [one.topic for one in lowering if not one.phrase][:8],
        "not_assessed": _not_assessed(row, inputs.bundle.columns),
        "history": _history(inputs, patient),
        "decisions": _decisions(inputs, patient, practice),
        "to_do": [{"who": who, "what": what} for who, what in triggers_of(row)],
        "data_gaps": _split(record["data_gaps"]),
        "conditions": _split(record["long_term_conditions"]),
        "flags": {name: None if pd.isna(record[name]) else bool(record[name]) for name in _FLAGS},
        "on_caseload": on,
        "responsible_role": responsible(on, [one["role"] for one in lists if one["rank"]], list(study.roles)),
        "lists": lists,
        "legal_basis": study.governance.legal_basis or None,
        "expires_on": date.fromisoformat(expires) if expires else None,
    }


def for_the_practice(known: Explanation, services: Collection[str]) -> Explanation:
    """Remove what a practice may not see: lists, caseloads and decisions of other services."""
    seen = known.copy()
    seen["lists"] = [one for one in known["lists"] if one["role"] not in services]
    seen["decisions"] = [one for one in known["decisions"] if one["role"] not in services]
    seen["on_caseload"] = without(pd.Series([known["on_caseload"]], dtype=object), services).iloc[0]
    seen["responsible_role"] = None if known["responsible_role"] in services else known["responsible_role"]
    return seen


def _row_of_list(inputs: ListInputs, scored: pa.Table, row: pa.Table) -> pd.Series:
    """Make the columns that a list would show of the patient's record."""
    mine = pc.field("patient_id") == scored.column("patient_id")[0].as_py()
    person = pq.read_table(inputs.run.folder / "cohort.parquet", filters=mine)
    cut = date_of(Lookback(inputs.day, inputs.session.study.timing.data_lag_days).cut)
    return details(facts(scored, row, person, inputs.cases[1], ()), row, inputs.plan.features, cut).iloc[0]


def _driver_fact(driver: Driver) -> DriverFact:
    return {"topic": driver.topic, "says": driver.phrase, "log_odds": round(driver.log_odds, 3)}


def _not_assessed(row: pa.Table, columns: Sequence[str]) -> list[str]:
    assessed = row.to_pylist()[0]
    return [name for name in columns if name.endswith("_latest") and assessed[name] is None]


def _split(text: Any) -> list[str]:
    return text.split("; ") if isinstance(text, str) and text else []


def _history(inputs: ListInputs, patient: str) -> list[PastRisk]:
    """Read the patient's risk at every run up to a day, oldest first."""
    found: list[PastRisk] = []
    for run in (*inputs.earlier, inputs.run):
        path, mine = run.folder / "scores.parquet", pc.field("patient_id") == patient
        risks = pq.read_table(path, columns=["risk"], filters=mine)["risk"].to_pylist()
        same = run.model == inputs.run.model
        found += [{"index_date": run.day, "risk_pct": round(100 * risk, 1), "same_model": same} for risk in risks]
    return found


def _decisions(inputs: ListInputs, patient: str, practice: str) -> list[PastDecision]:
    """List the decisions of the practice's teams about the patient on lists up to a day."""
    rows = inputs.log[(inputs.log["patient_id"] == patient) & (inputs.log["practice_code"] == practice)]
    rows = rows[rows["index_date"] <= inputs.day].sort_values("entry")
    return [_decision(inputs.session.study.decisions, one) for _, one in rows.iterrows()]


def _decision(settings: DecisionSettings, one: pd.Series) -> PastDecision:
    ends = decisions_standing(one.to_frame().T, settings, date.max).iloc[0]
    return {
        "decided_on": _day(one["decided_on"]) or _day(one["index_date"]), "role": one["role"],
        "decision": one["decision"], "reason": one["reason"] if isinstance(one["reason"], str) else None,
        "until": _day(ends["until"]) if ends["reach"] != "none" else None,
        "held_until": _day(ends["holds_until"]) if one["decision"] == "accepted" else None,
    }  # fmt: skip


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def _lists(study: Study, run: ScoredRun, patient: str) -> list[OnList]:
    """List for each role the rank or why the patient is not listed, as it was when the lists were made."""
    lists, mine = run.folder / "lists", pc.field("patient_id") == patient
    if not (lists / "fates.parquet").is_file():
        return []
    outcomes = pq.read_table(lists / "fates.parquet", filters=mine).to_pylist()[0]
    ranks = pq.read_table(lists / "lists.parquet", columns=["role", "rank"], filters=mine).to_pylist()
    back = pq.read_table(lists / "kept_off.parquet", filters=mine).to_pylist()
    rank, decided = {one["role"]: int(one["rank"]) for one in ranks}, {one["role"]: one for one in back}
    return [
        {
            "role": name, "title": role.title, "rule": role.eligible, "order": list(role.order),
            "in_words": rule_in_words(role.eligible, labels(study.packages)),
            "capacity": places_in_words(role),
            "rank": rank.get(name),
            "why": f"listed, rank {rank[name]}" if name in rank else _why(outcomes[name], decided.get(name)),
        }
        for name, role in study.roles.items() if name in outcomes
    ]  # fmt: skip


def _why(outcome: str, decided: dict[str, Any] | None) -> str:
    if decided is None:
        return "not listed: " + ("does not meet the rule" if outcome == NOT_ELIGIBLE else why(outcome))
    until = pd.Timestamp(decided["stands_until"]).date()
    by = decided["stands_by"].replace("_", " ")
    return f"not listed: excluded until {until} by a decision ({decided['stands'].replace('_', ' ')}, {by})"
