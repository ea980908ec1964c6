"""Compare the lists with those of the last run: earlier risk and rank, patients no longer listed, and counts.

Decision
--------
A patient who was on a role's last list of a practice and is not on this one is named with the reason, so that nobody is
overlooked. One group is counted but not named: patients who are no longer in the practice's cohort and have no recorded
death. Some of them have opted out, and some are now with another practice, so the list must no longer name them. The
list of their new practice does not show that another practice listed them before.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from riskstrat.lists.history import ListHistory
from riskstrat.lists.runs import ListChange, ListCounts
from riskstrat.lists.selection import DIED, NO_ROOM, NOT_ELIGIBLE, OTHER_ROLE, Selections
from riskstrat.tables import Ints

GONE = "not_in_cohort"
WHY: Mapping[str, str] = {
    DIED: "has died, according to the extracts",
    NOT_ELIGIBLE: "no longer meets the rule",
    OTHER_ROLE: "on the list or caseload of another role",
    NO_ROOM: "all places are taken by other patients",
    GONE: "no longer in the practice's cohort",
}
_KEY = ["role", "practice_code", "patient_id"]


def add_changes(rows: pd.DataFrame, earlier: Sequence[pd.DataFrame], risk_before: Mapping[str, float]) -> pd.DataFrame:
    """Add prev_risk_pct, prev_rank, change and months_listed to the rows of the lists.

    `change` is new, up, down, same, or returned (on an older list, but not on the last); blank at the first run.
    `months_listed` counts lists in a row, including this one. Earlier lists are ordered oldest first; `risk_before` is
    in percent.
    """
    out = rows.copy()
    out["prev_risk_pct"] = out["patient_id"].map(risk_before)
    out["prev_rank"], out["change"], out["months_listed"] = np.nan, None, 1
    if not earlier:
        return out
    last = earlier[-1].drop_duplicates(_KEY).set_index(_KEY)["rank"]
    ever = pd.MultiIndex.from_frame(pd.concat([run[_KEY] for run in earlier]).drop_duplicates())
    index = pd.MultiIndex.from_frame(out[_KEY])
    previous = last.reindex(index).to_numpy(dtype=float)
    now = out["rank"].to_numpy(dtype=float)
    out["prev_rank"] = previous
    cases = [np.isnan(previous) & index.isin(ever), np.isnan(previous), now < previous, now > previous]
    out["change"] = np.select(cases, ["returned", "new", "up", "down"], "same")
    out["months_listed"] = 1 + _in_a_row(index, earlier)
    return out


def _in_a_row(index: pd.MultiIndex, earlier: Sequence[pd.DataFrame]) -> Ints:
    """Count the consecutive lists before this one that name each patient."""
    still, found = np.ones(len(index), bool), np.zeros(len(index), int)
    for run in reversed(earlier):
        still &= index.isin(pd.MultiIndex.from_frame(run[_KEY]))
        found += still
        if not still.any():
            break
    return found


def gone(
    last: pd.DataFrame, listed: pd.DataFrame, now: Mapping[str, tuple[str, str]], deaths: Collection[str]
) -> pd.DataFrame:
    """Find who was on a role's last list and is not on this one: practice_code, patient_id, last_rank, fate.

    Parameters
    ----------
    now : mapping of str to (str, str)
        Pseudonym to the patient's practice and outcome; see `Selection.outcomes`.
    deaths : collection of str
        Pseudonyms of patients with a recorded death who have not opted out.
    """
    key = _KEY[1:]
    still = pd.MultiIndex.from_frame(last[key]).isin(pd.MultiIndex.from_frame(listed[key].astype(object)))
    rows = last[~still].rename(columns={"rank": "last_rank"})
    here = zip(rows["practice_code"], rows["patient_id"], strict=True)
    reasons = [_reason(practice, now.get(patient), patient in deaths) for practice, patient in here]
    rows = rows.assign(fate=pd.Series(reasons, rows.index, dtype=object))
    return rows.sort_values(["practice_code", "last_rank"])[[*key, "last_rank", "fate"]].reset_index(drop=True)


def _reason(practice: str, now: tuple[str, str] | None, died: bool) -> str:
    if now is not None:
        return now[1] if now[0] == practice else GONE
    return DIED if died else GONE


def dropped_since(who: Selections, memory: ListHistory) -> pd.DataFrame:
    """Find who is no longer on each role's list: role, practice_code, patient_id, last_rank, fate."""
    found = []
    for name, selection in who.by_role.items():
        last = memory.last_list(name)
        there = who.everyone["patient_id"].isin(last["patient_id"]).to_numpy()
        people = who.everyone[there]
        facts = zip(people["practice_code"].astype(object), selection.outcomes[there], strict=True)
        now = dict(zip(people["patient_id"], facts, strict=True))
        found.append(gone(last, selection.rows, now, memory.deaths - memory.objected).assign(role=name))
    return pd.concat(found, ignore_index=True)


def why(outcome: str) -> str:
    """Describe in words why a patient is not listed.

    >>> why("over_capacity"), why("other_service")
    ('all places are taken by other patients', 'excluded by a decision: other service')
    """
    return WHY.get(outcome) or f"excluded by a decision: {outcome.replace('_', ' ')}"


ListKey = tuple[str, str]
"""Role and practice."""


def since_last(rows: pd.DataFrame, dropped: pd.DataFrame, first: bool) -> dict[ListKey, ListChange]:
    """Count the changes since the last list; empty at the first. See `dropped_since`."""
    if first:
        return {}
    kinds = rows["change"].astype(object).where(rows["change"].isin(["new", "returned"]), "continuing")
    listed = Counter(zip(rows["role"], rows["practice_code"], kinds, strict=True))
    left: dict[ListKey, Counter[str]] = {(role, practice): Counter() for role, practice, _ in listed}
    for role, practice, reason in zip(dropped["role"], dropped["practice_code"], dropped["fate"], strict=True):
        left.setdefault((role, practice), Counter())[reason] += 1
    return {
        at: {
            "new": listed[*at, "new"], "continuing": listed[*at, "continuing"], "returned": listed[*at, "returned"],
            "left": dict(sorted(reasons.items())),
        }
        for at, reasons in left.items()
    }  # fmt: skip


def list_counts(who: Selections, since: Mapping[ListKey, ListChange]) -> dict[ListKey, ListCounts]:
    """Collect the counts of each list, in the order of study.toml; see `since_last`."""
    nothing: ListChange = {"new": 0, "continuing": 0, "returned": 0, "left": {}} if since else {}
    found = {
        (role, str(practice)): {
            "practice": str(practice),
            "role": role,
            **{str(name): _json_number(value) for name, value in counts.items()},
            **since.get((role, str(practice)), nothing),
        }
        for role, selection in who.by_role.items()
        for practice, counts in selection.counts.sort_index().iterrows()
    }
    return cast(dict[ListKey, ListCounts], found)


def _json_number(value: Any) -> Any:
    """Convert a number for JSON; expected admissions are rounded to a thousandth."""
    if isinstance(value, str | dict):
        return value
    return round(float(value), 3) if float(value) % 1 else int(value)
