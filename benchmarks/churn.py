"""How much of a list changes from month to month, and what keeping people on it costs, against the true risk.

Thirteen monthly runs of the gp_mdt list on synthetic people, with the stability rule at several settings. Turnover is
the share of a list that was not on the last. Expected admissions are those of the listed against those of the plain
first, by the model at every run, and by the true risk at the five quarter starts for which it is known.

Run: python benchmarks/churn.py --patients 50000 --seed 20261125
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd

from riskstrat.cli.console import Console
from riskstrat.lists.decisions import decisions_standing, holders
from riskstrat.lists.history import ListHistory
from riskstrat.lists.inputs import read_everyone
from riskstrat.lists.runs import scored_runs
from riskstrat.lists.selection import select_all
from riskstrat.steps.ingest import ingest
from riskstrat.steps.init import init
from riskstrat.steps.score import score
from riskstrat.steps.synth import synth
from riskstrat.steps.train import train_model
from riskstrat.study.decision_log import latest, read_decisions
from riskstrat.study.session import Session, open_study

DAYS = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(13)]
DATES = "train_dates = [2022-01-01, 2022-04-01]\ncalibrate_date = 2023-01-01\ntest_date = 2024-01-01\n"
ROLE = "gp_mdt"


def prepare(folder: Path, patients: int, seed: int) -> Session:
    """People, a model that knows nothing of the year of the runs, and their risks at each of them."""
    console = Console(quiet=True, as_json=True)
    if not (folder / "study.toml").exists():
        init(folder, example=False, reporter=console)
        synth(folder, patients, seed, 60, False, console)
        toml = (folder / "study.toml").read_text(encoding="utf-8")
        (folder / "study.toml").write_text(toml.replace("[timing]\n", f"[timing]\n{DATES}", 1), encoding="utf-8")
    session = open_study(folder, console)
    ingest(session)
    train_model(session)
    for day in DAYS:
        score(session, None, day)
    return session


def year(session: Session, stability_pct: float) -> Iterator[tuple[date, pd.DataFrame, pd.DataFrame]]:
    """Month by month the listed and the counts, each list remembering the last."""
    lists = session.study.lists.model_copy(update={"stability_pct": stability_pct})
    roles = {ROLE: session.study.roles[ROLE]}
    session = Session(
        session.folder, session.study.model_copy(update={"lists": lists, "roles": roles}), session.reporter
    )
    past: list[pd.DataFrame] = []
    nothing = decisions_standing(latest(read_decisions(session.folder.path)), session.study.decisions, DAYS[0])
    runs = scored_runs(session)
    for run, day in ((run, run.day) for run in runs if run.day in DAYS):
        memory = ListHistory(past[-1:], None, True, nothing, holders(nothing, day), frozenset(), frozenset())
        everyone, rise = read_everyone(session.study, run, [one for one in runs if one.day < day], {})
        found = select_all(session.study, everyone, rise, memory, day, unique=False).by_role[ROLE]
        past.append(found.rows[["role", "practice_code", "patient_id", "rank"]])
        yield day, found.rows, found.counts


def measure(session: Session, stability_pct: float, truth: dict[date, pd.Series]) -> dict[str, float]:
    """Turnover and expected admissions of one setting."""
    fresh, shares, kept = [], [], []
    true, before = dict[date, float](), set[str]()
    for day, rows, counts in year(session, stability_pct):
        ids = set(rows["patient_id"])
        if before:
            fresh.append(len(ids - before) / len(ids))
            kept.append(counts["kept"].sum() / len(ids))
        shares.append(counts["expected"].sum() / counts["expected_plain"].sum())
        if day in truth:
            true[day] = float(truth[day].reindex(sorted(ids)).sum())
        before = ids
    return {
        "stability_pct": stability_pct, "listed": len(before), "turnover_pct": 100 * float(np.mean(fresh)),
        "kept_pct": 100 * float(np.mean(kept)), "expected_pct_lowest": 100 * min(shares),
        "expected_pct": 100 * float(np.mean(shares)), "true_expected": sum(true.values()),
    }  # fmt: skip


def truths(folder: Path) -> dict[date, pd.Series]:
    """True risk by pseudonym at the runs for which it is known."""
    rows = duckdb.sql("FROM read_parquet($path)", params={"path": str(folder / "truth.parquet")}).df()
    rows["index_date"] = pd.to_datetime(rows["index_date"]).dt.date
    return {day: own.set_index("patient_id")["true_risk"] for day, own in rows.groupby("index_date") if day in DAYS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--folder", type=Path, help="Keep the study there.")
    parser.add_argument("--stability", type=float, nargs="+", default=[0, 10, 20, 30, 50])
    asked = parser.parse_args()
    with TemporaryDirectory() as spare:
        folder = asked.folder or Path(spare)
        session = prepare(folder, asked.patients, asked.seed)
        truth = truths(folder)
        found = [measure(session, pct, truth) for pct in asked.stability]
    for one in found:
        one["true_expected_pct"] = 100 * one["true_expected"] / found[0]["true_expected"]
        print(json.dumps({name: round(value, 2) for name, value in one.items()}))


if __name__ == "__main__":
    main()
