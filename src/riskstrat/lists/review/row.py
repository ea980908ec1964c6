"""Read a row of a list into a decision, and report the cells that cannot be read.

Decision
--------
A cell that cannot be read is left blank and reported, and the decision is stored with the rest of its row: the missing
part can be added later by reading the corrected file. A row is not stored if it does not show its list or a decision,
or if `not_appropriate` has no reason. A reason that may not be stored still counts as a reason.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.engine import read_batches
from riskstrat.lists.review.days import day_decided, day_of_review, day_written
from riskstrat.lists.review.faults import Fault, Place, UnreadableCellError
from riskstrat.lists.review.table import ListRow
from riskstrat.lists.review.vocabulary import cell_text, decider_of, decision_of, folded, reason_of

Read = TypeVar("Read")
Key = tuple[str, date, str]
EXACT_TO = 10**15
_TURNED = re.compile(r"\d(?:[.,]\d+)?E\+\d+")
DIGITS_LOST = UnreadableCellError(
    "was changed into a number and has lost digits", "Copy the pseudonym from the list as sent into a text cell."
)


@dataclass(frozen=True)
class Terms:
    """Roles by name or title, and who may decide (`deciders`), in folded spelling."""

    roles: Mapping[str, str]
    deciders: Mapping[str, str]
    today: date


@dataclass(frozen=True)
class Decided:
    """A decision about a patient on a list.

    Parameters
    ----------
    source : str
        First characters of the SHA-256 of the file.
    place : Place or None
        Where it was read; None if it was already stored.
    """

    role: str
    index_date: date
    patient_id: str
    practice_code: str
    decision: str
    reason: str | None
    decided_by_role: str | None
    decided_on: date | None
    next_review_on: date | None
    source: str
    place: Place | None = field(compare=False)

    @property
    def key(self) -> Key:
        """Role, index date and patient; only one decision for each key applies."""
        return self.role, self.index_date, self.patient_id


_NO_DECISION = UnreadableCellError("is blank, but its row has a reason, a role or a date", "Choose a decision.")
_NO_REASON = UnreadableCellError("is blank, and not_appropriate needs a reason", "Give the reason in a few words.")


class RowReader:
    """Reads a row, with the properties of its file for missing columns, and collects the faults."""

    def __init__(self, row: ListRow, place: Place, said: Mapping[str, str], terms: Terms) -> None:
        self._row, self._place, self._terms = row, place, terms
        self._cells: Mapping[str, Any] = {**said, **row.cells}
        self.faults: list[Fault] = []

    def key(self) -> Key | None:
        """Read the list and the patient of the row; None, with faults, if they cannot be read."""
        role = self._read("role", lambda value: _role(value, self._terms.roles))
        index_date = self._read("index_date", day_written)
        patient = self._read("patient_id", _pseudonym)
        return (role, index_date, patient) if role and index_date and patient else None

    def decided(self, source: str) -> Decided | None:
        """Read the decision; None, with faults, if none can be stored."""
        key, practice, decision = self.key(), self._read("practice_code", _pseudonym), self._decision()
        reason = self._read("reason", lambda value: reason_of(cell_text(value)), needed=False)
        decider = self._read("decided_by_role", lambda v: decider_of(cell_text(v), self._terms.deciders), needed=False)
        if not (key and practice and decision):
            return None
        decided_on, next_review_on = self._days(key[1])
        return Decided(*key, practice, decision, reason, decider, decided_on, next_review_on, source, self._place)

    def _decision(self) -> str | None:
        if "decision" not in self._cells:
            self._report("decision", _NO_DECISION)
            return None
        decision = self._read("decision", lambda value: decision_of(cell_text(value)))
        if decision == "not_appropriate" and "reason" not in self._cells:
            self._report("reason", _NO_REASON)
            return None
        return decision

    def _days(self, index_date: date) -> tuple[date | None, date | None]:
        """Read the decision and review dates; a length of time needs a decision date that can be read."""
        on = self._read("decided_on", lambda value: day_decided(value, index_date, self._terms.today), needed=False)
        since, what = (on, "the date of the decision") if on else (index_date, "the index date")
        known = on or "decided_on" not in self._cells
        read = (lambda value: day_of_review(value, since, what)) if known else day_written
        return on, self._read("next_review_on", read, needed=False)

    def _read(self, name: str, read: Callable[[Any], Read], needed: bool = True) -> Read | None:
        """Read a cell; None, with a fault, if it cannot be read."""
        if name in self._cells:
            try:
                return read(self._cells[name])
            except UnreadableCellError as error:
                self._report(name, error)
        elif needed:
            self._report(name, UnreadableCellError(f"has no {name}", "Copy it from the list as it was sent."))
        return None

    def _report(self, name: str, error: UnreadableCellError) -> None:
        there = self._row.columns.get(name)
        self.faults.append(Fault.at(str(self._place) if there is None else self._place.cell(there, name), error))


def _role(value: Any, roles: Mapping[str, str]) -> str:
    if folded(cell_text(value)) not in roles:
        raise UnreadableCellError("is not a role in study.toml", "Compare it with [roles] in study.toml.")
    return roles[folded(cell_text(value))]


def _pseudonym(value: Any) -> str:
    """Read a pseudonym as text, if a spreadsheet that made it a number kept all its digits."""
    number = isinstance(value, int | float)
    if (number and not (float(value).is_integer() and abs(value) < EXACT_TO)) or _TURNED.fullmatch(cell_text(value)):
        raise DIGITS_LOST
    return cell_text(value)


def of_the_cohorts(decided: Sequence[Decided], cohort_of: Callable[[date], Path]) -> tuple[list[Decided], list[Fault]]:
    """Keep the decisions about patients in the practice's cohort on the index date; return a fault for each other."""
    days = sorted({one.index_date for one in decided})
    scored = {day: _people(cohort_of(day), day, decided) for day in days if cohort_of(day).is_file()}
    known = [one for one in decided if (one.patient_id, one.practice_code) in scored.get(one.index_date, ())]
    kept = set(map(id, known))
    return known, list(dict.fromkeys(_not_in_cohort(one, scored) for one in decided if id(one) not in kept))


def _people(cohort: Path, day: date, decided: Iterable[Decided]) -> set[tuple[str, str]]:
    """Find the patients of a cohort who have a decision, with their practice."""
    asked = pa.array({one.patient_id for one in decided if one.index_date == day}, pa.string())
    batches = read_batches(cohort, ["patient_id", "practice_code"])
    found = pa.concat_tables([batch.filter(pc.is_in(batch["patient_id"], asked)) for batch in batches])
    return set(zip(found["patient_id"].to_pylist(), found["practice_code"].to_pylist(), strict=True))


def _not_in_cohort(one: Decided, scored: Iterable[date]) -> Fault:
    if one.index_date in scored:
        what = "names a patient who is not in the practice's cohort on that date"
        return Fault(str(one.place), what, "Compare the pseudonym, practice and index date with the list as sent.")
    what = f"is for {one.index_date}, but this study has no run for that date"
    return Fault(one.place.where if one.place else "", what, "Use the study that made the list.")
