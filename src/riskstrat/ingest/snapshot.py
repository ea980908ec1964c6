"""Fill the tables of a snapshot from converted files: one row per fact, split by patient and sorted.

Decision
--------
One part of the store is in memory at a time. Three kinds of rows are not stored: rows of patients who are in no patient
extract, rows of a pseudonym shared by many people, and rows dated before the year in which the patient was born. A
pseudonym counts as shared if it has more than `super_patient_pct` of a table's rows, more than 1,000 rows, and 20
times the average number of rows per patient. It needs all three, because in a small practice one patient may have 1 %
of the rows. Where only a comparison with other rows shows that a row is wrong, its line number is no longer known, and
the file is read once more to find it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.engine import DuckEngine, quoted_text, write_table
from riskstrat.errors import ExtractError
from riskstrat.ingest.convert import ConvertedFile, as_rejects, stored
from riskstrat.ingest.line_account import Accounts, LineAccount, add_accounts
from riskstrat.ingest.merge import empty_rows, latest_records, one_a_fact, staged_columns, with_codes, with_days
from riskstrat.ingest.rows import SQL_TYPES, ReadOptions
from riskstrat.tables import DIAGNOSES, EPISODES, PATIENTS, TABLES, Snapshot, Table, day_of

_UNKNOWN_PRACTICE = "unknown"
BEFORE_BIRTH = "before the patient was born"
MANY_PEOPLE = "a pseudonym shared by many people"
MANY_ROWS = 1_000
MANY_TIMES = 20
TOMBSTONE = 2


@dataclass(frozen=True)
class DeliveredFile:
    """A converted file, and its place in the order of delivery.

    Parameters
    ----------
    number : int
        Number of the file in the manifest.
    delivery : int
        Number of the delivery; rows of a later delivery replace those of an earlier one.
    delivered : str
        Name of the first snapshot with the same file content.
    name : str
        Name of the file, with its folder if another file has the same name.
    """

    number: int
    delivery: int
    delivered: str
    sha256: str
    name: str
    converted: ConvertedFile

    @property
    def table(self) -> str:
        """The canonical table that the file fills."""
        return self.converted.extract.table


def deliveries_of(
    converted: Sequence[ConvertedFile], hashes: Mapping[Path, str], before: Sequence[Snapshot], now: str
) -> list[DeliveredFile]:
    """Order files by the time of their first delivery, and files of one delivery by name."""
    seen: dict[str, str] = {}
    for one in (file for snapshot in before for file in snapshot.manifest["files"]):
        seen.setdefault(one["sha256"], one["delivered"])
    when = [seen.get(hashes[one.extract.path], now) for one in converted]
    times = sorted(set(when))
    order = sorted(range(len(converted)), key=lambda i: (when[i], str(converted[i].extract.path), i))
    names = Counter({one.extract.path: one.extract.path.name for one in converted}.values())
    return [
        _delivery(number, times.index(when[i]), when[i], hashes, converted[i], names) for number, i in enumerate(order)
    ]


def _delivery(
    number: int, place: int, when: str, hashes: Mapping[Path, str], one: ConvertedFile, names: Counter[str]
) -> DeliveredFile:
    path = one.extract.path
    name = path.name if names[path.name] == 1 else f"{path.parent.name}/{path.name}"
    return DeliveredFile(number, place, when, hashes[path], name, one)


@dataclass(frozen=True)
class SnapshotBuild:
    """A snapshot while it is built: its files, its folder, and the checks to skip."""

    engine: DuckEngine
    deliveries: Sequence[DeliveredFile]
    folder: Path
    parts: int
    super_patient_pct: float = 0.5
    skip: Sequence[str] = ()

    @property
    def tables(self) -> list[str]:
        """The tables with files, patients first; without tables whose every row was excluded by rule."""
        accounts = [(one.table, one.converted.account) for one in self.deliveries]
        filled = {table for table, read in accounts if read.stored or not read.by_rule}
        return [name for name in TABLES if name in filled]

    def rows(self, table: Table, part: int) -> str:
        """Build the SQL that reads the converted rows of one part of a table, with file_no and delivery."""
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
        """Tell whether a source of the table gives its records an identifier."""
        return any("record_id" in one.converted.extract.found for one in self.deliveries if one.table == table.name)

    def count(self, rows: str) -> Counter[int]:
        """Count the rows of a relation by file."""
        return Counter(dict(self.engine.sql(f"SELECT file_no, count(*) FROM {rows} GROUP BY 1").fetchall()))


@dataclass(frozen=True)
class FilledTables:
    """The result of filling tables.

    Parameters
    ----------
    people : int
        Number of rows in the patient table.
    accounts : mapping of int to LineAccount
        Counts of the rows that were not stored, by file.
    offending : tuple of pyarrow.Table
        file_no, patient_id, event_date and fault of rows that are wrong compared with other rows. The accounts count
        them as stored until `reject_offending` finds their lines.
    """

    people: int = 0
    accounts: Accounts = field(default_factory=dict)
    offending: tuple[pa.Table, ...] = ()

    def __add__(self, other: FilledTables) -> FilledTables:
        accounts = add_accounts(self.accounts, other.accounts)
        return FilledTables(self.people + other.people, accounts, (*self.offending, *other.offending))


def _tombstones(table: Table, one: DeliveredFile, part: int) -> str:
    """Build the SQL of rows that delete the records of rejected rows; those without a patient are in every part."""
    empty = [f"NULL::{SQL_TYPES[c.type]} AS {c.name}" for c in table.columns if c.name != "patient_id"]
    lists = ["NULL::VARCHAR[] AS diagnoses"] if table is EPISODES else []
    columns = ", ".join(["patient_id", *empty, *lists, "record_id", "record_order", f"{TOMBSTONE} AS deleted"])
    return (
        f"SELECT {one.number}::INTEGER AS file_no, {one.delivery}::INTEGER AS delivery, {columns} "
        f"FROM {stored(one.converted.tombstones)} WHERE part = {part} OR patient_id IS NULL"
    )


def fill_tables(work: SnapshotBuild) -> FilledTables:
    """Fill the tables of a snapshot, part by part."""
    filled = FilledTables()
    for part in range(work.parts):
        many = _many_people(work, part)
        filled += _fill_patients(work, part, filled.people, many)
        people = _people(work, part, many)
        for name in work.tables:
            if name != "patients":
                filled += _fill_table(work, TABLES[name], part, people)
        if "episodes" in work.tables:
            _fill_diagnoses(work.engine, work.folder, part)
        work.engine.drop([many, people])
    return filled


def _many_people(work: SnapshotBuild, part: int) -> str:
    """Find pseudonyms shared by many people; return the name of a table of them."""
    found: set[str] = set()
    if "super_patient" not in work.skip:
        for name in work.tables:
            kept = sum(one.converted.account.stored for one in work.deliveries if one.table == name)
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
    """Name a table of the patients of a part: number and first day of the birth year; -1 for a shared pseudonym."""
    known = stored([work.folder / "patients" / f"{part:04d}.parquet"])
    born = "make_date(year(birth_date), 1, 1)" if "before_birth" not in work.skip else "NULL::DATE"
    query = (
        f"SELECT patient_id, patient_no, {born} AS born FROM {known} UNION ALL SELECT patient_id, -1, NULL FROM {many}"
    )
    return work.engine.name_of(work.engine.table(work.engine.sql(query).to_arrow_table()))


def _write(engine: DuckEngine, query: str, folder: Path, table: str, part: int) -> str:
    """Write one part of a table, and return the SQL that reads it."""
    path = folder / table / f"{part:04d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(f"COPY ({query}) TO {quoted_text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return stored([path])


def _deaths(work: SnapshotBuild, part: int, people: str) -> str:
    """Build the SQL for one death per patient; deaths before birth are dropped."""
    deaths = TABLES["deaths"]
    if deaths.name not in work.tables:
        return "(SELECT NULL::VARCHAR AS patient_id, NULL::DATE AS died WHERE false)"
    born = f"(SELECT patient_id, make_date(year(birth_date), 1, 1) AS born FROM {people})"
    rows = latest_records(work.rows(deaths, part)) if work.named(deaths) else work.rows(deaths, part)
    known = f"(SELECT r.* FROM {rows} r JOIN {born} b USING (patient_id) WHERE (death_date < born) IS NOT TRUE)"
    return f"(SELECT patient_id, death_date AS died FROM {one_a_fact(deaths, known)})"


def _practices(work: SnapshotBuild, part: int) -> str:
    """Build the SQL for the practice of each patient's latest registration."""
    if "registrations" not in work.tables:
        return "(SELECT NULL::VARCHAR AS patient_id, NULL::VARCHAR AS latest WHERE false)"
    table = TABLES["registrations"]
    rows = latest_records(work.rows(table, part)) if work.named(table) else work.rows(table, part)
    return f"(SELECT patient_id, arg_max(practice_code, start_date) AS latest FROM {rows} GROUP BY 1)"


def _fill_patients(work: SnapshotBuild, part: int, first: int, many: str) -> FilledTables:
    rows = work.rows(PATIENTS, part)
    offending = _offending(work, PATIENTS, f"(SELECT * FROM {rows} SEMI JOIN {many} USING (patient_id))", MANY_PEOPLE)
    alone = f"(SELECT * FROM {rows} ANTI JOIN {many} USING (patient_id))"
    known = latest = work.count(f"{alone}{_except_tombstones(work, PATIENTS)}")
    filled = (
        "p.* REPLACE (least(p.death_date, d.died) AS death_date, "
        f"coalesce(p.practice_code, r.latest, '{_UNKNOWN_PRACTICE}') AS practice_code, coalesce(p.sex, 'U') AS sex)"
    )
    if work.named(PATIENTS):
        alone = latest_records(alone)
        latest = work.count(alone)
    people = one_a_fact(PATIENTS, alone)
    joined = (
        f"SELECT {filled} FROM {people} p LEFT JOIN {_deaths(work, part, people)} d USING (patient_id) "
        f"LEFT JOIN {_practices(work, part)} r USING (patient_id)"
    )
    number = f"CAST(row_number() OVER (ORDER BY patient_id) + {first - 1} AS INTEGER) AS patient_no"
    query = f"SELECT patient_no, {with_days(PATIENTS)} FROM (SELECT {number}, * FROM ({joined})) ORDER BY patient_no"
    stored = work.count(_write(work.engine, query, work.folder, "patients", part))
    return FilledTables(stored.total(), _moved(Counter(), known, latest, stored), offending)


def _fill_table(work: SnapshotBuild, table: Table, part: int, people: str) -> FilledTables:
    event = table.event or "event_date"
    joined = (
        f"(SELECT r.*, p.patient_no, p.born FROM {work.rows(table, part)} r LEFT JOIN {people} p USING (patient_id))"
    )
    unlinked, known, offending = _count_linked(work, table, joined, event)
    mine = "(patient_no >= 0 OR patient_id IS NULL)" if work.named(table) else "patient_no >= 0"
    rows = f"(SELECT * EXCLUDE (born) FROM {joined} WHERE {mine} AND ({event} < born) IS NOT TRUE)"
    latest = known
    if work.named(table):
        rows = latest_records(rows)
        latest = work.count(rows)
    unique = one_a_fact(table, with_codes(work.engine, table, rows))
    extra = ", diagnoses" if table is EPISODES else ""
    query = f"SELECT patient_no, {with_days(table)}{extra} FROM {unique} ORDER BY patient_no, {day_of(event)}"
    stored = work.count(_write(work.engine, query, work.folder, table.name, part))
    return FilledTables(0, _moved(unlinked, known, latest, stored), offending)


def _moved(
    unlinked: Counter[int], known: Counter[int], latest: Counter[int], stored: Counter[int]
) -> dict[int, LineAccount]:
    """Return the accounts of rows that were not stored: not in patients, replaced, and duplicates."""
    return {
        number: LineAccount.moved(unlinked[number], known[number] - latest[number], latest[number] - stored[number])
        for number in unlinked | known
    }


def _except_tombstones(work: SnapshotBuild, table: Table) -> str:
    return f" WHERE coalesce(deleted, 0) <> {TOMBSTONE}" if work.named(table) else ""


def _count_linked(
    work: SnapshotBuild, table: Table, joined: str, event: str
) -> tuple[Counter[int], Counter[int], tuple[pa.Table, ...]]:
    """Count, by file, the rows not in patients and the rows to store; collect the rows to reject."""
    known = f"patient_no >= 0 AND ({event} < born) IS NOT TRUE"
    many, early = "patient_no = -1", f"{event} < born"
    counted = ", ".join(f"count(*) FILTER ({test})" for test in ("patient_no IS NULL", known, many, early))
    query = f"SELECT file_no, {counted} FROM {joined}{_except_tombstones(work, table)} GROUP BY 1"
    found = work.engine.sql(query).fetchall()
    offending: tuple[pa.Table, ...] = ()
    if any(row[3] for row in found):
        offending += _offending(work, table, f"(SELECT * FROM {joined} WHERE {many})", MANY_PEOPLE)
    if any(row[4] for row in found):
        offending += _offending(work, table, f"(SELECT * FROM {joined} WHERE {early})", BEFORE_BIRTH)
    return Counter({row[0]: row[1] for row in found}), Counter({row[0]: row[2] for row in found}), offending


def _offending(work: SnapshotBuild, table: Table, rows: str, reason: str) -> tuple[pa.Table, ...]:
    """Collect what is needed to find rejected rows in their files again, each with its error."""
    event = table.event or "NULL::DATE"
    column = (table.event if reason == BEFORE_BIRTH else None) or "patient_id"
    query = (
        f"SELECT file_no, patient_id, {event} AS event_date, {quoted_text(f'{column}|{reason}')} AS fault FROM {rows}"
    )
    found = work.engine.sql(query).to_arrow_table()
    return (found,) if found.num_rows else ()


def reject_offending(
    engine: DuckEngine, deliveries: Sequence[DeliveredFile], offending: Sequence[pa.Table], rules: ReadOptions
) -> Accounts:
    """Reject the rows that are wrong compared with other rows; return their accounts by file.

    Raises
    ------
    ExtractError
        If a file has changed since it was read.
    """
    if not offending:
        return {}
    rows, found = pa.concat_tables(offending), {}
    for one in deliveries:
        mine = rows.filter(pc.equal(rows["file_no"], one.number))
        if mine.num_rows:
            found[one.number] = LineAccount.rejected(_lines_of(engine, one.converted, rules, mine))
    return found


def _lines_of(engine: DuckEngine, one: ConvertedFile, rules: ReadOptions, offending: pa.Table) -> pa.Table:
    """Find the lines of rejected rows by reading the file once more, in the same way as before."""
    event = TABLES[one.extract.table].event or "NULL::DATE"
    bad = engine.name_of(engine.table(offending.group_by(["patient_id", "event_date", "fault"]).aggregate([])))
    with one.numbered(engine, rules) as rows:
        query = (
            "SELECT line, b.fault FROM "
            f"(SELECT line, patient_id, {event} AS event_date FROM ({rows}) WHERE part >= 0) r "
            f"JOIN {bad} b ON r.patient_id = b.patient_id AND r.event_date IS NOT DISTINCT FROM b.event_date"
        )
        found = engine.sql(query).to_arrow_table()
    engine.drop([bad])
    if found.num_rows != offending.num_rows:
        raise ExtractError(f"{one.extract.path.name} changed while it was read.", advice="Run the command again.")
    return as_rejects(engine, found)


def _fill_diagnoses(engine: DuckEngine, folder: Path, part: int) -> None:
    """Write one row per diagnosis of each ended episode, and remove the list of diagnoses from episodes."""
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
