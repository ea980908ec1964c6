"""The passes of a build: every aggregate of a table in one go over its visible rows.

Decision
--------
Rows with codes go in two steps: first by (patient, class), with one count a window; then by patient, with one maximum a
column. Counting straight into some hundred columns costs three times as much. The latest value of a measurement and its
day are one maximum: day and value packed into one integer, the value to three decimals. Of two values of one day that
is the higher, whatever the order of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import narwhals as nw
import pyarrow as pa

from riskstrat.aggregates import Aggregate, CodeAggregate, DistinctAggregate, RowAggregate, Stat, WeightAggregate
from riskstrat.engine import Engine, Frame, Opener
from riskstrat.windows import Lookback

col = nw.col
PACK = 10**9
DECIMALS = 1000
CLASSES_AT_A_TIME = 24
VALUED = ("latest", "mean")


class Planned(Protocol):
    """What a build computes (see `matrix.Plan`)."""

    @property
    def classes(self) -> Mapping[str, pa.Table]:
        """For each coded table, the class of each code."""

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of each class."""

    @property
    def weights(self) -> Mapping[str, pa.Table]:
        """For each score, the weight of each code."""

    @property
    def tables(self) -> frozenset[str]:
        """The tables there are."""

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """What must be aggregated, each once."""


def passes(engine: Engine, table: Opener, plan: Planned, seen: Lookback) -> list[Frame]:
    """One frame a pass, each with patient_no and the aggregates of that pass.

    Parameters
    ----------
    engine : Engine
    table : callable
        From a name to that table's visible rows.
    plan : Plan
    seen : Lookback
    """
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
    return rows.group_by("patient_no").agg(*[a.of(seen).cast(nw.Int32).alias(a.name) for a in wanted])


def _in(seen: Lookback, months: int | None, until: int = 0) -> nw.Expr:
    start = seen.start(months) if months else -(10**6)
    inside = col("event_day") >= start
    return inside & (col("event_day") < seen.start(until)) if until else inside


def _code_passes(
    engine: Engine,
    rows: Frame,
    classes: pa.Table,
    wanted: Sequence[CodeAggregate],
    numbers: Mapping[str, int],
    seen: Lookback,
) -> list[Frame]:
    """By (patient, class), then by patient, some classes at a time so that each looks at its own rows only."""
    rows = rows.join(engine.table(classes), on=["code_system", "code"], how="inner")
    stats = {a.stat.label: a.stat for a in wanted}
    valued = [a for a in wanted if a.stat.take in VALUED]
    if valued:
        rows = _with_amount(rows, engine.table(_units(valued, numbers)))
    by_class = rows.group_by("patient_no", "klass").agg(*[_taken(s, seen).alias(label) for label, s in stats.items()])
    by_class = engine.keep(by_class)
    present = sorted({numbers[a.codes.name] for a in wanted})
    return [_spread(by_class, set(some), wanted, numbers) for some in _groups(present)]


def _groups(classes: Sequence[int]) -> list[Sequence[int]]:
    return [classes[i : i + CLASSES_AT_A_TIME] for i in range(0, len(classes), CLASSES_AT_A_TIME)]


def _spread(by_class: Frame, some: set[int], wanted: Sequence[CodeAggregate], numbers: Mapping[str, int]) -> Frame:
    """One row a patient, one column for each aggregate of some classes."""
    mine = [a for a in wanted if numbers[a.codes.name] in some]
    picks = [
        nw.when(col("klass") == numbers[a.codes.name]).then(col(a.stat.label)).otherwise(None).max().alias(a.name)
        for a in mine
    ]
    rows = by_class.filter((col("klass") >= min(some)) & (col("klass") <= max(some)))
    return _unpacked(rows.group_by("patient_no").agg(*picks), mine)


def _taken(stat: Stat, seen: Lookback) -> nw.Expr:
    """One statistic of the rows of a class."""
    if stat.take in ("first", "last"):
        return col("event_day").min() if stat.take == "first" else col("event_day").max()
    inside = _in(seen, stat.months, stat.until)
    if stat.take == "count":
        return nw.when(inside).then(1).otherwise(0).sum().cast(nw.Int32)
    if stat.take == "mean":
        return nw.when(inside).then(col("amount")).otherwise(None).mean()
    packed = col("event_day").cast(nw.Int64) * PACK + (col("amount") * DECIMALS).round().cast(nw.Int64)
    return nw.when(inside & ~col("amount").is_null()).then(packed).otherwise(None).max()


def _units(wanted: Sequence[CodeAggregate], numbers: Mapping[str, int]) -> pa.Table:
    """How a value in some other unit becomes one in the unit of its class."""
    scales = {numbers[a.codes.name]: a.scale for a in wanted}
    rows = [(number, unit, *how) for number, scale in scales.items() for unit, how in scale.items()]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    types = {"klass": pa.int32(), "unit": pa.string(), "factor": pa.float64(), "offset": pa.float64()}
    return pa.table({name: pa.array(list(c), t) for (name, t), c in zip(types.items(), columns, strict=True)})


def _with_amount(rows: Frame, units: Frame) -> Frame:
    """The value in the unit of its class; NULL outside what is plausible."""
    rows = rows.with_columns(unit=col("unit").str.to_lowercase()).join(units, on=["klass", "unit"], how="left")
    value = col("value") * col("factor").fill_null(1.0) + col("offset").fill_null(0.0)
    return rows.with_columns(amount=nw.when((value >= col("low")) & (value <= col("high"))).then(value).otherwise(None))


def _unpacked(rows: Frame, wanted: Sequence[CodeAggregate]) -> Frame:
    """Packed latest values as the value, beside ``<name>_day``, the day it was taken."""
    packed = [a.name for a in wanted if a.stat.take == "latest"]
    if not packed:
        return rows
    days = [(col(name) // PACK).cast(nw.Int32).alias(f"{name}_day") for name in packed]
    values = [((col(name) % PACK).cast(nw.Float64) / DECIMALS).alias(name) for name in packed]
    return rows.with_columns(*days).with_columns(*values)


def _distinct_passes(table: Opener, name: str, wanted: Sequence[DistinctAggregate], seen: Lookback) -> list[Frame]:
    """For each key: its last day by patient, then how many are recent enough."""
    found = []
    for key in {a.key: None for a in wanted}:
        mine = [a for a in wanted if a.key is key]
        rows = table(name).filter(_in(seen, max(a.months for a in mine))).with_columns(key=key())
        last = rows.filter(~col("key").is_null()).group_by("patient_no", "key").agg(col("event_day").max())
        counts = [nw.when(_in(seen, a.months)).then(1).otherwise(0).sum().cast(nw.Int32).alias(a.name) for a in mine]
        found.append(last.group_by("patient_no").agg(*counts))
    return found


def _score_pass(engine: Engine, table: Opener, score: WeightAggregate, weights: pa.Table, seen: Lookback) -> Frame:
    """The heaviest weight of each family, added up."""
    rows = table("diagnoses").filter(_in(seen, score.months))
    rows = rows.join(engine.table(weights), on=["code_system", "code"], how="inner")
    heaviest = rows.group_by("patient_no", "family").agg(col("weight").max())
    return heaviest.group_by("patient_no").agg(col("weight").sum().alias(score.name))
