"""Define coding systems and code lists; normalise codes, and match each distinct code once.

Decision
--------
A code is always text. A SNOMED identifier read as a number loses its last digits, and "2A" is not a number. In ICD,
Read v2, BNF and OPCS, the first characters of a code name its parent, so that a short entry matches all its children.
Identifiers of SNOMED CT, CTV3, dm+d, CPRD, RxNorm, LOINC and OMOP have no such hierarchy, and match exactly. The
built-in code lists are short (ICD-10 prefixes, key concepts). A study names its own full lists under ``[codelists]`` in
study.toml.

A code that a spreadsheet has changed is never repaired: "1.23E+17" has lost its digits for good. Such codes are
reported separately from other codes in a wrong form (`is_number_written`, `is_cut`), because they need another
correction: export again, as text.

Sources: ICD-10 in the NHS Data Dictionary's CDS format `annnaa`: filler X if a category has no subdivision, '-' if
there is no fifth character, D or A for dagger and asterisk. SNOMED CT identifiers (and dm+d, and CPRD's medcodeid and
prodcodeid, which have the same form) in SNOMED International, Release File Specification, 6.2 to 6.6: the item; seven
digits of namespace if the partition is 10, 11 or 12, none if it is 00, 01 or 02; the two digits of the partition; and
Verhoeff's check digit; 6 to 18 digits in all.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

System = Literal[
    "icd10", "icd9", "snomed", "readv2", "ctv3", "bnf", "dmd", "opcs4", "medcode", "prodcode", "rxnorm", "loinc", "omop"
]
HIERARCHICAL: frozenset[System] = frozenset({"icd10", "icd9", "readv2", "bnf", "opcs4"})
SCTIDS: frozenset[System] = frozenset({"snomed", "dmd", "medcode", "prodcode"})
SHAPES: Mapping[System, str] = {
    "icd10": r"[A-Z][0-9]{2}[0-9]?",
    "icd9": r"[0-9]{3,5}|V[0-9]{2,4}|E[0-9]{3,4}",
    "snomed": r"[1-9][0-9]{5,17}",
    "readv2": r"(?=.{5}\Z)[0-9A-Za-z]+\.*",
    "ctv3": r"(?=.{5}\Z)[0-9A-Za-z]+\.*",
    "bnf": r"(?:0[1-9]|1[0-9]|2[0-3])[0-9A-Z]{0,13}",
    "dmd": r"[1-9][0-9]{5,17}",
    "opcs4": r"[A-Z][0-9]{2,3}",
    "medcode": r"[1-9][0-9]{0,17}",
    "prodcode": r"[1-9][0-9]{0,17}",
    "rxnorm": r"[1-9][0-9]{0,7}",
    "loinc": r"[0-9]{1,7}-[0-9]",
    "omop": r"[1-9][0-9]{0,9}",
}
TITLES: Mapping[System, str] = {
    "icd10": "ICD-10", "icd9": "ICD-9", "snomed": "SNOMED CT", "readv2": "Read v2", "ctv3": "CTV3", "bnf": "BNF",
    "dmd": "dm+d", "opcs4": "OPCS-4", "medcode": "CPRD medcode", "prodcode": "CPRD prodcode", "rxnorm": "RxNorm",
    "loinc": "LOINC", "omop": "OMOP concept",
}  # fmt: skip
_TURN = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_SHIFT = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip


def _icd10(raw: str) -> str:
    code = re.sub(r"[.\s]", "", raw.upper())[:4].rstrip("-")
    return code[:3] if len(code) == 4 and code[3] in "XDA" else code


def _read(raw: str) -> str:
    """Return the five characters of a Read code, without a synonym's two or EMIS's ``-1`` at the end."""
    found = re.fullmatch(r"([0-9A-Za-z.]{1,5})(?:[0-9A-Za-z]{2}|-[0-9]{1,2})?", raw.strip())
    return found[1].ljust(5, ".") if found else ""


def normalise(system: System, raw: str) -> str | None:
    """Write a code in the form of its system; None if it has another form.

    >>> [normalise("icd10", code) for code in ("I10X", "U071-", "K510 D", "M0750A", "&", "R69X6")]
    ['I10', 'U071', 'K510', 'M075', None, 'R69']
    >>> normalise("readv2", "G58..00"), normalise("readv2", "G58"), normalise("icd9", "428.0")
    ('G58..', 'G58..', '4280')
    >>> normalise("snomed", "1.23E+17") is None
    True
    """
    if system == "icd10":
        code = _icd10(raw)
    elif system in ("readv2", "ctv3"):
        code = _read(raw)
    elif system in ("bnf", "opcs4", "icd9"):
        code = re.sub(r"[.\s]", "", raw.upper())
    else:
        code = raw.strip()
    return code if re.fullmatch(SHAPES[system], code) else None


def is_number_written(code: str) -> bool:
    """Tell whether a spreadsheet or a floating-point column has changed a code to a number.

    >>> [is_number_written(code) for code in ("1.23E+17", "1.0231e+15", "22298006.0", "250.0", "E10", "137E2")]
    [True, True, True, False, False, False]
    """
    return bool(re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?[eE]\+[0-9]+|[0-9]{6,}\.0+", code.strip()))


def verhoeff_ok(code: str) -> bool:
    """Tell whether the last digit of a SNOMED CT identifier is its correct check digit.

    >>> verhoeff_ok("22298006"), verhoeff_ok("22298016"), verhoeff_ok("I10")
    (True, False, False)
    """
    if not re.fullmatch(r"[0-9]+", code):
        return False
    total = 0
    for place, digit in enumerate(reversed(code)):
        total = _TURN[total][_SHIFT[place % 8][int(digit)]]
    return total == 0


def is_cut(code: str) -> bool:
    """Tell whether a SNOMED CT identifier has lost its last digits in a spreadsheet or a floating-point column.

    A spreadsheet keeps fifteen digits and writes zeros for the rest, or fewer digits if it showed "1.23E+17". A
    floating-point column keeps the nearest number that it can store. An identifier is whole if its check digit is
    correct and, if it ends in three zeros, its partition has a namespace. This finds every cut concept identifier.
    CPRD's identifiers are of descriptions: of those with seventeen digits, one in ten passes as a concept.

    Examples
    --------
    >>> [is_cut(code) for code in ("999791000000106", "10755671000119100", "10755671000119107", "900000000000207008")]
    [False, False, False, False]
    >>> [is_cut(code) for code in ("26085001000027100", "101505001000027000", "123000000000000000")]
    [True, True, True]
    """
    if not re.fullmatch(r"[1-9][0-9]{11,17}", code):
        return False
    if verhoeff_ok(code) and (code[-3] == "1" or not code.endswith("000")):
        return False
    zeros = len(code) - len(code.rstrip("0"))
    return zeros >= 6 or (len(code) > 15 and (zeros >= len(code) - 15 or int(float(code)) == int(code)))


def why_refused(system: System, raw: str) -> str | None:
    """Say why a code cannot be used, without repeating it; None if it can be used.

    >>> why_refused("snomed", "1.23E+17"), why_refused("icd10", "I50.9"), why_refused("icd10", " ")
    ('written as a number by a spreadsheet', None, 'empty')
    """
    if not raw.strip():
        return "empty"
    if is_number_written(raw):
        return "written as a number by a spreadsheet"
    code = normalise(system, raw)
    if code is None:
        return f"wrong form for {TITLES[system]}"
    return "cut to fifteen digits by a spreadsheet" if system in SCTIDS and is_cut(code) else None


@dataclass(frozen=True)
class CodeSet:
    """A named set of codes of one or more systems.

    Parameters
    ----------
    codes : mapping of system to str
        Codes separated by spaces; in a hierarchical system a code includes all its children.
    source : str
        Source of the list.

    Examples
    --------
    >>> failing = CodeSet("heart_failure", {"icd10": "I50 I110", "snomed": "84114007"}, "an example")
    >>> failing.matches("icd10", "I501"), failing.matches("snomed", "8411400"), failing.size
    (True, False, 3)
    """

    name: str
    codes: Mapping[System, str]
    source: str
    _prefixes: Mapping[System, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _members: Mapping[System, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prefixes = {s: tuple(c.rstrip(".") for c in text.split()) for s, text in self.codes.items()}
        object.__setattr__(self, "_prefixes", prefixes)
        object.__setattr__(self, "_members", {s: frozenset(codes) for s, codes in prefixes.items()})

    @property
    def size(self) -> int:
        """Number of entries."""
        return sum(len(prefixes) for prefixes in self._prefixes.values())

    def matches(self, system: System, code: str) -> bool:
        """Tell whether a normalised code is in the set."""
        if system in HIERARCHICAL:
            return code.startswith(self._prefixes.get(system, ()))
        return code.rstrip(".") in self._members.get(system, frozenset())


def code_map(sets: Iterable[CodeSet], seen: Iterable[tuple[System, str]]) -> list[tuple[System, str, str]]:
    """List the sets that each distinct normalised code belongs to.

    >>> failing = CodeSet("heart_failure", {"icd10": "I50"}, "an example")
    >>> code_map([failing], [("icd10", "I501"), ("icd10", "J44")])
    [('icd10', 'I501', 'heart_failure')]
    """
    sets = list(sets)
    return [(s, code, one.name) for s, code in seen for one in sets if one.matches(s, code)]
