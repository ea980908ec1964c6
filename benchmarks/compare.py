"""What a comparison costs: the time of all of it, in times of the six fits alone, and what it writes.

The six fits alone are the search and one fit of each variant on the same fit rows: no calibration, no judging. Both are
timed in one process, one after the other.

Run: python benchmarks/compare.py --patients 200000 --seed 20261125
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from riskstrat.cli.console import Console
from riskstrat.features.plan import plan_for
from riskstrat.modelling.index_dates import choose_index_dates
from riskstrat.modelling.loading import columns_of, load_splits
from riskstrat.modelling.search import search
from riskstrat.modelling.training import Splits, material
from riskstrat.steps.compare import compare, entrants_called
from riskstrat.steps.ingest import ingest
from riskstrat.steps.init import init
from riskstrat.steps.synth import synth
from riskstrat.study.session import Session, open_study

SCORES = ("charlson_icd10_quan", "elixhauser_icd10_van_walraven", "hfrs", "lace", "prior_admissions")


def prepare(folder: Path, patients: int, seed: int, max_rows: int = 1_000_000) -> Session:
    """A synthetic study, read and built."""
    console = Console(quiet=True, as_json=True)
    if not (folder / "study.toml").exists():
        init(folder, example=False, reporter=console)
        text = (folder / "study.toml").read_text(encoding="utf-8")
        text = text.replace("# max_rows = 1000000", f"max_rows = {max_rows}")
        (folder / "study.toml").write_text(text, encoding="utf-8")
        synth(folder, patients, seed, 60, False, console)
    session = open_study(folder, console, force=False)
    ingest(session)
    return session


def everyone(session: Session) -> Splits:
    """All dates, in memory."""
    snapshot = session.folder.snapshot()
    chosen, dates = plan_for(session, snapshot), choose_index_dates(session.study, snapshot)
    return load_splits(session, snapshot, chosen, dates, columns_of(chosen.features, session.study))


def fits_alone(rows: Splits, session: Session, names: Sequence[str]) -> dict[str, float]:
    """Seconds to search and fit each variant once."""
    given, seed, budget = material(rows, "include"), session.study.model.seed, session.study.model.search
    seconds = {}
    for variant in entrants_called(session.study, names):
        began = time.perf_counter()
        sample = given.fit.sample(variant.select(given.fit.columns))
        variant.fit(sample, seed, search(variant, sample, seed, budget)[0].settings)
        seconds[variant.name] = time.perf_counter() - began
    return seconds


def measure(folder: Path, patients: int, seed: int, max_rows: int) -> dict[str, Any]:
    """Seconds and their ratio."""
    session = prepare(folder, patients, seed, max_rows)
    names = session.study.compare.variants
    rows = everyone(session)
    fits = fits_alone(rows, session, names)
    del rows
    began = time.perf_counter()
    made = compare(session, names, SCORES)
    whole = time.perf_counter() - began
    return {
        "patients": patients,
        "seed": seed,
        "max_rows": max_rows,
        "fit_seconds": {name: round(seconds, 1) for name, seconds in fits.items()},
        "six_fits_seconds": round(sum(fits.values()), 1),
        "comparison_seconds": round(whole, 1),
        "ratio": round(whole / sum(fits.values()), 2),
        "page_kb": made.page.stat().st_size // 1024,
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--max-rows", type=int, default=1_000_000, help="person-dates to fit on")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        print(json.dumps(measure(asked.keep or Path(scratch) / "study", asked.patients, asked.seed, asked.max_rows)))


if __name__ == "__main__":
    main()
