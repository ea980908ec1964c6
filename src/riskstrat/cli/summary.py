"""The command `summary`."""

from __future__ import annotations

from riskstrat.cli.app import HERE, Force, IndexDate, Json, Quiet, StudyDir, app, option_day
from riskstrat.cli.console import reporting


@app.command(epilog="Example: riskstrat summary --index-date 2026-01-01")
def summary(
    index_date: IndexDate = None,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Summary of a month's lists for managers: how many, whom they reach, what was decided."""
    with reporting(quiet, json) as console:
        from riskstrat.cli.findings import findings_text, grids_text
        from riskstrat.steps.summary import summarise_run
        from riskstrat.study import open_study

        made = summarise_run(open_study(study, console, force), option_day(index_date))
        paths = f"Summary: {made.page}\nAs data: {made.data}"
        facts = {"summary": made.page, "data": made.data, "findings": made.findings}
        text = "\n\n".join([*grids_text(made.made), findings_text(made.findings), paths])
        console.result({"index_date": made.index_date, **facts}, text)
