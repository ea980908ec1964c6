"""Read the decision, the deciding role and the reason from the words in a cell.

Decision
--------
Case, spaces, hyphens, underscores and full stops do not matter, and some words are accepted because they can mean only
one decision (`died`). A typing error is not corrected; the message names the nearest decision. A reason is free text
and appears on later lists, so a reason that may identify a person is not stored. The guard of extracts judges a column
by many cells; here a single cell must be enough.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from riskstrat.governance import NHS_SHAPE, SIGNS, is_nhs_number
from riskstrat.lists.columns import DECIDING_ROLES, DECISION_MEANINGS
from riskstrat.lists.files.csv_file import FORMULA_STARTS
from riskstrat.lists.review.faults import UnreadableCellError

LONGEST_REASON, _NEAR = 500, 0.75
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "accepted": ("accept", "accepted onto caseload", "taken on"),
    "already_on_caseload": ("on caseload", "on caseload already", "already on case load"),
    "other_service": ("another service", "referred to other service", "referred to another service"),
    "declined_by_patient": ("declined", "patient declined", "pt declined", "declined by pt", "refused by patient"),
    "not_appropriate": ("inappropriate", "not suitable", "unsuitable"),
    "palliative_pathway": ("palliative", "palliative care", "palliative care pathway"),
    "care_home_pathway": ("carehome pathway",),
    "deceased": ("died", "dead", "rip", "r i p", "has died", "patient died", "passed away"),
    "moved": ("moved away", "moved practice", "moved out of area", "no longer registered", "deregistered"),
    "data_error": ("error in data", "error in the data", "wrong data"),
    "deferred": ("defer", "postponed"),
    "not_reviewed": ("not discussed", "not yet reviewed", "not yet discussed", "no time"),
}
BARE_PHONE = r"\b0[12378][0-9]{9}\b"


def folded(text: str) -> str:
    """Fold a text, so that spellings can be compared.

    >>> folded(" Already-on_CASELOAD. "), folded("R.I.P.")
    ('already on caseload', 'rip')
    """
    return " ".join(re.sub(r"[\s_-]+", " ", re.sub(r"[.,;!]+", "", text.casefold())).split())


DECISIONS = {folded(word): one for one in DECISION_MEANINGS for word in (one, *SYNONYMS.get(one, ()))}


def cell_text(value: Any) -> str:
    """Read a cell as text without outer spaces, and without a quote that guarded a formula.

    >>> [cell_text(value) for value in (None, 12.0, "'=1+1", " x ", datetime(2026, 3, 1))]
    ['', '12', '=1+1', 'x', '2026-03-01']
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    text = str(value).strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def decision_of(text: str) -> str:
    """Read a decision; UnreadableCellError if the text is none.

    >>> decision_of("Not appropriate"), decision_of("R.I.P.")
    ('not_appropriate', 'deceased')
    """
    said = folded(text)
    if said in DECISIONS:
        return DECISIONS[said]
    near = get_close_matches(said, DECISIONS, n=1, cutoff=_NEAR)
    meant = f" (the nearest is {DECISIONS[near[0]]})" if near else ""
    raise UnreadableCellError(f"is not one of the decisions{meant}", "Choose one from the list in the cell.")


def deciders(titles: Iterable[str]) -> dict[str, str]:
    """Map folded spellings to the roles that may decide: those of the study by title, and the built-in ones."""
    roles = {folded(role): role for role in (*titles, *DECIDING_ROLES)}
    return {**roles, "general practitioner": "GP"}


def decider_of(text: str, known: Mapping[str, str]) -> str:
    """Read the deciding role; UnreadableCellError if it is not a known role, because it may be a name.

    >>> decider_of("Care home manager", deciders([]))
    'care-home manager'
    """
    if folded(text) not in known:
        raise UnreadableCellError("is not a known role", "Choose one from the list in the cell, not a name.")
    return known[folded(text)]


def reason_of(text: str) -> str:
    r"""Read a reason as one line; UnreadableCellError if it is too long, or may identify somebody.

    >>> reason_of("fell  again,\nsee OT")
    'fell again, see OT'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > LONGEST_REASON:
        raise UnreadableCellError(f"has more than {LONGEST_REASON} characters", "Shorten it to a few words.")
    if kind := _identifies(line):
        raise UnreadableCellError(f"may contain a person's {kind}, so it is not stored", "Remove it from the reason.")
    return line


def _identifies(text: str) -> str | None:
    """Name what in a text may identify somebody, or None."""
    numbers = re.findall(NHS_SHAPE, text)
    if any(not number.isdigit() or is_nhs_number(number) for number in numbers):
        return "NHS number"
    if re.search(BARE_PHONE, text):
        return "telephone number"
    return next((sign.kind for sign in SIGNS if re.search(sign.pattern, text)), None)
