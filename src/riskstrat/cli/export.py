"""The command `export meds`: a snapshot, handed on to other tools."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from riskstrat.cli.app import app
from riskstrat.cli.commands import App, Call, Commands
from riskstrat.cli.console import Answer

export = App(name="export", cls=Commands, no_args_is_help=True, help="Hand the store on to other tools.")
app.add_typer(export)


@export.command(example="export meds shared/demo-meds --study demo", force=True)
def meds(
    call: Call,
    folder: Annotated[Path, Argument(help="Folder to write: new, or empty.")],
    pseudonyms: Annotated[
        bool, Option("--pseudonyms", help="With the extract's own pseudonyms in a column of their own.")
    ] = False,
) -> Answer:
    """The latest snapshot in the layout of MEDS, for the tools that read it."""
    from riskstrat.steps.export import export_meds

    facts = export_meds(call.open(), folder, pseudonyms)
    said = f"Wrote {facts['rows']:,} rows of {facts['subjects']:,} people in {facts['files']:,} file(s) to {folder}."
    objecting = f" {facts['left_out']:,} who object were left out." if facts["left_out"] else ""
    return Answer(facts, f"{said}{objecting}\nIt holds records of persons: keep it as you keep the extracts.")
