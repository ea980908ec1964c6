"""What a team's decision does: from whose lists it leaves a patient out, who holds the case, and until when.

Decision
--------
The program enrols and removes nobody: it keeps what people wrote, for as long as the study says, and shows it. A
decision stands from the day it was made (the list's index date where none was written) until the day written under
"Review on", else for the days of ``[decisions]``; on that day the patient is back, if still eligible, with the decision
shown. It bears on later lists only, never on the one it was written on, so that a list can be made again as it was; and
only while the patient is with the practice that wrote it, as another practice's team has decided nothing.

Of one role the latest decision holds; `not_reviewed` written later lifts what stood. What concerns every team
(palliative pathway, care-home pathway, deceased, moved) leaves the patient out of all lists, but not of those of a role
that is there for such patients (``lists_despite``), nor where a role has written another decision about the patient on
a list of a later date. One written on a list of the same date does not lift it: two teams that meet in one month do not
know of each other.

`accepted` makes the role the holder of the case for its days, whatever the day of review, unless the caseload extract
says that the patient has left, or `not_reviewed` is written while it keeps the patient off the list. A meeting without
time for somebody who is back on the list ends nothing. `deferred` leaves a patient out only until a day of review, if
one was written; from then on, for three months, the patient has a place on the list before all others, so that nobody
deferred is lost.
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
    """Whose lists a decision leaves the patient out of (nobody's, the role's own, every role's), and that in words."""

    reach: Reach
    says: str


_PATHWAY = Effect("all", "hidden {until}, from every list except those of teams that care for such patients")
EFFECTS: Mapping[str, Effect] = {
    "accepted": Effect(
        "own",
        "takes a place on this team's caseload for {days}, whatever the review date, and meanwhile hidden from lists "
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
    "deferred": Effect("own", "hidden from this team's list until the review date, then listed first"),
    "not_reviewed": Effect("none", "not hidden; this team's earlier decision no longer applies"),
}


def days_of(settings: DecisionSettings, decision: str) -> int:
    """For how many days a decision stands; 0 for those that leave nobody out."""
    return int(getattr(settings, decision, 0))


def effects_in_words(settings: DecisionSettings) -> dict[str, str]:
    """What each decision does, with its days.

    >>> effects_in_words(DecisionSettings())["other_service"]
    "hidden from this team's list until the review date, or for 180 days if there is none"
    """
    lasting = {name: plural(days_of(settings, name), "day") for name in EFFECTS}
    until = {name: f"until the review date, or for {days} if there is none" for name, days in lasting.items()}
    return {name: one.says.format(days=lasting[name], until=until[name]) for name, one in EFFECTS.items()}


def decisions_standing(latest: pd.DataFrame, settings: DecisionSettings, day: date) -> pd.DataFrame:
    """The decisions that bear on the lists of a day: the latest of each role and patient from earlier lists.

    Each has reach, since and until (datetime64). Beside it stand the last that was not `not_reviewed`: told, told_on,
    told_until; and the last that decided anything: made, made_on, made_until, and made_holds, when a case that it
    accepted is no longer held.
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
    """The last decision of each role and patient among some, under other names."""
    return rows.drop_duplicates(OF_ONE, keep="last")[[*OF_ONE, *named]].rename(columns=dict(named))


def left_out_by_decision(name: str, role: RoleSettings, rows: pd.DataFrame, day: date) -> pd.DataFrame:
    """Whom decisions leave out of a role's lists: patient_id, decision, role (that decided), since, until.

    One row a patient; for the rows that are given see `decisions_standing`.
    """
    own, others = rows[rows["role"] == name], rows[(rows["role"] != name) & (rows["reach"] == "all")]
    others = others[~others["decision"].isin(role.lists_despite)]
    since = own.set_index("patient_id")["index_date"].reindex(others["patient_id"]).to_numpy()
    bearing = pd.concat([own[own["reach"] != "none"], others[~(since > others["index_date"].to_numpy())]])
    bearing = bearing[bearing["until"] > pd.Timestamp(day)].sort_values("until", kind="stable")
    found = bearing.drop_duplicates("patient_id", keep="last")
    return found[["patient_id", "decision", "role", "since", "until"]].reset_index(drop=True)


def holders(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    """Cases that a role holds because it accepted them: patient_id, role, since."""
    held = rows[(rows["made"] == "accepted") & (rows["made_holds"] > pd.Timestamp(day))]
    lifted = held["decision"].isin(UNDECIDED) & (held["index_date"] < held["made_until"])
    return held.loc[~lifted, [*OF_ONE, "made_on"]].rename(columns={"made_on": "since"})


def pinned(name: str, rows: pd.DataFrame, day: date) -> frozenset[str]:
    """Patients whom a role deferred, and whose day has come: they keep a place on its list."""
    mine = rows[(rows["role"] == name) & (rows["told"] == "deferred")]
    due = pd.Timestamp(day) - mine["told_until"]
    return frozenset(mine.loc[(due >= pd.Timedelta(0)) & (due <= PINNED_FOR), "patient_id"])
