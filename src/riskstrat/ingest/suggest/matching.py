"""Which heading of a file is which of our columns, and how sure that is.

Decision
--------
A heading that the format knows is taken. For every other column the headings are rated by their words, and those whose
values cannot be the column's are struck out: a date is dates, a sex has few values. The best pair goes first. Where two
headings are equally good for a column, both are named and none is chosen. What is still missing, and is required, is
chosen by its values where one heading alone has such values, and marked so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from riskstrat.ingest.extract import headings_of
from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format
from riskstrat.ingest.suggest.cell_kinds import AGAINST, FOR, evidence
from riskstrat.ingest.suggest.header_words import (
    SAME_WORDS,
    SIMILAR,
    headings_as_words,
    numbered,
    resemblance,
    words_of,
)
from riskstrat.ingest.suggest.samples import ColumnCells
from riskstrat.study import SourceSettings

BY_HEADING, BY_VALUES = "please check: the heading is similar", "please check: chosen by its values"
_FIRST = frozenset({"primary", "main", "principal", "first"})
OPTIONAL, _MARGIN = 0.6, 0.02
_BY_VALUES = ("patient_id", "sex", "birth_date", "practice_code", "event_date", "death_date", "admission_method")


@dataclass
class Match:
    """One layout against the headings of a file.

    Parameters
    ----------
    known : dict of str to tuple of str
        Our column to headings that are read as it without any setting, or as study.toml says.
    chosen : dict of str to str
        Our column to the heading, or the pattern of numbered headings, to write under ``columns``.
    checks : dict of str to str
        Our column to what is uncertain about its heading.
    equal : dict of str to tuple of str
        Our column to headings that are equally good.
    missing : tuple of str
        Required columns for which there is no heading.
    certain : int
        How many columns have a heading of the same words as one of their names.
    given : mapping of str to str
        What study.toml gives every row.
    """

    format: Format
    layout: FileLayout
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    equal: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    certain: int = 0
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        """Our column to its first heading."""
        return {to: names[0] for to, names in self.known.items()} | self.chosen

    def headings(self, to: str, headers: Iterable[str]) -> tuple[str, ...]:
        """List the headings of a file that fill a column, each of a numbered list for itself."""
        groups, names = numbered(list(headers)), self.chosen.get(to, "").split(" + ")
        return self.known.get(to) or tuple(one for name in names for one in groups.get(name, (name,)) if one)

    @property
    def weight(self) -> float:
        """How much of the file it explains: certain columns count whole, others half."""
        return self.certain + 0.5 * (len(self.columns) - self.certain + len(self.equal))


def match_headings(
    source: Format, layout: FileLayout, cells: Mapping[str, ColumnCells], settings: SourceSettings | None = None
) -> Match:
    """Match the headings of a file to the columns of a layout; what `settings` name already stays."""
    given = settings or SourceSettings(format=source.name, files="")
    found = Match(source, layout, given=given.values)
    wanted = [c for c in layout.columns if c.column not in given.values and c.column not in given.absent]
    headers = [header for header in cells if header.lower() not in {one.lower() for one in given.drop}]
    for column in wanted:
        names = _known(column, headers, given)
        if names:
            found.known[column.column] = names
            found.certain += 1
    rest = [c for c in wanted if c.column not in found.known]
    free = [header for header in headers if header not in {h for names in found.known.values() for h in names}]
    _by_words(found, [c for c in rest if not c.is_list], free, cells)
    for column in (c for c in rest if c.is_list):
        _numbered(found, column, _free(found, free))
    _by_values(found, [c for c in rest if c.required], _free(found, free), cells)
    found.missing = tuple(
        c.column for c in rest if c.required and c.column not in found.chosen and c.column not in found.equal
    )
    return found


def _known(column: ColumnMapping, headers: Sequence[str], given: SourceSettings) -> tuple[str, ...]:
    lower = {header.lower(): header for header in headers}
    for name in (*([given.columns[column.column]] if column.column in given.columns else []), *column.headers):
        hits = tuple(lower[one.lower()] for one in headings_of(column, name) if one.lower() in lower)
        if hits and not any(set(hits) < set(group) for group in numbered(headers).values() if column.repeats):
            return hits
    return ()


def _free(found: Match, free: Sequence[str]) -> list[str]:
    taken = {*found.chosen.values(), *(header for headers in found.equal.values() for header in headers)}
    return [header for header in free if header not in taken]


def _by_words(
    found: Match, columns: Sequence[ColumnMapping], headers: Sequence[str], cells: Mapping[str, ColumnCells]
) -> None:
    """Choose headings by their words, the best pair first; one with values that speak for the column before others."""
    words, table = headings_as_words(list(cells)), found.layout.table
    rated: dict[str, dict[str, float]] = {}
    for column in columns:
        for header in headers:
            rating = resemblance(words[header], table, column)
            weight = evidence(found.format.name, table, column.column, cells[header]) if rating >= SIMILAR else AGAINST
            if weight > AGAINST and (column.required or rating >= OPTIONAL):
                rated.setdefault(column.column, {})[header] = rating + weight * (0.2 if rating < SAME_WORDS else 0.05)
    while rated:
        best = max(rated, key=lambda to: max(rated[to].values()))
        top = max(rated[best].values())
        equal = _coarsest(best, [one for one, rating in rated[best].items() if rating >= top - _MARGIN], cells)
        rated.pop(best)
        if len(equal) > 1:
            found.equal[best] = tuple(equal)
        else:
            found.chosen[best] = equal[0]
            found.certain += top >= SAME_WORDS and _says(words[equal[0]], table, columns, best)
            if not _says(words[equal[0]], table, columns, best):
                found.checks[best] = BY_HEADING
        rated = {to: left for to, one in rated.items() if (left := {h: r for h, r in one.items() if h not in equal})}


def _coarsest(to: str, equal: Sequence[str], cells: Mapping[str, ColumnCells]) -> Sequence[str]:
    """Of several births take the one that tells no day: it identifies nobody."""
    coarse = [one for one in equal if (dates := cells[one].dates) and dates.coarse] if to == "birth_date" else []
    return coarse[:1] or equal


def _says(words: Sequence[frozenset[str]], table: str, columns: Sequence[ColumnMapping], to: str) -> bool:
    return resemblance(words, table, next(c for c in columns if c.column == to)) >= SAME_WORDS


def _numbered(found: Match, column: ColumnMapping, headers: Sequence[str]) -> None:
    """Choose the numbered headings of a list, the one of its first item before them, or the one heading that it has."""
    groups = numbered(headers)
    words = {one: words_of(re.sub(r"\{[ni]\}", "", one)) for one in (*groups, *headers)}
    rated = {one: resemblance([said], found.layout.table, column) for one, said in words.items()}
    good = sorted((one for one in rated if rated[one] >= SIMILAR), key=lambda one: (one not in groups, -rated[one]))
    if not good:
        return
    firsts = [one for one in good if one not in groups and words[one] & _FIRST]
    begins = min((int(n) for one in groups.get(good[0], ()) for n in re.findall("[0-9]+", one)[-1:]), default=1)
    before = firsts[:1] if good[0] in groups and (begins > 1 or "secondary" in words[good[0]]) else []
    found.chosen[column.column] = " + ".join([*before, good[0]])
    found.certain += rated[good[0]] >= SAME_WORDS
    if rated[good[0]] < SAME_WORDS or before:
        found.checks[column.column] = BY_HEADING


def _by_values(
    found: Match, columns: Sequence[ColumnMapping], headers: Sequence[str], cells: Mapping[str, ColumnCells]
) -> None:
    """Choose for required columns that are still missing the one heading whose values speak for it, or name several."""
    for column in columns:
        to = column.column
        if to in found.chosen or to in found.equal or to not in _BY_VALUES:
            continue
        hits = [h for h in headers if evidence(found.format.name, found.layout.table, to, cells[h]) == FOR]
        hits = [h for h in hits if h not in found.chosen.values()]
        if len(hits) == 1:
            found.chosen[to] = hits[0]
            found.checks[to] = BY_VALUES
        elif 1 < len(hits) <= 4:
            found.equal[to] = tuple(hits)
