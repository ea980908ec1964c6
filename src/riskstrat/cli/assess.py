"""The commands `check`, `compare` and `validate`, which write reports on data and models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from riskstrat.cli.app import DaysOption, IndexDate, Model, app, option_day, window
from riskstrat.cli.commands import Call
from riskstrat.cli.console import Answer

if TYPE_CHECKING:
    from riskstrat.reports import Reported


Names = Annotated[str | None, Option("--variants", help="Comma-separated names; see `riskstrat catalogue variants`.")]
Matrix = Annotated[Path | None, Option("--matrix", help="A Parquet file of features, instead of the study's.")]


@app.command("check", example="check --study demo", force=True)
def check_command(
    call: Call,
    snapshot: Annotated[str | None, Option("--snapshot", help="Snapshot name.", show_default="the latest")] = None,
) -> Answer:
    """Write the data-quality report of a snapshot: who stopped sending, what is missing."""
    from riskstrat.cli.text import report_text
    from riskstrat.steps.check import check

    made = check(call.open(), snapshot)
    facts = {"snapshot": made.snapshot, "report": made.page, "data": made.data, "findings": made.findings}
    paths = f"Report: {made.page}\nData:   {made.data}"
    return Answer(facts, report_text(made.made, made.findings, paths), made.raise_errors)


@app.command("compare", example="compare --variants boosting,logistic,age_sex", force=True)
def compare_command(
    call: Call,
    variants: Names = None,
    scores: Annotated[
        str | None, Option("--scores", help="Comma-separated names; see `riskstrat catalogue scores`.")
    ] = None,
    days: DaysOption = None,
    matrix: Matrix = None,
    outcome: Annotated[str | None, Option("--outcome", help="With --matrix: column of the outcome.")] = None,
    group: Annotated[str | None, Option("--group", help="With --matrix: column that identifies the patient.")] = None,
    date: Annotated[str | None, Option("--date", help="With --matrix: column of the index date.")] = None,
) -> Answer:
    """Compare variants and published scores on the same people, and write a report.

    With --matrix and --outcome it compares them on a table of features of your own; then no study is needed.
    """
    if any(one is not None for one in (matrix, outcome, group, date)):
        return _shown(_on_a_table(call, matrix, (outcome, group, date, days), (variants, scores)))
    from riskstrat.steps.compare import compare

    return _shown(compare(call.open(), _list(variants), _list(scores), window(days)))


def _on_a_table(
    call: Call,
    matrix: Path | None,
    asked: tuple[str | None, str | None, str | None, int | None],
    named: tuple[str | None, str | None],
) -> Reported:
    from riskstrat.errors import UsageError
    from riskstrat.evaluation import Roles
    from riskstrat.steps.compare_table import compare_table

    outcome, group, date, days = asked
    if matrix is None or outcome is None:
        do = "Give both, with `--group` and `--date` if the table has such columns, or none of these options."
        raise UsageError("--matrix and --outcome must be given together.", advice=do)
    if named[1] is not None:
        raise UsageError(
            "--scores cannot be used with --matrix.",
            advice="With `--matrix`, every score that is a column of the table is compared.",
        )
    if days is not None and days < 1:
        raise UsageError("An outcome window has at least 1 day.", advice="Set `--days` to 1 or more.")
    roles = Roles(outcome, group, date, days)
    return compare_table(call.folder, matrix, roles, _list(named[0]), call.console, call.force)


@app.command("validate", example="validate --model default --index-date 2025-01-01", force=True)
def validate_command(
    call: Call,
    model: Model = None,
    index_date: IndexDate = None,
    other: Annotated[
        Path | None, Option("--from", help="Folder of the study whose model it is.", show_default="this study")
    ] = None,
) -> Answer:
    """Test an existing model on later data or another population, without refitting, and write a report."""
    from riskstrat.steps.validate import validate

    return _shown(validate(call.open(), model, option_day(index_date), other))


def _list(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def _shown(made: Reported) -> Answer:
    from riskstrat.cli.text import report_text

    facts = {"report": made.page, "data": made.data, "figures": made.figures, "findings": made.findings}
    paths = f"Report: {made.page}\nData:   {made.data}\n        {made.figures}"
    return Answer(facts, report_text(made.made, made.findings, paths))
