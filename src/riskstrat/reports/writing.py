"""A comparison -> its report in reports/: one HTML page, and the same as JSON and as Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskstrat.engine import write_table
from riskstrat.evaluation import Comparison
from riskstrat.reports.comparison.figures import figures_table
from riskstrat.reports.comparison.report import comparison_report
from riskstrat.reports.page.content import Page, as_data
from riskstrat.reports.page.write import html
from riskstrat.tables import read_manifest, whole_file, write_manifest

SUFFIXES = ("html", "json", "parquet")


@dataclass(frozen=True)
class Reported:
    """A report that was written.

    Parameters
    ----------
    page, data, figures : Path
        The HTML page, the JSON file and the Parquet file.
    content : dict
        What the JSON file holds.
    made : Page or None
        None where nothing had changed since the report was written.
    """

    page: Path
    data: Path
    figures: Path
    content: dict[str, Any]
    made: Page | None

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """All three."""
        return self.page, self.data, self.figures

    @property
    def findings(self) -> Sequence[Mapping[str, str]]:
        """Level, what, do and section of each finding, errors first."""
        found: Sequence[Mapping[str, str]] = self.content["findings"]
        return found


def written_before(folder: Path, name: str, key: str) -> Reported | None:
    """The report of that name, if it was made of the same."""
    page, data, figures = (folder / f"{name}.{suffix}" for suffix in SUFFIXES)
    if not all(path.is_file() for path in (page, data, figures)):
        return None
    content = read_manifest(data)
    return Reported(page, data, figures, content, None) if content.get("key") == key else None


def write_report(found: Comparison, folder: Path, name: str, key: str) -> Reported:
    """Write the report of a comparison.

    Parameters
    ----------
    folder : Path
        Where to.
    name : str
        Of the three files, without suffix.
    key : str
        Of all it was made of.
    """
    page, data, figures = (folder / f"{name}.{suffix}" for suffix in SUFFIXES)
    made = comparison_report(found)
    content = {"key": key, **as_data(made)}
    with whole_file(page) as place:
        place.write_text(html(made), encoding="utf-8")
    with whole_file(figures) as place:
        write_table(figures_table(found), place)
    write_manifest(data, content)
    return Reported(page, data, figures, content, made)
