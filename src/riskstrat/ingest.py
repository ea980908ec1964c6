"""Extracts -> a snapshot: typed, deduplicated, split by patient and sorted.

Decision
--------
Rows are typed once into a staging area, split by a hash of the patient as they are written; then each part is
deduplicated, sorted and given its patients' numbers, one part in memory at a time. For every table the manifest
shows that rows read = stored + duplicates + rows of people not in the patient table. Of two copies of an episode
the finished one is kept, then the fuller, then the later sent (HES repeats an episode that spans 31 March).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskstrat.codes import SHAPES, System, normalise
from riskstrat.engine import DuckEngine, EngineError, literal_path, quoted_text, write_table
from riskstrat.errors import ExtractError
from riskstrat.reading import SQL_TYPES, Extract, findings_of, physical_lines, select, where_it_broke
from riskstrat.tables import DIAGNOSES, EPISODES, PATIENTS, TABLES, Table, day_of

Counts = dict[str, int]


def stage(engine: DuckEngine, extract: Extract, number: int, folder: Path, parts: int) -> Counts:
    """Type one file into the staging area.

    Returns
    -------
    dict
        ``rows`` read.

    Raises
    ------
    ExtractError
        With every column that does not fit, or where lines and rows do not add up.
    """
    into = folder / extract.source.table
    into.mkdir(parents=True, exist_ok=True)
    part = f"CAST(hash(patient_id) % {parts} AS INTEGER) AS part"
    copy = (
        f"COPY (SELECT *, {part} FROM ({select(extract)})) TO {quoted_text(str(into))} "
        f"(FORMAT parquet, PARTITION_BY (part), OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'f{number:05d}_{{i}}')"
    )
    try:
        engine.execute(copy)
    except EngineError as error:
        raise where_it_broke(extract, error) from None
    staged = (
        f"read_parquet({quoted_text(literal_path(into))} || '/*/f{number:05d}_*.parquet', hive_partitioning = false)"
    )
    rows = _rows(engine, staged) if any(into.glob(f"*/f{number:05d}_*.parquet")) else 0
    _reconcile(extract, rows)
    if rows:
        _refuse_misfits(engine, extract, staged)
    return {"rows": rows}


def _rows(engine: DuckEngine, relation: str) -> int:
    return int(engine.sql(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def _reconcile(extract: Extract, rows: int) -> None:
    if extract.delimiter is None:
        return
    lines = physical_lines(extract.path)
    if lines != rows:
        found = f"{lines:,} lines after the header, {rows:,} rows"
        do = "A quote is unbalanced, a cell holds a line break, or there are blank lines. Export it again."
        raise ExtractError(f"{extract.path.name}: lines and rows do not add up.", [found], do)


def _refuse_misfits(engine: DuckEngine, extract: Extract, staged: str) -> None:
    findings = list(findings_of(engine, extract, staged))
    if findings:
        do = "Correct the extract, or say how its dates are written with date_format in [[sources]]."
        raise ExtractError(f"{extract.path.name}: {len(findings)} column(s) do not fit", findings, do)


def count_patients(engine: DuckEngine, extracts: Sequence[Extract]) -> int:
    """About how many people the patient tables name; one named in two files counts twice."""
    return sum(_count_patients(engine, one) for one in extracts)


def _count_patients(engine: DuckEngine, extract: Extract) -> int:
    try:
        query = f"SELECT approx_count_distinct(patient_id) FROM ({select(extract)})"
        return int(engine.sql(query).fetchall()[0][0])
    except EngineError as error:
        raise where_it_broke(extract, error) from None


def finish(engine: DuckEngine, staging: Path, folder: Path, parts: int) -> dict[str, Counts]:
    """Staged files -> the snapshot's tables, part by part.

    Returns
    -------
    dict
        For each table: rows stored, duplicates, and rows of people not in the patient table.
    """
    totals: dict[str, Counts] = defaultdict(lambda: defaultdict(int))
    first = 0
    for part in range(parts):
        first += _finish_patients(engine, staging, folder, part, first, totals)
        for name in _staged_tables(staging):
            if name != "patients":
                _finish_table(engine, TABLES[name], staging, folder, part, totals)
        if "episodes" in _staged_tables(staging):
            _finish_diagnoses(engine, folder, part, totals)
    return {name: dict(counts) for name, counts in totals.items()}


def _staged_tables(staging: Path) -> list[str]:
    return [name for name in TABLES if (staging / name).is_dir()]


def _staged(staging: Path, table: Table, part: int) -> str:
    files = sorted((staging / table.name / f"part={part}").glob("*.parquet"))
    if files:
        listed = ", ".join(quoted_text(literal_path(file)) for file in files)
        return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    return f"(SELECT {_empty(table)} LIMIT 0)"


def _empty(table: Table) -> str:
    """SQL for the columns of a staged table in which there is nothing."""
    typed = [f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {column.name}" for column in table.columns]
    return ", ".join([*typed, "CAST(NULL AS VARCHAR[]) AS diagnoses"] if table is EPISODES else typed)


def _unique(table: Table, rows: str) -> str:
    """SQL for one row a key: finished before unfinished, fuller before emptier, later sent first."""
    if not table.key:
        return rows
    names = [column.name for column in table.columns if column.name != "main_diagnosis"]
    others = [name for name in names if name not in table.key]
    if others == [table.recorded]:
        return f"(SELECT {', '.join(table.key)}, min({table.recorded}) AS {table.recorded} FROM {rows} GROUP BY ALL)"
    filled = " + ".join(f"({name} IS NOT NULL)::INT" for name in names)
    finished = []
    if table is EPISODES:
        finished, filled = ["(episode_status = '3') DESC NULLS LAST"], f"{filled} + coalesce(len(diagnoses), 0)"
        others = ["diagnoses", *others]
    best = ", ".join([*finished, f"{filled} DESC", *(f"{name} DESC NULLS LAST" for name in reversed(others))])
    place = f"row_number() OVER (PARTITION BY {', '.join(table.key)} ORDER BY {best})"
    return f"(SELECT * FROM {rows} QUALIFY {place} = 1)"


def _with_days(table: Table) -> str:
    """SQL for a table's columns, each date with its day number."""
    parts = []
    for column in table.columns:
        parts.append(column.name)
        if column.type == "date":
            parts.append(f"CAST({column.name} - DATE '1970-01-01' AS INTEGER) AS {day_of(column.name)}")
    return ", ".join(parts)


def _write(engine: DuckEngine, query: str, folder: Path, table: str, part: int) -> int:
    path = folder / table / f"{part:04d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(f"COPY ({query}) TO {quoted_text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return _rows(engine, f"read_parquet({quoted_text(literal_path(path))})")


def _finish_patients(
    engine: DuckEngine, staging: Path, folder: Path, part: int, first: int, totals: dict[str, Counts]
) -> int:
    rows = _staged(staging, PATIENTS, part)
    unique = _unique(PATIENTS, rows)
    deaths = "(SELECT NULL::VARCHAR AS patient_id, NULL::DATE AS death_date WHERE false)"
    if (staging / "deaths").is_dir():
        staged = _staged(staging, TABLES["deaths"], part)
        deaths = f"(SELECT patient_id, min(death_date) AS death_date FROM {staged} GROUP BY 1)"
    earlier = "p.* REPLACE (least(p.death_date, d.death_date) AS death_date)"
    joined = f"SELECT {earlier} FROM {unique} p LEFT JOIN {deaths} d USING (patient_id)"
    number = f"CAST(row_number() OVER (ORDER BY patient_id) + {first - 1} AS INTEGER) AS patient_no"
    numbered = f"SELECT {number}, * FROM ({joined})"
    stored = _write(
        engine,
        f"SELECT patient_no, {_with_days(PATIENTS)} FROM ({numbered}) ORDER BY patient_no",
        folder,
        "patients",
        part,
    )
    totals["patients"]["stored"] += stored
    totals["patients"]["duplicates"] += _rows(engine, rows) - stored
    return stored


def _finish_table(
    engine: DuckEngine, table: Table, staging: Path, folder: Path, part: int, totals: dict[str, Counts]
) -> None:
    rows, known = _staged(staging, table, part), folder / "patients" / f"{part:04d}.parquet"
    people = f"(SELECT patient_id, patient_no FROM read_parquet({quoted_text(literal_path(known))}))"
    unique = _unique(table, _with_codes(engine, table, rows))
    extra = ", diagnoses" if table is EPISODES else ""
    query = f"SELECT patient_no, {_with_days(table)}{extra} FROM {unique} JOIN {people} USING (patient_id)"
    order = f"ORDER BY patient_no, {day_of(table.event or 'event_date')}"
    stored = _write(engine, f"{query} {order}", folder, table.name, part)
    matched = _rows(engine, f"{rows} SEMI JOIN {people} USING (patient_id)")
    totals[table.name]["stored"] += stored
    totals[table.name]["duplicates"] += matched - stored
    totals[table.name]["not_in_patients"] += _rows(engine, rows) - matched


def _with_codes(engine: DuckEngine, table: Table, rows: str) -> str:
    """SQL for rows whose codes are normalised; a code of no known shape stays as it came."""
    if table is EPISODES:
        return f"(SELECT * REPLACE (diagnoses[1] AS main_diagnosis) FROM {_with_icd10(engine, rows)})"
    if "code_system" not in table.by_name:
        return rows
    seen = engine.sql(f"SELECT DISTINCT code_system, code FROM {rows}").fetchall()
    changed = [(s, c, n) for s, c in seen if s in SHAPES and (n := normalise(s, c)) and n != c]
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


def _finish_diagnoses(engine: DuckEngine, folder: Path, part: int, totals: dict[str, Counts]) -> None:
    """A row for each diagnosis of each ended episode; episodes lose their list."""
    path = folder / "episodes" / f"{part:04d}.parquet"
    source = f"read_parquet({quoted_text(literal_path(path))})"
    unnested = "unnest(diagnoses) AS code, generate_subscripts(diagnoses, 1) AS position"
    renamed = (
        "SELECT patient_no, patient_id, end_date AS event_date, code, 'icd10' AS code_system, position, "
        f"admission_date, episode_order, provider FROM (SELECT * EXCLUDE (diagnoses), {unnested} FROM {source}) "
        "WHERE end_date IS NOT NULL AND code IS NOT NULL"
    )
    query = f"SELECT patient_no, {_with_days(DIAGNOSES)} FROM ({renamed}) ORDER BY patient_no, event_day"
    totals["diagnoses"]["stored"] += _write(engine, query, folder, "diagnoses", part)
    write_table(
        engine.sql(f"SELECT * EXCLUDE (diagnoses) FROM {source} ORDER BY patient_no, start_day").to_arrow_table(), path
    )


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
