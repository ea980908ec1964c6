"""What purge removes and what it keeps, on small false stores; and that a kill leaves nothing half gone."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskstrat.governance import audit_log as audit
from riskstrat.governance.retention import Removal, carry_out, purge_plan
from riskstrat.study.folder import StudyFolder
from riskstrat.study.study_file import Study

TODAY = date(2026, 7, 10)
Cli = Callable[..., Any]


def put(path: Path, content: Any = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def snapshot(home: StudyFolder, day: str, converted: list[str] | None = None) -> str:
    """A snapshot of that day, made of some converted files."""
    name = f"{day.replace('-', '')}T120000-0a1b2c3d"
    files = [
        {"file": "x.csv", "format": "patients", **({} if one == "?" else {"converted": one})} for one in converted or []
    ]
    tables = {"patients": {"stored": 1}}
    put(home.store / name / "manifest.json", {"key": day, "parts": 1, "tables": tables, "files": files})
    put(home.store / name / "patients" / "0000.parquet")
    return name


def run(home: StudyFolder, day: str, snapshot: str = "", scored: bool = True, lists: str | None = None) -> None:
    """A run of an index date; `lists` is the day its lists expire, "" where they do not say, None for none."""
    folder = home.runs / day
    put(folder / "manifest.json", {"index_date": day, "snapshot": snapshot})
    put(folder / "features.parquet")
    if scored:
        put(folder / "scores.parquet")
    if lists is not None:
        put(folder / "lists" / "manifest.json", {"key": "k", "lists": [], **({"expires_on": lists} if lists else {})})
        put(folder / "lists" / "lists.parquet")
        for practice in ("A81001", "old-A81002"):
            for suffix in ("csv", "json", "xlsx"):
                put(folder / "lists" / practice / f"gp_mdt.{suffix}")


@pytest.fixture
def home(tmp_path: Path) -> StudyFolder:
    (tmp_path / "study.toml").write_text('name = "x"\n', encoding="utf-8")
    put(tmp_path / "models" / "default" / "model.toml")
    return StudyFolder(tmp_path)


def study_of(snapshots: int = 2, days: int = 100, lists: int = 35) -> Study:
    return Study.model_validate(
        {
            "name": "x",
            "retention": {"keep_snapshots": snapshots, "keep_days": days},
            "governance": {"list_expires_after_days": lists},
        }
    )


def removed(home: StudyFolder, study: Study) -> dict[str, list[str]]:
    """Names of what would go, by kind."""
    said: dict[str, list[str]] = {}
    for one in purge_plan(home, study, TODAY):
        if isinstance(one, Removal):
            name = one.path.parent.name if one.kind == "lists" else one.path.name
            said.setdefault(one.kind, []).append(name)
    return said


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


DAYS = ("2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01")


@pytest.mark.parametrize(
    ("keep", "used", "gone"),
    [
        (1, None, [0, 1, 2, 3]), (2, None, [0, 1, 2]), (5, None, []), (50, None, []),
        (1, 4, [0, 1, 2, 3]), (1, 3, [0, 1, 2]), (2, 0, [1, 2]),
    ],
)  # fmt: skip
def test_the_last_snapshots_stay_and_the_one_in_use(
    home: StudyFolder, keep: int, used: int | None, gone: list[int]
) -> None:
    names = [snapshot(home, day) for day in DAYS]
    run(home, "2026-05-01", names[1])
    if used is None:
        shutil.rmtree(home.runs)
    else:
        run(home, "2026-07-01", names[used])
    assert removed(home, study_of(keep)).get("snapshot", []) == [names[one] for one in gone]


def test_a_run_that_was_not_scored_holds_no_snapshot(home: StudyFolder) -> None:
    names = [snapshot(home, day) for day in DAYS]
    run(home, "2026-07-01", names[0], scored=False)
    assert removed(home, study_of(1))["snapshot"] == names[:4]


def test_what_is_not_a_whole_snapshot_goes(home: StudyFolder) -> None:
    name = snapshot(home, DAYS[0])
    put(home.store / "20260101T000000-ffffffff" / "patients" / "0000.parquet")
    assert removed(home, study_of()) == {"leftover": ["20260101T000000-ffffffff"]}
    assert [one.path.name for one in purge_plan(home, study_of(), TODAY) if not isinstance(one, Removal)] == [name]


RUNS = """
index date | scored | kept for | gone
2026-07-01 | yes    | 9        | no
2026-07-01 | yes    | 8        | yes
2026-07-01 | no     | 9        | no
2026-07-01 | no     | 8        | yes
2026-09-01 | yes    | 1        | no
2020-01-01 | yes    | 36600    | no
2020-01-01 | no     | 730      | yes
"""


@pytest.mark.parametrize("row", [[cell.strip() for cell in line.split("|")] for line in RUNS.strip().splitlines()[1:]])
def test_a_run_goes_by_its_index_date(row: list[str], home: StudyFolder) -> None:
    day, scored, days, gone = row
    run(home, day, scored=scored == "yes")
    assert removed(home, study_of(days=int(days))) == ({"run": [day]} if gone == "yes" else {})


LISTS = """
index date | expires    | days now | gone
2026-06-01 | 2026-07-09 | 35       | yes
2026-06-01 | 2026-07-10 | 35       | no
2026-06-01 | 2026-07-09 | 900      | yes
2026-06-01 | 2026-12-31 | 1        | no
2026-06-01 | -          | 38       | yes
2026-06-01 | -          | 39       | no
"""


@pytest.mark.parametrize("row", [[cell.strip() for cell in line.split("|")] for line in LISTS.strip().splitlines()[1:]])
def test_lists_go_after_their_last_day(row: list[str], home: StudyFolder) -> None:
    day, expires, days, gone = row
    run(home, day, lists=expires.strip("-"))
    assert removed(home, study_of(lists=int(days))) == ({"lists": [day]} if gone == "yes" else {})


def test_lists_go_once(home: StudyFolder) -> None:
    run(home, "2026-06-01", lists="2026-07-01")
    (lists,) = [one for one in purge_plan(home, study_of(), TODAY) if isinstance(one, Removal)]
    assert carry_out(lists, TODAY) == 6
    folder = home.runs / "2026-06-01"
    assert everything(folder) == [
        "features.parquet", "lists/lists.parquet", "lists/manifest.json", "manifest.json", "scores.parquet",
    ]  # fmt: skip
    assert json.loads((folder / "lists/manifest.json").read_text(encoding="utf-8")) == {
        "key": "k", "lists": [], "expires_on": "2026-07-01", "purged": "2026-07-10",
    }  # fmt: skip
    assert removed(home, study_of()) == {}


@pytest.mark.parametrize(
    ("older", "newer", "gone"),
    [
        (["a"], ["b", "c"], ["d", "e"]),
        (["a"], ["a"], ["b", "c", "d", "e"]),
        (["a"], [], []),
        (["?"], ["b"], []),
        (["a", "b", "c", "d", "e"], ["f"], []),
    ],
)
def test_converted_files_go_when_no_kept_snapshot_names_them(
    older: list[str], newer: list[str], gone: list[str], home: StudyFolder
) -> None:
    snapshot(home, "2026-01-01", ["d"])
    snapshot(home, "2026-06-01", older)
    snapshot(home, "2026-07-01", newer)
    for name in ("a", "b", "c", "d", "e"):
        put(home.store / ".converted" / name / "books.json")
    assert removed(home, study_of(2)).get("converted", []) == gone


def test_converted_files_stay_where_there_is_no_snapshot(home: StudyFolder) -> None:
    put(home.store / ".converted" / "a" / "books.json")
    assert removed(home, study_of()) == {}


def test_a_study_without_anything_has_nothing_to_purge(home: StudyFolder) -> None:
    assert purge_plan(home, study_of(), TODAY) == []


def test_a_link_goes_and_not_what_it_leads_to(home: StudyFolder, tmp_path: Path) -> None:
    kept = put(tmp_path / "elsewhere" / "file")
    home.runs.mkdir()
    (home.runs / "2020-01-01").symlink_to(kept.parent)
    (gone,) = [one for one in purge_plan(home, study_of(), TODAY) if isinstance(one, Removal)]
    assert carry_out(gone, TODAY) == 1
    assert kept.is_file()
    assert list(home.runs.iterdir()) == []


KILLED = """
import os, shutil, signal, sys
from datetime import date
from pathlib import Path
from riskstrat.governance.retention import Removal
from riskstrat.governance.retention import carry_out
from riskstrat.governance.retention import purge_plan
from riskstrat.study.folder import StudyFolder
from riskstrat.study.study_file import read_study
home, moment = StudyFolder(Path(sys.argv[1])), int(sys.argv[2])
count = 0
def hook(event, args):
    global count
    if event in ("os.rename", "os.remove", "os.rmdir", "shutil.rmtree"):
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
for one in purge_plan(home, read_study(home.path), date(2026, 7, 10)):
    if isinstance(one, Removal):
        carry_out(one, date(2026, 7, 10))
"""


def test_a_kill_leaves_each_thing_whole_or_gone(home: StudyFolder, tmp_path: Path) -> None:
    names = [snapshot(home, day) for day in DAYS]
    run(home, "2020-01-01", names[0], lists="2020-02-01")
    run(home, "2026-06-01", names[3], lists="2026-07-01")
    moment = 0
    while True:
        moment += 1
        study = tmp_path / f"killed-{moment}"
        shutil.copytree(home.path, study, ignore=shutil.ignore_patterns("killed-*"))
        code = subprocess.run([sys.executable, "-c", KILLED, study, str(moment)], check=False).returncode
        left = StudyFolder(study)
        assert [one.name for one in left.snapshots()][-3:] == names[2:]
        for whole in [*left.store.glob("[0-9]*"), *left.runs.glob("2020-*"), *left.runs.glob("[0-9]*/lists/[!.]*/")]:
            assert (
                not whole.is_dir() or len(everything(whole)) == {"store": 2, "runs": 11, "lists": 3}[whole.parent.name]
            )
        left.sweep()
        for one in purge_plan(left, Study(name="x"), TODAY):
            if isinstance(one, Removal):
                carry_out(one, TODAY)
        assert everything(study) == AFTERWARDS
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert moment > 15


AFTERWARDS = sorted(
    [
        "study.toml", "models/default/model.toml",
        *(f"store/2026{month}01T120000-0a1b2c3d/manifest.json" for month in ("05", "06", "07")),
        *(f"store/2026{month}01T120000-0a1b2c3d/patients/0000.parquet" for month in ("05", "06", "07")),
        *(f"runs/2026-06-01/{name}" for name in ("features.parquet", "manifest.json", "scores.parquet")),
        "runs/2026-06-01/lists/lists.parquet", "runs/2026-06-01/lists/manifest.json",
    ]
)  # fmt: skip


# --- The command -------------------------------------------------------------------------------------------------


def false_study(home: StudyFolder) -> list[str]:
    """A study of which two snapshots, a run and lists are past their time on the day of the clock."""
    names = [snapshot(home, day) for day in DAYS]
    run(home, "2000-01-01", names[0], lists="2000-02-01")
    day = date.today() - timedelta(days=60)
    run(home, day.isoformat(), names[4], lists="")
    put(home.path / "runs/notes.txt")
    return [f"store/{names[0]}", f"store/{names[1]}", "runs/2000-01-01", f"runs/{day}/lists"]


def test_a_dry_run_says_and_changes_nothing(home: StudyFolder, cli: Cli) -> None:
    going = false_study(home)
    before = everything(home.path)
    said = cli("purge", "--dry-run", "--study", home.path)
    assert said.exit_code == 0, said.stderr
    assert [line.split()[4] for line in said.stdout.splitlines() if line.startswith("Would be removed")] == going
    assert "Removed" not in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 100
    assert [name for name in everything(home.path) if "audit" not in name] == before
    (entry,) = audit.audit_entries(home.path)
    assert (entry["arguments"], entry.get("outputs")) == ({"dry_run": True}, None)


def test_purge_removes_and_enters_what_it_removed(home: StudyFolder, cli: Cli) -> None:
    going = false_study(home)
    told = json.loads(cli("purge", "--study", home.path, "--json", "--quiet").stdout)
    assert [(one["what"], one["files"]) for one in told["removed"]] == list(zip(going, (2, 2, 11, 6), strict=True))
    assert [one["kind"] for one in told["kept"]] == ["snapshot"] * 3 + ["run"]
    (entry,) = audit.audit_entries(home.path)
    assert entry["outputs"] == [{"file": one["what"], "removed": one["files"]} for one in told["removed"]]
    for name in going[:3]:
        assert not (home.path / name).exists()
    assert (home.path / "models/default/model.toml").is_file()
    assert (home.path / "runs/notes.txt").is_file()
    assert list(home.path.rglob(".unfinished-*")) == []
    again = cli("purge", "--study", home.path)
    assert "Removed" not in again.stdout
    assert [one["exit_code"] for one in audit.audit_entries(home.path)] == [0, 0]
    audit.verify(home.path)


def test_purge_of_a_new_study_says_that_there_is_nothing(home: StudyFolder, cli: Cli) -> None:
    assert "nothing" in cli("purge", "--study", home.path).stdout


def test_lists_that_were_purged_are_not_taken_for_current(a_copy: Any, cli: Cli) -> None:
    (lists,) = a_copy.folder.glob("runs/*/lists")
    manifest = lists / "manifest.json"
    said = json.loads(manifest.read_text(encoding="utf-8"))
    assert said["expires_on"] == str(date.fromisoformat(lists.parent.name) + timedelta(days=35))
    manifest.write_text(json.dumps({**said, "expires_on": "2020-01-01"}), encoding="utf-8")
    assert cli("purge", "--study", a_copy.folder, "--quiet").exit_code == 0
    assert [path for path in lists.iterdir() if path.is_dir()] == []
    for command in ("list", "run"):
        refused = cli(command, "--study", a_copy.folder, "--quiet")
        assert (refused.exit_code, "purged" in refused.stderr) == (17, True), refused.output
    assert cli("list", "--force", "--study", a_copy.folder, "--quiet").exit_code == 0
    assert len([path for path in lists.iterdir() if path.is_dir()]) > 1
    assert cli("list", "--study", a_copy.folder, "--quiet").exit_code == 0
