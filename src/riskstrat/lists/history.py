"""Read what earlier months left behind: lists, risks, decisions and caseloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.lists.decisions import decisions_standing, holders
from riskstrat.lists.review.vocabulary import folded
from riskstrat.lists.runs import ScoredRun
from riskstrat.study import Session, latest, read_decisions
from riskstrat.tables import Floats, Snapshot
from riskstrat.wording import plural

_LISTED = ["role", "practice_code", "patient_id", "rank"]
ONE_CASE = ["patient_id", "role"]
_CASELOAD = {"patient_id": "str", "role": "str", "enrolled": "datetime64[s]", "left": "datetime64[s]"}
MOST_LISTS = 24


@dataclass(frozen=True)
class ListHistory:
    """Earlier lists, decisions, caseloads, deaths and opt-outs that affect the lists of a day.

    Parameters
    ----------
    lists : list of pandas.DataFrame
        Lists of earlier runs, oldest first: role, practice_code, patient_id, rank.
    last, same_model
        The last of these runs, and whether the same model scored it.
    decisions : pandas.DataFrame
        Decisions of the practice that the patient is still with; see `decisions_standing`.
    accepted : pandas.DataFrame
        Patients on the caseload of a role that accepted them: patient_id, role.
    deaths, objected : frozenset of str
        Pseudonyms of everyone with a recorded death, and of everyone who has opted out at any time.
    """

    lists: list[pd.DataFrame]
    last: ScoredRun | None
    same_model: bool
    decisions: pd.DataFrame
    accepted: pd.DataFrame
    deaths: frozenset[str]
    objected: frozenset[str]

    def last_list(self, role: str) -> pd.DataFrame:
        """Return a role's last list, of all practices."""
        if not self.lists:
            return pd.DataFrame(columns=_LISTED)
        return self.lists[-1][self.lists[-1]["role"] == role]


def read_history(
    run: ScoredRun, listed: Sequence[ScoredRun], snapshot: Snapshot, decisions: pd.DataFrame, accepted: pd.DataFrame
) -> ListHistory:
    """Read the history of a run, given the earlier runs with lists, the decisions and the accepted patients."""
    past = listed[-MOST_LISTS:]
    return ListHistory(
        [pq.read_table(one.folder / "lists" / "lists.parquet", columns=_LISTED).to_pandas() for one in past],
        past[-1] if past else None,
        bool(past) and past[-1].model == run.model,
        decisions,
        accepted,
        known_deaths(snapshot),
        _objected(snapshot),
    )


def decided_before(log: pd.DataFrame, day: date, next_listed: date | None) -> pd.DataFrame:
    """Take the decisions on lists before a day, without those made after the next lists were written.

    So a past list can be made again as it was, although later decisions are stored.
    """
    rows = latest(log)
    rows = rows[pd.to_datetime(rows["index_date"]) < pd.Timestamp(day)]
    return rows if next_listed is None else rows[~(pd.to_datetime(rows["decided_on"]) >= pd.Timestamp(next_listed))]


def listed_after(session: Session, dates: Sequence[date], day: date) -> date | None:
    """Find the first scored date after a day that has lists."""
    return next((one for one in dates if one > day and (session.folder.run(one) / "lists").is_dir()), None)


def of_their_practice(decided: pd.DataFrame, members: pa.Table) -> pd.DataFrame:
    """Keep the decisions about patients who are still with the practice that made them; see `read_members`."""
    columns = ["patient_id", "practice_code"]
    here = members.filter(pc.is_in(members["patient_id"], pa.array(decided["patient_id"].unique(), pa.string())))
    there = pd.MultiIndex.from_frame(here.select(columns).to_pandas())
    return decided[pd.MultiIndex.from_frame(decided[columns]).isin(there)]


def read_members(folder: Path) -> pa.Table:
    """Read who is in the cohort of a run, with the practice."""
    return pq.read_table(folder / "cohort.parquet", columns=["patient_id", "practice_code"])


def decisions_at(session: Session, day: date) -> pd.DataFrame:
    """Read the decisions that affect the lists of a day; see `decisions_standing`."""
    after = listed_after(session, session.folder.run_dates(), day)
    decided = decided_before(read_decisions(session.folder.path), day, after)
    members = read_members(session.folder.run(day))
    return decisions_standing(of_their_practice(decided, members), session.study.decisions, day)


def cases_at(
    session: Session, snapshot: Snapshot, day: date, decisions: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Find the patients whom roles accepted (patient_id, role), and all patients on a caseload: see `held_cases`."""
    caseload = _caseload(session, snapshot)
    accepted = _still_held(holders(decisions, day), caseload, day)
    return accepted, held_cases(caseload, day, accepted)


def listed_runs(session: Session, day: date) -> list[Path]:
    """Find the folders of runs before a day that have lists, oldest first."""
    past = [ScoredRun(session.folder.run(one)) for one in session.folder.run_dates() if one < day]
    return [run.folder for run in past if run.is_listed]


def past_risks(runs: Sequence[ScoredRun], ids: pa.Array) -> Floats:
    """Read earlier risks in percent, one column for each run; NaN where the patient was not scored."""
    found = np.full((len(ids), len(runs)), np.nan)
    for column, run in enumerate(runs):
        scores = pq.read_table(run.folder / "scores.parquet", columns=["patient_id", "risk"]).combine_chunks()
        place = pc.index_in(ids, scores.column("patient_id").combine_chunks())
        risk = scores.column("risk").combine_chunks().take(place)
        found[:, column] = risk.to_numpy(zero_copy_only=False) * 100
    return found


def _caseload(session: Session, snapshot: Snapshot) -> pd.DataFrame:
    """Read the caseload extract: patient_id, role by its name in the study, enrolled, left."""
    if "caseload" not in snapshot.tables:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _CASELOAD.items()})
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
    """Drop the accepted patients who have since left the caseload, according to the caseload extract."""
    both = accepted.merge(caseload, on=ONE_CASE)
    over = both.loc[(both["left"] >= both["since"]) & (both["left"] <= pd.Timestamp(day)), ONE_CASE]
    gone = pd.MultiIndex.from_frame(accepted[ONE_CASE]).isin(pd.MultiIndex.from_frame(over))
    return accepted.loc[~gone, ONE_CASE]


def held_cases(caseload: pd.DataFrame, day: date, accepted: pd.DataFrame) -> dict[str, str]:
    """Map pseudonyms to the roles whose caseload they are on, by the caseload extract or an accepted decision."""
    held = caseload[(caseload["enrolled"] <= pd.Timestamp(day)) & ~(caseload["left"] <= pd.Timestamp(day))]
    rows = pd.concat([held[ONE_CASE].astype(object), accepted[ONE_CASE].astype(object)])
    roles = rows.drop_duplicates().sort_values("role").groupby("patient_id")["role"].agg("; ".join)
    return {str(patient): str(names) for patient, names in roles.items()}


def known_deaths(snapshot: Snapshot) -> frozenset[str]:
    """Read the pseudonyms of everyone with a recorded death."""
    rows = pq.read_table(snapshot.folder / "patients", columns=["patient_id", "death_date"])
    return frozenset(rows.filter(pc.is_valid(rows["death_date"])).column("patient_id").to_pylist())


def _objected(snapshot: Snapshot) -> frozenset[str]:
    if "opt_outs" not in snapshot.tables:
        return frozenset()
    return frozenset(pq.read_table(snapshot.folder / "opt_outs", columns=["patient_id"])["patient_id"].to_pylist())


def unknown_roles(roles: Sequence[str], past: ListHistory) -> list[str]:
    """List roles with lists or decisions that the study no longer has, each with the counts."""
    last = past.lists[-1]["role"] if past.lists else pd.Series(dtype=object)
    counts = {("patient", " on its last list"): last, ("decision", ""): past.decisions["role"]}
    found: dict[str, list[str]] = {}
    for (noun, where), named in counts.items():
        for role, n in named[~named.isin(list(roles))].value_counts().sort_index().items():
            found.setdefault(str(role), []).append(plural(n, noun) + where)
    return [f"{role} ({', '.join(said)})" for role, said in found.items()]
