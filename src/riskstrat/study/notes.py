"""What a command read and wrote, noted by its steps while they work, for its entry in the audit log.

Decision
--------
A note names files, formats, tables, hashes and counts, and has no room for anything else. A file inside the study is
named by its place in it, one outside by its name alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from riskstrat.tables import sha256_of

NOTED = ("file", "format", "table", "sha256", "lines", "rows", "removed")
Note = Mapping[str, Any]


@dataclass
class NotesOfCommand:
    """Everything noted by one command; inputs and outputs each of `NOTED`."""

    inputs: list[Note] = field(default_factory=list)
    outputs: list[Note] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """As the log takes it: what was noted twice, once."""
        facts = {"inputs": _once(self.inputs), "outputs": _once(self.outputs), "warnings": self.warnings}
        return {name: found for name, found in facts.items() if found}


def _once(notes: Iterable[Note]) -> list[dict[str, Any]]:
    kept = ({key: one[key] for key in NOTED if one.get(key) is not None} for one in notes)
    return list({tuple(one.items()): one for one in kept}.values())


def place(path: Path, folder: Path) -> str:
    """A file's place in the study, or its name alone.

    >>> place(Path("study/runs/x"), Path("study")), place(Path("elsewhere/x"), Path("study"))
    ('runs/x', 'x')
    """
    inside = path.absolute().is_relative_to(folder.absolute()) and ".." not in path.parts
    return path.absolute().relative_to(folder.absolute()).as_posix() if inside else path.name


def note_of(path: Path, folder: Path, rows: int | None = None) -> Note:
    """A note of a file of a study, and of how many rows it holds."""
    return {"file": place(path, folder), "sha256": sha256_of(path), "rows": rows}
