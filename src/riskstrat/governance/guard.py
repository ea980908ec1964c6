"""The guard: is this extract free of direct identifiers?

Decision
--------
A column is judged by its header and by its values; evidence is counted over the column, never taken from one cell.

* NHS numbers. Of random ten-digit numbers one in 11 has a valid check digit (9.04 % measured, nhs-formats.md), so
  that half of 20 pass in 3.0 columns of a million, and half of 100 in none. A column is refused if at least half of
  its distinct ten-digit numbers pass and chance would do as much in fewer than one column of 100,000: of 20 numbers
  10, of 10 seven, of 5 all. Written 3-3-4 the form speaks too, and one column of 1,000 is enough: three of three.
* Emails, telephone numbers as people write them, postcodes with their space, and courtesy titles with a name are
  unmistakable: three different ones refuse a column, free text that names one patient in a thousand too. What a code
  or a number may look like (a postcode without its space, eleven bare digits) must be half of the values, and 20.
  Addresses are a tenth of the values: many begin with a house or a flat.
* Names are compared with the commonest. In a small column those are a tenth of the values or, with first and last
  name in one cell, three tenths; in a large one a small share of the *distinct* values, so 25 of them are enough.
* Dates of birth: see `birth_dates`.
* A code column is not judged by its values, and by its header only where that is beyond doubt.

A message never holds a value. A file without a header has somebody's row for one, so a header is repeated only where
all headers of its file read like headers. Names and addresses found by their values are told by the place of the
column: the header of a list of names without one would be such a name, and reads like any header.
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
        Its header where that may be repeated, or "column 7", counted from 1.
    kind : str
        What it holds: "NHS number", "name", "postcode", ...
    share : float or None
        Of the values looked at, the share that says so (of NHS numbers: of the ten-digit numbers); None where the
        header says so.

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
    """Find every column of a file that holds direct identifiers, in the order of the file and without any value.

    Parameters
    ----------
    columns : mapping of str to sequence of str or None
        All headers in the order of the file, each with its cells.
    codes, dropped, coarsened : collection of str
        Headers, as they stand in `columns`: declared code columns, columns that are not to be read, and dates of
        birth of which only the year is kept.
    people : bool
        The file has one row a person.

    Examples
    --------
    >>> found = screen_columns({"id": ["x1"], "SURNAME": ["Smith"], "LAST": ["X"]}, dropped=["LAST"])
    >>> [str(finding) for finding in found]
    ['SURNAME: the heading indicates a direct identifier (name)']
    """
    told = _read_like_headers(columns)
    findings = []
    for place, (header, values) in enumerate(columns.items(), start=1):
        found = None if header in dropped else _found(header, values, header in codes, header in coarsened, people)
        if found:
            findings.append(IdentifierFound(_label(header, found, told) or f"column {place}", *found))
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


def _label(header: str, found: Found, told: bool) -> str:
    """The header, where it can be nobody's cell."""
    kind, share = found
    by_place = share is not None and kind in ("name", "address")
    return header if told and not by_place and re.fullmatch("[A-Za-z][A-Za-z0-9_ -]{0,60}", header) else ""


def _read_like_headers(columns: Mapping[str, Cells]) -> bool:
    """Whether none begins with a digit or a sign, is a cell below, looks like a value, or is a person's name."""
    return all(
        not header or (re.match("[A-Za-z_]", header) and header not in values and not _is_somebodys(header))
        for header, values in columns.items()
    )


def _is_somebodys(header: str) -> bool:
    return bool(re.search(f"{CLUES}|{known.MACHINE_MADE}", header)) or _is_full_name(header)


def kind_of_values(values: Cells, codes: bool = False) -> str | None:
    """The kind of identifier that the values of a column are, or None; dates are left to `is_birth_date`.

    Of more than 20,000 values so many are looked at, evenly apart. Declared codes are never judged by their values:
    SNOMED identifiers pass mod-11 as often as any number, and Read codes look like postcodes.

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
    """Whether ten digits are a valid NHS number: mod-11 check digit, not one digit ten times.

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
    """The chance that of n random ten-digit numbers so many or more are valid; of over 100, that half are, is none."""
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
    """Whether it is two to four words, of which the first is a common forename or the last a common surname."""
    if not known.LIKE_NAMES.fullmatch(cell):
        return False
    words = re.split("[ ,]+", cell.casefold())
    first, last = (words[-1], words[0]) if "," in cell else (words[0], words[-1])
    return first in known.FORENAMES or last in known.SURNAMES
