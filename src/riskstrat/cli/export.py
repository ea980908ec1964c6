"""Commands that hand a store on to other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskstrat.cli.app import HERE, Force, Json, Quiet, StudyDir, app
from riskstrat.cli.console import App, Commands, reporting

export = App(name="export", cls=Commands, no_args_is_help=True, help="Hand the store on to other tools.")
app.add_typer(export)


@export.command(epilog="Example: riskstrat export meds shared/demo-meds --study demo")
def meds(
    folder: Annotated[Path, typer.Argument(help="Folder to write: new, or empty.")],
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="With the extract's own pseudonyms in a column of their own.")
    ] = False,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The latest snapshot in the layout of MEDS, for the tools that read it."""
    with reporting(quiet, json) as console:
        from riskstrat.steps.export import export_meds
        from riskstrat.study import open_study

        facts = export_meds(open_study(study, console, force), folder, pseudonyms)
        said = (
            f"Wrote {facts['rows']:,} rows of {facts['subjects']:,} people in {facts['files']:,} file(s) to {folder}."
        )
        objecting = f" {facts['left_out']:,} who object were left out." if facts["left_out"] else ""
        console.result(facts, f"{said}{objecting}\nIt holds records of persons: keep it as you keep the extracts.")
