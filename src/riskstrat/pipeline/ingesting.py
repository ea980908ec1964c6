"""Extracts -> a snapshot, complete or absent."""

from __future__ import annotations

import glob
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib

from riskstrat import __version__
from riskstrat.catalogue import all_sources
from riskstrat.engine import DuckEngine, write_table
from riskstrat.errors import ExtractError, StudyError
from riskstrat.ingest import count_patients, data_as_of, distinct_codes, finish, stage
from riskstrat.pipeline.context import Context
from riskstrat.reading import Extract, examine
from riskstrat.store import Snapshot, key_of, sha256_of, whole_folder, write_json
from riskstrat.study import SourceSettings

READABLE = (".csv", ".tsv", ".txt", ".gz", ".parquet")


def ingest(context: Context) -> Snapshot:
    """Convert the study's extracts, unless the latest snapshot was made of the same.

    Raises
    ------
    StudyError, ExtractError
        With every fault of every file that could be examined.
    """
    extracts = _examine_all(context)
    if not any(e.source.table == "opt_outs" for e in extracts):
        context.reporter.say("No extract of opt-outs: nobody is left out for an objection. Were they applied before?")
    hashes = joblib.Parallel(n_jobs=-1, prefer="threads")(joblib.delayed(sha256_of)(e.path) for e in extracts)
    key = key_of(
        __version__, context.study.fingerprint("sources"), context.study.engine.patients_per_file, sorted(hashes)
    )
    last = context.home.snapshots()[-1:]
    if last and last[0].manifest["key"] == key and not context.force:
        context.reporter.say(f"Nothing has changed since snapshot {last[0].name}.")
        return last[0]
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S") + f"-{key[:8]}"
    with whole_folder(context.home.store / name) as folder, context.engine() as engine:
        manifest = _convert(context, engine, extracts, folder)
        files = [
            {"file": e.path.name, "format": e.source.name, "sha256": h} for e, h in zip(extracts, hashes, strict=True)
        ]
        write_json(folder / "manifest.json", {"key": key, "version": __version__, "files": files, **manifest})
    return context.home.snapshot()


def _examine_all(context: Context) -> list[Extract]:
    """Every file of every source, its columns matched; all faults gathered."""
    extracts: list[Extract] = []
    faults: list[str] = []
    if not context.study.sources:
        raise StudyError("study.toml names no extracts.", do="Add a [[sources]] section for each; see README.")
    for settings in context.study.sources:
        source = all_sources().get(settings.format)
        if source is None:
            faults.append(f"format {settings.format!r}: not known; see `riskstrat catalogue sources`")
            continue
        unknown = sorted(set(settings.columns) - {c.to for c in source.columns})
        faults += [f"format {settings.format!r}, columns: {name!r} is not a column of it" for name in unknown]
        for path in _files(context.home.folder, settings, faults):
            try:
                extracts.append(examine(path, source, settings))
            except ExtractError as error:
                faults.append(str(error).replace("\n", "\n  "))
    if not faults and not any(e.source.table == "patients" for e in extracts):
        faults.append("no extract of format 'patients': a cohort needs one")
    if faults:
        raise ExtractError("The extracts cannot be read as study.toml says:", faults, "Nothing was changed.")
    return extracts


def _files(folder: Path, settings: SourceSettings, faults: list[str]) -> list[Path]:
    paths = sorted(folder / one for one in glob.glob(settings.files, root_dir=folder))
    readable = [path for path in paths if path.suffix in READABLE]
    if not readable:
        faults.append(f"format {settings.format!r}: no readable file at {settings.files}")
    return readable


def _convert(context: Context, engine: DuckEngine, extracts: list[Extract], folder: Path) -> dict[str, Any]:
    staging = folder / "staging"
    people = count_patients(engine, [e for e in extracts if e.source.table == "patients"])
    parts = max(1, round(people / context.study.engine.patients_per_file))
    rows = dict.fromkeys((e.source.table for e in extracts), 0)
    lines: dict[str, int] = {}
    faults: list[str] = []
    for number, extract in enumerate(context.reporter.track(extracts, "Reading extracts", len(extracts))):
        try:
            lines[extract.path.name] = stage(engine, extract, number, staging, parts)["rows"]
        except ExtractError as error:
            faults.append(str(error).replace("\n", "\n  "))
        else:
            rows[extract.source.table] += lines[extract.path.name]
    if faults:
        raise ExtractError(f"{len(faults)} extract(s) cannot be read:", faults, "Nothing was changed.")
    totals = finish(engine, staging, folder, parts)
    shutil.rmtree(staging)
    tables = [name for name in totals if totals[name]["stored"] or name in rows]
    write_table(distinct_codes(engine, folder, tables), folder / "codes.parquet")
    as_of = data_as_of(engine, folder, tables)
    if "episodes" not in as_of or as_of["episodes"]["from"] is None:
        raise ExtractError(
            "There are no hospital episodes, so no admission could be seen.", do="Add a source of format 'hes_apc'."
        )
    books = {name: {"read": rows.get(name), **totals[name]} for name in tables}
    span = [as_of["episodes"]["from"], as_of["episodes"]["to"]]
    return {"parts": parts, "tables": books, "rows_by_file": lines, "data_as_of": as_of, "span": span}
