"""SQL for rows whose codes are as their system writes them; each distinct code is looked at once, in Python."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from riskstrat.codes import SHAPES, System, normalise
from riskstrat.engine import DuckEngine, quoted_text
from riskstrat.tables import EPISODES, Table


def with_codes(engine: DuckEngine, table: Table, rows: str) -> str:
    """SQL for rows whose codes are normalised; a code of no known shape stays as it came."""
    if table is EPISODES:
        return f"(SELECT * REPLACE (diagnoses[1] AS main_diagnosis) FROM {_with_icd10(engine, rows)})"
    if "code_system" not in table.by_name:
        return rows
    known = ", ".join(quoted_text(system) for system in SHAPES)
    seen = engine.sql(f"SELECT DISTINCT code_system, code FROM {rows} WHERE code_system IN ({known})").fetchall()
    changed = [(s, c, n) for s, c in seen if (n := normalise(s, c)) and n != c]
    if not changed:
        return rows
    mapped = _code_table(engine, changed)
    return (
        f"(SELECT r.* REPLACE (coalesce(m.clean, r.code) AS code) FROM {rows} r "
        f"LEFT JOIN {mapped} m ON r.code_system = m.code_system AND r.code = m.code)"
    )


def _code_table(engine: DuckEngine, rows: Sequence[tuple[str, str, str]]) -> str:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    names = ("code_system", "code", "clean")
    table = pa.table({name: pa.array(list(column), pa.string()) for name, column in zip(names, columns, strict=True)})
    return engine.name_of(engine.table(table))


def _with_icd10(engine: DuckEngine, rows: str) -> str:
    """SQL for episodes whose diagnoses are normalised and without the empty ones, but for the first, the main one."""
    seen = engine.sql(f"SELECT DISTINCT unnest(diagnoses) FROM {rows}").fetchall()
    system: System = "icd10"
    known = [("icd10", raw, clean) for (raw,) in seen if raw and (clean := normalise(system, raw))]
    mapped = _code_table(engine, known)
    as_map = f"(SELECT map_from_entries(list((code, clean))) FROM {mapped})"
    clean_list = "list_transform(diagnoses, lambda x: codes[x])"
    kept = f"list_filter({clean_list}, lambda x, i: x IS NOT NULL OR i = 1)"
    return f"(SELECT * REPLACE ({kept} AS diagnoses) FROM (SELECT r.*, {as_map} AS codes FROM {rows} r))"
