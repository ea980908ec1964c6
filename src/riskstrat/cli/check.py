"""The command `check_command`."""

from __future__ import annotations

from typing import Annotated

import typer

from riskstrat.cli.app import HERE, Force, Json, Quiet, StudyDir, app
from riskstrat.cli.console import reporting


@app.command("check", epilog="Example: riskstrat check --study demo")
def check_command(
    snapshot: Annotated[
        str | None, typer.Option("--snapshot", help="Name of a snapshot.", show_default="the latest")
    ] = None,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Data-quality report of a snapshot: who stopped sending, what is missing."""
    with reporting(quiet, json) as console:
        from riskstrat.cli.findings import report_text
        from riskstrat.steps.check import check as check_snapshot
        from riskstrat.study import open_study

        checked = check_snapshot(open_study(study, console, force), snapshot)
        failed = any(one["level"] == "error" for one in checked.findings)
        if not (failed and json):
            facts = {"report": checked.page, "data": checked.data, "findings": checked.findings}
            console.result({"snapshot": checked.snapshot, **facts}, report_text(checked))
        checked.raise_errors()
