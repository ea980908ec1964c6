"""Fill in the rows of all lists: reasons, what can be done, caseload, and earlier lists and decisions."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.lists.changes import add_changes
from riskstrat.lists.columns import LIST_COLUMN_NAMES
from riskstrat.lists.facts import details
from riskstrat.lists.history import ListHistory
from riskstrat.lists.inputs import ListInputs
from riskstrat.lists.prompts import to_do
from riskstrat.lists.selection import Selections, responsible, without
from riskstrat.modelling import reasons_for
from riskstrat.study import RoleSettings
from riskstrat.tables import Lookback, date_of

UNCONFIRMED = {
    "deceased": "a team recorded that the patient has died, but the extracts do not show it",
    "moved": "a team recorded that the patient has moved, but the extracts do not show it",
}


def describe_rows(inputs: ListInputs, who: Selections) -> pd.DataFrame:
    """Fill in every column of the lists, one row for each listed patient and role."""
    listed = pd.concat([selection.rows for selection in who.by_role.values()], ignore_index=True)
    if listed.empty:
        return listed.reindex(columns=list(LIST_COLUMN_NAMES))
    listed["practice_code"] = listed["practice_code"].astype("str")
    people = listed.drop_duplicates("patient_id", ignore_index=True)
    matrix = inputs.run.rows_of("features", people["patient_id"])
    texts = _details(inputs, people, matrix)
    rows = listed.join(texts.drop(columns=[name for name in listed if name in texts]), on="patient_id")
    rows["to_do"] = _to_do(rows, matrix)
    roles, memory = inputs.session.study.roles, inputs.history
    services = [name for name, role in roles.items() if role.own_basis]
    rows["on_caseload"] = without(rows["on_caseload"], services)
    rows = _shared(rows, roles)
    rows = _decided(rows, memory.decisions[~memory.decisions["role"].isin(services)])
    rows = add_changes(rows, memory.lists, _risk_before(memory, people["patient_id"]))
    rows = rows.round({"risk_pct": 1, "prev_risk_pct": 1, "percentile": 1}).assign(index_date=inputs.day)
    return rows.reindex(columns=list(LIST_COLUMN_NAMES))


def _details(inputs: ListInputs, people: pd.DataFrame, matrix: pa.Table) -> pd.DataFrame:
    """Make the texts and reasons of the listed patients, by pseudonym."""
    features = inputs.plan.features
    cut = date_of(Lookback(inputs.day, inputs.session.study.timing.data_lag_days).cut)
    texts = details(people, matrix, features, cut).set_index("patient_id")
    said = _reasons(inputs, people["patient_id"], matrix)
    for n in range(3):
        texts[f"reason_{n + 1}"] = [one[n] if len(one) > n else None for one in said]
    return texts


def _reasons(inputs: ListInputs, ids: pd.Series, matrix: pa.Table) -> list[list[str]]:
    """Read the reasons of the listed patients as scored, and work out those that scoring left out."""
    scores = inputs.run.rows_of("scores", ids, ["patient_id", "reasons"])
    said: list[Any] = scores.column("reasons").to_pylist()
    absent = [place for place, found in enumerate(said) if found is None]
    rest = matrix.take(pa.array(absent, pa.int64()))
    for place, found in zip(absent, reasons_for(inputs.bundle, rest, inputs.plan.features), strict=True):
        said[place] = found
    return said


def _to_do(rows: pd.DataFrame, matrix: pa.Table) -> pd.Series:
    """Write what can be done, with the facts for the list's own role first."""
    place = pc.index_in(pa.array(rows["patient_id"], pa.string()), matrix.column("patient_id").combine_chunks())
    found = pd.Series(None, rows.index, dtype=object)
    for role, group in rows.groupby("role", sort=False):
        mine = matrix.take(place.take(pa.array(group.index)))
        found[group.index] = to_do(mine, str(role))
    return found


def _shared(rows: pd.DataFrame, roles: Mapping[str, RoleSettings]) -> pd.DataFrame:
    """Add the other roles whose lists name the patient, and the responsible role.

    A role with a legal basis of its own is another service: other lists do not show its list or caseload.
    """
    on: dict[str, list[str]] = {}
    order = list(roles)
    for role in (name for name in order if not roles[name].own_basis):
        for patient in rows.loc[rows["role"] == role, "patient_id"]:
            on.setdefault(patient, []).append(role)
    named = [on.get(patient, []) for patient in rows["patient_id"]]
    others = ["; ".join(one for one in by if one != role) or None for role, by in zip(rows["role"], named, strict=True)]
    holders = [held if isinstance(held, str) else None for held in rows["on_caseload"]]
    answers = [responsible(held, by, order) for held, by in zip(holders, named, strict=True)]
    rows["other_lists"] = pd.Series(others, rows.index, dtype=object)
    rows["responsible_role"] = pd.Series(answers, rows.index, dtype=object)
    return rows


def _decided(rows: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Add the latest decision and its date, and deaths and moves that the extracts do not confirm."""
    told = decisions[decisions["told"].notna()].sort_values(["told_on", "entry"], kind="stable")
    last: dict[str, Any] = {one["patient_id"]: one for one in told.to_dict("records")}
    of = [last.get(patient) for patient in rows["patient_id"]]
    said: dict[str, list[Any]] = {
        "last_review": [one["told_on"].date() if one else None for one in of],
        "last_outcome": [f"{one['told']} ({one['role']})" if one else None for one in of],
        "data_gaps": [_joined(gap, UNCONFIRMED.get(one["told"]) if one else None)
                      for gap, one in zip(rows["data_gaps"], of, strict=True)],
    }  # fmt: skip
    return rows.assign(**{name: pd.Series(texts, rows.index, dtype=object) for name, texts in said.items()})


def _joined(*texts: Any) -> str | None:
    return "; ".join(text for text in texts if isinstance(text, str)) or None


def _risk_before(memory: ListHistory, ids: pd.Series) -> Mapping[str, float]:
    """Read the risks in percent at the previous run, if the same model made them."""
    if memory.last is None or not memory.same_model:
        return {}
    scores = pq.read_table(memory.last.folder / "scores.parquet", columns=["patient_id", "risk"])
    scores = scores.filter(pc.is_in(scores["patient_id"], pa.array(ids, pa.string()))).to_pandas()
    return dict(zip(scores["patient_id"], scores["risk"] * 100, strict=True))
