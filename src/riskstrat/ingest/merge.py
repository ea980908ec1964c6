"""Build the SQL that merges rows which state one fact, and writes codes in the form of their coding system.

Decision
--------
*One fact.* Among rows that state one fact, one is kept. A finished episode comes before an unfinished one (an episode
that spans 31 March is sent twice), then the later delivery, then the row with more values, then the later submitted
row, then the row of the later file. The rows of a patient are merged column by column, the later file first, because
one file may give the date of birth and another the practice.

*Records with an identifier.* Where a source gives its records an identifier, the latest row of a record replaces the
others: the row of the latest delivery, and within it the row with the highest number, if the source numbers its rows
(EMIS). Without numbers, both rows are kept. A row that marks its record as deleted may contain only the identifier.
A rejected row also removes the earlier rows of its record: a value that the source has changed must not stay because
the change could not be stored.

*Codes.* Each distinct code is normalised once, in Python.
"""

from collections.abc import Sequence

import pyarrow as pa

from riskstrat.engine import DuckEngine, quoted_text
from riskstrat.ingest.rows import SQL_TYPES
from riskstrat.tables import EPISODES, PATIENTS, SHAPES, System, Table, day_of, normalise


def empty_rows(table: Table) -> str:
    """Build the SQL for the columns of a converted table, all empty."""
    typed = [f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {column.name}" for column in table.columns]
    if table is EPISODES:
        typed.append("CAST(NULL AS VARCHAR[]) AS diagnoses")
    return ", ".join(["0::INTEGER AS file_no", "0::INTEGER AS delivery", *typed])


def staged_columns(table: Table, named: bool) -> str:
    """List the columns to read from a converted file."""
    names = [column.name for column in table.columns]
    if table is EPISODES:
        names.append("diagnoses")
    return ", ".join([*names, *(("record_id", "record_order", "deleted") if named else ())])


def latest_records(rows: str) -> str:
    """Build the SQL that drops rows which a later row of the same record replaced or deleted."""
    order = "ORDER BY delivery DESC, record_order DESC NULLS LAST"
    rank = f"rank() OVER (PARTITION BY record_id {order})"
    kept = f"record_id IS NULL OR ({rank} = 1)"
    return f"(SELECT * FROM (SELECT * FROM {rows} QUALIFY {kept}) WHERE coalesce(deleted, 0) = 0)"


def _best(table: Table) -> str:
    """Build the SQL that orders rows of one fact, the preferred row first."""
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
    """Build the SQL that keeps one row per key; rows have file_no, delivery and (except for patients) patient_no."""
    if not table.key:
        return rows
    if table is PATIENTS:
        return _one_a_patient(rows)
    names = [column.name for column in table.columns]
    if [name for name in names if name not in table.key] == [table.recorded]:
        first = f"min({table.recorded}) AS {table.recorded}, min(file_no) AS file_no"
        return f"(SELECT patient_no, {', '.join(table.key)}, {first} FROM {rows} GROUP BY ALL)"
    if names == list(table.key):
        return f"(SELECT patient_no, {', '.join(table.key)}, min(file_no) AS file_no FROM {rows} GROUP BY ALL)"
    place = f"row_number() OVER (PARTITION BY {', '.join(table.key)} ORDER BY {_best(table)})"
    return f"(SELECT * FROM {rows} QUALIFY {place} = 1)"


def _one_a_patient(rows: str) -> str:
    """Build the SQL that merges the rows of each patient: the first recorded value of each column."""
    place = f"row_number() OVER (PARTITION BY patient_id ORDER BY {_best(PATIENTS)}) AS place"
    names = [column.name for column in PATIENTS.columns if column.name != "patient_id"]
    known = ", ".join(f"arg_min({_known(name)}, place) AS {name}" for name in (*names, "file_no"))
    return f"(SELECT patient_id, {known} FROM (SELECT *, {place} FROM {rows}) GROUP BY patient_id)"


def _known(name: str) -> str:
    return "nullif(sex, 'U')" if name == "sex" else name


def with_days(table: Table) -> str:
    """Build the SQL for a table's columns, each date followed by its day number."""
    parts = []
    for column in table.columns:
        parts.append(column.name)
        if column.type == "date":
            parts.append(f"CAST({column.name} - DATE '1970-01-01' AS INTEGER) AS {day_of(column.name)}")
    return ", ".join([*parts, "file_no"])


def with_codes(engine: DuckEngine, table: Table, rows: str) -> str:
    """Build the SQL that normalises codes; a code in an unknown form stays as it is."""
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
    """Build the SQL that normalises diagnoses and drops empty ones, except the first, which is the main diagnosis."""
    seen = engine.sql(f"SELECT DISTINCT unnest(diagnoses) FROM {rows}").fetchall()
    system: System = "icd10"
    known = [("icd10", raw, clean) for (raw,) in seen if raw and (clean := normalise(system, raw))]
    mapped = _code_table(engine, known)
    as_map = f"(SELECT map_from_entries(list((code, clean))) FROM {mapped})"
    clean_list = "list_transform(diagnoses, lambda x: codes[x])"
    kept = f"list_filter({clean_list}, lambda x, i: x IS NOT NULL OR i = 1)"
    return f"(SELECT * REPLACE ({kept} AS diagnoses) FROM (SELECT r.*, {as_map} AS codes FROM {rows} r))"
