"""Cohort + visible tables + features -> the feature matrix, one row a patient at an index date.

Decision
--------
All features that read one table are compiled into one pass over it (`passes`). Distinct codes are matched to classes in
Python, once for the snapshot. A column is NULL where it was not assessed, and absent where the store has none of the
tables it is made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa

from riskstrat.aggregates import Aggregate, CodeAggregate, Weight, WeightAggregate
from riskstrat.codes import CodeSet, System, code_map
from riskstrat.contracts import Feature, FeatureColumn
from riskstrat.engine import Engine, Frame, Opener
from riskstrat.passes import passes
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
        For each coded table: code_system, code, klass (a number), and the plausible values of a measurement.
    numbers : mapping of str to int
        The number of each class.
    weights : mapping of str to pyarrow.Table
        For each score: code_system, code, family, weight.
    tables : frozenset of str
    """

    features: tuple[Feature, ...]
    absent: tuple[Feature, ...]
    classes: Mapping[str, pa.Table]
    numbers: Mapping[str, int]
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
    names = sorted({a.codes.name for a in coded})
    numbers = {name: n for n, name in enumerate(names)}
    classes = {
        t: _classes([a for a in coded if a.table == t], by_table[t], numbers) for t in have & {a.table for a in coded}
    }
    scores = [a for a in wanted if isinstance(a, WeightAggregate)]
    weights = {a.name: _weights(a.weights, by_table.get("diagnoses", [])) for a in scores}
    return Plan(usable, absent, classes, numbers, weights, have)


def _classes(
    wanted: Sequence[CodeAggregate], seen: Sequence[tuple[System, str]], numbers: Mapping[str, int]
) -> pa.Table:
    sets = {a.codes.name: a.codes for a in wanted}
    plausible = {a.codes.name: a.plausible for a in wanted}
    rows = [(s, c, numbers[name], *plausible[name]) for s, c, name in code_map(sets.values(), seen)]
    types = (pa.string(), pa.string(), pa.int32(), pa.float64(), pa.float64())
    return _table(("code_system", "code", "klass", "low", "high"), rows, types)


def _weights(weights: Sequence[Weight], seen: Sequence[tuple[System, str]]) -> pa.Table:
    entries = [CodeSet(str(i), {"icd10": w.icd10}, "") for i, w in enumerate(weights)]
    rows = [(s, c, weights[int(i)].family, float(weights[int(i)].weight)) for s, c, i in code_map(entries, seen)]
    types = (pa.string(), pa.string(), pa.string(), pa.float64())
    return _table(("code_system", "code", "family", "weight"), rows, types)


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]], types: Sequence[pa.DataType]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({n: pa.array(list(c), t) for n, c, t in zip(names, columns, types, strict=True)})


def build(engine: Engine, cohort: Frame, table: Opener, plan: Plan, seen: Lookback) -> Frame:
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
    wide = engine.join_all(cohort, passes(engine, table, plan, seen), on="patient_no")
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
