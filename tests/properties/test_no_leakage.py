"""The property: nothing that happened, or was recorded, on or after the cut can change any feature.

And two beside it: nothing outside the outcome window can change an outcome, and nothing is zero for want of a column.

A *world* is every table of a store as a data frame. `changed` builds the feature matrix of several worlds at one
index date, with the same code as the program, and names the columns that differ from the first: the one checker
behind every test here. Worlds are the parts of one snapshot, so that features are compiled once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any, get_args

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskstrat.engine import DuckEngine
from riskstrat.features import build as population
from riskstrat.features.aggregates import Aggregate, CodeAggregate, RowAggregate, WeightAggregate
from riskstrat.features.definitions import all_features
from riskstrat.features.definitions.acsc import ACSC
from riskstrat.features.families.deficits import DeficitIndex
from riskstrat.features.feature import Facts, Feature, FeatureColumn
from riskstrat.features.plan import EVERYTHING, plan_features
from riskstrat.features.visibility import visible
from riskstrat.modelling.labels import labels_of
from riskstrat.study.folder import StudyFolder
from riskstrat.study.settings import CohortSettings, OutcomeSettings, TimingSettings
from riskstrat.study.study_file import Study
from riskstrat.tables.codes import System, normalise
from riskstrat.tables.schema import TABLES, Table, day_of
from riskstrat.tables.snapshot import Snapshot, seen_in
from riskstrat.tables.windows import Lookback, OutcomeWindow

INDEX = date(2024, 6, 1)
LAGS = (0, 30)
WORLDS = 2
READ = ("consultations", "diagnoses", "ed_attendances", "episodes", "gp_events", "op_appointments", "prescriptions")
FEW = (
    "age", "emergency_admissions", "emergency_bed_days", "acsc_admissions", "heart_failure", "systolic_bp", "medicines",
    "hfrs", "ed_attendances",
)  # fmt: skip
EVENTS = get_args(OutcomeSettings.model_fields["event"].annotation)
World = Mapping[str, pd.DataFrame]
Change = Callable[[World, Lookback, np.random.Generator], World]


def known_codes() -> dict[str, list[tuple[System, str]]]:
    """By table, every code that some feature knows; a prefix stands for itself."""
    found: dict[str, dict[tuple[System, str], None]] = {name: {} for name in TABLES}
    for aggregate in (a for feature in every_feature() for a in feature.aggregates()):
        if isinstance(aggregate, CodeAggregate):
            entries = [(s, c) for s, codes in aggregate.codes.codes.items() for c in codes.split()]
            found[aggregate.table].update(dict.fromkeys(entries))
        elif isinstance(aggregate, WeightAggregate):
            found["diagnoses"].update({("icd10", c): None for w in aggregate.weights for c in w.icd10.split()})
    return {name: [(s, normalise(s, c) or c) for s, c in codes] for name, codes in found.items()}


def every_feature() -> list[Feature]:
    """All features, those among them that stand in for others, and those that a study must give lists for."""
    return [_there(feature) for feature in all_features().values()]


def _there(feature: Feature) -> Feature:
    if isinstance(feature, DeficitIndex):
        return replace(feature, own={name: {"snomed": f"9{n:02d}000000103"} for n, name in enumerate(feature.lists)})
    return replace(feature, replaces_missing=()) if feature.replaces_missing else feature  # type: ignore[type-var]


CODES = known_codes()
MAIN_DIAGNOSES = [*ACSC.codes["icd10"].split(), "R55", "S720", "Z000"]
PLAUSIBLE = {
    code: a.plausible
    for feature in all_features().values()
    for a in feature.aggregates()
    if isinstance(a, CodeAggregate) and a.scale is not None and a.stat.statistic in ("latest", "mean")
    for codes in a.codes.codes.values()
    for code in codes.split()
}


@dataclass(frozen=True)
class Checker:
    """Builds worlds into feature matrices and compares them.

    Parameters
    ----------
    folder : Path
        Where worlds are written.
    schemas : mapping of str to pyarrow.Schema
        Of each table.
    """

    folder: Path
    schemas: Mapping[str, pa.Schema]

    def matrices(self, features: Iterable[Feature], worlds: Sequence[World], seen: Lookback) -> list[pd.DataFrame]:
        """The feature matrix of each world, by patient."""
        parts, names = self._built(features, worlds, seen, OutcomeSettings(), past=False)
        return [part.features.select(["patient_id", *names]).to_pandas().set_index("patient_id") for part in parts]

    def outcomes(self, worlds: Sequence[World], window: OutcomeWindow, event: str) -> list[pd.Series]:
        """The outcome of each world, by patient."""
        settings = OutcomeSettings.model_validate({"event": event, "days": window.days})
        parts, _ = self._built([all_features()["age"]], worlds, Lookback(window.index_date), settings, past=True)
        found = [part.outcomes for part in parts if part.outcomes is not None]
        return [
            pd.Series(labels_of(rows, settings, np.full(rows.num_rows, 75.0)).outcome, rows.column("patient_no"))
            for rows in found
        ]

    def _built(
        self,
        features: Iterable[Feature],
        worlds: Sequence[World],
        seen: Lookback,
        settings: OutcomeSettings,
        past: bool,
    ) -> tuple[list[population.BuiltPart], list[str]]:
        for part, world in enumerate(worlds):
            for name, rows in world.items():
                self._write(name, rows, part)
        snapshot = Snapshot(self.folder, {"parts": len(worlds), "tables": list(self.schemas)})
        chosen = plan_features(features, snapshot.tables, self.codes(worlds))
        study = Study(
            name="check",
            timing=TimingSettings(data_lag_days=seen.lag_days),
            cohort=CohortSettings(min_age=0, max_age=130),
            outcome=settings,
        )
        parts = population.build_parts(DuckEngine(), snapshot, chosen, study, seen.index_date, past)
        return list(parts), [column.name for column in chosen.columns]

    def changed(self, features: Iterable[Feature], worlds: Sequence[World], seen: Lookback) -> list[set[str]]:
        """For each world but the first, the columns that differ from the first."""
        first, *others = self.matrices(features, worlds, seen)
        assert len(first) > 50, "too few people to show anything"
        return [different(first, other) for other in others]

    def _write(self, name: str, rows: pd.DataFrame, part: int) -> None:
        columns = []
        for field in self.schemas[name]:
            values = rows[day_of(field.name) if pa.types.is_date(field.type) else field.name]
            kind = pa.int32() if pa.types.is_date(field.type) else field.type
            columns.append(pa.array(values, kind, from_pandas=True).cast(field.type))
        path = self.folder / name / f"{part:04d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns, schema=self.schemas[name]), path)

    def codes(self, worlds: Sequence[World]) -> pa.Table:
        """Every code of some worlds, and every code that some feature knows."""
        known = {(name, s, c) for name, codes in CODES.items() for s, c in codes}
        for world in worlds:
            for name, rows in world.items():
                if "code_system" in rows:
                    pairs = rows[["code_system", "code"]].drop_duplicates().itertuples(index=False)
                    known |= {(name, s, c) for s, c in pairs}
        tables, systems, codes = zip(*sorted(known), strict=True)
        return pa.table({"table_name": tables, "code_system": systems, "code": codes})


def different(first: pd.DataFrame, other: pd.DataFrame) -> set[str]:
    """Columns of two matrices that are not the same; NULL equals NULL, and the order of a sum does not count."""
    assert list(first.index) == list(other.index), "not the same people"
    found = set()
    for name in first.columns:
        a, b = first[name].to_numpy(float, na_value=np.nan), other[name].to_numpy(float, na_value=np.nan)
        if not np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True):
            found.add(str(name))
    return found


@pytest.fixture(scope="module")
def actual(trained: Any) -> dict[str, pd.DataFrame]:
    """The trained study's store, its dates as day numbers."""
    folder = StudyFolder(trained.folder).snapshot().folder
    tables = {name: pq.read_table(folder / name).to_pandas() for name in TABLES if (folder / name).is_dir()}
    return {name: rows.drop(columns=[*TABLES[name].dates]) for name, rows in tables.items()}


@pytest.fixture
def checker(trained: Any, tmp_path: Path) -> Checker:
    folder = StudyFolder(trained.folder).snapshot().folder
    names = [name for name in TABLES if (folder / name).is_dir()]
    schemas = {name: pq.read_schema(next((folder / name).glob("*.parquet"))) for name in names}
    return Checker(tmp_path, {name: pa.schema([f.with_nullable(True) for f in one]) for name, one in schemas.items()})


def is_late(rows: pd.DataFrame, table: Table, seen: Lookback) -> pd.Series:
    """Rows that happened, or were recorded, on or after the cut."""
    assert table.event is not None
    late = rows[day_of(table.event)] >= seen.cut
    return late if table.recorded is None else late | (rows[day_of(table.recorded)] >= seen.cut)


def each_table(world: World, change: Callable[[pd.DataFrame, Table], pd.DataFrame]) -> World:
    """A world with every table that features may read changed; objections are meant to be known late."""
    spared = {"patients", "registrations", "opt_outs"}
    return {name: rows if name in spared else change(rows, TABLES[name]) for name, rows in world.items()}


def without_future(world: World, seen: Lookback, _: np.random.Generator) -> World:
    """The world as it was known at the cut."""

    def known(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
        rows = rows[~is_late(rows, table, seen)].copy()
        for end, names in table.ends.items():
            open_still = rows[day_of(end)] >= seen.cut
            for name in (day_of(end), *names):
                rows[name] = rows[name].mask(open_still)
        return rows

    patients = world["patients"].copy()
    patients["death_day"] = patients["death_day"].mask(patients["death_day"] > seen.index_day)
    return {**each_table(world, known), "patients": patients}


def with_other_ends(world: World, seen: Lookback, rng: np.random.Generator) -> World:
    """Stays that go on at the cut end on other days and otherwise; people die, move and enter care homes later."""

    def moved(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
        rows = rows.copy()
        for end, names in table.ends.items():
            late = (rows[day_of(end)] >= seen.cut).to_numpy()
            rows.loc[late, day_of(end)] = seen.cut + rng.integers(0, 300, late.sum())
            for name in names:
                rows.loc[late, name] = rng.choice(["1", "4", "19", "51", "54", "79", "I500", "J449"], late.sum())
        return rows

    patients = world["patients"].copy()
    lives = ~(patients["death_day"] <= seen.index_day)
    patients.loc[lives, "death_day"] = seen.index_day + 1 + rng.integers(0, 300, lives.sum())
    patients["care_home"] = rng.integers(0, 2, len(patients))
    registrations = world["registrations"].copy()
    stays = registrations["end_day"].isna() | (registrations["end_day"] > seen.index_day)
    registrations.loc[stays, "end_day"] = seen.index_day + rng.integers(0, 300, stays.sum())
    return {**each_table(world, moved), "patients": patients, "registrations": registrations}


def with_random_future(world: World, seen: Lookback, rng: np.random.Generator) -> World:
    """Rows of every kind and every known code, from the cut itself onwards, or recorded from then onwards."""
    ahead = np.r_[0, rng.geometric(0.02, 10_000)]

    def added(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
        new = random_rows(rows, table, world["patients"], seen.cut + ahead, rng)
        if table.recorded is not None:
            written_late = random_rows(rows, table, world["patients"], seen.cut - 1 - ahead, rng)
            written_late[day_of(table.recorded)] = seen.cut + rng.choice(ahead[:50], len(written_late))
            new = pd.concat([new, written_late])
        return pd.concat([rows, new], ignore_index=True)

    return each_table(world, added)


def random_rows(
    like: pd.DataFrame, table: Table, patients: pd.DataFrame, days: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Rows that could be in a table: one for each code that features know, on random people at random days."""
    if like.empty:
        return like
    codes = CODES[table.name]
    count = max(400, 2 * len(codes))
    rows = like.sample(count, replace=True, random_state=int(rng.integers(1 << 31))).reset_index(drop=True)
    who = rng.integers(0, len(patients), count)
    rows["patient_no"], rows["patient_id"] = (patients[c].to_numpy()[who] for c in ("patient_no", "patient_id"))
    assert table.event is not None
    moved = np.r_[days[:1].repeat(min(count // 4, 50)), rng.choice(days, count)][:count]
    rng.shuffle(moved)
    for other in {day_of(one) for one in table.dates}:
        rows[other] = (rows[other] - rows[day_of(table.event)] + moved).where(rows[other].notna())
    rows[day_of(table.event)] = moved
    if codes:
        rows["code_system"], rows["code"] = zip(*[codes[i % len(codes)] for i in range(count)], strict=True)
    if table.name == "gp_events":
        ranges = [PLAUSIBLE.get(code, (0.0, 100.0)) for code in rows["code"]]
        rows["value"], rows["unit"] = [rng.uniform(low, high) for low, high in ranges], None
    if table.name == "episodes":
        rows["admission_day"] = rows["start_day"]
        rows["admission_method"] = rng.choice(["21", "22", "2A", "11", "12", "28"], count)
        rows["patient_class"] = rng.choice(["1", "2", "5"], count)
        rows["main_diagnosis"] = rng.choice(MAIN_DIAGNOSES, count)
    if table.name == "consultations":
        rows["mode"] = rng.choice(["home_visit", "telephone", "face_to_face"], count)
    return rows


def nothing(world: World) -> World:
    """The same people, of whom nothing is known."""
    return each_table(world, lambda rows, _: rows.iloc[:0])


def with_random_past(world: World, seen: Lookback, rng: np.random.Generator, only: str) -> World:
    """Rows of one table before the cut, from the day before it backwards, known at the cut."""
    table = TABLES[only]
    days = seen.cut - np.r_[1, 1 + rng.geometric(0.004, 10_000)]
    rows = random_rows(world[only], table, world["patients"], days, rng)
    if table.recorded is not None:
        rows[day_of(table.recorded)] = None
    for end in table.ends:
        rows[day_of(end)] = (rows["start_day"] + 5).where(rows["start_day"] + 5 < seen.cut)
    if only == "gp_events":
        before = rows.assign(event_day=rows["event_day"] - 500, value=rows["value"] * 0.999)
        rows = pd.concat([rows, before], ignore_index=True)
    if only == "prescriptions":
        few = rows["patient_no"].to_numpy()[np.arange(200) % 5]
        rows.loc[:199, "patient_no"], rows.loc[:199, "event_day"] = few, seen.cut - 1
    if only == "diagnoses":
        rows["event_day"] = np.minimum(rows["event_day"], seen.cut - 1)
    return {**nothing(world), only: rows}


def with_stays_that_go_on(world: World, seen: Lookback, rng: np.random.Generator) -> World:
    """Some people are in hospital at the cut; the store knows how it ended."""
    table = TABLES["episodes"]
    days = seen.cut - np.r_[1, 1 + rng.geometric(0.1, 1_000)]
    rows = random_rows(world["episodes"], table, world["patients"], days, rng).head(150)
    rows["discharge_day"] = rows["end_day"] = seen.cut + np.r_[0, rng.geometric(0.1, len(rows) - 1)]
    rows["discharge_destination"] = rng.choice(["19", "51"], len(rows))
    return {**world, "episodes": pd.concat([world["episodes"], rows], ignore_index=True)}


CHANGES: Mapping[str, Change] = {
    "the future is deleted": without_future,
    "stays end otherwise": with_other_ends,
    "random rows are added": with_random_future,
    "all of it": lambda w, s, r: with_random_future(with_other_ends(without_future(w, s, r), s, r), s, r),
}


def leaks(
    checker: Checker, features: Sequence[Feature], world: World, seen: Lookback, seed: int, worlds: int = WORLDS
) -> dict[str, set[str]]:
    """By kind of change, the columns that a change from the cut onwards altered; nothing where nothing leaks."""
    rng = np.random.default_rng(seed)
    world = with_stays_that_go_on(world, seen, rng)
    changes = {**CHANGES, **{f"random rows are added, again {n}": with_random_future for n in range(worlds - 2)}}
    others = [change(world, seen, rng) for change in changes.values()]
    found = checker.changed(features, [world, *others], seen)
    return {name: columns for name, columns in zip(changes, found, strict=True) if columns}


@pytest.mark.parametrize("lag", LAGS)
def test_nothing_from_the_cut_onwards_changes_any_feature(
    lag: int, checker: Checker, actual: dict[str, pd.DataFrame]
) -> None:
    assert leaks(checker, every_feature(), actual, Lookback(INDEX, lag), seed=lag) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [0, 1, 14, 90])
def test_nothing_from_the_cut_onwards_changes_any_feature_at_length(
    lag: int, seed: int, checker: Checker, actual: dict[str, pd.DataFrame]
) -> None:
    index = date(2023 + seed % 3, 1 + 3 * (seed % 4), 1)
    rng = np.random.default_rng(seed)
    half = each_table(actual, lambda rows, _: rows[rng.random(len(rows)) < 0.5])
    assert leaks(checker, every_feature(), half, Lookback(index, lag), seed, worlds=6) == {}


def test_every_column_can_be_changed_by_the_past(checker: Checker, actual: dict[str, pd.DataFrame]) -> None:
    """The positive control: the property would mean nothing of a column that never changes."""
    seen, rng = Lookback(INDEX), np.random.default_rng(1)
    empty = nothing(actual)
    people = actual["patients"].copy()
    people["birth_day"] -= 3650
    people["sex"], people["imd_decile"] = rng.choice(["F", "M"], len(people)), rng.integers(1, 11, len(people))
    worlds = {only: with_random_past(actual, seen, rng, only) for only in READ}
    worlds["patients"] = {**empty, "patients": people}
    every = every_feature()
    found = dict(zip(worlds, checker.changed(every, [empty, *worlds.values()], seen), strict=True))
    by_table = {name: {c.name for f in every if name in reads(f) for c in f.columns()} for name in worlds}
    for name, columns in found.items():
        assert columns, f"no row of {name} changes anything"
        strangers = columns - by_table[name]
        assert not strangers, f"{name} changes what does not read it: {sorted(strangers)}"
    columns = {c.name for feature in every for c in feature.columns()}
    assert sorted(columns - set().union(*found.values())) == []


def reads(feature: Feature) -> set[str]:
    """The tables a feature depends on; spells are made of episodes."""
    return {"episodes" if name == "spells" else name for name in feature.tables}


def test_the_day_before_the_cut_counts_and_the_cut_does_not(checker: Checker, actual: dict[str, pd.DataFrame]) -> None:
    few = [all_features()[name] for name in ("gp_consultations", "heart_failure", "medicines", "ed_attendances")]
    for lag in LAGS:
        seen, rng = Lookback(INDEX, lag), np.random.default_rng(2)
        empty, days = nothing(actual), (seen.cut - 1, seen.cut)
        tables = ("consultations", "gp_events", "prescriptions", "ed_attendances")
        rows = {
            name: random_rows(actual[name], TABLES[name], actual["patients"], np.array([0]), rng) for name in tables
        }
        worlds = [
            {**empty, **{name: one.assign(event_day=day, recorded_day=None) for name, one in rows.items()}}
            for day in days
        ]
        before, on = checker.changed(few, [empty, *worlds], seen)
        assert {"gp_consultations_1m", "has_heart_failure", "medicines_3m", "ed_attendances_1m"} <= before
        assert on == set()


@dataclass(frozen=True)
class Leaking(Feature):
    """A feature that knows what was only known later: its table has no gate."""

    column: str
    name: str = "leaking"
    group: Any = "demographic"
    tables: tuple[str, ...] = ("patients",)

    def aggregates(self) -> tuple[Aggregate, ...]:
        return (RowAggregate("leaked", "patients", lambda _: nw.col(self.column).max()),)

    def columns(self) -> tuple[FeatureColumn, ...]:
        return (FeatureColumn("leak", "days", "ever", "what is known later", "value", lambda _: nw.col("leaked")),)

    def phrase(self, facts: Facts) -> str | None:
        return None


def test_a_feature_that_leaks_is_named(checker: Checker, actual: dict[str, pd.DataFrame]) -> None:
    features = [all_features()["age"], Leaking("care_home"), all_features()["emergency_admissions"]]
    found = leaks(checker, features, actual, Lookback(INDEX), seed=3)
    assert found
    assert set().union(*found.values()) == {"leak"}


WRONG_GATES: Mapping[str, Callable[[Any, Table, Lookback], Any]] = {
    "no gate": lambda rows, table, seen: rows,
    "a day too late": lambda rows, table, seen: visible(rows, table, Lookback(seen.index_date, seen.lag_days - 1)),
    "the lag is forgotten": lambda rows, table, seen: visible(rows, table, Lookback(seen.index_date)),
    "recorded late is seen": lambda rows, table, seen: visible(rows, replace(table, recorded=None), seen),
    "how a stay ends is seen": lambda rows, table, seen: visible(rows, replace(table, ends={}), seen),
}


@pytest.mark.parametrize("wrong", WRONG_GATES)
def test_the_same_checker_sees_a_gate_that_leaks(
    wrong: str, checker: Checker, actual: dict[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "visible", WRONG_GATES[wrong])
    assert leaks(checker, [all_features()[name] for name in FEW], actual, Lookback(INDEX, 30), seed=4)


# --- Outcomes: nothing outside the window counts -----------------------------------------------------------------


def with_random_events(world: World, table: str, days: np.ndarray, rng: np.random.Generator) -> World:
    """Rows of the table in which an outcome is seen, on random people on some days; whole stays of a day."""
    rows = random_rows(world[table], TABLES[table], world["patients"], days, rng)
    if table == "episodes":
        rows["admission_day"] = rows["discharge_day"] = rows["end_day"] = rows["start_day"]
    return {**world, table: pd.concat([world[table], rows], ignore_index=True)}


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_outside_the_window_changes_an_outcome(
    event: str, checker: Checker, actual: dict[str, pd.DataFrame]
) -> None:
    window, rng, table = OutcomeWindow(INDEX, 180), np.random.default_rng(5), seen_in(event)
    ahead = np.r_[0, rng.geometric(0.02, 5_000)]
    after = with_random_events(actual, table, window.end_day + ahead, rng)
    before = with_random_events(actual, table, window.first_day - 5 - ahead, rng)
    spared = {"patients", "registrations", "opt_outs", table}
    others = {name: rows.iloc[:0] for name, rows in actual.items() if name not in spared}
    inside = with_random_events(actual, table, window.first_day + rng.integers(0, 180, 5_000), rng)
    worlds = (actual, after, before, {**actual, **others}, inside)
    plain, *same, more = checker.outcomes(worlds, window, event)
    assert 0 < plain.sum() < len(plain)
    for one in same:
        pd.testing.assert_series_equal(one, plain)
    assert more.sum() > plain.sum()
    assert (more >= plain).all()


# --- What no extract carries: absent, never zero -----------------------------------------------------------------

DERIVED = ("episodes", "main_diagnosis")  # the first of the diagnoses, which are a table of their own
OPTIONAL = [
    [
        f"{name}.{column.name}"
        for column in TABLES[name].columns
        if not column.required and column.name not in TABLES[name].dates and (name, column.name) != DERIVED
    ]
    for name in READ
]


def test_no_column_is_zero_because_something_is_not_carried(checker: Checker, actual: dict[str, pd.DataFrame]) -> None:
    """Stores that lack a column, one of each table at a time: whatever counted something still does, or is absent."""
    seen, rng = Lookback(INDEX), np.random.default_rng(6)
    whole = {**actual, **{name: with_random_past(actual, seen, rng, name)[name] for name in READ}}
    lacking = [{one for one in some if one} for some in zip_longest(*OPTIONAL)]
    first, *others = checker.matrices(every_feature(), [whole, *(lacks(whole, some) for some in lacking)], seen)
    counting, codes = set(first.columns[(first.fillna(0) != 0).any()]), checker.codes([whole])
    assert {"home_visits_12m", "ed_type1_attendances_12m", "day_cases_12m", "acsc_admissions_12m"} <= counting
    for some, matrix in zip(lacking, others, strict=True):
        carried = {t: {c for c in columns if f"{t}.{c}" not in some} for t, columns in EVERYTHING.items()}
        there = {column.name for column in plan_features(every_feature(), EVERYTHING, codes, carried).columns}
        silent = set(matrix.columns[(matrix.fillna(0) == 0).all()])
        assert counting & there & silent == set(), f"zero for want of one of {some}"


def lacks(world: World, columns: Iterable[str]) -> World:
    """The world of an extract without some columns, each as table.column."""
    rows = dict(world)
    for table, _, column in (one.partition(".") for one in columns):
        rows[table] = rows[table].assign(**{column: None})
    return rows
