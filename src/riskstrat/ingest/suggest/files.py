"""The files of a study in groups that are alike, with patterns for their names."""

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

from riskstrat.errors import RiskstratError
from riskstrat.ingest.discover import files_of, is_ours, is_readable
from riskstrat.ingest.suggest.samples import ColumnCells, FileSample, read_sample
from riskstrat.study import Session, SourceSettings

_MOST_FILES = 8


@dataclass(frozen=True)
class FileGroup:
    """Files of one folder with the same headings.

    Parameters
    ----------
    samples : tuple of FileSample
        Of each; of at most eight with their cells.
    """

    paths: tuple[Path, ...]
    samples: tuple[FileSample, ...]

    @cached_property
    def cells(self) -> Mapping[str, ColumnCells]:
        """Heading to its cells, over all samples."""
        first = self.samples[0].headers
        places = [dict(zip(map(str.lower, one.headers), one.columns.values(), strict=True)) for one in self.samples]
        return {header: ColumnCells([cell for one in places for cell in one[header.lower()]]) for header in first}

    @property
    def encoding(self) -> str:
        """Latin-1 if any file is."""
        return max((one.encoding for one in self.samples), key=lambda one: one == "latin-1")

    @property
    def delimiter(self) -> str | None:
        """What study.toml must say, if it must."""
        return next((one.delimiter for one in self.samples if one.delimiter), None)

    @property
    def rows(self) -> int:
        """Rows that were looked at."""
        return max((len(cells.values) for cells in self.cells.values()), default=0)


def grouped(paths: Iterable[Path], given: SourceSettings | None, problems: list[str]) -> list[FileGroup]:
    """Read samples of files, and group those of one folder that have the same headings; problems are added."""
    found: dict[tuple[Path, tuple[str, ...]], list[FileSample]] = {}
    for path in paths:
        try:
            sample = read_sample(path, given)
        except RiskstratError as error:
            problems.append(str(error).replace("\n", " "))
            continue
        alike = found.setdefault((path.parent, tuple(sorted(map(str.lower, sample.headers)))), [])
        alike.append(sample if len(alike) < _MOST_FILES else sample.without_cells())
    return [FileGroup(tuple(one.path for one in alike), tuple(alike)) for alike in found.values()]


def unnamed_files(session: Session, extracts: Path) -> list[Path]:
    """List the readable files in the folder of extracts, and in folders that sections name, that no section names."""
    folder = session.folder.path
    named = {path for settings in session.study.sources for path in files_of(session, settings)}
    roots = {folder / extracts, *(folder / _fixed_part(one.files) for one in session.study.sources)} - {folder}
    paths = {path for root in roots if root.is_dir() for path in root.rglob("*") if not is_ours(session, path)}
    return sorted(path for path in paths - named if is_readable(path) and not _is_hidden(path.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") and part.strip(".") for part in path.parts)


def _fixed_part(pattern: str) -> Path:
    """The folder of a pattern, up to where it may vary."""
    parts = Path(pattern).parts[:-1]
    fixed = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:fixed])


def pattern_for(session: Session, paths: Sequence[Path], others: Iterable[Path]) -> list[str]:
    """Write the fewest patterns that name some files of one folder and none of the others."""
    names = [path.name for path in paths]
    folder = paths[0].parent.relative_to(session.folder.path).as_posix()
    beside = [path.name for path in others if path.parent == paths[0].parent and path not in paths]
    start, end = _common(names).rstrip("0123456789"), _common([name[::-1] for name in names])[::-1]
    end = end.lstrip("0123456789")
    if len(names) > 1 and (start or end or not beside):
        name = start + "*" + end if len(start) + len(end) <= min(map(len, names)) else start + "*"
        if not any(fnmatch(one, name) for one in beside):
            return [f"{folder}/{name}"]
    return [f"{folder}/{glob.escape(name)}" for name in names]


def _common(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    same = next((i for i, letter in enumerate(first) if i >= len(last) or letter != last[i]), len(first))
    return first[:same]
