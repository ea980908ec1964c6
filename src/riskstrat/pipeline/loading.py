"""Runs of the past -> what models are fitted, calibrated and judged on, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.bundle import as_matrix
from riskstrat.clinical import ClinicalScore
from riskstrat.contracts import Feature
from riskstrat.dates import IndexDates
from riskstrat.engine import read_batches
from riskstrat.errors import NothingToDoError
from riskstrat.evaluate.people import People
from riskstrat.labelled import Labelled, person_numbers, stacked
from riskstrat.labels import labels_of
from riskstrat.lists.places import areas_of, capacity
from riskstrat.matrix import Plan
from riskstrat.modelling import Column
from riskstrat.pipeline.building import build, manifest
from riskstrat.pipeline.context import Context
from riskstrat.store import Snapshot
from riskstrat.study import Study
from riskstrat.subgroups import groups_of
from riskstrat.train import Dated, kept_for_test, split_people

PRIOR = "emergency_admissions_12m"


def columns_of(features: Iterable[Feature], study: Study) -> tuple[Column, ...]:
    """The columns of features as variants are told of them."""
    return tuple(
        Column(column.name, column.kind, feature.group, column.rises if study.model.monotone else 0, _offered(feature))
        for feature in features
        for column in feature.columns()
    )


def _offered(feature: Feature) -> bool:
    """Whether models may use it: a score made of other columns would only share their part in a risk."""
    return feature.for_models and not (isinstance(feature, ClinicalScore) and feature.repeats)


def labelled_at(
    context: Context, snapshot: Snapshot, chosen: Plan, day: date, columns: Sequence[Column], most: int | None = None
) -> Labelled:
    """The people of an index date, with what became of them.

    Parameters
    ----------
    context : Context
    snapshot : Snapshot
    chosen : Plan
    day : date
    columns : sequence of Column
    most : int or None
        A random sample of so many, where there are more; read without holding the others.

    Raises
    ------
    NothingToDoError
        If the outcome window is not complete.
    """
    study, folder = context.study, build(context, snapshot, chosen, day)
    days, followed = study.outcome.days, manifest(folder)["followed_days"]
    if followed < days:
        do = "Choose an earlier index date, or a shorter outcome window."
        raise NothingToDoError(f"Only {followed} of {days} days after {day} are in the extracts.", do=do)
    who = pq.read_table(folder / "features.parquet", columns=["patient_id", "practice_code", "age"])
    labels = labels_of(
        pq.read_table(folder / "outcomes.parquet"), study.outcome, who.column("age").to_numpy().astype(float)
    )
    places = np.arange(who.num_rows)
    if most is not None and most < who.num_rows:
        places = np.sort(np.random.default_rng(study.model.seed).choice(who.num_rows, most, replace=False))
    return Labelled(
        _matrix(folder / "features.parquet", [column.name for column in columns], places),
        tuple(columns),
        labels.only(places),
        person_numbers(who.column("patient_id"))[places],
        who.column("practice_code").to_pandas().astype(object).to_numpy()[places],
    )


def _matrix(path: Path, names: Sequence[str], places: np.ndarray) -> np.ndarray:
    """Some rows of some columns, batch by batch."""
    x, start, done = np.empty((len(places), len(names)), np.float32), 0, 0
    for batch in read_batches(path, names):
        mine = places[np.searchsorted(places, start) : np.searchsorted(places, start + batch.num_rows)] - start
        x[done : done + len(mine)] = as_matrix(batch.take(pa.array(mine)), names)
        start, done = start + batch.num_rows, done + len(mine)
    return x


def dated(context: Context, snapshot: Snapshot, chosen: Plan, dates: IndexDates, columns: Sequence[Column]) -> Dated:
    """Everyone that variants are fitted, calibrated and judged on."""
    model = context.study.model

    def at(day: date, most: int | None) -> Labelled:
        return labelled_at(context, snapshot, chosen, day, columns, most)

    if context.study.timing.split == "people":
        return split_people(at(dates.test, None))
    fit = stacked([at(day, model.max_rows // len(dates.fit)) for day in dates.fit])
    return Dated(fit, at(dates.calibrate, model.max_rows), at(dates.test, None))


def people_of(study: Study, folder: Path, test: Labelled, split: str = "time") -> People:
    """How the people of a test date are judged: list sizes, practices, subgroups.

    Parameters
    ----------
    study : Study
    folder : Path
        Of the run.
    test : Labelled
        All people of the run, or those that `train.kept_for_test` keeps.
    split : {"time", "people"}
    """
    who = _described(folder)
    if split == "people":
        pseudonyms = pq.read_table(folder / "cohort.parquet", columns=["patient_id"]).column("patient_id")
        who = who[kept_for_test(person_numbers(pseudonyms))]
    labels = test.labels
    prior = None if PRIOR not in who else who[PRIOR].to_numpy(float) == 0
    return People(
        y=labels.outcome,
        admissions=labels.events,
        sizes=list_sizes(study, test.practice),
        practice=test.practice,
        per_practice=role_shares(study, test.practice),
        weight=labels.weight(),
        no_prior=prior,
        groups=groups_of(who),
    )


def _described(folder: Path) -> pd.DataFrame:
    """What subgroups are made of, one row a person."""
    cohort = pq.read_table(folder / "cohort.parquet", columns=["age", "sex", "ethnicity", "imd_decile"]).to_pandas()
    known = set(pq.read_schema(folder / "features.parquet").names)
    wanted = {PRIOR: PRIOR, "in_care_home": "has_care_home"}
    there = {name: source for name, source in wanted.items() if source in known}
    found = pq.read_table(folder / "features.parquet", columns=list(there.values())).to_pandas()
    found = found.set_axis(list(there), axis=1)
    empty = [name for name in cohort if cohort[name].isna().all()]
    described: pd.DataFrame = pd.concat([cohort.drop(columns=empty), found], axis=1)
    return described


def list_sizes(study: Study, practice: np.ndarray) -> dict[str, int]:
    """How many people a list holds: the room that each role has in all practices together, and shares of everyone.

    Subgroups and choices are judged at the first: the study's own capacity.
    """
    people = len(practice)
    shares = {f"top {pct:g} %": max(1, round(people * pct / 100)) for pct in study.compare.list_sizes_pct}
    roles = {name: _room(study, name, practice) for name in study.roles}
    return {**{name: min(room, people) for name, room in roles.items() if room}, **shares}


def role_shares(study: Study, practice: np.ndarray) -> dict[str, float]:
    """The share of people that each role has room for."""
    rooms = {name: _room(study, name, practice) for name in study.roles}
    return {name: min(1.0, room / len(practice)) for name, room in rooms.items() if room}


def _room(study: Study, role: str, practice: np.ndarray) -> int:
    """Places in all practices together; of a caseload, all of it."""
    sizes = areas_of(study.roles[role], pd.Series(practice), study.team_of).value_counts()
    return sum(capacity(study.roles[role], int(size), 0) for size in sizes)
