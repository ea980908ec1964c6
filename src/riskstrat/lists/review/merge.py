"""Decisions of several copies of a list, and those stored before -> what is new, what is added to, and what conflicts.

Decision
--------
What two copies say of one patient on one list is joined where either only fills what the other left blank. Else, if
every copy has a day of decision, the latest day holds. Else it is a conflict: of copies read together nothing is
stored, and what was stored before stays. People settle it: in the cells, or with `--replace`, by which the files read
now take the place of what was stored, but never of one another. The order of the files makes no difference.
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
    """The decisions that were not stored before, were stored otherwise, and were stored just so, and the conflicts.

    One a key, in the order of reading; a conflict names each place and its decision.
    """

    new: list[Decided]
    updated: list[Decided]
    unchanged: list[Decided]
    conflicts: list[str]


def merge(read: Iterable[Decided], stored: Mapping[Key, Decided], take_place: bool = False) -> Merged:
    """Join what was read with itself and with what was stored, or let it take the place of what was stored."""
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
    """The one decision that copies of a row, at least one, make; None where they conflict."""
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
    """Each place and its decision, and in what else they differ: nothing of what was written."""
    said = "; ".join(f"{one.place or 'already stored'}: {one.decision}" for one in copies)
    differ = [word for name, word in _FIELDS.items() if len({getattr(one, name) for one in copies} - {None}) > 1]
    return said if "decision" in differ else f"{said} (different {' and '.join(differ)})"
