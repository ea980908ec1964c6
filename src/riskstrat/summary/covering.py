"""Complementary suppression: what else to hide, where a total would give away a hidden part; see `disclosure`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskstrat.suppression import HIDDEN, NEAREST, SMALL

Published = int | str


@dataclass(frozen=True)
class Line:
    """Parts that add up to a total.

    Parameters
    ----------
    total : str
        Its cell.
    parts : tuple of str
        Their cells.
    """

    total: str
    parts: tuple[str, ...]


def covered(
    published: Mapping[str, Published], lines: Sequence[Line], elsewhere: Mapping[str, Published] | None = None
) -> dict[str, Published]:
    """Hide further parts of lines in which subtracting from the total would tell too much of a hidden one.

    Parameters
    ----------
    published : mapping of str to int or str
        Cell to its count.
    lines : sequence of Line
    elsewhere : mapping of str to int or str, optional
        Totals that are published in another place.

    Examples
    --------
    >>> parts = Line("total", ("a", "b", "c"))
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


def _shown_parts(line: Line, known: Mapping[str, Published]) -> list[str]:
    return [cell for cell in line.parts if isinstance(known.get(cell), int) and known[cell]]


def _tells(line: Line, known: Mapping[str, Published], covers: set[str]) -> bool:
    """Whether the total, less what is shown, tells a hidden part more closely than rounding would.

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
