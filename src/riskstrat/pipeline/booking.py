"""The books of every list: what became of everyone in the cohort, and what has changed since the last list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from riskstrat.pipeline.selecting import Chosen

Books = Mapping[tuple[str, str], dict[str, Any]]
SINCE = ("new", "continuing", "returned")


def since_last(rows: pd.DataFrame, left: pd.DataFrame, first: bool) -> Books:
    """What has changed since the last list, by role and practice; nothing at the first.

    Parameters
    ----------
    rows : pandas.DataFrame
        The listed of all roles.
    left : pandas.DataFrame
        Who was on the last lists and is not on these; see `carry.gone`.
    first : bool
        Whether there was no list before.
    """
    if first:
        return {}
    kinds = rows["change"].astype(object).where(rows["change"].isin(["new", "returned"]), "continuing")
    listed = Counter(zip(rows["role"], rows["practice_code"], kinds, strict=True))
    gone = Counter(zip(left["role"], left["practice_code"], left["fate"], strict=True))
    places = _places(rows) | _places(left)
    found: Books = {place: {**dict.fromkeys(SINCE, 0), "left": {}} for place in places}
    for (role, practice, kind), n in listed.items():
        found[role, practice][kind] = n
    for (role, practice, fate), n in sorted(gone.items()):
        found[role, practice]["left"][fate] = n
    return found


def _places(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(rows["role"], rows["practice_code"], strict=True))


def books_of(who: Chosen, since: Books) -> dict[tuple[str, str], dict[str, Any]]:
    """The books of each list, by role and practice, in the order of study.toml.

    Parameters
    ----------
    who : Chosen
    since : mapping
        See `since_last`.
    """
    nothing: dict[str, Any] = {**dict.fromkeys(SINCE, 0), "left": {}} if since else {}
    return {
        (role, str(practice)): {
            "practice": str(practice),
            "role": role,
            **{str(name): _plain(value) for name, value in book.items()},
            **since.get((role, str(practice)), nothing),
        }
        for role, selection in who.by_role.items()
        for practice, book in selection.books.sort_index().iterrows()
    }


def _plain(value: Any) -> Any:
    """A number as JSON has it; expected admissions to a thousandth."""
    if isinstance(value, str | dict):
        return value
    return round(float(value), 3) if float(value) % 1 else int(value)
