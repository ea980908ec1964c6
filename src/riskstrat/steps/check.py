"""A snapshot -> its data-quality report: one HTML page and the same as JSON, in reports/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.errors import CheckError, NothingToDoError
from riskstrat.features import Plan, definitions, plan_for
from riskstrat.modelling import index_date_of
from riskstrat.reports import CheckInputs, Page, as_data, check_report, count_parts, html, refuse_unknown, tally
from riskstrat.study import Session, note_of
from riskstrat.tables import Snapshot, key_of, read_manifest, whole_file, write_manifest
from riskstrat.wording import plural


@dataclass(frozen=True)
class Checked:
    """A report that was written.

    `content` is what the JSON file `data` holds; `made` is None where nothing had changed since the page was written.
    """

    snapshot: str
    page: Path
    data: Path
    content: dict[str, Any]
    made: Page | None

    @property
    def findings(self) -> Sequence[Mapping[str, str]]:
        """Level, what, do and section of each finding, errors first."""
        found: Sequence[Mapping[str, str]] = self.content["findings"]
        return found

    def raise_errors(self) -> None:
        """Say that checks failed, if any did.

        Raises
        ------
        CheckError
            With every error.
        """
        errors = [one["what"] for one in self.findings if one["level"] == "error"]
        if errors:
            do = f"The report says what to do: {self.page}"
            raise CheckError(f"{plural(len(errors), 'check')} failed:", errors, do)


def check(session: Session, name: str | None = None) -> Checked:
    """Check a snapshot, the latest if none is named, and write its report, unless the same was checked before.

    Raises
    ------
    NothingToDoError
        If there is no such snapshot.
    StudyError
        If ``checks.unseen_lists`` names what is no list.
    """
    snapshot = _snapshot(session, name)
    folder = session.folder.path / "reports"
    page, data = (folder / f"check-{snapshot.name}.{suffix}" for suffix in ("html", "json"))
    plan = plan_for(session, snapshot)
    refuse_unknown(session.study.checks.unseen_lists, (*plan.features, *plan.absent))
    key = key_of(__version__, snapshot.manifest["key"], session.study.fingerprint(), definitions(plan))
    before = read_manifest(data)
    if before.get("key") == key and page.is_file() and not session.force:
        session.reporter.say("Nothing has changed since this report was written.")
        return Checked(snapshot.name, page, data, before, None)
    made = _report(session, snapshot, plan)
    content = {"key": key, "snapshot": snapshot.name, **as_data(made)}
    with whole_file(page) as place:
        place.write_text(html(made), encoding="utf-8")
    write_manifest(data, content)
    inputs = [note_of(snapshot.folder / "manifest.json", session.folder.path)]
    session.note(inputs=inputs, outputs=[note_of(path, session.folder.path) for path in (page, data)])
    return Checked(snapshot.name, page, data, content, made)


def _report(session: Session, snapshot: Snapshot, plan: Plan) -> Page:
    index_date = index_date_of(session, snapshot)
    with session.engine() as engine:
        parts = count_parts(engine, snapshot, session.study, index_date)
        tallies = tally(session.reporter.track(parts, f"Checking {snapshot.name}", snapshot.parts))
    codes = pq.read_table(snapshot.folder / "codes.parquet")
    return check_report(CheckInputs(snapshot, session.study, tallies, codes, plan, index_date))


def _snapshot(session: Session, name: str | None) -> Snapshot:
    if name is None:
        return session.folder.snapshot()
    snapshots = {snapshot.name: snapshot for snapshot in session.folder.snapshots()}
    if name not in snapshots:
        raise NothingToDoError("There is no such snapshot.", list(snapshots), "Name one of these, or none.")
    return snapshots[name]
