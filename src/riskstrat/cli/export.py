"""The command `export meds`, which exports a snapshot for other tools."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from riskstrat.cli.app import app
from riskstrat.cli.commands import App, Call, Commands
from riskstrat.cli.console import Answer
from riskstrat.wording import plural

export = App(name="export", cls=Commands, no_args_is_help=True, help="Export the data for other tools.")
app.add_typer(export)


@export.command(example="export meds shared/demo-meds --study demo", force=True)
def meds(
    call: Call,
    folder: Annotated[Path, Argument(help="Folder to write to; new or empty.")],
    pseudonyms: Annotated[bool, Option("--pseudonyms", help="Add the extract's own pseudonyms as a column.")] = False,
) -> Answer:
    """Export the latest snapshot in the layout of the Medical Event Data Standard (MEDS)."""
    from riskstrat.steps.export import export_meds

    facts = export_meds(call.open(), folder, pseudonyms)
    rows, people = plural(facts["rows"], "row"), plural(facts["subjects"], "patient")
    wrote = f"Wrote {rows} of {people} in {plural(facts['files'], 'file')} to {folder}."
    opted_out = f" Excluded because of an opt-out: {plural(facts['left_out'], 'patient')}." if facts["left_out"] else ""
    protect = "The folder holds patients' records: protect it as you protect the extracts."
    return Answer(facts, f"{wrote}{opted_out}\n{protect}")
