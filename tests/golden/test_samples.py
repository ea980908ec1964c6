"""data/samples end to end as far as nothing is fitted: what is read, who is in, what happened, what is counted.

To renew expected.json after a change that is meant: ``python tests/golden/test_samples.py``.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.cli.console import Console
from riskstrat.features.plan import plan_for
from riskstrat.features.run import build_run, run_manifest
from riskstrat.modelling.labels import labels_of
from riskstrat.steps.ingest import ingest
from riskstrat.steps.init import init
from riskstrat.study.session import open_study

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).with_name("expected.json")
INDEX = date(2025, 1, 1)
SUMMED = (
    "emergency_admissions_12m", "emergency_bed_days_12m", "acsc_admissions_36m", "elective_admissions_12m",
    "day_cases_12m",
    "ed_attendances_12m", "ed_type1_attendances_12m", "outpatient_missed_12m", "gp_consultations_12m", "ltc_count",
    "has_heart_failure", "has_diabetes", "medicines_6m", "charlson_icd10_quan", "hfrs", "egfr_latest", "hba1c_latest",
)  # fmt: skip


def observed(folder: Path) -> dict[str, Any]:
    """What the program makes of the samples."""
    shutil.copytree(ROOT / "data" / "samples" / "extracts", folder / "extracts")
    console = Console(quiet=True, as_json=False)
    init(folder, example=False, reporter=console)
    session = open_study(folder, console)
    snapshot = ingest(session)
    run = build_run(session, snapshot, plan_for(session, snapshot), INDEX)
    features = pq.read_table(run / "features.parquet")
    outcomes = pq.read_table(run / "outcomes.parquet")
    labels = labels_of(outcomes, session.study.outcome, features["age"].to_numpy().astype(float))
    return {
        "tables": snapshot.manifest["tables"],
        "span": snapshot.manifest["span"],
        "attrition": run_manifest(run)["attrition"],
        "outcomes": {
            "outcome": int(labels.outcome.sum()),
            "admissions": int(labels.events.sum()),
            "died": int(labels.died.sum()),
        },
        "columns": features.num_columns,
        "sums": {name: round(pc.sum(features[name]).as_py(), 3) for name in SUMMED},
    }


def test_the_samples_give_what_they_gave(tmp_path: Path) -> None:
    assert observed(tmp_path / "study") == json.loads(EXPECTED.read_text(encoding="utf-8"))


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        json.dump(observed(Path(scratch) / "study"), EXPECTED.open("w", encoding="utf-8"), indent=1)
        sys.exit(0)
