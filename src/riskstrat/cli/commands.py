"""The parts that all commands share: common options, opening the study, showing the answer or the error.

A command is a function from a `Call` and its own options to an `Answer`. `App.command` adds the options ``--study``,
``--force``, ``--json`` and ``--quiet``, runs the function, and shows the answer or the error.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from riskstrat.cli.console import ASKED, Answer, Console, reporting
from riskstrat.cli.help import PlainHelp, in_order_of_work, in_plain_words

if TYPE_CHECKING:
    from riskstrat.study import Session


MISUSE = cast("type[Exception]", typer.BadParameter.__mro__[1])


@dataclass(frozen=True)
class Call:
    """The common options of a command: the console, the study's folder, and whether to repeat everything."""

    console: Console
    folder: Path
    force: bool

    def open(self, to_write: bool = True) -> Session:
        """Open the study, and lock it if the command writes; see `riskstrat.study.open_study`."""
        from riskstrat.study import open_study

        return open_study(self.folder, self.console, self.force, to_write)


class Commands(PlainHelp, TyperGroup):  # type: ignore[misc]
    """A group of commands that report wrong use as JSON too, with ``--json``."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.commands = in_order_of_work(self.commands)

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
        """Parse the words before the command."""
        outermost = extra.get("parent") is None
        self._console = Console(quiet=False, as_json=outermost and "--json" in args)
        return self._told(lambda: super(Commands, self).make_context(info_name, args, *more, **extra))

    def invoke(self, ctx: Any) -> Any:
        """Parse the options of the command and run it."""
        return self._told(lambda: super(Commands, self).invoke(ctx))

    def _told(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except MISUSE as error:
            vars(error)["message"] = in_plain_words(str(vars(error)["message"]))
            self._console.misuse()
            raise


class Command(PlainHelp, TyperCommand):  # type: ignore[misc]
    """A command that records its arguments for the audit log."""

    def invoke(self, ctx: Any) -> Any:
        """Record the command and its options, then run it."""
        words = ctx.command_path.removeprefix(ctx.find_root().command_path).strip()
        token = ASKED.set((words, dict(ctx.params)))
        try:
            return super().invoke(ctx)
        finally:
            ASKED.reset(token)


class App(typer.Typer):
    """The program, or a group of its commands; each command is a `Command`."""

    def command(
        self, name: str | None = None, *, example: str = "", study: bool = True, force: bool = False, **settings: Any
    ) -> Callable[[Any], Any]:
        """Turn a function into a command, with an example; choose whether it takes ``--study`` and ``--force``."""

        def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
            called = _with_common_options(function, {"study": study, "force": force})
            settings["epilog"] = f"Example: riskstrat {example}"
            super(App, self).command(name, cls=Command, **settings)(called)
            return function

        return register


def _common(
    study: Annotated[Path, typer.Option("--study", help="The study's folder.", show_default="this folder")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Repeat the work even if nothing has changed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Declare the common options."""


def _with_common_options(function: Callable[..., Answer], takes: dict[str, bool]) -> Callable[..., None]:
    """Wrap a function for Typer: its own options, then the common options."""

    def called(json: bool, quiet: bool, study: Path = Path(), force: bool = False, **own: Any) -> None:
        with reporting(quiet, json) as console:
            console.answer(function(Call(console, study, force), **own))

    _, *own = inspect.signature(function, eval_str=True).parameters.values()
    shared = inspect.signature(_common, eval_str=True).parameters.values()
    options = [*own, *(one for one in shared if takes.get(one.name, True))]
    called.__name__, called.__doc__ = function.__name__, function.__doc__
    called.__annotations__ = {one.name: one.annotation for one in options}
    vars(called)["__signature__"] = inspect.Signature(options)
    return called
