"""Write the rows of a list for the worklist: a few short texts for each patient, in the order of a meeting.

Decision
--------
The facts that a meeting needs first have columns of their own; the others fold away under the patient. A value that was
not assessed is omitted, never shown as 0 or No. "None recorded" means that no caseload names the patient.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd

from riskstrat.lists.columns import COLUMNS, ListColumn, Value, values_of
from riskstrat.wording import sentence

EntryFacts = Mapping[str, Value]
_FOLDED = (
    "emergency_admissions_12m", "acsc_admissions_12m", "emergency_bed_days_12m", "ed_attendances_12m",
    "long_term_conditions", "medicines", "frailty_band", "frailty_coded", "hfrs_band", "last_gp_contact", "last_review",
    "last_outcome", "data_gaps",
)  # fmt: skip
_HEADINGS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rank": ("Rank", ("rank",)),
    "patient": ("Patient", ("patient_id",)),
    "person": ("Age, sex", ("age_band", "sex")),
    "risk": ("Risk", ("risk_pct",)),
    "change": ("Change", ("change", "rising", "months_listed")),
    "why": ("Main reasons", ("reason_1",)),
    "to_do": ("What can be done, by whom", ("to_do",)),
    "held": ("Caseload and team", ("on_caseload", "responsible_role", "other_lists")),
}
SHOWN = {"reason_2", "reason_3", "band", "prev_rank", "prev_risk_pct", "end_of_life_register", "care_home", *_FOLDED}
_FLAGS = {"end_of_life_register": "End of life", "care_home": "Care home"}
CHANGES = ("new", "returned", "up", "down", "same")
_BY_NAME = {column.name: column for column in COLUMNS}
_READ = SHOWN.union(*(names for _, names in _HEADINGS.values()))


class WorklistEntry(NamedTuple):
    """A patient of a list as texts; an empty text or tuple is not shown.

    `order` sorts by change, and the page filters by `marks`. A pair of `to_do` is a team member and a fact, a pair of
    `more` a label and a value.
    """

    rank: str
    patient: str
    person: str
    risk: str
    band: str
    change: tuple[str, ...]
    order: int
    reasons: tuple[str, ...]
    to_do: tuple[tuple[str, str], ...]
    held: tuple[str, ...]
    flags: tuple[str, ...]
    more: tuple[tuple[str, str], ...]
    marks: str


def worklist_entries(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[WorklistEntry]:
    """Write the entries of a list; a role without a title appears by its name."""
    names = [name for name in _BY_NAME if name in _READ and name in rows]
    values = [values_of(_BY_NAME[name], rows[name]) for name in names]
    return [_entry(dict(zip(names, row, strict=True)), titles) for row in zip(*values, strict=True)]


def headings(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """List the key and label of each column that a list can fill."""
    held = set(rows.columns)
    return [(key, label) for key, (label, names) in _HEADINGS.items() if not held.isdisjoint(names)]


def in_text(column: ListColumn, value: Value) -> str:
    """Write a value for readers; empty where not assessed.

    >>> in_text(_BY_NAME["risk_pct"], 7.0), in_text(_BY_NAME["medicines"], 12.0), in_text(_BY_NAME["care_home"], False)
    ('7.0', '12', 'No')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{value:,.1f}" if column.kind == "number" else f"{value:,.0f}"
    return f"{value.day} {value:%b %Y}" if isinstance(value, date) else value


def _entry(facts: EntryFacts, titles: Mapping[str, str]) -> WorklistEntry:
    said = {name: in_text(_BY_NAME[name], value) for name, value in facts.items()}
    return WorklistEntry(
        rank=said.get("rank", ""),
        patient=said["patient_id"],
        person=_joined(said, ("age_band", "sex"), ", "),
        risk=_joined(said, ("risk_pct",), "") and f"{said['risk_pct']} %",
        band=said.get("band", ""),
        change=_change(facts, said),
        order=_order(facts),
        reasons=tuple(text for n in "123" if (text := said.get(f"reason_{n}"))),
        to_do=tuple(_who_what(part) for part in said.get("to_do", "").split("; ") if part),
        held=_caseload_in_words(facts, titles),
        flags=tuple(text for name, text in _FLAGS.items() if facts.get(name)),
        more=tuple((_BY_NAME[name].label, _name_in_words(said[name])) for name in _FOLDED if said.get(name)),
        marks=" ".join(_marks(facts)),
    )


def _joined(said: Mapping[str, str], names: Sequence[str], between: str) -> str:
    return between.join(text for name in names if (text := said.get(name)))


def _name_in_words(name: str) -> str:
    """Write the name of a role or decision in words."""
    return name.replace("_", " ")


def _change(facts: EntryFacts, said: Mapping[str, str]) -> tuple[str, ...]:
    """Describe the change since the last list, the most important first."""
    change, rank, risk = (said.get(name, "") for name in ("change", "prev_rank", "prev_risk_pct"))
    lists = facts.get("months_listed")
    from_rank = f" from rank {rank}" if rank and change in ("up", "down") else ""
    parts = (
        "Risen fast" if facts.get("rising") else "",
        sentence(change) + from_rank,
        f"Risk was {risk} %" if risk else "",
        f"{lists:.0f} lists in a row" if isinstance(lists, float) and lists > 1 else "",
    )
    return tuple(part for part in parts if part)


def _order(facts: EntryFacts) -> int:
    """Return the sort key of the change: risen fast first, no recorded change last."""
    change = facts.get("change")
    return 0 if facts.get("rising") else 1 + (CHANGES.index(str(change)) if change in CHANGES else len(CHANGES))


def _who_what(text: str) -> tuple[str, str]:
    who, found, what = text.partition(": ")
    return (who, what) if found else ("", text)


def _caseload_in_words(facts: EntryFacts, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Describe the current caseload, the responsible team, and the other lists with the patient."""
    names = ("on_caseload", "responsible_role", "other_lists")
    holder, responsible, others = (roles_in_words(facts.get(name), titles) for name in names)
    parts = (
        f"Current caseload: {holder or 'none recorded'}." if "on_caseload" in facts else "",
        f"Responsible team: {responsible}." if responsible and responsible != holder else "",
        "Agree which team is responsible." if "responsible_role" in facts and not (responsible or holder) else "",
    )
    said = " ".join(part for part in parts if part)
    return tuple(part for part in (said, f"Also listed for: {others}" if others else "") if part)


def roles_in_words(names: Value, titles: Mapping[str, str]) -> str:
    """Write the titles of roles whose names are separated by semicolons.

    >>> roles_in_words("gp_mdt; virtual_ward", {"gp_mdt": "GP team"})
    'GP team; Virtual ward'
    """
    return "; ".join(titles.get(name, sentence(_name_in_words(name))) for name in str(names or "").split("; ") if name)


def _marks(facts: EntryFacts) -> list[str]:
    """List the marks by which the page filters."""
    marks = {
        "news": facts.get("change") in ("new", "returned") or bool(facts.get("rising")),
        "nobody": "on_caseload" in facts and facts["on_caseload"] is None,
        "end-of-life": bool(facts.get("end_of_life_register")),
        "care-home": bool(facts.get("care_home")),
    }
    return [mark for mark, holds in marks.items() if holds]
