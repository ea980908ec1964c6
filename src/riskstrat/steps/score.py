"""Compute the risks of an index date from a model and its features, and write scores.parquet in batches."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.features import Plan, build_run, column_definitions, plan_for, run_manifest
from riskstrat.governance import audit_head, may_disclose
from riskstrat.modelling import (
    Bundle,
    check_fits,
    check_settings,
    index_date_of,
    load_bundle,
    predicted_risks,
    risk_percentiles,
    scored,
    session_for,
)
from riskstrat.steps.support import check_supported
from riskstrat.study import Session, note_of, snapshot_note
from riskstrat.tables import SCORES_FILE, Floats, key_of, sha256_of, whole_file, write_manifest

EXPLAINED_SHARE = 0.05


def score(session: Session, model: str | None = None, index_date: date | None = None) -> tuple[Path, bool]:
    """Score everyone in the cohort, unless the scores are up to date.

    Returns
    -------
    (Path, bool)
        The run's folder, and whether it was scored now or before.

    Raises
    ------
    StudyError, GovernanceError
        If patients may not be scored today.
    BundleError
        If the model was altered, or does not match the features of the study.
    """
    snapshot = session.folder.snapshot()
    may_disclose(session, snapshot.name)
    day = index_date or index_date_of(session, snapshot)
    home = session.folder.bundle(session.study.model.name if model is None else model)
    bundle = load_bundle(home, session.study.packages)
    session = session_for(session, bundle)
    session.note(inputs=[snapshot_note(session, snapshot), note_of(home / "SHA256SUMS", session.folder.path)])
    check_settings(bundle, session.study.meaning())
    chosen = plan_for(session, snapshot)
    check_supported(session.study, chosen)
    check_fits(bundle, column_definitions(chosen))
    folder = build_run(session, snapshot, chosen, day)
    model_key = sha256_of(home / "SHA256SUMS")
    key = key_of(run_manifest(folder)["build_key"], model_key, session.study.fingerprint("high_risk"))
    done = run_manifest(folder).get("score_key") == key and (folder / "scores.parquet").is_file()
    if done and not session.force:
        return folder, False
    risk = _write_scores(session, bundle, chosen, folder, day)
    facts = {
        "score_key": key,
        "model": bundle.name,
        "model_key": model_key,
        "people": len(risk),
        "expected_events": float(np.sum(risk)),
        "audit": audit_head(session.folder.path),
    }
    write_manifest(folder / "manifest.json", {**run_manifest(folder), **facts})
    session.note(outputs=[note_of(folder / "scores.parquet", session.folder.path, len(risk))])
    return folder, True


def _write_scores(session: Session, bundle: Bundle, chosen: Plan, folder: Path, day: date) -> Floats:
    """Write scores.parquet, batch by batch, and return the risks."""
    features, bands = folder / "features.parquet", session.study.high_risk.bands
    parts = -(-pq.read_metadata(features).num_rows // 100_000)
    asked = read_batches(features, list(bundle.columns))
    risk = predicted_risks(bundle, session.reporter.track(asked, f"Predicting risks at {day}", parts, "part"))
    place = risk_percentiles(risk)
    explained = place > 100 * (1 - EXPLAINED_SHARE)
    batches = session.reporter.track(read_batches(features), f"Scoring {day}", parts, "part")
    with (
        whole_file(folder / "scores.parquet") as path,
        pq.ParquetWriter(path, SCORES_FILE, compression="zstd") as writer,
    ):
        start = 0
        for batch in batches:
            rows = slice(start, start + batch.num_rows)
            in_detail = explained[rows]
            writer.write_table(scored(bundle, batch, risk[rows], place[rows], bands, chosen.features, day, in_detail))
            start += batch.num_rows
    return risk
