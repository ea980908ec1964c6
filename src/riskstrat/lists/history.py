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

from riskstrat.engine import read_batches
from riskstrat.features import run_manifest
from riskstrat.lists.decisions import decisions_standing, holders
from riskstrat.lists.review.vocabulary import folded
from riskstrat.study import Session, latest, read_decisions
from riskstrat.tables import Snapshot

_LISTED = ["role", "practice_code", "patient_id", "rank"]
ONE_CASE = ["patient_id", "role"]
_CASELOAD = {"patient_id": "str", "role": "str", "enrolled": "datetime64[s]", "left": "datetime64[s]"}
MOST_LISTS = 24


@dataclass(frozen=True)
class ListHistory:
    """What bears on the lists of a day.

    Parameters
    ----------
    lists : list of pandas.DataFrame
        Lists of earlier runs, oldest first: role, practice_code, patient_id, rank.
    last : Path or None
        The run before, if it was listed.
    same_model : bool
        Whether the same model scored the run before.
    decisions : pandas.DataFrame
        Those that stand or have stood, of practices whose patients they still are; see `effects.standing`.
    accepted : pandas.DataFrame
        Cases that roles hold because they accepted them: patient_id, role.
    held : dict of str to str
        Pseudonym to the roles whose caseload the person is on.
    deaths : frozenset of str
        Pseudonyms of everyone who has died, as far as the extracts know.
    objected : frozenset of str
        Pseudonyms of everyone who has objected at any time.
    """

    lists: list[pd.DataFrame]
    last: Path | None
    same_model: bool
    decisions: pd.DataFrame
    accepted: pd.DataFrame
    held: dict[str, str]
    deaths: frozenset[str]
    objected: frozenset[str]

    def last_list(self, role: str) -> pd.DataFrame:
        """A role's last list of every practice."""
        if not self.lists:
            return pd.DataFrame(columns=_LISTED)
        return self.lists[-1][self.lists[-1]["role"] == role]


def read_history(session: Session, snapshot: Snapshot, day: date) -> ListHistory:
    """What bears on the lists of a day."""
    folder = session.folder.run(day)
    decisions = decisions_at(session, day)
    past = listed_runs(session, day)[-MOST_LISTS:]
    lists = [pq.read_table(run / "lists" / "lists.parquet", columns=_LISTED).to_pandas() for run in past]
    accepted, held = cases_at(session, snapshot, day, decisions)
    return ListHistory(
        lists,
        past[-1] if past else None,
        bool(past) and model_of(past[-1]) == model_of(folder),
        decisions,
        accepted,
        held,
        known_deaths(snapshot),
        _objected(snapshot),
    )


def decisions_at(session: Session, day: date) -> pd.DataFrame:
    """The decisions that bear on the lists of a day; see `effects.standing`."""
    decided = _of_their_practice(decided_by(session, day), session.folder.run(day))
    return decisions_standing(decided, session.study.decisions, day)


def decided_by(session: Session, day: date) -> pd.DataFrame:
    """The decisions on lists before a day, without those that were made once the next lists were there.

    So that a past list can be made again as it was, though decisions have gone on.
    """
    rows = latest(read_decisions(session.folder.path))
    rows = rows[pd.to_datetime(rows["index_date"]) < pd.Timestamp(day)]
    later = [d for d in session.folder.run_dates() if d > day and (session.folder.run(d) / "lists").is_dir()]
    made = pd.to_datetime(rows["decided_on"])
    return rows[~(made >= pd.Timestamp(later[0]))] if later else rows


def cases_at(
    session: Session, snapshot: Snapshot, day: date, decisions: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Cases that roles hold on a day because they accepted them, and all cases that are held: see `ListHistory`."""
    caseload = _caseload(session, snapshot)
    accepted = _still_held(holders(decisions, day), caseload, day)
    return accepted, held_cases(caseload, day, accepted)


def _of_their_practice(decided: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Decisions about people who are still with the practice that wrote them."""
    columns = ["patient_id", "practice_code"]
    wanted = pa.array(decided["patient_id"].unique(), pa.string())
    batches = [b.filter(pc.is_in(b["patient_id"], wanted)) for b in read_batches(folder / "cohort.parquet", columns)]
    here = pd.MultiIndex.from_frame(pa.concat_tables(batches).to_pandas())
    return decided[pd.MultiIndex.from_frame(decided[columns]).isin(here)]


def model_of(folder: Path) -> str | None:
    """What tells whether two runs were scored by the same model."""
    facts = run_manifest(folder)
    return facts.get("model_key") or facts.get("model")


def listed_runs(session: Session, day: date) -> list[Path]:
    """Folders of runs before a day that have lists, oldest first."""
    past = [session.folder.run(d) for d in session.folder.run_dates() if d < day]
    return [folder for folder in past if (folder / "lists" / "lists.parquet").is_file()]


def scored_before(session: Session, day: date) -> list[Path]:
    """Folders of the last runs before a day that the same model scored, oldest first."""
    model = model_of(session.folder.run(day))
    past = [session.folder.run(d) for d in session.folder.run_dates() if d < day]
    return [folder for folder in past if model_of(folder) == model][-session.study.lists.rising_runs :]


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


def _caseload(session: Session, snapshot: Snapshot) -> pd.DataFrame:
    """The caseload extract: patient_id, role as the study calls it, enrolled, left."""
    if "caseload" not in snapshot.tables:
        empty = {name: pd.Series(dtype=kind) for name, kind in _CASELOAD.items()}
        return pd.DataFrame(empty)
    rows = pq.read_table(snapshot.folder / "caseload").to_pandas()
    names = {folded(role.title): name for name, role in session.study.roles.items()}
    names |= {folded(name): name for name in session.study.roles}
    written = rows["role"].astype(object)
    return pd.DataFrame({
        "patient_id": rows["patient_id"],
        "role": written.map({one: names.get(folded(str(one)), str(one)) for one in written.unique()}),
        "enrolled": pd.to_datetime(rows["enrolled_date"]),
        "left": pd.to_datetime(rows["left_date"]),
    })  # fmt: skip


def _still_held(accepted: pd.DataFrame, caseload: pd.DataFrame, day: date) -> pd.DataFrame:
    """Accepted cases, without those that the caseload extract says have since left."""
    both = accepted.merge(caseload, on=ONE_CASE)
    over = both.loc[(both["left"] >= both["since"]) & (both["left"] <= pd.Timestamp(day)), ONE_CASE]
    gone = pd.MultiIndex.from_frame(accepted[ONE_CASE]).isin(pd.MultiIndex.from_frame(over))
    return accepted.loc[~gone, ONE_CASE]


def held_cases(caseload: pd.DataFrame, day: date, accepted: pd.DataFrame) -> dict[str, str]:
    """Pseudonym to the roles that hold the case on a day.

    Parameters
    ----------
    caseload : pandas.DataFrame
        patient_id, role, enrolled, left.
    accepted : pandas.DataFrame
        Cases that roles accepted: patient_id, role.
    """
    held = caseload[(caseload["enrolled"] <= pd.Timestamp(day)) & ~(caseload["left"] <= pd.Timestamp(day))]
    return _roles_by_patient(pd.concat([held[ONE_CASE].astype(object), accepted[ONE_CASE].astype(object)]))


def _roles_by_patient(rows: pd.DataFrame) -> dict[str, str]:
    roles = rows.drop_duplicates().sort_values("role").groupby("patient_id")["role"].agg("; ".join)
    return {str(patient): str(names) for patient, names in roles.items()}


def known_deaths(snapshot: Snapshot) -> frozenset[str]:
    """Pseudonyms of everyone who has died, as far as the extracts know."""
    rows = pq.read_table(snapshot.folder / "patients", columns=["patient_id", "death_date"])
    return frozenset(rows.filter(pc.is_valid(rows["death_date"])).column("patient_id").to_pylist())


def _objected(snapshot: Snapshot) -> frozenset[str]:
    if "opt_outs" not in snapshot.tables:
        return frozenset()
    return frozenset(pq.read_table(snapshot.folder / "opt_outs", columns=["patient_id"])["patient_id"].to_pylist())


def unknown_roles(session: Session, memory: ListHistory) -> list[str]:
    """Roles that hold cases, decided or had a list, and that the study does not have, each with what is lost."""
    last = memory.lists[-1]["role"] if memory.lists else pd.Series(dtype=object)
    counts = {"on its last list": last, "decided": memory.decisions["role"]}
    known = set(session.study.roles)
    found: dict[str, list[str]] = {}
    for what, roles in counts.items():
        for role, n in roles[~roles.isin(list(known))].value_counts().sort_index().items():
            found.setdefault(str(role), []).append(f"{n:,} {what}")
    return [f"{role} ({', '.join(said)})" for role, said in found.items()]
