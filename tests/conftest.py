"""One small synthetic study, generated, ingested, trained, scored and listed once a session."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner, Result

from riskstrat.cli import app
from riskstrat.steps.init import study_template
from riskstrat.study.session import Session, open_study
from riskstrat.synthetic import generate

PATIENTS, SEED = 300, 5
DATES = (
    "# train_dates = [2023-01-01, 2023-07-01]",
    'train_dates = [2023-06-01]\ncalibrate_date = "2024-01-01"\ntest_date = "2025-01-01"',
)
Cli = Callable[..., Result]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Studied:
    """A study's folder, to read or to copy.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    @property
    def toml(self) -> Path:
        """Its study.toml."""
        return self.folder / "study.toml"

    def change(self, old: str, new: str) -> None:
        """Replace a text of study.toml that must be there."""
        text = self.toml.read_text(encoding="utf-8")
        assert old in text
        self.toml.write_text(text.replace(old, new), encoding="utf-8")

    def files(self) -> dict[str, tuple[int, str]]:
        """Every file by its place: when it was changed, and the digest of its content."""
        return {
            str(path.relative_to(self.folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name not in ("audit.jsonl", ".audit-head")
        }


def run_cli(*arguments: object) -> Result:
    """Run a command in this process, under the most open umask there is."""
    mask = os.umask(0)
    try:
        return CliRunner().invoke(app, [str(one) for one in arguments])
    finally:
        os.umask(mask)


def new_study(folder: Path) -> Studied:
    """Extracts of a few hundred people, and a study.toml that can be trained on them quickly."""
    generate(folder, PATIENTS, seed=SEED)
    study = Studied(folder)
    study.toml.write_text(study_template("small"), encoding="utf-8")
    study.change("# min_outcomes = 100", "min_outcomes = 5")
    study.change(*DATES)
    return study


class Silent:
    """Nobody to tell."""

    def say(self, text: str) -> None:
        """Nothing."""

    def track(self, items: Iterable[Item], what: str, total: int, *more: Any) -> Iterator[Item]:
        """The items."""
        yield from items

    def working(self, what: str, *more: Any) -> AbstractContextManager[Callable[[float], None]]:
        """Nothing."""
        return nullcontext(lambda amount: None)


@pytest.fixture(scope="session")
def open_context() -> Callable[..., Session]:
    """Open a study's folder: open_context(folder)."""
    return lambda folder, force=False: open_study(folder, Silent(), force)


@pytest.fixture(scope="session")
def cli() -> Cli:
    """Run a command in this process: cli("score", "--study", folder)."""
    return run_cli


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Studied:
    """A study after `riskstrat run`. Read it; to change anything take `a_copy`."""
    study = new_study(tmp_path_factory.mktemp("trained"))
    result = run_cli("run", "--study", study.folder, "--quiet")
    assert result.exit_code == 0, result.stderr
    return study


@pytest.fixture
def a_copy(trained: Studied, tmp_path: Path) -> Iterator[Studied]:
    """The trained study, to change at will."""
    folder = tmp_path / "study"
    shutil.copytree(trained.folder, folder)
    yield Studied(folder)
    shutil.rmtree(folder)
