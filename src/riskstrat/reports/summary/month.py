"""Define a month to summarise, and what the sections of its page share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from riskstrat.reports.page.content import ColumnHead, Finding, PageTable, Section
from riskstrat.reports.summary.counts import EVERYONE, MonthCounts
from riskstrat.reports.summary.disclosure import ALL, Published, PublishedCell, PublishedRows
from riskstrat.wording import readable

Point = Mapping[str, PublishedCell | float]


@dataclass(frozen=True)
class SummaryMonth:
    """The exact counts of a month, and the facts for its summary.

    Parameters
    ----------
    facts : mapping of str to str
        Facts at the top of the page after the index date.
    roles : mapping of str to str
        Role to its title.
    by_team : collection of str
        Roles whose capacity is for a team of practices.
    people : dict
        Dimension to group to counts; see `counts.add_up`.
    groups : mapping of str to sequence of str
        Dimension to its groups, in order.
    held_known : bool
        Whether an extract records caseloads.
    list_counts : pandas.DataFrame
        See `counts.read_list_counts`.
    previous : date or None
        Index date of the last lists; None at the first.
    decided : mapping of date to pandas.DataFrame
        Index date to `counts.count_decisions`, for the last lists and these; empty if no decisions are stored.
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
        """The counts of all people together."""
        return self.people[EVERYONE][EVERYONE]

    def title(self, role: str) -> str:
        """Return a role's title, or its name if the study no longer has it."""
        return "All lists" if role == ALL else self.roles.get(role, readable(role))

    def across_roles(
        self, key: str, caption: str, first: str, rows: PublishedRows, labels: Mapping[str, str]
    ) -> PageTable:
        """Make a table with a column for each role; `first` heads the first column, `labels` name the rows."""
        roles = shown_roles(rows)
        headings = (ColumnHead(first.lower(), first), *(ColumnHead(role, self.title(role), "count") for role in roles))
        body = tuple((label, *(rows[role][what] for role in roles)) for what, label in labels.items())
        return PageTable(key, caption, headings, body)


@dataclass(frozen=True)
class SummaryPart:
    """A section of a summary, with its findings and its values for the trend."""

    section: Section
    findings: tuple[Finding, ...] = ()
    point: Point = field(default_factory=dict)


def shown_roles(rows: PublishedRows) -> list[str]:
    """List the roles, and `ALL` if there is more than one."""
    return [role for role in rows if role != ALL or len(rows) > 2]


def reason_words(column: str) -> str:
    """Write a reason or decision in words.

    >>> reason_words("left:declined_by_patient"), reason_words("not_back")
    ('declined by patient', 'not back')
    """
    return readable(column.partition(":")[2] or column).replace("_", " ")
