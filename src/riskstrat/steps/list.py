"""Scores of an index date -> a list a practice and role, as workbook and CSV, and all of them as one table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.errors import BundleError, GovernanceError, NothingToDoError, StudyError
from riskstrat.features import Plan, plan_for, run_manifest
from riskstrat.governance import PURGED, last_day_of_lists, may_disclose
from riskstrat.lists import (
    Issue,
    ListHistory,
    Selections,
    books_of,
    case_lists,
    check_recipients,
    decided_by,
    departed,
    describe_rows,
    listed_runs,
    named_in,
    outcomes_by_role,
    read_history,
    role_faults,
    select_all,
    shown_faults,
    since_last,
    unknown_roles,
    write_lists,
)
from riskstrat.modelling import Bundle, index_date_of, load_bundle, session_for
from riskstrat.steps.support import check_supported
from riskstrat.study import Session, extensions_of, note_of, snapshot_note
from riskstrat.tables import Snapshot, key_of, read_manifest, sha256_of


def make_lists(
    session: Session,
    index_date: date | None = None,
    role: str | None = None,
    practice: str | None = None,
    unique: bool | None = None,
    encrypt: bool | None = None,
) -> tuple[Path, list[dict[str, Any]]]:
    """Write the lists of an index date.

    Parameters
    ----------
    index_date : date or None
        None for the study's.
    role, practice : str or None
        Report only this role, only this practice; all lists of a run are written together.
    unique, encrypt : bool or None
        Each patient on one list only; files only for the practices' own keys. None for how the lists of that date were
        made before, and at first for what the study says.

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
    BundleError
        If the model has been trained again since it scored that date.
    """
    snapshot = session.folder.snapshot()
    day = index_date or index_date_of(session, snapshot)
    folder = session.folder.run(day)
    bundle, chosen = _checked(session, snapshot, folder, day, role, practice)
    session = session_for(session, bundle)
    how = _how(session, lists_manifest(folder), unique, encrypt)
    check_recipients(session.study, practices_of(folder), how)
    key = _key(session, snapshot, folder, day, how)
    if session.force or lists_manifest(folder).get("key") != key:
        if "key" in lists_manifest(folder):
            session.reporter.say(f"The lists of {day} are made again, with what is known today.")
        _make(session, snapshot, bundle, chosen, folder, day, how, key)
    elif PURGED in lists_manifest(folder):
        do = "Set index_date on, or run `riskstrat list --force` if they are needed once more."
        raise NothingToDoError(f"The lists of {day} have expired and were purged.", advice=do)
    else:
        session.reporter.say(f"The lists of {day} are current: nothing to do.")
    return folder / "lists", _asked_for(lists_manifest(folder)["lists"], day, role, practice)


def _how(session: Session, before: Mapping[str, Any], unique: bool | None, encrypt: bool | None) -> Issue:
    """How lists are issued: as asked, else as they were, so that a later command does not undo it."""
    study = session.study.lists
    asked = {"unique": unique, "encrypt": encrypt}
    said = {"unique": before.get("unique", study.unique), "encrypt": before.get("encrypt", study.encrypt)}
    return Issue(**{name: said[name] or getattr(study, name) if one is None else one for name, one in asked.items()})


def _checked(
    session: Session, snapshot: Snapshot, folder: Path, day: date, role: str | None, practice: str | None
) -> tuple[Bundle, Plan]:
    """The model and the plan, once everything that stands against listing has been looked for."""
    roles = session.study.roles
    if role is not None and role not in roles:
        raise NothingToDoError(f"There is no role {role!r} in study.toml.", advice=f"Roles: {', '.join(roles)}.")
    if "score_key" not in run_manifest(folder):
        raise NothingToDoError(
            f"There are no scores for {day}.", advice=f"Run `riskstrat score --index-date {day}` first."
        )
    may_disclose(session, run_manifest(folder)["snapshot"])
    session.note(inputs=[snapshot_note(session, snapshot), note_of(folder / "scores.parquet", session.folder.path)])
    chosen = plan_for(session, snapshot)
    check_roles(session, chosen)
    bundle = model_that_scored(session, folder)
    if practice is not None and practice not in practices_of(folder):
        raise NothingToDoError(
            f"No practice of that code is in the cohort on {day}.", advice="See the lists of that run."
        )
    return bundle, chosen


def _key(session: Session, snapshot: Snapshot, folder: Path, day: date, how: Issue) -> str:
    """What the lists of a day depend on: scores, choices, caseloads, earlier lists and decisions."""
    before = [lists_manifest(run).get("key") for run in listed_runs(session, day)]
    parts = "roles", "governance", "lists", "teams", "decisions", "recipients", "high_risk"
    decided = decided_by(session, day)
    choices = session.study.fingerprint(*parts), list(session.study.roles)
    scored, brought = run_manifest(folder)["score_key"], extensions_of(session.study).values()
    return key_of(scored, choices, snapshot.manifest["key"], before, decided.to_csv(index=False), repr(how), *brought)


def _make(
    session: Session,
    snapshot: Snapshot,
    bundle: Bundle,
    chosen: Plan,
    folder: Path,
    day: date,
    how: Issue,
    key: str,
) -> None:
    past = read_history(session, snapshot, day)
    session.reporter.say(f"Choosing whom to list at {day}.")
    who = select_all(session, folder, day, past, how.unique)
    rows = describe_rows(session, bundle, chosen, folder, day, who, past)
    left = departed(who, past)
    _warn(session, past, who, left)
    books = books_of(who, since_last(rows, left, first=past.last is None))
    made = case_lists(session, snapshot, bundle, day, books, rows, left, who, past.same_model)
    facts = {
        "key": key,
        "expires_on": last_day_of_lists(session.study, day),
        "unique": how.unique,
        "encrypt": how.encrypt,
        **extensions_of(session.study),
    }
    tables = {"lists": rows, "left": left, "kept_off": who.kept_off, "fates": outcomes_by_role(who)}
    write_lists(session, made, tables, folder / "lists", facts, how)
    session.note(outputs=[note_of(folder / "lists" / "lists.parquet", session.folder.path, len(rows))])
    session.note(outputs=[note_of(folder / "lists" / "manifest.json", session.folder.path)])


def _warn(session: Session, past: ListHistory, who: Selections, left: pd.DataFrame) -> None:
    """Say what is not as whoever wrote the study may think."""
    for role in unknown_roles(session, past):
        session.warn(f"Not a role of study.toml any more: {role}. Its lists are not remembered; its decisions stand.")
    practices = set(who.everyone["practice_code"])
    if absent := sorted(set(session.study.team_of) - practices):
        session.warn(f"[teams] names practices that nobody in the cohort is with: {', '.join(absent)}.")
    if closed := set(left["practice_code"]) - practices:
        session.warn(f"{len(closed):,} practices had lists and have nobody in the cohort now.")
    roles = [name for name, role in session.study.roles.items() if "rising" in named_in([role])]
    if roles and who.everyone["rising"].isna().all():
        what = "`rising` is not assessed this time, as nobody has an earlier risk by the same model"
        session.warn(f"{what}; it is true of nobody in the rules of {', '.join(roles)}.")


def check_roles(session: Session, chosen: Plan) -> None:
    """Refuse rules that cannot be used, before any work is done for them.

    Raises
    ------
    StudyError
        With the place of every fault.
    GovernanceError
        If a role needs a legal basis of its own and none is written.
    """
    check_supported(session.study, chosen)
    roles = session.study.roles
    if faults := [*role_faults(roles, chosen.columns), *shown_faults(roles)]:
        raise StudyError("The rules of the roles cannot be used:", faults, "Correct [roles] in study.toml.")
    bare = [
        f"roles.{name}: its list goes to another service"
        for name, role in roles.items()
        if role.own_basis and not role.legal_basis
    ]
    if bare:
        do = "Agree the legal basis for that sharing, then write it as `legal_basis` of the role; or remove the role."
        raise GovernanceError("Health data may not be listed for these roles without a basis of their own:", bare, do)


def model_that_scored(session: Session, folder: Path) -> Bundle:
    """The model that scored a run.

    Raises
    ------
    BundleError
        If the model of that name is another by now.
    """
    facts = run_manifest(folder)
    home = session.folder.bundle(facts["model"])
    if facts.get("model_key") not in (None, sha256_of(home / "SHA256SUMS")):
        do = f"Run `riskstrat score --index-date {facts['index_date']}`, or bring the old model back."
        raise BundleError(f"The model {facts['model']} has been trained again since it scored this date.", advice=do)
    return load_bundle(home, session.study.packages)


def practices_of(folder: Path) -> set[str]:
    """The practices of a run's cohort."""
    column = pq.read_table(folder / "cohort.parquet", columns=["practice_code"])["practice_code"]
    return set(pc.unique(column).to_pylist())


def lists_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run's lists; empty where there are none."""
    return read_manifest(folder / "lists" / "manifest.json")


def _asked_for(lists: list[dict[str, Any]], day: date, role: str | None, practice: str | None) -> list[dict[str, Any]]:
    found = [one for one in lists if role in (None, one["role"]) and practice in (None, one["practice"])]
    if not found:
        raise NothingToDoError(f"No such practice or role on {day}.", advice="See the lists folder of the run.")
    return found
