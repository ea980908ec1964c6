"""The open study: its settings and folder, an engine, a reporter of progress, and notes for the audit log."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar, runtime_checkable

from riskstrat.engine import DuckEngine
from riskstrat.study.extensions import check_extensions
from riskstrat.study.folder import StudyFolder
from riskstrat.study.notes import Note, NotesOfCommand, note_of
from riskstrat.study.study_file import Study, read_study
from riskstrat.tables import Snapshot

_Item = TypeVar("_Item")


class Reporter(Protocol):
    """A reporter of progress."""

    def say(self, text: str) -> None:
        """Report one line."""

    def track(
        self, items: Iterable[_Item], what: str, total: int, unit: str = "", sizes: Sequence[float] = ()
    ) -> Iterator[_Item]:
        """Iterate over items and report progress; `sizes` if some items take longer than others."""

    def working(
        self, what: str, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Callable[[float], None]]:
        """Report progress while a step runs; call what it yields with the number of units done."""


@dataclass(frozen=True)
class Session:
    """An open study.

    With `force` steps are repeated even if nothing has changed. `today` is the day of the command. `record` holds the
    notes for the audit log.
    """

    folder: StudyFolder
    study: Study
    reporter: Reporter
    force: bool = False
    today: date = field(default_factory=date.today)
    record: NotesOfCommand = field(default_factory=NotesOfCommand, compare=False)

    def note(self, inputs: Iterable[Note] = (), outputs: Iterable[Note] = ()) -> None:
        """Note files that were read and written; see `notes`."""
        self.record.inputs.extend(inputs)
        self.record.outputs.extend(outputs)

    def warn(self, text: str) -> None:
        """Report a warning once, and note it. It must not contain patient data."""
        if text not in self.record.warnings:
            self.record.warnings.append(text)
            self.reporter.say(text)

    @contextmanager
    def engine(self) -> Iterator[DuckEngine]:
        """Open a DuckDB engine that spills into the study's folder."""
        with TemporaryDirectory(prefix=".spill-", dir=self.folder.path) as spill:
            yield DuckEngine(self.study.engine.memory_limit_gb, self.study.engine.threads, Path(spill))


@runtime_checkable
class LogKeeper(Protocol):
    """A reporter that enters commands in the audit log."""

    def opened(self, session: Session) -> None:
        """Start the log entry of a command that opened a study."""


def open_study(folder: Path, reporter: Reporter, force: bool = False, to_write: bool = True) -> Session:
    """Open a study's folder.

    Parameters
    ----------
    to_write : bool
        Lock the study for this process, and remove unfinished files of a command that was killed.

    Raises
    ------
    StudyError
        With every problem of study.toml, and every extension package that cannot be used.
    UsageError
        If another command is running in the study.
    GovernanceError
        If the command must be logged and cannot be.
    """
    session = Session(StudyFolder(folder), read_study(folder), reporter, force)
    check_extensions(session.study.packages)
    if to_write:
        session.folder.occupy()
        session.folder.sweep()
    if isinstance(reporter, LogKeeper):
        reporter.opened(session)
    return session


def snapshot_note(session: Session, snapshot: Snapshot) -> Note:
    """Note a snapshot by its manifest, which holds the hashes of its extracts."""
    stored = sum(int(book.get("stored") or 0) for book in snapshot.manifest["tables"].values())
    return note_of(snapshot.folder / "manifest.json", session.folder.path, stored)


def note_ingest(session: Session, snapshot: Snapshot) -> None:
    """Note the number of rows of each table of a snapshot."""
    tables = snapshot.manifest["tables"].items()
    stored = [{"table": name, "rows": int(book.get("stored") or 0)} for name, book in tables]
    session.note(outputs=[snapshot_note(session, snapshot), *stored])
