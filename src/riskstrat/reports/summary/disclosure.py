"""What may be published of a count, this month and after last month's was published.

Decision
--------
Every count of people goes through three steps, in this order.

1. `rounded`: 0, ``*`` for 1 to 7, else the nearest 5.
2. `publishable`: a count that lies fewer than 8 people from the one last published for the same cell is published as
   that one. So two summaries in a row show either the same number or numbers at least 8 apart, and nobody can subtract
   them to learn of fewer than 8 people. ``*`` counts as anything from 1 to 7. What follows a 0, or a cell that was not
   there, is published as it is: its difference is the count itself, which step 1 has already made safe, and repeating a
   0 where there are people would be a false statement.
3. `covered`: where a total stands beside its parts, a reader can subtract those that are shown. Where that
   would leave a hidden part fewer than 5 possible numbers, given how each was rounded, the smallest other part becomes
   ``*`` too, until no row and no column does. So nobody can know a hidden number better than a shown one. Rounding
   alone would not do: of 10 + 10 + ``*`` with a total of 15, the hidden part is exactly 1. To hide a neighbour in every
   case would cost more than it protects: beside ten practices the rounding already hides the eleventh. To a reader who
   knows this rule, a hidden one of two parts keeps at least 6 possible numbers, one of three at least 4; the tests
   count them.

Percentages are made of counts as published, and are ``*`` where one of them is.

What it costs: a published number may be up to 9 people from the truth, and a ``*`` may stand for up to 12 people, or
for none. What it does not do: two summaries further apart may show numbers 5 apart; somebody who already knows one
month exactly learns more than others from the moment when a number moves; a part that step 3 hides may have been shown
a month before, and rounding alone then covers its neighbour; and a summary that is made anew from other data is guarded
against earlier months, not against its own first version. Who knows a team's rule can work out how many places it has,
never who holds them.

Sources: `governance.small_numbers`, whose bounds these are; Hundepool and others, Statistical Disclosure Control, 2012,
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
    """The cells of parts that add up to a total, and the cell of the total."""

    total: str
    parts: tuple[str, ...]


def covered(
    published: Mapping[str, Published], lines: Sequence[AddedParts], elsewhere: Mapping[str, Published] | None = None
) -> dict[str, Published]:
    """Hide further parts of lines in which subtracting from the total would tell too much of a hidden one.

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
        told = [cells for line in lines if (cells := _shown_parts(line, known)) and _tells(line, known, covers)]
        if not told:
            return found
        cover = min(told[0], key=lambda cell: found[cell])
        found[cover] = HIDDEN
        covers.add(cover)


def _shown_parts(line: AddedParts, known: Mapping[str, Published]) -> list[str]:
    return [cell for cell in line.parts if isinstance(known.get(cell), int) and known[cell]]


def _tells(line: AddedParts, known: Mapping[str, Published], covers: set[str]) -> bool:
    """Say whether the total, less what is shown, tells a hidden part more closely than rounding would.

    What covers another may be of any size. It covers nothing where the rest of the line gives it away: a part alone, or
    a total of which every part is shown.
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
    """Give a number of people as it may be published, after what was last published for the same cell, if anything.

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
    """Counts of a summary as they are published, cell by cell, after those last published at an earlier index date."""

    def __init__(self, before: Mapping[str, Published]) -> None:
        self._before = before
        self._now: dict[str, Published] = {}

    @property
    def published(self) -> dict[str, Published]:
        """Cell to the count last published for it, now or before."""
        return {**self._before, **self._now}

    def enter(
        self,
        counts: Mapping[str, float | None],
        lines: Sequence[AddedParts] = (),
        hidden: Collection[str] = (),
        known_as: Mapping[str, str] | None = None,
    ) -> dict[str, PublishedCell]:
        """Publish counts of people by cell, None where a count is not known.

        Parameters
        ----------
        lines : sequence of AddedParts
            Which of them add up, and to what: to another, to one entered before, or to one of the summary before
            (`BEFORE`).
        hidden : collection of str
            Cells that are hidden whatever they hold.
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
        """Publish counts by role, and of all roles (`ALL`) together.

        Parameters
        ----------
        counts : pandas.DataFrame
            A row a role; NaN where a count is not known.
        splits : mapping of str to sequence of str
            Cell of a total, with ``{role}`` in it, to the columns that add up to it.
        known_as : mapping of str to str or None
            Column to the cell, with ``{role}`` in it, under which the same people were counted before.
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
    """Add the counts of all roles to those of each; None where one is not known.

    >>> with_all(pd.DataFrame({"new": [1.0, 2.0], "kept": [1.0, None]}, index=["a", "b"]))["all lists"]
    {'new': 3.0, 'kept': None}
    """
    whole = pd.concat([counts, counts.sum(skipna=False).to_frame(ALL).T])
    rows = zip(whole.index, whole.to_dict("records"), strict=True)
    return {str(role): {str(what): None if pd.isna(n) else float(n) for what, n in row.items()} for role, row in rows}


def per(part: PublishedCell, of: PublishedCell, number: int = 100) -> float | str | None:
    """Give so many in a hundred, of published counts; None where one is not known, or of nothing.

    >>> per(10, 80), per("*", 80), per(0, 0), per(None, 80), per(10, 500, 1000)
    (12.5, '*', None, None, 20.0)
    """
    if part is None or of is None:
        return None
    if isinstance(part, str) or isinstance(of, str):
        return HIDDEN
    return round(number * part / of, 1) if of else None


def published_percent(part: PublishedCell, of: PublishedCell) -> float | str | None:
    """Give a share of published counts, never above 100: a part and its whole are rounded each for itself.

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
