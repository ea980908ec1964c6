"""Work out what a team's decision does: which lists exclude the patient, whose caseload it is, and until when.

Decision
--------
The program enrols and removes nobody: it keeps what people wrote, for as long as the study says, and shows it. A
decision applies from the day it was made (the list's index date where none was written) until the review date (column
"Review on"), or for the days set in ``[decisions]`` if there is none. On that day the patient can be listed again, with
the decision shown. A decision affects later lists only, never the list it was written on, so that a list can be made
again as it was. It applies only while the patient is with the practice that wrote it.

The latest decision of a role applies; a later `not_reviewed` cancels the earlier one. Decisions that concern every team
(palliative pathway, care-home pathway, deceased, moved) exclude the patient from all lists, with two exceptions: lists
of a role that cares for such patients (``lists_despite``), and lists of a role that wrote another decision about the
patient on a list of a later date. A decision written on a list of the same date does not cancel it: two teams that meet
in the same month do not know each other's decisions.

`accepted` puts the patient on the role's caseload for its days, whatever the review date, unless the caseload extract
says that the patient has left, or `not_reviewed` is written while the patient is excluded. If the patient is listed
again and the meeting has no time to discuss them, the caseload does not end. `deferred` excludes a patient until the
review date, if one was written; for three months from then the patient is listed before all others, so that no deferred
patient is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from riskstrat.study import DecisionSettings, RoleSettings
from riskstrat.wording import plural

Reach = Literal["none", "own", "all"]
PINNED_FOR = pd.Timedelta(days=92)
OF_ONE = ["role", "patient_id"]
UNDECIDED = ("deferred", "not_reviewed")


@dataclass(frozen=True)
class Effect:
    """The lists from which a decision excludes the patient (none, the role's own, all), and its effect in words."""

    reach: Reach
    says: str


_PATHWAY = Effect("all", "hidden {until}, from every list except those of teams that care for such patients")
EFFECTS: Mapping[str, Effect] = {
    "accepted": Effect(
        "own",
        "counted on this team's caseload for {days}, whatever the review date, and meanwhile hidden from lists "
        "whose rule excludes patients on a caseload; hidden from this team's list {until}",
    ),
    "already_on_caseload": Effect("own", "hidden from this team's list {until}"),
    "other_service": Effect("own", "hidden from this team's list {until}"),
    "declined_by_patient": Effect("own", "hidden from this team's list {until}"),
    "not_appropriate": Effect("own", "hidden from this team's list {until}"),
    "palliative_pathway": _PATHWAY,
    "care_home_pathway": _PATHWAY,
    "deceased": Effect("all", "hidden from every list {until}; then listed again unless the records confirm it"),
    "moved": Effect("all", "hidden from every list {until}; then listed again unless the records confirm it"),
    "data_error": Effect("own", "hidden from this team's list {until}, while the record is corrected"),
    "deferred": Effect("own", "hidden from this team's list until the review date, if there is one, then listed first"),
    "not_reviewed": Effect("none", "not hidden; this team's earlier decision no longer applies"),
}


def days_of(settings: DecisionSettings, decision: str) -> int:
    """Return the days for which a decision applies; 0 for those that have no setting."""
    return int(getattr(settings, decision, 0))


def effects_in_words(settings: DecisionSettings) -> dict[str, str]:
    """Describe what each decision does, with its days.

    >>> effects_in_words(DecisionSettings())["other_service"]
    "hidden from this team's list until the review date, or for 180 days if there is none"
    """
    lasting = {name: plural(days_of(settings, name), "day") for name in EFFECTS}
    until = {name: f"until the review date, or for {days} if there is none" for name, days in lasting.items()}
    return {name: one.says.format(days=lasting[name], until=until[name]) for name, one in EFFECTS.items()}


def decisions_standing(latest: pd.DataFrame, settings: DecisionSettings, day: date) -> pd.DataFrame:
    """Find the decisions that affect the lists of a day: the latest of each role and patient from earlier lists.

    Each has reach, since and until (datetime64). Further columns hold the latest decision other than `not_reviewed`
    (told, told_on, told_until), and the latest other than `not_reviewed` and `deferred` (made, made_on, made_until,
    and made_holds: the day on which an accepted patient leaves the caseload).
    """
    rows = latest[pd.to_datetime(latest["index_date"]) < pd.Timestamp(day)].copy()
    rows["index_date"] = pd.to_datetime(rows["index_date"])
    rows["since"] = pd.to_datetime(rows["decided_on"]).fillna(rows["index_date"])
    lasts = pd.to_timedelta(rows["decision"].map(lambda one: days_of(settings, one)), unit="D")
    rows["holds_until"] = rows["since"] + lasts
    rows["until"] = pd.to_datetime(rows["next_review_on"]).fillna(rows["holds_until"])
    rows["reach"] = rows["decision"].map({name: effect.reach for name, effect in EFFECTS.items()})
    rows = rows.sort_values(["index_date", "since", "entry"], kind="stable")
    as_told = {"decision": "told", "since": "told_on", "until": "told_until"}
    as_made = {"decision": "made", "since": "made_on", "until": "made_until", "holds_until": "made_holds"}
    told = _last(rows[rows["decision"] != "not_reviewed"], as_told)
    made = _last(rows[~rows["decision"].isin(UNDECIDED)], as_made)
    last = rows.drop_duplicates(OF_ONE, keep="last")
    return last.merge(told, on=OF_ONE, how="left").merge(made, on=OF_ONE, how="left")


def _last(rows: pd.DataFrame, named: Mapping[str, str]) -> pd.DataFrame:
    """Take the last row of each role and patient, with its columns renamed."""
    return rows.drop_duplicates(OF_ONE, keep="last")[[*OF_ONE, *named]].rename(columns=dict(named))


def left_out_by_decision(name: str, role: RoleSettings, rows: pd.DataFrame, day: date) -> pd.DataFrame:
    """Find who is excluded from a role's lists by a decision: patient_id, decision, role (that decided), since, until.

    There is one row for each patient; `rows` come from `decisions_standing`.
    """
    own, others = rows[rows["role"] == name], rows[(rows["role"] != name) & (rows["reach"] == "all")]
    others = others[~others["decision"].isin(role.lists_despite)]
    since = own.set_index("patient_id")["index_date"].reindex(others["patient_id"]).to_numpy()
    bearing = pd.concat([own[own["reach"] != "none"], others[~(since > others["index_date"].to_numpy())]])
    bearing = bearing[bearing["until"] > pd.Timestamp(day)].sort_values("until", kind="stable")
    found = bearing.drop_duplicates("patient_id", keep="last")
    return found[["patient_id", "decision", "role", "since", "until"]].reset_index(drop=True)


def holders(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    """Find the patients on a role's caseload because it accepted them: patient_id, role, since."""
    held = rows[(rows["made"] == "accepted") & (rows["made_holds"] > pd.Timestamp(day))]
    lifted = held["decision"].isin(UNDECIDED) & (held["index_date"] < held["made_until"])
    return held.loc[~lifted, [*OF_ONE, "made_on"]].rename(columns={"made_on": "since"})


def pinned(name: str, rows: pd.DataFrame, day: date) -> frozenset[str]:
    """Find the patients whom a role deferred and whose review date has come; they are listed first."""
    mine = rows[(rows["role"] == name) & (rows["told"] == "deferred")]
    due = pd.Timestamp(day) - mine["told_until"]
    return frozenset(mine.loc[(due >= pd.Timedelta(0)) & (due <= PINNED_FOR), "patient_id"])
