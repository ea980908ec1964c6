"""How near a model comes to the best that could be known: AUROC against its ceiling, and calibration by fifth.

Run: python benchmarks/ceiling.py --patients 100000 --seed 20261122
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
from sklearn.metrics import roc_auc_score

from riskstrat.cli.console import Console
from riskstrat.evaluation.point_figures import by_fifth
from riskstrat.modelling.bundle import as_matrix
from riskstrat.steps.ingest import ingest
from riskstrat.steps.init import init
from riskstrat.steps.synth import synth
from riskstrat.steps.train import train_model
from riskstrat.study.session import open_study

JOINED = """
SELECT f.*, CAST(coalesce(o.days_to_event < $days, false) AS INT) AS outcome, t.true_risk, t.best_known_risk
FROM read_parquet($features) f JOIN read_parquet($outcomes) o USING (patient_no)
JOIN read_parquet($truth) t ON t.patient_id = f.patient_id AND t.index_date = CAST($day AS DATE)
ORDER BY f.patient_no
"""


def measure(folder: Path, patients: int, seed: int, variant: str) -> dict[str, object]:
    """Make, ingest, train, and compare with the truth on the test index date."""
    console, clock, times = Console(quiet=True, as_json=True), time.monotonic(), {}
    if not (folder / "study.toml").exists():
        init(folder, example=False, reporter=console)
        synth(folder, patients, seed, 60, False, console)
    times["synth"] = time.monotonic() - clock
    session = open_study(folder, console)
    ingest(session)
    times["ingest"] = time.monotonic() - clock - times["synth"]
    bundle, _ = train_model(session, variant, variant)
    times["train"] = time.monotonic() - clock - times["synth"] - times["ingest"]
    day = bundle.facts["index_dates"]["test"]
    run = session.folder.run(day)
    files = {
        "features": run / "features.parquet",
        "outcomes": run / "outcomes.parquet",
        "truth": folder / "truth.parquet",
    }
    asked = {"day": str(day), "days": session.study.outcome.days}
    rows = duckdb.sql(JOINED, params={**{k: str(v) for k, v in files.items()}, **asked}).to_arrow_table()
    y = rows.column("outcome").to_numpy()
    risk = bundle.risk(as_matrix(rows, bundle.columns))
    best, true = (rows.column(c).to_numpy() for c in ("best_known_risk", "true_risk"))
    m = bundle.facts["metrics"]
    auroc, ceiling = roc_auc_score(y, risk), roc_auc_score(y, best)
    return {
        "patients": patients,
        "seed": seed,
        "variant": variant,
        "test_date": str(day),
        "people": len(y),
        "events": int(y.sum()),
        "auroc": round(auroc, 4),
        "auroc_best_known": round(ceiling, 4),
        "auroc_true_risk": round(roc_auc_score(y, true), 4),
        "share_of_ceiling": round(auroc / ceiling, 4),
        "o_e": round(m["o_e"], 3),
        "slope": round(m["calibration_slope"], 3),
        "events_by_fifth": [fifth["observed"] for fifth in m["fifths"]],
        "o_e_by_fifth": [round(fifth["o_e"], 3) for fifth in m["fifths"]],
        "true_risk_to_expected_by_fifth": _in_fifths(true, risk),
        "o_e_by_fifth_of_best_known": [round(fifth["o_e"], 3) for fifth in by_fifth(y, best)],
        "seconds": {name: round(value) for name, value in times.items()},
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def _in_fifths(true: np.ndarray, risk: np.ndarray) -> list[float]:
    """Sum of true risks to sum of estimates: calibration without the noise of who happened to be admitted."""
    members = np.array_split(np.argsort(risk, kind="stable"), 5)
    return [round(float(true[some].sum() / risk[some].sum()), 3) for some in members]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--variants", default="age_sex,logistic,boosting")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        for variant in asked.variants.split(","):
            folder = asked.keep or Path(scratch) / "study"
            print(json.dumps(measure(folder, asked.patients, asked.seed, variant)), flush=True)


if __name__ == "__main__":
    main()
