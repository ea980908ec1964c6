"""Prepare counts for publication, given the counts that last month's summary published.

Decision
--------
Every count of people goes through three steps, in this order.

1. `rounded`: 0, ``*`` for 1 to 7, else the nearest 5.
2. `publishable`: a count that differs by fewer than 8 people from the one last published for the same cell is published
   as that one. So two summaries in a row show either the same number or numbers at least 8 apart, and nobody can
   subtract them to learn about fewer than 8 people. ``*`` counts as anything from 1 to 7. A count that follows a 0, or
   has no earlier cell, is published as it is: the difference is the count itself, which step 1 has already made safe,
   and repeating a 0 where there are people would be false.
3. `covered`: where a total is shown with its parts, a reader can subtract the parts that are shown. If that would leave
   fewer than 5 possible numbers for a hidden part, given the rounding, the smallest other part becomes ``*`` too; this
   is repeated until it happens in no row and no column. So a hidden number is never known more closely than a shown
   one. Rounding alone is not enough: in 10 + 10 + ``*`` with a total of 15, the hidden part is exactly 1. Always hiding
   a second part would cost more than it protects: with ten practices shown, the rounding already hides the eleventh. To
   a reader who knows this rule, a hidden part of two has at least 6 possible numbers, and a hidden part of three at
   least 4; the tests count them.

Percentages are calculated from counts as published, and are ``*`` where one of them is.

The cost: a published number may be up to 9 people from the true one, and a ``*`` may stand for up to 12 people, or for
none. The limits: two summaries further apart may show numbers 5 apart; a reader who knows one month exactly learns more
than others when a number moves; a part that step 3 hides may have been shown a month before, and then only rounding
protects its neighbour; and a summary made again from other data is protected against earlier months, not against its
own first version. A reader who knows a team's rule can work out how many places it has, never who has them.

Sources: `governance.small_numbers` for the limits; Hundepool and others, Statistical Disclosure Control, 2012,
on differencing and on complementary suppression.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from riskstrat.governance import HIDDEN, NEAREST, SMALL, rounded

BEFORE = "before"
Published = int | str
PublishedCell = Published | None
PublishedRows = dict[str, dict[str, PublishedCell]]
ALL = "all lists"


@dataclass(frozen=True)
class AddedParts:
    """Cells of parts that add up to a total, and the cell of the total."""

    total: str
    parts: tuple[str, ...]


def covered(
    published: Mapping[str, Published], lines: Sequence[AddedParts], elsewhere: Mapping[str, Published] | None = None
) -> dict[str, Published]:
    """Hide further parts of lines in which subtraction from the total would reveal a hidden part.

    Totals may be published elsewhere.

    >>> parts = AddedParts("total", ("a", "b", "c"))
    >>> covered({"total": 15, "a": 10, "b": 10, "c": "*"}, [parts])
    {'total': 15, 'a': '*', 'b': 10, 'c': '*'}
    >>> covered({"total": 20, "a": 10, "b": 10, "c": "*"}, [parts])
    {'total': 20, 'a': 10, 'b': 10, 'c': '*'}
    """
    found, covers = dict(published), set[str]()
    while True:
        known = {**(elsewhere or {}), **found}
        told = [cells for line in lines if (cells := _shown_parts(line, known)) and _reveals(line, known, covers)]
        if not told:
            return found
        cover = min(told[0], key=lambda cell: found[cell])
        found[cover] = HIDDEN
        covers.add(cover)


def _shown_parts(line: AddedParts, known: Mapping[str, Published]) -> list[str]:
    return [cell for cell in line.parts if isinstance(known.get(cell), int) and known[cell]]


def _reveals(line: AddedParts, known: Mapping[str, Published], covers: set[str]) -> bool:
    """Return whether the total, less the parts shown, reveals a hidden part more closely than rounding does.

    A part that was hidden to protect another may be of any size. It protects nothing if the rest of the line reveals
    it: if it is the only hidden part, or a total of which every part is shown.
    """
    total, hidden = known.get(line.total), [cell for cell in line.parts if known.get(cell) == HIDDEN]
    if total == HIDDEN:
        return line.total in covers and not hidden
    if not isinstance(total, int) or not hidden:
        return False
    shown_parts = [int(known[cell]) for cell in _shown_parts(line, known)]
    rest, slack = total - sum(shown_parts), NEAREST // 2 * (1 + len(shown_parts))
    others, covered_by = len(hidden) - 1, not covers.isdisjoint(hidden)
    least = 1 if covered_by else max(1, rest - slack - SMALL * others)
    most = min(SMALL, rest + slack - others)
    return most - least + 1 < NEAREST or (covered_by and not others)


def publishable(count: float, published_before: PublishedCell) -> Published:
    """Prepare a count for publication, given the count last published for the same cell, if any.

    >>> publishable(27, None), publishable(27, 20), publishable(28, 20), publishable(0, 20)
    (25, 20, 30, 0)
    >>> publishable(12, "*"), publishable(13, "*"), publishable(0, "*")
    ('*', 15, '*')
    >>> publishable(3, 10), publishable(3, 15), publishable(3, 0)
    (10, '*', '*')
    """
    now = rounded(count)
    if not published_before or _least_apart(now, published_before) > SMALL:
        return now
    return published_before


def _least_apart(one: Published, other: Published) -> int:
    """Find the fewest people by which two published counts may differ."""
    (low, high), (least, most) = _stands_for(one), _stands_for(other)
    return max(low - most, least - high, 0)


def _stands_for(published: Published) -> tuple[int, int]:
    return (1, SMALL) if isinstance(published, str) else (published, published)


class Ledger:
    """The published counts of a summary by cell, after those published for an earlier index date."""

    def __init__(self, before: Mapping[str, Published]) -> None:
        self._before = before
        self._now: dict[str, Published] = {}

    @property
    def published(self) -> dict[str, Published]:
        """The count last published for each cell, now or before."""
        return {**self._before, **self._now}

    def enter(
        self,
        counts: Mapping[str, float | None],
        lines: Sequence[AddedParts] = (),
        hidden: Collection[str] = (),
        known_as: Mapping[str, str] | None = None,
    ) -> dict[str, PublishedCell]:
        """Publish counts of people by cell, None if a count is missing.

        Parameters
        ----------
        lines : sequence of AddedParts
            Cells that add up to another cell, to one entered before, or to one of the last summary (`BEFORE`).
        hidden : collection of str
            Cells that are hidden whatever their count.
        known_as : mapping of str to str or None
            Cell to the name under which the same people were counted before.

        Examples
        --------
        >>> Ledger({"a": 20}).enter({"a": 27, "b": 3, "c": None})
        {'a': 20, 'b': '*', 'c': None}
        """
        names, single = known_as or {}, dict[str, Published]()
        for cell, count in counts.items():
            if count is not None:
                last = self._before.get(cell, self._before.get(names.get(cell, cell)))
                single[cell] = HIDDEN if cell in hidden else publishable(count, last)
        earlier = {f"{BEFORE}/{cell}": count for cell, count in self._before.items()}
        entered = covered(single, lines, {**earlier, **self._now})
        self._now.update(entered)
        return {cell: entered.get(cell) for cell in counts}

    def enter_by_role(
        self,
        topic: str,
        counts: pd.DataFrame,
        splits: Mapping[str, Sequence[str]] | None = None,
        known_as: Mapping[str, str] | None = None,
    ) -> PublishedRows:
        """Publish counts by role, and for all roles (`ALL`) together.

        Parameters
        ----------
        counts : pandas.DataFrame
            A row for each role; NaN if a count is missing.
        splits : mapping of str to sequence of str
            Cell of a total, which contains ``{role}``, to the columns that add up to it.
        known_as : mapping of str to str or None
            Column to the cell, which contains ``{role}``, under which the same people were counted before.
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
        shown = self.enter({name: whole[role][what] for (role, what), name in cell.items()}, lines, known_as=names)
        return {role: {what: shown[cell[role, what]] for what in columns} for role in whole}


def with_all(counts: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Add the counts of all roles to those of each; None if one is missing.

    >>> with_all(pd.DataFrame({"new": [1.0, 2.0], "kept": [1.0, None]}, index=["a", "b"]))["all lists"]
    {'new': 3.0, 'kept': None}
    """
    whole = pd.concat([counts, counts.sum(skipna=False).to_frame(ALL).T])
    rows = zip(whole.index, whole.to_dict("records"), strict=True)
    return {str(role): {str(what): None if pd.isna(n) else float(n) for what, n in row.items()} for role, row in rows}


def per(part: PublishedCell, of: PublishedCell, number: int = 100) -> float | str | None:
    """Work out the rate per 100 from published counts; None if one is missing or the total is 0.

    >>> per(10, 80), per("*", 80), per(0, 0), per(None, 80), per(10, 500, 1000)
    (12.5, '*', None, None, 20.0)
    """
    if part is None or of is None:
        return None
    if isinstance(part, str) or isinstance(of, str):
        return HIDDEN
    return round(number * part / of, 1) if of else None


def published_percent(part: PublishedCell, of: PublishedCell) -> float | str | None:
    """Work out a percentage of published counts, at most 100 because part and whole are rounded separately.

    >>> published_percent(20, 15)
    100.0
    """
    share = per(part, of)
    return min(share, 100.0) if isinstance(share, float) else share


def about_published(published: PublishedCell) -> str:
    """Write a published count in a sentence.

    >>> about_published(0), about_published("*"), about_published(1235), about_published(None)
    ('none', 'too few to show', 'about 1,235', 'number not available')
    """
    if published is None:
        return "number not available"
    if isinstance(published, str):
        return "too few to show"
    return f"about {published:,}" if published else "none"
