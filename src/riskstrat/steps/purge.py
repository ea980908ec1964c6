"""Remove what a study no longer needs, or may no longer hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskstrat.governance import KeptItem, Removal, carry_out, purge_plan
from riskstrat.study import Session, place


def purge(session: Session, dry_run: bool) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Remove what the study no longer needs or may no longer hold, or only say what that is.

    Returns
    -------
    dict
        removed and kept: each kind, what, why, and how many files went.
    """
    planned = purge_plan(session.folder, session.study, session.today)
    removed = [_removed(session, one, dry_run) for one in planned if isinstance(one, Removal)]
    session.note(outputs=[] if dry_run else [{"file": one["what"], "removed": one["files"]} for one in removed])
    return {"removed": removed, "kept": [_said(session, one) for one in planned if isinstance(one, KeptItem)]}


def _removed(session: Session, one: Removal, dry_run: bool) -> dict[str, Any]:
    said = _said(session, one)
    return said if dry_run else {**said, "files": carry_out(one, session.today)}


def _said(session: Session, one: Removal | KeptItem) -> dict[str, Any]:
    return {"kind": one.kind, "what": place(one.path, session.folder.path), "why": one.why}
