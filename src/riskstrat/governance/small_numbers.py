"""Small numbers: how counts of people may be shown.

Decision
--------
A count of people or of their rows, by month, practice, provider, code list or model, is shown as 0, as ``*`` from 1 to
7, and otherwise to the nearest 5. A percentage is computed from the rounded counts, and is ``*`` if one of them is. NHS
England asks for this in sub-national HES figures, and OpenSAFELY has a rule with the same bounds. A provider or
practice with fewer than 8 people is not named: its rows are counted together with those of other small ones. Line
counts of files (lines read, stored, rejected) are exact, because they count lines and not people.

Source: NHS Digital, Hospital Episode Statistics, change to disclosure control, September 2018; OpenSAFELY, statistical
disclosure control.
"""

from collections.abc import Mapping

from riskstrat.wording import readable

SMALL = 7
NEAREST = 5
HIDDEN = "*"
RULE = (
    "Small numbers: counts of 1 to 7 are shown as *, others to the nearest 5. Percentages are computed from the "
    "rounded counts. Line counts of files are exact, because they count lines and not people."
)


def rounded(count: float) -> int | str:
    """Round a count so that it may be shown.

    >>> [rounded(count) for count in (0, 1, 7, 8, 12, 13, 100)]
    [0, '*', '*', 10, 10, 15, 100]
    """
    whole = round(count)
    if not whole:
        return 0
    return HIDDEN if whole <= SMALL else (whole + NEAREST // 2) // NEAREST * NEAREST


def percent(part: int, of: int) -> float | str | None:
    """Compute a percentage from rounded counts; None if the total is 0.

    >>> percent(12, 100), percent(3, 100), percent(0, 100), percent(3, 5), percent(0, 0)
    (10.0, '*', 0.0, '*', None)
    """
    top, bottom = rounded(part), rounded(of)
    if isinstance(top, str) or isinstance(bottom, str):
        return HIDDEN
    return round(100 * top / bottom, 1) if bottom else None


def about(count: float) -> str:
    """Write a rounded count for a sentence.

    >>> about(0), about(3), about(1234)
    ('none', 'fewer than 8', 'about 1,235')
    """
    number = rounded(count)
    if isinstance(number, str):
        return f"fewer than {SMALL + 1}"
    return f"about {number:,}" if number else "none"


def merge_small(people: Mapping[str, int], small: str) -> dict[str, str]:
    """Name each unit as it may be shown: its own name, or a common name if it has too few people.

    >>> merge_small({"A81001": 900, "A81002": 3}, "small practices")
    {'A81001': 'A81001', 'A81002': 'small practices'}
    """
    return {unit: readable(unit) if count > SMALL else small for unit, count in people.items()}
