"""The commands `codelists add` and `codelists list`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from riskstrat.cli.app import app
from riskstrat.cli.commands import App, Call, Commands
from riskstrat.cli.console import Answer

codelists = App(
    cls=Commands,
    no_args_is_help=True,
    help="The study's own full code lists, added to the built-in short code lists.",
)
app.add_typer(codelists, name="codelists", epilog="Example: riskstrat codelists add heart_failure.csv --study demo")


@codelists.command(example="codelists add hf_codes.csv --name heart_failure --study demo")
def add(
    call: Call,
    source: Annotated[Path, Argument(help="A CSV of OpenCodelists or of PCD reference sets, or a folder of them.")],
    name: Annotated[
        str | None, Option("--name", help="The condition, measurement, group of medicines or efi_<deficit>.")
    ] = None,
    system: Annotated[str | None, Option("--system", help="snomed, icd10 ...: where the file does not say.")] = None,
    replace: Annotated[bool, Option("--replace", help="Put these codes in the place of those there are.")] = False,
) -> Answer:
    """Check lists, copy them into the study, and set them in study.toml."""
    from riskstrat.features import coding_system
    from riskstrat.steps.codelists import add_lists

    asked = None if system is None else coding_system(system)
    facts = add_lists(call.open(), source, name, asked, replace)
    return Answer(facts, _added_text(facts))


@codelists.command("list", example="codelists list --study demo")
def list_code_lists(call: Call) -> Answer:
    """The lists that study.toml names, with their hashes."""
    from riskstrat.steps.codelists import study_code_lists

    found = study_code_lists(call.open(to_write=False))
    text = _drawn(found) if found else "This study has no code lists of its own; those built in are compact."
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
    said = [_drawn(changed)] if changed else []
    if len(changed) < len(lists):
        said.append(f"{len(lists) - len(changed):,} list(s) are in the study already: nothing to do.")
    if doubles:
        said.append(f"{doubles:,} code(s) came more than once and were taken once.")
    said += [f"Left out: {one}" for one in facts["left_out"]]
    if changed:
        said.append("Features mean something else now: train again before you score.")
    return "\n".join(said)
