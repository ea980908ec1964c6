"""Merge the decisions of several copies of a list with those already stored, and find conflicts.

Decision
--------
Two copies of one patient on one list are joined if each only fills what the other left blank. Otherwise, if every copy
has a decision date, the latest date applies. Otherwise there is a conflict: nothing of the copies read together is
stored, and an already stored decision stays. People settle it: in the cells, or with `--replace`, by which the files
read now replace what was stored, but never one another. The order of the files makes no difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from riskstrat.lists.review.row import Decided, Key

_FIELDS = {
    "decision": "decision",
    "reason": "reason",
    "decided_by_role": "deciding role",
    "decided_on": "date",
    "next_review_on": "review date",
}


@dataclass(frozen=True)
class Merged:
    """The decisions that are new, change a stored one, and are stored already, and the conflicts.

    There is one for each key, in the order of reading; a conflict names each place and its decision.
    """

    new: list[Decided]
    updated: list[Decided]
    unchanged: list[Decided]
    conflicts: list[str]


def merge(read: Iterable[Decided], stored: Mapping[Key, Decided], take_place: bool = False) -> Merged:
    """Merge the decisions read with each other and with those stored, or replace those stored."""
    copies: dict[Key, list[Decided]] = {}
    for one in read:
        copies.setdefault(one.key, []).append(one)
    merged = Merged([], [], [], [])
    for key, said in copies.items():
        _merge_one(merged, said, stored.get(key), take_place)
    return merged


def _merge_one(merged: Merged, said: Sequence[Decided], before: Decided | None, take_place: bool) -> None:
    now = one_decision(said)
    if now is not None and before is not None and not take_place:
        said = before, now
        now = one_decision(said)
    if now is None:
        merged.conflicts.append(_conflict(said))
    elif before is None:
        merged.new.append(now)
    else:
        (merged.unchanged if _entries(now) == _entries(before) else merged.updated).append(now)


def one_decision(copies: Sequence[Decided]) -> Decided | None:
    """Merge copies of a row, at least one, into one decision; None if they conflict."""
    whole = _union(copies)
    days = [one.decided_on for one in copies if one.decided_on]
    if whole is None and len(days) == len(copies):
        return _union([one for one in copies if one.decided_on == max(days)])
    return whole


def _union(copies: Sequence[Decided]) -> Decided | None:
    filled = {name: {value for one in copies if (value := getattr(one, name))} for name in _FIELDS}
    if any(len(values) > 1 for values in filled.values()):
        return None
    one: dict[str, Any] = {name: next(iter(values), None) for name, values in filled.items()}
    return replace(copies[-1], **one)


def _entries(one: Decided) -> list[Any]:
    return [getattr(one, name) for name in _FIELDS]


def _conflict(copies: Sequence[Decided]) -> str:
    """Describe a conflict: each place with its decision, and the names of other fields that differ."""
    said = "; ".join(f"{one.place or 'already stored'}: {one.decision}" for one in copies)
    differ = [word for name, word in _FIELDS.items() if len({getattr(one, name) for one in copies} - {None}) > 1]
    return said if "decision" in differ else f"{said} (different {' and '.join(differ)})"
