"""Read the extracts into a snapshot, which is complete or absent."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from riskstrat.engine import DuckEngine, EngineError
from riskstrat.errors import ExtractError, IdentifierError
from riskstrat.features import plan_for, study_features
from riskstrat.governance import check_sources, read_key, restricted_set, teach
from riskstrat.ingest import (
    DO,
    ConvertedFile,
    FilesToRead,
    MatchedFile,
    MatchedFiles,
    ReadOptions,
    convert_file,
    deliveries_of,
    guard,
    hashes_of,
    identified,
    identifiers_stored,
    line_count,
    make_snapshot,
    match_files,
    refuse,
    refuse_too_many_rejects,
    select_rows,
)
from riskstrat.study import Session
from riskstrat.tables import Snapshot, whole_folder
from riskstrat.wording import plural


def ingest(session: Session) -> Snapshot:
    """Convert new or changed files and make a snapshot of all files, unless the latest snapshot is up to date.

    Raises
    ------
    StudyError, IdentifierError, GovernanceError, ExtractError, CheckError
        With every problem that was found. The latest snapshot stays unchanged.
    """
    load = _prepare(session)
    if load.last and load.unchanged and not session.force:
        done = f"Nothing to do: snapshot {load.last.name} is already up to date. Use `--force` to repeat."
        session.reporter.say(done)
        return load.last
    with session.engine() as engine, _undone_if_it_fails(session.folder.store / ".converted"):
        if load.key:
            teach(engine, load.key)
        rules = _with_parts(load, engine)
        converted = _convert_all(load, engine, rules)
        refuse_too_many_rejects(session, [(one.extract.path.name, one.account) for one in converted])
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3] + f"-{load.snapshot_key[:8]}"
        deliveries = deliveries_of(converted, load.hashes, session.folder.snapshots(), name)
        with session.reporter.working("Writing the snapshot"), whole_folder(session.folder.store / name) as folder:
            make_snapshot(session, engine, deliveries, rules, folder, (load.snapshot_key, load.decides))
    snapshot = session.folder.snapshot()
    for absence in plan_for(session, snapshot).absences():
        session.warn(absence)
    return snapshot


def _prepare(session: Session) -> FilesToRead:
    """Check everything that can be checked before a row is read, and gather all problems."""
    check_sources(session.study, session.today)
    with session.reporter.working("Looking for new and changed extracts"):
        examined = match_files(session)
        hashes = hashes_of(examined.extracts)
    session.note(inputs=[{"file": path.name, "sha256": sha} for path, sha in hashes.items()])
    restricted = restricted_set(session.study.governance, session.folder.path)
    rules = ReadOptions(1, session.today, session.study.checks.skip, restricted)
    key = read_key(session.study.pseudonyms, session.folder.path)
    last = next(iter(session.folder.snapshots()[-1:]), None)
    load = FilesToRead(session, examined.extracts, hashes, rules, key, last)
    study_features(session)
    guard(examined, load.looked_at, hashes)
    refuse(examined)
    _report(session, examined)
    return load


def _report(session: Session, examined: MatchedFiles) -> None:
    filled = {one.table for one in examined.extracts}
    for path in examined.ignored:
        session.warn(f"{path.name} is not read: its format has no file of that kind.")
    for source in examined.sources():
        for lack in source.lacks:
            session.warn(f"{source.name} does not contain {lack}.")
    if "opt_outs" not in filled:
        do = "Check that opt-outs were applied before the extracts were made."
        session.warn(f"There is no extract of opt-outs, so nobody is excluded for one. {do}")
    governance = session.study.governance
    if "gp_events" in filled and governance.restricted_codes == "drop" and not governance.restricted_refsets:
        do = "Set `restricted_refsets` under [governance] to your full list."
        session.warn(f"Only the built-in short list of restricted codes is in use. {do}")


@contextmanager
def _undone_if_it_fails(converted: Path) -> Iterator[None]:
    """Remove newly converted files if the snapshot is refused: a command that fails changes nothing."""
    before = set(converted.glob("*"))
    try:
        yield
    except BaseException:
        for fresh in set(converted.glob("*")) - before:
            shutil.rmtree(fresh, ignore_errors=True)
        raise


def _with_parts(load: FilesToRead, engine: DuckEngine) -> ReadOptions:
    """Add the number of parts to the options: as in the last snapshot, unless the population has changed much."""
    each = load.session.study.engine.patients_per_file
    people = load.last.manifest["tables"]["patients"]["stored"] if load.last else _count_people(load, engine)
    parts = max(1, round(people / each))
    if load.last and parts / 2 <= load.last.parts <= parts * 2:
        parts = load.last.parts
    return ReadOptions(parts, load.rules.today, load.rules.skip, load.rules.restricted, load.key is not None)


def _count_people(load: FilesToRead, engine: DuckEngine) -> int:
    """Estimate the number of patients in the extracts; if a file cannot be read fast, count its lines."""
    found = 0
    for one in load.extracts:
        if one.table == "patients":
            query = (
                f"SELECT approx_count_distinct(patient_id) FROM ({select_rows(one, ReadOptions(1, load.rules.today))})"
            )
            try:
                found = max(found, int(engine.sql(query).fetchall()[0][0]))
            except EngineError:
                found = max(found, line_count(one))
    return found


def _convert_all(load: FilesToRead, engine: DuckEngine, rules: ReadOptions) -> list[ConvertedFile]:
    """Convert each file that was not converted before, and gather all problems."""
    converted: list[ConvertedFile] = []
    faults: list[str] = []
    identifiers: list[str] = []
    sizes = [_to_read(load, one, rules) for one in load.extracts]
    for one in load.session.reporter.track(load.extracts, "Reading extracts", len(load.extracts), "file", sizes):
        done = ConvertedFile(one, load.converted(one, rules.parts))
        try:
            if load.session.force or not done.done:
                _convert_one(engine, one, rules, done.folder)
            converted.append(done)
        except IdentifierError as error:
            identifiers += error.findings
        except ExtractError as error:
            faults.append(str(error).replace("\n", "\n  "))
    if identifiers:
        raise identified([*identifiers, *faults])
    if faults:
        raise ExtractError(f"{plural(len(faults), 'extract')} cannot be read:", faults, DO)
    return converted


def _to_read(load: FilesToRead, one: MatchedFile, rules: ReadOptions) -> int:
    """How many bytes are to be read of a file: none where it was read before."""
    done = ConvertedFile(one, load.converted(one, rules.parts)).done
    return 0 if done and not load.session.force else one.path.stat().st_size


def _convert_one(engine: DuckEngine, one: MatchedFile, rules: ReadOptions, place: Path) -> None:
    """Convert a file into its folder; keep nothing if its values may identify a person."""
    with whole_folder(place) as folder:
        convert_file(engine, one, rules, folder)
        if found := identifiers_stored(engine, ConvertedFile(one, folder)):
            raise identified(found)
