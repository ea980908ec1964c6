"""Choose who is listed: eligible by the role's rule, in the role's order, up to the team's capacity.

Decision
--------
Each patient of the cohort has one outcome on each list, the first that applies: died after the index date, does not
meet the rule, excluded by a decision, on the list or caseload of another role, all places taken, listed. So the counts
always add up, and every output gives the same reason why a patient is not listed. `places` works out how many places
there are and who keeps one. Roles choose one after the other, in the order of study.toml.

Ties are broken by the pseudonym, so that a repeated run gives the same list.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from riskstrat.lists.decisions import left_out_by_decision, pinned
from riskstrat.lists.history import ListHistory
from riskstrat.lists.places import placed, room_of
from riskstrat.lists.rising import Rise
from riskstrat.lists.rules import eligible
from riskstrat.study import RoleSettings, Study
from riskstrat.tables import Bools

DIED, NOT_ELIGIBLE, OTHER_ROLE, NO_ROOM = "died_since", "not_eligible", "with_other_role", "over_capacity"
_LISTED = "listed"
OUTCOMES = (DIED, NOT_ELIGIBLE, OTHER_ROLE, NO_ROOM, _LISTED)
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RoleHistory:
    """Effects of earlier lists and decisions on a role's list.

    Parameters
    ----------
    left_out : mapping of str to str
        Pseudonym to the decision that excludes the patient.
    accepted : collection of str
        Pseudonyms on the role's caseload because it accepted them: the rule ignores that caseload, so that they count
        as excluded by a decision.
    listed, pinned : collection of str
        Pseudonyms on the role's last list, and those that are listed before all others.
    taken : collection of str
        Pseudonyms on the lists or caseloads of other roles, where each patient is to be on one list only.
    """

    left_out: Mapping[str, str] = field(default_factory=dict)
    accepted: Collection[str] = NOBODY
    listed: Collection[str] = NOBODY
    pinned: Collection[str] = NOBODY
    taken: Collection[str] = NOBODY


@dataclass(frozen=True)
class Selection:
    """The patients listed for one role with `rank`, the counts of each practice (`ListCounts`), and all outcomes.

    The outcome of a patient excluded by a decision is the name of the decision.
    """

    rows: pd.DataFrame
    counts: pd.DataFrame
    outcomes: pd.Series


def ordered(rows: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Sort rows in a role's order."""
    columns = [term.lstrip("-") for term in order] + ["patient_id"]
    ascending = [not term.startswith("-") for term in order] + [True]
    return rows.sort_values(columns, ascending=ascending, na_position="last", kind="stable")


def select(
    name: str,
    role: RoleSettings,
    everyone: pd.DataFrame,
    died: Bools,
    past: RoleHistory | None = None,
    stability_pct: float = 0.0,
    teams: Mapping[str, str] | None = None,
) -> Selection:
    """List a role's patients, practice by practice.

    Parameters
    ----------
    died : array of bool, shape (rows,)
        Patients with a recorded death after the index date.
    stability_pct : float
        See `places`; 0 lists by rank alone.
    teams : mapping of str to str or None
        Practice to its team; a practice without a team is a team of its own.
    """
    past = past or RoleHistory()
    outcomes = _outcomes(name, role, everyone, died, past)
    areas = role.areas(everyone["practice_code"], teams or {})
    room = room_of(role, areas, holds_case(name, everyone["on_caseload"]))
    ranked = ordered(everyone[outcomes == NO_ROOM], role.order)
    ranked = placed(ranked, areas, room, past.listed, past.pinned, stability_pct / 100)
    outcomes[ranked.index[ranked["listed"]]] = _LISTED
    counts = _counts(everyone["practice_code"], outcomes, ranked)
    counts["team"] = [(teams or {}).get(str(one), "") if role.by_team else "" for one in counts.index]
    counts["capacity"] = room.reindex(role.areas(counts.index.to_series(), teams or {}).to_numpy()).to_numpy()
    return Selection(_listed(name, role, ranked), counts, outcomes)


def holds_case(role: str, on_caseload: pd.Series) -> pd.Series:
    """Flag the patients who are on a role's caseload.

    >>> holds_case("gp_mdt", pd.Series(["district_nurse; gp_mdt", None, "gp_mdt_2"])).tolist()
    [True, False, False]
    """
    known = on_caseload.dropna()
    held = known.map(lambda roles: role in roles.split("; ")).astype(bool)
    return held.reindex(on_caseload.index, fill_value=False)


def responsible(on_caseload: str | None, lists: Sequence[str], order: Sequence[str]) -> str | None:
    """Find the responsible role: the first in the study's order with the patient on its caseload, else on its list.

    >>> order = ["gp_mdt", "pharmacist"]
    >>> responsible("hospice; pharmacist", ["gp_mdt"], order), responsible(None, ["pharmacist", "gp_mdt"], order)
    ('pharmacist', 'gp_mdt')
    """
    candidates = on_caseload.split("; ") if on_caseload else list(lists)
    place = {role: number for number, role in enumerate(order)}
    return min(candidates, key=lambda role: place.get(role, len(place)), default=None)


def _outcomes(name: str, role: RoleSettings, everyone: pd.DataFrame, died: Bools, past: RoleHistory) -> pd.Series:
    """Work out the outcomes that do not depend on the number of places."""
    ids, outcomes = everyone["patient_id"], pd.Series(NO_ROOM, everyone.index, dtype=object)
    outcomes[ids.isin(list(past.taken))] = OTHER_ROLE
    decided = ids.isin(list(past.left_out)).to_numpy()
    outcomes[decided] = ids[decided].map(past.left_out)
    outcomes[~eligible(role.eligible, _without_own(name, everyone, past.accepted))] = NOT_ELIGIBLE
    outcomes[died] = DIED
    return outcomes


def _without_own(name: str, everyone: pd.DataFrame, accepted: Collection[str]) -> pd.DataFrame:
    """Hide from the rule the role's own caseload of patients whom it accepted."""
    mine = everyone["patient_id"].isin(list(accepted)).to_numpy()
    if not mine.any():
        return everyone
    held = everyone["on_caseload"].copy()
    held[mine] = without(held[mine], [name])
    return everyone.assign(on_caseload=held)


def without(on_caseload: pd.Series, roles: Collection[str]) -> pd.Series:
    """Remove some roles from the caseloads of each patient.

    >>> without(pd.Series(["gp_mdt; social_worker", "social_worker", None]), ["social_worker"]).tolist()
    ['gp_mdt', None, None]
    """
    held = [[] if pd.isna(names) else names.split("; ") for names in on_caseload.tolist()]
    others = ["; ".join(name for name in names if name not in roles) or None for names in held]
    return pd.Series(others, on_caseload.index, dtype=object)


def _counts(practices: pd.Series, outcomes: pd.Series, ranked: pd.DataFrame) -> pd.DataFrame:
    found = pd.crosstab(practices.astype(object), outcomes)
    counts = found.reindex(columns=list(OUTCOMES), fill_value=0).assign(cohort=found.sum(axis=1))
    decided = found.drop(columns=list(OUTCOMES), errors="ignore").to_dict("records")
    hidden = [{str(decision): int(n) for decision, n in row.items() if n} for row in decided]
    counts["hidden"] = pd.Series(hidden, counts.index, dtype=object)
    counts["eligible"] = counts["cohort"] - counts[DIED] - counts[NOT_ELIGIBLE]
    practice, risk = ranked["practice_code"].astype(object), ranked["risk_pct"] / 100
    sums = {
        "kept": (ranked["listed"] & ~ranked["plain"] & ~ranked["due"]).astype(int),
        "due": (ranked["listed"] & ~ranked["plain"] & ranked["due"]).astype(int),
        "expected": risk.where(ranked["listed"], 0.0),
        "expected_plain": risk.where(ranked["plain"], 0.0),
    }
    for column, values in sums.items():
        counts[column] = values.groupby(practice).sum().reindex(counts.index, fill_value=0)
    return counts


def _listed(name: str, role: RoleSettings, ranked: pd.DataFrame) -> pd.DataFrame:
    """Rank the listed patients within their practice; groups stay together, the highest group first."""
    rows = ranked[ranked["listed"]].drop(columns=["listed", "plain", "due"]).assign(role=name)
    if role.group_by is not None and len(rows):
        groups = rows[role.group_by].astype(object).where(rows[role.group_by].notna(), "")
        first = np.arange(len(rows))
        best = pd.Series(first, rows.index).groupby([rows["practice_code"].astype(object), groups]).transform("min")
        rows = rows.assign(_best=best, _place=first).sort_values(["_best", "_place"]).drop(columns=["_best", "_place"])
    rows = rows.assign(rank=rows.groupby("practice_code", observed=True).cumcount() + 1)
    return rows.sort_values(["practice_code", "rank"], kind="stable")


@dataclass(frozen=True)
class Selections:
    """The selections of all roles, in the order of study.toml, out of everyone, in the order of patient_id.

    `held_back` are the patients who meet a role's rule and are excluded by a decision: role (whose list it is),
    practice_code, patient_id, stands, stands_by, stands_since, stands_until.
    """

    everyone: pd.DataFrame
    by_role: dict[str, Selection]
    held_back: pd.DataFrame
    rise: Rise

    def outcomes_by_role(self) -> pd.DataFrame:
        """Tabulate the outcomes of everyone: patient_id, and a column for each role."""
        found = {name: selection.outcomes.astype("category") for name, selection in self.by_role.items()}
        return pd.DataFrame({"patient_id": self.everyone["patient_id"], **found})


def select_all(
    study: Study, everyone: pd.DataFrame, rise: Rise, memory: ListHistory, day: date, unique: bool
) -> Selections:
    """Select the patients of each role.

    If `unique`, each patient is on one list at most: that of the role whose caseload they are on, or else the first
    list, in the order of study.toml, that has a place.
    """
    died = everyone["patient_id"].isin(list(memory.deaths)).to_numpy()
    by_role, back, taken = dict[str, Selection](), list[pd.DataFrame](), set[str]()
    for name, role in study.roles.items():
        decided = left_out_by_decision(name, role, memory.decisions, day)
        past = RoleHistory(
            dict(zip(decided["patient_id"], decided["decision"], strict=True)),
            frozenset(memory.accepted.loc[memory.accepted["role"] == name, "patient_id"]),
            _still_here(memory.last_list(name), everyone),
            pinned(name, memory.decisions, day),
            taken | _with_others(name, everyone) if unique else frozenset[str](),
        )
        by_role[name] = select(name, role, everyone, died, past, study.lists.stability_pct, study.team_of)
        taken |= set(by_role[name].rows["patient_id"])
        back.append(_held_back(name, everyone, by_role[name], decided))
    return Selections(everyone, by_role, pd.concat(back, ignore_index=True), rise)


def _still_here(last: pd.DataFrame, everyone: pd.DataFrame) -> frozenset[str]:
    """Keep the patients of a last list who are still with the same practice."""
    there = everyone.loc[everyone["patient_id"].isin(last["patient_id"]), ["patient_id", "practice_code"]]
    both = pd.MultiIndex.from_frame(there.astype(object))
    return frozenset(there["patient_id"][both.isin(pd.MultiIndex.from_frame(last[["patient_id", "practice_code"]]))])


def _with_others(name: str, everyone: pd.DataFrame) -> frozenset[str]:
    """Find the patients who are on the caseload of other roles only."""
    held = everyone.loc[everyone["on_caseload"].notna(), ["patient_id", "on_caseload"]]
    return frozenset(held.loc[~holds_case(name, held["on_caseload"]), "patient_id"])


def _held_back(name: str, everyone: pd.DataFrame, selection: Selection, decided: pd.DataFrame) -> pd.DataFrame:
    """Find the patients who meet the rule and are excluded by a decision."""
    rows = everyone[["practice_code", "patient_id"]].assign(stands=selection.outcomes)
    rows = rows[rows["patient_id"].isin(decided["patient_id"]) & rows["stands"].isin(decided["decision"])]
    rows["practice_code"] = rows["practice_code"].astype(object)
    stands = decided.rename(columns={"role": "stands_by", "since": "stands_since", "until": "stands_until"})
    stands = stands[["patient_id", "stands_by", "stands_since", "stands_until"]]
    rows = rows.merge(stands, on="patient_id", how="left").assign(role=name)
    return rows.sort_values(["practice_code", "stands_until", "patient_id"])
