"""Start a new study: a folder with a commented study.toml."""

import re
from importlib.resources import files
from pathlib import Path

from riskstrat.errors import UsageError
from riskstrat.steps.synth import synth
from riskstrat.study import Reporter
from riskstrat.tables import write_text

SAMPLE_PATIENTS, SAMPLE_SEED = 2_000, 2026


def study_template(name: str) -> str:
    """Fill in the name of a study in the template of study.toml."""
    plain = re.sub(r"[^A-Za-z0-9 _.-]", "-", name) or "study"
    return files("riskstrat").joinpath("templates/study.toml").read_text(encoding="utf-8").replace("{name}", plain)


def init(folder: Path, example: bool, reporter: Reporter) -> Path:
    """Start a study, unless the folder already has a study.toml (`UsageError`)."""
    path = folder / "study.toml"
    if path.exists():
        raise UsageError(f"{folder.name} already has a study.toml.", advice="Choose another folder, or edit that file.")
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, study_template(folder.resolve().name))
    if example:
        synth(folder, SAMPLE_PATIENTS, SAMPLE_SEED, 60, True, reporter)
    return path
