"""Loading of past runs: the rows that models are fitted, calibrated and judged on, in memory."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.errors import NothingToDoError
from riskstrat.features import ClinicalScore, Feature, Plan, build_run, run_manifest
from riskstrat.modelling.bundle import as_matrix
from riskstrat.modelling.dataset import LabelledRows, person_numbers, stacked
from riskstrat.modelling.index_dates import IndexDates
from riskstrat.modelling.labels import labels_of
from riskstrat.modelling.training import Splits, split_people
from riskstrat.modelling.variant import ModelColumn
from riskstrat.study import Session, Study
from riskstrat.tables import FeatureMatrix, Ints, Snapshot


def columns_of(features: Iterable[Feature], study: Study) -> tuple[ModelColumn, ...]:
    """Describe the columns of features for variants."""
    keeps = study.model.monotone
    return tuple(
        ModelColumn(c.name, c.kind, feature.group, c.monotone if keeps else 0, _offered(feature))
        for feature in features
        for c in feature.columns()
    )


def _offered(feature: Feature) -> bool:
    """Return whether models may use it; a score made of other columns would only share their part of the risk."""
    return feature.usable_by_models and not (isinstance(feature, ClinicalScore) and feature.repeats)


def labelled_at(
    session: Session,
    snapshot: Snapshot,
    chosen: Plan,
    day: date,
    columns: Sequence[ModelColumn],
    most: int | None = None,
) -> LabelledRows:
    """Load the people of an index date with their outcomes, or a random sample of `most` of them.

    Raises
    ------
    NothingToDoError
        If the outcome window is not complete.
    """
    study, folder = session.study, build_run(session, snapshot, chosen, day)
    days, followed = study.outcome.days, run_manifest(folder)["followed_days"]
    if followed < days:
        do = "Choose an earlier index date or a shorter outcome window."
        raise NothingToDoError(f"The extracts cover only {followed} of {days} days after {day}.", advice=do)
    people = pq.read_table(folder / "features.parquet", columns=["patient_id", "practice_code", "age"])
    labels = labels_of(
        pq.read_table(folder / "outcomes.parquet"), study.outcome, people.column("age").to_numpy().astype(float)
    )
    places = np.arange(people.num_rows)
    if most is not None and most < people.num_rows:
        places = np.sort(np.random.default_rng(study.model.seed).choice(people.num_rows, most, replace=False))
    return LabelledRows(
        _matrix(folder / "features.parquet", [column.name for column in columns], places),
        tuple(columns),
        labels.only(places),
        person_numbers(people.column("patient_id"))[places],
        people.column("practice_code").to_pandas().astype(object).to_numpy()[places],
    )


def _matrix(path: Path, names: Sequence[str], places: Ints) -> FeatureMatrix:
    """Read some rows of some columns, batch by batch."""
    x, start, done = np.empty((len(places), len(names)), np.float32), 0, 0
    for batch in read_batches(path, names):
        mine = places[np.searchsorted(places, start) : np.searchsorted(places, start + batch.num_rows)] - start
        x[done : done + len(mine)] = as_matrix(batch.take(pa.array(mine)), names)
        start, done = start + batch.num_rows, done + len(mine)
    return x


def load_splits(
    session: Session, snapshot: Snapshot, chosen: Plan, dates: IndexDates, columns: Sequence[ModelColumn]
) -> Splits:
    """Load everyone that variants are fitted, calibrated and judged on."""
    model = session.study.model

    def at(day: date, most: int | None) -> LabelledRows:
        found = labelled_at(session, snapshot, chosen, day, columns, most)
        tick(1)
        return found

    with session.reporter.working("Building features", len(dates.all()), "index date") as tick:
        if session.study.timing.split == "people":
            return split_people(at(dates.test, None))
        fit = stacked([at(day, model.max_rows // len(dates.fit)) for day in dates.fit])
        return Splits(fit, at(dates.calibrate, model.max_rows), at(dates.test, None))
