"""The audit log of a study: audit.jsonl, a chain with one line for each command that reads or changes patients' data.

Decision
--------
*One command is one entry*, also for `run`: it is one act of one person, and the entry lists everything that its steps
read and wrote. The line is written before the result is shown, so that nobody sees a result that was not logged.

*The chain.* A line is the canonical JSON of its entry (sorted keys, no spaces, ASCII), so that an entry has only one
spelling and any changed byte can be detected. ``hash`` is the SHA-256 of that JSON without ``hash``; ``previous`` is
the hash of the line before. If a line is changed, removed or moved, the following lines no longer fit. Nothing follows
the last line, so the head (number and hash of the last entry) is kept in `.audit-head`.

*What this can and cannot prove.* The chain contains no secret: somebody who can write both files can compute a new
chain that fits. The log proves only that it is the log whose head was noted elsewhere: printed, sent, or in a manifest.
`audit_head` is written into the manifests of snapshots and runs, so each copy of a manifest, and each printout of
`riskstrat audit`, confirms the log up to that entry.

*Append first, then move the head.* Under its own lock, the line is written with one call and forced to disk; then
`.audit-head` is replaced. If the command is killed in between, the log can end with half a line, which no head names:
the line is torn, not tampered with, and the next append removes it and records that. Or the log can end with one whole
line that the head does not name yet; this line is accepted. A killed command never leaves fewer lines than the head
says. If something does not fit, new lines are added after the head and nothing is repaired, so that the problem stays
visible.

*Killed commands.* A running command keeps a file `.audit-begun-*` locked. If nobody holds the lock, the command was
killed, and the next command adds an entry for it.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock, Timeout

from riskstrat.errors import CheckError, GovernanceError
from riskstrat.tables import UNFINISHED

_NOTHING = "0" * 64
AuditEntry = Mapping[str, Any]


@dataclass(frozen=True)
class LogHead:
    """The last entry of a chain; number 0 if there is none."""

    number: int = 0
    hash: str = _NOTHING


def canonical(content: AuditEntry) -> bytes:
    """Write an entry in its only spelling.

    >>> canonical({"b": 1, "a": True})
    b'{"a":true,"b":1}'
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sealed(facts: AuditEntry, head: LogHead) -> bytes:
    """Write the line that follows a head, with its newline.

    >>> line = sealed({"command": "score"}, LogHead())
    >>> opened(line[:-1])["number"]
    1
    """
    entry = {**facts, "number": head.number + 1, "previous": head.hash}
    return canonical({**entry, "hash": _digest(entry)}) + b"\n"


def opened(line: bytes) -> AuditEntry | None:
    """Read the entry of a line without its newline; None if the line was changed."""
    try:
        entry = json.loads(line)
        body = {key: value for key, value in entry.items() if key != "hash"}
        whole = canonical(entry) == line and isinstance(entry["number"], int) and "previous" in entry
        return entry if whole and entry["hash"] == _digest(body) else None
    except (ValueError, KeyError, AttributeError, RecursionError):
        return None


def _digest(entry: AuditEntry) -> str:
    return sha256(canonical(entry)).hexdigest()


def head_of(entry: AuditEntry) -> LogHead:
    """Return the head that names an entry."""
    return LogHead(entry["number"], entry["hash"])


def follows(entry: AuditEntry | None, head: LogHead) -> bool:
    """Check whether an entry is the next after a head."""
    return entry is not None and (entry["number"], entry["previous"]) == (head.number + 1, head.hash)


def fault(lines: Sequence[bytes], torn: bytes, head: LogHead) -> str:
    """Describe the first place where a chain does not fit; empty if all of it fits.

    Parameters
    ----------
    lines : sequence of bytes
        Without their newlines.
    torn : bytes
        The text after the last newline: the beginning of a line that was not finished.
    head : LogHead
        The head in `.audit-head`. One more entry is correct: it was written before the head was moved.

    Examples
    --------
    >>> line = sealed({}, LogHead())[:-1]
    >>> fault([line], b"", head_of(opened(line)))
    ''
    >>> fault([], b"", head_of(opened(line)))
    'line 1: cut off: entry 1 is missing from the end'
    """
    at, seen = LogHead(), _NOTHING
    for number, line in enumerate(lines, 1):
        entry = opened(line)
        if not follows(entry, at):
            return f"line {number}: {_kind(entry, at, lines[number:], head)}"
        at = head_of(entry or {})
        seen = at.hash if at.number == head.number else seen
    return _fault_of_end(at, seen, torn, head)


def _kind(entry: AuditEntry | None, at: LogHead, later: Sequence[bytes], head: LogHead) -> str:
    """Describe what was done to a line that does not fit."""
    continued = any((one := opened(line)) is not None and one["previous"] == at.hash for line in later)
    if at.number >= head.number or (continued and (entry is None or entry["number"] <= at.number + 1)):
        return "inserted: it is not an entry of this log"
    if entry is None:
        return "edited: it was changed after it was written"
    if entry["number"] <= at.number + 1:
        return "rewritten, or the line before it: the two do not fit together"
    if continued:
        return f"out of order: entry {entry['number']} in place of entry {at.number + 1}"
    return f"deleted before it: {_entries(at.number + 1, entry['number'] - 1)} missing"


def _fault_of_end(at: LogHead, seen: str, torn: bytes, head: LogHead) -> str:
    """Describe what is wrong at the end of a chain whose lines all fit."""
    line = at.number + 1
    if at.number < head.number:
        return f"line {line}: cut off: {_entries(line, head.number)} missing from the end"
    if seen != head.hash:
        return f"line {head.number}: rewritten: its hash is not the one in {_HEAD}"
    if at.number > head.number + 1 or (torn and at.number > head.number):
        return f"line {head.number + 2}: inserted: the log should end with entry {head.number} or {head.number + 1}"
    return ""


def _entries(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"


LOG, _HEAD, LOCK, BEGUN = "audit.jsonl", ".audit-head", ".audit-lock", ".audit-begun-"
TORN, NO_HEAD, KILLED = "torn line", "no head", "Killed"
STAMPED = ("store/[0-9]*/manifest.json", "runs/[0-9]*/manifest.json")


@dataclass(frozen=True)
class Verified:
    """A log in which everything fits; `torn` if a killed command left half a line at its end."""

    head: LogHead
    torn: bool


def audit_head(folder: Path) -> str:
    """Return the hash of the last entry of a study, for a manifest; zeros if there is none."""
    kept = _read_head(folder)
    return _NOTHING if kept is None else kept.hash


def audit_entries(folder: Path) -> list[AuditEntry]:
    """List every unchanged entry, oldest first."""
    lines, _ = _read(folder)
    return [entry for line in lines if (entry := opened(line)) is not None]


def append(folder: Path, facts: AuditEntry) -> AuditEntry:
    """Add an entry to a study's log; `facts` lack number, previous and hash, and contain no patient data.

    Raises
    ------
    GovernanceError
        If the log cannot be written.
    """
    with _writing(folder):
        return _append(folder, facts)


def verify(folder: Path) -> Verified:
    """Check that the log is intact and contains the head in every manifest. It needs no right to write.

    Raises
    ------
    CheckError
        With the first line that does not fit and what was done to it, and every manifest with a head of another log.
    """
    lines, torn, kept = _steady(folder)
    faults = [*_chain_faults(lines, torn, kept), *_stamp_faults(folder, lines)]
    if faults:
        do = f"Keep {LOG} and {_HEAD} as they are. Compare them with a copy, or with a head that you noted."
        raise CheckError("The audit log is not intact:", faults, do)
    return Verified(_end(lines), bool(torn))


def _chain_faults(lines: list[bytes], torn: bytes, kept: LogHead | None) -> Iterator[str]:
    if kept is None and (lines or torn):
        yield f"{_HEAD} is missing or cannot be read: entries may be missing from the end"
    elif found := fault(lines, torn, kept or LogHead()):
        yield f"{LOG} {found}"
    for number, line in enumerate(lines, 1):
        if NO_HEAD in ((opened(line) or {}).get("found") or ()):
            yield f"{LOG} line {number}: {_HEAD} was missing when it was written: entries may be missing before it"


def _stamp_faults(folder: Path, lines: list[bytes]) -> Iterator[str]:
    known = {_NOTHING, *(entry["hash"] for line in lines if (entry := opened(line)) is not None)}
    for path in sorted(path for pattern in STAMPED for path in folder.glob(pattern)):
        try:
            stamp = str(json.loads(path.read_bytes()).get("audit", _NOTHING))
        except (ValueError, AttributeError):
            stamp = ""
        if stamp not in known:
            yield f"{path.relative_to(folder).as_posix()}: was written under an entry that is not in this log"


class Begun:
    """A running command: a locked file until the command ends.

    Its facts are known at the start and do not change; they identify the command.

    Raises
    ------
    GovernanceError
        If the log cannot be written.
    """

    def __init__(self, folder: Path, facts: AuditEntry) -> None:
        self._folder, self._facts = folder, facts
        self._path = folder / f"{BEGUN}{uuid4().hex[:12]}"
        self._lock = FileLock(self._path, mode=0o600)
        with _writing(folder):
            _enter_killed(folder)
            self._lock.acquire(timeout=0)
            self._path.write_bytes(canonical(facts))

    def end(self, facts: AuditEntry) -> AuditEntry:
        """Enter the command in the log."""
        with _writing(self._folder):
            entry = _append(self._folder, {**self._facts, **facts})
            self._path.unlink()
            self._lock.release()
        return entry


def _enter_killed(folder: Path) -> None:
    """Add entries for commands that were started and whose process has ended."""
    for path in sorted(folder.glob(f"{BEGUN}*")):
        lock = FileLock(path, mode=0o600)
        with suppress(Timeout):
            lock.acquire(timeout=0)
            facts = _parsed(path)
            entered = any(facts.items() <= entry.items() for entry in audit_entries(folder))
            if facts and not entered:
                _append(folder, {**facts, "exit_code": None, "error": KILLED})
            path.unlink()
            lock.release()


def _parsed(path: Path) -> AuditEntry:
    """Read the facts of a marker file; empty if it is incomplete."""
    try:
        return dict(json.loads(path.read_bytes()))
    except (ValueError, TypeError):
        return {}


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Lock the log for this process."""
    do = f"Make {LOG} and its folder writable, then run again. A command that cannot be logged does not run."
    try:
        with FileLock(folder / LOCK, mode=0o600, timeout=60):
            yield
    except (OSError, Timeout) as error:
        raise GovernanceError(f"The audit log cannot be written ({type(error).__name__}).", advice=do) from None


def _append(folder: Path, facts: AuditEntry) -> AuditEntry:
    lines, torn = _read(folder)
    at, found = _place(folder, lines, torn)
    if torn and _end(lines) == at:
        found.append(TORN)
        os.truncate(folder / LOG, sum(len(line) + 1 for line in lines))
        torn = b""
    line = sealed({**facts, "found": found} if found else facts, at)
    _write_line(folder / LOG, b"\n" + line if torn else line)
    entry = opened(line[:-1]) or {}
    _write_head(folder, head_of(entry))
    return entry


def _place(folder: Path, lines: list[bytes], torn: bytes) -> tuple[LogHead, list[str]]:
    """Return the head after which to append, and the problems found with it."""
    kept = _read_head(folder)
    if kept is None and (lines or torn):
        return _end(lines), [NO_HEAD]
    if kept is None or (lines and follows(opened(lines[-1]), kept)):
        kept = _end(lines)
        _write_head(folder, kept)
    return kept, []


def _end(lines: list[bytes]) -> LogHead:
    """Return the head of the last line; number 0 if the line was changed."""
    last = opened(lines[-1]) if lines else None
    return head_of(last) if last else LogHead()


def _write_line(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        if os.write(descriptor, data) != len(data):
            raise OSError("the disk is full")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_head(folder: Path, at: LogHead) -> None:
    part = folder / f"{UNFINISHED}{_HEAD}"
    part.unlink(missing_ok=True)
    _write_line(part, canonical({"number": at.number, "hash": at.hash}) + b"\n")
    os.replace(part, folder / _HEAD)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_head(folder: Path) -> LogHead | None:
    try:
        kept = json.loads((folder / _HEAD).read_bytes())
        return LogHead(int(kept["number"]), str(kept["hash"]))
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def _read(folder: Path) -> tuple[list[bytes], bytes]:
    """Read the lines of the log, and the text after the last newline."""
    path = folder / LOG
    *lines, torn = path.read_bytes().split(b"\n") if path.is_file() else [b""]
    return lines, torn


def _steady(folder: Path) -> tuple[list[bytes], bytes, LogHead | None]:
    """Read log and head while the head does not change."""
    while True:
        kept = _read_head(folder)
        lines, torn = _read(folder)
        if kept == _read_head(folder):
            return lines, torn, kept
