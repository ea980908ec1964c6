"""SQL that keeps restricted codes out: a coded row goes altogether, a diagnosis of an episode goes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskstrat.codes import System
from riskstrat.engine import quoted_text
from riskstrat.restricted import Restricted

BARE = ("diagnosis", "cause")


def _is_restricted(restricted: Restricted, system: System, code: str) -> str:
    """SQL for whether the text of a code, as it came, is one of a system's restricted ones."""
    plain = f"upper(replace(replace({code}, '.', ''), ' ', ''))" if system == "icd10" else f"rtrim({code}, '.')"
    tests = []
    if exact := sorted(restricted.exact(system)):
        plain_exact = f"rtrim(left({code}, 5), '.')" if system == "ctv3" else plain
        tests.append(f"{plain_exact} IN ({', '.join(quoted_text(one.rstrip('.')) for one in exact)})")
    if prefixes := restricted.prefixes(system):
        tests.append(f"regexp_matches({plain}, {quoted_text('^(' + '|'.join(prefixes) + ')')})")
    return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"


def _by_system(restricted: Restricted, code: str) -> str:
    cases = " ".join(f"WHEN {quoted_text(s)} THEN {_is_restricted(restricted, s, code)}" for s in restricted.systems)
    return f"CASE code_system {cases} ELSE false END"


def _any_system(restricted: Restricted, code: str, systems: Sequence[System]) -> str:
    return "(" + " OR ".join(_is_restricted(restricted, system, code) for system in systems) + ")"


def withhold(restricted: Restricted, values: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """How restricted codes are kept out of a row.

    Parameters
    ----------
    restricted : Restricted
    values : mapping of str to str
        SQL of each column.

    Returns
    -------
    rows, codes : str
        SQL for whether the row goes, and for how many codes do.
    without : dict
        SQL of the columns from which a code goes alone.
    """
    if {"code", "code_system"} <= values.keys():
        gone = _by_system(restricted, values["code"])
        return gone, f"({gone})::INT", {}
    without, counts = {}, ["0"]
    if "diagnoses" in values:
        gone = _is_restricted(restricted, "icd10", "x")
        emptied = f"list_transform({values['diagnoses']}, lambda x: CASE WHEN NOT {gone} THEN x END)"
        without["diagnoses"] = f"list_filter({emptied}, lambda x, i: x IS NOT NULL OR i = 1)"
        counts.append(f"len(list_filter({values['diagnoses']}, lambda x: {gone}))")
    for name in BARE:
        if name in values:
            gone = _any_system(restricted, name, ("icd10", "snomed"))
            without[name] = f"CASE WHEN NOT {gone} THEN {name} END"
            counts.append(f"({gone})::INT")
    return "false", f"({' + '.join(counts)})", without
