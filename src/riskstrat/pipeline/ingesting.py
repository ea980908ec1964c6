"""Extracts -> a snapshot, complete or absent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import pyarrow as pa

from riskstrat import __version__
from riskstrat.audit import head
from riskstrat.converting import Converted, convert, findings_of
from riskstrat.engine import DuckEngine, write_table
from riskstrat.governance import check_sources
from riskstrat.errors import CheckError, ExtractError
from riskstrat.ingest import Delivery, Work, data_as_of, distinct_codes, finish, rows_of
from riskstrat.matching import Extract
from riskstrat.pipeline.bookkeeping import late_quarantine, page, sums, write_quarantine
from riskstrat.pipeline.context import Context
from riskstrat.pipeline.examining import DO, Examined, examine_all, guard, identified, refuse
from riskstrat.pipeline.guarding import identifiers_stored
from riskstrat.pseudonyms import fingerprint, read_key, teach
from riskstrat.reading import Rules, select
from riskstrat.restricted import restricted_set
from riskstrat.store import Snapshot, key_of, sha256_of, whole_folder, write_json
from riskstrat.tables import TABLES

HOSPITAL = ("episodes", "ed_attendances", "op_appointments")


def ingest(context: Context) -> Snapshot:
    """Convert what is new or changed, and make a snapshot of all, unless the latest was made of the same.

    Raises
    ------
    StudyError, IdentifierError, GovernanceError, ExtractError, CheckError
        With every fault that could be found. The latest snapshot stays as it is.
    """
    check_sources(context.study, context.today)
    examined = examine_all(context)
    hashes = _hashes(examined.extracts)
    context.note(inputs=[{"file": path.name, "sha256": sha} for path, sha in hashes.items()])
    key, rules = read_key(context.study.pseudonyms, context.home.folder), _rules(context)
    decides = _decides(context, rules, fingerprint(key))
    last = context.home.snapshots()[-1:]
    guard(examined, _looked_at(last, decides), hashes)
    refuse(examined)
    _say(context, examined)
    snapshot_key = key_of(decides, sorted(hashes.values()))
    if last and last[0].manifest["key"] == snapshot_key and not context.force:
        context.reporter.say(f"Nothing has changed since snapshot {last[0].name}.")
        return last[0]
    with context.engine() as engine, _undone_if_it_fails(context.home.store / ".converted"):
        if key:
            teach(engine, key)
        rules = _with_parts(context, engine, examined.extracts, rules, last)
        converted = _convert_all(context, engine, examined.extracts, rules, hashes, decides)
        _stop_if_too_many(context, converted)
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3] + f"-{snapshot_key[:8]}"
        with whole_folder(context.home.store / name) as folder:
            seen = _seen(last)
            deliveries = _in_order(converted, hashes, seen, name)
            work, late, facts = _finish(context, engine, deliveries, folder, rules)
            pages = []
            for one in deliveries:
                sha, aside = hashes[one.converted.extract.path], late.get(one.number)
                gone = aside.num_rows if aside is not None else 0
                pages.append(page(one, work.books[one.number], gone, sha, seen.get(sha, name)))
            made = {"key": snapshot_key, "version": __version__, "decides": decides, "audit": head(context.home.folder)}
            manifest = {**made, **facts, "tables": sums(pages)}
            if "episodes" in work.tables:
                manifest["tables"]["diagnoses"] = {"stored": rows_of(engine, folder, "diagnoses")}
            manifest["restricted_codes"] = sum(one["restricted_codes"] for one in pages)
            write_json(folder / "manifest.json", {**manifest, "files": pages})
    return context.home.snapshot()


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


def _say(context: Context, examined: Examined) -> None:
    for path in examined.ignored:
        context.reporter.say(f"{path.name}: left out; its format knows no such file.")
    for source in examined.sources():
        for lack in source.lacks:
            context.reporter.say(f"{source.name} does not carry {lack}.")
    if not any(one.table == "opt_outs" for one in examined.extracts):
        context.reporter.say("No extract of opt-outs: nobody is left out for an objection. Were they applied before?")


def _looked_at(last: Sequence[Snapshot], decides: str) -> set[str]:
    """Hashes of the files that the latest snapshot was made of, under the same settings."""
    return {f["sha256"] for one in last if one.manifest.get("decides") == decides for f in one.manifest["files"]}


def _hashes(extracts: Sequence[Extract]) -> dict[Path, str]:
    """SHA-256 of every file, and of those it is looked up in."""
    paths = {one.path for one in extracts} | {f.path for one in extracts for _, files in one.lookups for f in files}
    listed = sorted(paths)
    hashes = joblib.Parallel(n_jobs=-1, prefer="threads")(joblib.delayed(sha256_of)(path) for path in listed)
    return dict(zip(listed, hashes, strict=True))


def _rules(context: Context) -> Rules:
    restricted = restricted_set(context.study.governance, context.home.folder)
    return Rules(1, context.today, context.study.checks.skip, restricted)


def _decides(context: Context, rules: Rules, key: str) -> str:
    """A fingerprint of all, beside the files, that decides what is stored."""
    restricted = rules.restricted.fingerprint if rules.restricted else "none"
    study = context.study.fingerprint("sources", "checks")
    return key_of(__version__, study, restricted, key, context.study.engine.patients_per_file)


def _with_parts(
    context: Context, engine: DuckEngine, extracts: Sequence[Extract], rules: Rules, last: Sequence[Snapshot]
) -> Rules:
    """The rules with the number of parts: the last snapshot's, unless the population is another size by now."""
    rekey = bool(context.study.pseudonyms.key_file or context.study.pseudonyms.key_env)
    people = 0
    for one in extracts:
        if one.table == "patients":
            query = select(one, Rules(1, rules.today))
            people += int(engine.sql(f"SELECT approx_count_distinct(patient_id) FROM ({query})").fetchall()[0][0])
    parts = max(1, round(people / context.study.engine.patients_per_file))
    if last and parts / 2 <= last[0].parts <= parts * 2:
        parts = last[0].parts
    return Rules(parts, rules.today, rules.skip, rules.restricted, rekey)


def _convert_all(
    context: Context,
    engine: DuckEngine,
    extracts: Sequence[Extract],
    rules: Rules,
    hashes: Mapping[Path, str],
    decides: str,
) -> list[Converted]:
    """Each file converted, those that were before left as they are; all faults gathered."""
    converted, faults, identifiers = [], [], []
    for one in context.reporter.track(extracts, "Reading extracts", len(extracts)):
        looked_up = [hashes[f.path] for _, files in one.lookups for f in files]
        place = one.layout.table, _matching(one)
        name = key_of(decides, rules.parts, hashes[one.path], looked_up, one.settings.model_dump(mode="json"), place)
        done = Converted(one, context.home.store / ".converted" / name)
        try:
            if not (done.folder / "books.json").is_file():
                with whole_folder(done.folder) as folder:
                    convert(engine, one, rules, folder)
                    identifiers += identifiers_stored(engine, Converted(one, folder))
            converted.append(done)
        except ExtractError as error:
            faults.append(str(error).replace("\n", "\n  "))
    if identifiers:
        raise identified([*identifiers, *faults])
    if faults:
        raise ExtractError(f"{len(faults)} extract(s) cannot be read:", faults, DO)
    return converted


def _matching(one: Extract) -> str:
    """A fingerprint of how a file's columns are matched."""
    return key_of(sorted((to, names) for to, names in one.found.items()), repr(one.layout))


def _stop_if_too_many(context: Context, converted: Sequence[Converted]) -> None:
    """Refuse where more rows of a file were set aside than the study allows, once every file was read."""
    most, findings = context.study.checks.max_quarantined_pct, []
    for one in converted:
        bad, lines = one.books["quarantined"], one.books["lines"]
        if bad > lines * most / 100:
            findings.append(f"{one.extract.path.name}: {bad:,} of {lines:,} rows cannot be stored")
            findings += [f"  {finding}" for finding in findings_of(one)]
        elif bad:
            context.reporter.say(f"{one.extract.path.name}: {bad:,} of {lines:,} rows set aside in quarantine.")
    if findings:
        do = (
            "Correct the extract, or say how it is written (date_format, encoding, delimiter or columns in its "
            f"[[sources]]), or allow more than {most:g} % with max_quarantined_pct under [checks]. {DO}"
        )
        raise ExtractError("Too many rows do not fit:", findings, do)


def _seen(last: Sequence[Snapshot]) -> dict[str, str]:
    """When each file's content was first delivered, by its hash."""
    return {f["sha256"]: f["delivered"] for one in last for f in one.manifest.get("files", ()) if "delivered" in f}


def _in_order(
    converted: Sequence[Converted], hashes: Mapping[Path, str], seen: Mapping[str, str], now: str
) -> list[Delivery]:
    when = [seen.get(hashes[one.extract.path], now) for one in converted]
    times = sorted(set(when))
    order = sorted(range(len(converted)), key=lambda i: (when[i], str(converted[i].extract.path), i))
    return [Delivery(number, times.index(when[i]), converted[i]) for number, i in enumerate(order)]


def _finish(
    context: Context, engine: DuckEngine, deliveries: list[Delivery], folder: Path, rules: Rules
) -> tuple[Work, dict[int, pa.Table], dict[str, Any]]:
    checks = context.study.checks
    work = Work(engine, deliveries, folder, rules.parts, checks.super_patient_pct, checks.skip)
    finish(work)
    _check_linked(context, work)
    late = late_quarantine(engine, deliveries, work.offenders, rules)
    write_quarantine(deliveries, late, folder)
    tables = [*work.tables, *(["diagnoses"] if "episodes" in work.tables else [])]
    write_table(distinct_codes(engine, folder, tables), folder / "codes.parquet")
    as_of = data_as_of(engine, folder, tables)
    facts = {"parts": rules.parts, "span": _span(as_of), "data_as_of": as_of, "carried": _carried(work)}
    return work, late, facts


def _carried(work: Work) -> dict[str, list[str]]:
    """The canonical columns of each table that at least one file says something of."""
    found: dict[str, set[str]] = {name: set() for name in work.tables}
    for one in work.deliveries:
        found[one.table].update(one.converted.extract.carried)
    if "episodes" in found:
        found["diagnoses"] = set(TABLES["diagnoses"].by_name)
    return {name: sorted(columns) for name, columns in found.items()}


def _span(as_of: Mapping[str, Any]) -> list[Any]:
    for name in ("episodes", "ed_attendances"):
        if name in as_of and as_of[name]["from"] is not None:
            return [as_of[name]["from"], as_of[name]["to"]]
    raise ExtractError(
        "There are no hospital episodes or attendances, so no admission could be seen.",
        do="Add a source of format 'hes_apc'.",
    )


def _check_linked(context: Context, work: Work) -> None:
    """Refuse hospital rows of which hardly any is of a known person: the pseudonyms are not the same."""
    least, findings = context.study.checks.min_linked_pct, []
    for name in HOSPITAL:
        mine = [one for one in work.deliveries if one.table == name]
        kept = sum(one.converted.books["kept"] for one in mine)
        strangers = sum(work.books[one.number]["not_in_patients"] for one in mine)
        if kept and (kept - strangers) / kept * 100 < least:
            findings.append(f"{name}: {strangers:,} of {kept:,} rows are of people whom no patient table names")
    if findings:
        do = f"Are the pseudonyms made with the same key? If it is so, lower min_linked_pct under [checks]. {DO}"
        raise CheckError(f"Less than {least:g} % of a hospital extract can be linked:", findings, do)
