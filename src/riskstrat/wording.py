"""Numbers, times and names in English, as a clinician would say them."""

from collections.abc import Sequence


def plural(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> plural(1, "admission"), plural(4, "ED attendance"), plural(2, "emergency bed day")
    ('1 admission', '4 ED attendances', '2 emergency bed days')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence(text: str) -> str:
    """Write a text with a capital first letter and leave the rest unchanged.

    >>> sentence("admission method 2A")
    'Admission method 2A'
    """
    return text[:1].upper() + text[1:]


def ago(days: float) -> str:
    """Say how long ago something was, in the largest suitable unit.

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


def readable(text: str, longest: int = 40) -> str:
    r"""Make a name from data safe to show: short, without control characters or characters that reverse text.

    >>> readable("A81001"), readable("a\x1b[31m\u202e"), readable("x" * 50, 5)
    ('A81001', 'a?[31m?', 'xxxx…')
    """
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def join_names(names: Sequence[str], most: int = 8) -> str:
    """Join names for a sentence, with the number of further names if there are many.

    >>> join_names(["a", "b", "c"]), join_names(["a", "b", "c"], 2)
    ('a, b and c', 'a, b and 1 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
