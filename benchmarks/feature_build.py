"""Feature build at one index date against one full scan of the same Parquet, both in one run.

Makes a store of the canonical tables (not extracts) with 60 events a patient, scans every column of every file, then
builds the whole feature matrix file by file.

Run: python benchmarks/feature_build.py --patients 1000000
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.engine import DuckEngine
from riskstrat.features.aggregates import CodeAggregate
from riskstrat.features.build import build_parts
from riskstrat.features.definitions import all_features
from riskstrat.features.plan import plan_features
from riskstrat.ingest.manifest import distinct_codes
from riskstrat.study.study_file import Study
from riskstrat.tables.schema import TABLES, day_of
from riskstrat.tables.snapshot import Snapshot
from riskstrat.tables.windows import day_number

INDEX = date(2025, 1, 1)
PER_PATIENT = {
    "gp_events": 28, "prescriptions": 15, "consultations": 10, "op_appointments": 3, "ed_attendances": 1, "episodes": 1,
    "diagnoses": 2,
}  # fmt: skip
AS_NUMBER = {"VARCHAR": "sum(strlen({}))", "DATE": "sum({} - DATE '1970-01-01')"}
CHOICES = {
    "sex": ["F", "M"], "admission_method": ["11", "12", "21", "21", "22", "2A"], "patient_class": ["1", "1", "2"],
    "attended": ["seen", "seen", "missed"], "department_type": ["1", "1", "3"], "mode": ["face to face", "home visit"],
    "provider": ["RXX", "RYY"], "main_diagnosis": ["I500", "J440", "R074", "S720"], "attendance_category": ["first"],
    "unit": ["mmol/mol", ""], "staff_role": ["GP", "nurse"], "name": ["medicine"],
    "practice_code": ["A81001", "A81002"],
}  # fmt: skip


def codes(table: str, system: str, rng: np.random.Generator) -> np.ndarray:
    """Codes the features know, and three thousand that they do not; a few are common, most are rare."""
    found = [a.codes for f in all_features().values() for a in f.aggregates() if isinstance(a, CodeAggregate)]
    known = {c.ljust(9, "0") if system == "bnf" else c for s in found for c in s.codes.get(system, "").split()}
    unknown = [str(10**8 + n) if system == "snomed" else f"{n % 99:02d}{n:07d}" for n in range(3000)]
    every = np.array(sorted(known) + unknown, object)
    weights = 1 / np.arange(1, len(every) + 1) ** 0.5
    return rng.choice(every, 200_000, p=weights / weights.sum())


def rows_of(table: str, patients: np.ndarray, rng: np.random.Generator, pools: dict[str, np.ndarray]) -> pa.Table:
    """One file of one table, sorted by patient then day."""
    n = len(patients) * PER_PATIENT[table] if table in PER_PATIENT else len(patients)
    owner = np.repeat(patients, n // len(patients))
    day = day_number(INDEX) - rng.integers(-200, 1400, n)
    day = day[np.lexsort((day, owner))]
    columns: dict[str, pa.Array] = {"patient_no": pa.array(owner, pa.int32())}
    for column in TABLES[table].columns:
        columns |= _column(table, column.name, column.type, owner, day, rng, pools)
    return pa.table(columns)


def _column(table, name, kind, owner, day, rng, pools):  # type: ignore[no-untyped-def]
    n = len(owner)
    if kind == "date":
        gap = 3 if name in ("discharge_date", "end_date") else 0
        days = np.full(n, day_number(date(1960, 5, 1))) if name == "birth_date" else day + gap
        values = pa.array(days.astype(np.int32))
        if name in ("death_date",) or (table == "registrations" and name == "end_date"):
            values = pa.nulls(n, pa.int32())
        elif table == "registrations":
            values = pa.array(np.full(n, day_number(date(2000, 1, 1)), np.int32))
        return {name: values.cast(pa.date32()), day_of(name): values}
    if name == "patient_id":
        return {name: pa.array(np.char.add("p", owner.astype(str)))}
    if name == "code":
        return {name: pa.array(rng.choice(pools[table], n))}
    if name == "code_system":
        return {name: pa.array(np.full(n, {"prescriptions": "bnf", "diagnoses": "icd10"}.get(table, "snomed")))}
    if kind == "text":
        return {name: pa.array(rng.choice(CHOICES[name], n)) if name in CHOICES else pa.nulls(n, pa.string())}
    values = rng.normal(60, 15, n)
    return {name: pa.array(values) if kind == "float" else pa.array(np.abs(values).astype(np.int32) % 10 + 1)}


def make_store(folder: Path, patients: int, per_file: int) -> Snapshot:
    """A store with 60 events a patient."""
    rng, parts = np.random.default_rng(5), max(1, patients // per_file)
    pools = {"gp_events": codes("gp_events", "snomed", rng), "prescriptions": codes("prescriptions", "bnf", rng)}
    pools["diagnoses"] = np.array(["I500", "J440", "E119", "N183", "F009", "Z501", "R074"], object)
    for part in range(parts):
        people = np.arange(part * per_file, (part + 1) * per_file) + 1
        for table in ("patients", "registrations", *PER_PATIENT):
            (folder / table).mkdir(parents=True, exist_ok=True)
            path = folder / table / f"{part:04d}.parquet"
            pq.write_table(rows_of(table, people, rng, pools), path, compression="zstd")
    tables = {name: {} for name in ("patients", "registrations", *PER_PATIENT)}
    return Snapshot(folder, {"parts": parts, "tables": tables, "span": ["2021-01-01", "2025-07-01"]})


def scan(engine: DuckEngine, snapshot: Snapshot) -> Iterator[int]:
    """Read every value of every file once; sums, because a maximum is answered from Parquet's statistics unread."""
    for table in sorted(snapshot.tables):
        source = f"read_parquet('{snapshot.folder / table}/*.parquet')"
        columns = engine.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()
        sums = [AS_NUMBER.get(kind, "sum({})").format(f'"{name}"') for name, kind, *_ in columns]
        engine.sql(f"SELECT {', '.join(sums)} FROM {source}").fetchall()
        yield 1


def timed(work: Iterator[object]) -> tuple[float, float]:
    """Wall and CPU seconds of going through something."""
    wall, cpu = time.monotonic(), time.process_time()
    for _ in work:
        pass
    return time.monotonic() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--per-file", type=int, default=100_000)
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        snapshot = make_store(Path(scratch), asked.patients, asked.per_file)
        engine = DuckEngine(memory_limit_gb=2.0, spill=Path(scratch))
        seen_codes = distinct_codes(engine, Path(scratch), sorted(snapshot.tables))
        chosen = plan_features(all_features().values(), snapshot.tables, seen_codes)
        scans = [timed(scan(engine, snapshot)) for _ in range(3)]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        build = timed(build_parts(engine, snapshot, chosen, Study(name="bench"), INDEX, past=False))
    wall, cpu = (sorted(one[i] for one in scans)[1] for i in (0, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    facts = {
        "patients": asked.patients,
        "events": asked.patients * sum(PER_PATIENT.values()),
        "columns": len(chosen.columns),
        "scan_wall_s": wall,
        "scan_cpu_s": cpu,
        "build_wall_s": build[0],
        "build_cpu_s": build[1],
        "times_scan_wall": build[0] / wall,
        "times_scan_cpu": build[1] / cpu,
        "gb_before_build": before,
        "peak_gb": peak,
    }
    print(json.dumps({name: round(value, 2) for name, value in facts.items()}))


if __name__ == "__main__":
    main()
