"""Converted files -> the tables of a snapshot: one row a fact, split by patient and sorted.

Decision
--------
One part of the store is in memory at a time. Rows of people whom no patient table names, of a key that stands for
many people, and from before the year in which their person was born are not stored. A key stands for many people if
it holds more than `super_patient_pct` of a table's rows, more than a thousand of them, and twenty times as many as
people do on average: all three, because in a small practice one person may well hold a hundredth of the rows. What
becomes of every row is counted by file.

What a snapshot that was just filled holds: rows, distinct codes, and how far each table reaches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskstrat.engine import DuckEngine, literal_path, quoted_text, write_table
from riskstrat.ingest.convert import ConvertedFile, stored
from riskstrat.ingest.merge import empty_rows, latest_records, one_a_fact, staged_columns, with_codes, with_days
from riskstrat.ingest.rows import SQL_TYPES
from riskstrat.tables import DIAGNOSES, EPISODES, PATIENTS, TABLES, Table, day_of

_UNKNOWN_PRACTICE = "unknown"
BEFORE_BIRTH = "before its person was born"
MANY_PEOPLE = "a key that stands for many people"
MANY_ROWS = 1_000
MANY_TIMES = 20
TOMBSTONE = 2


@dataclass(frozen=True)
class DeliveredFile:
    """A converted file, and its place among the others.

    Parameters
    ----------
    number : int
        In the manifest.
    delivery : int
        Files that came together share it; rows of a later one replace.
    delivered : str
        The snapshot for which its content first came.
    name : str
        Of the file, with its folder's where another has the same.
    """

    number: int
    delivery: int
    delivered: str
    sha256: str
    name: str
    converted: ConvertedFile

    @property
    def table(self) -> str:
        """The canonical table it fills."""
        return self.converted.extract.table


@dataclass(frozen=True)
class SnapshotBuild:
    """A snapshot in the making.

    Parameters
    ----------
    folder : Path
        Of the snapshot.
    skip : collection of str
        Checks not made.
    books : dict
        File number to what became of its rows; filled as the work goes on.
    offenders : list of pyarrow.Table
        file_no, patient_id, event_date, fault of rows that only other rows show to be wrong; filled likewise.
    """

    engine: DuckEngine
    deliveries: Sequence[DeliveredFile]
    folder: Path
    parts: int
    super_patient_pct: float = 0.5
    skip: Sequence[str] = ()
    books: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    offenders: list[pa.Table] = field(default_factory=list)

    @property
    def tables(self) -> list[str]:
        """The tables that some file fills, patients first; not one of which a file's rule left every row out."""
        books = [(one.table, one.converted.books) for one in self.deliveries]
        filled = {table for table, read in books if read["kept"] or not read["by_rule"]}
        return [name for name in TABLES if name in filled]

    def rows(self, table: Table, part: int) -> str:
        """SQL for the converted rows of a part of a table, with file_no and delivery."""
        mine = [(one, one.converted.rows(part)) for one in self.deliveries if one.table == table.name]
        named = self.named(table)
        selects = [
            f"SELECT {one.number}::INTEGER AS file_no, {one.delivery}::INTEGER AS delivery, "
            f"{staged_columns(table, named)} FROM {stored(files)} WHERE part = {part}"
            for one, files in mine
            if files
        ]
        selects += [_tombstones(table, one, part) for one, _ in mine if one.converted.tombstones]
        if not selects:
            records = ", NULL::VARCHAR AS record_id, NULL::INT AS record_order, NULL::INT AS deleted" if named else ""
            return f"(SELECT {empty_rows(table)}{records} LIMIT 0)"
        return f"({' UNION ALL '.join(selects)})"

    def named(self, table: Table) -> bool:
        """Whether some source of a table names its records."""
        return any("record_id" in one.converted.extract.found for one in self.deliveries if one.table == table.name)

    def count(self, what: str, rows: str) -> None:
        """Add the rows of a relation to the books, by file."""
        for number, count in self.engine.sql(f"SELECT file_no, count(*) FROM {rows} GROUP BY 1").fetchall():
            self.books[number][what] += count


def _tombstones(table: Table, one: DeliveredFile, part: int) -> str:
    """SQL for records whose row was set aside, as rows that only delete; without a patient they are in every part."""
    empty = [f"NULL::{SQL_TYPES[c.type]} AS {c.name}" for c in table.columns if c.name != "patient_id"]
    lists = ["NULL::VARCHAR[] AS diagnoses"] if table is EPISODES else []
    columns = ", ".join(["patient_id", *empty, *lists, "record_id", "record_order", f"{TOMBSTONE} AS deleted"])
    return (
        f"SELECT {one.number}::INTEGER AS file_no, {one.delivery}::INTEGER AS delivery, {columns} "
        f"FROM {stored(one.converted.tombstones)} WHERE part = {part} OR patient_id IS NULL"
    )


def finish(work: SnapshotBuild) -> None:
    """Fill a snapshot's folder part by part, and the work's books."""
    first = 0
    for part in range(work.parts):
        many = _many_people(work, part)
        first += _finish_patients(work, part, first, many)
        people = _people(work, part, many)
        for name in work.tables:
            if name != "patients":
                _finish_table(work, TABLES[name], part, people)
        if "episodes" in work.tables:
            _finish_diagnoses(work.engine, work.folder, part)
        work.engine.drop([many, people])


def _many_people(work: SnapshotBuild, part: int) -> str:
    """The name of a table of keys that stand for many people."""
    found: set[str] = set()
    if "super_patient" not in work.skip:
        for name in work.tables:
            kept = sum(one.converted.books["kept"] for one in work.deliveries if one.table == name)
            least = max(MANY_ROWS, kept * work.super_patient_pct / 100)
            if kept > least:
                found |= _heavy_keys(work, TABLES[name], part, least)
    keys = pa.table({"patient_id": pa.array(sorted(found), pa.string())})
    return work.engine.name_of(work.engine.table(keys))


def _heavy_keys(work: SnapshotBuild, table: Table, part: int, least: float) -> set[str]:
    counts = f"SELECT patient_id, count(*) AS n FROM {work.rows(table, part)} GROUP BY 1"
    query = f"SELECT patient_id FROM ({counts}) QUALIFY n > {least} AND n > {MANY_TIMES} * avg(n) OVER ()"
    return {key for (key,) in work.engine.sql(query).fetchall()}


def _people(work: SnapshotBuild, part: int, many: str) -> str:
    """The name of a table of a part's people: number and first day of the year of birth; -1 for keys left out."""
    known = stored([work.folder / "patients" / f"{part:04d}.parquet"])
    born = "make_date(year(birth_date), 1, 1)" if "before_birth" not in work.skip else "NULL::DATE"
    query = (
        f"SELECT patient_id, patient_no, {born} AS born FROM {known} UNION ALL SELECT patient_id, -1, NULL FROM {many}"
    )
    return work.engine.name_of(work.engine.table(work.engine.sql(query).to_arrow_table()))


def _write(engine: DuckEngine, query: str, folder: Path, table: str, part: int) -> str:
    """Write a part of a table; SQL to read it."""
    path = folder / table / f"{part:04d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(f"COPY ({query}) TO {quoted_text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return stored([path])


def _deaths(work: SnapshotBuild, part: int, people: str) -> str:
    """SQL for the one death of each person that is stored, not one from before the person was born."""
    deaths = TABLES["deaths"]
    if deaths.name not in work.tables:
        return "(SELECT NULL::VARCHAR AS patient_id, NULL::DATE AS died WHERE false)"
    born = f"(SELECT patient_id, make_date(year(birth_date), 1, 1) AS born FROM {people})"
    rows = latest_records(work.rows(deaths, part)) if work.named(deaths) else work.rows(deaths, part)
    known = f"(SELECT r.* FROM {rows} r JOIN {born} b USING (patient_id) WHERE (death_date < born) IS NOT TRUE)"
    return f"(SELECT patient_id, death_date AS died FROM {one_a_fact(deaths, known)})"


def _practices(work: SnapshotBuild, part: int) -> str:
    """SQL for the practice of a person's latest registration."""
    if "registrations" not in work.tables:
        return "(SELECT NULL::VARCHAR AS patient_id, NULL::VARCHAR AS latest WHERE false)"
    table = TABLES["registrations"]
    rows = latest_records(work.rows(table, part)) if work.named(table) else work.rows(table, part)
    return f"(SELECT patient_id, arg_max(practice_code, start_date) AS latest FROM {rows} GROUP BY 1)"


def _finish_patients(work: SnapshotBuild, part: int, first: int, many: str) -> int:
    rows = work.rows(PATIENTS, part)
    _offend(work, PATIENTS, f"(SELECT * FROM {rows} SEMI JOIN {many} USING (patient_id))", MANY_PEOPLE)
    alone = f"(SELECT * FROM {rows} ANTI JOIN {many} USING (patient_id))"
    filled = (
        "p.* REPLACE (least(p.death_date, d.died) AS death_date, "
        f"coalesce(p.practice_code, r.latest, '{_UNKNOWN_PRACTICE}') AS practice_code, coalesce(p.sex, 'U') AS sex)"
    )
    if work.named(PATIENTS):
        alone = latest_records(alone)
        work.count("latest", alone)
    people = one_a_fact(PATIENTS, alone)
    joined = (
        f"SELECT {filled} FROM {people} p LEFT JOIN {_deaths(work, part, people)} d USING (patient_id) "
        f"LEFT JOIN {_practices(work, part)} r USING (patient_id)"
    )
    number = f"CAST(row_number() OVER (ORDER BY patient_id) + {first - 1} AS INTEGER) AS patient_no"
    query = f"SELECT patient_no, {with_days(PATIENTS)} FROM (SELECT {number}, * FROM ({joined})) ORDER BY patient_no"
    stored = _write(work.engine, query, work.folder, "patients", part)
    work.count("stored", stored)
    return int(work.engine.sql(f"SELECT count(*) FROM {stored}").fetchall()[0][0])


def _finish_table(work: SnapshotBuild, table: Table, part: int, people: str) -> None:
    event = table.event or "event_date"
    joined = (
        f"(SELECT r.*, p.patient_no, p.born FROM {work.rows(table, part)} r LEFT JOIN {people} p USING (patient_id))"
    )
    _set_aside(work, table, joined, event)
    known = "(patient_no >= 0 OR patient_id IS NULL)" if work.named(table) else "patient_no >= 0"
    rows = f"(SELECT * EXCLUDE (born) FROM {joined} WHERE {known} AND ({event} < born) IS NOT TRUE)"
    if work.named(table):
        rows = latest_records(rows)
        work.count("latest", rows)
    unique = one_a_fact(table, with_codes(work.engine, table, rows))
    extra = ", diagnoses" if table is EPISODES else ""
    query = f"SELECT patient_no, {with_days(table)}{extra} FROM {unique} ORDER BY patient_no, {day_of(event)}"
    work.count("stored", _write(work.engine, query, work.folder, table.name, part))


def _set_aside(work: SnapshotBuild, table: Table, joined: str, event: str) -> None:
    """Count by file what is not stored, and keep what offends."""
    tests = ("patient_no IS NULL", "patient_no = -1", f"{event} < born")
    counted = ", ".join(f"count(*) FILTER ({test})" for test in tests)
    real = f" WHERE coalesce(deleted, 0) <> {TOMBSTONE}" if work.named(table) else ""
    found = work.engine.sql(f"SELECT file_no, {counted} FROM {joined}{real} GROUP BY 1").fetchall()
    for number, strangers, *_ in found:
        work.books[number]["not_in_patients"] += strangers
    if any(many for _, _, many, _ in found):
        _offend(work, table, f"(SELECT * FROM {joined} WHERE {tests[1]})", MANY_PEOPLE)
    if any(early for *_, early in found):
        _offend(work, table, f"(SELECT * FROM {joined} WHERE {tests[2]})", BEFORE_BIRTH)


def _offend(work: SnapshotBuild, table: Table, rows: str, reason: str) -> None:
    """Set rows aside, to be found in their files afterwards."""
    event = table.event or "NULL::DATE"
    column = (table.event if reason == BEFORE_BIRTH else None) or "patient_id"
    query = (
        f"SELECT file_no, patient_id, {event} AS event_date, {quoted_text(f'{column}|{reason}')} AS fault FROM {rows}"
    )
    found = work.engine.sql(query).to_arrow_table()
    if found.num_rows:
        work.offenders.append(found)


def _finish_diagnoses(engine: DuckEngine, folder: Path, part: int) -> None:
    """A row for each diagnosis of each ended episode; episodes lose their list."""
    path = folder / "episodes" / f"{part:04d}.parquet"
    source = stored([path])
    unnested = "unnest(diagnoses) AS code, generate_subscripts(diagnoses, 1) AS position"
    renamed = (
        "SELECT patient_no, patient_id, end_date AS event_date, code, 'icd10' AS code_system, position, "
        "admission_date, episode_order, provider, file_no "
        f"FROM (SELECT * EXCLUDE (diagnoses), {unnested} FROM {source}) "
        "WHERE end_date IS NOT NULL AND code IS NOT NULL"
    )
    query = f"SELECT patient_no, {with_days(DIAGNOSES)} FROM ({renamed}) ORDER BY patient_no, event_day"
    _write(engine, query, folder, "diagnoses", part)
    kept = engine.sql(f"SELECT * EXCLUDE (diagnoses) FROM {source} ORDER BY patient_no, start_day").to_arrow_table()
    write_table(kept, path)


def row_count(engine: DuckEngine, folder: Path, table: str) -> int:
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
