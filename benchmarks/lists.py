"""How long the lists of many practices take, against writing the same rows as bare workbooks.

The run of the sample study is copied over and over under other pseudonyms and practices, so that a million people are
scored; then all lists are made by the program, in a process of its own. For comparison the same rows are written once
more as workbooks without formats, sheets beside or checks: one process after the other as plain scripts do, and with as
many workers as the program has. Both ratios are printed, and the memory of the largest process.

Run: python benchmarks/lists.py --people 1000000 --practices 400
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

ROOT = Path(__file__).parent.parent
RISKSTRAT = [str(Path(sys.executable).parent / "riskstrat")]
ROLES = "".join(f"[roles.{name}]\n" for name in ("geriatrician", "pharmacist", "care_home", "district_nurse"))


def command(*arguments: object) -> None:
    subprocess.run([*RISKSTRAT, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def prepare(folder: Path) -> Path:
    """The sample study, scored; the folder of its run."""
    folder.mkdir(parents=True, exist_ok=True)
    command("init", folder)
    (folder / "extracts").symlink_to((ROOT / "data" / "samples" / "extracts").resolve())
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(toml.replace("# --- Lists from month", f"{ROLES}# ---", 1), encoding="utf-8")
    for step in ("ingest", "train", "score"):
        command(step, "--study", folder)
    return max(folder.glob("runs/*/scores.parquet")).parent


def enlarge(run: Path, people: int, practices: int) -> None:
    """Copy the people of a run, each time under other pseudonyms, into so many practices."""
    tables = {name: pq.read_table(run / f"{name}.parquet") for name in ("cohort", "features", "scores")}
    size = tables["scores"].num_rows
    order = np.random.default_rng(1).permutation(-(-people // size) * size)[:people] % practices
    code = np.array([f"P{n:05d}" for n in range(practices)])
    for name, table in tables.items():
        with pq.ParquetWriter(run / f"{name}.parquet", table.schema, compression="zstd") as writer:
            for copy, first in enumerate(range(0, people, size)):
                part = table.slice(0, min(size, people - first))
                ids = pa.array([f"{copy:05d}{one}" for one in part.column("patient_id").to_pylist()])
                part = part.set_column(part.schema.get_field_index("patient_id"), "patient_id", ids)
                if "practice_code" in part.column_names:
                    where = pa.array(code[order[first : first + part.num_rows]])
                    place = part.schema.get_field_index("practice_code")
                    part = part.set_column(place, "practice_code", where.cast(table.schema.field(place).type))
                writer.write_table(part)


def bare(rows: pd.DataFrame, path: Path) -> None:
    """The rows of one list as a workbook, and no more."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(rows.columns))
        for number, row in enumerate(rows.itertuples(index=False), 1):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_string(number, column, value.isoformat())
                elif not pd.isna(value):
                    sheet.write(number, column, value)


def some(lists: Sequence[tuple[pd.DataFrame, Path]]) -> None:
    for rows, path in lists:
        bare(rows, path)


def timed_bare(table: Path, folder: Path, workers: int) -> float:
    rows = pd.read_parquet(table)
    groups = rows.groupby(["role", "practice_code"])
    lists = [(own, folder / f"{role}-{practice}.xlsx") for (role, practice), own in groups]
    start = time.monotonic()
    parts = [lists[n::400] for n in range(400)]
    joblib.Parallel(n_jobs=workers)(joblib.delayed(some)(part) for part in parts)
    return time.monotonic() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--practices", type=int, default=400)
    parser.add_argument("--folder", type=Path, help="Keep the study there.")
    asked = parser.parse_args()
    with TemporaryDirectory() as spare:
        folder = asked.folder or Path(spare) / "study"
        if not (folder / "study.toml").exists():
            enlarge(prepare(folder), asked.people, asked.practices)
        start = time.monotonic()
        command("list", "--study", folder, "--force")
        seconds = time.monotonic() - start
        (lists,) = folder.glob("runs/*/lists")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        plain = Path(spare) / "bare"
        plain.mkdir()
        alone, together = (timed_bare(lists / "lists.parquet", plain, workers) for workers in (1, -1))
        files = sum(1 for path in lists.rglob("*") if path.is_file())
        rows = pq.read_metadata(lists / "lists.parquet").num_rows
    found = {
        "people": asked.people, "lists": asked.practices * 6, "rows": rows, "files": files,
        "seconds": round(seconds, 1), "bare_alone": round(alone, 1), "bare_workers": round(together, 1),
        "ratio_alone": round(seconds / alone, 2), "ratio_workers": round(seconds / together, 2),
        "peak_gb": round(peak, 2),
    }  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    main()
