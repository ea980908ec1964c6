"""Names of tables, senders and months in the check report."""

from collections.abc import Sequence
from datetime import date

from riskstrat.reports.check.counts import EACH_PRACTICE
from riskstrat.wording import join_names

TABLE_NAMES = {
    "gp_events": "GP record entries",
    "consultations": "GP consultations",
    "episodes": "hospital episodes",
    "diagnoses": "hospital diagnoses",
    "ed_attendances": "ED attendances",
    "op_appointments": "outpatient appointments",
    "opt_outs": "opt-outs",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def table_name(table: str) -> str:
    """Name a table in plain English.

    >>> table_name("ed_attendances")
    'ED attendances'
    """
    return TABLE_NAMES.get(table, table.replace("_", " "))


def sender_name(table: str) -> str:
    """Return who sends the rows of a table: practice or provider."""
    return "practice" if table in EACH_PRACTICE else "provider"


def name_practices(names: Sequence[str]) -> str:
    """Name practices in a sentence.

    >>> name_practices(["A81001"]), name_practices(["A81001", "A81002"])
    ('practice A81001', 'practices A81001 and A81002')
    """
    return f"{'practice' if len(names) == 1 else 'practices'} {join_names(names)}"


def month_number(day: date) -> int:
    """Count months since the year 0.

    >>> month_number(date(2025, 1, 31)) - month_number(date(2024, 12, 1))
    1
    """
    return day.year * 12 + day.month - 1


def month_name(month: int) -> str:
    """Write a month in a sentence.

    >>> month_name(month_number(date(2025, 1, 31)))
    'Jan 2025'
    """
    return f"{_MONTHS[month % 12]} {month // 12}"


def iso_month(month: int) -> str:
    """Write a month in a table.

    >>> iso_month(month_number(date(2025, 1, 31)))
    '2025-01'
    """
    return f"{month // 12}-{month % 12 + 1:02d}"
