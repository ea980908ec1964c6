"""Where each thing lies in a study, and what made it.

A snapshot, a run's file or a bundle is written beside its place and moved into it whole: it is complete or it
is absent, and a kill at any moment leaves the last good one. A `manifest.json` says what made it; a step whose
key is already there has nothing to do.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from riskstrat.aggregates import Carried
from riskstrat.errors import NothingToDoError, StudyError, UsageError
from riskstrat.tables import TABLES

UNFINISHED = ".unfinished-"
_HELD: list[BaseFileLock] = []


def sha256_of(path: Path) -> str:
    """SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def key_of(*parts: object) -> str:
    """A short key of whatever a step's result depends on."""
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{UNFINISHED}{path.name}")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON whole or not at all."""
    write_text(path, json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write a file that is moved to `path` when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{UNFINISHED}{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that takes the place of `path` when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{UNFINISHED}{path.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        _swap(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _set_aside(path: Path) -> Path:
    return path.with_name(f"{UNFINISHED}old-{path.name}")


def put_back(path: Path) -> Path:
    """A folder that `whole_folder` writes, the old one put back if a kill left it set aside and none in its place."""
    old = _set_aside(path)
    if old.is_dir() and not path.exists():
        os.replace(old, path)
    return path


def _swap(part: Path, path: Path) -> None:
    old = _set_aside(put_back(path))
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        os.replace(path, old)
    os.replace(part, path)
    shutil.rmtree(old, ignore_errors=True)


def seen_in(event: str) -> str:
    """The canonical table in which an outcome event is seen.

    >>> seen_in("ed_attendance"), seen_in("unplanned_admission")
    ('ed_attendances', 'episodes')
    """
    return "ed_attendances" if event == "ed_attendance" else "episodes"


@dataclass(frozen=True)
class Snapshot:
    """A complete set of canonical tables.

    Parameters
    ----------
    folder : Path
    manifest : dict
        Key, tables with their rows, parts, span, data as of and columns carried, per table.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name, in the order of time."""
        return self.folder.name

    @property
    def parts(self) -> int:
        """How many files each table has."""
        return int(self.manifest["parts"])

    @property
    def tables(self) -> frozenset[str]:
        """The tables some extract filled."""
        return frozenset(self.manifest["tables"])

    @property
    def span(self) -> tuple[date, date]:
        """First and last day of hospital data."""
        first, last = self.manifest["span"]
        return date.fromisoformat(first), date.fromisoformat(last)

    def span_of(self, event: str) -> tuple[date, date]:
        """First and last day of the data in which an outcome event is seen.

        Raises
        ------
        StudyError
            If there are none.
        """
        if "data_as_of" not in self.manifest:
            return self.span
        table = seen_in(event)
        known = self.manifest["data_as_of"].get(table) or {"from": None}
        if known["from"] is None:
            do = "Add an extract of them, or set another outcome.event in study.toml."
            raise StudyError(f'outcome.event: "{event}" is seen in {table}, and this snapshot has none.', do=do)
        return date.fromisoformat(known["from"]), date.fromisoformat(known["to"])

    @property
    def carried(self) -> Carried:
        """For each table with rows, the columns that some extract supplied; all, where the manifest does not say."""
        said, spans = self.manifest.get("carried", {}), self.manifest.get("data_as_of", {})
        empty = {name for name, span in spans.items() if span["from"] is None}
        return {name: frozenset(said.get(name, TABLES[name].by_name)) for name in self.tables - empty}

    def part(self, table: str, part: int) -> Path:
        """One file of a table."""
        return self.folder / table / f"{part:04d}.parquet"


@dataclass(frozen=True)
class Home:
    """A study's folder."""

    folder: Path

    @property
    def store(self) -> Path:
        """Its snapshots."""
        return self.folder / "store"

    @property
    def models(self) -> Path:
        """Its bundles."""
        return self.folder / "models"

    @property
    def runs(self) -> Path:
        """Its runs."""
        return self.folder / "runs"

    def run(self, index_date: date) -> Path:
        """The folder of a run."""
        folder = self.runs / index_date.isoformat()
        put_back(folder / "lists")
        return folder

    def bundle(self, name: str) -> Path:
        """The folder of a bundle, inside `models` whatever the name.

        Raises
        ------
        NothingToDoError
            If the name is not one a bundle can have.
        """
        if not name or name != Path(name).name or name.startswith("."):
            raise NothingToDoError(f"{name!r} cannot be the name of a model.", do="Use letters, digits, - and _.")
        return put_back(self.models / name)

    def snapshot(self) -> Snapshot:
        """The latest complete snapshot.

        Raises
        ------
        NothingToDoError
            If there is none.
        """
        found = self.snapshots()
        if not found:
            raise NothingToDoError("This study has no snapshot yet.", do="Run `riskstrat ingest` first.")
        return found[-1]

    def snapshots(self) -> list[Snapshot]:
        """Complete snapshots, oldest first."""
        manifests = sorted(self.store.glob("[0-9]*/manifest.json"))
        return [Snapshot(path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in manifests]

    def run_dates(self) -> list[date]:
        """Index dates that have been scored, oldest first."""
        return sorted(date.fromisoformat(path.parent.name) for path in self.runs.glob("????-??-??/scores.parquet"))

    def occupy(self) -> None:
        """Hold the study until this process ends, so that no other command writes to it.

        Raises
        ------
        UsageError
            If another process holds it.
        """
        lock = FileLock(self.folder / ".lock", is_singleton=True, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            do = "Wait until it has ended, then run this again."
            raise UsageError("Another riskstrat command is at work in this study.", do=do) from None
        _HELD.append(lock)

    def sweep(self) -> None:
        """Remove what an interrupted step left behind, once what it had set aside is back in its place."""
        aside = f"{UNFINISHED}old-"
        for root in (self.store, self.models, self.runs, self.folder / "reports", self.folder / "reviews"):
            for old in list(root.rglob(f"{aside}*")):
                put_back(old.with_name(old.name.removeprefix(aside)))
            for left in list(root.rglob(f"{UNFINISHED}*")):
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        for spill in self.folder.glob(".spill-*"):
            shutil.rmtree(spill, ignore_errors=True)
