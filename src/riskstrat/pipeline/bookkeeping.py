"""The books of an ingest: of every file, what became of each line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.converting import QUARANTINE, Converted, as_quarantine, findings_of
from riskstrat.engine import DuckEngine, write_table
from riskstrat.errors import ExtractError
from riskstrat.ingest import Delivery
from riskstrat.pipeline.context import Context
from riskstrat.pipeline.examining import DO
from riskstrat.reading import Rules
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
            found[one.number] = _lines_of(engine, one.converted, rules, mine)
    return found


def _lines_of(engine: DuckEngine, one: Converted, rules: Rules, offenders: pa.Table) -> pa.Table:
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
        raise ExtractError(f"{one.extract.path.name} changed while it was read.", do="Run this again.")
    return as_quarantine(engine, found)


def with_late(one: Delivery, late: Mapping[int, pa.Table]) -> pa.Table:
    """All that is set aside of a file."""
    return pa.concat_tables([one.converted.quarantine, late.get(one.number, QUARANTINE.empty_table())])


def write_quarantine(deliveries: Sequence[Delivery], aside: Mapping[int, pa.Table], folder: Path) -> None:
    """Every row set aside: file, line, column, reason."""
    tables = []
    for one in deliveries:
        rows = aside[one.number]
        tables.append(rows.add_column(0, "file", pa.array([one.name] * rows.num_rows, pa.string())))
    (folder / "quarantine").mkdir()
    write_table(pa.concat_tables(tables), folder / "quarantine" / "rows.parquet")


def stop_if_too_many(context: Context, files: Sequence[tuple[str, int, pa.Table]]) -> None:
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
    most, findings = context.study.checks.max_quarantined_pct, []
    for name, lines, aside in files:
        bad = f"{name}: {aside.num_rows:,} of {lines:,} rows"
        if aside.num_rows > lines * most / 100:
            findings += [f"{bad} cannot be stored", *(f"  {finding}" for finding in findings_of(aside))]
        elif aside.num_rows:
            context.warn(f"{bad} set aside in quarantine.")
    if findings:
        do = (
            "Correct the extract, or say how it is written (date_format, encoding, delimiter or columns in its "
            f"[[sources]]), or allow more than {most:g} % with max_quarantined_pct under [checks]. {DO}"
        )
        raise ExtractError("Too many rows do not fit:", findings, do)


def page(one: Delivery, stored: Counter[str], late: int, named: bool) -> dict[str, Any]:
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
