"""The commands `compare_command` and `validate_command`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskstrat.cli.app import HERE, DaysOption, Force, IndexDate, Json, Model, Quiet, StudyDir, app, option_day, window
from riskstrat.cli.console import Console, reporting

if TYPE_CHECKING:
    from riskstrat.reports import Reported


Names = Annotated[
    str | None, typer.Option("--variants", help="Names, with commas; see `riskstrat catalogue variants`.")
]
Matrix = Annotated[Path | None, typer.Option("--matrix", help="A Parquet table of features, instead of the study's.")]


@app.command("compare", epilog="Example: riskstrat compare --variants boosting,logistic,age_sex")
def compare_command(
    variants: Names = None,
    scores: Annotated[
        str | None, typer.Option("--scores", help="Names, with commas; see `riskstrat catalogue scores`.")
    ] = None,
    days: DaysOption = None,
    matrix: Matrix = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help="With --matrix: the column of the outcome.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="With --matrix: the column of the person.")] = None,
    date: Annotated[str | None, typer.Option("--date", help="With --matrix: the column of the index date.")] = None,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Several variants and published scores on the same people -> a report.

    With --matrix and --outcome it compares on any table of features that you have; then no study is needed.
    """
    with reporting(quiet, json) as console:
        if any(one is not None for one in (matrix, outcome, group, date)):
            made = _on_a_table(study, matrix, (outcome, group, date, days), (variants, scores), console, force)
        else:
            from riskstrat.steps.compare import compare as run
            from riskstrat.study import open_study

            made = run(open_study(study, console, force), _list(variants), _list(scores), window(days))
        _show(made, console)


def _on_a_table(
    study: Path,
    matrix: Path | None,
    asked: tuple[str | None, str | None, str | None, int | None],
    named: tuple[str | None, str | None],
    console: Console,
    force: bool,
) -> Reported:
    from riskstrat.errors import UsageError
    from riskstrat.evaluation import Roles
    from riskstrat.steps.compare_table import compare_table

    outcome, group, date, days = asked
    if matrix is None or outcome is None:
        do = "Name both, with --group and --date where there are such columns, or none of these."
        raise UsageError("--matrix and --outcome go together.", advice=do)
    if named[1] is not None:
        raise UsageError(
            "--scores is for a study.", advice="Of a table, every score takes part that is a column of it."
        )
    if days is not None and days < 1:
        raise UsageError("An outcome window has at least one day.", advice="Give --days a number above 0.")
    return compare_table(study, matrix, Roles(outcome, group, date, days), _list(named[0]), console, force)


@app.command("validate", epilog="Example: riskstrat validate --model default --index-date 2025-01-01")
def validate_command(
    model: Model = None,
    index_date: IndexDate = None,
    other: Annotated[
        Path | None, typer.Option("--from", help="The study that the model is of.", show_default="this study")
    ] = None,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """An existing model on later data, or on another population, without refitting -> a report."""
    with reporting(quiet, json) as console:
        from riskstrat.steps.validate import validate as run
        from riskstrat.study import open_study

        _show(run(open_study(study, console, force), model, option_day(index_date), other), console)


def _list(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def _show(made: Reported, console: Console) -> None:
    from riskstrat.cli.findings import findings_text, grids_text

    files = {"report": made.page, "data": made.data, "figures": made.figures}
    paths = f"Report: {made.page}\nAs data: {made.data}\n         {made.figures}"
    text = "\n\n".join([*grids_text(made.made), findings_text(made.findings), paths])
    console.result({**files, "findings": made.findings}, text)
