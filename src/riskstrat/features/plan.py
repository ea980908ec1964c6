"""Decide which features a snapshot can support, and match its codes to the code lists of the features.

Decision
--------
All features that read one table are computed in one pass over it (`build`). Distinct codes are matched to classes in
Python, once for the snapshot. A column is NULL if it was not assessed for a patient. It is absent, never zero, if it
cannot be assessed for any patient: the snapshot has none of its tables, no extract has a column it needs, its tables
have only codes of other systems, the study has not given a code list it needs, or a column it is calculated from is
absent. A feature with ``only_where_coded`` is also absent if no code of its list occurs. If only part of a feature
needs a missing column, the whole feature is absent. A condition that practices and hospitals both code is present if
either table can show it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.features.aggregates import Aggregate, CodeAggregate, Weight, WeightAggregate
from riskstrat.features.code_lists import with_own_lists
from riskstrat.features.definitions import all_features
from riskstrat.features.feature import Feature, FeatureColumn
from riskstrat.study import Session
from riskstrat.tables import TABLES, TITLES, Carried, CodeSet, Snapshot, System, code_map, unmet
from riskstrat.wording import join_names

DERIVED = {"spells": "episodes"}
EVERYTHING: Carried = {name: frozenset(table.by_name) for name, table in TABLES.items()}
KEPT = ("patient_no", "patient_id", "practice_code", "age", "sex")
READ = (*KEPT, "imd_decile")
SeenCodes = Mapping[str, Sequence[tuple[System, str]]]


@dataclass(frozen=True)
class Plan:
    """Features that a snapshot can support, and the classes of its codes.

    Parameters
    ----------
    absent_because : mapping of str to str
        The reason for each absent feature, by its name.
    classes : mapping of str to pyarrow.Table
        For each coded table: code_system, code, klass (a number), and the plausible range of a measurement.
    weights : mapping of str to pyarrow.Table
        For each score: code_system, code, family, weight.
    """

    features: tuple[Feature, ...]
    absent: tuple[Feature, ...]
    absent_because: Mapping[str, str]
    classes: Mapping[str, pa.Table]
    numbers: Mapping[str, int]
    weights: Mapping[str, pa.Table]
    tables: frozenset[str]
    carried: Carried

    @property
    def absent_columns(self) -> dict[str, str]:
        """The reason for each column that is absent from the matrix."""
        return {column.name: self.absent_because[f.name] for f in self.absent for column in f.columns()}

    def absences(self) -> list[str]:
        """Report the absent features, one sentence for each reason; see `Feature.report_if_absent`."""
        topics: dict[str, list[str]] = {}
        for feature in self.absent:
            if feature.report_if_absent:
                topics.setdefault(self.absent_because[feature.name], []).append(feature.name)
        return [f"Absent features: {join_names(names)}. Reason: {why}." for why, names in topics.items()]

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        """The columns of the matrix, in order."""
        return tuple(column for feature in self.features for column in feature.columns())

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """The aggregates of all features, each once."""
        return tuple({a.name: a for feature in self.features for a in feature.aggregates()}.values())


def plan_features(
    features: Iterable[Feature], tables: Iterable[str], seen_codes: pa.Table, carried: Carried | None = None
) -> Plan:
    """Match features to the canonical tables and the distinct codes of a snapshot.

    Parameters
    ----------
    seen_codes : pyarrow.Table
        table_name, code_system, code.
    carried : mapping of str to collection of str, or None
        For each table, the columns that at least one extract has; None for all.
    """
    carried = EVERYTHING if carried is None else carried
    have = frozenset(tables) & carried.keys()
    have |= {derived for derived, of in DERIVED.items() if of in have}
    codes = seen_codes.to_pylist()
    by_table = {t: [(c["code_system"], c["code"]) for c in codes if c["table_name"] == t] for t in have}
    wished = [f for f in features if not f.replaces_missing or unmet(f.replaces_missing, carried)]
    because = _absent(wished, by_table, carried)
    usable = tuple(f for f in wished if f.name not in because)
    absent = tuple(f for f in wished if f.name in because)
    wanted = [a for f in usable for a in f.aggregates()]
    coded = [a for a in wanted if isinstance(a, CodeAggregate)]
    names = sorted({a.codes.name for a in coded})
    numbers = {name: n for n, name in enumerate(names)}
    classes = {
        t: _classes([a for a in coded if a.table == t], by_table[t], numbers) for t in have & {a.table for a in coded}
    }
    scores = [a for a in wanted if isinstance(a, WeightAggregate)]
    weights = {a.name: _weights(a.weights, by_table.get("diagnoses", [])) for a in scores}
    return Plan(usable, absent, because, classes, numbers, weights, have, carried)


def _absent(features: Sequence[Feature], seen: SeenCodes, carried: Carried) -> dict[str, str]:
    """Find the absent features, with the reason for each."""
    because = {f.name: why for f in features if (why := _why_absent(f, seen, carried))}
    absent = {column.name for f in features if f.name in because for column in f.columns()}
    for f in features:
        lost = [name for name in f.derived_from if name in absent]
        if lost and f.name not in because:
            because[f.name] = f"it needs absent columns ({join_names(lost)})"
    return because


def _why_absent(feature: Feature, seen: SeenCodes, carried: Carried) -> str | None:
    if feature.awaits_code_lists:
        return f"[codelists] in study.toml does not name {join_names(feature.awaits_code_lists)}"
    have = [table for table in feature.tables if table in seen]
    if not have:
        return f"there are no {' or '.join(DERIVED.get(table, table) for table in feature.tables)}"
    if missing := unmet(feature.requires, carried):
        return f"no extract carries {' and '.join(missing)}"
    systems = {system for table in have for system, _ in seen[table]}
    where = " and ".join(have)
    if feature.systems and systems and not systems & feature.systems:
        wanted = [title for system, title in TITLES.items() if system in feature.systems]
        return f"there are no {' or '.join(wanted)} codes in {where}"
    if feature.only_where_coded and systems and not _is_coded(feature, seen):
        return f"no code of its list occurs in {where}"
    return None


def _is_coded(feature: Feature, seen: SeenCodes) -> bool:
    """Test whether any code of a feature's lists occurs."""
    coded = [a for a in feature.aggregates() if isinstance(a, CodeAggregate)]
    return any(a.codes.matches(system, code) for a in coded for system, code in seen.get(a.table, ()))


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


def study_features(session: Session) -> list[Feature]:
    """List all features of a study, with its own code lists added."""
    features = all_features(session.study.packages).values()
    return with_own_lists(features, session.study.codelists, session.folder.path)


def plan_for(session: Session, snapshot: Snapshot) -> Plan:
    """Plan the features that a snapshot can support, with the reason for each absent one."""
    features = study_features(session)
    codes = pq.read_table(snapshot.folder / "codes.parquet")
    return plan_features(features, snapshot.tables, codes, snapshot.carried)
