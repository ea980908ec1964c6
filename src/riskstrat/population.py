"""One file of patients at one index date: cohort, feature matrix and, for the past, outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from riskstrat.cohort import attrition, candidates, cohort
from riskstrat.engine import Engine, Frame, Opener
from riskstrat.matrix import Plan, build
from riskstrat.outcomes import outcomes
from riskstrat.spells import continuous_spells
from riskstrat.store import Snapshot, seen_in
from riskstrat.study import Study
from riskstrat.tables import TABLES
from riskstrat.visible import visible
from riskstrat.windows import Lookback, OutcomeWindow


@dataclass(frozen=True)
class Part:
    """What a build makes of one file of patients.

    Parameters
    ----------
    cohort, features : pyarrow.Table
        One row a patient, in the order of patient_no.
    outcomes : pyarrow.Table or None
        None where nothing is known of the time after the index date.
    attrition : dict of str to int
    """

    cohort: pa.Table
    features: pa.Table
    outcomes: pa.Table | None
    attrition: dict[str, int]


def visible_opener(engine: Engine, raw: Opener, study: Study, seen: Lookback) -> Opener:
    """From a table's name to what of it was visible; spells are made of visible episodes."""
    spells: list[Frame] = []

    def view(name: str) -> Frame:
        if name != "spells":
            return visible(raw(name), TABLES[name], seen)
        if not spells:
            episodes = visible(raw("episodes"), TABLES["episodes"], seen)
            spells.append(engine.keep(continuous_spells(episodes, study.spells.rule)))
        return spells[0]

    return view


def build_parts(
    engine: Engine, snapshot: Snapshot, plan: Plan, study: Study, index_date: date, past: bool
) -> Iterator[Part]:
    """Cohort, features and outcomes of each file of patients, one in memory at a time.

    Parameters
    ----------
    engine : Engine
    snapshot : Snapshot
    plan : Plan
    study : Study
    index_date : date
    past : bool
        Whether anything is known of the time after the index date.
    """

    def make(open_table: Opener) -> dict[str, Frame]:
        return _frames(engine, open_table, snapshot.tables, plan, study, index_date, past)

    files = [{table: snapshot.part(table, part) for table in snapshot.tables} for part in range(snapshot.parts)]
    for made in engine.each(files, make):
        counts = {name: int(n or 0) for name, n in made["attrition"].to_pylist()[0].items()}
        yield Part(made["cohort"], made["features"], made.get("outcomes"), counts)


def _frames(
    engine: Engine, raw: Opener, tables: frozenset[str], plan: Plan, study: Study, index_date: date, past: bool
) -> dict[str, Frame]:
    seen = Lookback(index_date, study.timing.data_lag_days)
    window = OutcomeWindow(index_date, study.outcome.days)
    registrations, opt_outs = (raw(name) if name in tables else None for name in ("registrations", "opt_outs"))
    everyone = engine.keep(candidates(raw("patients"), registrations, opt_outs, study.cohort, window))
    chosen = engine.keep(cohort(everyone))
    matrix = build(engine, chosen, visible_opener(engine, raw, study, seen), plan, seen)
    frames = {
        "cohort": chosen.sort("patient_no"),
        "features": matrix.sort("patient_no"),
        "attrition": attrition(everyone),
    }
    if past:
        rows, caseload = raw(seen_in(study.outcome.event)), raw("caseload") if "caseload" in tables else None
        known = outcomes(chosen, raw("patients"), rows, window.first_day, study.outcome, study.spells, caseload)
        frames["outcomes"] = known.sort("patient_no")
    return frames
