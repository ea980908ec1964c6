"""Build a run at an index date: cohort.parquet, features.parquet and, for past dates, outcomes.parquet."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TypedDict, cast

import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.engine import Engine
from riskstrat.errors import NothingToDoError
from riskstrat.features.build import build_parts
from riskstrat.features.cohort import RULES
from riskstrat.features.definitions import definition
from riskstrat.features.plan import Plan
from riskstrat.registry import Provenance
from riskstrat.study import Session, extensions_of
from riskstrat.tables import (
    COHORT_FILE,
    FEATURES_FILE,
    NO_OUTCOMES_FILE,
    OUTCOMES_FILE,
    Snapshot,
    as_stored,
    begins_with,
    key_of,
    read_manifest,
    whole_file,
    write_manifest,
)


def column_definitions(chosen: Plan) -> dict[str, str]:
    """Map each column to the fingerprint of its definition."""
    return {column.name: definition(feature) for feature in chosen.features for column in feature.columns()}


def build_key(session: Session, snapshot: Snapshot, chosen: Plan, index_date: date) -> str:
    """Hash everything that cohort, features and outcomes depend on: the event, but not the outcome window."""
    event = session.study.outcome.model_dump(mode="json", exclude={"days", "competing_death"})
    parts = session.study.fingerprint("cohort", "spells"), event, session.study.timing.data_lag_days
    brought = extensions_of(session.study).values()
    return key_of(__version__, snapshot.manifest["key"], parts, column_definitions(chosen), index_date, *brought)


FILES = ("cohort", "features", "outcomes")


def build_run(session: Session, snapshot: Snapshot, chosen: Plan, index_date: date) -> Path:
    """Build one index date, unless it is already built from the same inputs, and return the run's folder.

    Raises
    ------
    NothingToDoError
        If the index date is outside the hospital data, or the cohort is empty.
    """
    folder = session.folder.run(index_date)
    key = build_key(session, snapshot, chosen, index_date)
    if run_manifest(folder).get("build_key") == key and not session.force:
        return folder
    check_index_date(session, snapshot, index_date)
    span = snapshot.span_of(session.study.outcome.event)
    for sentence in chosen.absences():
        session.warn(sentence)
    followed = max(0, (span[1] - index_date).days + 1)
    with session.engine() as engine:
        counts = _write_parts(session, engine, snapshot, chosen, index_date, followed > 0, folder)
    facts = {
        "build_key": key,
        "index_date": index_date,
        "snapshot": snapshot.name,
        "followed_days": followed,
        "attrition": counts,
        "absent_features": dict(chosen.absent_because),
        **extensions_of(session.study),
    }
    write_manifest(folder / "manifest.json", {**facts, "definitions": column_definitions(chosen)})
    return folder


class RunManifest(TypedDict, total=False):
    """Content of the manifest.json of a run: how it was built and, from ``score_key`` on, how it was scored.

    ``attrition`` is the number of people left after each rule of the cohort, ``absent_features`` the reason for each
    absent feature, ``definitions`` the fingerprint of each column, ``followed_days`` the number of days after the index
    date that the extracts cover.
    """

    schema_version: int
    extensions: Provenance
    build_key: str
    index_date: str
    snapshot: str
    followed_days: int
    attrition: dict[str, int]
    absent_features: dict[str, str]
    definitions: dict[str, str]
    score_key: str
    model: str
    model_key: str
    people: int
    expected_events: float
    audit: str


def run_manifest(folder: Path) -> RunManifest:
    """Read the manifest of a run; empty if there is none."""
    return cast(RunManifest, read_manifest(folder / "manifest.json"))


def _steps(counts: Mapping[str, int]) -> list[str]:
    return [f"{meaning}: {counts[rule]:,} left" for rule, meaning in RULES.items()]


def check_index_date(session: Session, snapshot: Snapshot, index_date: date) -> None:
    """Refuse an index date outside the hospital data (`NothingToDoError`)."""
    first, last = snapshot.span_of(session.study.outcome.event)
    if not first < index_date or (index_date - last).days > 92:
        do = "Choose an index date within these dates, or at most three months after the last."
        what = f"The index date {index_date} is outside the hospital data, which run from {first} to {last}."
        raise NothingToDoError(what, advice=do)


def _write_parts(
    session: Session, engine: Engine, snapshot: Snapshot, chosen: Plan, index_date: date, past: bool, folder: Path
) -> dict[str, int]:
    """Write the files of a run under temporary names, then move them into place together.

    The old manifest is deleted first: a run without a manifest is unfinished, whatever files its folder has.
    """
    totals: Counter[str] = Counter()
    with ExitStack() as stack:
        paths = {name: stack.enter_context(whole_file(folder / f"{name}.parquet")) for name in FILES}
        writers: dict[str, pq.ParquetWriter] = {}
        parts = build_parts(engine, snapshot, chosen, session.study, index_date, past)
        for part in session.reporter.track(parts, f"Features at {index_date}", snapshot.parts, "part"):
            totals.update(part.attrition)
            for name, rows in (("cohort", part.cohort), ("features", part.features), ("outcomes", part.outcomes)):
                _append(writers, name, paths[name], rows)
        for writer in writers.values():
            writer.close()
        if not totals["no_objection"]:
            do = "Check [cohort] in study.toml. Nothing was changed."
            raise NothingToDoError(f"No patient is in the cohort on {index_date}.", _steps(totals), do)
        if not past:
            pq.write_table(NO_OUTCOMES_FILE.empty_table(), paths["outcomes"])
        (folder / "manifest.json").unlink(missing_ok=True)
    return dict(totals)


_SCHEMAS = {"cohort": COHORT_FILE, "outcomes": OUTCOMES_FILE}


def _schema_of(name: str, rows: pa.Table) -> pa.Schema:
    return _SCHEMAS[name] if name in _SCHEMAS else begins_with(rows.schema, FEATURES_FILE)


def _append(writers: dict[str, pq.ParquetWriter], name: str, path: Path, rows: pa.Table | None) -> None:
    if rows is None:
        return
    if name not in writers:
        writers[name] = pq.ParquetWriter(path, _schema_of(name, rows), compression="zstd")
    writers[name].write_table(as_stored(rows, writers[name].schema))
