"""Output for people and scripts: progress, results, errors, and one JSON object with ``--json``.

No error shows a value from a patient's row. A known error prints its message; an internal error prints its kind and
where in the program it happened, but not its content. A command that opened a study is entered in the audit log before
its result or error is shown.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import typer

from riskstrat.cli.progress import Bars, Lines, Task, Tick
from riskstrat.errors import RiskstratError, UsageError

if TYPE_CHECKING:
    from riskstrat.governance import CommandLog
    from riskstrat.study import Session


_Item = TypeVar("_Item")
WIDTH = 100
ASKED: ContextVar[tuple[str, dict[str, Any]]] = ContextVar("ASKED", default=("", {}))


class Answer(NamedTuple):
    """The answer of a command: facts for scripts, and the same as text.

    `check` may raise an error, with which the command then ends; the text is shown, but not the facts.
    """

    facts: Mapping[str, Any]
    text: str
    check: Callable[[], None] = lambda: None


class Console:
    """Output of a command: progress on standard error, results on standard output.

    With `quiet` only errors are printed, and JSON if asked for. With `as_json` the result is one object.
    """

    def __init__(self, quiet: bool, as_json: bool) -> None:
        self.quiet, self.as_json = quiet, as_json
        self._progress = Bars() if sys.stderr.isatty() else Lines(self.say)
        self._entry: CommandLog | None = None
        self._result = ""

    def opened(self, session: Session) -> None:
        """Start the entry of the command in the study's audit log, if this command is logged."""
        from riskstrat.governance import UNLOGGED, CommandLog

        command, arguments = ASKED.get()
        if command not in UNLOGGED:
            self._entry = CommandLog(session, command, arguments)

    def ended(self, exit_code: int, error: str | None = None) -> None:
        """Enter the command in the audit log, then print its result."""
        if self._entry is not None:
            self._entry.end(exit_code, error)
        if self._result:
            _print(self._result)

    def say(self, text: str) -> None:
        """Print a line of progress."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)
            self._progress.printed()

    def track(
        self, items: Iterable[_Item], what: str, total: int, unit: str = "", sizes: Sequence[float] = ()
    ) -> Iterator[_Item]:
        """Iterate over items and show progress; see `progress`."""
        with self.working(what, total, unit, sum(sizes)) as tick:
            for number, item in enumerate(items):
                yield item
                tick(sizes[number] if sizes else 1)

    @contextmanager
    def working(self, what: str, total: int | None = None, unit: str = "", whole: float = 0) -> Iterator[Tick]:
        """Show progress while a step runs; call what is yielded with the number of units done, or their size."""
        task = Task(what, total, unit, whole)
        if self.quiet:
            yield task.tick
        else:
            with self._progress.show(task) as tick:
                yield tick

    def answer(self, found: Answer) -> None:
        """Store the answer of a command, to be printed when the command ends."""
        if self.as_json:
            found.check()
        self.result(found.facts, found.text)
        found.check()

    def result(self, facts: Mapping[str, Any], text: str) -> None:
        """Store a result, as JSON or text, to be printed when the command ends."""
        if self.as_json:
            self._result = json.dumps(facts, default=str, ensure_ascii=False, indent=1)
        elif not self.quiet:
            self._result = text

    def fail(self, error: RiskstratError) -> None:
        """Print a known error."""
        print(f"Error: {error}", file=sys.stderr)
        if self.as_json:
            self._fail_as_json(error)

    def _fail_as_json(self, error: RiskstratError) -> None:
        said = {"what": error.message, "findings": error.findings, "do": error.advice, "exit_code": error.exit_code}
        print(json.dumps({"error": said}, ensure_ascii=False))

    def misuse(self) -> None:
        """Print as JSON that the command was called wrongly; Typer explains it on standard error."""
        if self.as_json:
            self._fail_as_json(UsageError("The command was called wrongly.", advice="See standard error and `--help`."))


def _print(result: str) -> None:
    """Print a result; a character that the output cannot hold becomes "?", and a reader that has left is no error."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(result.encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _entered(console: Console) -> Iterator[None]:
    """Enter the command in the audit log, however it ends."""
    try:
        yield
    except BaseException as error:
        console.ended(_exit_code(error), type(error).__name__)
        raise
    console.ended(0)


def _exit_code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return 130
    return int(getattr(error, "exit_code", 1))


@contextmanager
def reporting(quiet: bool, as_json: bool) -> Iterator[Console]:
    """Run a command with private files (whatever the umask), and turn errors into exit codes."""
    os.umask(0o077)
    console = Console(quiet, as_json)
    try:
        with _entered(console):
            yield console
    except RiskstratError as error:
        console.fail(error)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        print("Stopped. Finished steps are kept.", file=sys.stderr)
        raise
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        places = [
            f"{frame.filename.rsplit('riskstrat', 1)[-1].lstrip('/')}:{frame.lineno} {frame.name}" for frame in frames
        ]
        report = "Please report the lines below; they contain no patient data."
        console.fail(RiskstratError(f"Internal error ({type(error).__name__}). {report}", places))
        raise typer.Exit(1) from None
