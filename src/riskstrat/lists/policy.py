"""Who is listed: eligible by the role's rule, in the role's order, as many as the team has room for.

Decision
--------
A list is never longer than the team's capacity: so many people a practice, so many in 1,000 of its cohort (rounded
up), or the free places of a caseload. People who have died since the index date, as far as the extracts know, are left
out and counted. Ties are broken by the pseudonym, so that a repeated run gives the same list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskstrat.lists.eligibility import eligible
from riskstrat.study import RoleSettings


@dataclass(frozen=True)
class Selection:
    """Who is listed for one role, and what became of everyone else.

    Parameters
    ----------
    rows : pandas.DataFrame
        The listed of every practice, with `rank`.
    books : pandas.DataFrame
        By practice: cohort, died_since, not_eligible, eligible, capacity, listed, over_capacity.
    """

    rows: pd.DataFrame
    books: pd.DataFrame


def capacity(role: RoleSettings, cohort: int, held: int) -> int:
    """How many people a list may hold.

    Parameters
    ----------
    role : RoleSettings
    cohort : int
        People of the practice in the cohort.
    held : int
        People of the practice already on this role's caseload.

    Examples
    --------
    >>> capacity(RoleSettings(title="x", per_1000=20), 450, 0), capacity(RoleSettings(title="x", caseload=50), 450, 47)
    (9, 3)
    """
    if role.per_practice is not None:
        return role.per_practice
    if role.per_1000 is not None:
        return math.ceil(cohort * role.per_1000 / 1000)
    return max(0, (role.caseload or 0) - held)


def _ordered(rows: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    columns = [term.lstrip("-") for term in order] + ["patient_id"]
    ascending = [not term.startswith("-") for term in order] + [True]
    return rows.sort_values(columns, ascending=ascending, na_position="last", kind="stable")


def select(name: str, role: RoleSettings, everyone: pd.DataFrame, died: np.ndarray) -> Selection:
    """List a role's patients, practice by practice.

    Parameters
    ----------
    name : str
        The role, as on the caseload.
    role : RoleSettings
    everyone : pandas.DataFrame
        See `facts`.
    died : array of bool, shape (rows,)
        Known to have died since the index date.
    """
    meets = eligible(role.eligible, everyone)
    mine = everyone["on_caseload"].fillna("").str.split("; ").map(lambda roles: name in roles)
    practices = everyone["practice_code"]
    books = pd.DataFrame({
        "cohort": practices.groupby(practices).size(),
        "died_since": pd.Series(died, everyone.index).groupby(practices).sum(),
        "not_eligible": pd.Series(~meets & ~died, everyone.index).groupby(practices).sum(),
        "eligible": pd.Series(meets & ~died, everyone.index).groupby(practices).sum(),
        "held": mine.groupby(practices).sum(),
    }).astype(int)  # fmt: skip
    books["capacity"] = [capacity(role, c, h) for c, h in zip(books["cohort"], books["held"], strict=True)]
    books["listed"] = books[["eligible", "capacity"]].min(axis=1)
    books["over_capacity"] = books["eligible"] - books["listed"]
    ranked = _ordered(everyone[meets & ~died], role.order)
    ranked = ranked.assign(role=name, rank=ranked.groupby("practice_code").cumcount() + 1)
    room = books["capacity"].reindex(ranked["practice_code"]).to_numpy()
    return Selection(ranked[ranked["rank"] <= room].sort_values(["practice_code", "rank"]), books.drop(columns="held"))


def order_in_words(order: Sequence[str]) -> str:
    """The order of a list in words.

    >>> order_in_words(["-risk_pct", "age"])
    'risk_pct (highest first), age (lowest first)'
    """
    return ", ".join(f"{term.lstrip('-')} ({'highest' if term[0] == '-' else 'lowest'} first)" for term in order)


def in_words(role: RoleSettings) -> str:
    """A role's capacity in words.

    >>> in_words(RoleSettings(title="x", caseload=50))
    'the free places of a caseload of 50 in each practice'
    """
    if role.per_practice is not None:
        return f"{role.per_practice} people in each practice"
    if role.per_1000 is not None:
        return f"{role.per_1000:g} in every 1,000 people of the practice"
    return f"the free places of a caseload of {role.caseload} in each practice"
