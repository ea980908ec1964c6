"""The books of an ingest: of every file, what became of each line.

Converted files -> the folder of a snapshot, its quarantine, its books and its manifest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from riskstrat import __version__
from riskstrat.engine import DuckEngine, write_table
from riskstrat.errors import CheckError, ExtractError
from riskstrat.governance import audit_head
from riskstrat.ingest.convert import QUARANTINE, ConvertedFile, as_quarantine, reject_reasons
from riskstrat.ingest.discover import DO
from riskstrat.ingest.rows import ReadOptions
from riskstrat.ingest.snapshot import DeliveredFile, SnapshotBuild, data_as_of, distinct_codes, finish, row_count
from riskstrat.study import Session, extensions_of
from riskstrat.tables import QUARANTINE_FILE, TABLES, Snapshot, as_stored, write_manifest


def late_quarantine(
    engine: DuckEngine, deliveries: Sequence[DeliveredFile], offenders: Sequence[pa.Table], rules: ReadOptions
) -> dict[int, pa.Table]:
    """Line, column and reason, by file number, of the rows that only other rows showed to be wrong."""
    if not offenders:
        return {}
    rows, found = pa.concat_tables(offenders), {}
    for one in deliveries:
        mine = rows.filter(pc.equal(rows["file_no"], one.number))
        if mine.num_rows:
            found[one.number] = _lines_of(engine, one.converted, rules, mine)
    return found


def _lines_of(engine: DuckEngine, one: ConvertedFile, rules: ReadOptions, offenders: pa.Table) -> pa.Table:
    """The lines of a file on which offending rows stand; the file is read once more, as it was read before."""
    event = TABLES[one.extract.table].event or "NULL::DATE"
    bad = engine.name_of(engine.table(offenders.group_by(["patient_id", "event_date", "fault"]).aggregate([])))
    with one.numbered(engine, rules) as rows:
        query = (
            "SELECT line, b.fault FROM "
            f"(SELECT line, patient_id, {event} AS event_date FROM ({rows}) WHERE part >= 0) r "
            f"JOIN {bad} b ON r.patient_id = b.patient_id AND r.event_date IS NOT DISTINCT FROM b.event_date"
        )
        found = engine.sql(query).to_arrow_table()
    engine.drop([bad])
    if found.num_rows != offenders.num_rows:
        raise ExtractError(f"{one.extract.path.name} changed while it was read.", advice="Run this again.")
    return as_quarantine(engine, found)


def with_late(one: DeliveredFile, late: Mapping[int, pa.Table]) -> pa.Table:
    """All that is set aside of a file."""
    return pa.concat_tables([one.converted.quarantine, late.get(one.number, QUARANTINE.empty_table())])


def write_quarantine(deliveries: Sequence[DeliveredFile], aside: Mapping[int, pa.Table], folder: Path) -> None:
    """Every row set aside: file, line, column, reason."""
    tables = []
    for one in deliveries:
        rows = aside[one.number]
        tables.append(rows.add_column(0, "file", pa.array([one.name] * rows.num_rows, pa.string())))
    (folder / "quarantine").mkdir()
    write_table(as_stored(pa.concat_tables(tables), QUARANTINE_FILE), folder / "quarantine" / "rows.parquet")


def refuse_too_many_rejects(session: Session, files: Sequence[tuple[str, int, pa.Table]]) -> None:
    """Refuse where more rows of a file were set aside than the study allows, once every file was read.

    Parameters
    ----------
    files : sequence of (str, int, pyarrow.Table)
        Name, lines, and what was set aside.

    Raises
    ------
    ExtractError
        With the commonest reasons in each file.
    """
    most, findings = session.study.checks.max_quarantined_pct, []
    for name, lines, aside in files:
        bad = f"{name}: {aside.num_rows:,} of {lines:,} rows"
        if aside.num_rows > lines * most / 100:
            findings += [f"{bad} cannot be stored", *(f"  {finding}" for finding in reject_reasons(aside))]
        elif aside.num_rows:
            session.warn(f"{bad} set aside in quarantine.")
    if findings:
        do = (
            "Correct the extract, or say how it is written (date_format, encoding, delimiter or columns in its "
            f"[[sources]]), or allow more than {most:g} % with max_quarantined_pct under [checks]. {DO}"
        )
        raise ExtractError("Too many rows do not fit:", findings, do)


def file_record(one: DeliveredFile, stored: Counter[str], late: int, named: bool) -> dict[str, Any]:
    """The manifest's page on one file."""
    read = one.converted.books
    return {
        "number": one.number,
        "file": one.name,
        "format": one.converted.extract.format,
        "table": one.table,
        "sha256": one.sha256,
        "delivered": one.delivered,
        "converted": one.converted.folder.name,
        "lines": read["lines"],
        "books": _balance(read, stored, late, named),
        "restricted_codes": read["restricted_codes"],
        "ignored": len(one.converted.extract.ignored),
    }


def _balance(read: Mapping[str, int], stored: Counter[str], late: int, named: bool) -> dict[str, int]:
    known = read["kept"] - stored["not_in_patients"] - late
    latest = stored["latest"] if named else known
    return {
        "stored": stored["stored"],
        "quarantined": read["quarantined"] + late,
        "blank": read.get("blank", 0),
        "by_rule": read["by_rule"],
        "restricted": read["restricted"],
        "not_in_patients": stored["not_in_patients"],
        "replaced": known - latest,
        "duplicates": latest - stored["stored"],
    }


def sums(pages: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """The books of each table, over its files."""
    tables: dict[str, Counter[str]] = defaultdict(Counter)
    for one in pages:
        tables[one["table"]].update({"read": one["lines"], **one["books"]})
    return {name: dict(books) for name, books in tables.items()}


_HOSPITAL = ("episodes", "ed_attendances", "op_appointments")


def deliveries_of(
    converted: Sequence[ConvertedFile], hashes: Mapping[Path, str], before: Sequence[Snapshot], now: str
) -> list[DeliveredFile]:
    """Files in the order in which their content first came, those that came together by name."""
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


def make_snapshot(
    session: Session,
    engine: DuckEngine,
    deliveries: Sequence[DeliveredFile],
    rules: ReadOptions,
    folder: Path,
    keys: tuple[str, str],
) -> None:
    """Fill a snapshot's folder, its manifest last.

    Parameters
    ----------
    keys : (str, str)
        What the snapshot depends on, with and without its files.

    Raises
    ------
    ExtractError
        If there is nothing to see an outcome in.
    CheckError
        If hospital rows are not of the people known here.
    """
    checks = session.study.checks
    work = SnapshotBuild(engine, deliveries, folder, rules.parts, checks.super_patient_pct, checks.skip)
    finish(work)
    _check_linked(session, work)
    late = late_quarantine(engine, deliveries, work.offenders, rules)
    aside = {one.number: with_late(one, late) for one in deliveries}
    refuse_too_many_rejects(
        session, [(one.name, one.converted.books["lines"], aside[one.number]) for one in deliveries]
    )
    write_quarantine(deliveries, aside, folder)
    gone = {number: rows.num_rows for number, rows in late.items()}
    pages = [
        file_record(one, work.books[one.number], gone.get(one.number, 0), work.named(TABLES[one.table]))
        for one in deliveries
    ]
    made = {"key": keys[0], "decides": keys[1], "version": __version__, "audit": audit_head(session.folder.path)}
    tables = {name: books for name, books in sums(pages).items() if name in work.tables}
    manifest: dict[str, Any] = {
        **made,
        **extensions_of(session.study),
        **_facts(engine, work, folder),
        "tables": tables,
        "files": pages,
    }
    if "episodes" in work.tables:
        manifest["tables"]["diagnoses"] = {"stored": row_count(engine, folder, "diagnoses")}
    manifest["restricted_codes"] = sum(one["restricted_codes"] for one in pages)
    write_manifest(folder / "manifest.json", manifest)


def _facts(engine: DuckEngine, work: SnapshotBuild, folder: Path) -> dict[str, Any]:
    tables = [*work.tables, *(["diagnoses"] if "episodes" in work.tables else [])]
    write_table(distinct_codes(engine, folder, tables), folder / "codes.parquet")
    as_of = data_as_of(engine, folder, tables)
    return {"parts": work.parts, "span": _span(as_of), "data_as_of": as_of, "carried": _carried(work)}


def _carried(work: SnapshotBuild) -> dict[str, list[str]]:
    """The canonical columns of each table that at least one row has a value in."""
    found: dict[str, set[str]] = {name: set() for name in work.tables}
    for one in work.deliveries:
        if one.table in found:
            found[one.table].update(one.converted.carried)
    if "episodes" in found:
        found["diagnoses"] = set(TABLES["diagnoses"].by_name)
    return {name: sorted(columns) for name, columns in found.items()}


def _span(as_of: Mapping[str, Any]) -> list[Any]:
    for name in ("episodes", "ed_attendances"):
        if name in as_of and as_of[name]["from"] is not None:
            return [as_of[name]["from"], as_of[name]["to"]]
    raise ExtractError(
        "There are no hospital episodes or attendances, so no admission could be seen.",
        advice=f"Add a source of format 'hes_apc'. {DO}",
    )


def _check_linked(session: Session, work: SnapshotBuild) -> None:
    """Refuse hospital rows of which hardly any is of a known person: the pseudonyms are not the same."""
    least, findings = session.study.checks.min_linked_pct, []
    for name in _HOSPITAL:
        mine = [one for one in work.deliveries if one.table == name]
        kept = sum(one.converted.books["kept"] for one in mine)
        strangers = sum(work.books[one.number]["not_in_patients"] for one in mine)
        if kept and (kept - strangers) / kept * 100 < least:
            findings.append(f"{name}: {strangers:,} of {kept:,} rows are of people whom no patient table names")
    if findings:
        do = f"Are the pseudonyms made with the same key? If it is so, lower min_linked_pct under [checks]. {DO}"
        raise CheckError(f"Less than {least:g} % of a hospital extract can be linked:", findings, do)
