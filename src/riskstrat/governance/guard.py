"""The guard: find the columns of an extract that hold direct identifiers.

Decision
--------
A column is judged by its heading and by its values. Evidence is counted over the whole column, never taken from one
cell.

* NHS numbers. One in 11 random ten-digit numbers has a valid check digit (9.04 % measured, nhs-formats.md). So at
  least half of 20 numbers are valid by chance in 3.0 columns of a million, and half of 100 in none. A column is refused
  if at least half of its distinct ten-digit numbers are valid and chance explains this in fewer than one column of
  100,000: 10 of 20 numbers, 7 of 10, 5 of 5. If the numbers are written 3-3-4, one column of 1,000 is enough: 3 of 3.
* Email addresses, telephone numbers as people write them, postcodes with a space, and courtesy titles with a name are
  unmistakable. Three different ones are enough to refuse a column, even free text that names one patient in a thousand.
  Values that can also be codes or numbers (a postcode without a space, eleven bare digits) must be at least 20 and half
  of the values. Addresses must be a tenth of the values, because many begin with the name of a house or a flat.
* Names are compared with common first and last names. In a small column a tenth of the values must match or, with first
  and last name in one cell, three tenths. In a large column common names are a small share of the *distinct* values, so
  25 of them are enough.
* Dates of birth: see `birth_dates`.
* A code column is not judged by its values, and by its heading only if that is beyond doubt.

A message never contains a value. In a file without headings the first row is a patient's, so a heading is shown only if
all headings of the file look like headings. For names and addresses found by their values, the message gives only the
position of the column: if the file has no headings, the "heading" is itself a name and looks like any other heading.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.governance import identifiers as known
from riskstrat.governance.birth_dates import is_birth_date
from riskstrat.governance.identifiers import Cells, distinct, evenly, header_kind

VALID_BY_CHANCE = 1 / 11
CHANCE, CHANCE_PARTED = 1e-5, 1e-3
FEW_NAMES, MANY_NAMES, SHARE_OF_NAMES, SHARE_OF_FULL_NAMES = 5, 25, 0.1, 0.3
_ENOUGH = 20
MOST_SUSPICIOUS = 2_000
CLUES = "|".join([known.NHS_SHAPE, *(sign.pattern for sign in known.SIGNS)])
PLURALS = {
    known.NHS_NUMBER: "NHS numbers (mod-11)",
    known.DATE_OF_BIRTH: "dates of birth",
    "address": "addresses",
    "email address": "email addresses",
}


@dataclass(frozen=True)
class IdentifierFound:
    """A column that must not be read as it is.

    Parameters
    ----------
    column : str
        Its heading if that can be shown, or "column 7", counted from 1.
    kind : str
        The identifier that it holds: "NHS number", "name", "postcode", ...
    share : float or None
        Share of the checked values that look like the identifier (for NHS numbers, of the ten-digit numbers); None if
        the heading names the identifier.

    Examples
    --------
    >>> print(IdentifierFound("column 7", "NHS number", 0.96))
    column 7: 96 % of the values checked look like NHS numbers (mod-11)
    >>> print(IdentifierFound("MAIDEN", "name", None))
    MAIDEN: the heading indicates a direct identifier (name)
    """

    column: str
    kind: str
    share: float | None

    def __str__(self) -> str:
        if self.share is None:
            return f"{self.column}: the heading indicates a direct identifier ({self.kind})"
        share = f"{100 * self.share:.0f} %" if self.share >= 0.01 else "fewer than 1 %"
        return f"{self.column}: {share} of the values checked look like {PLURALS.get(self.kind, f'{self.kind}s')}"


Found = tuple[str, float | None]


def screen_columns(
    columns: Mapping[str, Cells],
    codes: Collection[str] = (),
    dropped: Collection[str] = (),
    coarsened: Collection[str] = (),
    people: bool = False,
) -> list[IdentifierFound]:
    """Find every column of a file that holds direct identifiers, in the order of the file; no value is returned.

    Parameters
    ----------
    columns : mapping of str to sequence of str or None
        All headings in the order of the file, each with its cells.
    codes, dropped, coarsened : collection of str
        Headings, as in `columns`: declared code columns, columns that are not read, and dates of birth of which only
        the year is kept.
    people : bool
        The file has one row for each patient.

    Examples
    --------
    >>> found = screen_columns({"id": ["x1"], "SURNAME": ["Smith"], "LAST": ["X"]}, dropped=["LAST"])
    >>> [str(finding) for finding in found]
    ['SURNAME: the heading indicates a direct identifier (name)']
    """
    readable = _read_like_headers(columns)
    findings = []
    for place, (header, values) in enumerate(columns.items(), start=1):
        found = None if header in dropped else _found(header, values, header in codes, header in coarsened, people)
        if found:
            findings.append(IdentifierFound(_label(header, found, readable) or f"column {place}", *found))
    return findings


def _found(header: str, values: Cells, code: bool, coarsened: bool, people: bool) -> Found | None:
    kind = header_kind(header)
    if kind and kind != known.DATE_OF_BIRTH and (not code or kind in known.SURE_BY_HEADER):
        return kind, None
    if code:
        return None
    if not coarsened and is_birth_date(values, header, people):
        return known.DATE_OF_BIRTH, None if kind else 1.0
    return _judged(values)


def _label(header: str, found: Found, readable: bool) -> str:
    """Return the heading, if it cannot be the value of a cell."""
    kind, share = found
    by_place = share is not None and kind in ("name", "address")
    return header if readable and not by_place and re.fullmatch("[A-Za-z][A-Za-z0-9_ -]{0,60}", header) else ""


def _read_like_headers(columns: Mapping[str, Cells]) -> bool:
    """Check that no heading starts with a digit or sign, occurs as a cell, looks like a value or is a person's name."""
    return all(
        not header or (re.match("[A-Za-z_]", header) and header not in values and not _is_somebodys(header))
        for header, values in columns.items()
    )


def _is_somebodys(header: str) -> bool:
    return bool(re.search(f"{CLUES}|{known.MACHINE_MADE}", header)) or _is_full_name(header)


def kind_of_values(values: Cells, codes: bool = False) -> str | None:
    """Return the kind of identifier that the values of a column are, or None; `is_birth_date` checks dates.

    At most 20,000 values are checked, evenly spaced. Declared codes are never judged by their values: SNOMED
    identifiers pass mod-11 as often as any number, and Read codes look like postcodes.

    >>> kind_of_values(["943 476 5919", "943 476 5870", "943-476-5862"])
    'NHS number'
    >>> kind_of_values(["A81001", "A81002", "A81003"]) is None
    True
    """
    found = None if codes else _judged(values)
    return found[0] if found else None


def _judged(values: Cells) -> Found | None:
    cells = distinct(values)
    return (_by_signs(cells) or _by_names(cells)) if cells else None


def _by_signs(cells: list[str]) -> Found | None:
    suspicious = _holding(cells, CLUES)
    looked = evenly(suspicious, MOST_SUSPICIOUS)
    if not looked:
        return None
    weight = len(suspicious) / len(looked) / len(cells)
    return _nhs_numbers(looked) or next(
        (found for sign in known.SIGNS if (found := _shown(sign, looked, weight))), None
    )


def _holding(cells: Sequence[str], pattern: str) -> list[str]:
    texts = pa.array(cells, pa.string())
    found: list[str] = texts.filter(pc.match_substring_regex(texts, pattern)).to_pylist()
    return found


def _shown(sign: known.Sign, cells: Sequence[str], weight: float) -> Found | None:
    texts = [match[0] for cell in _holding(cells, sign.pattern) if (match := re.search(sign.pattern, cell))]
    share = len(texts) * weight
    return (sign.kind, share) if len(set(texts)) >= sign.few and share >= sign.share else None


def is_nhs_number(digits: str) -> bool:
    """Check whether ten digits are a valid NHS number: a correct mod-11 check digit, and not one digit ten times.

    Source: NHS Data Dictionary, NHS NUMBER.

    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918"), is_nhs_number("1111111111")
    (True, False, False)
    """
    check = -sum(int(digit) * (10 - i) for i, digit in enumerate(digits[:9])) % 11
    return check == int(digits[9]) and len(set(digits)) > 1


def _nhs_numbers(cells: Sequence[str]) -> Found | None:
    found = {text for cell in cells for text in re.findall(known.NHS_SHAPE, cell)}
    bare = {text for text in found if text.isdigit()}
    for texts, chance in ((found - bare, CHANCE_PARTED), (bare, CHANCE)):
        valid = sum(is_nhs_number(re.sub("[ -]", "", text)) for text in texts)
        if valid and 2 * valid >= len(texts) and _by_chance(len(texts), valid) < chance:
            return known.NHS_NUMBER, valid / len(texts)
    return None


def _by_chance(n: int, valid: int) -> float:
    """Compute the chance that at least `valid` of n random ten-digit numbers are valid; 0 if n is over 100."""
    p = VALID_BY_CHANCE
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(valid, n + 1)) if n <= 100 else 0.0


def _by_names(cells: list[str]) -> Found | None:
    single = known.NAMES.intersection(map(str.casefold, cells))
    share = len(single) / len(cells)
    if len(single) >= MANY_NAMES:
        return "name", share
    if len(cells) < _ENOUGH:
        return None
    if len(single) >= FEW_NAMES and share >= SHARE_OF_NAMES:
        return "name", share
    looked = evenly(cells, MOST_SUSPICIOUS)
    full = sum(map(_is_full_name, looked)) / len(looked)
    return ("name", full) if full >= SHARE_OF_FULL_NAMES else None


def _is_full_name(cell: str) -> bool:
    """Check for two to four words that start with a common forename or end with a common surname."""
    if not known.LIKE_NAMES.fullmatch(cell):
        return False
    words = re.split("[ ,]+", cell.casefold())
    first, last = (words[-1], words[0]) if "," in cell else (words[0], words[-1])
    return first in known.FORENAMES or last in known.SURNAMES
