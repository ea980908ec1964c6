"""Synthetic extracts, with the true risks beside them."""

from __future__ import annotations

from pathlib import Path

from riskstrat.errors import UsageError
from riskstrat.study import Reporter


def synth(folder: Path, patients: int, seed: int, months: int, compress: bool, reporter: Reporter) -> None:
    """Write synthetic extracts, and the truth beside them, unless extracts are there already (`UsageError`)."""
    from riskstrat.synthetic import generate

    if (folder / "extracts").exists():
        raise UsageError(f"{folder.name} has a folder `extracts` already.", advice="Choose another folder.")
    steps = iter(reporter.track(range(patients), "Synthetic patients", patients))

    def tick(done: int) -> None:
        for _ in zip(range(done), steps, strict=False):
            continue

    generate(folder, patients, seed=seed, months=months, compress=compress, tick=tick)
