"""The commands `audit` and `purge`: show and check the audit log, and remove old data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from riskstrat.cli.app import app
from riskstrat.cli.commands import Call
from riskstrat.cli.console import Answer

if TYPE_CHECKING:
    from riskstrat.governance import AuditEntry


@app.command(example="audit --verify")
def audit(
    call: Call,
    verify: Annotated[bool, Option("--verify", help="Check for any edit, deletion, insertion or reordering.")] = False,
    last: Annotated[int, Option("--last", min=0, help="Number of entries to show.")] = 20,
) -> Answer:
    """Show who did what, when and with which inputs, or check that the log is intact."""
    from riskstrat.governance import audit_entries, audit_head
    from riskstrat.governance import verify as examine

    folder = call.open(to_write=False).folder.path
    if verify:
        found = examine(folder)
        whole = {"verified": True, "entries": found.head.number, "head": found.head.hash, "torn": found.torn}
        return Answer(whole, _whole_text(found.head.number, found.head.hash, found.torn))
    shown = audit_entries(folder)[-last:] if last else []
    return Answer({"head": audit_head(folder), "entries": shown}, _log_text(shown, audit_head(folder)))


def _whole_text(entries: int, head: str, torn: bool) -> str:
    text = f"The audit log is intact. Entries: {entries:,}, all unchanged and in order.\nHead: {head}\n"
    text += "Keep a copy of the head outside this folder: only that copy shows if the whole log was rewritten."
    cut = "\nThe last line is incomplete: a command was killed while writing it. The next command removes it."
    return text + cut * torn


def _log_text(entries: Sequence[AuditEntry], head: str) -> str:
    from riskstrat.cli.text import table

    rows = [[str(one["number"]), *_row(one)] for one in entries]
    heads = {"number": "right", "time (UTC)": "left", "user": "left", "command": "left"}
    heads |= {"exit": "right", "rows": "right", "hash": "left"}
    return f"{table(heads, rows)}\nHead: {head}" if rows else "The audit log has no entries."


def _row(entry: AuditEntry) -> list[str]:
    """Write one entry as a row; a command that was killed has no exit code."""
    code, when = entry.get("exit_code"), str(entry.get("at") or entry.get("began", ""))
    rows = max((one.get("rows") or 0 for one in entry.get("outputs", ())), default=0)
    words = [str(entry.get(key, "")) for key in ("who", "command")]
    return [when[:19], *words, "killed" if code is None else str(code), f"{rows:,}" if rows else "", entry["hash"][:12]]


@app.command("purge", example="purge --dry-run")
def purge_command(
    call: Call,
    dry_run: Annotated[bool, Option("--dry-run", help="Show what would be removed; remove nothing.")] = False,
) -> Answer:
    """Remove snapshots, runs, lists and decisions that are older than the retention settings allow."""
    from riskstrat.steps.purge import purge

    done = purge(call.open(to_write=not dry_run), dry_run)
    return Answer({"dry_run": dry_run, **done}, _purge_text(done, dry_run))


def _purge_text(done: Mapping[str, Sequence[Mapping[str, Any]]], dry_run: bool) -> str:
    from riskstrat.cli.text import table

    did = "Would be removed" if dry_run else "Removed"
    rows = [[did, one["kind"], one["what"], one["why"]] for one in done["removed"]]
    rows += [["Kept", one["kind"], one["what"], one["why"]] for one in done["kept"]]
    heads = {"": "left", "what": "left", "where": "left", "why": "left"}
    return table(heads, rows) if rows else "There is nothing to remove yet."
