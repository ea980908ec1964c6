"""Notes of the files that a command read and wrote, for its entry in the audit log.

Decision
--------
A note holds only files, formats, tables, hashes and counts. A file inside the study is named by its path in the study,
a file outside by its name alone.
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
    """All notes of one command; inputs and outputs have the keys `NOTED`."""

    inputs: list[Note] = field(default_factory=list)
    outputs: list[Note] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Return the notes for the audit log, without repetitions."""
        facts = {"inputs": _once(self.inputs), "outputs": _once(self.outputs), "warnings": self.warnings}
        return {name: found for name, found in facts.items() if found}


def _once(notes: Iterable[Note]) -> list[dict[str, Any]]:
    kept = ({key: one[key] for key in NOTED if one.get(key) is not None} for one in notes)
    return list({tuple(one.items()): one for one in kept}.values())


def place(path: Path, folder: Path) -> str:
    """Return a file's path in the study, or its name alone if it is outside.

    >>> place(Path("study/runs/x"), Path("study")), place(Path("elsewhere/x"), Path("study"))
    ('runs/x', 'x')
    """
    inside = path.absolute().is_relative_to(folder.absolute()) and ".." not in path.parts
    return path.absolute().relative_to(folder.absolute()).as_posix() if inside else path.name


def note_of(path: Path, folder: Path, rows: int | None = None) -> Note:
    """Note a file with its hash and number of rows."""
    return {"file": place(path, folder), "sha256": sha256_of(path), "rows": rows}
