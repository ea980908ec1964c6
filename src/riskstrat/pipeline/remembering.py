"""What a study remembers of its earlier months: lists, risks, decisions, and who holds which case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.decisions import latest, read_decisions
from riskstrat.lists.effects import holders, standing
from riskstrat.pipeline.building import manifest
from riskstrat.pipeline.context import Context
from riskstrat.store import Snapshot

LISTED = ["role", "practice_code", "patient_id", "rank"]
MOST_LISTS = 24


@dataclass(frozen=True)
class Memory:
    """What bears on the lists of a day.

    Parameters
    ----------
    lists : list of pandas.DataFrame
        Lists of earlier runs, oldest first: role, practice_code, patient_id, rank.
    last : Path or None
        The run before, if it was listed.
    decisions : pandas.DataFrame
        Those that stand or have stood; see `effects.standing`.
    held : dict of str to str
        Pseudonym to the roles whose caseload the person is on.
    deaths : frozenset of str
        Pseudonyms of everyone who has died, as far as the extracts know.
    """

    lists: list[pd.DataFrame]
    last: Path | None
    decisions: pd.DataFrame
    held: dict[str, str]
    deaths: frozenset[str]

    def last_list(self, role: str) -> pd.DataFrame:
        """A role's last list of every practice."""
        if not self.lists:
            return pd.DataFrame(columns=LISTED)
        return self.lists[-1][self.lists[-1]["role"] == role]


def memory(context: Context, snapshot: Snapshot, day: date) -> Memory:
    """What bears on the lists of a day."""
    decisions = standing(latest(read_decisions(context.home.folder)), context.study.decisions, day)
    past = listed_runs(context, day)[-MOST_LISTS:]
    lists = [pq.read_table(folder / "lists" / "lists.parquet", columns=LISTED).to_pandas() for folder in past]
    held = held_cases(snapshot, day, holders(decisions, day))
    return Memory(lists, past[-1] if past else None, decisions, held, known_deaths(snapshot))


def listed_runs(context: Context, day: date) -> list[Path]:
    """Folders of runs before a day that have lists, oldest first."""
    past = [context.home.run(d) for d in context.home.run_dates() if d < day]
    return [folder for folder in past if (folder / "lists" / "lists.parquet").is_file()]


def scored_before(context: Context, day: date) -> list[Path]:
    """Folders of the last runs before a day that the same model scored, oldest first."""
    model = manifest(context.home.run(day)).get("model_key")
    past = [context.home.run(d) for d in context.home.run_dates() if d < day]
    same = [folder for folder in past if model and manifest(folder).get("model_key") == model]
    return same[-context.study.lists.rising_runs :]


def past_risks(folders: list[Path], ids: pa.Array) -> npt.NDArray[np.float64]:
    """Earlier risks in percent of some people, one column a run; NaN where not scored.

    Parameters
    ----------
    folders : list of Path
        Of runs.
    ids : pyarrow.Array
        Pseudonyms.
    """
    found = np.full((len(ids), len(folders)), np.nan)
    for column, folder in enumerate(folders):
        scores = pq.read_table(folder / "scores.parquet", columns=["patient_id", "risk"]).combine_chunks()
        place = pc.index_in(ids, scores.column("patient_id").combine_chunks())
        risk = scores.column("risk").combine_chunks().take(place)
        found[:, column] = risk.to_numpy(zero_copy_only=False) * 100
    return found


def held_cases(snapshot: Snapshot, day: date, accepted: pd.DataFrame) -> dict[str, str]:
    """Pseudonym to the roles that hold the case on a day.

    Parameters
    ----------
    snapshot : Snapshot
    day : datetime.date
    accepted : pandas.DataFrame
        Cases that roles accepted; see `effects.holders`. One that the caseload extract says has since left is not held.
    """
    columns = ["patient_id", "role"]
    if "caseload" not in snapshot.tables:
        return _roles_by_patient(accepted[columns])
    rows = pq.read_table(snapshot.folder / "caseload").to_pandas()
    enrolled, left = pd.to_datetime(rows["enrolled_date"]), pd.to_datetime(rows["left_date"])
    held = rows[(enrolled <= pd.Timestamp(day)) & ~(left <= pd.Timestamp(day))]
    since = accepted.merge(rows.assign(left=left)[left.notna()], on=columns)
    over = since.loc[(since["left"] >= since["since"]) & (since["left"] <= pd.Timestamp(day)), columns]
    still = accepted[~pd.MultiIndex.from_frame(accepted[columns]).isin(pd.MultiIndex.from_frame(over))]
    return _roles_by_patient(pd.concat([held[columns].astype(object), still[columns].astype(object)]))


def _roles_by_patient(rows: pd.DataFrame) -> dict[str, str]:
    roles = rows.drop_duplicates().sort_values("role").groupby("patient_id")["role"].agg("; ".join)
    return {str(patient): str(names) for patient, names in roles.items()}


def known_deaths(snapshot: Snapshot) -> frozenset[str]:
    """Pseudonyms of everyone who has died, as far as the extracts know."""
    rows = pq.read_table(snapshot.folder / "patients", columns=["patient_id", "death_date"])
    return frozenset(rows.filter(pc.is_valid(rows["death_date"])).column("patient_id").to_pylist())
