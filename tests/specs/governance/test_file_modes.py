"""What is written is private whatever the umask, and no name from an extract reaches beyond the study's folder."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.support.extracts import Extract, as_csv, everything_under, write_study

from riskstrat.study.folder import StudyFolder

ODD = (
    "../../escaped",
    "=1+1",
    "/escaped",
    "a/b",
    "CON",
    "..",
    "~",
    "$(touch escaped)",
    "`touch escaped`",
    "[Sheet]:*?",
)
RUN = """
import os, sys
os.umask(int(sys.argv[1], 8))
from riskstrat.cli import app
app(['ingest', '--study', sys.argv[2]])
"""


def study(folder: Path) -> None:
    """People of practices with odd names, some bad rows, and files in every form."""
    people, stays = [], []
    for number in range(300):
        odd, month = ODD[number % len(ODD)], f"2024-0{number % 9 + 1}"
        people.append(f"p{number} | {odd} | 1 | {month.replace('2024', '1950')}")
        stays.append(f"p{number} | {odd} | {month}-01 | 21 | {month}-01 | {odd}")
    bad = "p7 | RAA | never | 21 | 2024-01-01 | I10"
    header = "PERSON_ID | PROCODE3 | ADMIDATE | ADMIMETH | EPISTART | DIAG_01"
    files = {"patients": ["patient_id | practice_code | sex | birth_month", *people], "hes_apc": [header, *stays, bad]}
    extracts = [Extract(name, f"{name}.csv", as_csv("\n".join(lines))) for name, lines in files.items()]
    folder.mkdir()
    write_study(folder, extracts, engine={"patients_per_file": 100, "threads": 2, "memory_limit_gb": 0.5})


def ingest(folder: Path, umask: str) -> None:
    command = [sys.executable, "-c", RUN, umask, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder.parent)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that two commands have worked on, the second with a file changed, under no umask at all."""
    folder = tmp_path_factory.mktemp("open") / "study"
    study(folder)
    ingest(folder, "000")
    path = folder / "hes_apc.csv"
    path.write_bytes(path.read_bytes().replace(b"p8,", b"p9,"))
    ingest(folder, "000")
    return folder


def test_everything_that_is_written_is_private(home: Path) -> None:
    ours = {"patients.csv", "hes_apc.csv", "study.toml"}
    seen = 0
    for path in home.rglob("*"):
        if path.name not in ours:
            mode, seen = stat.S_IMODE(path.stat().st_mode), seen + 1
            assert mode == (0o700 if path.is_dir() else 0o600), f"{path}: {mode:o}"
    assert seen > 20


@pytest.mark.parametrize("umask", ["022", "077", "777"])
def test_the_umask_makes_no_difference(umask: str, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    study(folder)
    ingest(folder, umask)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder / "store").rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_nothing_is_written_beyond_the_folder_of_the_study(home: Path) -> None:
    assert {path.name for path in home.parent.iterdir()} == {"study"}
    names = {path.name for path in (home / "store").rglob("*")}
    assert not [name for name in names if "escaped" in name]
    assert not Path("/escaped").exists()
    for path in (home / "store").rglob("*"):
        assert path.resolve().is_relative_to(home.resolve())


def test_odd_names_are_stored_as_they_are(home: Path) -> None:
    snapshot = StudyFolder(home).snapshot()
    assert snapshot.parts > 1
    rows = [row for part in range(snapshot.parts) for row in pq.read_table(snapshot.part("patients", part)).to_pylist()]
    assert {row["practice_code"] for row in rows} == set(ODD)
    assert len(rows) == 300


def test_a_store_that_is_a_link_elsewhere_is_not_followed_when_it_is_cleared(tmp_path: Path) -> None:
    """What a killed command left behind is swept; a link to another folder is taken away and that folder stays."""
    folder, other = tmp_path / "study", tmp_path / "other"
    study(folder)
    other.mkdir()
    (other / "kept.txt").write_text("kept", encoding="utf-8")
    (folder / "store").mkdir()
    (folder / "store" / ".unfinished-x").symlink_to(other)
    before = everything_under(other)
    ingest(folder, "022")
    assert everything_under(other) == before
