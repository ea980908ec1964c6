"""Read a scored run on disk: its folder and its two manifests, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypedDict, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.engine import read_batches
from riskstrat.features import RunManifest, run_manifest
from riskstrat.registry import Provenance
from riskstrat.study import Session
from riskstrat.tables import read_manifest


class ListChange(TypedDict, total=False):
    """Changes since the last list, absent at the first; `left` counts patients no longer listed, by reason."""

    new: int
    continuing: int
    returned: int
    left: dict[str, int]


class ListCounts(ListChange):
    """Counts of a practice's cohort by outcome on one role's list.

    `hidden` counts the patients excluded by each decision. `kept` and `due` count the patients who are listed only
    because of the stability rule, and only because they were deferred. `expected` and `expected_plain` are the
    admissions expected among the patients listed, and by rank alone.
    """

    practice: str
    role: str
    died_since: int
    not_eligible: int
    with_other_role: int
    over_capacity: int
    listed: int
    cohort: int
    hidden: dict[str, int]
    eligible: int
    kept: int
    due: int
    expected: float
    expected_plain: float
    team: str
    capacity: int


class ListsManifest(TypedDict, total=False):
    """Settings and key of a run's lists, their counts, and the SHA-256 of each file; empty if there are no lists.

    `purged` is the date on which they were purged, if they were.
    """

    extensions: Provenance
    key: str
    expires_on: str
    unique: bool
    encrypt: bool
    lists: list[ListCounts]
    files: dict[str, str]
    purged: str


@dataclass(frozen=True)
class ScoredRun:
    """A run that has scores."""

    folder: Path

    @property
    def day(self) -> date:
        """Its index date."""
        return date.fromisoformat(self.folder.name)

    @cached_property
    def manifest(self) -> RunManifest:
        """The manifest of the run."""
        return run_manifest(self.folder)

    @cached_property
    def lists(self) -> ListsManifest:
        """The manifest of its lists."""
        return cast(ListsManifest, read_manifest(self.folder / "lists" / "manifest.json"))

    @property
    def model(self) -> str | None:
        """The key of the model, the same in two runs that one model scored."""
        return self.manifest.get("model_key") or self.manifest.get("model")

    @property
    def is_listed(self) -> bool:
        """Whether the run has lists that were not purged."""
        return (self.folder / "lists" / "lists.parquet").is_file()

    def rows_of(self, name: str, ids: pd.Series, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the rows of one of its tables for some patients, in their order."""
        wanted, batches = pa.array(ids, pa.string()), read_batches(self.folder / f"{name}.parquet", columns)
        found = pa.concat_tables([batch.filter(pc.is_in(batch["patient_id"], wanted)) for batch in batches])
        return found.take(pc.index_in(wanted, found.column("patient_id").combine_chunks()))


def scored_runs(session: Session) -> list[ScoredRun]:
    """List the runs of a study, oldest first."""
    return [ScoredRun(session.folder.run(day)) for day in session.folder.run_dates()]
