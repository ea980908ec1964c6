"""Every command: typed options, one step, a few lines of result. Heavy imports happen inside."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskstrat.cli.console import App, Commands, Console, reporting

if TYPE_CHECKING:
    from riskstrat.study import OutcomeDays


app = App(
    name="riskstrat",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Who is most at risk of an unplanned admission, and whom should the MDT see? "
    "It supports a decision and never makes one.",
)

StudyDir = Annotated[Path, typer.Option("--study", help="The study's folder.", show_default="this folder")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
Force = Annotated[bool, typer.Option("--force", help="Redo what has not changed.")]
Model = Annotated[str | None, typer.Option("--model", help="Name of a bundle in models/.")]
DaysOption = Annotated[
    int | None,
    typer.Option("--days", help="Outcome window: 30, 90, 180 or 365 days.", show_default="as in study.toml"),
]
IndexDate = Annotated[datetime | None, typer.Option("--index-date", formats=["%Y-%m-%d"], help="YYYY-MM-DD.")]
HERE = Path()


def window(days: int | None) -> OutcomeDays | None:
    """A length of the outcome window that was asked for.

    Raises
    ------
    UsageError
        If it is none of those there are.
    """
    from typing import get_args

    from riskstrat.errors import UsageError
    from riskstrat.study import OutcomeDays as Known

    if days is not None and days not in get_args(Known):
        raise UsageError("There is no outcome window of that length.", advice="--days takes 30, 90, 180 or 365.")
    return days  # type: ignore[return-value]


def option_day(moment: datetime | None) -> Any:
    """The day of an option that takes a date."""
    return None if moment is None else moment.date()


@app.command("init", epilog="Example: riskstrat init demo --example")
def init_command(
    folder: Annotated[Path, typer.Argument(help="Folder to begin.")],
    example: Annotated[bool, typer.Option("--example", help="With synthetic extracts, ready to run.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Begin a study: a commented study.toml."""
    with reporting(quiet, json) as console:
        from riskstrat.steps.init import init as begin

        path = begin(folder, example, console)
        console.result({"study": path}, f"Wrote {path}. Look through it, then: riskstrat run --study {folder}")


@app.command("synth", epilog="Example: riskstrat synth trial --patients 20000 --seed 1")
def synth_command(
    folder: Annotated[Path, typer.Argument(help="Folder to write to.")],
    patients: Annotated[int, typer.Option("--patients", min=1, help="How many people.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, other people.")] = 0,
    months: Annotated[int, typer.Option("--months", min=24, max=240, help="Length of the records.")] = 60,
    compress: Annotated[bool, typer.Option("--gzip", help="Write .csv.gz.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Synthetic extracts in the real formats, and the true risks beside them."""
    with reporting(quiet, json) as console:
        from riskstrat.steps.synth import synth as make

        make(folder, patients, seed, months, compress, console)
        facts = {"extracts": folder / "extracts", "truth": folder / "truth.parquet", "patients": patients, "seed": seed}
        console.result(facts, f"Wrote {folder / 'extracts'} and {folder / 'truth.parquet'} ({patients:,} people).")


@app.command("ingest", epilog="Example: riskstrat ingest --study demo")
def ingest_command(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look at the first rows of every file, and change nothing.")
    ] = False,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Extracts -> a new snapshot of the store; only new or changed files are read."""
    with reporting(quiet, json) as console:
        if dry_run:
            _preview(study, console)
            return
        from riskstrat.cli.text import snapshot_text
        from riskstrat.steps.ingest import ingest as convert
        from riskstrat.study import note_ingest, open_study

        session = open_study(study, console, force)
        snapshot = convert(session)
        note_ingest(session, snapshot)
        facts = {
            "snapshot": snapshot.name,
            **{k: snapshot.manifest[k] for k in ("tables", "span", "data_as_of", "parts")},
        }
        console.result(facts, snapshot_text(snapshot))


def _preview(study: Path, console: Console) -> None:
    from dataclasses import asdict

    from riskstrat.cli.preview import preview_text
    from riskstrat.steps.ingest_dry_run import dry_run
    from riskstrat.study import open_study

    found = dry_run(open_study(study, console))
    console.result(asdict(found), preview_text(found))


@app.command("train", epilog="Example: riskstrat train --variant logistic --name trial")
def train_command(
    variant: Annotated[str | None, typer.Option("--variant", help="See `riskstrat catalogue variants`.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the bundle.")] = None,
    days: DaysOption = None,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit, calibrate and test a model -> models/NAME."""
    with reporting(quiet, json) as console:
        from riskstrat.cli.text import model_text
        from riskstrat.steps.train import train_model
        from riskstrat.study import open_study

        session = open_study(study, console, force)
        bundle, fresh = train_model(session, variant, name, window(days))
        folder = session.folder.bundle(bundle.name)
        facts = {
            "model": bundle.name,
            "variant": bundle.variant,
            "trained_now": fresh,
            "folder": folder,
            **bundle.facts,
        }
        console.result(facts, model_text(bundle, folder))


@app.command("score", epilog="Example: riskstrat score --index-date 2026-01-01")
def score_command(
    model: Model = None,
    index_date: IndexDate = None,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Risk of everyone in the cohort on the index date."""
    with reporting(quiet, json) as console:
        from riskstrat.cli.text import run_text
        from riskstrat.features import run_manifest
        from riskstrat.steps.score import score as score_run
        from riskstrat.study import open_study

        folder, fresh = score_run(open_study(study, console, force), model, option_day(index_date))
        facts = run_manifest(folder)
        facts.pop("definitions")
        console.result(
            {"scored_now": fresh, "scores": folder / "scores.parquet", **facts}, run_text(folder, facts, fresh)
        )


@app.command("run", epilog="Example: riskstrat run --study demo")
def run_command(study: StudyDir = HERE, force: Force = False, json: Json = False, quiet: Quiet = False) -> None:
    """The month: ingest what is new, train if there is no model, score, list, summarise."""
    with reporting(quiet, json) as console:
        from riskstrat.cli.text import month_text
        from riskstrat.steps.run import run as run_month
        from riskstrat.study import open_study

        session = open_study(study, console, force)
        facts = run_month(session)
        console.result(facts, month_text(session, facts))


@app.command("criteria", epilog="Example: riskstrat criteria --study demo")
def criteria_command(study: StudyDir = HERE, json: Json = False, quiet: Quiet = False) -> None:
    """What "high risk" means in this study, in plain words, with numbers."""
    with reporting(quiet, json) as console:
        from riskstrat.cli.criteria import criteria_text
        from riskstrat.steps.criteria import criteria as ask
        from riskstrat.study import open_study

        facts = ask(open_study(study, console, to_write=False))
        console.result(facts, criteria_text(facts))


@app.command(epilog="Example: riskstrat catalogue features")
def catalogue(
    what: Annotated[
        str, typer.Argument(help="formats, sources, tables, features, scores, variants, outputs, roles or errors.")
    ] = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What there is, with units, windows and citations."""
    with reporting(quiet, json) as console:
        from riskstrat.reports import catalogue_sections

        found = catalogue_sections(what)
        text = "\n\n".join(section.as_text() for section in found)
        console.result({section.name: section.records() for section in found}, text)
