"""Numbers and times as a clinician would say them."""

from __future__ import annotations


def plural(number: int, noun: str) -> str:
    """A number with its noun.

    >>> plural(1, "admission"), plural(4, "ED attendance"), plural(2, "emergency bed day")
    ('1 admission', '4 ED attendances', '2 emergency bed days')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence(text: str) -> str:
    """A text with a capital at its start, and the rest as it was: "2A" stays "2A".

    >>> sentence("admission method 2A")
    'Admission method 2A'
    """
    return text[:1].upper() + text[1:]


def ago(days: float) -> str:
    """How long ago, in the largest unit that says enough.

    >>> [ago(days) for days in (1, 5, 20, 75, 400, 2000)]
    ['yesterday', '5 days ago', '3 weeks ago', '2 months ago', '13 months ago', '5 years ago']
    """
    days = int(days)
    if days <= 1:
        return "yesterday"
    if days < 14:
        return f"{days} days ago"
    if days < 60:
        return f"{round(days / 7)} weeks ago"
    if days < 730:
        return f"{round(days / 30.4)} months ago"
    return f"{round(days / 365.25)} years ago"
