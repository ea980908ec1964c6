"""What a snapshot that was just filled holds: rows, distinct codes, and how far each table reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskstrat.engine import DuckEngine, literal_path, quoted_text
from riskstrat.tables import TABLES


def rows_of(engine: DuckEngine, folder: Path, table: str) -> int:
    """How many rows a table of a snapshot has."""
    files = quoted_text(literal_path(folder / table) + "/*.parquet")
    return int(engine.sql(f"SELECT count(*) FROM read_parquet({files}, hive_partitioning = false)").fetchall()[0][0])


def distinct_codes(engine: DuckEngine, folder: Path, tables: Sequence[str]) -> pa.Table:
    """How often each code stands in each table of a snapshot."""
    coded = [name for name in tables if "code_system" in TABLES[name].by_name]
    if not coded:
        return _no_codes()
    selects = " UNION ALL ".join(
        f"SELECT {quoted_text(name)} AS table_name, code_system, code, count(*) AS rows "
        f"FROM read_parquet({quoted_text(literal_path(folder / name))} || '/*.parquet') GROUP BY ALL"
        for name in coded
    )
    return engine.sql(f"SELECT * FROM ({selects}) ORDER BY ALL").to_arrow_table()


def _no_codes() -> pa.Table:
    names = ("table_name", "code_system", "code")
    return pa.table({**{name: pa.array([], pa.string()) for name in names}, "rows": pa.array([], pa.int64())})


def data_as_of(engine: DuckEngine, folder: Path, tables: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """First and last month with data in each table: months of at least half the usual number of rows."""
    spans: dict[str, Mapping[str, Any]] = {}
    for name in tables:
        event = "admission_date" if name == "episodes" else TABLES[name].event
        if event is None:
            continue
        query = (
            f"WITH months AS (SELECT date_trunc('month', {event}) AS month, count(*) AS n FROM read_parquet("
            f"{quoted_text(literal_path(folder / name))} || '/*.parquet') WHERE {event} IS NOT NULL GROUP BY 1) "
            f"SELECT CAST(min(month) AS DATE), CAST(last_day(max(month)) AS DATE) FROM months "
            f"WHERE n >= (SELECT median(n) / 2 FROM months)"
        )
        first, last = engine.sql(query).fetchall()[0]
        spans[name] = {"from": first, "to": last}
    return spans
