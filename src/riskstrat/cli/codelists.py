"""The commands `codelists add` and `codelists list`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from riskstrat.cli.app import app
from riskstrat.cli.commands import App, Call, Commands
from riskstrat.cli.console import Answer
from riskstrat.wording import plural

codelists = App(
    cls=Commands, no_args_is_help=True, help="Add your own full code lists to the built-in short ones, or show them."
)
app.add_typer(codelists, name="codelists", epilog="Example: riskstrat codelists add heart_failure.csv --study demo")


@codelists.command(example="codelists add hf_codes.csv --name heart_failure --study demo")
def add(
    call: Call,
    source: Annotated[Path, Argument(help="CSV from OpenCodelists or the PCD reference sets, or a folder of them.")],
    name: Annotated[
        str | None, Option("--name", help="Condition, measurement, group of medicines or efi_<deficit> that it is for.")
    ] = None,
    system: Annotated[
        str | None, Option("--system", help="Coding system, if not in the file: snomed, icd10 ...")
    ] = None,
    replace: Annotated[bool, Option("--replace", help="Replace the study's codes of the same system.")] = False,
) -> Answer:
    """Check code lists, copy them into the study and name them in study.toml."""
    from riskstrat.features import coding_system
    from riskstrat.steps.codelists import add_lists

    asked = None if system is None else coding_system(system)
    facts = add_lists(call.open(), source, name, asked, replace)
    return Answer(facts, _added_text(facts))


@codelists.command("list", example="codelists list --study demo")
def list_code_lists(call: Call) -> Answer:
    """Show the code lists that study.toml names, with their hashes."""
    from riskstrat.steps.codelists import study_code_lists

    found = study_code_lists(call.open(to_write=False))
    text = _drawn(found) if found else "This study has no code lists of its own; it uses the built-in short code lists."
    return Answer({"lists": found}, text)


def _drawn(lists: Sequence[Mapping[str, Any]]) -> str:
    from riskstrat.cli.text import table

    heads = {"list": "left", "codes": "left", "sha256": "left", "file": "left"}
    return table(heads, [[one["name"], _codes(one["codes"]), one["sha256"][:12], one["file"]] for one in lists])


def _codes(codes: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {system}" for system, number in codes.items())


def _added_text(facts: Mapping[str, Any]) -> str:
    lists = facts["lists"]
    changed = [one for one in lists if one["changed"]]
    doubles = sum(one["doubles"] for one in lists)
    lines = [_drawn(changed)] if changed else []
    if same := len(lists) - len(changed):
        lines.append(f"Nothing to do for {plural(same, 'list')}: already in the study.")
    if doubles:
        lines.append(f"Ignored {plural(doubles, 'repeated code')}.")
    lines += [f"Ignored: {one}" for one in facts["left_out"]]
    if changed:
        lines.append("The meaning of features has changed. Run `riskstrat train` before you score.")
    return "\n".join(lines)
