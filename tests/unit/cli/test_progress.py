"""Progress on stderr: what is counted, what is estimated, and how long nothing is printed."""

from __future__ import annotations

import io
import json
import sys
import time
from typing import Any

import pytest

from riskstrat.cli.console import Console
from riskstrat.cli.progress import Bars, Lines, Task


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_time_left_is_estimated_once_something_is_done(clock: Clock) -> None:
    task = Task("Training", 40, "fit", clock=clock)
    clock.now = 9
    assert task.line() == "Training: 0 of 40 fits, 9 s so far"
    for _ in range(12):
        task.tick()
    assert task.line() == "Training: 12 of 40 fits, about 21 s left"
    clock.now = 19
    assert task.line() == "Training: 12 of 40 fits, about 11 s left"


def test_an_estimate_that_has_run_out_is_not_shown(clock: Clock) -> None:
    task = Task("Training", 2, "fit", clock=clock)
    clock.now = 10
    task.tick()
    clock.now = 25
    assert task.line() == "Training: 1 of 2 fits, 25 s so far"
    task.tick()
    assert task.line() == "Training: 2 of 2 fits, 25 s so far"


def test_units_of_different_size_are_estimated_by_size(clock: Clock) -> None:
    task = Task("Reading extracts", 3, "file", whole=100, clock=clock)
    clock.now = 10
    task.tick(20)
    assert task.line() == "Reading extracts: 1 of 3 files, about 40 s left"
    task.tick(0)
    assert task.line() == "Reading extracts: 2 of 3 files, about 40 s left"


def test_a_tick_may_be_of_several_units(clock: Clock) -> None:
    task = Task("Making up people", 30_000, "patient", clock=clock)
    clock.now = 5
    task.tick(10_000)
    assert task.line() == "Making up people: 10,000 of 30,000 patients, about 10 s left"


def test_what_cannot_be_counted_shows_the_time_so_far(clock: Clock) -> None:
    task = Task("Writing the snapshot", clock=clock)
    clock.now = 200
    assert task.line() == "Writing the snapshot: 3 min so far"
    assert task.ended() == "Writing the snapshot: done in 3 min"
    assert task.left() is None


def test_something_is_printed_while_a_long_step_lasts() -> None:
    printed: list[str] = []
    lines = Lines(printed.append, silence=0.05)
    with lines.show(Task("Outer", 2, "part")) as tick:
        with lines.show(Task("Inner")):
            time.sleep(0.3)
        tick(1)
    assert len(printed) >= 2
    assert all(line.startswith("Outer: 0 of 2 parts, ") for line in printed)


def test_a_short_step_prints_nothing_and_a_failed_one_no_end() -> None:
    printed: list[str] = []
    lines = Lines(printed.append)
    with lines.show(Task("Short")):
        pass
    with pytest.raises(ValueError, match="no"), lines.show(Task("Fails", clock=iter([0.0, 9.0]).__next__)):
        raise ValueError("no")
    assert printed == []


def test_items_are_passed_on_and_quiet_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (True, False):
        console = Console(quiet=quiet, as_json=False)
        assert list(console.track([3, 4], "Reading", 2, "file", [1, 2])) == [3, 4]
        with console.working("Thinking") as tick:
            tick(1)
    assert capsys.readouterr().err == ""


def test_bars_are_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    bars = Bars()
    with bars.show(Task("Building features", 6, "index date")) as tick:
        tick(1)
        with bars.show(Task("Features at 2025-01-01 [x]")):
            time.sleep(0.3)
    assert "Building features" in terminal.getvalue()
    assert "1 of 6 index dates" in terminal.getvalue()
    assert "[x]" in terminal.getvalue()


def test_a_run_says_its_steps_on_stderr_and_one_object_on_stdout(a_copy: Any, cli: Any) -> None:
    said = cli("run", "--study", a_copy.folder, "--json")
    assert isinstance(json.loads(said.stdout), dict)
    steps = [line.split(":")[0] for line in said.stderr.splitlines() if line.startswith("Step ")]
    assert steps == [f"Step {number} of 5" for number in range(1, 6)]
