"""What every command is made of: the options that all have, the study it opens, and the answer it gives.

A command is a function from a `Call` and its own options to an `Answer`. `App.command` adds ``--study``, ``--force``,
``--json`` and ``--quiet`` to them, runs it, and shows the answer or the error.
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
from riskstrat.cli.help import PlainHelp, in_order_of_work

if TYPE_CHECKING:
    from riskstrat.study import Session


MISUSE = cast("type[Exception]", typer.BadParameter.__mro__[1])


@dataclass(frozen=True)
class Call:
    """How a command was called, beside its own options: in which study's folder, and whether to redo everything."""

    console: Console
    folder: Path
    force: bool

    def open(self, to_write: bool = True) -> Session:
        """Open the study, for this command alone if it is to write; see `riskstrat.study.open_study`."""
        from riskstrat.study import open_study

        return open_study(self.folder, self.console, self.force, to_write)


class Commands(PlainHelp, TyperGroup):  # type: ignore[misc]
    """A group of commands that report wrong use as JSON too, with ``--json``."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.commands = in_order_of_work(self.commands)

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
        """Parse the words before the command's own."""
        self._console = Console(quiet=False, as_json="--json" in args)
        return self._told(lambda: super(Commands, self).make_context(info_name, args, *more, **extra))

    def invoke(self, ctx: Any) -> Any:
        """Parse the command's own words and run it."""
        return self._told(lambda: super(Commands, self).invoke(ctx))

    def _told(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except MISUSE:
            self._console.misuse()
            raise


class Command(PlainHelp, TyperCommand):  # type: ignore[misc]
    """A command that records its arguments for the audit log."""

    def invoke(self, ctx: Any) -> Any:
        """Note the words and options, then run it."""
        words = ctx.command_path.removeprefix(ctx.find_root().command_path).strip()
        token = ASKED.set((words, dict(ctx.params)))
        try:
            return super().invoke(ctx)
        finally:
            ASKED.reset(token)


class App(typer.Typer):
    """A program, or a group of its commands, of which each is a `Command`."""

    def command(
        self, name: str | None = None, *, example: str = "", study: bool = True, force: bool = False, **settings: Any
    ) -> Callable[[Any], Any]:
        """Make a function a command, with an example; say whether it takes ``--study`` and ``--force``."""

        def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
            called = _with_common_options(function, {"study": study, "force": force})
            settings["epilog"] = f"Example: riskstrat {example}"
            super(App, self).command(name, cls=Command, **settings)(called)
            return function

        return register


def _common(
    study: Annotated[Path, typer.Option("--study", help="The study's folder.", show_default="this folder")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Redo what has not changed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Declare the options that commands share."""


def _with_common_options(function: Callable[..., Answer], takes: dict[str, bool]) -> Callable[..., None]:
    """Wrap a function for Typer: its own options, then those that commands share."""

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
