"""Decide which snapshots, runs, lists and decisions a study no longer needs or may no longer keep, and remove them.

Decision
--------
These are kept whatever their age: the newest snapshot, the last ``retention.keep_snapshots`` snapshots, and the
snapshot of the newest run, so that its lists can be traced to rows. A run is removed once its index date is more than
``retention.keep_days`` ago, including runs built for training, which are made again from the snapshot when needed. The
lists of a kept run are removed the day after they expire (the date recorded when they were made), that is the files for
each practice; ``lists.parquet`` stays with the run, because the next lists need it to show what has changed, and the
run's scores hold as much. Converted extracts are removed once no kept snapshot names them; if a snapshot does not name
its files, all stay. Models contain no patients' rows, and the audit log records every removal: both stay. A team's
decision is removed once it is as old as the runs that are removed and no decision can still apply, unless it has a
later review date.

Everything that is removed is first renamed so that nothing reads it any more; if the command is killed, the item is
either complete or gone, and the next command removes the remains.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from riskstrat.governance.legal_basis import last_day_of_lists
from riskstrat.study import Study, StudyFolder, forget_decisions, forgotten, log_of, read_decisions
from riskstrat.tables import UNFINISHED, write_json

PurgeKind = Literal["snapshot", "run", "lists", "converted", "decisions", "leftover"]
PURGED = "purged"


@dataclass(frozen=True)
class Removal:
    """Something that is removed.

    Parameters
    ----------
    path : Path
        For lists the folder that holds the practices' folders, for decisions their log.
    before : date or None
        For decisions, only those for lists before this day are removed.
    """

    kind: PurgeKind
    path: Path
    why: str
    before: date | None = None


@dataclass(frozen=True)
class KeptItem:
    """Something that is kept."""

    kind: PurgeKind
    path: Path
    why: str


def purge_plan(home: StudyFolder, study: Study, today: date) -> list[Removal | KeptItem]:
    """List what is to be removed and kept, with reasons; nothing is changed."""
    snapshots, runs = _snapshots(home, study), list(_runs(home, study, today))
    return [*snapshots, *_converted(home, snapshots), *runs, *_decisions(home, study, today)]


def _snapshots(home: StudyFolder, study: Study) -> list[Removal | KeptItem]:
    found = home.snapshots()
    most, used = study.retention.keep_snapshots, _used_by_newest_run(home)
    items: list[Removal | KeptItem] = []
    for age, snapshot in enumerate(reversed(found)):
        if age < most:
            items.append(KeptItem("snapshot", snapshot.folder, "newest" if not age else f"one of the last {most}"))
        elif snapshot.name == used:
            items.append(KeptItem("snapshot", snapshot.folder, "used by the newest run"))
        else:
            items.append(Removal("snapshot", snapshot.folder, f"older than the last {most}"))
    whole = {snapshot.folder for snapshot in found}
    torn = [path for path in sorted(home.store.glob("[0-9]*")) if path not in whole]
    return [*reversed(items), *(Removal("leftover", path, "incomplete") for path in torn)]


def _decisions(home: StudyFolder, study: Study, today: date) -> list[Removal | KeptItem]:
    """Find teams' decisions that are old enough to be removed."""
    longest = max(study.decisions.model_dump().values())
    before = today - timedelta(days=max(study.retention.keep_days, longest))
    old = int(forgotten(read_decisions(home.path), before, today).sum())
    why = f"{old:,} from more than {(today - before).days} days ago"
    return [Removal("decisions", log_of(home.path), why, before)] if old else []


def _used_by_newest_run(home: StudyFolder) -> str | None:
    dates = home.run_dates()
    return _json(home.runs / dates[-1].isoformat() / "manifest.json").get("snapshot") if dates else None


def _converted(home: StudyFolder, snapshots: list[Removal | KeptItem]) -> list[Removal | KeptItem]:
    """Find converted extracts that no kept snapshot names."""
    kept = [_json(one.path / "manifest.json").get("files", ()) for one in snapshots if isinstance(one, KeptItem)]
    used = {file.get("converted") for files in kept for file in files}
    if not all(kept) or None in used or not used:
        return []
    paths = sorted((home.store / ".converted").glob("[!.]*"))
    return [Removal("converted", path, "not used by a kept snapshot") for path in paths if path.name not in used]


def _runs(home: StudyFolder, study: Study, today: date) -> Iterator[Removal | KeptItem]:
    most = study.retention.keep_days
    for folder in sorted(home.runs.glob("????-??-??")):
        try:
            day = date.fromisoformat(folder.name)
        except ValueError:
            continue
        if day + timedelta(days=most) < today:
            yield Removal("run", folder, f"index date more than {most} days ago")
            continue
        yield KeptItem("run", folder, f"index date within {most} days")
        expired = _last_day(folder / "lists", study, day)
        if expired < today and list(_practices(folder / "lists")):
            yield Removal("lists", folder / "lists", f"expired on {expired}")


def _last_day(lists: Path, study: Study, index_date: date) -> date:
    """Return the expiry date recorded with the lists, or else by the study's present settings."""
    stamped = _json(lists / "manifest.json").get("expires_on")
    return date.fromisoformat(stamped) if stamped else last_day_of_lists(study, index_date)


def _practices(lists: Path) -> Iterator[Path]:
    return (path for path in sorted(lists.glob("*")) if path.is_dir())


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def carry_out(removal: Removal, today: date) -> int:
    """Remove something and return the number of files, or decisions, removed.

    For lists the day is recorded in their manifest, so that they do not count as up to date.
    """
    if removal.kind == "decisions" and removal.before is not None:
        return forget_decisions(removal.path.parent.parent, removal.before, today)
    if removal.kind != "lists":
        return _remove(removal.path)
    manifest = removal.path / "manifest.json"
    write_json(manifest, {**_json(manifest), PURGED: today.isoformat()})
    return sum(_remove(path) for path in _practices(removal.path))


def _remove(path: Path) -> int:
    """Rename a file or folder out of the way, then delete it."""
    aside = path.with_name(f"{UNFINISHED}{PURGED}-{path.name}")
    os.replace(path, aside)
    if aside.is_symlink() or not aside.is_dir():
        aside.unlink()
        return 1
    files = sum(1 for one in aside.rglob("*") if not one.is_dir())
    shutil.rmtree(aside)
    return files
