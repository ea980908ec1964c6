"""A study of good extracts, converted once a module, and a command run on a spoilt copy of it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.corruption.good import NEEDED, write_study
from tests.corruption.told import Done

Base = Callable[[str, int], Path]
Run = Callable[..., Done]


@pytest.fixture
def run(cli: Callable[..., Any], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Run:
    """Ingest a study through the command line, in this process."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "filelock")

    def ingest(folder: Path, *options: str) -> Done:
        result = cli("ingest", "--study", folder, *options)
        leaked = capfd.readouterr()
        return Done(folder, result.exit_code, "\n".join([result.output, caplog.text, leaked.out, leaked.err]))

    return ingest


@pytest.fixture(scope="session")
def base(cli: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Base:
    """base(format, rows): a study of patients, stays and one more format, ingested; to be copied."""

    @cache
    def made(format: str, rows: int) -> Path:
        folder = tmp_path_factory.mktemp(f"{format}{rows}") / "study"
        write_study(folder, list(dict.fromkeys([*NEEDED, format])), rows)
        result = cli("ingest", "--study", folder)
        assert result.exit_code == 0, result.output
        return folder

    return made


@pytest.fixture
def copy(base: Base, tmp_path: Path) -> Callable[[str, int], Path]:
    """A copy of such a study, to be spoilt."""

    def copied(format: str, rows: int) -> Path:
        return Path(shutil.copytree(base(format, rows), tmp_path / "study"))

    return copied
