"""The month: ingest what is new, train if there is no model, score, list, summarise."""

from __future__ import annotations

from typing import Any

from riskstrat.errors import NothingToDoError
from riskstrat.features import plan_for, run_manifest
from riskstrat.governance import may_disclose
from riskstrat.steps.ingest import ingest
from riskstrat.steps.list import check_roles, make_lists
from riskstrat.steps.score import score
from riskstrat.steps.summary import summarise_run
from riskstrat.steps.train import train_model
from riskstrat.study import Session, note_ingest


def run(session: Session) -> dict[str, Any]:
    """Do the month's work; each step that has nothing to do says so.

    Returns
    -------
    dict
        snapshot, model, index_date, people, scores, lists (folder), summary and books.
    """
    may_disclose(session)
    snapshot = ingest(session)
    note_ingest(session, snapshot)
    check_roles(session, plan_for(session, snapshot))
    model = session.study.model.name
    if session.force or not _exists(session, model):
        train_model(session)
    folder, _ = score(session)
    facts = run_manifest(folder)
    lists, books = make_lists(session)
    summary = summarise_run(session).page
    return {
        "snapshot": snapshot.folder, "model": session.folder.bundle(model), "index_date": facts["index_date"],
        "people": facts["people"], "scores": folder / "scores.parquet", "lists": lists, "summary": summary,
        "books": books,
    }  # fmt: skip


def _exists(session: Session, model: str) -> bool:
    try:
        return (session.folder.bundle(model) / "model.toml").is_file()
    except NothingToDoError:
        return False
