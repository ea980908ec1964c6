"""Coding systems as types; code lists with their source; matching by prefix, once for each distinct code.

Decision
--------
A code is text, always: a SNOMED identifier read as a number loses its last digits, and "2A" is not a
number. ICD, Read v2, BNF and OPCS are hierarchies in which the first characters name the parent, so a short
entry matches all its children. The identifiers of SNOMED CT, CTV3, dm+d, CPRD, RxNorm, LOINC and OMOP carry no such
meaning and match exactly. Lists in this project are compact (ICD-10 prefixes, key concepts); a study names its own
full lists under ``[codelists]`` in study.toml.

A code that a spreadsheet has spoiled is never mended: "1.23E+17" has lost its digits for good. It is told apart from
other misshapen codes (`is_number_written`, `is_cut`) because the remedy is another: export again, as text.

Sources: ICD-10 strings as the NHS Data Dictionary's CDS format `annnaa` has them: a filler X where a category is
undivided, '-' where a fifth character is unused, D or A for dagger and asterisk. SNOMED CT identifiers (dm+d, and
CPRD's medcodeid and prodcodeid, are of the same make) as in SNOMED International, Release File Specification, 6.2 to
6.6: item, then seven digits of namespace where the partition is 10, 11 or 12 and none where it is 00, 01 or 02, then
the two digits of the partition, then Verhoeff's check digit; 6 to 18 digits in all.
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
    """The five bytes of a Read code; the two of a synonym, or EMIS's ``-1``, may follow."""
    found = re.fullmatch(r"([0-9A-Za-z.]{1,5})(?:[0-9A-Za-z]{2}|-[0-9]{1,2})?", raw.strip())
    return found[1].ljust(5, ".") if found else ""


def normalise(system: System, raw: str) -> str | None:
    """A code as its system writes it, or None where it has no such shape.

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
    """Whether a spreadsheet or a floating-point column has written a code as a number.

    >>> [is_number_written(code) for code in ("1.23E+17", "1.0231e+15", "22298006.0", "250.0", "E10", "137E2")]
    [True, True, True, False, False, False]
    """
    return bool(re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?[eE]\+[0-9]+|[0-9]{6,}\.0+", code.strip()))


def verhoeff_ok(code: str) -> bool:
    """Whether the last digit of a SNOMED CT identifier is the check digit of the others.

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
    """Whether a SNOMED CT identifier has lost its last digits to a spreadsheet or a floating-point column.

    A spreadsheet keeps fifteen digits and writes zeros for the others; one that had shown "1.23E+17" keeps fewer; a
    floating-point column keeps the nearest number it can hold. An identifier with a right check digit, and, where it
    ends in three zeros, a partition that has a namespace, is whole. Every cut concept shows; of CPRD's identifiers,
    which are of descriptions, one of seventeen digits in ten passes as that of a concept.

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
    """Why a code cannot be used, in words that do not hold it; None where it can.

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
        Codes separated by spaces; in a hierarchical system each stands for all its children.
    source : str
        Where the list comes from.

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
        """How many entries it has."""
        return sum(len(prefixes) for prefixes in self._prefixes.values())

    def matches(self, system: System, code: str) -> bool:
        """Whether a normalised code is in the set."""
        if system in HIERARCHICAL:
            return code.startswith(self._prefixes.get(system, ()))
        return code.rstrip(".") in self._members.get(system, frozenset())


def code_map(sets: Iterable[CodeSet], seen: Iterable[tuple[System, str]]) -> list[tuple[System, str, str]]:
    """Which sets each distinct normalised code belongs to.

    >>> failing = CodeSet("heart_failure", {"icd10": "I50"}, "an example")
    >>> code_map([failing], [("icd10", "I501"), ("icd10", "J44")])
    [('icd10', 'I501', 'heart_failure')]
    """
    sets = list(sets)
    return [(s, code, one.name) for s, code in seen for one in sets if one.matches(s, code)]
