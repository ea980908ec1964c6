"""Remove files that a study no longer needs or may no longer keep."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskstrat.governance import KeptItem, Removal, carry_out, purge_plan
from riskstrat.study import Session, place


def purge(session: Session, dry_run: bool) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Remove files that the study no longer needs or may no longer keep; in a dry run only list them.

    Returns
    -------
    dict
        removed and kept: kind, what and why of each, and the number of files removed.
    """
    planned = purge_plan(session.folder, session.study, session.today)
    removed = [_removed(session, one, dry_run) for one in planned if isinstance(one, Removal)]
    session.note(outputs=[] if dry_run else [{"file": one["what"], "removed": one["files"]} for one in removed])
    return {"removed": removed, "kept": [_described(session, one) for one in planned if isinstance(one, KeptItem)]}


def _removed(session: Session, one: Removal, dry_run: bool) -> dict[str, Any]:
    item = _described(session, one)
    return item if dry_run else {**item, "files": carry_out(one, session.today)}


def _described(session: Session, one: Removal | KeptItem) -> dict[str, Any]:
    return {"kind": one.kind, "what": place(one.path, session.folder.path), "why": one.why}
