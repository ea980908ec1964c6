"""Do the month's work: ingest new extracts, train if there is no model, score, list, summarise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.errors import NothingToDoError
from riskstrat.features import check_index_date, plan_for, run_manifest
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


def run(session: Session, model: str | None = None, index_date: date | None = None) -> MonthRun:
    """Do the month's work; a step that has nothing to do says so.

    Parameters
    ----------
    model : str or None
        An existing model to score with. None: the model of study.toml, trained if it does not exist.
    index_date : date or None
        None: the index date of study.toml.

    Raises
    ------
    NothingToDoError
        If there is no model of that name.
    """
    may_disclose(session)
    if model is not None and not _exists(session, model):
        do = f"Run `riskstrat train --name {model}` first, or omit `--model`."
        raise NothingToDoError(f"There is no model {model!r} in this study.", advice=do)
    say = session.reporter.say
    say("Step 1 of 5: read the extracts")
    snapshot = ingest(session)
    note_ingest(session, snapshot)
    check_roles(session, plan_for(session, snapshot))
    if index_date:
        check_index_date(session, snapshot, index_date)
    say(f"Step 2 of 5: train the model {model or session.study.model.name}, if there is none")
    if model is None and (session.force or not _exists(session, session.study.model.name)):
        train_model(session)
    else:
        name = model or session.study.model.name
        say(f"Nothing to do: model {name} already exists. To train it again, run `riskstrat train`.")
    say("Step 3 of 5: score everyone")
    folder, fresh = score(session, model, index_date)
    facts = run_manifest(folder)
    if not fresh:
        say(f"Nothing to do: already scored on {facts['index_date']}. Use `--force` to repeat.")
    day = date.fromisoformat(facts["index_date"])
    say("Step 4 of 5: write the lists")
    lists, books = make_lists(session, day)
    say("Step 5 of 5: write the managers' summary")
    summary = summarise_run(session, day).page
    home = session.folder.bundle(model or session.study.model.name)
    return MonthRun(snapshot.folder, home, day, facts["people"], folder / "scores.parquet", lists, summary, books)


def _exists(session: Session, model: str) -> bool:
    try:
        return (session.folder.bundle(model) / "model.toml").is_file()
    except NothingToDoError:
        return False
