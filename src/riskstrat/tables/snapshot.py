"""A snapshot: the canonical tables made of the extracts of one day, and the manifest that says what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.errors import StudyError
from riskstrat.tables.schema import TABLES
from riskstrat.tables.supplied import Carried


def seen_in(event: str) -> str:
    """The canonical table in which an outcome event is seen.

    >>> seen_in("ed_attendance"), seen_in("unplanned_admission")
    ('ed_attendances', 'episodes')
    """
    return "ed_attendances" if event == "ed_attendance" else "episodes"


@dataclass(frozen=True)
class Snapshot:
    """A complete set of canonical tables.

    Its manifest has the key, the tables with their rows, parts, span, data as of, and the columns carried of each.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name, in the order of time."""
        return self.folder.name

    @property
    def parts(self) -> int:
        """How many files each table has."""
        return int(self.manifest["parts"])

    @property
    def tables(self) -> frozenset[str]:
        """The tables some extract filled."""
        return frozenset(self.manifest["tables"])

    @property
    def span(self) -> tuple[date, date]:
        """First and last day of hospital data."""
        first, last = self.manifest["span"]
        return date.fromisoformat(first), date.fromisoformat(last)

    def span_of(self, event: str) -> tuple[date, date]:
        """First and last day of the data in which an outcome event is seen.

        Raises
        ------
        StudyError
            If there are none.
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
        """For each table with rows, the columns that some extract supplied; all, where the manifest does not say."""
        said, spans = self.manifest.get("carried", {}), self.manifest.get("data_as_of", {})
        empty = {name for name, span in spans.items() if span["from"] is None}
        return {name: frozenset(said.get(name, TABLES[name].by_name)) for name in self.tables - empty}

    def part(self, table: str, part: int) -> Path:
        """One file of a table."""
        return self.folder / table / f"{part:04d}.parquet"
