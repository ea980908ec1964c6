"""The files of a delivery of code lists: for which feature each is, and what cannot be used.

Decision
--------
A list is named by ``--name``, by its cluster (`CLUSTERS`), or by its file where that is called after a feature, never
by a guess. In a folder, a file that is no feature's list is said and left out, whatever is in it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from riskstrat.codefiles import Entry, Row, columns_known, entry_of, read_rows
from riskstrat.codelists import CLUSTERS, near
from riskstrat.codes import System
from riskstrat.errors import StudyError, UsageError

READABLE = (".csv", ".txt", ".tsv")
Codes = dict[tuple[System, str], Entry]


@dataclass
class Delivery:
    """What some files hold.

    Parameters
    ----------
    lists : mapping of str to Codes
        By the name of the feature.
    doubles : Counter
        How often a code of a feature came again.
    left_out : list of str
        What is no feature's list.
    faults : list of str
        Why nothing of it may be used.
    """

    lists: dict[str, Codes] = field(default_factory=lambda: defaultdict(dict))
    doubles: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, name: str, entry: Entry) -> None:
        """Add a code to the list of a feature."""
        self.doubles[name] += (entry.system, entry.code) in self.lists[name]
        self.lists[name].setdefault((entry.system, entry.code), entry)


def read_delivery(source: Path, known: Collection[str], name: str | None, system: System | None) -> Delivery:
    """What a file, or every file in a folder, holds.

    Parameters
    ----------
    source : Path
    known : collection of str
        Names of the features that may have a list.
    name, system : str or None
        As asked for.

    Raises
    ------
    UsageError
        If there is no such file, or it cannot be told whose list it is.
    StudyError
        If the file cannot be read.
    """
    if not source.exists():
        raise UsageError(f"There is no file {source.name}.", do="Name a CSV, or a folder of them.")
    if source.is_dir() and name is not None:
        raise UsageError("--name is for one file.", do="Name the file, or leave --name out.")
    delivery = Delivery()
    if source.is_file():
        _read_file(source, delivery, known, name, system)
        return delivery
    for path in _files(source):
        try:
            _read_file(path, delivery, known, name, system)
        except (StudyError, UsageError) as error:
            if isinstance(error, StudyError) and named_by(path.stem, known):
                delivery.faults += [error.what, *error.findings]
            else:
                delivery.left_out.append(error.what)
    return delivery


def _files(source: Path) -> list[Path]:
    found = [path for path in sorted(source.iterdir()) if path.suffix.lower() in READABLE and path.name[0] != "."]
    return [path for path in found if path.is_file()]


def _read_file(path: Path, delivery: Delivery, known: Collection[str], name: str | None, system: System | None) -> None:
    rows = read_rows(path)
    clusters = {row.cells.get("cluster_id", "") for row in rows} - {""}
    if name and len(clusters) > 1:
        raise UsageError(f"{path.name} holds {len(clusters):,} clusters.", do="Leave --name out.")
    whose = name or named_by(path.stem, known)
    if clusters and not name:
        named = [(CLUSTERS.get(row.cells.get("cluster_id", "").upper()), row) for row in rows]
        if unknown := sorted(clusters - {one for one in clusters if one.upper() in CLUSTERS}):
            delivery.left_out.append(f"{path.name}: clusters that are no feature's list: {', '.join(unknown)}")
    elif whose:
        named = [(whose, row) for row in rows]
    else:
        what = f"It cannot be told whose list {path.name} is."
        raise UsageError(what, [near(path.stem, known)], "Say so with --name; see `riskstrat catalogue features`.")
    _take(path, delivery, [(whose, row) for whose, row in named if whose], system)


def _take(path: Path, delivery: Delivery, named: Sequence[tuple[str, Row]], system: System | None) -> None:
    if not named:
        return
    rows = [row for _, row in named]
    column = columns_known(path, rows)
    for whose, row in named:
        entry = entry_of(row, column, system)
        if isinstance(entry, Entry):
            delivery.take(whose, entry)
        else:
            delivery.faults.append(f"{path.name} line {row.line}: {entry}")


def named_by(stem: str, known: Collection[str]) -> str | None:
    """The feature that a file is called after: by its name, or by a cluster at the end.

    >>> known = ["heart_failure", "stroke"]
    >>> named_by("Heart-failure", known), named_by("nhsd-primary-care-domain-refsets-hf_cod", known)
    ('heart_failure', 'heart_failure')
    >>> named_by("heart_failure_old", known), named_by("hfres_cod", known)
    (None, None)
    """
    plain = re.sub(r"[-\s]", "_", stem.lower())
    if plain in known:
        return plain
    return next((name for cluster, name in CLUSTERS.items() if re.search(rf"(?:^|_){cluster.lower()}$", plain)), None)
