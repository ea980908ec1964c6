"""The people of a past run on whom models are judged, in memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from riskstrat.evaluation.people import People
from riskstrat.evaluation.population_groups import groups_of
from riskstrat.modelling import LabelledRows, kept_for_test, person_numbers
from riskstrat.study import Study

_PRIOR = "emergency_admissions_12m"


def people_of(study: Study, folder: Path, test: LabelledRows, split: str = "time") -> People:
    """Collect what the people of a test date are judged with: list sizes, practices, subgroups.

    Parameters
    ----------
    test : LabelledRows
        All people of the run, or those that `modelling.kept_for_test` keeps.
    """
    described = _described(folder)
    if split == "people":
        pseudonyms = pq.read_table(folder / "cohort.parquet", columns=["patient_id"]).column("patient_id")
        described = described[kept_for_test(person_numbers(pseudonyms))]
    labels = test.labels
    prior = None if _PRIOR not in described else described[_PRIOR].to_numpy(float) == 0
    return People(
        y=labels.outcome,
        admissions=labels.events,
        sizes=list_sizes(study, test.practice),
        practice=test.practice,
        per_practice=role_shares(study, test.practice),
        weight=labels.weight(),
        no_prior=prior,
        groups=groups_of(described),
    )


def _described(folder: Path) -> pd.DataFrame:
    """Read the columns that subgroups are made from, one row for each person."""
    cohort = pq.read_table(folder / "cohort.parquet", columns=["age", "sex", "ethnicity", "imd_decile"]).to_pandas()
    known = set(pq.read_schema(folder / "features.parquet").names)
    wanted = {_PRIOR: _PRIOR, "in_care_home": "has_care_home"}
    there = {name: source for name, source in wanted.items() if source in known}
    found = pq.read_table(folder / "features.parquet", columns=list(there.values())).to_pandas()
    found = found.set_axis(list(there), axis=1)
    empty = [name for name in cohort if cohort[name].isna().all()]
    described: pd.DataFrame = pd.concat([cohort.drop(columns=empty), found], axis=1)
    return described


def list_sizes(study: Study, practice: np.ndarray) -> dict[str, int]:
    """Return the list sizes: the capacity of each role in all practices together, and shares of everyone.

    Subgroups and choices use the first, which is the study's own capacity.
    """
    people = len(practice)
    shares = {f"top {pct:g} %": max(1, round(people * pct / 100)) for pct in study.compare.list_sizes_pct}
    roles = {name: _room(study, name, practice) for name in study.roles}
    return {**{name: min(room, people) for name, room in roles.items() if room}, **shares}


def role_shares(study: Study, practice: np.ndarray) -> dict[str, float]:
    """Return the share of people that each role has capacity for."""
    rooms = {name: _room(study, name, practice) for name in study.roles}
    return {name: min(1.0, room / len(practice)) for name, room in rooms.items() if room}


def _room(study: Study, role: str, practice: np.ndarray) -> int:
    """Count the places of a role in all practices together; for a caseload, all of it."""
    sizes = study.roles[role].areas(pd.Series(practice), study.team_of).value_counts()
    return sum(study.roles[role].capacity(int(size), 0) for size in sizes)
