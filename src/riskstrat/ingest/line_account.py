"""Line counts: what happened to every line of a file, stage by stage.

Decision
--------
Each stage of an ingest returns its result and an account of the lines. The first account counts all lines of the file.
A later stage reads no lines; it moves rows from `stored` to another count, so its own `stored` is negative. Accounts
are added, and never rebuilt from totals. Each account balances, and so does the sum: lines = stored + rejected + blank
+ excluded by rule + restricted + not in patients + replaced + duplicates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from riskstrat.wording import plural

REJECTS = pa.schema([("line", pa.int64()), ("column", pa.string()), ("reason", pa.string())])
FATES = ("stored", "quarantined", "blank", "by_rule", "restricted", "not_in_patients", "replaced", "duplicates")


@dataclass(frozen=True)
class LineAccount:
    """Line counts of one file, or of several.

    Parameters
    ----------
    quarantined : int
        Rejected rows.
    by_rule : int
        Rows excluded by a rule of the format or of study.toml.
    restricted : int
        Rows excluded because their code is restricted.
    replaced : int
        Rows that a later row of the same record replaced or deleted.
    duplicates : int
        Rows that state the same fact as a stored row.
    restricted_codes : int
        Codes removed, with their row or from a row that stays; not a number of lines.
    rejects : pyarrow.Table
        Line, column and reason of each rejected row.

    Examples
    --------
    >>> read = LineAccount(lines=10, stored=8, blank=2)
    >>> both = read + LineAccount.moved(duplicates=3)
    >>> both.stored, both.balances
    (5, True)
    """

    lines: int = 0
    stored: int = 0
    quarantined: int = 0
    blank: int = 0
    by_rule: int = 0
    restricted: int = 0
    not_in_patients: int = 0
    replaced: int = 0
    duplicates: int = 0
    restricted_codes: int = 0
    rejects: pa.Table = field(default_factory=REJECTS.empty_table, repr=False, compare=False)

    @classmethod
    def moved(cls, not_in_patients: int = 0, replaced: int = 0, duplicates: int = 0) -> LineAccount:
        """Return the account of a stage that did not store some of its rows."""
        moved = not_in_patients + replaced + duplicates
        return cls(stored=-moved, not_in_patients=not_in_patients, replaced=replaced, duplicates=duplicates)

    @classmethod
    def rejected(cls, rejects: pa.Table) -> LineAccount:
        """Return the account of a stage that rejected some of its rows."""
        return cls(stored=-rejects.num_rows, quarantined=rejects.num_rows, rejects=rejects)

    @property
    def fates(self) -> dict[str, int]:
        """Line counts by `FATES`."""
        return {name: getattr(self, name) for name in FATES}

    @property
    def balances(self) -> bool:
        """Whether the counts add up to the number of lines."""
        return self.lines == sum(self.fates.values())

    def __add__(self, other: LineAccount) -> LineAccount:
        names = ("lines", *FATES, "restricted_codes")
        counts = {name: getattr(self, name) + getattr(other, name) for name in names}
        return LineAccount(**counts, rejects=pa.concat_tables([self.rejects, other.rejects]))

    def reasons(self, most: int = 8) -> list[str]:
        """List why rows were rejected, the commonest reason first: column, reason, number of rows and first line."""
        groups = self.rejects.group_by(["column", "reason"]).aggregate([("line", "count"), ("line", "min")])
        rows = sorted(groups.to_pylist(), key=lambda row: (-row["line_count"], row["line_min"]))
        return [
            f"{row['column'] + ': ' if row['column'] else ''}{row['reason']}: {plural(row['line_count'], 'row')}, "
            f"first on line {row['line_min']:,}"
            for row in rows[:most]
        ]


Accounts = Mapping[int, LineAccount]
"""Accounts by number of the file."""


def add_accounts(*several: Accounts) -> Accounts:
    """Add up the accounts of each file.

    >>> added = add_accounts({0: LineAccount(lines=1, stored=1)}, {0: LineAccount.moved(replaced=1), 1: LineAccount()})
    >>> added[0].stored, list(added)
    (0, [0, 1])
    """
    numbers = dict.fromkeys(number for accounts in several for number in accounts)
    return {number: total(accounts[number] for accounts in several if number in accounts) for number in numbers}


def total(accounts: Iterable[LineAccount]) -> LineAccount:
    """Add up accounts."""
    return sum(accounts, LineAccount())
