"""Questions about a run: why this patient, and what high risk means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.bundle import as_matrix, load
from riskstrat.criteria import definition_in_words, in_this_run, people_in_words
from riskstrat.engine import read_batches
from riskstrat.errors import NothingToDoError
from riskstrat.explain import drivers
from riskstrat.lists.policy import in_words
from riskstrat.pipeline.building import manifest
from riskstrat.pipeline.context import Context
from riskstrat.study import RoleSettings


def explain(context: Context, patient_id: str, index_date: date | None = None) -> dict[str, Any]:
    """Why a patient has this risk, and which lists the patient is on.

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
    chosen = context.plan(context.home.snapshot())
    row = pa.concat_tables(
        [b.filter(pc.equal(b["patient_id"], patient_id)) for b in read_batches(folder / "features.parquet")]
    )
    found = drivers(bundle, row, chosen.features)[0]
    facts = scored.to_pylist()[0]
    return {
        "patient_id": patient_id, "index_date": day, "model": bundle.name, "risk_pct": round(100 * facts["risk"], 1),
        "percentile": round(facts["percentile"], 1), "band": facts["band"],
        "raises": [_said(d) for d in found if d.log_odds > 0 and d.phrase][:8],
        "lowers": [_said(d) for d in reversed(found) if d.log_odds < 0][:5],
        "not_assessed": _not_assessed(row, bundle.columns),
        "lists": _lists(context, day, patient_id, scored.column("practice_code")[0].as_py()),
    }  # fmt: skip


def _said(driver: Any) -> dict[str, Any]:
    phrase = driver.phrase or driver.topic.replace("_", " ")
    return {"topic": driver.topic, "says": phrase, "log_odds": round(driver.log_odds, 3)}


def _not_assessed(row: pa.Table, columns: tuple[str, ...]) -> list[str]:
    facts = row.to_pylist()[0]
    return [name for name in columns if name.endswith("_latest") and facts[name] is None]


def _lists(context: Context, day: date, patient_id: str, practice: str) -> list[dict[str, Any]]:
    """For each role, the rank, or that the patient is not on its list."""
    path = context.home.run(day) / "lists" / "lists.parquet"
    if not path.is_file():
        return []
    mine = pq.read_table(path, columns=["role", "rank"], filters=pc.field("patient_id") == patient_id).to_pylist()
    rank = {one["role"]: int(one["rank"]) for one in mine}
    return [
        {
            "role": name,
            "rank": rank.get(name),
            "rule": role.eligible,
            "order": list(role.order),
            "capacity": in_words(role),
        }
        for name, role in context.study.roles.items()
    ]


def _last_scored(context: Context) -> date:
    dates = context.home.run_dates()
    if not dates:
        raise NothingToDoError("No index date has been scored yet.", do="Run `riskstrat score` first.")
    return dates[-1]


def criteria(context: Context) -> dict[str, Any]:
    """What high risk means in this study, with the numbers of the latest run where there is one."""
    study = context.study
    said: dict[str, Any] = {
        "people": people_in_words(study).capitalize(),
        "high_risk": definition_in_words(study).capitalize(),
        "bands": dict(study.high_risk.bands),
        "roles": {name: _role(role) for name, role in study.roles.items()},
        "this_run": None,
    }  # fmt: skip
    dates = context.home.run_dates()
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
    if not (folder / "outcomes.parquet").is_file():
        return None
    batches = zip(read_batches(folder / "features.parquet"), read_batches(folder / "outcomes.parquet"), strict=True)
    listed = events = 0
    for features, outcomes in batches:
        high = bundle.risk(as_matrix(features, bundle.columns)) >= context.study.high_risk.risk_pct / 100
        listed += int(high.sum())
        events += int(np.asarray(outcomes.column("outcome"))[high].sum())
    return {"listed": listed, "events": events}
