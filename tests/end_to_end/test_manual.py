"""Every fenced block of README and the manual: shell blocks are run, settings are read, outputs are what is printed."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.from_program import all_commands
from tests.support.manual import (
    PAGES,
    ROOT,
    PageShell,
    blocks,
    commands_of,
    example_study,
    first_patient,
    masked,
    note,
    parts,
    programs,
)  # fmt: skip

from riskstrat.cli import app
from riskstrat.study.study_file import Study

STATES = ("an empty folder", "a new study", "a finished run")
COMMANDS = all_commands(app)
SKIPPABLE = {"make", "git", "sudo", "apt", "wsl", "rm", "cd", "xdg-open", "open", "."}


def named(page: Path) -> str:
    """A page, by its place."""
    return str(page.relative_to(ROOT))


def ids(pages: list[Path]) -> dict[str, object]:
    """The arguments of a test of each page."""
    return {"argvalues": pages, "ids": [named(page) for page in pages]}


RUN = [page for page in PAGES if note(page, "starts with")]
WITH_SHELL = [page for page in PAGES if blocks(page, "sh")]


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder that a page starts with, made once."""
    made: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("state") / "demo"
            if name == "an empty folder":
                made[name].mkdir()
            elif name == "a new study":
                example_study(made[name])
            else:
                shutil.copytree(of("a new study"), made[name])
                shell = PageShell(made[name], programs(made[name].parent / "bin"))
                assert shell.run("riskstrat run --quiet").returncode == 0
        return made[name]

    return of


def test_every_page_with_commands_says_what_it_starts_with() -> None:
    assert [named(page) for page in WITH_SHELL if note(page, "starts with") not in STATES] == []


@pytest.mark.parametrize("page", **ids(RUN))
def test_the_commands_of_a_page_run(page: Path, state: Callable[[str], Path], tmp_path: Path) -> None:
    start = note(page, "starts with")
    assert start in STATES
    folder = tmp_path / "demo"
    shutil.copytree(state(start), folder)
    shell, code, skip, shown, names = PageShell(folder, programs(tmp_path / "bin")), 0, False, "", {}
    for part in parts(page):
        if part.kind == "prepare":
            done = shell.run(part.text)
            assert done.returncode == 0, f"{part.text}\n{done.stderr}"
        elif part.kind == "with":
            names[part.text.split(" = ")[0]] = first_patient(folder)
        elif part.kind == "exit":
            code = int(part.text)
        elif part.kind == "not run":
            skip = True
        elif part.fenced and part.kind == "sh":
            if not skip:
                text = part.text
                for word, real in names.items():
                    text = text.replace(word, real)
                done = shell.run(text)
                shown = done.stdout + done.stderr
                assert done.returncode == code, f"{text}\n{shown}"
            code, skip = 0, False
        elif part.fenced and part.kind == "text" and shown:
            missing = [line for line in lines_shown(part.text) if not is_in(line, masked(shown))]
            assert missing == [], f"not printed:\n{missing}\n--- printed ---\n{shown}"
            shown = ""
        elif part.fenced:
            shown = ""


def lines_shown(text: str) -> list[str]:
    """The lines that a block shows of an output, numbers and white space made alike."""
    return [line for line in masked(text) if line and line != "…"]


def is_in(line: str, printed: set[str]) -> bool:
    """Whether a line was printed; one that ends with … need only be how a line begins."""
    start = line.removesuffix("…").rstrip()
    return line in printed or ("…" in line and any(one.startswith(start) for one in printed))


@pytest.mark.parametrize("page", **ids(WITH_SHELL))
def test_blocks_that_are_not_run_hold_nothing_that_could_be(page: Path) -> None:
    skip = False
    for part in parts(page):
        if part.kind == "not run":
            skip = True
        elif part.fenced and part.kind == "sh":
            words = {line.split()[0] for line in commands_of(part.text)} if skip else set()
            assert words <= SKIPPABLE | {"riskstrat", "python", "pip"}
            skip = False


def typed_commands() -> list[tuple[str, list[str]]]:
    """Every call of riskstrat in a block, a table and running text, with its page."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        spans = re.findall(r"`(riskstrat [a-z][^`\n]*)`", text)
        for line in [*(one for block in blocks(page, "sh") for one in commands_of(block)), *spans]:
            words = shlex.split(line, comments=True)
            if words[:1] == ["riskstrat"] and len(words) > 1:
                found.append((named(page), words[1:]))
    return found


def test_commands_that_are_named_exist_with_their_options() -> None:
    wrong = []
    for page, words in typed_commands():
        name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
        if name.startswith("-"):
            continue
        takes = (
            {option for one in COMMANDS[name].params for option in one.opts} | {"--help", "-h"}
            if name in COMMANDS
            else ()
        )
        if not takes or not {word for word in words if word.startswith("-") and not word[1:2].isdigit()} <= set(takes):
            wrong.append(f"{page}: riskstrat {' '.join(words)}")
    assert wrong == []


SETTINGS = [(named(page), text) for page in PAGES for text in blocks(page, "toml")]


@pytest.mark.parametrize(("page", "text"), SETTINGS, ids=[page for page, _ in SETTINGS])
def test_settings_that_are_shown_can_be_set(page: str, text: str) -> None:
    given = tomllib.loads(text)
    if "project" in given:
        pytest.skip("settings of a Python package, not of a study")
    assert Study.model_validate({"name": "x", **given}) != Study(name="x")
