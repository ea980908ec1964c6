"""Write the folder of a snapshot from converted files: its tables, its rejected rows and its manifest.

The manifest gives the line counts of every file, as the stages of the ingest reported them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa

from riskstrat import __version__
from riskstrat.engine import DuckEngine, literal_path, quoted_text, write_table
from riskstrat.errors import CheckError, ExtractError
from riskstrat.governance import audit_head
from riskstrat.ingest.discover import DO
from riskstrat.ingest.line_account import Accounts, LineAccount, add_accounts, total
from riskstrat.ingest.rows import ReadOptions
from riskstrat.ingest.snapshot import DeliveredFile, SnapshotBuild, fill_tables, reject_offending
from riskstrat.study import Session, extensions_of
from riskstrat.tables import QUARANTINE_FILE, TABLES, as_stored, write_manifest
from riskstrat.wording import plural

_HOSPITAL = ("episodes", "ed_attendances", "op_appointments")
MonthSpan = TypedDict("MonthSpan", {"from": date | None, "to": date | None})


class FileRecord(TypedDict):
    """The entry of one file in a manifest."""

    number: int
    file: str
    format: str
    table: str
    sha256: str
    delivered: str
    converted: str
    lines: int
    books: dict[str, int]
    restricted_codes: int
    ignored: int


def make_snapshot(
    session: Session,
    engine: DuckEngine,
    deliveries: Sequence[DeliveredFile],
    rules: ReadOptions,
    folder: Path,
    keys: tuple[str, str],
) -> None:
    """Fill the folder of a snapshot, and write the manifest last.

    Parameters
    ----------
    keys : (str, str)
        Fingerprints of what the snapshot depends on, with and without its files.

    Raises
    ------
    ExtractError
        If there are no hospital data for an outcome, or too many rows are rejected.
    CheckError
        If too few hospital rows can be linked to patients.
    """
    checks = session.study.checks
    work = SnapshotBuild(engine, deliveries, folder, rules.parts, checks.super_patient_pct, checks.skip)
    filled = fill_tables(work)
    _check_linked(session, deliveries, filled.accounts)
    read = {one.number: one.converted.account for one in deliveries}
    accounts = add_accounts(read, filled.accounts, reject_offending(engine, deliveries, filled.offending, rules))
    refuse_too_many_rejects(session, [(one.name, accounts[one.number]) for one in deliveries])
    _write_quarantine(deliveries, accounts, folder)
    made = {"key": keys[0], "decides": keys[1], "version": __version__, "audit": audit_head(session.folder.path)}
    tables = _table_counts(work, accounts)
    facts = _facts(engine, work, folder)
    manifest: dict[str, Any] = {**made, **extensions_of(session.study), **facts, "tables": tables}
    if "episodes" in work.tables:
        tables["diagnoses"] = {"stored": _row_count(engine, folder, "diagnoses")}
    manifest["files"] = [_file_record(one, accounts[one.number]) for one in deliveries]
    manifest["restricted_codes"] = total(accounts.values()).restricted_codes
    write_manifest(folder / "manifest.json", manifest)


def refuse_too_many_rejects(session: Session, files: Iterable[tuple[str, LineAccount]]) -> None:
    """Refuse all files, given by name, with more rejected rows than the study allows.

    Raises
    ------
    ExtractError
        With the commonest reasons for each file.
    """
    most, findings = session.study.checks.max_quarantined_pct, []
    for name, account in files:
        bad = f"{name}: {account.quarantined:,} of {plural(account.lines, 'row')} rejected"
        if account.quarantined > account.lines * most / 100:
            findings += [bad, *(f"  {reason}" for reason in account.reasons())]
        elif account.quarantined:
            session.warn(f"{bad}. The folder `quarantine/` of the snapshot gives each line and reason.")
    if findings:
        do = (
            "Correct the extract, or set `date_format`, `encoding`, `delimiter` or `columns` in its [[sources]]. To "
            f"accept more than {most:g} % of rejected rows, raise `max_quarantined_pct` under [checks]. {DO}"
        )
        raise ExtractError("Too many rows are rejected:", findings, do)


def _check_linked(session: Session, deliveries: Sequence[DeliveredFile], filled: Accounts) -> None:
    """Refuse hospital extracts whose rows hardly ever link to a patient: their pseudonyms differ."""
    least, findings = session.study.checks.min_linked_pct, []
    for name in _HOSPITAL:
        mine = [one for one in deliveries if one.table == name]
        kept = sum(one.converted.account.stored for one in mine)
        unlinked = sum(filled[one.number].not_in_patients for one in mine if one.number in filled)
        if kept and (kept - unlinked) / kept * 100 < least:
            findings.append(f"{name}: {unlinked:,} of {plural(kept, 'row')} without a patient in the patient extracts")
    if findings:
        do = (
            "Check that the pseudonyms of all extracts are made with the same key. If they are, lower `min_linked_pct` "
            f"under [checks]. {DO}"
        )
        raise CheckError(f"Less than {least:g} % of a hospital extract can be linked to patients:", findings, do)


def _write_quarantine(deliveries: Sequence[DeliveredFile], accounts: Accounts, folder: Path) -> None:
    """Write file, line, column and reason of every rejected row."""
    tables = []
    for one in deliveries:
        rows = accounts[one.number].rejects
        tables.append(rows.add_column(0, "file", pa.array([one.name] * rows.num_rows, pa.string())))
    (folder / "quarantine").mkdir()
    write_table(as_stored(pa.concat_tables(tables), QUARANTINE_FILE), folder / "quarantine" / "rows.parquet")


def _file_record(one: DeliveredFile, account: LineAccount) -> FileRecord:
    return FileRecord(
        number=one.number,
        file=one.name,
        format=one.converted.extract.format,
        table=one.table,
        sha256=one.sha256,
        delivered=one.delivered,
        converted=one.converted.folder.name,
        lines=account.lines,
        books=account.fates,
        restricted_codes=account.restricted_codes,
        ignored=len(one.converted.extract.ignored),
    )


def _table_counts(work: SnapshotBuild, accounts: Accounts) -> dict[str, dict[str, int]]:
    """Add up the line counts of each table over its files."""
    tables = dict.fromkeys(one.table for one in work.deliveries if one.table in work.tables)
    sums = {name: total(accounts[one.number] for one in work.deliveries if one.table == name) for name in tables}
    return {name: {"read": account.lines, **account.fates} for name, account in sums.items()}


def _facts(engine: DuckEngine, work: SnapshotBuild, folder: Path) -> dict[str, Any]:
    tables = [*work.tables, *(["diagnoses"] if "episodes" in work.tables else [])]
    write_table(distinct_codes(engine, folder, tables), folder / "codes.parquet")
    as_of = _data_as_of(engine, folder, tables)
    return {"parts": work.parts, "span": _span(as_of), "data_as_of": as_of, "carried": _carried(work)}


def _carried(work: SnapshotBuild) -> dict[str, list[str]]:
    """List the canonical columns of each table that have a value in at least one row."""
    found: dict[str, set[str]] = {name: set() for name in work.tables}
    for one in work.deliveries:
        if one.table in found:
            found[one.table].update(one.converted.carried)
    if "episodes" in found:
        found["diagnoses"] = set(TABLES["diagnoses"].by_name)
    return {name: sorted(columns) for name, columns in found.items()}


def _span(as_of: Mapping[str, MonthSpan]) -> list[date | None]:
    for name in ("episodes", "ed_attendances"):
        if name in as_of and as_of[name]["from"] is not None:
            return [as_of[name]["from"], as_of[name]["to"]]
    raise ExtractError(
        "There are no hospital episodes or attendances, so there is no outcome to predict.",
        advice=f"Add a source of hospital data, for example of format 'hes_apc'. {DO}",
    )


def _row_count(engine: DuckEngine, folder: Path, table: str) -> int:
    return int(engine.sql(f"SELECT count(*) FROM {_all_rows(folder, table)}").fetchall()[0][0])


def _all_rows(folder: Path, table: str) -> str:
    """Build the SQL that reads a table of a snapshot."""
    return f"read_parquet({quoted_text(literal_path(folder / table) + '/*.parquet')}, hive_partitioning = false)"


def distinct_codes(engine: DuckEngine, folder: Path, tables: Sequence[str]) -> pa.Table:
    """Count each code in each table of a snapshot."""
    coded = [name for name in tables if "code_system" in TABLES[name].by_name]
    if not coded:
        columns = {name: pa.array([], pa.string()) for name in ("table_name", "code_system", "code")}
        return pa.table({**columns, "rows": pa.array([], pa.int64())})
    selects = " UNION ALL ".join(
        f"SELECT {quoted_text(name)} AS table_name, code_system, code, count(*) AS rows "
        f"FROM {_all_rows(folder, name)} GROUP BY ALL"
        for name in coded
    )
    return engine.sql(f"SELECT * FROM ({selects}) ORDER BY ALL").to_arrow_table()


def _data_as_of(engine: DuckEngine, folder: Path, tables: Sequence[str]) -> dict[str, MonthSpan]:
    """Find the first and last month with data in each table: months with at least half the median number of rows."""
    spans: dict[str, MonthSpan] = {}
    for name in tables:
        event = "admission_date" if name == "episodes" else TABLES[name].event
        if event is None:
            continue
        query = (
            f"WITH months AS (SELECT date_trunc('month', {event}) AS month, count(*) AS n "
            f"FROM {_all_rows(folder, name)} WHERE {event} IS NOT NULL GROUP BY 1) "
            f"SELECT CAST(min(month) AS DATE), CAST(last_day(max(month)) AS DATE) FROM months "
            f"WHERE n >= (SELECT median(n) / 2 FROM months)"
        )
        first, last = engine.sql(query).fetchall()[0]
        spans[name] = {"from": first, "to": last}
    return spans
