"""`riskstrat ingest --dry-run`: the first rows of every file, ingested in earnest into a folder that is thrown away."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from riskstrat.errors import RiskstratError
from riskstrat.features import plan_features, study_features
from riskstrat.governance import restricted_set
from riskstrat.ingest import MatchedFile, Preview, ReadOptions, guard, match_files, preview_file, recognised_formats
from riskstrat.study import Session
from riskstrat.tables import TABLES


@dataclass(frozen=True)
class DryRun:
    """What an ingest would do.

    Parameters
    ----------
    faults : tuple of str
        What would stop it.
    lacks, absent : tuple of str
        What the formats do not carry, and the features that go absent, with the reason.
    """

    previews: tuple[Preview, ...]
    faults: tuple[str, ...]
    lacks: tuple[str, ...]
    absent: tuple[str, ...]
    ignored: tuple[str, ...]


def dry_run(session: Session) -> DryRun:
    """Look at the first 1,000 rows of every file; nothing is kept.

    Raises
    ------
    StudyError
        If the study names no extracts.
    """
    found = match_files(session)
    restricted = restricted_set(session.study.governance, session.folder.path)
    rules = ReadOptions(1, session.today, session.study.checks.skip, restricted)
    guard(found, (), dict.fromkeys((one.path for one in found.extracts), ""))
    previews, faults = [], [*found.identifiers, *found.faults, *recognised_formats(session, found)]
    with session.engine() as engine, TemporaryDirectory(prefix=".spill-", dir=session.folder.path) as folder:
        for number, one in enumerate(found.extracts):
            try:
                previews.append(preview_file(engine, one, rules, Path(folder) / str(number)))
            except RiskstratError as error:
                faults.append(str(error).replace("\n", "\n  "))
    lacks = [f"{source.name} does not carry {lack}" for source in found.sources() for lack in source.lacks]
    ignored = tuple(path.name for path in found.ignored)
    return DryRun(tuple(previews), tuple(faults), tuple(lacks), tuple(_absent(session, found.extracts)), ignored)


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
