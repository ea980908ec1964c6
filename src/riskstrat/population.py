"""One file of patients at one index date: cohort, feature matrix and, for the past, outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import pyarrow as pa

from riskstrat.cohort import attrition, candidates, cohort
from riskstrat.engine import Engine, Frame
from riskstrat.matrix import Plan, build
from riskstrat.outcomes import outcomes
from riskstrat.spells import continuous_spells
from riskstrat.store import Snapshot
from riskstrat.study import Study
from riskstrat.tables import TABLES
from riskstrat.visible import visible
from riskstrat.windows import Lookback, OutcomeWindow

Opener = Callable[[str], Frame]


@dataclass(frozen=True)
class Part:
    """What a build makes of one file of patients.

    Parameters
    ----------
    cohort, features : pyarrow.Table
        One row a patient, in the order of patient_no.
    outcomes : pyarrow.Table or None
        None where the outcome window is not complete.
    attrition : dict of str to int
    """

    cohort: pa.Table
    features: pa.Table
    outcomes: pa.Table | None
    attrition: dict[str, int]


def opener(engine: Engine, snapshot: Snapshot, part: int) -> Opener:
    """From a table's name to one file of it."""
    return lambda name: engine.read([snapshot.part(name, part)])


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


def build_part(engine: Engine, snapshot: Snapshot, part: int, plan: Plan, study: Study, index_date: date, past: bool) -> Part:
    """Cohort, features and outcomes of one file of patients.

    Parameters
    ----------
    engine : Engine
    snapshot : Snapshot
    part : int
    plan : Plan
    study : Study
    index_date : date
    past : bool
        Whether the outcome window is complete, so that outcomes are known.
    """
    seen = Lookback(index_date, study.timing.data_lag_days)
    window = OutcomeWindow(index_date, study.outcome.days)
    raw = opener(engine, snapshot, part)
    optional = {name: raw(name) if name in snapshot.tables else None for name in ("registrations", "opt_outs")}
    everyone = engine.keep(candidates(raw("patients"), optional["registrations"], optional["opt_outs"], study.cohort, window))
    chosen = engine.keep(cohort(everyone))
    matrix = build(engine, chosen, visible_opener(engine, raw, study, seen), plan, seen)
    labels = None
    if past:
        known = outcomes(chosen, raw("patients"), raw("episodes"), window, study.outcome, study.spells)
        labels = engine.arrow(known.sort("patient_no"))
    counts = engine.arrow(attrition(everyone)).to_pylist()[0]
    result = Part(
        engine.arrow(chosen.sort("patient_no")), engine.arrow(matrix.sort("patient_no")), labels,
        {name: int(n or 0) for name, n in counts.items()},
    )  # fmt: skip
    engine.release()
    return result


def on_caseload(rows: Frame, index_date: date) -> Frame:
    """Who holds whose case on the index date: patient_no, role, enrolled_day."""
    day = OutcomeWindow(index_date, 1).first_day
    left = nw.col("left_day")
    held = rows.filter((nw.col("enrolled_day") <= day) & (left.is_null() | (left > day)))
    return held.select("patient_no", "role", "enrolled_day")
