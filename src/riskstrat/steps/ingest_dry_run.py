"""`riskstrat ingest --dry-run`: what an ingest would do with the files at hand, and what to write in study.toml."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa

from riskstrat.errors import RiskstratError
from riskstrat.features import plan_features, study_features
from riskstrat.governance import Restricted, check_sources, read_key, restricted_set
from riskstrat.ingest import (
    MatchedFile,
    MatchedFiles,
    Preview,
    ReadOptions,
    Suggestion,
    SuggestionFacts,
    all_formats,
    guard,
    match_files,
    preview_file,
    recognised_formats,
    suggest_sources,
)
from riskstrat.study import Session
from riskstrat.tables import TABLES
from riskstrat.wording import plural

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class ReadAsSuggested:
    """What an ingest would do with the sections that are suggested: with files, and with their first rows."""

    files: int
    rows: int
    rejected: int
    faults: tuple[str, ...]
    findings: tuple[str, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class DryRun:
    """What an ingest would do.

    Parameters
    ----------
    faults : tuple of str
        What would stop it.
    lacks, absent : tuple of str
        What the formats do not carry, and the features that go absent, with the reason.
    as_suggested : ReadAsSuggested or None
        What an ingest would do with the sections of the suggestion; None where nothing is suggested.
    """

    previews: tuple[Preview, ...]
    faults: tuple[str, ...]
    lacks: tuple[str, ...]
    absent: tuple[str, ...]
    ignored: tuple[str, ...]
    suggestion: SuggestionFacts
    as_suggested: ReadAsSuggested | None


def dry_run(session: Session) -> DryRun:
    """Look at the first rows of every file, go through everything that can be wrong, and suggest what to write."""
    faults: list[str] = []
    restricted = _or_fault(faults, lambda: restricted_set(session.study.governance, session.folder.path))
    _or_fault(faults, lambda: check_sources(session.study, session.today))
    _or_fault(faults, lambda: read_key(session.study.pseudonyms, session.folder.path))
    found, previews = _looked_at(session, restricted, faults)
    faults += _too_many_rejected(session, previews)
    faults += recognised_formats(session, found) if session.study.sources else []
    suggestion = suggest_sources(session)
    lacks = [f"{source.name} does not carry {lack}" for source in found.sources() for lack in source.lacks]
    return DryRun(
        tuple(previews),
        tuple(faults),
        tuple(lacks),
        tuple(_or_fault([], lambda: _absent(session, found.extracts)) or ()),
        tuple(path.name for path in found.ignored),
        suggestion.facts(),
        _read_as_suggested(session, suggestion, restricted) if suggestion.toml else None,
    )


def _or_fault(faults: list[str], look: Callable[[], _Result]) -> _Result | None:
    """Do something that may fail, and go on."""
    try:
        return look()
    except RiskstratError as error:
        faults.append(str(error).replace("\n", "\n  "))
        return None


def _looked_at(
    session: Session, restricted: Restricted | None, faults: list[str]
) -> tuple[MatchedFiles, list[Preview]]:
    """The files that study.toml names, and what would become of their first rows; faults are added."""
    found = _or_fault(faults, lambda: match_files(session)) or MatchedFiles(all_formats(session.study.packages))
    guard(found, (), dict.fromkeys((one.path for one in found.extracts), ""))
    rules, previews = ReadOptions(1, session.today, session.study.checks.skip, restricted), []
    faults += [*found.identifiers, *found.faults]
    with session.engine() as engine, TemporaryDirectory(prefix=".spill-", dir=session.folder.path) as folder:
        for number, one in enumerate(found.extracts):
            look = partial(preview_file, engine, one, rules, Path(folder) / str(number))
            preview = _or_fault(faults, look)
            previews += [preview] if preview else []
    return found, previews


def _too_many_rejected(session: Session, previews: Sequence[Preview]) -> list[str]:
    """Files of whose first rows more would be rejected than an ingest accepts."""
    most = session.study.checks.max_quarantined_pct
    return [
        f"{one.file}: {one.books['quarantined']:,} of the first {plural(one.rows, 'row')} would be rejected. An ingest "
        f"stops if more than {most:g} % of a file's lines are (`max_quarantined_pct` under [checks])."
        for one in previews
        if 100 * one.books.get("quarantined", 0) > most * one.rows
    ]


def _read_as_suggested(session: Session, suggestion: Suggestion, restricted: Restricted | None) -> ReadAsSuggested:
    """What an ingest would do with the sections that are suggested."""
    sources = tuple(one.parsed for one in suggestion.sections)
    faults: list[str] = []
    study = session.study.model_copy(update={"sources": sources})
    found, previews = _looked_at(replace(session, study=study), restricted, faults)
    faults += _too_many_rejected(session, previews)
    findings = [f"{one.file}: {finding}" for one in previews for finding in one.findings]
    rejected = sum(one.books.get("quarantined", 0) for one in previews)
    rows = sum(one.rows for one in previews)
    absent = _or_fault([], lambda: _absent(session, found.extracts)) or []
    return ReadAsSuggested(len(previews), rows, rejected, tuple(faults), tuple(findings), tuple(absent))


def _absent(session: Session, extracts: Sequence[MatchedFile]) -> list[str]:
    """The features that the extracts cannot support, with the reason."""
    carried: dict[str, set[str]] = {}
    for one in extracts:
        carried.setdefault(one.table, set()).update(one.carried)
    if "episodes" in carried:
        carried["diagnoses"] = set(TABLES["diagnoses"].by_name)
    none = pa.table({name: pa.array([], pa.string()) for name in ("table_name", "code_system", "code")})
    found = plan_features(
        study_features(session), carried, none, {name: sorted(columns) for name, columns in carried.items()}
    )
    return found.absences()
