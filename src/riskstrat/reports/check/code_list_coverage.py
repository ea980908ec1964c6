"""Code lists compared with the codes in the data: codes seen, lists that match nothing, and codes in no list.

Decision
--------
A list that matches nothing makes a feature that is 0 for everyone, which looks like a healthy population. It is an
error

- if it *cannot* match: none of its entries is in a coding system that the data use in the tables it reads. The data use
  a system if it has at least 1 % of a table's coded rows. If a table has no code at all in a feature's systems, the
  feature is absent, which is reported and is not an error;
- if it is in the study's own ``[codelists]``: somebody chose it for these data;
- if it is built in and the population is so large that chance does not explain it. If nobody among n people has the
  condition, the prevalence is below 3 / n with 95 % confidence (the rule of three). Every built-in list except those of
  `RARE` is for something that at least 1 adult in 1,000 has. From 10,000 people, an empty one is an error (chance 1 in
  20,000), from 3,000 a warning, and below that a note. Lists of `RARE` need ten times as many people.

Lists of *resolved* conditions may match nothing, and so may built-in lists named in ``checks.unseen_lists``; the
study's own may not. Counts of entries seen are exact, because they count entries; counts of rows are rounded. It is
normal that a code is in no list: most are in none. A code that is invalid in its system never matches, nor does a code
of an unsupported system: from 1 % of the system's rows, or of the table's, this is a warning, from 10 % an error.

Sources: Hanley and Lippman-Hand, JAMA 1983;249:1743 for the rule of three.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from riskstrat.features import CodeAggregate, Coded, Feature, WeightAggregate
from riskstrat.tables import HIERARCHICAL, SHAPES, CodeSet, System, normalise

CARRIED = 0.01
OF_NO_KNOWN_SYSTEM = "other"
_OWN = " (the study's own)"
OVER = "_resolved"


@dataclass(frozen=True)
class CodeList:
    """A code list, the tables it is looked for in, and whether it is from study.toml."""

    name: str
    tables: frozenset[str]
    entries: Mapping[System, tuple[str, ...]]
    own: bool = False


@dataclass
class SystemCodes:
    """The distinct codes of one system in one table, sorted and without trailing dots, with the rows of each.

    `listed` has the places of codes that are in some list; `misshapen` is the number of rows with an invalid code.
    """

    codes: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    listed: set[int] = field(default_factory=set)
    misshapen: int = 0

    @property
    def total(self) -> int:
        """Number of rows."""
        return sum(self.rows)

    def places(self, entry: str, children: bool) -> range:
        """Find the places of the codes that match an entry, including its children if asked."""
        first = bisect_left(self.codes, entry)
        if children:
            return range(first, bisect_left(self.codes, entry + "\uffff"))
        return range(first, first + int(self.codes[first : first + 1] == [entry]))


StoredCodes = dict[tuple[str, str], SystemCodes]


@dataclass(frozen=True)
class Coverage:
    """Entries of a list that were seen and all entries, by coding system of the data, and the rows that match."""

    code_list: CodeList
    seen: Mapping[System, tuple[int, int]]
    rows: int

    @property
    def can_match(self) -> bool:
        """Whether any entry is in a coding system of the data."""
        return bool(self.seen)

    @property
    def entries_seen(self) -> int:
        """Number of entries seen, in coding systems of the data."""
        return sum(seen for seen, _ in self.seen.values())

    @property
    def entries(self) -> int:
        """Number of entries in coding systems of the data."""
        return sum(entries for _, entries in self.seen.values())


def read_store(codes: pa.Table) -> StoredCodes:
    """Group the distinct codes of a snapshot by table and system; unsupported systems become one."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    misshapen = Counter[tuple[str, str]]()
    for row in codes.to_pylist():
        system = next((one for one in SHAPES if one == row["code_system"]), None)
        key, code = (row["table_name"], system or OF_NO_KNOWN_SYSTEM), row["code"] or ""
        if system is None or normalise(system, code) is None:
            misshapen[key] += row["rows"]
        counted.setdefault(key, Counter())[code.rstrip(".")] += row["rows"]
    return {
        key: SystemCodes(sorted(bare), [bare[code] for code in sorted(bare)], misshapen=misshapen[key])
        for key, bare in counted.items()
    }


def systems_carried(store: StoredCodes) -> dict[str, set[str]]:
    """List for each table the coding systems of at least 1 % of its coded rows."""
    totals = Counter[str]()
    for (table, _), seen in store.items():
        totals[table] += seen.total
    found: dict[str, set[str]] = {table: set() for table in totals}
    for (table, system), seen in store.items():
        if seen.total >= CARRIED * totals[table] > 0:
            found[table].add(system)
    return found


def lists_of(features: Iterable[Feature]) -> list[CodeList]:
    """Collect every list that a feature uses, once, with all the tables it is looked for in."""
    found: dict[str, CodeList] = {}
    for feature in features:
        for one in feature.aggregates():
            if isinstance(one, CodeAggregate):
                tables = found[one.codes.name].tables if one.codes.name in found else frozenset[str]()
                found[one.codes.name] = from_set(one.codes, tables | {one.table})
            elif isinstance(one, WeightAggregate):
                entries = tuple(dict.fromkeys(code for weight in one.weights for code in weight.icd10.split()))
                found[feature.name] = CodeList(feature.name, frozenset({"diagnoses"}), {"icd10": entries})
    return list(found.values())


def study_lists_alone(features: Iterable[Feature]) -> list[CodeList]:
    """Collect the lists from study.toml alone, without the built-in codes they were added to."""
    mine = [f for f in features if isinstance(f, Coded) and f.own]
    return [CodeList(f.name + _OWN, frozenset(f.tables), _entries(f.own), own=True) for f in mine]


def from_set(codes: CodeSet, tables: frozenset[str]) -> CodeList:
    """Turn a code set into a list that is looked for in some tables."""
    return CodeList(codes.name, tables, _entries(codes.codes))


def _entries(codes: Mapping[System, str]) -> dict[System, tuple[str, ...]]:
    return {system: tuple(text.split()) for system, text in codes.items()}


def cover(lists: Iterable[CodeList], store: StoredCodes, tables: Iterable[str]) -> list[Coverage]:
    """Count what was seen of each list; skip lists whose tables the data do not have.

    Mark the codes that are in a list in `store`.
    """
    have, systems = frozenset(tables), systems_carried(store)
    return [_cover(one, store, systems) for one in lists if one.tables & have]


def _cover(one: CodeList, store: StoredCodes, systems: Mapping[str, set[str]]) -> Coverage:
    seen: dict[System, tuple[int, int]] = {}
    rows = 0
    for system, entries in one.entries.items():
        hits = dict.fromkeys((entry.rstrip(".") for entry in entries), False)
        for stored in (store[table, system] for table in sorted(one.tables) if (table, system) in store):
            places = {entry: stored.places(entry, system in HIERARCHICAL) for entry in hits}
            hits.update({entry: True for entry, at in places.items() if at})
            matched = {place for at in places.values() for place in at}
            stored.listed |= matched
            rows += sum(stored.rows[place] for place in matched)
        if any(system in systems.get(table, ()) for table in one.tables):
            seen[system] = sum(hits.values()), len(hits)
    return Coverage(one, seen, rows)
