"""Read lists that teams filled in, and add their decisions to the log.

Decision
--------
Decisions can always be read, even if the legal basis or the list has expired. No snapshot is needed, only the cohort of
the index date, which shows on whose list a patient can be. Everything that can be read is stored and the rest is
reported, so that a slip in one cell does not block a month's decisions.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib
import pandas as pd
import pyarrow as pa

from riskstrat.errors import CheckError, UsageError
from riskstrat.lists import (
    DECISION_MEANINGS,
    Decided,
    Fault,
    Key,
    Merged,
    Reading,
    Terms,
    deciders,
    folded,
    merge,
    of_the_cohorts,
    read_file,
    scored_runs,
)
from riskstrat.study import (
    Note,
    Session,
    append_decisions,
    built_in_roles,
    latest,
    log_of,
    note_of,
    place,
    read_decisions,
)
from riskstrat.tables import DECISIONS_FILE
from riskstrat.wording import plural

AT_ONCE = 64


@dataclass(frozen=True)
class Reviewed:
    """The result of reading filled-in lists; `blank` counts the patients without a decision in any file.

    `decisions` counts each decision, in the order of the vocabulary, without conflicts.
    """

    files: int
    decisions: dict[str, int]
    blank: int
    new: int
    updated: int
    unchanged: int
    faults: list[str]
    conflicts: list[str]
    log: Path
    dry_run: bool

    @property
    def failed(self) -> bool:
        """Whether anything was not read."""
        return bool(self.faults or self.conflicts)

    def raise_faults(self) -> None:
        """Raise `CheckError` with every cell that was not read, if there is any."""
        if self.failed:
            parts = [(self.faults, "problem"), (self.conflicts, "conflict")]
            counts = " and ".join(plural(len(found), noun) for found, noun in parts if found)
            would = "would be stored" if self.dry_run else "was stored"
            stored = f"{self.new:,} new, {self.updated:,} updated, {self.unchanged:,} unchanged"
            conflicts = [f"two decisions on one patient: {one}" for one in self.conflicts]
            settle = " To settle a conflict, make the copies agree, or replace the stored decision with `--replace`."
            do = "Correct these cells and run `riskstrat review` again. No decision is stored twice."
            do += settle * bool(conflicts)
            raise CheckError(f"{counts}; the rest {would} ({stored}):", [*self.faults, *conflicts], do)


def review(session: Session, files: Sequence[Path], take_place: bool = False, dry_run: bool = False) -> Reviewed:
    """Read filled-in lists (workbooks or CSV files) and store their decisions, unless it is a dry run.

    Parameters
    ----------
    take_place : bool
        Let these decisions replace those that were stored before.

    Raises
    ------
    UsageError
        If a file does not exist.
    """
    if missing := [path.name for path in files if not path.is_file()]:
        raise UsageError("There is no such file:", missing, "Name the files that teams filled in, not their folder.")
    readings = _read_all(session, files)
    decided, strangers = of_the_cohorts(
        [one for reading in readings for one in reading.decided],
        lambda day: session.folder.run(day) / "cohort.parquet",
    )
    merged = merge(decided, _stored(session.folder.path), take_place)
    if not dry_run and (merged.new or merged.updated):
        _append(session, [*merged.new, *merged.updated])
    return _reviewed(session, readings, strangers, merged, dry_run)


def _read_all(session: Session, files: Sequence[Path]) -> list[Reading]:
    """Read each file, in the order given."""
    paths = list(dict.fromkeys(files))
    names = Counter(path.name for path in paths)
    terms = _terms(session)
    jobs = [(path, path.name if names[path.name] == 1 else str(path), terms) for path in paths]
    workers = joblib.Parallel(n_jobs=1 if len(jobs) < AT_ONCE else -1, return_as="generator")
    done = workers(joblib.delayed(read_file)(*job) for job in jobs)
    readings = list(session.reporter.track(done, "Reading lists", len(jobs)))
    session.note(inputs=[_note(path, reading, session) for path, reading in zip(paths, readings, strict=True)])
    return readings


def _note(path: Path, reading: Reading, session: Session) -> Note:
    name = place(path, session.folder.path)
    return {"file": name, "sha256": reading.sha256 or None, "rows": len(reading.decided)}


def _terms(session: Session) -> Terms:
    roles = session.study.roles
    names = {folded(name): name for name in _once_listed(session)}
    names |= {folded(role.title): name for name, role in roles.items()} | {folded(name): name for name in roles}
    titles = [role.title for role in (*built_in_roles().values(), *roles.values())]
    return Terms(names, deciders(titles), session.today)


def _once_listed(session: Session) -> set[str]:
    """List the roles of all stored runs: a workbook may come back after its role was renamed or removed."""
    return {counts["role"] for run in scored_runs(session) for counts in run.lists.get("lists", ())}


def _stored(folder: Path) -> dict[Key, Decided]:
    rows = pa.Table.from_pandas(latest(read_decisions(folder)), DECISIONS_FILE, preserve_index=False)
    held = [Decided(**row, place=None) for row in rows.drop_columns("entry").to_pylist()]
    return {one.key: one for one in held}


def _append(session: Session, decided: Sequence[Decided]) -> None:
    columns = [name for name in DECISIONS_FILE.names if name != "entry"]
    path = append_decisions(session.folder.path, pd.DataFrame([asdict(one) for one in decided])[columns])
    session.note(outputs=[note_of(path, session.folder.path, len(decided))])


def _reviewed(
    session: Session, readings: Sequence[Reading], strangers: Sequence[Fault], merged: Merged, dry_run: bool
) -> Reviewed:
    held = [*merged.new, *merged.updated, *merged.unchanged]
    counts = Counter(one.decision for one in held)
    blank = {key for reading in readings for key in reading.blank}
    blank -= {one.key for reading in readings for one in reading.decided}
    return Reviewed(
        files=len(readings),
        decisions={decision: counts[decision] for decision in DECISION_MEANINGS if counts[decision]},
        blank=len(blank),
        new=len(merged.new),
        updated=len(merged.updated),
        unchanged=len(merged.unchanged),
        faults=[str(fault) for fault in (*(f for reading in readings for f in reading.faults), *strangers)],
        conflicts=merged.conflicts,
        log=log_of(session.folder.path),
        dry_run=dry_run,
    )
