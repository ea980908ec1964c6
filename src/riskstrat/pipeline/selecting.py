"""Whom each role lists: what the rules may know of everyone, then one role after the other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.lists.effects import left_out, pinned
from riskstrat.lists.facts import COUNTS, IDENTITY, STATUSES, facts, named_in
from riskstrat.lists.policy import Past, Selection, holds_case, select
from riskstrat.lists.rising import Rise, rising
from riskstrat.lists.triggers import MEDICINES
from riskstrat.pipeline.context import Context
from riskstrat.pipeline.remembering import Memory, past_risks, scored_before


@dataclass(frozen=True)
class Chosen:
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
    rise : Rise
    """

    everyone: pd.DataFrame
    by_role: dict[str, Selection]
    kept_off: pd.DataFrame
    rise: Rise


def choose(context: Context, folder: Path, day: date, memory: Memory, unique: bool) -> Chosen:
    """Whom each role lists.

    Parameters
    ----------
    context : Context
    folder : Path
        Of the run.
    day : datetime.date
    memory : Memory
    unique : bool
        Whether each patient is to be on one list at most: on none but its own where a role holds the case, else on the
        first, in the order of study.toml, that has room.
    """
    everyone, rise = _everyone(context, folder, day, memory)
    died = everyone["patient_id"].isin(list(memory.deaths)).to_numpy()
    by_role, off, taken = dict[str, Selection](), list[pd.DataFrame](), set[str]()
    for name, role in context.study.roles.items():
        decided = left_out(name, role, memory.decisions, day)
        past = Past(
            dict(zip(decided["patient_id"], decided["decision"], strict=True)),
            frozenset(memory.accepted.loc[memory.accepted["role"] == name, "patient_id"]),
            _still_here(memory.last_list(name), everyone),
            pinned(name, memory.decisions, day),
            taken | _with_others(name, everyone) if unique else frozenset[str](),
        )
        stability = context.study.lists.stability_pct
        by_role[name] = select(name, role, everyone, died, past, stability, context.study.team_of)
        taken |= set(by_role[name].rows["patient_id"])
        off.append(_kept_off(name, everyone, by_role[name], decided))
    return Chosen(everyone, by_role, pd.concat(off, ignore_index=True), rise)


def _still_here(last: pd.DataFrame, everyone: pd.DataFrame) -> frozenset[str]:
    """Who of a last list is still a patient of the practice whose list it was."""
    there = everyone.loc[everyone["patient_id"].isin(last["patient_id"]), ["patient_id", "practice_code"]]
    both = pd.MultiIndex.from_frame(there.astype(object))
    return frozenset(there["patient_id"][both.isin(pd.MultiIndex.from_frame(last[["patient_id", "practice_code"]]))])


def fates_of(who: Chosen) -> pd.DataFrame:
    """What became of everyone on each role's list: patient_id, and a column a role."""
    fates = {name: selection.fates.astype("category") for name, selection in who.by_role.items()}
    return pd.DataFrame({"patient_id": who.everyone["patient_id"], **fates})


def _everyone(context: Context, folder: Path, day: date, memory: Memory) -> tuple[pd.DataFrame, Rise]:
    """What eligibility may know of the whole cohort."""
    named = named_in(context.study.roles.values())
    wanted = {"scores": None, "features": needed(folder / "features.parquet", named), "cohort": None}
    files = [read_batches(folder / f"{name}.parquet", columns) for name, columns in wanted.items()]
    batches = zip(*files, strict=True)
    rows = pd.concat([facts(s, f, c, memory.held, named) for s, f, c in batches], ignore_index=True)
    rows = rows.sort_values("patient_id", ignore_index=True)
    rows["practice_code"] = rows["practice_code"].astype("category")
    past = past_risks(scored_before(context, day), pa.array(rows["patient_id"], pa.string()))
    rise = rising(
        rows["risk_pct"].to_numpy(), past, context.study.lists.rising_points, context.study.lists.rising_of_100
    )
    return rows.assign(rising=rise.flags), rise


def needed(features: Path, named: Collection[str]) -> list[str]:
    """The columns of a matrix that lists are made from, so that the others are not read."""
    wanted = {*IDENTITY, *COUNTS.values(), *STATUSES.values(), *(c for one in MEDICINES for c in one.reads), *named}
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
