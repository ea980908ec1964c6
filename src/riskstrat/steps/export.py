"""Export the latest snapshot in the layout of MEDS; the folder is complete or absent."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.engine import DuckEngine, Frame, Opener, literal_path, quoted_text, write_table
from riskstrat.errors import UsageError
from riskstrat.features import candidates
from riskstrat.governance import may_disclose
from riskstrat.ingest import SHARD, SPLIT, SPLIT_SCHEMA, SPLITS, code_metadata, dataset_metadata, meds_rows, schema
from riskstrat.study import Session, note_of, snapshot_note
from riskstrat.tables import OutcomeWindow, Snapshot, whole_folder, write_json

_ABOUT = Path("metadata") / "dataset.json"
BATCH = 100_000


def export_meds(session: Session, folder: Path, pseudonyms: bool = False) -> dict[str, Any]:
    """Write the latest snapshot, without the patients who opted out.

    Parameters
    ----------
    folder : Path
        New or empty; with ``session.force`` also an earlier export.
    pseudonyms : bool
        Add the extract's own pseudonyms as a column.

    Returns
    -------
    dict
        folder, snapshot, subjects, left_out (patients who opted out), rows, files.

    Raises
    ------
    GovernanceError
        If patients' data may not be disclosed today.
    UsageError
        If the folder contains anything else.
    """
    snapshot = session.folder.snapshot()
    may_disclose(session, snapshot.name)
    _check_free(folder, session.force)
    session.note(inputs=[snapshot_note(session, snapshot)])
    with whole_folder(folder.absolute()) as whole, session.engine() as engine:
        facts = _write(session, engine, snapshot, whole, pseudonyms)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        about = dataset_metadata(session.study.name, snapshot.name, __version__, created, pseudonyms)
        write_json(whole / _ABOUT, about)
    session.note(outputs=[note_of(folder / _ABOUT, session.folder.path, facts["rows"])])
    return {"folder": folder, "snapshot": snapshot.name, **facts}


def _check_free(folder: Path, force: bool) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not force or not _is_ours(folder):
        do = "Choose a new folder. `--force` replaces an earlier export and nothing else."
        raise UsageError(f"The folder {folder.name} already exists.", advice=do)


def _is_ours(folder: Path) -> bool:
    about = folder / _ABOUT
    return about.is_file() and json.loads(about.read_text(encoding="utf-8")).get("etl_name") == "riskstrat"


def _write(session: Session, engine: DuckEngine, snapshot: Snapshot, folder: Path, pseudonyms: bool) -> dict[str, int]:
    """Write the data part by part, then the subjects' splits and the codes."""
    splits: list[pa.Table] = []
    rows = files = left_out = 0
    for part in session.reporter.track(range(snapshot.parts), "Exporting", snapshot.parts):
        people, objecting = _people(session, engine, snapshot, part)
        left_out += objecting
        splits.append(engine.sql(f"SELECT subject_id, split FROM {people} ORDER BY 1").to_arrow_table())
        paths = {name: snapshot.part(name, part) for name in sorted(snapshot.tables)}
        for split in SPLITS:
            mine = f"(SELECT patient_no, patient_id FROM {people} WHERE split = '{split}')"
            path = folder / "data" / split / f"{SHARD}-{split}-{part:04d}.parquet"
            written = _write_shard(engine, meds_rows(paths, mine, pseudonyms), schema(pseudonyms), path)
            rows, files = rows + written, files + bool(written)
    write_table(pa.concat_tables(splits).cast(SPLIT_SCHEMA), _made(folder / "metadata" / "subject_splits.parquet"))
    write_table(code_metadata(_codes(engine, folder, files)), folder / "metadata" / "codes.parquet")
    subjects = sum(table.num_rows for table in splits)
    return {"subjects": subjects, "left_out": left_out, "rows": rows, "files": files}


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _people(session: Session, engine: DuckEngine, snapshot: Snapshot, part: int) -> tuple[str, int]:
    """Store the patients of a part who did not opt out, with their split; return the table's name and the opt-outs."""
    inputs = {str(name): snapshot.part(name, part) for name in ("patients", "opt_outs") if name in snapshot.tables}
    window = OutcomeWindow(session.today, session.study.outcome.days)

    def make(table: Opener) -> dict[str, Frame]:
        objections = table("opt_outs") if "opt_outs" in inputs else None
        return {"all": candidates(table("patients"), None, objections, session.study.cohort, window)}

    (found,) = engine.each([inputs], make)
    everyone = engine.name_of(engine.table(found["all"].select(["patient_no", "patient_id", "no_objection"])))
    chosen = f"patient_no, patient_id, CAST(patient_no AS BIGINT) AS subject_id, {SPLIT} AS split"
    people = engine.sql(f"SELECT {chosen} FROM {everyone} WHERE no_objection").to_arrow_table()
    return engine.name_of(engine.table(people)), found["all"].num_rows - people.num_rows


def _write_shard(engine: DuckEngine, query: str, columns: pa.Schema, path: Path) -> int:
    """Stream a query into a file and count its rows; without rows no file is written."""
    rows, writer = 0, None
    for batch in engine.sql(query).to_arrow_reader(BATCH):
        if batch.num_rows:
            writer = writer or pq.ParquetWriter(_made(path), columns, compression="zstd")
            writer.write_table(pa.Table.from_batches([batch]).cast(columns))
            rows += batch.num_rows
    if writer is not None:
        writer.close()
    return rows


def _codes(engine: DuckEngine, folder: Path, files: int) -> list[str]:
    if not files:
        return []
    data = f"{quoted_text(literal_path(folder / 'data'))} || '/*/*.parquet'"
    found = engine.sql(
        f"SELECT DISTINCT code FROM read_parquet({data}, hive_partitioning = false) ORDER BY 1"
    ).fetchall()
    return [code for (code,) in found]
