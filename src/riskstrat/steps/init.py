"""Start a new study: a folder with a commented study.toml."""

import os
import re
from importlib.resources import files
from pathlib import Path

from riskstrat.errors import UsageError
from riskstrat.steps.synth import synth
from riskstrat.study import Reporter, Session, Study, StudyFolder
from riskstrat.tables import write_text

SAMPLE_PATIENTS, SAMPLE_SEED = 2_000, 2026


def study_template(name: str) -> str:
    """Fill in the name of a study in the template of study.toml."""
    plain = re.sub(r"[^A-Za-z0-9 _.-]", "-", name) or "study"
    return files("riskstrat").joinpath("templates/study.toml").read_text(encoding="utf-8").replace("{name}", plain)


def init(folder: Path, example: bool, reporter: Reporter, extracts: Path | None = None) -> Path:
    """Start a study, unless the folder already has a study.toml (`UsageError`).

    Parameters
    ----------
    extracts : Path or None
        Folder of extracts for which sections are written.
    """
    path = folder / "study.toml"
    if path.exists():
        raise UsageError(f"{folder.name} already has a study.toml.", advice="Choose another folder, or edit that file.")
    if extracts and example:
        raise UsageError("--from cannot be used with --example.", advice="Give one of them.")
    if extracts and not extracts.is_dir():
        raise UsageError(f"There is no folder {extracts}.", advice="Name the folder of your extracts with `--from`.")
    folder.mkdir(parents=True, exist_ok=True)
    if example:
        synth(folder, SAMPLE_PATIENTS, SAMPLE_SEED, 60, True, reporter)
    template = study_template(folder.resolve().name)
    write_text(path, _with_sources(template, folder, extracts, reporter) if extracts else template)
    return path


def _with_sources(template: str, folder: Path, extracts: Path, reporter: Reporter) -> str:
    """Write the sections that read a folder of extracts in place of those of the template."""
    from riskstrat.ingest import suggest_sources

    place = Path(os.path.relpath(extracts.resolve(), folder.resolve()))
    found = suggest_sources(Session(StudyFolder(folder), Study(name="new"), reporter), place)
    for problem in found.problems:
        reporter.say(problem)
    if not found.toml:
        reporter.say("No file was recognised: the [[sources]] sections are those of the template.")
        return template
    return re.sub(r"^\[\[sources\]\].*?(?=^# ---)", lambda _: f"{found.toml}\n\n", template, count=1, flags=re.M | re.S)
