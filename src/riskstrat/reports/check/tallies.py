"""The counts of a snapshot: the counts of its parts added up, with small providers and practices under one name.

Decision
--------
Each patient is in one part only, so that numbers of people can be added up like numbers of rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from riskstrat.governance import merge_small
from riskstrat.reports.check.counts import EACH_PRACTICE, HOSPITAL, ROWS, SENDER

NOT_STATED = "not stated"
SMALL_PROVIDERS = "providers under 8 people"
SMALL_PRACTICES = "practices under 8 people"
Months = dict[str, dict[int, int]]
TallyCounts = dict[str, Counter[str]]
Parts = dict[str, dict[tuple[str, int], Counter[str]]]


@dataclass
class Tallies:
    """The counts of a snapshot.

    Parameters
    ----------
    months : dict
        Table -> provider or practice -> month -> rows; deaths have one sender, "".
    known : dict
        Table -> column -> rows in which it is recorded, and `ROWS`.
    practices : dict
        Practice -> column of the patient table -> people for whom it is recorded, and `ROWS`.
    linked : dict
        Practice -> table (or `ANY_HOSPITAL`) -> people of the cohort with a row in it, and `ROWS`.
    agreement : dict
        Table -> practice of the patient -> rows of the last year that name a practice (`ROWS`), or this one (``same``).
    attrition : Counter
        People, and how many remain after each rule.
    """

    months: dict[str, Months] = field(default_factory=dict)
    known: TallyCounts = field(default_factory=dict)
    practices: TallyCounts = field(default_factory=dict)
    linked: TallyCounts = field(default_factory=dict)
    agreement: dict[str, TallyCounts] = field(default_factory=dict)
    attrition: Counter[str] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        """Number of people in the patient table."""
        return self.known["patients"][ROWS]


def tally(parts: Iterable[Mapping[str, pa.Table]]) -> Tallies:
    """Add up the counts of a snapshot's parts (see `counts.count_parts`)."""
    sums: Parts = {}
    for part in parts:
        for name, rows in part.items():
            _add(sums.setdefault(name, {}), rows)
    practices = merge_small(_sizes(sums["practices"]), SMALL_PRACTICES)
    found = Tallies(
        practices=_units(sums["practices"], practices),
        linked=_units(sums["linked"], merge_small(_sizes(sums["linked"]), SMALL_PRACTICES)),
        attrition=sums["attrition"]["", 0],
    )
    for name, counts in sums.items():
        kind, _, table = name.partition(":")
        if kind == "known":
            found.known[table] = counts["", 0]
        elif kind == "agreement":
            found.agreement[table] = _units(counts, practices)
        elif kind == "months":
            people = sums.get(f"people:{table}", {})
            names = merge_small(_sizes(people), SMALL_PROVIDERS) if table in HOSPITAL else practices
            found.months[table] = _months(counts, names if table in (*HOSPITAL, *EACH_PRACTICE) else {"": ""})
    return found


def _add(sums: dict[tuple[str, int], Counter[str]], rows: pa.Table) -> None:
    for row in rows.to_pylist():
        unit, month = row.pop(SENDER, ""), row.pop("month", 0)
        key = (NOT_STATED if unit is None else unit, month)
        sums.setdefault(key, Counter()).update({name: int(count or 0) for name, count in row.items()})


def _sizes(counts: Mapping[tuple[str, int], Counter[str]]) -> dict[str, int]:
    return {unit: count[ROWS] for (unit, _), count in counts.items()}


def _units(counts: Mapping[tuple[str, int], Counter[str]], names: Mapping[str, str]) -> TallyCounts:
    found: TallyCounts = {}
    for (unit, _), count in sorted(counts.items()):
        found.setdefault(names.get(unit, SMALL_PRACTICES), Counter()).update(count)
    return found


def _months(counts: Mapping[tuple[str, int], Counter[str]], names: Mapping[str, str]) -> Months:
    found: Months = {}
    for (unit, month), count in sorted(counts.items()):
        of = found.setdefault(names.get(unit, SMALL_PROVIDERS), {})
        of[month] = of.get(month, 0) + count[ROWS]
    return found
