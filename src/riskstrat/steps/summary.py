"""Write the managers' summary of a run's lists and decisions: one HTML page, and the same as JSON, in reports/.

Decision
--------
Small numbers are protected against subtraction of the summary of the index date before, whenever that summary was
made, so that repeating a summary gives the same numbers. Caseloads are those in the snapshot from which the run was
scored; if that snapshot was purged, no caseload is shown. A summary only shows results that exist already, so it is
also made after the legal basis has expired.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.engine import read_batches
from riskstrat.errors import CheckError, NothingToDoError
from riskstrat.evaluation import AGE_LABELS, FIFTHS, SEXES, groups_of
from riskstrat.features import run_manifest
from riskstrat.lists import cases_at, decisions_at, listed_runs
from riskstrat.modelling import index_date_of
from riskstrat.reports import (
    PLACE,
    RUNS,
    MonthCounts,
    Page,
    PageData,
    Point,
    Published,
    SummaryMonth,
    add_up,
    as_data,
    count_decisions,
    count_people,
    read_list_counts,
    summarise,
    write_html,
)
from riskstrat.study import Session, latest, log_of, note_of, read_decisions
from riskstrat.tables import key_of, read_manifest, write_manifest

_GROUPS: Mapping[str, Sequence[str]] = {"deprivation": FIFTHS, "age": AGE_LABELS, "sex": tuple(SEXES.values())}
SCORED = ("patient_id", "risk")
_PERSON = ("patient_id", "age", "sex", "imd_decile")


class SummaryData(PageData):
    """A summary as JSON: the page, the hash of its inputs (`key`), and the numbers that the next month needs."""

    key: str
    study: str
    index_date: str
    point: Point
    published: dict[str, Published]


@dataclass(frozen=True)
class Summarised:
    """A written summary: its HTML page, its JSON file and content; `made` is None if it was up to date."""

    index_date: date
    page: Path
    data: Path
    content: SummaryData
    made: Page | None

    @property
    def findings(self) -> Sequence[Mapping[str, str]]:
        """Level, what, do and section of each finding."""
        return self.content["findings"]


def summarise_run(session: Session, index_date: date | None = None) -> Summarised:
    """Summarise the lists of an index date (the study's if none is given), unless the summary is up to date.

    Raises
    ------
    NothingToDoError
        If there are no lists of that date.
    CheckError
        If an earlier summary cannot be read.
    """
    day = index_date or index_date_of(session, session.folder.snapshot())
    folder = session.folder.run(day)
    if not (folder / "lists" / "lists.parquet").is_file():
        do = f"Run `riskstrat list --index-date {day}` first."
        raise NothingToDoError(f"There are no lists of {day}.", advice=do)
    reports = session.folder.path / "reports"
    page, data = (reports / f"summary-{day}.{suffix}" for suffix in ("html", "json"))
    earlier = _earlier(reports, day, session.study.name)
    runs, log = (*listed_runs(session, day)[-1:], folder), read_decisions(session.folder.path)
    key = _key(session, runs, earlier, len(log))
    session.note(inputs=_inputs(session, folder))
    before = _read(data) if data.is_file() and not session.force else None
    if before and before["key"] == key and page.is_file():
        session.reporter.say("Nothing to do: this summary is already up to date. Use `--force` to repeat.")
        return Summarised(day, page, data, before, None)
    with session.reporter.working("Summarising"):
        made = summarise(_month(session, runs, latest(log), earlier))
    content: SummaryData = {
        "key": key, "study": session.study.name, "index_date": str(day), **as_data(made.page),
        "point": made.point, "published": dict(made.published),
    }  # fmt: skip
    write_html(made.page, page)
    write_manifest(data, content)
    session.note(outputs=[note_of(path, session.folder.path) for path in (page, data)])
    return Summarised(day, page, data, content, made.page)


def _earlier(reports: Path, day: date, study: str) -> list[SummaryData]:
    """Read the summaries of earlier index dates of this study, oldest first."""
    paths = sorted(reports.glob("summary-????-??-??.json"))
    found = [_read(path) for path in paths if path.stem.removeprefix("summary-") < day.isoformat()]
    return [one for one in found if one["study"] == study]


def _read(path: Path) -> SummaryData:
    try:
        content: SummaryData = cast(SummaryData, read_manifest(path))
        if not {"key", "study", "index_date", "point", "published"} <= content.keys():
            raise ValueError
    except ValueError:
        do = "Put back a copy of it, or delete it and run `riskstrat summary --index-date` with its date."
        raise CheckError(f"The earlier summary reports/{path.name} cannot be read.", advice=do) from None
    return content


def _inputs(session: Session, folder: Path) -> Iterator[Mapping[str, Any]]:
    names = ("lists/lists.parquet", "lists/manifest.json", "scores.parquet", "cohort.parquet")
    paths = [*(folder / name for name in names), log_of(session.folder.path)]
    return (note_of(path, session.folder.path) for path in paths if path.is_file())


def _key(session: Session, runs: Sequence[Path], earlier: Sequence[SummaryData], decided: int) -> str:
    """Hash everything that a summary depends on: the run, its lists, earlier lists and summaries, the decisions."""
    lists = [_listed(run).get("key") for run in runs]
    past = [(one["index_date"], one["published"], one["point"]) for one in earlier[-RUNS:]]
    choices = session.study.fingerprint("name", "roles", "high_risk", "decisions")
    return key_of(__version__, run_manifest(runs[-1]).get("score_key"), lists, past, decided, choices)


def _listed(folder: Path) -> dict[str, Any]:
    return read_manifest(folder / "lists" / "manifest.json")


def _month(
    session: Session, runs: Sequence[Path], decisions: pd.DataFrame, earlier: Sequence[SummaryData]
) -> SummaryMonth:
    study, folder, facts = session.study, runs[-1], run_manifest(runs[-1])
    *past, day = (date.fromisoformat(run.name) for run in runs)
    held, held_known = _held(session, facts.get("snapshot"), day)
    last = earlier[-1] if earlier else None
    return SummaryMonth(
        study=study.name,
        index_date=day,
        facts={"Model": str(facts.get("model", "")), "Made by riskstrat": __version__},
        roles={name: role.title for name, role in study.roles.items()},
        by_team=frozenset(name for name, role in study.roles.items() if role.by_team),
        high_risk_pct=study.high_risk.risk_pct,
        people=_people(session, folder, held),
        groups=_GROUPS,
        held_known=held_known,
        list_counts=read_list_counts(_listed(folder)["lists"]),
        previous=past[0] if past else None,
        decided={date.fromisoformat(run.name): _decided(run, decisions) for run in runs if len(decisions)},
        before=last["published"] if last else {},
        before_date=date.fromisoformat(last["index_date"]) if last else None,
        points=[{"index_date": one["index_date"], **one["point"]} for one in earlier],
    )


def _held(session: Session, snapshot: str | None, day: date) -> tuple[frozenset[str], bool]:
    """Find the patients on a caseload, and whether caseloads are recorded."""
    found = [one for one in session.folder.snapshots() if one.name == snapshot]
    if not found:
        return frozenset(), False
    accepted, held = cases_at(session, found[0], day, decisions_at(session, day))
    return frozenset(held), "caseload" in found[0].tables or len(accepted) > 0


def _decided(folder: Path, decisions: pd.DataFrame) -> pd.DataFrame:
    listed = pq.read_table(folder / "lists" / "lists.parquet", columns=PLACE).to_pandas()
    return count_decisions(listed, decisions, date.fromisoformat(folder.name))


def _people(session: Session, folder: Path, held: frozenset[str]) -> MonthCounts:
    """Count everyone scored by group, with one batch in memory at a time."""
    ids = pq.read_table(folder / "lists" / "lists.parquet", columns=["patient_id"])["patient_id"]
    listed = frozenset(ids.to_pylist())
    scores, cohort = read_batches(folder / "scores.parquet", SCORED), read_batches(folder / "cohort.parquet", _PERSON)
    batches = zip(scores, cohort, strict=True)
    return add_up(_counted(session, scored, cohort, listed, held) for scored, cohort in batches)


def _counted(
    session: Session, scored: pa.Table, cohort: pa.Table, listed: frozenset[str], held: frozenset[str]
) -> pd.DataFrame:
    people, person = scored.to_pandas(), cohort.to_pandas()
    people["high"] = people["risk"] * 100 >= session.study.high_risk.risk_pct
    groups = groups_of(person if person["imd_decile"].notna().any() else person.drop(columns="imd_decile"))
    return count_people(people, groups, listed, held)
