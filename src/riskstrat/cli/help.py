"""Help texts: commands in the order of work, plain names for the values of options, at most 100 columns."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from riskstrat.cli.console import WIDTH

HELP_PANELS = {
    "Begin": ("init", "synth", "codelists"),
    "Each month": ("run", "ingest", "check", "score", "list", "review", "summary"),
    "Look closer": ("criteria", "explain", "catalogue"),
    "Models": ("train", "compare", "validate"),
    "Keep in order": ("audit", "purge", "export"),
}
EPILOG = (
    "Most months need `riskstrat run` and `riskstrat review` only. `riskstrat COMMAND --help` explains a command and "
    "ends with an example. `riskstrat --install-completion` adds completion with the Tab key to your shell's start-up "
    "file; nothing is written there without it."
)
_VALUES = {
    "folder": "DIR", "study": "DIR", "other": "DIR", "extracts": "DIR", "matrix": "FILE", "source": "FILE",
    "index_date": "YYYY-MM-DD",
    "model": "NAME", "variant": "NAME", "variants": "NAMES", "scores": "NAMES", "name": "NAME", "snapshot": "NAME",
    "role": "NAME", "system": "NAME", "outcome": "COLUMN", "group": "COLUMN", "date": "COLUMN", "practice": "CODE",
    "patient_id": "PATIENT", "what": "TOPIC", "install_completion": "", "show_completion": "",
}  # fmt: skip


class Parameter(Protocol):
    """An argument or option, as far as its help is concerned."""

    name: str
    metavar: str | None
    param_type_name: str
    display_type_rich: Callable[[object], str | None]


_Listed = TypeVar("_Listed")


def in_order_of_work(commands: Mapping[str, _Listed]) -> dict[str, _Listed]:
    """Sort the commands of the program by panel, and note the panel of each; leave those of a group as they are."""
    panels = {name: panel for panel, names in HELP_PANELS.items() for name in names}
    if not commands.keys() <= panels.keys():
        return dict(commands)
    for name, command in commands.items():
        vars(command)["rich_help_panel"] = panels[name]
    return {name: commands[name] for name in panels if name in commands}


def in_plain_words(message: str) -> str:
    """Write what is wrong with an option as an analyst would.

    >>> in_plain_words("Value error, 'May' does not match the formats '%Y-%m'.")
    'Write it as YYYY-MM.'
    >>> in_plain_words("Input should be a valid integer, unable to parse string as an integer")
    'It must be a whole number.'
    """
    message = re.sub(r"Value error, '.*' does not match the formats '(.*)'\.", r"Write it as \1.", message)
    message = message.replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD")
    message = re.sub(r"a valid integer.*", "a whole number", message)
    return re.sub(r"Input should (.*)", r"It must \1.", message)


class PlainHelp:
    """What a command and a group of commands do for their help, before what Typer does."""

    def get_params(self, ctx: object) -> list[Parameter]:
        """List arguments and options, with plain names for their values."""
        found: list[Parameter] = super().get_params(ctx)  # type: ignore[misc]
        _name_values(found)
        return found

    def collect_usage_pieces(self, ctx: object) -> list[str]:
        """List the words of the line of usage, without braces."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]  # type: ignore[misc]

    def format_help(self, ctx: object, formatter: object) -> None:
        """Write the help no wider than a page, with the range of a number in the name of its value."""
        from typer import rich_utils

        rich_utils.MAX_WIDTH = min(shutil.get_terminal_size().columns, WIDTH)
        rich_utils.RANGE_STRING = ""
        super().format_help(ctx, formatter)  # type: ignore[misc]


def _name_values(parameters: Iterable[Parameter]) -> None:
    """Name the value of each option, DIR, FILE, NAME or N, where it has no name yet; a flag has no value."""
    for one in parameters:
        if one.metavar is None:
            one.metavar = "" if getattr(one, "is_flag", False) else _VALUES.get(one.name, _number(one))
        if one.param_type_name == "argument":
            one.display_type_rich = _no_type


def _no_type(ctx: object) -> None:
    """Show no type beside an argument: its name says it."""


def _number(parameter: object) -> str:
    """Write the value of a numeric option with its range in words.

    >>> from types import SimpleNamespace
    >>> _number(SimpleNamespace(min=24, max=240)), _number(SimpleNamespace(min=1, max=None))
    ('N, 24 to 240', 'N, from 1')
    """
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if low is None:
        return "N"
    return f"N, from {low}" if high is None else f"N, {low} to {high}"
