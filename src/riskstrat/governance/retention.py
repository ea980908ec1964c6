"""What a study no longer needs, or may no longer hold: which snapshots, runs and lists go, and how.

Decision
--------
Kept whatever their age: the newest snapshot, the last ``retention.keep_snapshots``, and the one that the newest run
was made from, so that its lists can be traced to rows. A run goes once its index date is over
``retention.keep_days`` ago, the ones built for training too: they are made again from the snapshot when needed. The
lists of a run that stays go the day after they expire, as stamped on them: what goes are the files for people,
practice by practice. ``lists.parquet`` stays with the run, whose scores say as much, or the next lists could not say
what has changed. Converted extracts go once no kept snapshot names them; where one does not say, all stay. Models
hold no rows, and the audit log is the record of all this: both stay. Of what teams decided goes what is as old as the
runs that go and as long ago as any decision stands, unless a later day of review was written.

What goes is first renamed to a name that no reader looks at, so that a kill leaves it whole or gone; the next command
clears away what is left of it.
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
    """Something that goes.

    Parameters
    ----------
    path : Path
        For lists the folder that holds the practices', for decisions their log.
    before : date or None
        For decisions, the day before which a list must be for them to go.
    """

    kind: PurgeKind
    path: Path
    why: str
    before: date | None = None


@dataclass(frozen=True)
class KeptItem:
    """Something that stays."""

    kind: PurgeKind
    path: Path
    why: str


def purge_plan(home: StudyFolder, study: Study, today: date) -> list[Removal | KeptItem]:
    """What goes and what stays, and why; nothing is touched."""
    snapshots, runs = _snapshots(home, study), list(_runs(home, study, today))
    return [*snapshots, *_converted(home, snapshots), *runs, *_decisions(home, study, today)]


def _snapshots(home: StudyFolder, study: Study) -> list[Removal | KeptItem]:
    found = home.snapshots()
    most, used = study.retention.keep_snapshots, _used_by_newest_run(home)
    said: list[Removal | KeptItem] = []
    for age, snapshot in enumerate(reversed(found)):
        if age < most:
            said.append(KeptItem("snapshot", snapshot.folder, "newest" if not age else f"one of the last {most}"))
        elif snapshot.name == used:
            said.append(KeptItem("snapshot", snapshot.folder, "used by the newest run"))
        else:
            said.append(Removal("snapshot", snapshot.folder, f"older than the last {most}"))
    whole = {snapshot.folder for snapshot in found}
    torn = [path for path in sorted(home.store.glob("[0-9]*")) if path not in whole]
    return [*reversed(said), *(Removal("leftover", path, "incomplete") for path in torn)]


def _decisions(home: StudyFolder, study: Study, today: date) -> list[Removal | KeptItem]:
    """What teams decided so long ago that it need not be known any more."""
    longest = max(study.decisions.model_dump().values())
    before = today - timedelta(days=max(study.retention.keep_days, longest))
    old = int(forgotten(read_decisions(home.path), before, today).sum())
    why = f"{old:,} from more than {(today - before).days} days ago"
    return [Removal("decisions", log_of(home.path), why, before)] if old else []


def _used_by_newest_run(home: StudyFolder) -> str | None:
    dates = home.run_dates()
    return _json(home.runs / dates[-1].isoformat() / "manifest.json").get("snapshot") if dates else None


def _converted(home: StudyFolder, snapshots: list[Removal | KeptItem]) -> list[Removal | KeptItem]:
    """Converted extracts that no kept snapshot names."""
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
    """As stamped on the lists, else as the study says now."""
    stamped = _json(lists / "manifest.json").get("expires_on")
    return date.fromisoformat(stamped) if stamped else last_day_of_lists(study, index_date)


def _practices(lists: Path) -> Iterator[Path]:
    return (path for path in sorted(lists.glob("*")) if path.is_dir())


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def carry_out(removal: Removal, today: date) -> int:
    """Remove what goes, and say how many files, or decisions, went.

    The day is noted beside lists, so that they are not taken for current.
    """
    if removal.kind == "decisions" and removal.before is not None:
        return forget_decisions(removal.path.parent.parent, removal.before, today)
    if removal.kind != "lists":
        return _remove(removal.path)
    manifest = removal.path / "manifest.json"
    write_json(manifest, {**_json(manifest), PURGED: today.isoformat()})
    return sum(_remove(path) for path in _practices(removal.path))


def _remove(path: Path) -> int:
    """Out of sight, then gone."""
    aside = path.with_name(f"{UNFINISHED}{PURGED}-{path.name}")
    os.replace(path, aside)
    if aside.is_symlink() or not aside.is_dir():
        aside.unlink()
        return 1
    files = sum(1 for one in aside.rglob("*") if not one.is_dir())
    shutil.rmtree(aside)
    return files
