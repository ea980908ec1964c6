"""Who stopped sending: each month of a provider or practice is judged, and told apart from changes that affect all.

Decision
--------
A month is judged against the median of the last 12 usual months. There must be at least 6 of them, with a median of 20
rows or more; otherwise there is too little to judge. A month is low below half of the median and high above twice.
Consecutive low months, or high ones, are reported if chance does not explain them together. The test is the mean
distance on Anscombe's square-root scale, on which a Poisson count has a standard deviation of 1, times the root of the
number of months: it must exceed 5 standard deviations. Rows come in clusters (a stay has several episodes, a review
twenty entries), so the standard deviation is that of the last 24 usual months where it is above 1. Five and not three,
because a report judges ten thousand months. A steady sender of 70 rows a month is therefore reported below half, a
sender of 20 when almost nothing is left, and a sender of clustered rows only after some months. A month between half
and twice of the same month a year before is seasonal and is not reported, unless it is empty. For the same reason a new
level is accepted after a year. A reported month does not change the median.

The last months of a table may be incomplete. Up to two are dropped in which more than half of the providers are 20 %
and two standard deviations below their usual. If most of at least three providers are low or high in one month, that
is one finding about the table (a pandemic, a missing file), not one about each. A provider whose rows appear under
another was merged or renamed: the other then sends more than usual, by half of the loss and beyond chance.

Sources: Anscombe, Biometrika 1948;35:246. CPRD gives each practice a "last collection date" for the same reason.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import sqrt
from statistics import median, stdev
from typing import Literal

Verdict = Literal["unjudged", "usual", "low", "none", "high"]
DropKind = Literal["stopped", "fell", "gap", "jump", "rose"]
LEAST = 20
_BEFORE, _ENOUGH, SPREAD_OF = 12, 6, 24
LOW, HIGH = 0.5, 2.0
DISTANCE = 5.0
INCOMPLETE, SHORT = 0.8, 2.0
_NOTHING = 0.02
MOST_INCOMPLETE = 2
TOGETHER = 3


@dataclass(frozen=True)
class JudgedMonth:
    """One month of a provider, judged by the months before.

    `usual` is their median, None if there are too few; `spread` is their standard deviation on the square-root scale,
    at least 1.
    """

    month: int
    rows: int
    usual: float | None
    spread: float
    verdict: Verdict

    @property
    def sign(self) -> int:
        """-1 if low, 1 if high, 0 if neither."""
        return {"low": -1, "none": -1, "high": 1}.get(self.verdict, 0)

    @property
    def is_short(self) -> bool | None:
        """Whether it looks incomplete; None where there are too few rows to tell."""
        if self.usual is None or self.usual < LEAST:
            return None
        return self.rows < INCOMPLETE * self.usual and distance(self.rows, self.usual) < -SHORT * self.spread


@dataclass(frozen=True)
class Run:
    """Consecutive unusual months, with the rows in them and the usual rows of a month.

    `unit` is the provider or practice, None for the table as a whole; `gone_to` is the provider under which the rows
    appear. "stopped" lasts to the end; after "fell" or "rose" there is a new level.
    """

    unit: str | None
    kind: DropKind
    first: int
    last: int
    rows: int
    usual: float
    gone_to: str = ""

    @property
    def months(self) -> int:
        """Number of months."""
        return self.last - self.first + 1

    @property
    def sign(self) -> int:
        """-1 if low, 1 if high."""
        return 1 if self.kind in ("jump", "rose") else -1


def judge_months(rows: Sequence[int], first: int = 0) -> list[JudgedMonth]:
    """Judge the rows of one provider's consecutive months, from its first month with any.

    >>> [month.verdict for month in judge_months([100, 90, 110, 100, 95, 105, 98, 0, 101])][6:]
    ['usual', 'none', 'usual']
    """
    found: list[JudgedMonth] = []
    yardstick: list[int] = []
    stretch: list[JudgedMonth] = []
    for place, count in enumerate(rows):
        month = _weighed(first + place, count, yardstick, rows[place - 12] if place >= 12 else None)
        if stretch and month.sign != stretch[-1].sign:
            found += _decided(stretch, yardstick)
            stretch = []
        if month.sign:
            stretch.append(month)
        else:
            yardstick.append(count)
            found.append(month)
    return [*found, *_decided(stretch, yardstick)]


def _weighed(number: int, count: int, yardstick: Sequence[int], year_before: int | None) -> JudgedMonth:
    """Judge a month as low or high, before testing for chance."""
    if len(yardstick) < _ENOUGH:
        return JudgedMonth(number, count, None, 1.0, "unjudged")
    usual = float(median(yardstick[-_BEFORE:]))
    spread = max(1.0, stdev(2 * sqrt(rows + 3 / 8) for rows in yardstick[-SPREAD_OF:]))
    return JudgedMonth(number, count, usual, spread, _verdict(count, usual, year_before))


def _verdict(count: int, usual: float, year_before: int | None) -> Verdict:
    if usual < LEAST:
        return "unjudged"
    if not count:
        return "none"
    if year_before is not None and LOW * year_before <= count <= HIGH * year_before:
        return "usual"
    if count < LOW * usual:
        return "low"
    return "high" if count > HIGH * usual else "usual"


def _decided(stretch: Sequence[JudgedMonth], yardstick: list[int]) -> list[JudgedMonth]:
    """Keep a run of unusual months, or accept it as usual where chance explains it."""
    if stretch and not beyond_chance(stretch):
        yardstick.extend(month.rows for month in stretch)
        return [replace(month, verdict="usual") for month in stretch]
    return list(stretch)


def beyond_chance(months: Sequence[JudgedMonth]) -> bool:
    """Return whether months together differ from their usual by more than chance explains."""
    judged = [(distance(month.rows, month.usual), month.spread) for month in months if month.usual is not None]
    away = sum(far for far, _ in judged) / sqrt(max(len(judged), 1))
    return bool(judged) and abs(away) > DISTANCE * judged[0][1]


def distance(count: float, usual: float) -> float:
    """Return the distance of a count from its expectation, in standard deviations of a Poisson count.

    >>> round(distance(25, 100), 1), round(distance(5, 20), 1)
    (-10.0, -4.4)
    """
    return 2 * (sqrt(count + 3 / 8) - sqrt(usual + 3 / 8))


def runs(months: Sequence[JudgedMonth], unit: str | None = None) -> list[Run]:
    """Join consecutive months that are low, or high, into one run."""
    stretches = [list(some) for _, some in groupby(months, key=lambda month: month.sign)]
    after = [*(some[0] for some in stretches[1:]), None]
    return [_run(some, unit, then) for some, then in zip(stretches, after, strict=False) if some[0].sign]


def _run(stretch: Sequence[JudgedMonth], unit: str | None, after: JudgedMonth | None) -> Run:
    rows, usual = sum(month.rows for month in stretch), stretch[0].usual or 0.0
    kind: DropKind
    if stretch[0].sign > 0:
        kind = "rose" if after is None or after.rows > HIGH * usual else "jump"
    elif after is not None and after.rows >= LOW * usual:
        kind = "gap"
    else:
        kind = "stopped" if after is None and rows <= _NOTHING * usual * len(stretch) else "fell"
    return Run(unit, kind, stretch[0].month, stretch[-1].month, rows, usual)


@dataclass(frozen=True)
class Judged:
    """The judged months of a table, from its first to its last complete one, for each sender and for all together."""

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
        known = [short for short in ends if short is not None]
        if sum(known) * 2 <= len(known):
            break
        last -= 1
    return last


def _found(units: Mapping[str, Sequence[JudgedMonth]], whole: Sequence[JudgedMonth]) -> list[Run]:
    """List the runs of providers, those of most providers as one of the table, and those seen only in the total."""
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
    """Mark a month of the table as low or high if most of its providers are."""
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
    """Name the provider under which the lost rows of a run appear."""
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
