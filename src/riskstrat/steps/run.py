"""The month: ingest what is new, train if there is no model, score, list, summarise."""

from __future__ import annotations

from typing import Any

from riskstrat.errors import NothingToDoError
from riskstrat.features.plan import plan_for
from riskstrat.features.run import run_manifest
from riskstrat.governance.legal_basis import may_disclose
from riskstrat.steps.ingest import ingest
from riskstrat.steps.list import check_roles, make_lists
from riskstrat.steps.score import score
from riskstrat.steps.summary import summarise_run
from riskstrat.steps.train import train_model
from riskstrat.study.session import Session, note_ingest


def run(context: Session) -> dict[str, Any]:
    """Do the month's work; each step that has nothing to do says so.

    Returns
    -------
    dict
        snapshot, model, index_date, people, scores, lists (folder), summary and books.
    """
    may_disclose(context)
    snapshot = ingest(context)
    note_ingest(context, snapshot)
    check_roles(context, plan_for(context, snapshot))
    model = context.study.model.name
    if context.force or not _exists(context, model):
        train_model(context)
    folder, _ = score(context)
    facts = run_manifest(folder)
    lists, books = make_lists(context)
    summary = summarise_run(context).page
    return {
        "snapshot": snapshot.folder, "model": context.home.bundle(model), "index_date": facts["index_date"],
        "people": facts["people"], "scores": folder / "scores.parquet", "lists": lists, "summary": summary,
        "books": books,
    }  # fmt: skip


def _exists(context: Session, model: str) -> bool:
    try:
        return (context.home.bundle(model) / "model.toml").is_file()
    except NothingToDoError:
        return False
