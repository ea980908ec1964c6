"""The lock files and the Makefile that installs them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path

from tests.architecture.test_docs import MAKEFILE, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME, DEV = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-dev.lock")
)  # fmt: skip
PIN = re.compile(r"^([a-z0-9.-]+)==([^ ]+)(.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*)$", re.M)


def pins(lock: str) -> set[tuple[str, str]]:
    """Name and version of every pin; a name may be pinned twice, for two Pythons."""
    return {(name, version) for name, version, _ in PIN.findall(lock)}


def names(requirements: list[str]) -> set[str]:
    """The names that a list of requirements asks for."""
    return {re.split(r"[^a-z0-9-]", one)[0] for one in requirements}


def test_every_line_of_a_lock_file_is_a_pin_with_its_hashes() -> None:
    for lock in (RUNTIME, DEV):
        assert re.sub(PIN, "", lock).strip() == ""
        assert all("--hash=sha256:" in rest for _, _, rest in PIN.findall(lock))
        assert not re.search(r"https?:|file:|index-url|find-links|(^|\s)[./]", lock)


def test_tests_and_checks_run_on_the_versions_that_users_get() -> None:
    assert pins(RUNTIME) < pins(DEV)
    groups = PROJECT["dependency-groups"]
    asked = names(PROJECT["project"]["dependencies"]) | names(groups["build"])
    locked = {name for name, _ in pins(RUNTIME)}
    assert asked <= locked
    assert not (names(groups["dev"]) - asked) & locked
    assert names(groups["dev"]) <= {name for name, _ in pins(DEV)}


def test_a_user_installs_only_what_running_needs() -> None:
    needs = dict(re.findall(r"^([a-z./-]+): ([^#\n]*)", MAKEFILE, re.M))
    assert needs["setup"].split() == [".venv/ready"]
    assert "requirements.lock" in needs[".venv/ready"]
    assert "requirements-dev.lock" not in needs[".venv/ready"]
    for target in ("test", "check", "fix", "docs", "bench"):
        assert needs[target].split() == ["setup-dev"]


STUB = """#!/bin/sh
echo "riskstrat $*"
[ "$1" != synth ] || mkdir -p "$2/extracts"
"""


def demo(folder: Path) -> str:
    """What `.ci/demo` prints where the program is a stub that prints how it was called."""
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    (binaries / "riskstrat").write_text(STUB, encoding="utf-8")
    (binaries / "riskstrat").chmod(0o755)
    if not (binaries / "python").exists():
        (binaries / "python").symlink_to(sys.executable)
    shutil.copy(ROOT / ".ci" / "demo", folder / "demo-script")
    said = subprocess.run([folder / "demo-script"], cwd=folder, capture_output=True, text=True, check=True)
    return said.stdout


def test_the_demo_is_of_last_month_and_says_its_steps(tmp_path: Path) -> None:
    said = demo(tmp_path)
    last = date.today().replace(day=1) - timedelta(days=1)
    assert re.findall(r"^Step (\d) of 4", said, re.M) == ["2", "3", "4"]
    assert (tmp_path / "demo" / "data_end.txt").read_text(encoding="utf-8").strip() == f"{last:%Y-%m}"
    assert "riskstrat run --study demo" in said
    assert "docs/tutorial/first-list.md" in said
    assert not (tmp_path / ".demo").exists()


def test_the_demo_keeps_what_there_is_and_says_how_to_start_afresh(tmp_path: Path) -> None:
    demo(tmp_path)
    mine = tmp_path / "demo" / "extracts" / "mine.csv"
    mine.touch()
    again = demo(tmp_path)
    assert mine.exists()
    assert "To start afresh: rm -rf demo" in again
    assert "records end before" not in again
    (tmp_path / "demo" / "data_end.txt").write_text("2026-01\n", encoding="utf-8")
    later = demo(tmp_path)
    assert mine.exists()
    assert "records end before" in later
    assert "riskstrat run --study demo" in later
