"""The open study: its choices and its folder, an engine, someone to tell how it goes, and notes for the audit log."""

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
    """Someone to tell how it goes."""

    def say(self, text: str) -> None:
        """One line."""

    def track(
        self, items: Iterable[_Item], what: str, total: int, unit: str = "", sizes: Sequence[float] = ()
    ) -> Iterator[_Item]:
        """Go through items, showing how far it is; `sizes` where one takes longer than another."""

    def working(
        self, what: str, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Callable[[float], None]]:
        """Show that work goes on; what it yields counts more units as done. Without `total` nothing is counted."""


@dataclass(frozen=True)
class Session:
    """A study at work.

    With `force` what has not changed is made again; `today` is the day of the command; `record` is what the command
    read and wrote, for the audit log.
    """

    folder: StudyFolder
    study: Study
    reporter: Reporter
    force: bool = False
    today: date = field(default_factory=date.today)
    record: NotesOfCommand = field(default_factory=NotesOfCommand, compare=False)

    def note(self, inputs: Iterable[Note] = (), outputs: Iterable[Note] = ()) -> None:
        """Note what was read and written; see `notes`."""
        self.record.inputs.extend(inputs)
        self.record.outputs.extend(outputs)

    def warn(self, text: str) -> None:
        """Say something once, and note it. Nothing of a patient."""
        if text not in self.record.warnings:
            self.record.warnings.append(text)
            self.reporter.say(text)

    @contextmanager
    def engine(self) -> Iterator[DuckEngine]:
        """A DuckDB engine that spills inside the study's folder."""
        with TemporaryDirectory(prefix=".spill-", dir=self.folder.path) as spill:
            yield DuckEngine(self.study.engine.memory_limit_gb, self.study.engine.threads, Path(spill))


@runtime_checkable
class LogKeeper(Protocol):
    """A reporter that enters commands in the audit log."""

    def opened(self, session: Session) -> None:
        """A study was opened: what follows is to be logged."""


def open_study(folder: Path, reporter: Reporter, force: bool = False, to_write: bool = True) -> Session:
    """Open a study's folder.

    Parameters
    ----------
    to_write : bool
        Hold the study for this process alone, and clear away what a command that was killed left behind.

    Raises
    ------
    StudyError
        With every fault of study.toml, and every package of extensions that cannot be used.
    UsageError
        If another command is at work in it.
    GovernanceError
        If the command is to be logged and cannot be.
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
    """A note of a snapshot: its manifest holds the hashes of its extracts."""
    stored = sum(int(book.get("stored") or 0) for book in snapshot.manifest["tables"].values())
    return note_of(snapshot.folder / "manifest.json", session.folder.path, stored)


def note_ingest(session: Session, snapshot: Snapshot) -> None:
    """Note what a snapshot holds, table by table."""
    tables = snapshot.manifest["tables"].items()
    stored = [{"table": name, "rows": int(book.get("stored") or 0)} for name, book in tables]
    session.note(outputs=[snapshot_note(session, snapshot), *stored])
