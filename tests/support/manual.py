"""The pages of the manual: their fenced blocks, and how a page's shell blocks are run.

A page says in hidden comments what its blocks need: ``<!-- starts with: a finished run -->`` the folder they run in,
``<!-- prepare: ... -->`` a command to run first, ``<!-- with: 4f1c9a = first patient -->`` a pseudonym to put in,
``<!-- exit: 16 -->`` the exit code of the next block, ``<!-- not run: reason -->`` that the next block is not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent.name != "changes")]
PART = re.compile(r"^[ ]*<!-- ([a-z ]+): (.*?) -->$|^([ ]*)```(\w+)[^\n]*\n(.*?)^[ ]*```$", re.M | re.S)


@dataclass(frozen=True)
class Part:
    """One hidden comment of a page (`kind` is its first words), or one fenced block (`kind` is its language)."""

    kind: str
    text: str
    fenced: bool


def parts(page: Path) -> Iterator[Part]:
    """Every hidden comment and fenced block of a page, in order."""
    for note, says, indent, kind, block in PART.findall(page.read_text(encoding="utf-8")):
        yield Part(note, says, False) if note else Part(kind, re.sub(rf"^{indent}", "", block, flags=re.M), True)


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of one language."""
    return [part.text for part in parts(page) if part.fenced and part.kind == kind]


def note(page: Path, kind: str) -> str | None:
    """What a hidden comment of a page says, the first of its kind."""
    return next((part.text for part in parts(page) if not part.fenced and part.kind == kind), None)


def masked(text: str) -> set[str]:
    """The lines of an output, with numbers and white space made alike."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return {" ".join(re.sub(r"[0-9a-f]*\d[0-9a-f,.]*", "#", line).split()) for line in plain.splitlines()}


class PageShell:
    """A folder in which the blocks of one page are run, one after the other."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        environment = {**os.environ, "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.environment = {**environment, "COLUMNS": "100", "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}

    def run(self, lines: str) -> subprocess.CompletedProcess[str]:
        """Run lines with bash, stopping at the first that fails; a change of folder lasts."""
        place = self.folder.parent / "place"
        script = f"set -e\ncd '{self.folder}'\ntrap 'pwd > {place}' EXIT\n{lines}\n"
        done = subprocess.run(
            ["bash", "-c", script], env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )
        self.folder = Path(place.read_text(encoding="utf-8").strip())
        return done


def programs(folder: Path) -> Path:
    """A folder with the program `riskstrat`, as it is here."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "riskstrat"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m riskstrat "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


def first_patient(study: Path) -> str:
    """The first pseudonym of the first list that names anybody."""
    lists = (path.read_text(encoding="utf-8-sig").splitlines() for path in sorted(study.glob("runs/*/lists/*/*.csv")))
    heads, first = next((rows[0], rows[1]) for rows in lists if len(rows) > 1)
    return dict(zip(heads.split(","), first.split(","), strict=False))["patient_id"].strip('"')


def commands_of(text: str) -> list[str]:
    """The lines of a shell block, continued ones joined, without comments."""
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def example_study(folder: Path, people: int = 600) -> None:
    """Make a study on synthetic extracts, with settings that so few people allow."""
    from riskstrat.steps.init import study_template
    from riskstrat.synthetic import generate

    generate(folder, people, seed=5, compress=True)
    text = study_template("demo").replace("# min_outcomes = 100", "min_outcomes = 5")
    dates = 'train_dates = [2023-06-01]\ncalibrate_date = "2024-01-01"\ntest_date = "2025-01-01"'
    text = text.replace("# train_dates = [2023-01-01, 2023-07-01]", dates)
    (folder / "study.toml").write_text(text, encoding="utf-8")
