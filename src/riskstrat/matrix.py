"""Cohort + visible tables + features -> the feature matrix, one row a patient at an index date.

Decision
--------
All features that read one table are compiled into one pass over it. Rows with codes go in two steps: first by
(patient, class) with one count a window, then by patient with one maximum a column; counting straight into some
hundred columns costs three times as much. Distinct codes are matched to classes in Python, once for the snapshot.
A column is NULL where it was not assessed, and absent where the store has none of the tables it is made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import narwhals as nw
import pyarrow as pa

from riskstrat.codes import CodeSet, System, code_map
from riskstrat.contracts import (
    Aggregate,
    CodeAggregate,
    DistinctAggregate,
    Feature,
    FeatureColumn,
    RowAggregate,
    Weight,
    WeightAggregate,
)  # fmt: skip
from riskstrat.engine import Engine, Frame
from riskstrat.windows import Lookback

col = nw.col
DERIVED = {"spells": "episodes"}
KEPT = ("patient_no", "patient_id", "practice_code", "age", "sex", "imd_decile")


@dataclass(frozen=True)
class Plan:
    """What a build computes: features that the store can support, and the classes of its codes.

    Parameters
    ----------
    features : tuple of Feature
    absent : tuple of Feature
        Those whose tables the store lacks.
    classes : mapping of str to pyarrow.Table
        For each coded table: code_system, code, klass.
    weights : mapping of str to pyarrow.Table
        For each score: code_system, code, family, weight.
    tables : frozenset of str
    """

    features: tuple[Feature, ...]
    absent: tuple[Feature, ...]
    classes: Mapping[str, pa.Table]
    weights: Mapping[str, pa.Table]
    tables: frozenset[str]

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        """The columns of the matrix, in order."""
        return tuple(column for feature in self.features for column in feature.columns())

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """What must be aggregated, each once."""
        return tuple({a.name: a for feature in self.features for a in feature.aggregates()}.values())


def plan(features: Iterable[Feature], tables: Iterable[str], seen_codes: pa.Table) -> Plan:
    """Match features to a store.

    Parameters
    ----------
    features : iterable of Feature
    tables : iterable of str
        Canonical tables that the store has.
    seen_codes : pyarrow.Table
        table_name, code_system, code: the distinct codes of the store.
    """
    have = frozenset(tables) | {derived for derived, of in DERIVED.items() if of in tables}
    usable = tuple(f for f in features if have & set(f.tables))
    absent = tuple(f for f in features if not have & set(f.tables))
    wanted = [a for f in usable for a in f.aggregates()]
    codes = seen_codes.to_pylist()
    by_table = {t: [(c["code_system"], c["code"]) for c in codes if c["table_name"] == t] for t in have}
    coded = [a for a in wanted if isinstance(a, CodeAggregate)]
    classes = {t: _classes([a.codes for a in coded if a.table == t], by_table[t]) for t in {a.table for a in coded} & have}
    scores = [a for a in wanted if isinstance(a, WeightAggregate)]
    weights = {a.name: _weights(a.weights, by_table.get("diagnoses", [])) for a in scores}
    return Plan(usable, absent, classes, weights, have)


def _classes(sets: Sequence[CodeSet], seen: Sequence[tuple[System, str]]) -> pa.Table:
    unique = {one.name: one for one in sets}
    rows = code_map(unique.values(), seen)
    return _table(("code_system", "code", "klass"), rows, (pa.string(), pa.string(), pa.string()))


def _weights(weights: Sequence[Weight], seen: Sequence[tuple[System, str]]) -> pa.Table:
    entries = [CodeSet(str(i), {"icd10": w.icd10}, "") for i, w in enumerate(weights)]
    rows = [(s, c, weights[int(i)].family, float(weights[int(i)].weight)) for s, c, i in code_map(entries, seen)]
    types = (pa.string(), pa.string(), pa.string(), pa.float64())
    return _table(("code_system", "code", "family", "weight"), rows, types)


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]], types: Sequence[pa.DataType]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({n: pa.array(list(c), t) for n, c, t in zip(names, columns, types, strict=True)})


def build(engine: Engine, cohort: Frame, table: Callable[[str], Frame], plan: Plan, seen: Lookback) -> Frame:
    """The feature matrix of a cohort.

    Parameters
    ----------
    engine : Engine
    cohort : LazyFrame
        One row a patient.
    table : callable
        From a name to that table's *visible* rows (see `visible`); ``spells`` made of visible episodes.
    plan : Plan
    seen : Lookback

    Returns
    -------
    LazyFrame
        patient_no, patient_id, practice_code, age, sex, imd_decile and the plan's columns.
    """
    wide = engine.join_all(cohort, _passes(engine, table, plan, seen), on="patient_no")
    missing = [a.name for a in plan.aggregates if isinstance(a, CodeAggregate) and a.table not in plan.tables]
    if missing:
        wide = wide.with_columns(*[nw.lit(None).cast(nw.Int32).alias(name) for name in missing])
    early = [c for c in plan.columns if not c.after]
    late = [c for c in plan.columns if c.after]
    same = {c.name for c in late} & set(KEPT)
    wide = wide.select(*KEPT, *[c.of(seen).alias(c.name) for c in early])
    return wide.select(
        *[name for name in KEPT if name not in same],
        *[c.name for c in early],
        *[c.of(seen).alias(c.name) for c in late],
    )


def _passes(engine: Engine, table: Callable[[str], Frame], plan: Plan, seen: Lookback) -> list[Frame]:
    passes = []
    for name in sorted(plan.tables):
        mine = [a for a in plan.aggregates if not isinstance(a, WeightAggregate) and a.table == name]
        passes += _row_pass(table, name, [a for a in mine if isinstance(a, RowAggregate)], seen)
        coded = [a for a in mine if isinstance(a, CodeAggregate)]
        passes += _code_passes(engine, table, name, coded, plan, seen) if coded else []
        passes += _distinct_passes(table, name, [a for a in mine if isinstance(a, DistinctAggregate)], seen)
    scores = [a for a in plan.aggregates if isinstance(a, WeightAggregate)]
    return passes + [_score_pass(engine, table, a, plan, seen) for a in scores]


def _row_pass(table: Callable[[str], Frame], name: str, wanted: Sequence[RowAggregate], seen: Lookback) -> list[Frame]:
    if not wanted:
        return []
    return [table(name).group_by("patient_no").agg(*[a.of(seen).cast(nw.Int32).alias(a.name) for a in wanted])]


def _code_passes(
    engine: Engine, table: Callable[[str], Frame], name: str, wanted: Sequence[CodeAggregate], plan: Plan, seen: Lookback
) -> list[Frame]:
    """Counts and days of all classes in one pass; values, of the classes that have them, in another."""
    rows = table(name).join(engine.table(plan.classes[name]), on=["code_system", "code"], how="inner")
    valued = {a.codes.name for a in wanted if a.stat.take in ("latest", "mean")}
    plain = [a for a in wanted if a.codes.name not in valued]
    measured = [a for a in wanted if a.codes.name in valued]
    passes = []
    if plain:
        passes.append(_class_pass(rows, plain, seen))
    if measured:
        passes += _value_passes(engine, rows.filter(col("klass").is_in(sorted(valued))), measured, seen)
    return passes


def _in(seen: Lookback, months: int | None, until: int = 0) -> nw.Expr:
    start = seen.start(months) if months else -(10**6)
    inside = col("event_day") >= start
    return inside & (col("event_day") < seen.start(until)) if until else inside


def _class_pass(rows: Frame, wanted: Sequence[CodeAggregate], seen: Lookback) -> Frame:
    counts = {a.stat.label: a.stat for a in wanted if a.stat.take == "count"}
    flags = [nw.when(_in(seen, s.months)).then(1).otherwise(0).alias(f"in_{label}") for label, s in counts.items()]
    rows = rows.with_columns(*flags) if flags else rows
    by_class = rows.group_by("patient_no", "klass").agg(
        col("event_day").min().alias("first_ever_0"),
        col("event_day").max().alias("last_ever_0"),
        *[col(f"in_{label}").sum().cast(nw.Int32).alias(label) for label in counts],
    )
    picks = [
        nw.when(col("klass") == a.codes.name).then(col(a.stat.label)).otherwise(None).max().cast(nw.Int32).alias(a.name)
        for a in wanted
    ]
    return by_class.group_by("patient_no").agg(*picks)


def _scaled(wanted: Sequence[CodeAggregate]) -> nw.Expr:
    """The value in the unit of its class; NULL outside what is plausible."""
    value = col("value")
    by_class = {a.codes.name: a for a in wanted}
    for name, a in by_class.items():
        for unit, (factor, offset) in a.scale.items():
            there = (col("klass") == name) & (col("unit").str.to_lowercase() == unit)
            value = nw.when(there.fill_null(False)).then(col("value") * factor + offset).otherwise(value)
    kept: nw.Expr = nw.lit(None).cast(nw.Float64)
    for name, a in by_class.items():
        low, high = a.plausible
        kept = nw.when((col("klass") == name) & (value >= low) & (value <= high)).then(value).otherwise(kept)
    return cast(nw.Expr, kept)


def _value_passes(engine: Engine, rows: Frame, wanted: Sequence[CodeAggregate], seen: Lookback) -> list[Frame]:
    """Latest value and its day, and means in windows; one value a day, the mean of those of that day."""
    values = rows.with_columns(amount=_scaled(wanted)).filter(~col("amount").is_null())
    daily = values.group_by("patient_no", "klass", "event_day").agg(col("amount").mean())
    daily = daily.filter(_in(seen, max(a.stat.months or 36 for a in wanted)))
    means = {a.stat.label: a.stat for a in wanted if a.stat.take == "mean"}
    inside = {label: nw.when(_in(seen, s.months, s.until)).then(col("amount")).otherwise(None) for label, s in means.items()}
    by_class = (
        daily.with_columns(**inside)
        .group_by("patient_no", "klass")
        .agg(
            col("event_day").max().alias("last"),
            col("amount").last(order_by="event_day").alias("latest"),
            *[col(label).mean().alias(label) for label in means],
        )
    )
    picks = []
    for a in wanted:
        source = a.stat.label if a.stat.take == "mean" else a.stat.take
        pick = nw.when(col("klass") == a.codes.name).then(col(source)).otherwise(None).max()
        picks.append(pick.alias(a.name))
    return [by_class.group_by("patient_no").agg(*picks)]


def _distinct_passes(
    table: Callable[[str], Frame], name: str, wanted: Sequence[DistinctAggregate], seen: Lookback
) -> list[Frame]:
    """For each key: its last day by patient, then how many are recent enough."""
    passes = []
    for key in {a.key: None for a in wanted}:
        mine = [a for a in wanted if a.key is key]
        rows = table(name).filter(_in(seen, max(a.months for a in mine))).with_columns(key=key())
        last = rows.filter(~col("key").is_null()).group_by("patient_no", "key").agg(col("event_day").max())
        counts = [nw.when(_in(seen, a.months)).then(1).otherwise(0).sum().cast(nw.Int32).alias(a.name) for a in mine]
        passes.append(last.group_by("patient_no").agg(*counts))
    return passes


def _score_pass(
    engine: Engine, table: Callable[[str], Frame], score: WeightAggregate, plan: Plan, seen: Lookback
) -> Frame:
    rows = table("diagnoses").filter(_in(seen, score.months))
    rows = rows.join(engine.table(plan.weights[score.name]), on=["code_system", "code"], how="inner")
    heaviest = rows.group_by("patient_no", "family").agg(col("weight").max())
    return heaviest.group_by("patient_no").agg(col("weight").sum().alias(score.name))
