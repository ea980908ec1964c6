"""Make the lists of an index date from its scores: files for each practice and role, and one table of all."""

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
from riskstrat.wording import plural


def make_lists(
    session: Session,
    index_date: date | None = None,
    role: str | None = None,
    practice: str | None = None,
    unique: bool | None = None,
    encrypt: bool | None = None,
) -> tuple[Path, list[ListCounts]]:
    """Write the lists of an index date (the study's if none is given); return their folder and the counts of each.

    Parameters
    ----------
    role, practice : str or None
        Report only this role or practice; all lists of a run are written together.
    unique, encrypt : bool or None
        See `Issue`. None means as the lists of that date were made before, or else as in study.toml.

    Raises
    ------
    NothingToDoError
        If that index date was not scored, there is no such role or practice, or its lists expired and were purged.
    StudyError
        If a role's rule cannot be used.
    GovernanceError
        If patients may not be listed today.
    BundleError
        If the model has been trained again since it scored that date.
    """
    inputs = _inputs(session, index_date, role)
    how, manifest = _how(inputs, unique, encrypt), inputs.run.lists
    if practice is not None and practice not in inputs.practices:
        do = "Run `riskstrat list` without `--practice` to see all practices."
        raise NothingToDoError(f"No practice with that code has patients in the cohort of {inputs.day}.", advice=do)
    if how.encrypt:
        check_recipients(session.study, inputs.practices)
    key = _key(inputs, how)
    if session.force or manifest.get("key") != key:
        if "key" in manifest:
            session.reporter.say(f"The lists of {inputs.day} were made before. They are updated with today's records.")
        manifest = _make(inputs, how, key)
    elif PURGED in manifest:
        do = "Set a later `index_date`, or run `riskstrat list --force` to make them again."
        raise NothingToDoError(f"The lists of {inputs.day} have expired and were purged.", advice=do)
    else:
        done = f"Nothing to do: the lists of {inputs.day} are already up to date. Use `--force` to repeat."
        session.reporter.say(done)
    return inputs.run.folder / "lists", _asked_for(manifest["lists"], inputs.day, role, practice)


def _inputs(session: Session, index_date: date | None, role: str | None) -> ListInputs:
    """Read the data for the lists, after checking that listing is allowed and the roles can be used."""
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
    """Choose how lists are issued: as asked, or else as before, so that a later command does not undo it."""
    study, before = inputs.session.study.lists, inputs.run.lists
    return Issue(
        before.get("unique", study.unique) or study.unique if unique is None else unique,
        before.get("encrypt", study.encrypt) or study.encrypt if encrypt is None else encrypt,
    )


def _key(inputs: ListInputs, how: Issue) -> str:
    """Hash everything that the lists depend on: scores, settings, caseloads, earlier lists and decisions."""
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
    with session.reporter.working("Choosing patients for the lists"):
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
    """Warn about settings and roles that may not have the intended effect."""
    study, everyone = inputs.session.study, batch.selections.everyone
    for role in unknown_roles(list(study.roles), inputs.history):
        yield f"study.toml no longer has the role {role}. Its lists are ignored; its decisions still apply."
    practices = set(everyone["practice_code"])
    if absent := sorted(set(study.team_of) - practices):
        yield f"[teams] names practices with no patient in the cohort: {', '.join(absent)}."
    if closed := set(batch.dropped["practice_code"]) - practices:
        yield f"{plural(len(closed), 'practice')} with earlier lists: no patient in the cohort now."
    roles = [name for name, role in study.roles.items() if "rising" in named_in([role])]
    if (last := last_day_of_lists(study, inputs.day)) < inputs.session.today:
        yield (
            f"These lists expired on {last}: `list_expires_after_days` under [governance] is counted from the index "
            f"date {inputs.day}. For lists that may be used, set a later `index_date` under [timing], and set "
            "`data_lag_days` to the days that the extracts do not hold yet."
        )
    if roles and everyone["rising"].isna().all():
        what = "`rising` cannot be assessed, because nobody has an earlier risk from the same model"
        yield f"{what}. It counts as false in the rules of {', '.join(roles)}."


def check_roles(session: Session, chosen: Plan) -> None:
    """Refuse rules that cannot be used, before any other work is done.

    Raises
    ------
    StudyError
        With the place of every problem.
    GovernanceError
        If a role needs a legal basis of its own and has none.
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
        do = "Agree the legal basis for this sharing and set it as `legal_basis` of the role, or remove the role."
        raise GovernanceError("These roles need a legal basis of their own:", bare, do)


def _asked_for(lists: list[ListCounts], day: date, role: str | None, practice: str | None) -> list[ListCounts]:
    found = [one for one in lists if role in (None, one["role"]) and practice in (None, one["practice"])]
    if not found:
        do = "Run `riskstrat list` without `--practice` and `--role` to see all lists."
        raise NothingToDoError(f"There is no list of that practice and role on {day}.", advice=do)
    return found
