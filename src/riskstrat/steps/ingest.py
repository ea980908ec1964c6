"""Extracts -> a snapshot, complete or absent."""

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


def ingest(session: Session) -> Snapshot:
    """Convert what is new or changed, and make a snapshot of all, unless the latest was made of the same.

    Raises
    ------
    StudyError, IdentifierError, GovernanceError, ExtractError, CheckError
        With every fault that could be found. The latest snapshot stays as it is.
    """
    load = _prepare(session)
    if load.last and load.unchanged and not session.force:
        session.reporter.say(f"Nothing has changed since snapshot {load.last.name}.")
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
    """Look at everything that can be looked at before a row is read; all faults gathered."""
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
    _say(session, examined)
    return load


def _say(session: Session, examined: MatchedFiles) -> None:
    filled = {one.table for one in examined.extracts}
    for path in examined.ignored:
        session.warn(f"{path.name}: left out; its format knows no such file.")
    for source in examined.sources():
        for lack in source.lacks:
            session.warn(f"{source.name} does not carry {lack}.")
    if "opt_outs" not in filled:
        session.warn("No extract of opt-outs: nobody is left out for an objection. Were they applied before?")
    governance = session.study.governance
    if "gp_events" in filled and governance.restricted_codes == "drop" and not governance.restricted_refsets:
        session.warn("Restricted codes: only the compact set built in; name your full one in restricted_refsets.")


@contextmanager
def _undone_if_it_fails(converted: Path) -> Iterator[None]:
    """Remove what was converted for a snapshot that is then refused: a command that fails changes nothing."""
    before = set(converted.glob("*"))
    try:
        yield
    except BaseException:
        for fresh in set(converted.glob("*")) - before:
            shutil.rmtree(fresh, ignore_errors=True)
        raise


def _with_parts(load: FilesToRead, engine: DuckEngine) -> ReadOptions:
    """The rules with the number of parts: the last snapshot's, unless the population is another size by now."""
    each = load.session.study.engine.patients_per_file
    people = load.last.manifest["tables"]["patients"]["stored"] if load.last else _count_people(load, engine)
    parts = max(1, round(people / each))
    if load.last and parts / 2 <= load.last.parts <= parts * 2:
        parts = load.last.parts
    return ReadOptions(parts, load.rules.today, load.rules.skip, load.rules.restricted, load.key is not None)


def _count_people(load: FilesToRead, engine: DuckEngine) -> int:
    """About how many people the extracts name; where a file cannot be read fast, one a line."""
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
    """Each file converted, those that were before left as they are; all faults gathered."""
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
        raise ExtractError(f"{len(faults)} extract(s) cannot be read:", faults, DO)
    return converted


def _to_read(load: FilesToRead, one: MatchedFile, rules: ReadOptions) -> int:
    """How many bytes are to be read of a file: none where it was read before."""
    done = ConvertedFile(one, load.converted(one, rules.parts)).done
    return 0 if done and not load.session.force else one.path.stat().st_size


def _convert_one(engine: DuckEngine, one: MatchedFile, rules: ReadOptions, place: Path) -> None:
    """Convert a file into its place, or, where what it holds may identify a person, into none."""
    with whole_folder(place) as folder:
        convert_file(engine, one, rules, folder)
        if found := identifiers_stored(engine, ConvertedFile(one, folder)):
            raise identified(found)
