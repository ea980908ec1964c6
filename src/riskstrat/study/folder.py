"""The folders of a study: snapshots, models and runs; `manifest.json` in each records how it was made."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from riskstrat.errors import ExtractError, NothingToDoError, UsageError
from riskstrat.tables import UNFINISHED, Snapshot, put_back, read_manifest

_HELD: list[BaseFileLock] = []


@dataclass(frozen=True)
class StudyFolder:
    """A study's folder."""

    path: Path

    @property
    def store(self) -> Path:
        """The folder of snapshots."""
        return self.path / "store"

    @property
    def models(self) -> Path:
        """The folder of models."""
        return self.path / "models"

    @property
    def runs(self) -> Path:
        """The folder of runs."""
        return self.path / "runs"

    def run(self, index_date: date) -> Path:
        """Return the folder of a run."""
        folder = self.runs / index_date.isoformat()
        put_back(folder / "lists")
        return folder

    def bundle(self, name: str) -> Path:
        """Return the folder of a model, always inside `models`.

        Raises
        ------
        NothingToDoError
            If the name cannot be the name of a model.
        """
        if not name or name != Path(name).name or name.startswith("."):
            raise NothingToDoError(f"{name!r} cannot be the name of a model.", advice="Use letters, digits, - and _.")
        return put_back(self.models / name)

    def snapshot(self) -> Snapshot:
        """Return the latest complete snapshot.

        Raises
        ------
        NothingToDoError
            If there is none.
        """
        found = self.snapshots()
        if not found:
            raise NothingToDoError("This study has no snapshot yet.", advice="Run `riskstrat ingest` first.")
        return found[-1]

    def snapshots(self) -> list[Snapshot]:
        """List the complete snapshots, oldest first."""
        manifests = sorted(self.store.glob("[0-9]*/manifest.json"))
        return [Snapshot(path.parent, read_manifest(path, ExtractError)) for path in manifests]

    def run_dates(self) -> list[date]:
        """List the index dates that have been scored, oldest first."""
        return sorted(date.fromisoformat(path.parent.name) for path in self.runs.glob("????-??-??/scores.parquet"))

    def occupy(self) -> None:
        """Lock the study until this process ends, so that no other command writes to it.

        Raises
        ------
        UsageError
            If another process has locked it.
        """
        lock = FileLock(self.path / ".lock", is_singleton=True, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            do = "Wait until it ends, then run this command again."
            raise UsageError("Another riskstrat command is running in this study.", advice=do) from None
        _HELD.append(lock)

    def sweep(self) -> None:
        """Put back folders that an interrupted step had moved away, then remove its unfinished files."""
        aside = f"{UNFINISHED}old-"
        for root in (self.store, self.models, self.runs, self.path / "reports", self.path / "reviews"):
            for old in list(root.rglob(f"{aside}*")):
                put_back(old.with_name(old.name.removeprefix(aside)))
            for left in list(root.rglob(f"{UNFINISHED}*")):
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        for spill in self.path.glob(".spill-*"):
            shutil.rmtree(spill, ignore_errors=True)
