"""Who is listed: eligible by the role's rule, in the role's order, as many as the team has room for.

Decision
--------
Everyone in the cohort meets one fate on each list, the first that applies: died since the index date, does not meet the
rule, left out by a decision, with another role, no room, listed. So the books balance by construction, and the reason
why somebody is not listed is the same wherever it is asked. How many places there are and who keeps one: `places`.

Ties are broken by the pseudonym, so that a repeated run gives the same list.

Whom each role lists: what the rules may know of everyone, then one role after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.lists.decisions import left_out_by_decision, pinned
from riskstrat.lists.facts import COUNTS, IDENTITY, STATUSES, facts, named_in
from riskstrat.lists.history import ListHistory, past_risks, scored_before
from riskstrat.lists.places import placed, room_of
from riskstrat.lists.prompts import PROMPTING_MEDICINES
from riskstrat.lists.rising import Rise, rising
from riskstrat.lists.rules import eligible
from riskstrat.study import RoleSettings, Session

DIED, NOT_ELIGIBLE, OTHER_ROLE, NO_ROOM, _LISTED = (
    "died_since",
    "not_eligible",
    "with_other_role",
    "over_capacity",
    "listed",
)
PLAIN_FATES = (DIED, NOT_ELIGIBLE, OTHER_ROLE, NO_ROOM, _LISTED)
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RoleHistory:
    """What earlier lists and decisions mean for a role's list.

    Parameters
    ----------
    left_out : mapping of str to str
        Pseudonym to the decision that stands.
    accepted : collection of str
        Pseudonyms whose case the role holds because it accepted them: the rule does not see that it holds them, so that
        they count as left out by a decision.
    listed : collection of str
        Pseudonyms on the role's last list.
    pinned : collection of str
        Pseudonyms that have a place before all others.
    taken : collection of str
        Pseudonyms that other roles have, where each patient is to be on one list only.
    """

    left_out: Mapping[str, str] = field(default_factory=dict)
    accepted: Collection[str] = NOBODY
    listed: Collection[str] = NOBODY
    pinned: Collection[str] = NOBODY
    taken: Collection[str] = NOBODY


@dataclass(frozen=True)
class Selection:
    """Who is listed for one role, and what became of everyone else.

    Parameters
    ----------
    rows : pandas.DataFrame
        The listed of every practice, with `rank`.
    books : pandas.DataFrame
        By practice: cohort, died_since, not_eligible, eligible, hidden (by decision), with_other_role, team, capacity,
        listed, over_capacity; `kept` and `due`, how many would not be listed but for the stability rule, and but for
        having been deferred; `expected` and
        `expected_plain`, the admissions expected among the listed, and without that rule.
    fates : pandas.Series
        What became of each row of the cohort; a decision's name where one left the patient out.
    """

    rows: pd.DataFrame
    books: pd.DataFrame
    fates: pd.Series


def ordered(rows: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Rows in a role's order."""
    columns = [term.lstrip("-") for term in order] + ["patient_id"]
    ascending = [not term.startswith("-") for term in order] + [True]
    return rows.sort_values(columns, ascending=ascending, na_position="last", kind="stable")


def select(
    name: str,
    role: RoleSettings,
    everyone: pd.DataFrame,
    died: np.ndarray,
    past: RoleHistory | None = None,
    stability_pct: float = 0.0,
    teams: Mapping[str, str] | None = None,
) -> Selection:
    """List a role's patients, practice by practice.

    Parameters
    ----------
    name : str
        The role, as on the caseload.
    everyone : pandas.DataFrame
        See `facts`.
    died : array of bool, shape (rows,)
        Known to have died since the index date.
    stability_pct : float
        See above; 0 for the plain first.
    teams : mapping of str to str or None
        Practice to its team; a practice of none is a team of its own.
    """
    past = past or RoleHistory()
    fates = _fates(name, role, everyone, died, past)
    areas = role.areas(everyone["practice_code"], teams or {})
    room = room_of(role, areas, holds_case(name, everyone["on_caseload"]))
    ranked = ordered(everyone[fates == NO_ROOM], role.order)
    ranked = placed(ranked, areas, room, past.listed, past.pinned, stability_pct / 100)
    fates[ranked.index[ranked["listed"]]] = _LISTED
    books = _books(everyone["practice_code"], fates, ranked)
    books["team"] = [(teams or {}).get(str(one), "") if role.by_team else "" for one in books.index]
    books["capacity"] = room.reindex(role.areas(books.index.to_series(), teams or {}).to_numpy()).to_numpy()
    return Selection(_listed(name, role, ranked), books, fates)


def holds_case(role: str, on_caseload: pd.Series) -> pd.Series:
    """Whether a role is among those that hold a case.

    >>> holds_case("gp_mdt", pd.Series(["district_nurse; gp_mdt", None, "gp_mdt_2"])).tolist()
    [True, False, False]
    """
    known = on_caseload.dropna()
    held = known.map(lambda roles: role in roles.split("; ")).astype(bool)
    return held.reindex(on_caseload.index, fill_value=False)


def responsible(on_caseload: str | None, lists: Sequence[str], order: Sequence[str]) -> str | None:
    """Who answers for a case: of the roles that hold it, else of those that list it, the first in the study's order.

    Parameters
    ----------
    on_caseload : str or None
        The roles that hold the case.
    lists : sequence of str
        The roles whose lists name the patient.
    order : sequence of str
        The roles of the study; one that it does not have comes last.

    Examples
    --------
    >>> order = ["gp_mdt", "pharmacist"]
    >>> responsible("hospice; pharmacist", ["gp_mdt"], order), responsible(None, ["pharmacist", "gp_mdt"], order)
    ('pharmacist', 'gp_mdt')
    """
    candidates = on_caseload.split("; ") if on_caseload else list(lists)
    place = {role: number for number, role in enumerate(order)}
    return min(candidates, key=lambda role: place.get(role, len(place)), default=None)


def _fates(name: str, role: RoleSettings, everyone: pd.DataFrame, died: np.ndarray, past: RoleHistory) -> pd.Series:
    """What becomes of each, as far as it does not depend on room."""
    ids, fates = everyone["patient_id"], pd.Series(NO_ROOM, everyone.index, dtype=object)
    fates[ids.isin(list(past.taken))] = OTHER_ROLE
    decided = ids.isin(list(past.left_out)).to_numpy()
    fates[decided] = ids[decided].map(past.left_out)
    fates[~eligible(role.eligible, _without_own(name, everyone, past.accepted))] = NOT_ELIGIBLE
    fates[died] = DIED
    return fates


def _without_own(name: str, everyone: pd.DataFrame, accepted: Collection[str]) -> pd.DataFrame:
    """Everyone as the rule sees them: without the role on the caseload of whom it accepted itself."""
    mine = everyone["patient_id"].isin(list(accepted)).to_numpy()
    if not mine.any():
        return everyone
    held = everyone["on_caseload"].copy()
    held[mine] = [_others(name, roles) for roles in held[mine]]
    return everyone.assign(on_caseload=held)


def _others(name: str, roles: str | None) -> str | None:
    return "; ".join(role for role in (roles or "").split("; ") if role != name) or None


def _books(practices: pd.Series, fates: pd.Series, ranked: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(practices.astype(object), fates)
    books = counts.reindex(columns=list(PLAIN_FATES), fill_value=0).assign(cohort=counts.sum(axis=1))
    decided = counts.drop(columns=list(PLAIN_FATES), errors="ignore").to_dict("records")
    hidden = [{str(decision): int(n) for decision, n in row.items() if n} for row in decided]
    books["hidden"] = pd.Series(hidden, books.index, dtype=object)
    books["eligible"] = books["cohort"] - books[DIED] - books[NOT_ELIGIBLE]
    practice, risk = ranked["practice_code"].astype(object), ranked["risk_pct"] / 100
    sums = {
        "kept": (ranked["listed"] & ~ranked["plain"] & ~ranked["due"]).astype(int),
        "due": (ranked["listed"] & ~ranked["plain"] & ranked["due"]).astype(int),
        "expected": risk.where(ranked["listed"], 0.0),
        "expected_plain": risk.where(ranked["plain"], 0.0),
    }
    for column, values in sums.items():
        books[column] = values.groupby(practice).sum().reindex(books.index, fill_value=0)
    return books


def _listed(name: str, role: RoleSettings, ranked: pd.DataFrame) -> pd.DataFrame:
    """The listed with their rank in their practice's list; those of one group together, the highest group first."""
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
    """Whom the roles list.

    Parameters
    ----------
    everyone : pandas.DataFrame
        See `lists.facts.facts`; in the order of patient_id.
    by_role : dict of str to Selection
        In the order of study.toml.
    kept_off : pandas.DataFrame
        Who would be listed but for a decision, with the role whose list it is: role, practice_code, patient_id,
        stands, stands_by, stands_since, stands_until.
    """

    everyone: pd.DataFrame
    by_role: dict[str, Selection]
    kept_off: pd.DataFrame
    rise: Rise


def select_all(session: Session, folder: Path, day: date, memory: ListHistory, unique: bool) -> Selections:
    """Whom each role lists.

    Parameters
    ----------
    folder : Path
        Of the run.
    unique : bool
        Whether each patient is to be on one list at most: on none but its own where a role holds the case, else on the
        first, in the order of study.toml, that has room.
    """
    everyone, rise = _everyone(session, folder, day, memory)
    died = everyone["patient_id"].isin(list(memory.deaths)).to_numpy()
    by_role, off, taken = dict[str, Selection](), list[pd.DataFrame](), set[str]()
    for name, role in session.study.roles.items():
        decided = left_out_by_decision(name, role, memory.decisions, day)
        past = RoleHistory(
            dict(zip(decided["patient_id"], decided["decision"], strict=True)),
            frozenset(memory.accepted.loc[memory.accepted["role"] == name, "patient_id"]),
            _still_here(memory.last_list(name), everyone),
            pinned(name, memory.decisions, day),
            taken | _with_others(name, everyone) if unique else frozenset[str](),
        )
        stability = session.study.lists.stability_pct
        by_role[name] = select(name, role, everyone, died, past, stability, session.study.team_of)
        taken |= set(by_role[name].rows["patient_id"])
        off.append(_kept_off(name, everyone, by_role[name], decided))
    return Selections(everyone, by_role, pd.concat(off, ignore_index=True), rise)


def _still_here(last: pd.DataFrame, everyone: pd.DataFrame) -> frozenset[str]:
    """Who of a last list is still a patient of the practice whose list it was."""
    there = everyone.loc[everyone["patient_id"].isin(last["patient_id"]), ["patient_id", "practice_code"]]
    both = pd.MultiIndex.from_frame(there.astype(object))
    return frozenset(there["patient_id"][both.isin(pd.MultiIndex.from_frame(last[["patient_id", "practice_code"]]))])


def outcomes_by_role(who: Selections) -> pd.DataFrame:
    """What became of everyone on each role's list: patient_id, and a column a role."""
    fates = {name: selection.fates.astype("category") for name, selection in who.by_role.items()}
    return pd.DataFrame({"patient_id": who.everyone["patient_id"], **fates})


def _everyone(session: Session, folder: Path, day: date, memory: ListHistory) -> tuple[pd.DataFrame, Rise]:
    """What eligibility may know of the whole cohort."""
    named = named_in(session.study.roles.values())
    wanted = {"scores": None, "features": needed(folder / "features.parquet", named), "cohort": None}
    files = [read_batches(folder / f"{name}.parquet", columns) for name, columns in wanted.items()]
    batches = zip(*files, strict=True)
    rows = pd.concat([facts(s, f, c, memory.held, named) for s, f, c in batches], ignore_index=True)
    rows = rows.sort_values("patient_id", ignore_index=True)
    rows["practice_code"] = rows["practice_code"].astype("category")
    past = past_risks(scored_before(session, day), pa.array(rows["patient_id"], pa.string()))
    rise = rising(
        rows["risk_pct"].to_numpy(), past, session.study.lists.rising_points, session.study.lists.rising_of_100
    )
    return rows.assign(rising=rise.flags), rise


def needed(features: Path, named: Collection[str]) -> list[str]:
    """The columns of a matrix that lists are made from, so that the others are not read."""
    wanted = {
        *IDENTITY,
        *COUNTS.values(),
        *STATUSES.values(),
        *(c for one in PROMPTING_MEDICINES for c in one.reads),
        *named,
    }
    return [name for name in pq.read_schema(features).names if name in wanted]


def _with_others(name: str, everyone: pd.DataFrame) -> frozenset[str]:
    """Patients whose case other roles hold, and not this one."""
    held = everyone.loc[everyone["on_caseload"].notna(), ["patient_id", "on_caseload"]]
    return frozenset(held.loc[~holds_case(name, held["on_caseload"]), "patient_id"])


def _kept_off(name: str, everyone: pd.DataFrame, selection: Selection, decided: pd.DataFrame) -> pd.DataFrame:
    """Who meets the rule and is left out by a decision."""
    rows = everyone[["practice_code", "patient_id"]].assign(stands=selection.fates)
    rows = rows[rows["patient_id"].isin(decided["patient_id"]) & rows["stands"].isin(decided["decision"])]
    rows["practice_code"] = rows["practice_code"].astype(object)
    stands = decided.rename(columns={"role": "stands_by", "since": "stands_since", "until": "stands_until"})
    stands = stands[["patient_id", "stands_by", "stands_since", "stands_until"]]
    rows = rows.merge(stands, on="patient_id", how="left").assign(role=name)
    return rows.sort_values(["practice_code", "stands_until", "patient_id"])
