"""The books of an ingest: of every file, what became of each line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.converting import QUARANTINE, as_quarantine
from riskstrat.engine import DuckEngine, write_table
from riskstrat.ingest import Delivery
from riskstrat.matching import Extract
from riskstrat.reading import Rules, select
from riskstrat.tables import TABLES


def late_quarantine(
    engine: DuckEngine, deliveries: Sequence[Delivery], offenders: Sequence[pa.Table], rules: Rules
) -> dict[int, pa.Table]:
    """Line, column and reason, by file number, of the rows that only other rows showed to be wrong."""
    if not offenders:
        return {}
    rows, found = pa.concat_tables(offenders), {}
    for one in deliveries:
        mine = rows.filter(pc.equal(rows["file_no"], one.number))
        if mine.num_rows:
            found[one.number] = _lines_of(engine, one.converted.extract, rules, mine)
    return found


def _lines_of(engine: DuckEngine, extract: Extract, rules: Rules, offenders: pa.Table) -> pa.Table:
    """The lines of a file on which offending rows stand; the file is read once more, in order."""
    event = TABLES[extract.table].event or "NULL::DATE"
    distinct = offenders.group_by(["patient_id", "event_date", "fault"]).aggregate([])
    bad = engine.name_of(engine.table(distinct))
    chosen = f"SELECT line, patient_id, {event} AS event_date FROM ({select(extract, rules, in_order=True)})"
    query = (
        f"SELECT line, b.fault FROM ({chosen} WHERE part >= 0) r JOIN {bad} b "
        f"ON r.patient_id = b.patient_id AND r.event_date IS NOT DISTINCT FROM b.event_date"
    )
    return as_quarantine(engine, engine.sql(query).to_arrow_table())


def write_quarantine(deliveries: Sequence[Delivery], late: Mapping[int, pa.Table], folder: Path) -> None:
    """Every row set aside: file, line, column, reason."""
    tables = []
    for one in deliveries:
        for rows in (one.converted.quarantine, late.get(one.number, QUARANTINE.empty_table())):
            names = pa.array([one.converted.extract.path.name] * rows.num_rows, pa.string())
            tables.append(rows.add_column(0, "file", names))
    (folder / "quarantine").mkdir()
    write_table(pa.concat_tables(tables), folder / "quarantine" / "rows.parquet")


def page(one: Delivery, stored: Counter[str], late: int) -> dict[str, Any]:
    """The manifest's page on one file."""
    read = one.converted.books
    return {
        "number": one.number,
        "file": one.converted.extract.path.name,
        "format": one.converted.extract.format,
        "table": one.table,
        "sha256": one.sha256,
        "delivered": one.delivered,
        "converted": one.converted.folder.name,
        "lines": read["lines"],
        "books": _balance(read, stored, late),
        "restricted_codes": read["restricted_codes"],
        "ignored": len(one.converted.extract.ignored),
    }


def _balance(read: Mapping[str, int], stored: Counter[str], late: int) -> dict[str, int]:
    known = read["kept"] - stored["not_in_patients"] - late
    latest = stored.get("latest", known)
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
