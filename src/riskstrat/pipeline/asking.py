"""Questions about a run: why this patient, and what high risk means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.bundle import as_matrix, load
from riskstrat.criteria import definition_in_words, in_this_run, people_in_words
from riskstrat.engine import read_batches
from riskstrat.errors import NothingToDoError
from riskstrat.explain import Driver, drivers
from riskstrat.labels import labels_of
from riskstrat.lists.eligibility import eligible
from riskstrat.lists.facts import facts, named_in
from riskstrat.lists.policy import in_words
from riskstrat.pipeline.building import manifest
from riskstrat.pipeline.context import Context
from riskstrat.pipeline.listing import held_cases, known_deaths
from riskstrat.store import Snapshot
from riskstrat.study import RoleSettings
from riskstrat.wording import sentence


def explain(context: Context, patient_id: str, index_date: date | None = None) -> dict[str, Any]:
    """Why a patient has this risk, and why on or off each list.

    Raises
    ------
    NothingToDoError
        If that index date was not scored, or the patient was not in its cohort.
    """
    day = index_date or _last_scored(context)
    folder = context.home.run(day)
    if "score_key" not in manifest(folder):
        raise NothingToDoError(f"There are no scores for {day}.", do=f"Run `riskstrat score --index-date {day}` first.")
    scored = pq.read_table(folder / "scores.parquet", filters=pc.field("patient_id") == patient_id)
    if not scored.num_rows:
        do = "They may be unregistered, under age, deceased or have objected on that day."
        raise NothingToDoError(f"That patient is not in the cohort of {day}.", do=do)
    bundle = load(context.home.bundle(manifest(folder)["model"]))
    snapshot = context.home.snapshot()
    chosen = context.plan(snapshot)
    row = pa.concat_tables(
        [b.filter(pc.equal(b["patient_id"], patient_id)) for b in read_batches(folder / "features.parquet")]
    )
    found = drivers(bundle, row, chosen.features)[0]
    mine = scored.to_pylist()[0]
    return {
        "patient_id": patient_id, "index_date": day, "model": bundle.name, "risk_pct": round(100 * mine["risk"], 1),
        "percentile": round(mine["percentile"], 1), "band": mine["band"],
        "raises": [_said(d) for d in found if d.log_odds > 0 and d.phrase][:8],
        "lowers": [_said(d) for d in reversed(found) if d.log_odds < 0 and d.phrase][:5],
        "lowers_by_absence": [d.topic for d in reversed(found) if d.log_odds < 0 and not d.phrase][:8],
        "not_assessed": _not_assessed(row, bundle.columns),
        "lists": _lists(context, snapshot, folder, scored, row),
    }  # fmt: skip


def _said(driver: Driver) -> dict[str, Any]:
    return {"topic": driver.topic, "says": driver.phrase, "log_odds": round(driver.log_odds, 3)}


def _not_assessed(row: pa.Table, columns: tuple[str, ...]) -> list[str]:
    assessed = row.to_pylist()[0]
    return [name for name in columns if name.endswith("_latest") and assessed[name] is None]


def _lists(context: Context, snapshot: Snapshot, folder: Path, scored: pa.Table, row: pa.Table) -> list[dict[str, Any]]:
    """For each role: the rank, or why the patient is not on its list."""
    path, patient = folder / "lists" / "lists.parquet", scored.column("patient_id")[0].as_py()
    if not path.is_file():
        return []
    chosen = pc.field("patient_id") == patient
    ranks = pq.read_table(path, columns=["role", "rank"], filters=chosen).to_pylist()
    rank = {one["role"]: int(one["rank"]) for one in ranks}
    person = pq.read_table(folder / "cohort.parquet", filters=chosen)
    day, roles = scored.column("index_date")[0].as_py(), context.study.roles
    known = facts(scored, row, person, held_cases(snapshot, day), named_in(roles.values()))
    died = patient in known_deaths(snapshot)
    return [
        {**_role(role), "role": name, "rank": rank.get(name), "why": _why(role, known, rank.get(name), died)}
        for name, role in roles.items()
    ]


def _why(role: RoleSettings, known: pd.DataFrame, rank: int | None, died: bool) -> str:
    if rank is not None:
        return f"listed, rank {rank}"
    if died:
        return "not listed: has died since the index date, as far as the extracts know"
    if not eligible(role.eligible, known)[0]:
        return "not listed: does not meet the rule"
    return "not listed: meets the rule, but others come before and there is no more room"


def _last_scored(context: Context) -> date:
    dates = context.home.run_dates()
    if not dates:
        raise NothingToDoError("No index date has been scored yet.", do="Run `riskstrat score` first.")
    return dates[-1]


def criteria(context: Context) -> dict[str, Any]:
    """What high risk means in this study, with the numbers of the latest run where there is one."""
    dates = context.home.run_dates()
    if dates:
        context = context.for_model(load(context.home.bundle(manifest(context.home.run(dates[-1]))["model"])))
    study = context.study
    said: dict[str, Any] = {
        "people": sentence(people_in_words(study)),
        "high_risk": sentence(definition_in_words(study)),
        "bands": dict(study.high_risk.bands),
        "roles": {name: _role(role) for name, role in study.roles.items()},
        "this_run": None,
    }  # fmt: skip
    if dates:
        folder = context.home.run(dates[-1])
        risk = pq.read_table(folder / "scores.parquet", columns=["risk"]).column("risk").to_numpy()
        high = risk >= study.high_risk.risk_pct / 100
        observed = _observed(context, manifest(folder)["model"])
        said["index_date"] = dates[-1]
        said["this_run"] = in_this_run(int(high.sum()), len(risk), float(risk[high].sum()), observed)
    return said


def _role(role: RoleSettings) -> dict[str, Any]:
    return {"title": role.title, "rule": role.eligible, "order": list(role.order), "capacity": in_words(role)}


def _observed(context: Context, model: str) -> Mapping[str, Any] | None:
    """What became of those at high risk on the test index date."""
    bundle = load(context.home.bundle(model))
    folder = context.home.run(bundle.facts["index_dates"]["test"])
    if manifest(folder).get("followed_days", 0) < context.study.outcome.days:
        return None
    batches = zip(read_batches(folder / "features.parquet"), read_batches(folder / "outcomes.parquet"), strict=True)
    listed = events = 0
    for features, outcomes in batches:
        high = bundle.risk(as_matrix(features, bundle.columns)) >= context.study.high_risk.risk_pct / 100
        listed += int(high.sum())
        age = features.column("age").to_numpy().astype(float)
        events += int(labels_of(outcomes, context.study.outcome, age).outcome[high].sum())
    return {"listed": listed, "events": events}
