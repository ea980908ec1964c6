"""The columns of a list, with their labels and meanings, and what each decision means.

Decision
--------
A value that was not assessed is blank, never 0. In files for programs the columns of the contract come first, in its
order, and columns added later follow; people see them in the order in which a meeting needs them. A role's list may
have fewer columns. Columns that a meeting seldom needs are in the workbook but not printed: an A4 page at 8 points
holds about 170 characters across, and a list that nobody can read is not used.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from riskstrat.study import RoleSettings

ListColumnKind = Literal["text", "int", "number", "date", "flag", "entry"]
Value = str | float | bool | date | None


@dataclass(frozen=True)
class ListColumn:
    """A column of a list, with its name in the contract and a label that no other column has.

    Parameters
    ----------
    width : int
        In pixels on screen; text columns of 100 or more share the rest of the page in proportion.
    printed : bool
        Whether the meeting needs it on paper.
    kind : {"text", "int", "number", "date", "flag", "entry"}
        An entry column is blank, for people to fill in.
    """

    name: str
    label: str
    meaning: str
    width: int
    printed: bool
    kind: ListColumnKind

    @property
    def stretches(self) -> bool:
        """Whether the column widens to use the rest of the page."""
        return self.kind == "text" and self.width >= 100


_ROWS: tuple[tuple[str, str, int, bool, ListColumnKind, str], ...] = (
    ("rank", "Rank", 34, True, "int", "Place on this list; 1 is first."),
    ("patient_id", "Patient", 80, True, "text", "Pseudonym. Only the practice can identify the patient."),
    ("practice_code", "Practice", 70, False, "text", "Practice where the patient is registered."),
    ("role", "List for", 90, False, "text", "Role whose list this is. It is read back with the decision."),
    ("index_date", "Index date", 76, False, "date", "Date of the prediction. It is read back with the decision."),
    ("age_band", "Age", 40, True, "text", "Age in years on the index date."),
    ("sex", "Sex", 28, True, "text", "F, M, I (indeterminate) or U (not recorded)."),
    ("risk_pct", "Risk %", 42, True, "number", "Of 100 patients with this risk, about this many have the outcome."),
    ("band", "Risk band", 66, False, "text", "Risk band, as this study defines it."),
    ("percentile", "Percentile", 70, False, "number", "Place among everyone scored; 100 is the highest risk."),
    ("prev_risk_pct", "Last risk %", 60, False, "number", "Risk at the previous run, if the same model made it."),
    ("prev_rank", "Last rank", 60, False, "int", "Rank on the previous list."),
    ("change", "Change", 62, True, "text", "Change since the last list: new, up, down, same, or returned."),
    ("rising", "Risen fast", 46, False, "flag", "The risk rose by more than usual; Risen fast above says how much."),
    ("months_listed", "Lists in a row", 50, False, "int",
     "Number of lists in a row that name the patient, including this one."),
    ("reason_1", "Main reason", 150, True, "text", "What raises the risk most, from the patient's own record."),
    ("reason_2", "Second reason", 112, False, "text", "What raises the risk second most."),
    ("reason_3", "Third reason", 108, False, "text", "What raises the risk third most."),
    ("to_do", "What can be done, by whom", 160, True, "text",
     "Facts that a team member can act on, after the name of the role. They are prompts, not orders."),
    ("emergency_admissions_12m", "Emergency admissions (12 m)", 58, True, "int",
     "Emergency admissions in the last 12 months (continuous inpatient spells)."),
    ("acsc_admissions_12m", "Avoidable admissions (12 m)", 76, False, "int",
     "Of these, for conditions that care outside hospital can often manage (ACSC)."),
    ("emergency_bed_days_12m", "Emergency bed days (12 m)", 72, False, "int",
     "Nights in hospital after an emergency admission."),
    ("ed_attendances_12m", "ED attendances (12 m)", 80, False, "int", "Emergency department visits, last 12 months."),
    ("long_term_conditions", "Long-term conditions", 150, True, "text", "Conditions recorded by the index date."),
    ("ltc_count", "Number of conditions", 70, False, "int", "Number of long-term conditions."),
    ("medicines", "Medicines", 62, False, "int", "Different medicines prescribed in the last 6 months."),
    ("frailty_band", "Frailty", 60, True, "text", "Band of the electronic frailty index: a score, not a diagnosis."),
    ("frailty_coded", "Frailty as coded", 66, False, "text", "Frailty that a clinician recorded."),
    ("hfrs_band", "Hospital frailty", 70, False, "text", "Band of the Hospital Frailty Risk Score."),
    ("care_home", "Care home", 50, False, "flag", "Lives in a care home."),
    ("care_home_id", "Home", 90, False, "text", "Pseudonym of the care home."),
    ("end_of_life_register", "End of life", 36, True, "flag", "On the palliative care register."),
    ("on_caseload", "On caseload of", 66, True, "text", "Role whose caseload the patient is on. Blank: none recorded."),
    ("responsible_role", "Responsible team", 80, False, "text",
     "The team whose caseload the patient is on; if there is none, the first of the roles that list the patient."),
    ("other_lists", "Also listed for", 100, True, "text", "Other roles whose lists name the patient this month."),
    ("last_gp_contact", "Last GP contact", 76, False, "date", "Latest consultation recorded."),
    ("last_review", "Last review", 76, False, "date", "Date of the latest decision about the patient."),
    ("last_outcome", "Last decision", 96, False, "text", "The latest decision, and the role that made it."),
    ("data_gaps", "Data gaps", 140, False, "text", "What the record lacks. The risk may be too low because of it."),
    ("decision", "Decision", 84, True, "entry", "Choose one. Each is explained above."),
    ("reason", "Why", 84, True, "entry", "Reason in a few words, without names. Required for not_appropriate."),
    ("decided_by_role", "Decided by", 100, False, "entry", "Role of the person who decided, not a name."),
    ("decided_on", "Decided on", 76, False, "entry", "Date of the decision."),
    ("next_review_on", "Review on", 60, True, "entry", "Review date: when the patient may be listed again."),
)  # fmt: skip
COLUMNS = tuple(ListColumn(name, label, says, width, show, kind) for name, label, width, show, kind, says in _ROWS)
INDISPENSABLE = ("rank", "patient_id", "practice_code", "role", "index_date", "decision")
ADDED = ("role", "index_date", "rising", "months_listed", "to_do", "responsible_role", "other_lists", "care_home_id")
LIST_COLUMN_NAMES = (*(column.name for column in COLUMNS if column.name not in ADDED), *ADDED)

DECISION_MEANINGS: Mapping[str, str] = {
    "accepted": "The team takes the patient onto its caseload.",
    "already_on_caseload": "The patient is already on a caseload.",
    "other_service": "Another service is more suitable. Say which under Why.",
    "declined_by_patient": "Care was offered and the patient declined.",
    "not_appropriate": "This care would not help. Give the reason under Why.",
    "palliative_pathway": "The patient is on the palliative care pathway.",
    "care_home_pathway": "The patient is on the care-home pathway.",
    "deceased": "The patient has died.",
    "moved": "The patient is no longer registered here.",
    "data_error": "The data about this patient are wrong. Say what is wrong under Why.",
    "deferred": "The team cannot decide yet. Say what is missing under Why.",
    "not_reviewed": "There was no time to discuss the patient.",
}
DECIDING_ROLES = (
    "GP", "GP MDT", "community matron", "disease nurse", "geriatrician", "pharmacist", "care-home manager",
    "district nurse", "social worker",
)  # fmt: skip


def shown_faults(roles: Mapping[str, RoleSettings]) -> list[str]:
    """List the errors in the columns and decisions that roles name."""
    parts = {"columns": LIST_COLUMN_NAMES, "printed": LIST_COLUMN_NAMES, "lists_despite": tuple(DECISION_MEANINGS)}
    unknown = [
        f"roles.{name}.{part}: {one!r} is not a {'decision' if part == 'lists_despite' else 'column of a list'}"
        for name, role in roles.items()
        for part, known in parts.items()
        for one in getattr(role, part)
        if one not in known
    ]
    taken = ["roles.worklist: the page worklist.html has this name, choose another"] if "worklist" in roles else []
    return [*taken, *unknown] + [
        f"roles.{name}.columns: {one} is missing, and every list needs it"
        for name, role in roles.items()
        if role.columns
        for one in INDISPENSABLE
        if one not in role.columns
    ]


def held_columns(names: Collection[str]) -> list[ListColumn]:
    """List the columns that a list has, in the order for programs.

    >>> [column.name for column in held_columns(["role", "patient_id"])]
    ['patient_id', 'role']
    """
    by_name = {column.name: column for column in COLUMNS}
    return [by_name[name] for name in LIST_COLUMN_NAMES if name in names]


def values_of(column: ListColumn, raw: pd.Series) -> list[Value]:
    """Convert the values of a column for output; see `cell_value`.

    >>> values_of(COLUMNS[0], pd.Series([1, None]))
    [1.0, None]
    """
    return [cell_value(column, one) for one in raw.tolist()]


def cell_value(column: ListColumn, raw: Any) -> Value:
    """Convert a value to the column's kind; None, NaN, NaT and empty text become None (not assessed).

    >>> column = {column.name: column for column in COLUMNS}
    >>> cell_value(column["care_home"], 1), cell_value(column["medicines"], float("nan"))
    (True, None)
    >>> cell_value(column["last_review"], "2026-02-03"), cell_value(column["patient_id"], 42)
    (datetime.date(2026, 2, 3), '42')
    """
    if raw is None or raw is pd.NA or raw != raw or raw == "":
        return None
    if column.kind == "flag":
        return bool(int(raw))
    if column.kind in ("int", "number"):
        return float(raw)
    if type(raw) is date:
        return raw
    if column.kind == "date" or isinstance(raw, date):
        return pd.Timestamp(raw).date()
    return str(raw)
