"""A kill at any moment leaves the last good snapshot, model, scores and lists, and the step can be run again.

A step is run in a process forked from one that has imported everything, with a handful of features so that it takes
about a second. It is killed just before a change to the study's folder (an audit hook counts them), which hits every
moment between two renames, or after a time, which hits the writing of large files. Each step is run on other choices
than those of the last good state, so that a mixture of old and new could be told.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskstrat.modelling.bundle import load_bundle
from riskstrat.study.folder import StudyFolder

DAY = date(2026, 1, 1)
FORKS = """
import json, os, signal, sys, threading, time
import duckdb, lightgbm, pandas, pyarrow.parquet, skops.io, sklearn.linear_model, xlsxwriter
import riskstrat.features.plan
plan = sys.modules["riskstrat.features.plan"]
every = plan.all_features()
few = ("age", "is_female", "imd_decile", "emergency_admissions", "gp_consultations", "heart_failure", "systolic_bp")
plan.all_features = lambda *_: {name: every[name] for name in few}
from riskstrat.cli import app
from riskstrat.cli import text as show
from riskstrat.study import session as session
from riskstrat.steps import ingest as ingesting
from riskstrat.steps import list as listing
from riskstrat.steps import run as running
from riskstrat.steps import score as scoring
from riskstrat.steps import train as training

CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def run(arguments, folder, moment, seconds, report):
    count = 0
    def hook(event, args):
        nonlocal count
        changes = event in CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & WRITES)
        if changes and str(args[0]).startswith(folder):
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    if seconds:
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
    began, code = time.monotonic(), 0
    try:
        app(arguments)
    except SystemExit as stop:
        code = stop.code or 0
    os.write(report, json.dumps({"code": code, "moments": count, "seconds": time.monotonic() - began}).encode())
    os._exit(0)

for line in sys.stdin:
    order = json.loads(line)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        sys.stdout = sys.stderr
        run(order["arguments"], order["folder"], order["moment"], order["seconds"], theirs)
    os.close(theirs)
    os.waitpid(child, 0)
    said = os.read(ours, 10_000)
    os.close(ours)
    print(said.decode() or '{"code": -9}', flush=True)
"""


class Forks:
    """A process that runs commands in forks of itself, to be killed at a moment or after a time."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", FORKS],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        self.log = log

    def run(self, folder: Path, arguments: Sequence[str], moment: int = 0, seconds: float = 0) -> dict[str, Any]:
        """Exit code (-9 if killed), and how many moments and seconds it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order: dict[str, Any] = {"folder": str(folder), "arguments": [*arguments, "--study", str(folder)]}
        order |= {"moment": moment, "seconds": seconds}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))

    def done(self, folder: Path, arguments: Sequence[str]) -> dict[str, Any]:
        """Run to the end."""
        said = self.run(folder, arguments)
        assert said["code"] == 0, self.log.read_text()
        return said

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
        self._log.close()


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    one = Forks(tmp_path_factory.mktemp("forks") / "log.txt")
    yield one
    one.close()


@pytest.fixture(scope="module")
def good(trained: Any, forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose month is done, with the few features."""
    folder = tmp_path_factory.mktemp("good") / "study"
    shutil.copytree(trained.folder, folder)
    other_choices(folder, "# data_lag_days = 0", "data_lag_days = 1")
    forks.done(folder, ["train", "--variant", "age_sex"])
    forks.done(folder, ["score"])
    forks.done(folder, ["list"])
    return folder


def other_choices(folder: Path, old: str, new: str) -> None:
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    assert old in text
    toml.write_text(text.replace(old, new), encoding="utf-8")


def keep_lines(folder: Path, name: str, every: int) -> None:
    """Keep the header and one in so many lines of an extract."""
    path = folder / "extracts" / "gp" / f"{name}.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *lines[::every]]) + "\n", encoding="utf-8")


def change(folder: Path, step: str, forks: Forks) -> None:
    """What gives a step something to do: other extracts, another cohort, another choice."""
    if step == "ingest":
        keep_lines(folder, "gp_events", 3)
    elif step == "score":
        keep_lines(folder, "registrations", 2)
        forks.done(folder, ["ingest"])
    elif step == "train":
        other_choices(folder, "min_outcomes = 5", "min_outcomes = 6")
    else:
        other_choices(folder, "per_1000 = 20", "per_1000 = 90")


# --- What must hold after every kill -----------------------------------------------------------------------------


def everything_holds(folder: Path) -> None:
    home = StudyFolder(folder)
    snapshot_holds(home)
    load_bundle(home.bundle("default"))
    run_holds(home)
    lists_hold(home)


def snapshot_holds(home: StudyFolder) -> None:
    snapshot = home.snapshot()
    for name, book in snapshot.manifest["tables"].items():
        assert pq.read_table(snapshot.folder / name).num_rows == book["stored"], name


def run_holds(home: StudyFolder) -> None:
    """Scores can be read; where the manifest says that they are the run's, they are of its people, row by row."""
    folder = home.run(DAY)
    assert pq.read_table(folder / "scores.parquet").num_rows
    path = folder / "manifest.json"
    if path.is_file() and "score_key" in json.loads(path.read_text(encoding="utf-8")):
        ids = [pq.read_table(folder / f"{name}.parquet")["patient_id"] for name in ("scores", "features", "cohort")]
        assert ids[0].equals(ids[1])
        assert ids[0].equals(ids[2])


def lists_hold(home: StudyFolder) -> None:
    folder = home.run(DAY) / "lists"
    books = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["lists"]
    assert pq.read_table(folder / "lists.parquet").num_rows == sum(book["listed"] for book in books)
    for book in books:
        stem = folder / book["practice"] / book["role"]
        text = stem.with_suffix(".csv").read_bytes()
        assert (
            json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))["file"]["sha256"]
            == sha256(text).hexdigest()
        )
        assert len(list(csv.reader(text.decode().splitlines()))) == 1 + book["listed"]
        openpyxl.load_workbook(stem.with_suffix(".xlsx")).close()


def rows_of(folder: Path) -> list[str]:
    """Rows of a table, in an order that does not depend on how it was written."""
    return sorted(str(row) for row in pq.read_table(folder).to_pylist())


def result(folder: Path, step: str) -> Any:
    """What a step made, to be compared."""
    home = StudyFolder(folder)
    if step == "ingest":
        snapshot = home.snapshot()
        return {name: rows_of(snapshot.folder / name) for name in sorted(snapshot.tables)}
    if step == "train":
        bundle = load_bundle(home.bundle("default"))
        return bundle.fingerprint(), {k: v for k, v in bundle.facts.items() if k != "snapshot"}
    run = home.run(DAY)
    paths = {"score": ["scores", "features", "cohort"], "list": ["lists/lists"]}[step]
    tables: list[pa.Table] = [pq.read_table(run / f"{name}.parquet") for name in paths]
    return [table.to_pylist() for table in tables]


STEPS = {"ingest": ["ingest"], "train": ["train", "--variant", "age_sex"], "score": ["score"], "list": ["list"]}


def kill_and_run_again(step: str, good: Path, forks: Forks, tmp_path: Path, kills: int, timed: int) -> None:
    """Kill a step at some moments, on its way from the good state to another one."""
    arguments, clean, study = STEPS[step], tmp_path / "clean", tmp_path / "study"
    shutil.copytree(good, clean)
    change(clean, step, forks)
    took = forks.done(clean, arguments)
    assert took["moments"] > 3
    assert result(clean, step) != result(good, step)
    chance = random.Random(step)
    moments = sorted(chance.sample(range(1, took["moments"] + 1), min(kills, took["moments"])))
    times = [took["seconds"] * (n + chance.random()) / timed for n in range(timed)]
    killed, begin_anew = 0, True
    for moment, seconds in [*((one, 0.0) for one in moments), *((0, one) for one in times)]:
        if begin_anew:
            shutil.rmtree(study, ignore_errors=True)
            shutil.copytree(good, study)
            change(study, step, forks)
        said = forks.run(study, arguments, moment, seconds)
        begin_anew = said["code"] == 0
        killed += said["code"] == -9
        everything_holds(study)
    assert killed >= len(moments) // 2
    forks.done(study, arguments)
    everything_holds(study)
    assert result(study, step) == result(clean, step)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_the_last_good_state_and_the_step_can_be_run_again(
    step: str, good: Path, forks: Forks, tmp_path: Path
) -> None:
    kill_and_run_again(step, good, forks, tmp_path, kills=4, timed=1)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_every_moment(step: str, good: Path, forks: Forks, tmp_path: Path) -> None:
    kill_and_run_again(step, good, forks, tmp_path, kills=10_000, timed=25)


# --- Ingest, killed at random moments ----------------------------------------------------------------------------

FILES = {"gp_events": 3, "prescriptions": 2, "consultations": 2}


def next_month(folder: Path) -> None:
    """Other extracts, one of them with a few rows that belong in quarantine, and one that is new."""
    for name, every in FILES.items():
        keep_lines(folder, name, every)
    path = folder / "extracts" / "gp" / "gp_events.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[5] = lines[5].replace(",20", ",no day ", 1)
    path.write_text("\n".join([*lines, "too,short", ""]), encoding="utf-8")
    (path.parent / "consultations.csv.more.csv").write_bytes((path.parent / "consultations.csv").read_bytes())


def whole(folder: Path) -> dict[str, Any]:
    """The latest snapshot, read through its manifest, without its name and the times at which things came."""
    snapshot = StudyFolder(folder).snapshot()
    pages = [{k: v for k, v in page.items() if k != "delivered"} for page in snapshot.manifest["files"]]
    facts = {k: v for k, v in snapshot.manifest.items() if k not in ("files", "audit")}
    tables = {name: rows_of(snapshot.folder / name) for name in sorted(snapshot.tables)}
    aside = pq.read_table(snapshot.folder / "quarantine" / "rows.parquet").to_pylist()
    codes = pq.read_table(snapshot.folder / "codes.parquet").to_pylist()
    assert {name: len(rows) for name, rows in tables.items()} == {
        name: book["stored"] for name, book in snapshot.manifest["tables"].items()
    }
    assert all(page["lines"] == sum(page["books"].values()) for page in pages)
    return {"tables": tables, "aside": aside, "codes": codes, "files": pages, "facts": facts}


def kill_ingest(good: Path, forks: Forks, tmp_path: Path, kills: int) -> None:
    """Kill an ingest at random moments and times, each time from the same state, and let the next one end."""
    clean, start, study = (tmp_path / name for name in ("clean", "start", "study"))
    shutil.copytree(good, start)
    next_month(start)
    shutil.copytree(start, clean)
    took = forks.done(clean, ["ingest"])
    before, after = whole(start), whole(clean)
    assert after["aside"]
    assert before["tables"] != after["tables"]
    chance, killed = random.Random(kills), 0
    for number in range(kills):
        shutil.copytree(start, study)
        moment = chance.randint(1, took["moments"]) if number % 2 else 0
        killed += (
            forks.run(study, ["ingest"], moment, 0 if moment else chance.uniform(0, took["seconds"]))["code"] == -9
        )
        assert whole(study) in (before, after)
        forks.done(study, ["ingest"])
        assert whole(study) == after
        assert not list((study / "store").rglob(".unfinished-*"))
        shutil.rmtree(study)
    assert killed >= kills * 0.8


def test_an_ingest_that_was_killed_is_ended_by_the_next(good: Path, forks: Forks, tmp_path: Path) -> None:
    kill_ingest(good, forks, tmp_path, kills=6)


@pytest.mark.slow
def test_an_ingest_that_was_killed_at_fifty_moments_is_ended_by_the_next(
    good: Path, forks: Forks, tmp_path: Path
) -> None:
    kill_ingest(good, forks, tmp_path, kills=50)
