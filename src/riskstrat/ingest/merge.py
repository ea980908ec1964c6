"""SQL that makes one row of the rows that are one fact, its codes as their system writes them.

Decision
--------
*One fact.* A finished episode before an unfinished one (an episode that spans 31 March comes twice), then what was
delivered later, then the fuller row, then the later sent, then that of the later file. A person's rows are merged
column by column, the later file's first, since one file may say when a person was born and another where they are
registered.

*Named records.* Where a source names its records, the latest row of a name replaces the others: that of the latest
delivery, and within it the highest number where the source numbers them (EMIS); without numbers both stand. A row that
says its record was deleted may hold no more than the name; so may one that was set aside, for what a source has changed
must not go on standing because the change could not be stored.

*Codes.* Each distinct code is looked at once, in Python.
"""

from collections.abc import Sequence

import pyarrow as pa

from riskstrat.engine import DuckEngine, quoted_text
from riskstrat.ingest.rows import SQL_TYPES
from riskstrat.tables import EPISODES, PATIENTS, SHAPES, System, Table, day_of, normalise


def empty_rows(table: Table) -> str:
    """SQL for the columns of a staged table in which there is nothing."""
    typed = [f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {column.name}" for column in table.columns]
    if table is EPISODES:
        typed.append("CAST(NULL AS VARCHAR[]) AS diagnoses")
    return ", ".join(["0::INTEGER AS file_no", "0::INTEGER AS delivery", *typed])


def staged_columns(table: Table, named: bool) -> str:
    """The columns to read of a converted file."""
    names = [column.name for column in table.columns]
    if table is EPISODES:
        names.append("diagnoses")
    return ", ".join([*names, *(("record_id", "record_order", "deleted") if named else ())])


def latest_records(rows: str) -> str:
    """SQL for rows without those that a later row of the same record replaced or deleted."""
    order = "ORDER BY delivery DESC, record_order DESC NULLS LAST"
    rank = f"rank() OVER (PARTITION BY record_id {order})"
    kept = f"record_id IS NULL OR ({rank} = 1)"
    return f"(SELECT * FROM (SELECT * FROM {rows} QUALIFY {kept}) WHERE coalesce(deleted, 0) = 0)"


def _best(table: Table) -> str:
    """SQL for the order of preference among rows that are one fact."""
    names = [column.name for column in table.columns if column.name != "main_diagnosis"]
    others = [name for name in names if name not in table.key]
    filled, first = " + ".join(f"({name} IS NOT NULL)::INT" for name in names), []
    if table is EPISODES:
        first, filled = ["(episode_status = '3') DESC NULLS LAST"], f"{filled} + coalesce(len(diagnoses), 0)"
        others = ["diagnoses", *others]
    sent = [f"{name} DESC NULLS LAST" for name in ("submitted_date", table.recorded) if name in others]
    later_sent = [f"{name} DESC NULLS LAST" for name in reversed(others)]
    later_file = ["file_no DESC", f"{filled} DESC"] if table is PATIENTS else [f"{filled} DESC", *sent, "file_no DESC"]
    return ", ".join([*first, "delivery DESC", *later_file, *later_sent])


def one_a_fact(table: Table, rows: str) -> str:
    """SQL for one row a key, of rows with file_no and delivery, and, but for patients, patient_no."""
    if not table.key:
        return rows
    if table is PATIENTS:
        return _one_a_person(rows)
    names = [column.name for column in table.columns]
    if [name for name in names if name not in table.key] == [table.recorded]:
        first = f"min({table.recorded}) AS {table.recorded}, min(file_no) AS file_no"
        return f"(SELECT patient_no, {', '.join(table.key)}, {first} FROM {rows} GROUP BY ALL)"
    if names == list(table.key):
        return f"(SELECT patient_no, {', '.join(table.key)}, min(file_no) AS file_no FROM {rows} GROUP BY ALL)"
    place = f"row_number() OVER (PARTITION BY {', '.join(table.key)} ORDER BY {_best(table)})"
    return f"(SELECT * FROM {rows} QUALIFY {place} = 1)"


def _one_a_person(rows: str) -> str:
    """SQL for one row a person: of each column the first known value, and the file the first row came from."""
    place = f"row_number() OVER (PARTITION BY patient_id ORDER BY {_best(PATIENTS)}) AS place"
    names = [column.name for column in PATIENTS.columns if column.name != "patient_id"]
    known = ", ".join(f"arg_min({_known(name)}, place) AS {name}" for name in (*names, "file_no"))
    return f"(SELECT patient_id, {known} FROM (SELECT *, {place} FROM {rows}) GROUP BY patient_id)"


def _known(name: str) -> str:
    return "nullif(sex, 'U')" if name == "sex" else name


def with_days(table: Table) -> str:
    """SQL for a table's columns, each date with its day number."""
    parts = []
    for column in table.columns:
        parts.append(column.name)
        if column.type == "date":
            parts.append(f"CAST({column.name} - DATE '1970-01-01' AS INTEGER) AS {day_of(column.name)}")
    return ", ".join([*parts, "file_no"])


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
