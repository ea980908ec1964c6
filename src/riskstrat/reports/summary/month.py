"""A month to be summarised, and what the parts of its page have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from riskstrat.reports.page.content import ColumnHead, Finding, PageTable, Section
from riskstrat.reports.summary.counts import EVERYONE, MonthCounts
from riskstrat.reports.summary.disclosure import AddedParts, Ledger, Published, PublishedCell
from riskstrat.wording import readable

ALL = "all lists"
PublishedRows = dict[str, dict[str, PublishedCell]]
Point = Mapping[str, PublishedCell | float]


@dataclass(frozen=True)
class SummaryMonth:
    """What a summary is made of; every count is exact.

    Parameters
    ----------
    facts : mapping of str to str
        What is said at the top of the page beside the index date.
    roles : mapping of str to str
        Role to its title.
    by_team : collection of str
        Roles whose capacity is a team's of practices.
    people : dict
        Dimension to group to counts; see `counts.add_up`.
    groups : mapping of str to sequence of str
        Dimension to its groups, in their order.
    held_known : bool
        Whether an extract says who is on a caseload.
    list_counts : pandas.DataFrame
        See `counts.read_list_counts`.
    previous : date or None
        Index date of the lists before; None at the first.
    decided : mapping of date to pandas.DataFrame
        Index date to `counts.count_decisions`, of the lists before and of these; empty where no log was kept.
    before : mapping of str to int or str
        Cell to the count last published for it, in the summary of `before_date`.
    points : sequence of mapping
        The trend of earlier summaries, oldest first.
    """

    study: str
    index_date: date
    facts: Mapping[str, str]
    roles: Mapping[str, str]
    by_team: Collection[str]
    high_risk_pct: float
    people: MonthCounts
    groups: Mapping[str, Sequence[str]]
    held_known: bool
    list_counts: pd.DataFrame
    previous: date | None = None
    decided: Mapping[date, pd.DataFrame] = field(default_factory=dict)
    before: Mapping[str, Published] = field(default_factory=dict)
    before_date: date | None = None
    points: Sequence[Point] = ()

    @property
    def everyone(self) -> Mapping[str, float]:
        """What was counted of all people together."""
        return self.people[EVERYONE][EVERYONE]

    def title(self, role: str) -> str:
        """Give a role's title, or its name where the study no longer has it."""
        return "All lists" if role == ALL else self.roles.get(role, readable(role))


@dataclass(frozen=True)
class SummaryPart:
    """A section of a summary, with its findings and what it adds to the trend."""

    section: Section
    findings: tuple[Finding, ...] = ()
    point: Point = field(default_factory=dict)


def enter_by_role(
    ledger: Ledger,
    topic: str,
    counts: pd.DataFrame,
    splits: Mapping[str, Sequence[str]] | None = None,
    known_as: Mapping[str, str] | None = None,
) -> PublishedRows:
    """Publish counts by role, and of all roles (`ALL`) together.

    Parameters
    ----------
    topic : str
        First part of the cells' names.
    counts : pandas.DataFrame
        A row a role; NaN where a count is not known.
    splits : mapping of str to sequence of str
        Cell of a total, with ``{role}`` in it, to the columns that add up to it.
    known_as : mapping of str to str or None
        Column to the cell, with ``{role}`` in it, under which the same people were counted before.
    """
    whole = with_all(counts)
    roles, columns = [str(role) for role in counts.index], [str(what) for what in counts]
    cell = {(role, what): f"{topic}/{role}/{what}" for role in whole for what in columns}
    lines = [AddedParts(cell[ALL, what], tuple(cell[role, what] for role in roles)) for what in columns]
    lines += [
        AddedParts(total.format(role=role), tuple(cell[role, what] for what in parts if what in columns))
        for total, parts in (splits or {}).items()
        for role in whole
    ]
    names = {cell[role, what]: (known_as or {}).get(what, "").format(role=role) for role, what in cell}
    shown = ledger.enter({name: whole[role][what] for (role, what), name in cell.items()}, lines, known_as=names)
    return {role: {what: shown[cell[role, what]] for what in columns} for role in whole}


def with_all(counts: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Add the counts of all roles to those of each; None where one is not known.

    >>> with_all(pd.DataFrame({"new": [1.0, 2.0], "kept": [1.0, None]}, index=["a", "b"]))["all lists"]
    {'new': 3.0, 'kept': None}
    """
    whole = pd.concat([counts, counts.sum(skipna=False).to_frame(ALL).T])
    rows = zip(whole.index, whole.to_dict("records"), strict=True)
    return {str(role): {str(what): None if pd.isna(n) else float(n) for what, n in row.items()} for role, row in rows}


def shown_roles(rows: PublishedRows) -> list[str]:
    """List the roles, and all together where there is more than one."""
    return [role for role in rows if role != ALL or len(rows) > 2]


def across_roles(
    key: str, caption: str, first: str, month: SummaryMonth, rows: PublishedRows, labels: Mapping[str, str]
) -> PageTable:
    """Make a table with a column a role: what stands in its first column, and how the row of each count is called."""
    roles = shown_roles(rows)
    headings = (ColumnHead(first.lower(), first), *(ColumnHead(role, month.title(role), "count") for role in roles))
    body = tuple((label, *(rows[role][what] for role in roles)) for what, label in labels.items())
    return PageTable(key, caption, headings, body)


def reason_words(column: str) -> str:
    """Write a reason or decision as it is read.

    >>> reason_words("left:declined_by_patient"), reason_words("not_back")
    ('declined by patient', 'not back')
    """
    return readable(column.partition(":")[2] or column).replace("_", " ")
