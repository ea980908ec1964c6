"""Count people by group, and places and decisions by role, before small numbers are hidden.

Decision
--------
Need is the sum of the risks of a group: the admissions expected in it. A person on two lists is counted once among
people, but has two places in the counts of the lists. A decision belongs to the list it was made on: a patient, a role
and an index date. `not_reviewed` is a returned answer, but not a review.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from riskstrat.lists import DECISION_MEANINGS

EVERYONE = "everyone"
_NOT_RECORDED = "not recorded"
NOT_REVIEWED, NOT_BACK, REVIEWED, LISTED = "not_reviewed", "not_back", "reviewed", "listed"
PLACE = ["role", "patient_id"]
DICTS = ("hidden", "left")
MonthCounts = dict[str, dict[str, dict[str, float]]]


def count_people(
    people: pd.DataFrame, groups: Mapping[str, np.ndarray], listed: Collection[str], held: Collection[str]
) -> pd.DataFrame:
    """Count a batch of people by dimension and group: people, need, listed, high, high_listed and high_held.

    `high_held` counts people on a caseload who are on no list.

    Parameters
    ----------
    people : pandas.DataFrame
        patient_id, risk and high (whether at high risk), one row for each person.
    groups : mapping of str to array, shape (rows,)
        Dimension to the group of each person, None if not recorded.
    listed, held : collection of str
        Pseudonyms of people on any list, and on any caseload.
    """
    on_list, on_caseload = people["patient_id"].isin(listed), people["patient_id"].isin(held)
    high = people["high"].astype(bool)
    counted = pd.DataFrame({
        "people": 1, "need": people["risk"], "listed": on_list, "high": high,
        "high_listed": high & on_list, "high_held": high & on_caseload & ~on_list,
    }).astype(float)  # fmt: skip
    dimensions = {EVERYONE: np.full(len(people), EVERYONE, object), **groups}
    return pd.concat({name: _by_group(counted, of) for name, of in dimensions.items()}, names=["dimension", "group"])


def _by_group(counted: pd.DataFrame, group: np.ndarray) -> pd.DataFrame:
    return counted.groupby(pd.Series(group, counted.index, dtype=object).fillna(_NOT_RECORDED)).sum()


def add_up(batches: Iterable[pd.DataFrame]) -> MonthCounts:
    """Add up the counts of one or more batches (see `count_people`) with no person in two."""
    total = reduce(lambda one, other: one.add(other, fill_value=0), batches)
    found: MonthCounts = {}
    for (dimension, group), row in zip(total.index, total.to_dict("records"), strict=True):
        found.setdefault(dimension, {})[group] = {str(what): float(count) for what, count in row.items()}
    return found


def read_list_counts(lists: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Tabulate the counts of the lists: one row for each practice and role, and a column for each reason.

    >>> read_list_counts([{"role": "gp", "listed": 9, "left": {"died": 1}}, {"role": "gp", "listed": 4, "left": {}}])
      role  listed  left:died
    0   gp       9          1
    1   gp       4          0
    """
    reasons = {key: list(dict.fromkeys(r for one in lists for r in one.get(key) or ())) for key in DICTS}
    rows = [
        {key: value for key, value in one.items() if key not in DICTS}
        | {f"{key}:{r}": one[key].get(r, 0) for key in DICTS if one.get(key) is not None for r in reasons[key]}
        for one in lists
    ]
    return pd.DataFrame(rows)


def by_role(list_counts: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Add up the counts of lists by role; missing if one of a role's lists has no count.

    >>> by_role(pd.DataFrame({"role": ["a", "a", "b"], "new": [1, None, 2]}), ["new", "kept"])
          new  kept
    role
    a     NaN   NaN
    b     2.0   NaN
    """
    known = list_counts.reindex(columns=["role", *columns]).set_index("role").astype(float)
    by = known.groupby(level="role", sort=False)
    return by.sum().where(known.notna().groupby(level="role", sort=False).all())


def reasons_in(list_counts: pd.DataFrame, key: str) -> list[str]:
    """List the columns of the reasons under a key, the most frequent first.

    >>> reasons_in(pd.DataFrame({"role": ["a"], "left:died": [1], "left:moved": [4], "hidden:deferred": [2]}), "left")
    ['left:moved', 'left:died']
    """
    found = [str(column) for column in list_counts if str(column).startswith(f"{key}:")]
    return sorted(found, key=lambda column: (-list_counts[column].sum(), column))


def count_decisions(listed: pd.DataFrame, decisions: pd.DataFrame, index_date: date) -> pd.DataFrame:
    """Count the places of a run's lists by role: listed, reviewed, not back, and each decision.

    `listed` has role and patient_id; `decisions` are the latest (see `study.latest`), with index_date and decision.
    """
    places = listed[PLACE].drop_duplicates()
    mine = decisions.loc[decisions["index_date"] == index_date, [*PLACE, "decision"]]
    outcome = places.merge(mine, on=PLACE, how="left")["decision"].fillna(NOT_BACK).to_numpy()
    found = pd.crosstab(places["role"].to_numpy(), outcome).reindex(places["role"].unique())
    made = [name for name in (*DECISION_MEANINGS, *found.columns) if name in found and name != NOT_BACK]
    found = found.reindex(columns=[NOT_BACK, *dict.fromkeys(made)], fill_value=0)
    reviewed = found.drop(columns=[NOT_BACK, NOT_REVIEWED], errors="ignore").sum(axis=1)
    whole = pd.DataFrame({LISTED: found.sum(axis=1), REVIEWED: reviewed}).join(found)
    return whole.rename_axis(index="role", columns=None)
