"""Reference pages that are made from the program's registries, settings and commands."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
import typer
from typer.main import get_command

from riskstrat.cli import app
from riskstrat.features import Feature, all_features
from riskstrat.lists.columns import COLUMNS
from riskstrat.reports import catalogue_sections
from riskstrat.study import Study
from riskstrat.study.roles import RoleSettings
from riskstrat.study.settings import Settings, SourceSettings
from riskstrat.tables import files_on_disk as stored

KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "date"}
GROUPS = {"hospital": "hospital records", "gp": "GP records", "demographic": "demographic data", "": "several sources"}


def cell(text: object) -> str:
    """Write a text as one cell of a Markdown table, on one line; a bar in code is written as HTML."""
    line = re.sub(r"\s*\n\s*", " ", str(text)).strip()
    line = re.sub(r"`([^`]*\|[^`]*)`", lambda code: f"<code>{code[1].replace('|', '&#124;')}</code>", line)
    return line.replace("|", r"\|")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    r"""Write a Markdown table.

    >>> print(table(["a", "b"], [[1, "x|y"]]))
    | a | b |
    |---|---|
    | 1 | x\|y |
    """
    lines = [f"| {' | '.join(map(cell, row))} |" for row in (heads, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(heads), *lines[1:]])


def page(*parts: str) -> str:
    """Put the parts of a page together, each paragraph on lines of its own."""
    return "\n\n".join(parts)


def code(text: object) -> str:
    """Write a text as code, if there is any."""
    return f"`{text}`" if str(text) else ""


def _section(name: str) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    (section,) = catalogue_sections(name)
    return section.columns, section.rows


def _catalogue(name: str, intro: str, title: str) -> str:
    heads, rows = _section(name)
    return f"# {title}\n\n{intro}\n\n{table(heads, [(code(first), *rest) for first, *rest in rows])}"


def all_commands(group: typer.Typer) -> dict[str, Any]:
    """Name every command by the words that call it, those of sub-groups among them."""
    found: dict[str, Any] = {}
    for name, command in vars(get_command(group))["commands"].items():
        inner = getattr(command, "commands", None)
        found |= {name: command} if inner is None else {f"{name} {sub}": one for sub, one in inner.items()}
    return found


def _value_name(parameter: Any) -> str:
    return getattr(parameter, "metavar", None) or parameter.name.upper().replace("_", "-")


def _option_row(option: Any) -> tuple[str, str, str]:
    takes = "" if option.is_flag else f" {_value_name(option)}"
    given, shown = getattr(option, "default", None), option.show_default
    default = shown if isinstance(shown, str) else "" if given in (None, False, ()) or callable(given) else given
    return code(f"{', '.join([*option.opts, *option.secondary_opts])}{takes}"), str(default), option.help or ""


def _command(name: str, one: Any) -> str:
    arguments = [(code(_value_name(p)), "", p.help or "") for p in one.params if p.param_type_name == "argument"]
    options = [_option_row(p) for p in one.params if p.param_type_name == "option"]
    rows = table(("argument or option", "default", "meaning"), [*arguments, *options])
    return f"## riskstrat {name}\n\n{one.help}\n\nExample: `{one.epilog.removeprefix('Example: ')}`\n\n{rows}"


def commands() -> str:
    """Write each command: what it does, an example, its arguments and options."""
    found = all_commands(app)
    summary = [
        (f"[`riskstrat {name}`](#riskstrat-{name.replace(' ', '-')})", one.help.split("\n\n")[0])
        for name, one in found.items()
    ]
    return page(
        "# Commands",
        (
            "Run a command in the study's folder, or name the folder with `--study DIR`. `riskstrat COMMAND "
            "--help` says the same as this page. `riskstrat --version` prints the version."
        ),
        table(("command", "does"), summary),
        *(_command(name, one) for name, one in found.items()),
    )


def _kind(annotation: Any) -> str:
    """Say in words what a setting takes."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return ", ".join(code(repr(one).replace("'", '"')) for one in inner)
    if origin in (Union, types.UnionType):
        return ", ".join(_kind(one) for one in inner if one is not type(None))
    if origin is tuple:
        return f"list of {_kind(inner[0])}" if inner[-1] is Ellipsis else f"{len(inner)} of {_kind(inner[0])}"
    if origin is dict:
        return f"table of {_kind(inner[1])}"
    return KINDS.get(annotation, "text")


def _bounds(field: Any) -> str:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    found = {
        name: getattr(one, name) for one in field.metadata for name in words if getattr(one, name, None) is not None
    }
    return " ".join(f"{words[name]} {found[name]:,}" for name in words if name in found)


def _toml(value: Any) -> str:
    """Write a default as TOML does.

    >>> _toml(("a", 1)), _toml(True), _toml({"very high": 50.0})
    ('["a", 1]', 'true', '{ "very high" = 50.0 }')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(one)}" for key, one in value.items()) + " }" if value else "{}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _setting_row(name: str, field: Any) -> tuple[str, str, str, str]:
    default = "required" if field.is_required() else "" if field.default is None else code(_toml(field.default))
    takes = " ".join(filter(None, (_kind(field.annotation), _bounds(field))))
    return code(name), takes, default, field.description or ""


def _settings_of(group: type[Settings]) -> str:
    return table(
        ("setting", "takes", "default", "meaning"),
        [_setting_row(name, field) for name, field in group.model_fields.items()],
    )


def settings() -> str:
    """Write every setting of study.toml: what it takes, its default and its meaning."""
    titles: dict[str, type[Settings] | None] = {"[[sources]]": SourceSettings, "[roles.NAME]": RoleSettings}
    named = {"sources": "[[sources]]", "roles": "[roles.NAME]"}
    written = []
    for name, field in Study.model_fields.items():
        title = named.get(name, f"[{name}]")
        group = titles.get(title, field.annotation if isinstance(field.annotation, type) else None)
        shown = isinstance(group, type) and issubclass(group, Settings)
        body = _settings_of(group) if shown else ""
        written.append(f"## {title if name != 'name' else 'name'}\n\n{field.description}\n\n{body}".rstrip())
    return page(
        "# study.toml",
        (
            "Every choice of a study is in this file. `riskstrat init` writes it with all settings shown as "
            "comments. A setting that does not exist is refused. Paths are relative to the file."
        ),
        *written,
    )


def formats() -> str:
    """Write what each format reads and does not carry."""
    return _catalogue(
        "formats",
        "The formats of extracts, to be named as `format` in a `[[sources]]` section. [Sources](sources.md) has "
        "the headings of each; [bring your extracts](../how-to/bring-your-extracts.md) says how to use them. What"
        " a format does not carry is absent from the model, never counted as zero.",
        "Formats",
    )


def sources() -> str:
    """Write the headings of each format."""
    _, rows = _section("sources")
    by_format: dict[str, list[Sequence[str]]] = {}
    for name, *rest in rows:
        by_format.setdefault(name, []).append(rest)
    parts = [
        f"## {name}\n\n{table(('table', 'files', 'headings'), [(code(t), *rest) for t, *rest in mine])}"
        for name, mine in by_format.items()
    ]
    return page(
        "# Sources",
        (
            "The headings that each format looks for. Upper and lower case and the order of columns do not "
            "matter. A heading marked `*` is required. In brackets stands our name of the column, where it "
            "differs: use that name in `columns`, `values` and `absent` of study.toml. [Tables](tables.md) "
            "says what each column means."
        ),
        *parts,
    )


def tables() -> str:
    """Write the columns of each canonical table."""
    _, rows = _section("tables")
    by_table: dict[str, list[Sequence[str]]] = {}
    for name, *rest in rows:
        by_table.setdefault(name, []).append(rest)
    heads = ("column", "type", "required", "meaning")
    parts = [f"## {name}\n\n{table(heads, [(code(c), *rest) for c, *rest in mine])}" for name, mine in by_table.items()]
    intro = "The tables of a snapshot, `store/<snapshot>/<table>`. Every format is read into these columns."
    return page("# Tables", intro, *parts)


def features() -> str:
    """Write every feature, by the records that it is made of."""
    by_group: dict[str, list[Feature]] = {}
    for feature in all_features().values():
        by_group.setdefault(feature.group, []).append(feature)
    total = sum(len(feature.columns()) for feature in all_features().values())
    parts = [f"## From {GROUPS[group]}\n\n{_features_of(mine)}" for group, mine in by_group.items()]
    return page(
        "# Features",
        (
            f"The {total} columns that a model may use, of {len(all_features())} topics; some are for lists only. A "
            "column whose data no extract carries is absent. Columns of one topic count as one reason on a list. A "
            "window is counted back from the index date less the data lag; `riskstrat catalogue features` prints the "
            "same."
        ),
        *parts,
    )


def _features_of(features: Sequence[Feature]) -> str:
    rows = [(code(c.name), c.meaning, c.unit, c.window, f.name) for f in features for c in f.columns()]
    return table(("column", "meaning", "unit", "window", "topic"), rows)


def scores() -> str:
    """Write the published scores."""
    return _catalogue(
        "scores",
        "Published scores, worked out as printed and compared with the models by `riskstrat compare`. Read the "
        "caution of each before you use it.",
        "Clinical scores",
    )


def variants() -> str:
    """Write the kinds of model."""
    return _catalogue("variants", "Kinds of model, for `[model] variant` or `riskstrat train --variant`.", "Variants")


def outputs() -> str:
    """Write the file formats of lists."""
    return _catalogue("outputs", "Formats in which lists are written.", "Outputs")


def roles() -> str:
    """Write the built-in roles."""
    return _catalogue(
        "roles",
        "Built-in roles. The first two are in a new study; the others need only their name, such as "
        "`[roles.pharmacist]`. They are starting points for a team to discuss, not findings: see [define a "
        "role](../how-to/define-a-role.md).",
        "Roles",
    )


def list_columns() -> str:
    """Write what each column of a list means."""
    rows = [(code(c.name), c.label, "yes" if c.printed else "", c.meaning) for c in COLUMNS]
    intro = "The columns of a list, in the workbook and the CSV. Those marked under “on paper” are printed by default."
    heads = ("column", "label in the workbook", "on paper", "meaning")
    return f"# Columns of a list\n\n{intro}\n\n{table(heads, rows)}"


def exit_codes() -> str:
    """Write the exit codes."""
    _, rows = _section("errors")
    intro = (
        "A command ends with 0 when it is done. Every error has an exit code, for scripts. All problems that a "
        "command can find before it stops are reported together. [Messages](messages.md) lists every error "
        "message; [troubleshooting](../troubleshooting.md) says what to do."
    )
    return f"# Exit codes\n\n{intro}\n\n{table(('exit code', 'error', 'meaning'), rows)}"


FOLDERS = (
    ("study.toml", "every choice of the study"),
    ("extracts/", "your extracts; read, never changed"),
    ("store/<snapshot>/<table>/", "the tables of a snapshot: see [tables](tables.md)"),
    ("store/<snapshot>/manifest.json", "what became of every line of every file; hashes, spans, versions"),
    ("store/<snapshot>/quarantine/", "file, line, column and reason of each rejected row"),
    ("store/.converted/", "each file as it was converted, so that it is not read again next month"),
    ("models/<name>/", "a model: its files, `model.toml`, `card.html`, `card.md`, `SHA256SUMS`"),
    ("runs/<index date>/", "`cohort`, `features`, `scores` and, for past dates, `outcomes` as Parquet; a manifest"),
    ("runs/<index date>/lists/", "`lists`, `left`, `kept_off` and `fates` as Parquet, and `manifest.json`"),
    ("runs/<index date>/lists/<practice>/", "for each role a workbook, a CSV and a JSON file; `worklist.html`"),
    ("reports/", "pages of `check`, `compare`, `validate` and `summary`, each with its data"),
    ("reviews/decisions.parquet", "decisions of teams, as `riskstrat review` read them"),
    ("codelists/", "your own code lists"),
    ("audit.jsonl", "one entry for each command; `.audit-head` holds the latest hash"),
)  # fmt: skip


def _schemas() -> Iterator[tuple[str, pa.Schema]]:
    for name, schema in vars(stored).items():
        if isinstance(schema, pa.Schema) and name.endswith("_FILE") and name != "NO_OUTCOMES_FILE":
            yield name.removesuffix("_FILE").lower(), schema
    yield from stored.LIST_FILES.items()


def files_on_disk() -> str:
    """Write the folder of a study, and the schema of each Parquet file."""
    rows = [(code(where), what) for where, what in FOLDERS]
    parts = [
        f"### {name}\n\n{table(('column', 'type'), [(code(one.name), one.type) for one in schema])}"
        for name, schema in _schemas()
    ]
    return page(
        "# Files on disk",
        "A study is one folder. Files are readable by their owner only (0600, folders 0700).",
        table(("place", "what it holds"), rows),
        "## Parquet files",
        (
            f"Every manifest has a `schema_version`, now {stored.SCHEMA_VERSION}. `features.parquet` continues"
            " with the columns of the model's [features](features.md); `fates.parquet` has one more column "
            "for each role."
        ),
        *parts,
    )
