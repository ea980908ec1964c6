"""Scores of an index date -> a list a practice and role, as workbook and CSV, and all of them as one table."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from riskstrat.errors import GovernanceError, NothingToDoError, StudyError
from riskstrat.features import Plan
from riskstrat.governance import PURGED, last_day_of_lists, may_disclose
from riskstrat.lists import (
    Issue,
    ListBatch,
    ListCounts,
    ListInputs,
    ListsManifest,
    check_recipients,
    make_batch,
    named_in,
    read_inputs,
    role_faults,
    shown_faults,
    unknown_roles,
    write_lists,
)
from riskstrat.modelling import index_date_of
from riskstrat.steps.support import check_supported
from riskstrat.study import Session, extensions_of, note_of, snapshot_note
from riskstrat.tables import key_of


def make_lists(
    session: Session,
    index_date: date | None = None,
    role: str | None = None,
    practice: str | None = None,
    unique: bool | None = None,
    encrypt: bool | None = None,
) -> tuple[Path, list[ListCounts]]:
    """Write the lists of an index date, or the study's; return their folder and the counts of each list.

    Parameters
    ----------
    role, practice : str or None
        Report only this role, only this practice; all lists of a run are written together.
    unique, encrypt : bool or None
        See `Issue`. None for how the lists of that date were made before, and at first for what the study says.

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
    inputs = _inputs(session, index_date, role)
    how, manifest = _how(inputs, unique, encrypt), inputs.run.lists
    if practice is not None and practice not in inputs.practices:
        do = "See the lists of that run."
        raise NothingToDoError(f"No practice of that code is in the cohort on {inputs.day}.", advice=do)
    if how.encrypt:
        check_recipients(session.study, inputs.practices)
    key = _key(inputs, how)
    if session.force or manifest.get("key") != key:
        if "key" in manifest:
            session.reporter.say(f"The lists of {inputs.day} are made again, with what is known today.")
        manifest = _make(inputs, how, key)
    elif PURGED in manifest:
        do = "Set index_date on, or run `riskstrat list --force` if they are needed once more."
        raise NothingToDoError(f"The lists of {inputs.day} have expired and were purged.", advice=do)
    else:
        session.reporter.say(f"The lists of {inputs.day} are current: nothing to do.")
    return inputs.run.folder / "lists", _asked_for(manifest["lists"], inputs.day, role, practice)


def _inputs(session: Session, index_date: date | None, role: str | None) -> ListInputs:
    """What the lists are made from, once everything that stands against listing has been looked for."""
    snapshot, roles = session.folder.snapshot(), session.study.roles
    day = index_date or index_date_of(session, snapshot)
    if role is not None and role not in roles:
        raise NothingToDoError(f"There is no role {role!r} in study.toml.", advice=f"Roles: {', '.join(roles)}.")
    inputs = read_inputs(session, day, snapshot)
    may_disclose(session, inputs.run.manifest["snapshot"])
    scores = note_of(inputs.run.folder / "scores.parquet", session.folder.path)
    session.note(inputs=[snapshot_note(session, snapshot), scores])
    check_roles(session, inputs.plan)
    return inputs


def _how(inputs: ListInputs, unique: bool | None, encrypt: bool | None) -> Issue:
    """How lists are issued: as asked, else as they were, so that a later command does not undo it."""
    study, before = inputs.session.study.lists, inputs.run.lists
    return Issue(
        before.get("unique", study.unique) or study.unique if unique is None else unique,
        before.get("encrypt", study.encrypt) or study.encrypt if encrypt is None else encrypt,
    )


def _key(inputs: ListInputs, how: Issue) -> str:
    """What the lists of a day depend on: scores, choices, caseloads, earlier lists and decisions."""
    before = [run.lists.get("key") for run in inputs.listed]
    parts = "roles", "governance", "lists", "teams", "decisions", "recipients", "high_risk"
    study, decided = inputs.session.study, inputs.decided.to_csv(index=False)
    choices, brought = (study.fingerprint(*parts), list(study.roles)), extensions_of(study).values()
    return key_of(
        inputs.run.manifest["score_key"], choices, inputs.snapshot.manifest["key"], before, decided, repr(how), *brought
    )


def _make(inputs: ListInputs, how: Issue, key: str) -> ListsManifest:
    session, folder = inputs.session, inputs.run.folder / "lists"
    session.reporter.say(f"Making the lists of {inputs.day}.")
    with session.reporter.working("Making the lists"):
        batch = make_batch(inputs, how.unique)
    for text in _warnings(inputs, batch):
        session.warn(text)
    facts: ListsManifest = {
        "key": key,
        "expires_on": last_day_of_lists(session.study, inputs.day).isoformat(),
        "unique": how.unique,
        "encrypt": how.encrypt,
    }
    if brought := extensions_of(session.study).get("extensions"):
        facts["extensions"] = brought
    manifest = write_lists(session, batch, folder, facts, how)
    session.note(outputs=[note_of(folder / "lists.parquet", session.folder.path, len(batch.rows))])
    session.note(outputs=[note_of(folder / "manifest.json", session.folder.path)])
    return manifest


def _warnings(inputs: ListInputs, batch: ListBatch) -> Iterator[str]:
    """What is not as whoever wrote the study may think."""
    study, everyone = inputs.session.study, batch.selections.everyone
    for role in unknown_roles(list(study.roles), inputs.history):
        yield f"Not a role of study.toml any more: {role}. Its lists are not remembered; its decisions stand."
    practices = set(everyone["practice_code"])
    if absent := sorted(set(study.team_of) - practices):
        yield f"[teams] names practices that nobody in the cohort is with: {', '.join(absent)}."
    if closed := set(batch.dropped["practice_code"]) - practices:
        yield f"{len(closed):,} practices had lists and have nobody in the cohort now."
    roles = [name for name, role in study.roles.items() if "rising" in named_in([role])]
    if roles and everyone["rising"].isna().all():
        what = "`rising` is not assessed this time, as nobody has an earlier risk by the same model"
        yield f"{what}; it is true of nobody in the rules of {', '.join(roles)}."


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


def _asked_for(lists: list[ListCounts], day: date, role: str | None, practice: str | None) -> list[ListCounts]:
    found = [one for one in lists if role in (None, one["role"]) and practice in (None, one["practice"])]
    if not found:
        raise NothingToDoError(f"No such practice or role on {day}.", advice="See the lists folder of the run.")
    return found
