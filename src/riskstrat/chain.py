"""A chain of entries, each sealed with the hash of the one before: how a line is made, and what does not fit.

Decision
--------
A line is the canonical JSON of its entry (sorted keys, no spaces, ASCII), so that one entry has one spelling and
any changed byte shows. Its ``hash`` is the SHA-256 of that JSON without ``hash``; ``previous`` is the hash of the
line before, so a line can be neither changed, nor left out, nor moved, without the next ones ceasing to follow. The
end of a chain follows from nothing, so the head (number and hash of the last entry) is kept beside it.

What this can and cannot prove: there is no secret in it. Somebody who may write both files can compute a whole new
chain that fits. It proves that a log is the one whose head was noted elsewhere: printed, sent, or in a manifest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

NOTHING = "0" * 64
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """The last entry of a chain.

    Parameters
    ----------
    number : int
        0 where there is none.
    hash : str
    """

    number: int = 0
    hash: str = NOTHING


def canonical(content: Entry) -> bytes:
    """The one spelling of an entry.

    >>> canonical({"b": 1, "a": True})
    b'{"a":true,"b":1}'
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sealed(facts: Entry, head: Head) -> bytes:
    """The line that follows a head, its newline included.

    >>> line = sealed({"command": "score"}, Head())
    >>> opened(line[:-1])["number"]
    1
    """
    entry = {**facts, "number": head.number + 1, "previous": head.hash}
    return canonical({**entry, "hash": _digest(entry)}) + b"\n"


def opened(line: bytes) -> Entry | None:
    """The entry of a line without its newline; None if the line is not as it was sealed."""
    try:
        entry = json.loads(line)
        body = {key: value for key, value in entry.items() if key != "hash"}
        whole = canonical(entry) == line and isinstance(entry["number"], int) and "previous" in entry
        return entry if whole and entry["hash"] == _digest(body) else None
    except (ValueError, KeyError, AttributeError, RecursionError):
        return None


def _digest(entry: Entry) -> str:
    return sha256(canonical(entry)).hexdigest()


def head_of(entry: Entry) -> Head:
    """The head that an entry makes."""
    return Head(entry["number"], entry["hash"])


def follows(entry: Entry | None, head: Head) -> bool:
    """Whether an entry is the next after a head."""
    return entry is not None and (entry["number"], entry["previous"]) == (head.number + 1, head.hash)


def fault(lines: Sequence[bytes], torn: bytes, head: Head) -> str:
    """The first place where a chain does not fit; empty where all of it does.

    Parameters
    ----------
    lines : sequence of bytes
        Without their newlines.
    torn : bytes
        What stands after the last newline: the beginning of a line that was never whole.
    head : Head
        What is kept beside the chain. One entry more is well: it was written, and the head not yet moved.

    Examples
    --------
    >>> line = sealed({}, Head())[:-1]
    >>> fault([line], b"", head_of(opened(line)))
    ''
    >>> fault([], b"", head_of(opened(line)))
    'line 1: cut off: entry 1 is missing from the end'
    """
    at, seen = Head(), NOTHING
    for number, line in enumerate(lines, 1):
        entry = opened(line)
        if not follows(entry, at):
            return f"line {number}: {_kind(entry, at, lines[number:], head)}"
        at = head_of(entry or {})
        seen = at.hash if at.number == head.number else seen
    return _fault_of_end(at, seen, torn, head)


def _kind(entry: Entry | None, at: Head, later: Sequence[bytes], head: Head) -> str:
    """What was done to the line that does not follow."""
    continued = any((one := opened(line)) is not None and one["previous"] == at.hash for line in later)
    if at.number >= head.number or (continued and (entry is None or entry["number"] <= at.number + 1)):
        return "inserted: it is no entry of this log"
    if entry is None:
        return "edited: it is not as it was written"
    if entry["number"] <= at.number + 1:
        return "rewritten, or the line before it: it does not follow from that"
    if continued:
        return f"out of order: entry {entry['number']} where {at.number + 1} should be"
    return f"deleted before it: {_entries(at.number + 1, entry['number'] - 1)} missing"


def _fault_of_end(at: Head, seen: str, torn: bytes, head: Head) -> str:
    """What is wrong with a chain that fits as far as it goes."""
    line = at.number + 1
    if at.number < head.number:
        return f"line {line}: cut off: {_entries(line, head.number)} missing from the end"
    if seen != head.hash:
        return f"line {head.number}: rewritten: its hash is not the one kept beside the log"
    if at.number > head.number + 1 or (torn and at.number > head.number):
        return f"line {head.number + 2}: inserted: the log ends with entry {head.number}, or the one after"
    return ""


def _entries(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"
