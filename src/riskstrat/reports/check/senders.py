"""Sudden drops and jumps in a table: each provider's months judged, and told from what befell them all.

Decision
--------
The last months of a table may be incomplete: up to two are left out in which more than half of the providers are 20 %
and two standard deviations below their usual. Where most of at least three providers are low or high in one month,
that is one finding about the table (a pandemic, a file that is missing), not one about each. A provider whose rows turn
up under another was merged or renamed: that one sends more than usual, by half of the loss and beyond chance.

Source: CPRD gives each practice a "last collection date" for the same reason.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from riskstrat.reports.check.drops import LEAST, LOW, JudgedMonth, Run, beyond_chance, judge_months, runs

MOST_INCOMPLETE = 2
TOGETHER = 3


@dataclass(frozen=True)
class Judged:
    """A table's months from its first to its last complete one, judged: of each provider or practice, and of all."""

    first: int
    last: int
    units: Mapping[str, Sequence[JudgedMonth]]
    whole: Sequence[JudgedMonth]
    runs: tuple[Run, ...]


def judge_table(months: Mapping[str, Mapping[int, int]]) -> Judged | None:
    """Judge a table by the rows of each provider or practice in each month; None if it has no rows."""
    total = Counter[int]()
    for counts in months.values():
        total.update(counts)
    if not total:
        return None
    complete = [last_complete(counts) for counts in months.values() if median(counts.values()) >= LEAST]
    last = _without_incomplete(months, max(complete or [last_complete(total)]))
    units = {unit: _judged(counts, last) for unit, counts in months.items()}
    whole = _judged(total, last)
    return Judged(min(total), last, units, whole, tuple(_found(units, whole)))


def last_complete(counts: Mapping[int, int]) -> int:
    """Find the last month with at least half of the usual rows of a month.

    >>> last_complete({1: 100, 2: 110, 3: 90, 4: 20})
    3
    """
    usual = median(count for count in counts.values() if count)
    return max(month for month, count in counts.items() if count >= LOW * usual)


def _judged(counts: Mapping[int, int], last: int) -> list[JudgedMonth]:
    first = min(counts)
    return judge_months([counts.get(month, 0) for month in range(first, last + 1)], first)


def _without_incomplete(months: Mapping[str, Mapping[int, int]], last: int) -> int:
    for _ in range(MOST_INCOMPLETE):
        ends = [judged[-1].is_short for counts in months.values() if (judged := _judged(counts, last))]
        said = [short for short in ends if short is not None]
        if sum(said) * 2 <= len(said):
            break
        last -= 1
    return last


def _found(units: Mapping[str, Sequence[JudgedMonth]], whole: Sequence[JudgedMonth]) -> list[Run]:
    """List runs of providers, those of most of them as one of the table, and those that only the sum shows."""
    together = _together(units)
    own = [run for unit, months in units.items() for run in runs(months, unit)]
    own = [run for run in own if {(m, run.sign) for m in range(run.first, run.last + 1)} - together]
    covered = {(m, run.sign) for run in own for m in range(run.first, run.last + 1)}
    wide = [
        month if (month.month, month.sign) not in covered - together else replace(month, verdict="usual")
        for month in (_as_found(month, together) for month in whole)
    ]
    return [*runs(wide), *(_merged(run, units) for run in own)]


def _as_found(month: JudgedMonth, together: set[tuple[int, int]]) -> JudgedMonth:
    """Mark a month of the table as low or high where most of its providers are."""
    if month.sign or not month.usual:
        return month
    if (month.month, -1) in together:
        return replace(month, verdict="low")
    return replace(month, verdict="high") if (month.month, 1) in together else month


def _together(units: Mapping[str, Sequence[JudgedMonth]]) -> set[tuple[int, int]]:
    """Find months in which most of the providers that can be judged are low, or high."""
    signs: dict[int, list[int]] = {}
    for months in units.values():
        for month in months:
            if month.verdict != "unjudged":
                signs.setdefault(month.month, []).append(month.sign)
    return {
        (month, sign)
        for month, some in signs.items()
        for sign in (-1, 1)
        if len(some) >= TOGETHER and some.count(sign) * 2 > len(some)
    }


def _merged(run: Run, units: Mapping[str, Sequence[JudgedMonth]]) -> Run:
    """Name the provider under which the lost rows of a run turn up."""
    if run.kind not in ("stopped", "fell"):
        return run
    lost = run.usual * run.months - run.rows
    for unit, judged in units.items():
        months = [month for month in judged if run.first <= month.month <= run.last]
        extra = sum(month.rows - (month.usual or 0.0) for month in months)
        is_new = all(month.usual is None for month in months)
        if unit != run.unit and extra >= LOW * lost and (is_new or beyond_chance(months)):
            return replace(run, gone_to=unit)
    return run
