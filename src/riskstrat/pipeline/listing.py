"""Scores of an index date -> a list a practice and role, as workbook and CSV, and all of them as one table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.bundle import Bundle, load
from riskstrat.catalogue import all_outputs
from riskstrat.contracts import CaseList
from riskstrat.criteria import header
from riskstrat.engine import read_batches, write_table
from riskstrat.errors import NothingToDoError, StudyError
from riskstrat.explain import drivers, reasons
from riskstrat.governance import last_day_of_lists
from riskstrat.lists.carry import carried
from riskstrat.lists.columns import DECISION_MEANINGS, LIST_COLUMN_NAMES
from riskstrat.lists.facts import details, facts, named_in, role_faults
from riskstrat.lists.policy import Selection, select
from riskstrat.matrix import Plan
from riskstrat.model_card import code_lists_in_words
from riskstrat.pipeline.building import check_supported, manifest
from riskstrat.pipeline.context import Context
from riskstrat.pipeline.governing import may_disclose, snapshot_note
from riskstrat.pipeline.recording import note_of
from riskstrat.retention import PURGED
from riskstrat.store import Snapshot, key_of, whole_folder, write_json
from riskstrat.study import RoleSettings
from riskstrat.windows import Lookback, date_of


def make_lists(
    context: Context, index_date: date | None = None, role: str | None = None, practice: str | None = None
) -> tuple[Path, list[dict[str, Any]]]:
    """Write the lists of an index date.

    Parameters
    ----------
    context : Context
    index_date : date or None
        None for the study's.
    role, practice : str or None
        Report only this role, only this practice; all lists of a run are written together.

    Returns
    -------
    (Path, list of dict)
        The folder of the lists, and the books of each: practice, role, cohort, eligible, capacity, listed ...

    Raises
    ------
    NothingToDoError
        If that index date was not scored, there is no such role or practice, or its lists expired and were purged.
    StudyError
        If a role's rule cannot be used.
    GovernanceError
        If people may not be listed today.
    """
    snapshot = context.home.snapshot()
    day = index_date or context.index_date(snapshot)
    folder = context.home.run(day)
    roles = context.study.roles
    if role is not None and role not in roles:
        raise NothingToDoError(f"There is no role {role!r} in study.toml.", do=f"Roles: {', '.join(roles)}.")
    if "score_key" not in manifest(folder):
        raise NothingToDoError(f"There are no scores for {day}.", do=f"Run `riskstrat score --index-date {day}` first.")
    may_disclose(context, manifest(folder)["snapshot"])
    context.note(inputs=[snapshot_note(context, snapshot), note_of(folder / "scores.parquet", context.home.folder)])
    chosen = context.plan(snapshot)
    check_roles(context, chosen)
    bundle = load(context.home.bundle(manifest(folder)["model"]))
    context = context.for_model(bundle)
    if practice is not None and practice not in _practices(folder):
        raise NothingToDoError(f"No practice of that code is in the cohort on {day}.", do="See the lists of that run.")
    before = [_listed(context.home.run(d)).get("key") for d in context.home.run_dates() if d < day]
    choices = context.study.fingerprint("roles", "governance")
    key = key_of(manifest(folder)["score_key"], choices, snapshot.manifest["key"], before)
    if context.force or _listed(folder).get("key") != key:
        everyone, died = _everyone(snapshot, folder, day, roles)
        selections = {name: select(name, rule, everyone, died) for name, rule in roles.items()}
        rows = _described(context, bundle, chosen, folder, day, selections)
        made = _case_lists(context, snapshot, bundle, day, selections, rows)
        facts = {"key": key, "expires_on": last_day_of_lists(context.study, day)}
        _write(made, rows, day, folder / "lists", facts)
        context.note(outputs=[note_of(folder / "lists" / "lists.parquet", context.home.folder, len(rows))])
    elif PURGED in _listed(folder):
        do = "Set index_date on, or run `riskstrat list --force` if they are needed once more."
        raise NothingToDoError(f"The lists of {day} have expired and were purged.", do=do)
    else:
        context.reporter.say(f"The lists of {day} are current: nothing to do.")
    return folder / "lists", _asked_for(_listed(folder)["lists"], day, role, practice)


def check_roles(context: Context, chosen: Plan) -> None:
    """Refuse rules that cannot be used, before any work is done for them.

    Raises
    ------
    StudyError
        With the place of every fault.
    """
    check_supported(context.study, chosen)
    faults = role_faults(context.study.roles, [column.name for column in chosen.columns])
    if faults:
        raise StudyError("The rules of the roles cannot be used:", faults, "Correct [roles] in study.toml.")


def _practices(folder: Path) -> set[str]:
    return set(
        pc.unique(pq.read_table(folder / "cohort.parquet", columns=["practice_code"])["practice_code"]).to_pylist()
    )


def _listed(folder: Path) -> dict[str, Any]:
    path = folder / "lists" / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _asked_for(lists: list[dict[str, Any]], day: date, role: str | None, practice: str | None) -> list[dict[str, Any]]:
    found = [one for one in lists if role in (None, one["role"]) and practice in (None, one["practice"])]
    if not found:
        raise NothingToDoError(f"No such practice or role on {day}.", do="See the lists folder of the run.")
    return found


def _everyone(
    snapshot: Snapshot, folder: Path, day: date, roles: Mapping[str, RoleSettings]
) -> tuple[pd.DataFrame, np.ndarray]:
    """What eligibility may know of the whole cohort, and who is known to have died since."""
    held, named = held_cases(snapshot, day), named_in(roles.values())
    batches = zip(*[read_batches(folder / f"{name}.parquet") for name in ("scores", "features", "cohort")], strict=True)
    everyone = pd.concat([facts(s, f, c, held, named) for s, f, c in batches], ignore_index=True)
    died = set(known_deaths(snapshot))
    return everyone, everyone["patient_id"].isin(died).to_numpy()


def held_cases(snapshot: Snapshot, day: date) -> dict[str, str]:
    """Pseudonym to the roles whose caseload the person is on."""
    if "caseload" not in snapshot.tables:
        return {}
    rows = pq.read_table(snapshot.folder / "caseload").to_pandas()
    joined = pd.to_datetime(rows["enrolled_date"]) <= pd.Timestamp(day)
    held = rows[joined & ~(pd.to_datetime(rows["left_date"]) <= pd.Timestamp(day))]
    roles = held.groupby("patient_id")["role"].agg(lambda names: "; ".join(sorted(set(names))))
    return {str(patient): str(names) for patient, names in roles.items()}


def known_deaths(snapshot: Snapshot) -> list[str]:
    """Pseudonyms of everyone who has died, as far as the extracts know."""
    rows = pq.read_table(snapshot.folder / "patients", columns=["patient_id", "death_date"])
    return list(rows.filter(pc.is_valid(rows["death_date"])).column("patient_id").to_pylist())


def _described(
    context: Context, bundle: Bundle, chosen: Plan, folder: Path, day: date, selections: Mapping[str, Selection]
) -> pd.DataFrame:
    """The listed of all roles with reasons, texts and what they were before."""
    listed = pd.concat([s.rows for s in selections.values()], ignore_index=True)
    if listed.empty:
        return listed.reindex(columns=["role", *LIST_COLUMN_NAMES])
    matrix = _rows_of(folder / "features.parquet", listed["patient_id"])
    said = [reasons(found) for found in drivers(bundle, matrix, chosen.features)]
    seen = Lookback(day, context.study.timing.data_lag_days)
    rows = details(listed, matrix, chosen.features, date_of(seen.cut))
    for n in range(3):
        rows[f"reason_{n + 1}"] = [one[n] if len(one) > n else None for one in said]
    rows = carried(rows, *_before(context, day))
    rows = rows.round({"risk_pct": 1, "prev_risk_pct": 1, "percentile": 1})
    return rows.reindex(columns=["role", *LIST_COLUMN_NAMES])


def _rows_of(path: Path, ids: pd.Series) -> pa.Table:
    """Rows of the matrix for some people, in their order; a person may occur more than once."""
    wanted = pa.array(ids.unique())
    found = pa.concat_tables([b.filter(pc.is_in(b["patient_id"], wanted)) for b in read_batches(path)])
    place = {one: i for i, one in enumerate(found.column("patient_id").to_pylist())}
    return found.take(pa.array([place[one] for one in ids]))


def _before(context: Context, day: date) -> tuple[list[pd.DataFrame], dict[str, float]]:
    """Lists of earlier runs, and everyone's risk at the last one."""
    past = [context.home.run(d) for d in context.home.run_dates() if d < day]
    past = [folder for folder in past if (folder / "lists" / "lists.parquet").is_file()]
    if not past:
        return [], {}
    columns = ["role", "patient_id", "rank"]
    lists = [pq.read_table(folder / "lists" / "lists.parquet", columns=columns).to_pandas() for folder in past]
    scores = pq.read_table(past[-1] / "scores.parquet", columns=["patient_id", "risk"]).to_pandas()
    return lists, dict(zip(scores["patient_id"], scores["risk"] * 100, strict=True))


def safe_name(text: str) -> str:
    """A file name from data: itself if plain, else a digest, so that nothing in it can leave the folder.

    >>> safe_name("A81001"), safe_name("../x")[:9]
    ('A81001', 'practice-')
    """
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}", text)
    return text if plain else "practice-" + sha256(text.encode()).hexdigest()[:12]


def _case_lists(
    context: Context,
    snapshot: Snapshot,
    bundle: Bundle,
    day: date,
    selections: Mapping[str, Selection],
    rows: pd.DataFrame,
) -> list[tuple[CaseList, dict[str, Any]]]:
    """Every list with its books, practice by practice."""
    made = []
    for name, selection in selections.items():
        for practice, book in selection.books.sort_index().iterrows():
            mine = rows[(rows["role"] == name) & (rows["practice_code"] == practice)].drop(columns="role")
            counts = {str(k): int(v) for k, v in book.items()}
            about = header(context.study, name, str(practice), day, bundle, snapshot, counts)
            about["code_lists"] = code_lists_in_words(bundle)
            one = CaseList(str(practice), name, about, mine.reset_index(drop=True), tuple(DECISION_MEANINGS))
            made.append((one, {"practice": str(practice), "role": name, **counts}))
    return made


def _write(
    made: list[tuple[CaseList, dict[str, Any]]], rows: pd.DataFrame, day: date, folder: Path, facts: Mapping[str, Any]
) -> None:
    """All lists into a folder that takes the place of the old one whole."""
    with whole_folder(folder) as into:
        jobs = [(one, into / safe_name(one.practice) / one.role) for one, _ in made]
        joblib.Parallel(n_jobs=1 if len(jobs) < 64 else -1)(joblib.delayed(_write_one)(*job) for job in jobs)
        table = pa.Table.from_pandas(_storable(rows.assign(index_date=day)), preserve_index=False)
        write_table(table, into / "lists.parquet")
        write_json(into / "manifest.json", {**facts, "lists": [book for _, book in made]})


def _write_one(one: CaseList, stem: Path) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    for output in all_outputs().values():
        output.write(one, stem.with_name(stem.name + output.suffix))


def _storable(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns that are all blank as text, so that the table's types do not depend on the month."""
    blank = [c for c in rows.columns if rows[c].isna().all()]
    return rows.astype(dict.fromkeys(blank, "string"))
