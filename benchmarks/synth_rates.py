"""Rates of the synthetic extracts against published ones, measured from the files.

python benchmarks/synth_rates.py --patients 100000 --seed 7
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from riskstrat.synthetic import generate

OUTCOMES = """
create temp view unplanned as
select distinct TOKEN_PERSON_ID as patient_id, cast(ADMIDATE as date) as admitted
from read_csv('{apc}', all_varchar = true, union_by_name = true)
where EPIORDER = '1' and CLASSPAT in ('1', '5') and ADMIMETH in ('21', '22', '23', '24', '25', '28', '2A', '2D')
"""
COHORT = """
create temp table cohort as
select t.patient_id, t.index_date, t.true_risk, t.best_known_risk,
  date_diff('month', cast(p.birth_month || '-01' as date), t.index_date) / 12.0 as age,
  count(u.admitted) as admissions
from read_parquet('{truth}') t
join read_csv('{patients}', all_varchar = true) p using (patient_id)
left join unplanned u on u.patient_id = t.patient_id
  and u.admitted >= t.index_date and u.admitted < t.index_date + interval 365 day
where t.index_date < date '2026-01-01'
group by all
"""
BANDS = ((0, 18, None), (18, 45, 0.04), (45, 65, 0.055), (65, 75, 0.09), (75, 85, 0.17), (85, 120, 0.30))


def auroc(score: NDArray[np.float64], outcome: NDArray[np.bool_]) -> float:
    """Area under the ROC curve by ranks; ties are left in the order they come."""
    rank = np.empty(len(score))
    rank[np.argsort(score, kind="stable")] = np.arange(1, len(score) + 1)
    cases = int(outcome.sum())
    return float((rank[outcome].sum() - cases * (cases + 1) / 2) / cases / (len(score) - cases))


def line(name: str, measured: float, target: str) -> None:
    """One row of the table."""
    print(f"{name:<44} {measured:>9.4f}   {target}")


def measure(folder: Path) -> None:
    """Print the table for the extracts in a folder."""
    extracts = folder / "extracts"
    db = duckdb.connect()
    db.execute(OUTCOMES.format(apc=extracts / "apc" / "*.csv"))
    db.execute(COHORT.format(truth=folder / "truth.parquet", patients=extracts / "gp" / "patients.csv"))
    data = db.execute("select age, admissions, true_risk, best_known_risk, index_date from cohort").df()
    age, counts = data["age"].to_numpy(), data["admissions"].to_numpy()
    true, known = data["true_risk"].to_numpy(), data["best_known_risk"].to_numpy()
    event, adult = counts > 0, age >= 18
    line("any unplanned admission in 12 months, all", event.mean(), "0.06-0.09")
    line("  adults", event[adult].mean(), "0.065-0.085")
    for low, high, target in BANDS:
        band = (age >= low) & (age < high)
        line(f"  {low}-{high - 1}", event[band].mean(), "" if target is None else f"{target:.3f}")
    line("emergency admissions per 1,000", 1000 * counts.mean(), "about 100")
    line("five or more a year", (counts >= 5).mean(), "0.001-0.003")
    line("ED attendances per 1,000 a year", attendances(db, extracts), "350-450")
    line("deaths per person a year", deaths(db, extracts), "about 0.01")
    latest = adult & (data["index_date"] == data["index_date"].max()).to_numpy()
    line("AUROC true risk, adults, latest index", auroc(true[latest], event[latest]), "above best known")
    line("AUROC best-known risk, adults, latest index", auroc(known[latest], event[latest]), "0.76-0.82")
    line("AUROC best-known risk, adults, all indexes", auroc(known[adult], event[adult]), "0.76-0.82")
    print("\nexpected / observed        true risk   best known   observed")
    fifth = np.argsort(np.argsort(known, kind="stable")) * 5 // len(known)
    for group in (None, *range(5)):
        rows = np.ones(len(known), bool) if group is None else fifth == group
        name = "all" if group is None else f"fifth {group + 1} of best known"
        seen = event[rows].mean()
        print(f"{name:<24} {true[rows].mean() / seen:>11.3f} {known[rows].mean() / seen:>12.3f} {seen:>10.4f}")


ALIVE = """
select count(*) from read_csv('{extracts}/gp/patients.csv', all_varchar = true)
where coalesce(date_of_death, '9999') >= '2023' and birth_month < '2023'
"""
SEEN = "select count(*) from read_csv('{extracts}/ecds/*.csv', all_varchar = true) where Arrival_Date like '2023%'"
DEAD = "select count(*) from read_csv('{extracts}/gp/deaths.csv', all_varchar = true) where date_of_death like '2023%'"


def attendances(db: duckdb.DuckDBPyConnection, extracts: Path) -> float:
    """ED attendances in 2023 per 1,000 patients alive at its start."""
    return 1000 * _one(db, SEEN.format(extracts=extracts)) / _one(db, ALIVE.format(extracts=extracts))


def deaths(db: duckdb.DuckDBPyConnection, extracts: Path) -> float:
    """Deaths in 2023 per patient alive at its start."""
    return _one(db, DEAD.format(extracts=extracts)) / _one(db, ALIVE.format(extracts=extracts))


def _one(db: duckdb.DuckDBPyConnection, query: str) -> float:
    row = db.execute(query).fetchone()
    return float(row[0]) if row else 0.0


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None, help="keep the extracts here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        began = time.perf_counter()
        generate(folder, arguments.patients, seed=arguments.seed)
        seconds = time.perf_counter() - began
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        pace = 60 * arguments.patients / seconds
        print(f"{arguments.patients} patients in {seconds:.1f} s, {pace:.0f} a minute, {size:.0f} MB\n")
        measure(folder)


if __name__ == "__main__":
    main()
