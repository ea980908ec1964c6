"""Define a list and a file format for lists.

A new format is a public constant `Output` in a module of this package; the registry finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


_HEADER_LABELS = {
    "criteria": "Who is listed",
    "left_out": "Not listed",
    "places_kept": "Places kept for patients",
    "data_as_of": "Latest dates in the data",
    "expires_on": "Use until",
    "use": "How to use it",
}


def header_label(key: str) -> str:
    """Return the label of an entry of a list's header.

    >>> header_label("left_out"), header_label("index_date")
    ('Not listed', 'Index date')
    """
    return _HEADER_LABELS.get(key) or key.replace("_", " ").capitalize()


@dataclass(frozen=True)
class CaseList:
    """A list, which an Output writes.

    Parameters
    ----------
    header : mapping of str to str
        Facts about the list, shown before the rows.
    rows : pandas.DataFrame
        The contract's columns, or those that the role's list has, one row for each patient, in rank order.
    decisions, effects
        The decisions that a team can choose from, and what each does.
    printed : tuple of str
        Columns that the meeting needs on paper, if the role names them.
    dropped : pandas.DataFrame or None
        Patients no longer listed: patient_id, last_rank, why.
    held_back : pandas.DataFrame or None
        Patients excluded by a decision: patient_id, stands, stands_by, stands_since, stands_until.
    """

    practice: str
    role: str
    header: Mapping[str, str]
    rows: pd.DataFrame
    decisions: tuple[str, ...]
    effects: Mapping[str, str] = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    dropped: pd.DataFrame | None = None
    held_back: pd.DataFrame | None = None


@dataclass(frozen=True)
class Output:
    """A file format for lists; `write` writes a list to a file."""

    name: str
    suffix: str
    title: str
    write: Callable[[CaseList, Path], None]
