"""Define a snapshot: the canonical tables made from the extracts at one time, and their manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.errors import StudyError
from riskstrat.tables.schema import TABLES
from riskstrat.tables.supplied import Carried


def seen_in(event: str) -> str:
    """Return the canonical table that records an outcome event.

    >>> seen_in("ed_attendance"), seen_in("unplanned_admission")
    ('ed_attendances', 'episodes')
    """
    return "ed_attendances" if event == "ed_attendance" else "episodes"


@dataclass(frozen=True)
class Snapshot:
    """A complete set of canonical tables.

    The manifest has the key, the number of parts, and for each table its rows, first and latest dates, and columns.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the snapshot; names sort by time."""
        return self.folder.name

    @property
    def parts(self) -> int:
        """Number of files of each table."""
        return int(self.manifest["parts"])

    @property
    def tables(self) -> frozenset[str]:
        """The tables that an extract filled."""
        return frozenset(self.manifest["tables"])

    @property
    def span(self) -> tuple[date, date]:
        """First and last date of the hospital data."""
        first, last = self.manifest["span"]
        return date.fromisoformat(first), date.fromisoformat(last)

    def span_of(self, event: str) -> tuple[date, date]:
        """Return the first and last date of the data that record an outcome event.

        Raises
        ------
        StudyError
            If there are no such data.
        """
        if "data_as_of" not in self.manifest:
            return self.span
        table = seen_in(event)
        known = self.manifest["data_as_of"].get(table) or {"from": None}
        if known["from"] is None:
            do = "Add an extract with them, or set another `outcome.event` in study.toml."
            raise StudyError(f'outcome.event: "{event}" needs {table}, and this snapshot has none.', advice=do)
        return date.fromisoformat(known["from"]), date.fromisoformat(known["to"])

    @property
    def carried(self) -> Carried:
        """For each table with rows, the columns that an extract supplied; all columns in older manifests."""
        listed, spans = self.manifest.get("carried", {}), self.manifest.get("data_as_of", {})
        empty = {name for name, span in spans.items() if span["from"] is None}
        return {name: frozenset(listed.get(name, TABLES[name].by_name)) for name in self.tables - empty}

    def part(self, table: str, part: int) -> Path:
        """Return the path of one file of a table."""
        return self.folder / table / f"{part:04d}.parquet"
