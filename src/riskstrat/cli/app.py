"""The commands from extracts to scores, and options that several commands share. Heavy imports are inside functions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from riskstrat import __version__
from riskstrat.cli.commands import App, Call, Commands
from riskstrat.cli.console import Answer
from riskstrat.cli.help import EPILOG

if TYPE_CHECKING:
    from riskstrat.study import OutcomeDays


app = App(
    name="riskstrat",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
    help="Rank patients by their risk of an unplanned admission, and list those for the MDT to discuss. "
    "It supports a decision and never makes one.",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"riskstrat {__version__}")
        raise Exit


@app.callback()
def program(
    version: Annotated[bool, Option("--version", is_eager=True, callback=_version, help="Show the version.")] = False,
) -> None:
    """Take the options that go before a command."""


Model = Annotated[str | None, Option("--model", help="Name of a model: a folder in models/.")]
DaysOption = Annotated[
    int | None,
    Option("--days", help="Outcome window: 30, 90, 180 or 365 days.", show_default="as in study.toml"),
]
IndexDate = Annotated[datetime | None, Option("--index-date", formats=["%Y-%m-%d"], help="Index date, as YYYY-MM-DD.")]


def window(days: int | None) -> OutcomeDays | None:
    """Check the length of an outcome window; `UsageError` if it is not 30, 90, 180 or 365 days."""
    from typing import get_args

    from riskstrat.errors import UsageError
    from riskstrat.study import OutcomeDays as Known

    if days is not None and days not in get_args(Known):
        raise UsageError("There is no outcome window of that length.", advice="Set `--days` to 30, 90, 180 or 365.")
    return days  # type: ignore[return-value]


def option_day(moment: datetime | None) -> date | None:
    """Return the day of an option that takes a date."""
    return None if moment is None else moment.date()


@app.command("init", example="init demo --example", study=False)
def init_command(
    call: Call,
    folder: Annotated[Path, Argument(help="Folder of the new study.")],
    example: Annotated[bool, Option("--example", help="Add synthetic extracts, ready to run.")] = False,
    extracts: Annotated[Path | None, Option("--from", help="Write study.toml for the extracts in this folder.")] = None,
) -> Answer:
    """Start a study: write a study.toml with comments."""
    from riskstrat.steps.init import init

    path = init(folder, example, call.console, extracts)
    command = "run" if example else "ingest --dry-run"
    return Answer({"study": path}, f"Wrote {path}. Read through it, then run `riskstrat {command} --study {folder}`.")


@app.command("synth", example="synth trial --patients 20000 --seed 1", study=False)
def synth_command(
    call: Call,
    folder: Annotated[Path, Argument(help="Folder to write to.")],
    patients: Annotated[int, Option("--patients", min=1, help="Number of people.")],
    seed: Annotated[int, Option("--seed", min=0, help="Random seed; another seed gives other people.")] = 0,
    months: Annotated[int, Option("--months", min=24, max=240, help="Months of records.")] = 60,
    until: Annotated[
        datetime | None,
        Option("--until", formats=["%Y-%m"], metavar="YYYY-MM", help="Last month of the data; it must be over."),
    ] = None,
    compress: Annotated[bool, Option("--gzip", help="Write .csv.gz files.")] = False,
) -> Answer:
    """Write synthetic extracts in the real formats, and the true risks beside them."""
    from riskstrat.steps.synth import synth

    synth(folder, patients, seed, months, compress, call.console, option_day(until))
    facts = {"extracts": folder / "extracts", "truth": folder / "truth.parquet", "patients": patients, "seed": seed}
    return Answer(facts, f"Wrote {folder / 'extracts'} and {folder / 'truth.parquet'} ({patients:,} people).")


@app.command("ingest", example="ingest --study demo", force=True)
def ingest_command(
    call: Call,
    dry_run: Annotated[bool, Option("--dry-run", help="Check the first rows of every file; change nothing.")] = False,
) -> Answer:
    """Read the extracts into a new snapshot; only new or changed files are read."""
    if dry_run:
        return _preview(call)
    from riskstrat.cli.text import snapshot_text
    from riskstrat.steps.ingest import ingest
    from riskstrat.study import note_ingest

    session = call.open()
    snapshot = ingest(session)
    note_ingest(session, snapshot)
    facts = {name: snapshot.manifest[name] for name in ("tables", "span", "data_as_of", "parts")}
    return Answer({"snapshot": snapshot.name, **facts}, snapshot_text(snapshot))


def _preview(call: Call) -> Answer:
    from riskstrat.cli.preview_text import preview_text
    from riskstrat.steps.ingest_dry_run import dry_run

    found = dry_run(call.open())
    return Answer(asdict(found), preview_text(found))


@app.command("train", example="train --variant logistic --name trial", force=True)
def train_command(
    call: Call,
    variant: Annotated[str | None, Option("--variant", help="Variant; see `riskstrat catalogue variants`.")] = None,
    name: Annotated[str | None, Option("--name", help="Name of the model.")] = None,
    days: DaysOption = None,
) -> Answer:
    """Fit, calibrate and test a model, and write it to models/NAME."""
    from riskstrat.cli.text import model_text
    from riskstrat.steps.train import train_model

    session = call.open()
    bundle, fresh = train_model(session, variant, name, window(days))
    folder = session.folder.bundle(bundle.name)
    facts = {"model": bundle.name, "variant": bundle.variant, "trained_now": fresh, "folder": folder}
    return Answer({**facts, **bundle.facts}, model_text(bundle, folder))


@app.command("score", example="score --index-date 2026-01-01", force=True)
def score_command(call: Call, model: Model = None, index_date: IndexDate = None) -> Answer:
    """Compute the risk of every patient in the cohort on the index date."""
    from riskstrat.cli.text import run_text
    from riskstrat.features import run_manifest
    from riskstrat.steps.score import score

    folder, fresh = score(call.open(), model, option_day(index_date))
    facts = run_manifest(folder)
    facts.pop("definitions")
    said = {"scored_now": fresh, "scores": folder / "scores.parquet", **facts}
    return Answer(said, run_text(folder, facts, fresh))


@app.command("run", example="run --study demo", force=True)
def run_command(call: Call, model: Model = None, index_date: IndexDate = None) -> Answer:
    """Do the month's work: ingest new extracts, train if there is no model, score, list, summarise."""
    from riskstrat.cli.text import month_text
    from riskstrat.steps.run import run

    session = call.open()
    done = run(session, model, option_day(index_date))
    return Answer(asdict(done), month_text(session, done))


@app.command("criteria", example="criteria --study demo")
def criteria_command(call: Call) -> Answer:
    """Show in plain words what "high risk" means and who may be listed, with numbers."""
    from riskstrat.cli.list_text import criteria_text
    from riskstrat.steps.criteria import criteria

    facts = criteria(call.open(to_write=False))
    return Answer(facts, criteria_text(facts))


@app.command(example="catalogue features", study=False)
def catalogue(
    call: Call,
    what: Annotated[
        str, Argument(help="formats, sources, tables, features, scores, variants, outputs, roles or errors.")
    ] = "",
) -> Answer:
    """Show what is built in, with units, windows and sources."""
    from riskstrat.reports import catalogue_sections

    found = catalogue_sections(what)
    text = "\n\n".join(section.as_text() for section in found)
    return Answer({section.name: section.records() for section in found}, text)
