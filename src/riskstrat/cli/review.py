"""The command `review_command`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskstrat.cli.app import HERE, Json, Quiet, StudyDir, app
from riskstrat.cli.console import reporting

if TYPE_CHECKING:
    from riskstrat.steps.review import Reviewed


@app.command("review", epilog="Example: riskstrat review back/*.xlsx --study demo")
def review_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Workbooks or CSV that teams filled in.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="What these files say takes the place of what was read before.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be stored, and store nothing.")] = False,
    study: StudyDir = HERE,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """MDT decisions back in, from the workbooks or CSV that were sent out."""
    with reporting(quiet, json) as console:
        from dataclasses import asdict

        from riskstrat.steps.review import review as read_back
        from riskstrat.study import open_study

        done = read_back(open_study(study, console, to_write=not dry_run), files, replace, dry_run)
        if not (done.failed and json):
            console.result(asdict(done), _review_text(done))
        done.raise_faults()


def _review_text(done: Reviewed) -> str:
    from riskstrat.cli.text import table
    from riskstrat.wording import plural

    read = sum(done.decisions.values())
    said = [f"Read {plural(done.files, 'file')}: {plural(read, 'decision')}, {done.blank:,} without a decision."]
    if read:
        rows = [[decision, f"{number:,}"] for decision, number in done.decisions.items()]
        said.append(table({"decision": "left", "patients": "right"}, rows))
    would = "Would be stored in" if done.dry_run else "Stored in"
    said.append(f"{would} {done.log}: {done.new:,} new, {done.updated:,} updated; {done.unchanged:,} unchanged.")
    return "\n".join(said)
