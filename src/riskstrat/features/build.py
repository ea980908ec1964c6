"""Build the cohort, the feature matrix and, for past dates, the outcomes, one file of patients at a time.

Decision
--------
All aggregates of a table are computed in one pass over its visible rows. Coded rows are grouped in two steps: first by
patient and class, with one count for each window; then by patient, with one maximum for each column. Counting directly
into more than a hundred columns takes three times as long. The latest value of a measurement and its day are found with
one maximum: both are packed into one integer, the value to three decimals. If two values have the same day, the higher
one is used, whatever the order of the rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import pyarrow as pa
from narwhals import col

from riskstrat.engine import Engine, Frame, Opener
from riskstrat.features.aggregates import (
    DECIMALS,
    PACK,
    CodeAggregate,
    DistinctAggregate,
    RowAggregate,
    Stat,
    WeightAggregate,
    in_window,
)
from riskstrat.features.cohort import attrition, candidates, cohort_at
from riskstrat.features.outcomes import outcomes
from riskstrat.features.plan import KEPT, READ, Plan
from riskstrat.features.spells import continuous_spells
from riskstrat.features.visibility import visible
from riskstrat.study import Study
from riskstrat.tables import TABLES, Lookback, OutcomeWindow, Snapshot, seen_in

CLASSES_AT_A_TIME = 24
VALUED = ("latest", "mean")


def _passes(engine: Engine, table: Opener, plan: Plan, seen: Lookback) -> list[Frame]:
    """Aggregate the visible rows of each table; return one frame with patient_no for each pass."""
    found, wanted = [], plan.aggregates
    for name in sorted(plan.tables):
        mine = [a for a in wanted if not isinstance(a, WeightAggregate) and a.table == name]
        rows = [a for a in mine if isinstance(a, RowAggregate)]
        coded = [a for a in mine if isinstance(a, CodeAggregate)]
        found += [_row_pass(table(name), rows, seen)] if rows else []
        found += _code_passes(engine, table(name), plan.classes[name], coded, plan.numbers, seen) if coded else []
        found += _distinct_passes(table, name, [a for a in mine if isinstance(a, DistinctAggregate)], seen)
    scores = [a for a in wanted if isinstance(a, WeightAggregate)]
    return found + [_score_pass(engine, table, a, plan.weights[a.name], seen) for a in scores]


def _row_pass(rows: Frame, wanted: Sequence[RowAggregate], seen: Lookback) -> Frame:
    return rows.group_by("patient_no").agg(*[a.expression(seen).cast(nw.Int32).alias(a.name) for a in wanted])


def _code_passes(
    engine: Engine,
    rows: Frame,
    classes: pa.Table,
    wanted: Sequence[CodeAggregate],
    numbers: Mapping[str, int],
    seen: Lookback,
) -> list[Frame]:
    """Aggregate by patient and class, then by patient, a few classes at a time so that each reads only its rows."""
    rows = rows.join(engine.table(classes), on=["code_system", "code"], how="inner")
    stats = {a.stat.label: a.stat for a in wanted}
    valued = [a for a in wanted if a.stat.statistic in VALUED]
    if valued:
        rows = _with_amount(rows, engine.table(_units(valued, numbers)))
    taken = [stat.expression(seen).alias(label) for label, stat in stats.items()]
    by_class = engine.keep(rows.group_by("patient_no", "klass").agg(*taken))
    present = sorted({numbers[a.codes.name] for a in wanted})
    starts = range(0, len(present), CLASSES_AT_A_TIME)
    return [_spread(by_class, set(present[i : i + CLASSES_AT_A_TIME]), wanted, numbers) for i in starts]


def _spread(by_class: Frame, some: set[int], wanted: Sequence[CodeAggregate], numbers: Mapping[str, int]) -> Frame:
    """Turn some classes into one row per patient with one column per aggregate."""
    mine = [a for a in wanted if numbers[a.codes.name] in some]
    picks = [
        nw.when(col("klass") == numbers[a.codes.name]).then(col(a.stat.label)).otherwise(None).max().alias(a.name)
        for a in mine
    ]
    rows = by_class.filter((col("klass") >= min(some)) & (col("klass") <= max(some)))
    return _unpacked(rows.group_by("patient_no").agg(*picks), mine)


def _units(wanted: Sequence[CodeAggregate], numbers: Mapping[str, int]) -> pa.Table:
    """Make the table that converts other units to the unit of each class."""
    scales = {numbers[a.codes.name]: a.scale for a in wanted}
    rows = [(number, unit, *how) for number, scale in scales.items() for unit, how in scale.items()]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    types = {"klass": pa.int32(), "unit": pa.string(), "factor": pa.float64(), "offset": pa.float64()}
    return pa.table({name: pa.array(list(c), t) for (name, t), c in zip(types.items(), columns, strict=True)})


def _with_amount(rows: Frame, units: Frame) -> Frame:
    """Add the value in the unit of its class, NULL outside the plausible range."""
    rows = rows.with_columns(unit=col("unit").str.to_lowercase()).join(units, on=["klass", "unit"], how="left")
    value = col("value") * col("factor").fill_null(1.0) + col("offset").fill_null(0.0)
    return rows.with_columns(amount=nw.when((value >= col("low")) & (value <= col("high"))).then(value).otherwise(None))


def _unpacked(rows: Frame, wanted: Sequence[CodeAggregate]) -> Frame:
    """Unpack latest values into the value and ``<name>_day``, the day of the measurement."""
    packed = [a.name for a in wanted if a.stat.statistic == "latest"]
    if not packed:
        return rows
    days = [(col(name) // PACK).cast(nw.Int32).alias(f"{name}_day") for name in packed]
    values = [((col(name) % PACK).cast(nw.Float64) / DECIMALS).alias(name) for name in packed]
    return rows.with_columns(*days).with_columns(*values)


def _distinct_passes(table: Opener, name: str, wanted: Sequence[DistinctAggregate], seen: Lookback) -> list[Frame]:
    """Find the last day of each key by patient, then count the keys in each window."""
    found = []
    for key in {a.key: None for a in wanted}:
        mine = [a for a in wanted if a.key is key]
        rows = table(name).filter(in_window(seen, max(a.months for a in mine))).with_columns(key=key())
        last = rows.filter(~col("key").is_null()).group_by("patient_no", "key").agg(col("event_day").max())
        counts = [Stat("count", a.months).expression(seen).alias(a.name) for a in mine]
        found.append(last.group_by("patient_no").agg(*counts))
    return found


def _score_pass(engine: Engine, table: Opener, score: WeightAggregate, weights: pa.Table, seen: Lookback) -> Frame:
    """Add up the heaviest weight of each family."""
    rows = table("diagnoses").filter(in_window(seen, score.months))
    rows = rows.join(engine.table(weights), on=["code_system", "code"], how="inner")
    heaviest = rows.group_by("patient_no", "family").agg(col("weight").max())
    return heaviest.group_by("patient_no").agg(col("weight").sum().alias(score.name))


def build_matrix(engine: Engine, cohort: Frame, table: Opener, plan: Plan, seen: Lookback) -> Frame:
    """Compute the features of a cohort: `KEPT` and the plan's columns, one row per patient.

    Parameters
    ----------
    table : callable
        Gives the *visible* rows of a table by its name (see `visible`); ``spells`` are made from visible episodes.
    """
    wide = engine.join_all(cohort, _passes(engine, table, plan, seen), on="patient_no")
    missing = [a.name for a in plan.aggregates if isinstance(a, CodeAggregate) and a.table not in plan.tables]
    if missing:
        wide = wide.with_columns(*[nw.lit(None).cast(nw.Int32).alias(name) for name in missing])
    early = [c for c in plan.columns if not c.derived]
    late = [c for c in plan.columns if c.derived]
    same = {c.name for c in late} & set(KEPT)
    wide = wide.select(*READ, *[c.expression(seen).alias(c.name) for c in early])
    return wide.select(
        *[name for name in KEPT if name not in same],
        *[c.name for c in early],
        *[c.expression(seen).alias(c.name) for c in late],
    )


@dataclass(frozen=True)
class BuiltPart:
    """Cohort, features and outcomes of one file of patients, one row per patient, sorted by patient_no.

    The outcomes are None if the data end before the index date.
    """

    cohort: pa.Table
    features: pa.Table
    outcomes: pa.Table | None
    attrition: dict[str, int]


def visible_opener(engine: Engine, raw: Opener, study: Study, seen: Lookback) -> Opener:
    """Make an opener of tables as they were visible on the index date; spells are made from visible episodes."""
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
) -> Iterator[BuiltPart]:
    """Build each file of patients in turn, with one in memory at a time.

    Parameters
    ----------
    past : bool
        Whether the data reach beyond the index date, so that there are outcomes.
    """

    def make(open_table: Opener) -> dict[str, Frame]:
        return _frames(engine, open_table, snapshot.tables, plan, study, index_date, past)

    files = [{table: snapshot.part(table, part) for table in snapshot.tables} for part in range(snapshot.parts)]
    for made in engine.each(files, make):
        counts = {name: int(n or 0) for name, n in made["attrition"].to_pylist()[0].items()}
        yield BuiltPart(made["cohort"], made["features"], made.get("outcomes"), counts)


def _frames(
    engine: Engine, raw: Opener, tables: frozenset[str], plan: Plan, study: Study, index_date: date, past: bool
) -> dict[str, Frame]:
    seen = Lookback(index_date, study.timing.data_lag_days)
    window = OutcomeWindow(index_date, study.outcome.days)
    registrations, opt_outs = (raw(name) if name in tables else None for name in ("registrations", "opt_outs"))
    everyone = engine.keep(candidates(raw("patients"), registrations, opt_outs, study.cohort, window))
    chosen = engine.keep(cohort_at(everyone))
    matrix = build_matrix(engine, chosen, visible_opener(engine, raw, study, seen), plan, seen)
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
