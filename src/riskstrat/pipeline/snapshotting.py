"""Converted files -> the folder of a snapshot, its quarantine, its books and its manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from riskstrat import __version__
from riskstrat.audit import head
from riskstrat.converting import Converted
from riskstrat.engine import DuckEngine, write_table
from riskstrat.errors import CheckError, ExtractError
from riskstrat.ingest import Delivery, Work, finish
from riskstrat.pipeline.bookkeeping import late_quarantine, page, stop_if_too_many, sums, with_late, write_quarantine
from riskstrat.pipeline.context import Context
from riskstrat.pipeline.examining import DO
from riskstrat.reading import Rules
from riskstrat.store import Snapshot, write_json
from riskstrat.survey import data_as_of, distinct_codes, rows_of
from riskstrat.tables import TABLES

HOSPITAL = ("episodes", "ed_attendances", "op_appointments")


def deliveries_of(
    converted: Sequence[Converted], hashes: Mapping[Path, str], before: Sequence[Snapshot], now: str
) -> list[Delivery]:
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
    number: int, place: int, when: str, hashes: Mapping[Path, str], one: Converted, names: Counter[str]
) -> Delivery:
    path = one.extract.path
    name = path.name if names[path.name] == 1 else f"{path.parent.name}/{path.name}"
    return Delivery(number, place, when, hashes[path], name, one)


def make_snapshot(
    context: Context,
    engine: DuckEngine,
    deliveries: Sequence[Delivery],
    rules: Rules,
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
    checks = context.study.checks
    work = Work(engine, deliveries, folder, rules.parts, checks.super_patient_pct, checks.skip)
    finish(work)
    _check_linked(context, work)
    late = late_quarantine(engine, deliveries, work.offenders, rules)
    aside = {one.number: with_late(one, late) for one in deliveries}
    stop_if_too_many(context, [(one.name, one.converted.books["lines"], aside[one.number]) for one in deliveries])
    write_quarantine(deliveries, aside, folder)
    gone = {number: rows.num_rows for number, rows in late.items()}
    pages = [
        page(one, work.books[one.number], gone.get(one.number, 0), work.named(TABLES[one.table])) for one in deliveries
    ]
    made = {"key": keys[0], "decides": keys[1], "version": __version__, "audit": head(context.home.folder)}
    tables = {name: books for name, books in sums(pages).items() if name in work.tables}
    manifest = {**made, **_facts(engine, work, folder), "tables": tables, "files": pages}
    if "episodes" in work.tables:
        manifest["tables"]["diagnoses"] = {"stored": rows_of(engine, folder, "diagnoses")}
    manifest["restricted_codes"] = sum(one["restricted_codes"] for one in pages)
    write_json(folder / "manifest.json", manifest)


def _facts(engine: DuckEngine, work: Work, folder: Path) -> dict[str, Any]:
    tables = [*work.tables, *(["diagnoses"] if "episodes" in work.tables else [])]
    write_table(distinct_codes(engine, folder, tables), folder / "codes.parquet")
    as_of = data_as_of(engine, folder, tables)
    return {"parts": work.parts, "span": _span(as_of), "data_as_of": as_of, "carried": _carried(work)}


def _carried(work: Work) -> dict[str, list[str]]:
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
        do=f"Add a source of format 'hes_apc'. {DO}",
    )


def _check_linked(context: Context, work: Work) -> None:
    """Refuse hospital rows of which hardly any is of a known person: the pseudonyms are not the same."""
    least, findings = context.study.checks.min_linked_pct, []
    for name in HOSPITAL:
        mine = [one for one in work.deliveries if one.table == name]
        kept = sum(one.converted.books["kept"] for one in mine)
        strangers = sum(work.books[one.number]["not_in_patients"] for one in mine)
        if kept and (kept - strangers) / kept * 100 < least:
            findings.append(f"{name}: {strangers:,} of {kept:,} rows are of people whom no patient table names")
    if findings:
        do = f"Are the pseudonyms made with the same key? If it is so, lower min_linked_pct under [checks]. {DO}"
        raise CheckError(f"Less than {least:g} % of a hospital extract can be linked:", findings, do)
