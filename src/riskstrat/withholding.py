"""SQL that keeps restricted codes out: a coded row goes altogether, a diagnosis of an episode goes alone."""

from __future__ import annotations

from collections.abc import Mapping

from riskstrat.codes import System
from riskstrat.engine import quoted_text
from riskstrat.restricted import Restricted

BARE = ("diagnosis", "cause")


def _has_prefix(restricted: Restricted, system: System, code: str) -> str:
    """SQL for whether the text of a code, as it came, begins like one of a system's restricted ones."""
    if not (prefixes := restricted.prefixes(system)):
        return "false"
    plain = f"upper(replace(replace({code}, '.', ''), ' ', ''))" if system == "icd10" else code
    return f"coalesce(regexp_matches({plain}, {quoted_text('^(' + '|'.join(prefixes) + ')')}), false)"


def _is_one_of(restricted: Restricted, code: str) -> str:
    """SQL for whether a code, as it came, is one of the restricted ones of the systems that are no hierarchies."""
    codes = {code for system in restricted.systems for code in restricted.exact(system)}
    listed = ", ".join(quoted_text(code) for code in sorted(codes | {code.rstrip(".") for code in codes}))
    return f"coalesce({code} IN (SELECT unnest([{listed}])), false)" if listed else "false"


def _by_system(restricted: Restricted, code: str) -> str:
    exact = [system for system in restricted.systems if restricted.exact(system)]
    cases = [f"WHEN code_system IN ({', '.join(map(quoted_text, exact))}) THEN {_is_one_of(restricted, code)}"]
    cases += [
        f"WHEN code_system = {quoted_text(system)} THEN {_has_prefix(restricted, system, code)}"
        for system in restricted.systems
        if system not in exact
    ]
    return f"CASE {' '.join(cases[0 if exact else 1 :])} ELSE false END" if cases[0 if exact else 1 :] else "false"


def withhold(restricted: Restricted, values: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """How restricted codes are kept out of a row.

    Parameters
    ----------
    restricted : Restricted
    values : mapping of str to str
        SQL of each column.

    Returns
    -------
    row, codes : str
        SQL for whether the row goes, and for how many codes go alone.
    without : dict
        SQL of the columns from which a code goes alone.
    """
    if {"code", "code_system"} <= values.keys():
        gone = _by_system(restricted, values["code"])
        return gone, "0", {}
    without, counts = {}, ["0"]
    if "diagnoses" in values:
        gone = _has_prefix(restricted, "icd10", "x")
        emptied = f"list_transform({values['diagnoses']}, lambda x: CASE WHEN NOT {gone} THEN x END)"
        without["diagnoses"] = f"list_filter({emptied}, lambda x, i: x IS NOT NULL OR i = 1)"
        counts.append(f"len(list_filter({values['diagnoses']}, lambda x: {gone}))")
    for name in BARE:
        if name in values:
            gone = f"({_has_prefix(restricted, 'icd10', name)} OR {_is_one_of(restricted, name)})"
            without[name] = f"CASE WHEN NOT {gone} THEN {name} END"
            counts.append(f"({gone})::INT")
    return "false", " + ".join(counts), without
