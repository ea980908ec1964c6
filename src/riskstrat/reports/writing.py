"""Writing a report to reports/: an HTML page, a JSON file and, for a comparison, a Parquet file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskstrat.engine import write_table
from riskstrat.evaluation import Comparison
from riskstrat.reports.comparison.figures import figures_table
from riskstrat.reports.comparison.report import comparison_report
from riskstrat.reports.page.content import Page, as_data
from riskstrat.reports.page.write import write_html
from riskstrat.tables import read_manifest, whole_file, write_manifest


@dataclass(frozen=True)
class Reported:
    """A report that was written.

    Parameters
    ----------
    page, data, figures : Path
        The HTML page, the JSON file and, for a comparison, the Parquet file.
    content : mapping
        The content of the JSON file.
    made : Page or None
        None if nothing has changed since the report was written.
    """

    page: Path
    data: Path
    figures: Path | None
    content: Mapping[str, Any]
    made: Page | None

    @property
    def files(self) -> tuple[Path, ...]:
        """All its files."""
        return tuple(path for path in (self.page, self.data, self.figures) if path is not None)

    @property
    def findings(self) -> Sequence[Mapping[str, str]]:
        """Level, what, do and section of each finding, errors first."""
        found: Sequence[Mapping[str, str]] = self.content["findings"]
        return found


def written_before(folder: Path, name: str, key: str, figures: bool = True) -> Reported | None:
    """Find the report of that name, if it was made from the same input.

    Parameters
    ----------
    figures : bool
        Whether it has a Parquet file.
    """
    found = Reported(*_paths(folder, name, figures), {}, None)
    if not all(path.is_file() for path in found.files):
        return None
    content = read_manifest(found.data)
    return replace(found, content=content) if content.get("key") == key else None


def write_report(
    made: Page, folder: Path, name: str, content: Mapping[str, Any], figures: pa.Table | None = None
) -> Reported:
    """Write a report.

    Parameters
    ----------
    name : str
        Name of its files, without suffix.
    content : mapping
        Content of the JSON file; see `as_data`.
    """
    page, data, table = _paths(folder, name, figures is not None)
    write_html(made, page)
    if table is not None:
        with whole_file(table) as place:
            write_table(figures, place)
    write_manifest(data, content)
    return Reported(page, data, table, content, made)


def write_comparison(found: Comparison, folder: Path, name: str, key: str) -> Reported:
    """Write the report of a comparison; `key` is the hash of everything it was made from."""
    made = comparison_report(found)
    return write_report(made, folder, name, {"key": key, **as_data(made)}, figures_table(found))


def _paths(folder: Path, name: str, figures: bool) -> tuple[Path, Path, Path | None]:
    return folder / f"{name}.html", folder / f"{name}.json", folder / f"{name}.parquet" if figures else None
