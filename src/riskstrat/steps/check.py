"""Write the data-quality report of a snapshot: one HTML page, and the same as JSON, in reports/."""

import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.errors import CheckError, NothingToDoError
from riskstrat.features import Plan, column_definitions, plan_for
from riskstrat.modelling import index_date_of
from riskstrat.reports import (
    CheckInputs,
    Page,
    Reported,
    as_data,
    check_report,
    count_parts,
    refuse_unknown,
    tally,
    write_report,
    written_before,
)
from riskstrat.study import Session, note_of
from riskstrat.tables import Snapshot, key_of
from riskstrat.wording import plural


class Checked(Reported):
    """The written report of a snapshot."""

    @property
    def snapshot(self) -> str:
        """The name of the snapshot."""
        return str(self.content["snapshot"])

    def raise_errors(self) -> None:
        """Raise an error if any check failed.

        Raises
        ------
        CheckError
            With every failed check.
        """
        errors = [one["what"] for one in self.findings if one["level"] == "error"]
        if errors:
            do = f"The report says what to do: {self.page}"
            raise CheckError(f"{plural(len(errors), 'check')} failed:", errors, do)


def check(session: Session, name: str | None = None) -> Checked:
    """Check a snapshot (the latest if none is named) and write its report, unless the report is up to date.

    Raises
    ------
    NothingToDoError
        If there is no such snapshot.
    StudyError
        If ``checks.unseen_lists`` names something that is not a code list.
    """
    snapshot = _snapshot(session, name)
    folder = session.folder.path / "reports"
    report = f"check-{snapshot.name}"
    plan = plan_for(session, snapshot)
    refuse_unknown(session.study.checks.unseen_lists, (*plan.features, *plan.absent))
    key = key_of(__version__, snapshot.manifest["key"], session.study.fingerprint(), column_definitions(plan))
    if not session.force and (before := written_before(folder, report, key, figures=False)) is not None:
        session.reporter.say("Nothing to do: this report is already up to date. Use `--force` to repeat.")
        return Checked(**vars(before))
    page = _report(session, snapshot, plan)
    made = write_report(page, folder, report, {"key": key, "snapshot": snapshot.name, **as_data(page)})
    inputs = [note_of(snapshot.folder / "manifest.json", session.folder.path)]
    session.note(inputs=inputs, outputs=[note_of(path, session.folder.path) for path in made.files])
    return Checked(**vars(made))


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
        do = "Name one of these, or leave out `--snapshot` for the latest."
        raise NothingToDoError("There is no snapshot of that name. The study has:", list(snapshots), do)
    return snapshots[name]
