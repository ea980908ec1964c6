"""What became of every line of a file: one account, which each stage of an ingest adds to.

Decision
--------
Each stage returns what it made and an account of what it did with the lines. The account of the first stage has all
lines of the file. A later stage has read no line: it moves rows from `stored` to another place, so that its own
`stored` is negative. Accounts are added and never made anew from totals; each balances, and so does their sum: lines =
stored + quarantined + blank + left out by rule + restricted + not in patients + replaced + duplicates.
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
    """What became of the lines of a file, or of several.

    Parameters
    ----------
    by_rule : int
        Left out by a rule of the format or of study.toml.
    restricted : int
        Left out because the code is restricted.
    replaced : int
        Rows that a later row of the same record replaced or deleted.
    duplicates : int
        Rows that are one fact with a row that is stored.
    restricted_codes : int
        Codes taken out, with their row or from a row that stays; not a number of lines.
    rejects : pyarrow.Table
        Line, column and reason of each quarantined row.

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
        """The account of a stage that did not store some rows of those it was given."""
        gone = not_in_patients + replaced + duplicates
        return cls(stored=-gone, not_in_patients=not_in_patients, replaced=replaced, duplicates=duplicates)

    @classmethod
    def rejected(cls, rejects: pa.Table) -> LineAccount:
        """The account of a stage that set rows aside of those it was given."""
        return cls(stored=-rejects.num_rows, quarantined=rejects.num_rows, rejects=rejects)

    @property
    def fates(self) -> dict[str, int]:
        """How many lines ended where, by `FATES`."""
        return {name: getattr(self, name) for name in FATES}

    @property
    def balances(self) -> bool:
        """Whether every line ended somewhere."""
        return self.lines == sum(self.fates.values())

    def __add__(self, other: LineAccount) -> LineAccount:
        names = ("lines", *FATES, "restricted_codes")
        counts = {name: getattr(self, name) + getattr(other, name) for name in names}
        return LineAccount(**counts, rejects=pa.concat_tables([self.rejects, other.rejects]))

    def reasons(self, most: int = 8) -> list[str]:
        """Why rows were set aside, the commonest first: column, reason, how many rows, and the first line."""
        groups = self.rejects.group_by(["column", "reason"]).aggregate([("line", "count"), ("line", "min")])
        rows = sorted(groups.to_pylist(), key=lambda row: (-row["line_count"], row["line_min"]))
        return [
            f"{row['column'] + ': ' if row['column'] else ''}{row['reason']}: {plural(row['line_count'], 'row')}, "
            f"first on line {row['line_min']:,}"
            for row in rows[:most]
        ]


Accounts = Mapping[int, LineAccount]
"""By the number of the file."""


def add_accounts(*several: Accounts) -> Accounts:
    """Add the accounts of each file.

    >>> added = add_accounts({0: LineAccount(lines=1, stored=1)}, {0: LineAccount.moved(replaced=1), 1: LineAccount()})
    >>> added[0].stored, list(added)
    (0, [0, 1])
    """
    numbers = dict.fromkeys(number for accounts in several for number in accounts)
    return {number: total(accounts[number] for accounts in several if number in accounts) for number in numbers}


def total(accounts: Iterable[LineAccount]) -> LineAccount:
    """Add accounts."""
    return sum(accounts, LineAccount())
