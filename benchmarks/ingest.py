"""How fast extracts become a store, and in how much memory, against DuckDB's own typed CSV-to-Parquet.

One run writes a file of coded GP events, a file of its patients and a small file of hospital episodes, then times

* DuckDB alone: the same file, typed from a known schema, to Parquet (the faster of two runs, before and after);
* reading: `converting.convert`, every line counted, every cell checked, to Parquet (the faster of two runs);
* the whole of `riskstrat ingest`, which also hashes, guards, removes duplicates, numbers and sorts.

    python benchmarks/ingest.py --rows 10000000
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from riskstrat.engine import DuckEngine
from riskstrat.governance.restricted_codes import restricted_set
from riskstrat.ingest.convert import convert_file
from riskstrat.ingest.extract import match_file
from riskstrat.ingest.formats.plain import GP_EVENTS
from riskstrat.ingest.rows import ReadOptions
from riskstrat.study.settings import GovernanceSettings, SourceSettings

EVENTS_EACH = 60
BLOCK = 1_000_000
SCHEMA = {
    "patient_id": "VARCHAR", "date": "DATE", "code": "VARCHAR", "code_system": "VARCHAR",
    "value": "DOUBLE", "unit": "VARCHAR", "recorded_date": "DATE",
}  # fmt: skip
STUDY = """name = "benchmark"
[[sources]]
format = "patients"
files = "patients.csv"
[[sources]]
format = "gp_events"
files = "gp_events.csv"
[[sources]]
format = "hes_apc"
files = "apc.csv"
"""


def write_extracts(folder: Path, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = np.array([f"{i:016x}" for i in rng.integers(0, 2**62, max(1_000, rows // EVENTS_EACH))])
    n = len(people)
    practices, sexes = np.array([f"A8{i:04d}" for i in range(50)]), np.array(["F", "M"])
    patients = {
        "patient_id": people,
        "practice_code": practices[rng.integers(0, 50, n)],
        "sex": sexes[rng.integers(0, 2, n)],
        "year_of_birth": rng.integers(1930, 2005, n).astype(str),
    }
    pc.write_csv(pa.table(patients), folder / "patients.csv")
    stays = {name: np.full(1_000, "2024-01-01") for name in ("ADMIDATE", "EPISTART")}
    apc = {"PERSON_ID": people[:1_000], **stays, "ADMIMETH": np.full(1_000, "21")}
    pc.write_csv(pa.table(apc), folder / "apc.csv")
    codes = np.array([str(code) for code in rng.integers(10**7, 10**9, 600)])
    first = events(rng, people, codes, min(BLOCK, rows))
    with pc.CSVWriter(folder / "gp_events.csv", first.schema) as writer:
        writer.write(first)
        for done in range(BLOCK, rows, BLOCK):
            writer.write(events(rng, people, codes, min(BLOCK, rows - done)))
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")


def events(rng: np.random.Generator, people: np.ndarray, codes: np.ndarray, rows: int) -> pa.Table:
    day = (np.datetime64("2019-01-01") + rng.integers(0, 2_500, rows).astype("timedelta64[D]")).astype("datetime64[D]")
    none = rng.random(rows) < 0.6
    return pa.table(
        {
            "patient_id": people[rng.integers(0, len(people), rows)],
            "date": pa.array(day),
            "code": codes[rng.integers(0, len(codes), rows)],
            "code_system": np.full(rows, "snomed"),
            "value": pa.array(np.round(rng.normal(100, 20, rows), 1), mask=none),
            "unit": pa.array(np.full(rows, "mmHg"), mask=none),
            "recorded_date": pa.array(day + 1),
        }
    )


def by_duckdb(folder: Path) -> float:
    began = time.perf_counter()
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in SCHEMA.items())
    read = f"read_csv('{folder / 'gp_events.csv'}', header = true, columns = {{{columns}}})"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM {read}) TO '{folder / 'duckdb.parquet'}' (FORMAT parquet)")
    return time.perf_counter() - began


def by_reading(folder: Path, parts: int) -> float:
    path, layout = folder / "gp_events.csv", GP_EVENTS.layouts[0]
    extract = match_file(path, GP_EVENTS, layout, SourceSettings(format="gp_events", files=path.name), [path])
    rules = ReadOptions(parts, date.today(), (), restricted_set(GovernanceSettings(), folder))
    into = folder / "converted"
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    began = time.perf_counter()
    convert_file(DuckEngine(2.0, 0, folder / "spill"), extract, rules, into)
    return time.perf_counter() - began


def by_ingest(folder: Path) -> tuple[float, float]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "riskstrat", "ingest", "--study", str(folder), "--quiet"]
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="riskstrat-bench-") as name:
        folder = Path(name)
        write_extracts(folder, asked.rows, asked.seed)
        before = by_duckdb(folder)
        reading = min(by_reading(folder, max(1, round(asked.rows / EVENTS_EACH / 100_000))) for _ in range(2))
        whole, memory = by_ingest(folder)
        alone = min(before, by_duckdb(folder))
        found = {
            "rows": asked.rows,
            "megabytes": round((folder / "gp_events.csv").stat().st_size / 1e6),
            "duckdb_s": round(alone, 2),
            "reading_s": round(reading, 2),
            "ingest_s": round(whole, 2),
            "reading_share_of_duckdb_rate": round(alone / reading, 2),
            "ingest_share_of_duckdb_rate": round(alone / whole, 2),
            "ingest_peak_gb": round(memory, 2),
        }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
