"""Coding systems as types; code lists with their source; matching by prefix, once for each distinct code.

Decision
--------
A code is text, always: a SNOMED identifier read as a number loses its last digits, and "2A" is not a
number. ICD-10, Read v2 and BNF are hierarchies in which the first characters name the parent, so a short
entry matches all its children. SNOMED CT, CTV3 and dm+d identifiers carry no such meaning and match
exactly. Lists in this project are compact (ICD-10 prefixes, key concepts); a study names its own full
lists under ``[codelists]`` in study.toml.

Source: ICD-10 strings as the NHS Data Dictionary's CDS format `annnaa` has them: a filler X where a
category is undivided, '-' where a fifth character is unused, D or A for dagger and asterisk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

System = Literal["icd10", "snomed", "readv2", "ctv3", "bnf", "dmd", "opcs4"]
HIERARCHICAL: frozenset[System] = frozenset({"icd10", "readv2", "bnf", "opcs4"})
SHAPES: Mapping[System, str] = {
    "icd10": r"[A-Z][0-9]{2}[0-9]?",
    "snomed": r"[1-9][0-9]{5,17}",
    "readv2": r"[0-9A-Za-z.]{5}",
    "ctv3": r"[0-9A-Za-z.]{5}",
    "bnf": r"[0-9]{2}[0-9A-Z]{0,13}",
    "dmd": r"[1-9][0-9]{5,17}",
    "opcs4": r"[A-Z][0-9]{2,3}",
}


def _icd10(raw: str) -> str:
    code = re.sub(r"[.\s]", "", raw.upper())[:4].rstrip("-")
    return code[:3] if len(code) == 4 and code[3] in "XDA" else code


def _read(raw: str) -> str:
    return raw.strip()[:5].ljust(5, ".") if raw.strip() else ""


def normalise(system: System, raw: str) -> str | None:
    """A code as its system writes it, or None where it has no such shape.

    Parameters
    ----------
    system : str
        The coding system.
    raw : str
        The code as found.

    Examples
    --------
    >>> [normalise("icd10", code) for code in ("I10X", "U071-", "K510 D", "M0750A", "&", "R69X6")]
    ['I10', 'U071', 'K510', 'M075', None, 'R69']
    >>> normalise("readv2", "G58..00"), normalise("readv2", "G58")
    ('G58..', 'G58..')
    >>> normalise("snomed", "1.23E+17") is None
    True
    """
    if system == "icd10":
        code = _icd10(raw)
    elif system in ("readv2", "ctv3"):
        code = _read(raw)
    elif system in ("bnf", "opcs4"):
        code = re.sub(r"[.\s]", "", raw.upper())
    else:
        code = raw.strip()
    return code if re.fullmatch(SHAPES[system], code) else None


@dataclass(frozen=True)
class CodeSet:
    """A named set of codes of one or more systems.

    Parameters
    ----------
    name : str
        What it is a list of.
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

    def __post_init__(self) -> None:
        prefixes = {s: tuple(c.rstrip(".") for c in text.split()) for s, text in self.codes.items()}
        object.__setattr__(self, "_prefixes", prefixes)

    @property
    def size(self) -> int:
        """How many entries it has."""
        return sum(len(prefixes) for prefixes in self._prefixes.values())

    def matches(self, system: System, code: str) -> bool:
        """Whether a normalised code is in the set."""
        prefixes = self._prefixes.get(system, ())
        if system in HIERARCHICAL:
            return code.startswith(prefixes)
        return code.rstrip(".") in prefixes


def code_map(sets: Iterable[CodeSet], seen: Iterable[tuple[System, str]]) -> list[tuple[System, str, str]]:
    """Which sets each distinct code belongs to.

    Parameters
    ----------
    sets : iterable of CodeSet
    seen : iterable of (system, code)
        Distinct normalised codes in the store.

    Returns
    -------
    list of (system, code, set name)

    Examples
    --------
    >>> failing = CodeSet("heart_failure", {"icd10": "I50"}, "an example")
    >>> code_map([failing], [("icd10", "I501"), ("icd10", "J44")])
    [('icd10', 'I501', 'heart_failure')]
    """
    sets = list(sets)
    return [(s, code, one.name) for s, code in seen for one in sets if one.matches(s, code)]
