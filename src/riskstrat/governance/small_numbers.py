"""Small numbers: what may be shown of a count.

Decision
--------
A count of people or of their rows, by month, practice, provider, code list or model, is shown as 0, as ``*`` from 1 to
7, and otherwise to the nearest 5; a percentage is made of the rounded counts, and is ``*`` where one of them is. That
is what NHS England asks of sub-national HES figures, and OpenSAFELY's rule with the same bounds. A provider or practice
of fewer than 8 people is not named: its rows are counted with the others' as small. Line counts of files (lines read,
stored, set aside) are exact, because they account for files and not for people.

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
    """A count as it may be shown.

    >>> [rounded(count) for count in (0, 1, 7, 8, 12, 13, 100)]
    [0, '*', '*', 10, 10, 15, 100]
    """
    whole = round(count)
    if not whole:
        return 0
    return HIDDEN if whole <= SMALL else (whole + NEAREST // 2) // NEAREST * NEAREST


def percent(part: int, of: int) -> float | str | None:
    """A percentage of rounded counts; None of nothing.

    >>> percent(12, 100), percent(3, 100), percent(0, 100), percent(3, 5), percent(0, 0)
    (10.0, '*', 0.0, '*', None)
    """
    top, bottom = rounded(part), rounded(of)
    if isinstance(top, str) or isinstance(bottom, str):
        return HIDDEN
    return round(100 * top / bottom, 1) if bottom else None


def about(count: float) -> str:
    """A count in a sentence.

    >>> about(0), about(3), about(1234)
    ('none', 'fewer than 8', 'about 1,235')
    """
    number = rounded(count)
    if isinstance(number, str):
        return f"fewer than {SMALL + 1}"
    return f"about {number:,}" if number else "none"


def merge_small(people: Mapping[str, int], small: str) -> dict[str, str]:
    """For each unit the name it is shown under: its own, or a common one where it has too few people.

    >>> merge_small({"A81001": 900, "A81002": 3}, "small practices")
    {'A81001': 'A81001', 'A81002': 'small practices'}
    """
    return {unit: readable(unit) if count > SMALL else small for unit, count in people.items()}
