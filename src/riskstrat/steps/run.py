"""Do the month's work: ingest new extracts, train if there is no model, score, list, summarise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
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


@dataclass(frozen=True)
class MonthRun:
    """The results of a month's work: the files, the number of people scored, and the counts of each list."""

    snapshot: Path
    model: Path
    index_date: date
    people: int
    scores: Path
    lists: Path
    summary: Path
    books: Sequence[Mapping[str, Any]]


def run(session: Session) -> MonthRun:
    """Do the month's work; a step that has nothing to do says so."""
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
    home, day = session.folder.bundle(model), date.fromisoformat(facts["index_date"])
    return MonthRun(snapshot.folder, home, day, facts["people"], folder / "scores.parquet", lists, summary, books)


def _exists(session: Session, model: str) -> bool:
    try:
        return (session.folder.bundle(model) / "model.toml").is_file()
    except NothingToDoError:
        return False
