"""Find the files of a study and match each to the tables that it fills, before any row is read."""

import glob
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.errors import ExtractError, IdentifierError, RiskstratError, StudyError
from riskstrat.ingest.extract import MatchedFile, match_file, matches
from riskstrat.ingest.formats import all_formats
from riskstrat.ingest.formats.layout import Format
from riskstrat.ingest.screen import identifiers_in
from riskstrat.study import Session, SourceSettings
from riskstrat.tables import TABLES, Column

PARSED: dict[str, Callable[[str], Any]] = {"date": date.fromisoformat, "int": int, "float": float, "text": str}
_OURS = ("store", "models", "runs", "reports", "study.toml", "audit.jsonl", ".lock")
_READABLE = (".csv", ".tsv", ".txt", ".gz", ".parquet")
DO = "Nothing was changed."


@dataclass
class MatchedFiles:
    """What was found: an extract for each file and table, files that no layout fits, and all errors."""

    known: Mapping[str, Format]
    extracts: list[MatchedFile] = field(default_factory=list)
    ignored: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)

    def sources(self) -> list[Format]:
        """List the formats in use."""
        return [self.known[name] for name in dict.fromkeys(one.format for one in self.extracts)]


def match_files(session: Session) -> MatchedFiles:
    """Match the columns of every file of every source, and collect all errors.

    Raises
    ------
    StudyError
        If study.toml names no extracts.
    """
    if not session.study.sources:
        do = "Add a [[sources]] section for each. `riskstrat catalogue formats` lists the formats."
        raise StudyError("study.toml names no extracts.", advice=do)
    found = MatchedFiles(all_formats(session.study.packages))
    for settings in session.study.sources:
        source = found.known.get(settings.format)
        if source is None:
            found.faults.append(f"format {settings.format!r} does not exist; see `riskstrat catalogue formats`")
        else:
            found.faults += _unknown_columns(source, settings)
            _examine_source(session, source, settings, found)
    if not found.faults and not any(one.table == "patients" for one in found.extracts):
        found.faults.append("no extract lists the patients; add one, for example of format 'patients'")
    return found


def guard(found: MatchedFiles, known: Collection[str], hashes: Mapping[Path, str]) -> None:
    """Look for identifiers in every file that is not part of the latest snapshot.

    Parameters
    ----------
    found : MatchedFiles
        Receives the identifiers found.
    known : collection of str
        Hashes of the files that were checked before.
    """
    by_path: dict[Path, list[MatchedFile]] = {}
    for one in found.extracts:
        if hashes[one.path] not in known:
            by_path.setdefault(one.path, []).append(one)
    for path, extracts in by_path.items():
        try:
            found.identifiers += identifiers_in(path, extracts)
        except ExtractError as error:
            found.faults.append(str(error).replace("\n", "\n  "))


def refuse(found: MatchedFiles) -> None:
    """Stop if there are identifiers or errors.

    Raises
    ------
    IdentifierError, ExtractError
        With everything that was found.
    """
    if found.identifiers:
        raise identified([*found.identifiers, *found.faults])
    if found.faults:
        raise ExtractError("The extracts do not match study.toml:", found.faults, DO)


def _unknown_columns(source: Format, settings: SourceSettings) -> list[str]:
    known = {c.column for layout in source.layouts for c in (*layout.columns, *layout.replaces)}
    given = known | {c.name for name in source.tables for c in TABLES[name].columns}
    wrong = [("columns", name) for name in sorted(set(settings.columns) - known)]
    wrong += [("values", name) for name in sorted(set(settings.values) - given)]
    wrong += [("recode", name) for name in sorted(set(settings.recode) - known)]
    written = settings.date_format if isinstance(settings.date_format, dict) else {}
    wrong += [("date_format", name) for name in sorted(set(written) - known)]
    wrong += [("absent", name) for name in sorted(set(settings.absent) - known)]
    see = "see `riskstrat catalogue sources`"
    unknown = [f"format {settings.format!r}, {where}: there is no column {name!r}; {see}" for where, name in wrong]
    return unknown + [
        f"format {settings.format!r}, values: {name} cannot have this value"
        for name, value in settings.values.items()
        for table in (TABLES[one] for one in source.tables)
        if name in table.by_name and not _fits(table.by_name[name], value)
    ]


def _fits(column: Column, value: str) -> bool:
    """Tell whether a column accepts a constant of study.toml."""
    try:
        typed: Any = PARSED[column.type](value)
    except ValueError:
        return False
    inside = column.between is None or column.between[0] <= typed <= column.between[1]
    return inside and (not column.one_of or typed in column.one_of)


def files_of(session: Session, settings: SourceSettings) -> list[Path]:
    """List the files that a source names, without those that riskstrat writes itself."""
    folder = session.folder.path
    paths = sorted(folder / one for one in glob.glob(settings.files, root_dir=folder, recursive=True))
    return [path for path in paths if not is_ours(session, path)]


def is_ours(session: Session, path: Path) -> bool:
    """Whether a file of the study's folder is one that riskstrat writes."""
    return any(path.is_relative_to(session.folder.path / name) for name in _OURS)


def is_readable(path: Path) -> bool:
    """Whether a path is a file of a kind that can be read."""
    return path.is_file() and path.suffix.lower() in _READABLE


def _examine_source(session: Session, source: Format, settings: SourceSettings, found: MatchedFiles) -> None:
    paths = files_of(session, settings)
    readable = [path for path in paths if is_readable(path)]
    found.ignored += [path for path in paths if path not in readable]
    if not readable:
        found.faults.append(f"format {settings.format!r}: no readable file at {settings.files}")
    for path in readable:
        try:
            extracts = _layouts(path, source, settings, readable)
            found.extracts += extracts
            if not extracts and not _is_looked_up(path, source):
                found.ignored.append(path)
        except RiskstratError as error:
            found.faults.append(str(error).replace("\n", "\n  "))


def _is_looked_up(path: Path, source: Format) -> bool:
    return any(matches(path, one.files) for layout in source.layouts for one in layout.lookups)


def _layouts(path: Path, source: Format, settings: SourceSettings, files: Sequence[Path]) -> list[MatchedFile]:
    """Match a file to each table that it fills."""
    return [match_file(path, source, one, settings, files) for one in source.layouts if matches(path, one.files)]


def identified(findings: Sequence[str]) -> IdentifierError:
    """Return the error that lists what may identify a patient, and says what to do."""
    do = (
        "Remove these columns from the extract, or name them in `drop = [...]` in its [[sources]]. To keep only the "
        f"year of a date of birth, name the column in `coarsen = [...]`. {DO}"
    )
    return IdentifierError("The extracts contain data that may identify a patient:", findings, do)
