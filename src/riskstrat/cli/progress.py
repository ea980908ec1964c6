"""Progress of long work on stderr: bars on a terminal, elsewhere a plain line at least every ten seconds.

Decision
--------
A time left is an estimate from what is done so far, and is shown only where that can be counted: once a first part is
done, and no longer than the estimate lasts. Where nothing can be counted, the time that has passed is shown.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

from riskstrat.wording import plural

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.progress import Task as RichTask

LONGEST_SILENCE = 8.0
Tick = Callable[[float], None]


@dataclass
class Task:
    """A piece of work: how much of it is done, and since when.

    Parameters
    ----------
    total : int or None
        How many units it has; None where they cannot be counted.
    whole : float
        The size of all units where they differ in size; then a tick is one unit of some size, else some units.
    """

    what: str
    total: int | None = None
    unit: str = ""
    whole: float = 0
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    weight: float = 0
    began: float = field(init=False)
    last: float = field(init=False)
    sized: bool = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.last = self.clock()
        self.sized = self.whole > 0
        self.whole = self.whole or float(self.total or 0)

    def tick(self, amount: float = 1) -> None:
        """Count more as done."""
        self.done += 1 if self.sized else int(amount)
        self.weight, self.last = self.weight + amount, self.clock()

    def so_far(self) -> str:
        """Write what is done, where there are several units: "12 of 26 files"."""
        if self.total is None or self.total == 1:
            return ""
        return f"{self.done:,} of {plural(self.total, self.unit) if self.unit else f'{self.total:,}'}"

    def left(self) -> float | None:
        """Estimate the seconds left; None where there is no basis for it."""
        if not self.weight or self.weight >= self.whole:
            return None
        per_weight = (self.last - self.began) / self.weight
        left = (self.whole - self.weight) * per_weight - (self.clock() - self.last)
        return left if left > 0 else None

    def line(self) -> str:
        """Write how it goes in one line."""
        left = self.left()
        when = f"{duration(self.clock() - self.began)} so far" if left is None else f"about {duration(left)} left"
        return f"{self.what}: {', '.join(part for part in (self.so_far(), when) if part)}"

    def ended(self) -> str:
        """Write that it is done, and how long it took."""
        done = "done" if not self.so_far() else plural(self.done, self.unit) if self.unit else f"{self.done:,} done"
        return f"{self.what}: {done} in {duration(self.clock() - self.began)}"


def duration(seconds: float) -> str:
    """Write a time as one would say it.

    >>> [duration(seconds) for seconds in (0.4, 18, 100, 3600 * 2.6)]
    ['1 s', '18 s', '2 min', '3 h']
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 90 * 60 else f"{round(seconds / 3600)} h"


class Lines:
    """Progress in plain lines: one whenever nothing was printed for a while, and one when the work has ended."""

    def __init__(self, say: Callable[[str], None], silence: float = LONGEST_SILENCE) -> None:
        self._say, self._silence = say, silence
        self._tasks: list[Task] = []
        self._printed = time.monotonic()

    def printed(self) -> None:
        """Note that a line was printed, whoever printed it."""
        self._printed = time.monotonic()

    @contextmanager
    def show(self, task: Task) -> Iterator[Tick]:
        """Show a task; one inside another is part of it, and has no lines of its own."""
        self._tasks.append(task)
        try:
            with self._beating() if len(self._tasks) == 1 else _nothing():
                yield task.tick
        finally:
            self._tasks.pop()
        if not self._tasks and task.clock() - task.began > 1:
            self._say(task.ended())

    @contextmanager
    def _beating(self) -> Iterator[None]:
        stop = Event()
        thread = Thread(target=self._beat, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _beat(self, stop: Event) -> None:
        while not stop.wait(min(0.5, self._silence)):
            if time.monotonic() - self._printed >= self._silence and self._tasks:
                self._say(self._tasks[0].line())


class Bars:
    """Progress on a terminal: a bar for each task, those of tasks inside others below them."""

    def __init__(self) -> None:
        self._drawn: Progress | None = None

    def printed(self) -> None:
        """Do nothing: bars move by themselves."""

    @contextmanager
    def show(self, task: Task) -> Iterator[Tick]:
        """Show a task while it lasts."""
        outer = self._drawn
        drawn = self._drawn = outer or _bars()
        if outer is None:
            drawn.start()
        row = drawn.add_task(task.what, total=task.whole or None, task=task)

        def tick(amount: float = 1) -> None:
            task.tick(amount)
            drawn.update(row, completed=task.weight)

        try:
            yield tick
        finally:
            drawn.remove_task(row)
            if outer is None:
                drawn.stop()
            self._drawn = outer


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
    from rich.table import Column
    from rich.text import Text

    class Words(ProgressColumn):
        """What is done, and what is left."""

        def render(self, task: RichTask) -> Text:
            """Write it."""
            return Text(task.fields["task"].line().partition(": ")[2])

    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(24),
        Words(table_column=Column(no_wrap=True)),
        console=Console(file=sys.stderr),
        transient=True,
    )


@contextmanager
def _nothing() -> Iterator[None]:
    yield
