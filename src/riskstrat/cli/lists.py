"""The commands `list`, `explain`, `review` and `summary`: lists, one patient, teams' decisions, the summary."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from riskstrat.cli.app import IndexDate, app, option_day
from riskstrat.cli.commands import Call
from riskstrat.cli.console import Answer


@app.command("list", example="list --role gp_mdt --practice A81001", force=True)
def list_command(
    call: Call,
    index_date: IndexDate = None,
    role: Annotated[str | None, Option("--role", help="Show only this role.")] = None,
    practice: Annotated[str | None, Option("--practice", help="Show only this practice.")] = None,
    unique: Annotated[
        bool | None, Option("--unique/--shared", help="List a patient for one role only, or for every role.")
    ] = None,
    encrypt: Annotated[
        bool | None, Option("--encrypt/--readable", help="Encrypt the files for each practice, or leave them readable.")
    ] = None,
) -> Answer:
    """Write ranked case-finding lists, no longer than each team's capacity."""
    from riskstrat.cli.list_text import lists_text
    from riskstrat.steps.list import make_lists

    folder, counts = make_lists(call.open(), option_day(index_date), role, practice, unique, encrypt)
    return Answer({"lists": folder, "books": counts}, lists_text(folder, counts))


@app.command("explain", example="explain 4f1c... --index-date 2026-01-01")
def explain_command(
    call: Call,
    patient_id: Annotated[str, Argument(help="The patient's pseudonym.")],
    index_date: IndexDate = None,
    page: Annotated[bool, Option("--page", help="Also write a page for the meeting.")] = False,
) -> Answer:
    """Explain a patient's risk, and why the patient is listed or not listed for each role."""
    from riskstrat.cli.list_text import explain_text
    from riskstrat.steps.explain import explain, write_page
    from riskstrat.study import note_of

    session = call.open(to_write=page)
    facts = explain(session, patient_id, option_day(index_date))
    scores = session.folder.run(facts["index_date"]) / "scores.parquet"
    session.note(inputs=[note_of(scores, session.folder.path, rows=1)])
    text = explain_text(facts)
    if page:
        facts["page"] = write_page(session, facts)
        session.note(outputs=[note_of(facts["page"], session.folder.path, rows=1)])
        text += f"\nPage for the meeting: {facts['page']}"
    return Answer(facts, text)


@app.command("review", example="review back/*.xlsx --study demo")
def review_command(
    call: Call,
    files: Annotated[list[Path], Argument(metavar="FILE", help="Workbooks or CSV files that teams filled in.")],
    replace: Annotated[
        bool, Option("--replace", help="Let these files replace decisions that were stored before.")
    ] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Show what would be stored; store nothing.")] = False,
) -> Answer:
    """Read the teams' decisions from the workbooks or CSV files that they filled in."""
    from riskstrat.cli.list_text import review_text
    from riskstrat.steps.review import review

    done = review(call.open(to_write=not dry_run), files, replace, dry_run)
    return Answer(asdict(done), review_text(done), done.raise_faults)


@app.command(example="summary --index-date 2026-01-01", force=True)
def summary(call: Call, index_date: IndexDate = None) -> Answer:
    """Write a summary of the month's lists for managers: numbers, groups reached, decisions."""
    from riskstrat.cli.text import report_text
    from riskstrat.steps.summary import summarise_run

    made = summarise_run(call.open(), option_day(index_date))
    facts = {"index_date": made.index_date, "summary": made.page, "data": made.data, "findings": made.findings}
    paths = f"Summary: {made.page}\nData:    {made.data}"
    return Answer(facts, report_text(made.made, made.findings, paths))
