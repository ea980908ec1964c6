"""Exclude restricted codes: sexually transmitted infection, termination, assisted fertilisation, gender.

Decision
--------
The built-in list is short: ICD-10 and Read v2 prefixes, and the most used SNOMED CT and CTV3 concepts. It does not
replace the full reference sets, which the NHS licenses and maintains (some 2,750 concepts). Name your own copy in
``governance.restricted_refsets``, a pattern of files in the study; its codes are added to the built-in list. A file is
an RF2 snapshot of SNOMED CT (active members of `REFSETS` are used, or all members if it holds one other reference set
only), or a CSV file with ``code`` and, if the codes are not SNOMED CT, ``code_system``. In a hierarchy, such as ICD-10
and Read v2, an entry includes its children.

HIV counts as sexually transmitted. A restriction has priority over a score: Charlson's AIDS codes (B20 to B24) are
excluded, so its ``aids`` family is empty. Dementia in HIV disease (F02.4, Eu024) does not count as dementia in
Charlson, the ambulatory-care-sensitive conditions or the condition. Z22 of the Hospital Frailty Risk Score loses Z22.4,
and aortic aneurysm loses syphilitic aneurysm (G717). Infertility itself (N97, N46), counselling about procreation
(Z31.4 to Z31.9), miscarriage (O03) and complications that may follow any pregnancy that ended early (O08) are not
restricted, because they do not show that there was a treatment or a termination. "Abortion" of unstated kind (O05, O06)
is restricted. No Read v2 or CTV3 codes could be verified for assisted fertilisation and gender, so these two groups
have none. Medicines are not restricted, though antiretrovirals can disclose HIV. CPRD's, RxNorm's and OMOP's own codes
are restricted only if a file of the study lists them.

Codes are excluded in SQL while a file is read: a coded row is excluded as a whole; of an episode only the diagnosis is
excluded.

Sources: WHO, ICD-10 volume 1, fifth edition; NHS Digital, GP summary exclusion code lists (the four reference sets of
the Royal College of General Practitioners' sensitive data set) and the two of the Human Fertilisation and Embryology
Act and the Gender Recognition Act, as NHSISL/Datasets lists them; for HIV Kuan and others, Lancet Digital Health
2019;1:e63, OpenSAFELY hiv and hiv-secondary-care, and the PCD reference set of HIV codes; for termination the codes of
the CPRD pregnancy register (Minassian and others, Pharmacoepidemiol Drug Saf 2019;28:923) in UoM gm-sde; for other
infections UoM gm-sde genital-tract-infections, infections and infection-other; HL7 and IHE profiles (assisted
fertilisation, gender identity) for the concepts of the last two.
"""

import glob
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from riskstrat.engine import quoted_text
from riskstrat.errors import StudyError
from riskstrat.study import GovernanceSettings
from riskstrat.tables import (
    HIERARCHICAL,
    CodeEntry,
    CodeFileLine,
    CodeSet,
    System,
    columns_known,
    entry_of,
    normalise,
    read_rows,
    some,
)
from riskstrat.wording import plural

_SETS = tomllib.loads(files("riskstrat.governance").joinpath("restricted_codes.toml").read_text(encoding="utf-8"))
_BUILT_IN = tuple(CodeSet(name, one["codes"], one["source"]) for name, one in _SETS.items())
REFSETS: Mapping[str, str] = {
    "999004381000000103": "sexually_transmitted",
    "999004361000000107": "termination",
    "999004371000000100": "assisted_fertilisation",
    "1955841000000104": "assisted_fertilisation",
    "999004351000000109": "gender",
    "1955851000000101": "gender",
}
_OWN = "own_list"


@dataclass(frozen=True)
class Restricted:
    """The codes that may not be stored.

    Parameters
    ----------
    groups : mapping of str to CodeSet
        By name: `_BUILT_IN`, and `_OWN` if the study's files hold codes of no known group.

    Examples
    --------
    >>> found = Restricted({"gender": CodeSet("gender", {"icd10": "F64", "snomed": "93461009"}, "example")})
    >>> found.prefixes("icd10"), sorted(found.exact("snomed"))
    (('F64',), ['93461009'])
    """

    groups: Mapping[str, CodeSet]

    @property
    def systems(self) -> tuple[System, ...]:
        """The coding systems with restricted codes."""
        return tuple(dict.fromkeys(system for group in self.groups.values() for system in group.codes))

    def exact(self, system: System) -> frozenset[str]:
        """Return the restricted codes of a system without hierarchy, normalised; none for a hierarchical system."""
        return frozenset() if system in HIERARCHICAL else frozenset(self._known.get(system, {}))

    def prefixes(self, system: System) -> tuple[str, ...]:
        """Return the restricted prefixes of a hierarchical system; none for a system without hierarchy."""
        known = sorted(code.rstrip(".") for code in self._known.get(system, {})) if system in HIERARCHICAL else []
        kept: list[str] = []
        for code in known:
            if not kept or not code.startswith(kept[-1]):
                kept.append(code)
        return tuple(kept)

    @cached_property
    def _known(self) -> Mapping[System, Mapping[str, str]]:
        known: dict[System, dict[str, str]] = defaultdict(dict)
        for name, group in self.groups.items():
            for system, text in group.codes.items():
                for code in text.split():
                    known[system].setdefault(normalise(system, code) or code, name)
        return known

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the groups and codes, independent of their order."""
        content = {name: {s: sorted(set(t.split())) for s, t in g.codes.items()} for name, g in self.groups.items()}
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def restricted_set(settings: GovernanceSettings, folder: Path) -> Restricted | None:
    """Combine the built-in restricted codes with the study's own reference sets.

    None if restricted codes are kept. The pattern of reference sets is relative to the study's folder.

    Raises
    ------
    StudyError
        If the pattern matches no file, or a file cannot be used; with every problem.
    """
    if settings.restricted_codes == "keep":
        return None
    own = _own(settings.restricted_refsets, folder) if settings.restricted_refsets else {}
    built_in = {group.name: group for group in _BUILT_IN}
    added = {name: _joined(name, built_in.get(name), codes) for name, codes in own.items()}
    return Restricted({**built_in, **added})


def _joined(name: str, group: CodeSet | None, entries: Iterable[CodeEntry]) -> CodeSet:
    codes: dict[System, set[str]] = defaultdict(set)
    for system, text in (group.codes if group else {}).items():
        codes[system] |= {normalise(system, code) or code for code in text.split()}
    for entry in entries:
        codes[entry.system].add(entry.code)
    source = "governance.restricted_refsets" if group is None else f"{group.source}; governance.restricted_refsets"
    return CodeSet(name, {system: " ".join(sorted(found)) for system, found in codes.items()}, source)


def _own(pattern: str, folder: Path) -> dict[str, list[CodeEntry]]:
    """Read the codes of a study's own files, by group."""
    paths = sorted(folder / one for one in glob.glob(pattern, root_dir=folder, recursive=True))
    if not paths:
        do = "Correct governance.restricted_refsets; the path is relative to study.toml."
        raise StudyError("governance.restricted_refsets matches no file.", advice=do)
    found: dict[str, list[CodeEntry]] = defaultdict(list)
    faults: list[str] = []
    for path in paths:
        for group, row, column in _members(path):
            entry = entry_of(row, column, strict=False)
            if isinstance(entry, str):
                faults.append(f"{path.name} line {row.line}: {entry}")
            else:
                found[group].append(entry)
    if faults:
        do = "Codes must be text, not numbers. Nothing was changed."
        raise StudyError(f"The restricted reference sets have {plural(len(faults), 'problem')}:", some(faults), do)
    return found


def _members(path: Path) -> list[tuple[str, CodeFileLine, str]]:
    """List the active rows, each with its group and the column of its code."""
    rows = read_rows(path)
    column = columns_known(path, rows)
    if column == "referencedcomponentid":
        return [(REFSETS.get(row.cells.get("refsetid", ""), _OWN), row, column) for row in _active(path, rows)]
    return [(_OWN, row, column) for row in rows if row.cells.get("active", "1") != "0"]


def _active(path: Path, rows: Sequence[CodeFileLine]) -> list[CodeFileLine]:
    """List the members of an RF2 file that are active in their latest version.

    Raises
    ------
    StudyError
        If it holds none of `REFSETS`, but more than one other reference set.
    """
    sets = {row.cells.get("refsetid", "") for row in rows}
    wanted = sets & REFSETS.keys() or sets
    if len(wanted) > 1 and not wanted <= REFSETS.keys():
        do = "Keep only the rows of the restricted sets, or use a CSV file with a column `code`."
        raise StudyError(f"{path.name} contains {len(wanted):,} reference sets, none of them known.", advice=do)
    latest: dict[tuple[str, str], CodeFileLine] = {}
    for row in sorted(rows, key=lambda row: row.cells.get("effectivetime", "")):
        latest[row.cells.get("refsetid", ""), row.cells["referencedcomponentid"]] = row
    return [row for (one, _), row in latest.items() if one in wanted and row.cells.get("active", "1") == "1"]


BARE = ("diagnosis", "cause")


def _has_prefix(restricted: Restricted, system: System, code: str) -> str:
    """Build the SQL that checks whether a code starts with a restricted prefix of a system."""
    if not (prefixes := restricted.prefixes(system)):
        return "false"
    plain = f"upper(replace(replace({code}, '.', ''), ' ', ''))" if system == "icd10" else code
    return f"coalesce(regexp_matches({plain}, {quoted_text('^(' + '|'.join(prefixes) + ')')}), false)"


def _is_one_of(restricted: Restricted, code: str) -> str:
    """Build the SQL that checks whether a code is a restricted code of a system without hierarchy."""
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
    """Build the SQL that excludes restricted codes from a row, given the SQL of each column.

    Returns
    -------
    row, codes : str
        SQL for whether the whole row is excluded, and for the number of single codes excluded.
    without : dict
        SQL of the columns from which single codes are excluded.
    """
    if {"code", "code_system"} <= values.keys():
        withheld = _by_system(restricted, values["code"])
        return withheld, "0", {}
    without, counts = {}, ["0"]
    if "diagnoses" in values:
        withheld = _has_prefix(restricted, "icd10", "x")
        emptied = f"list_transform({values['diagnoses']}, lambda x: CASE WHEN NOT {withheld} THEN x END)"
        without["diagnoses"] = f"list_filter({emptied}, lambda x, i: x IS NOT NULL OR i = 1)"
        counts.append(f"len(list_filter({values['diagnoses']}, lambda x: {withheld}))")
    for name in BARE:
        if name in values:
            withheld = f"({_has_prefix(restricted, 'icd10', name)} OR {_is_one_of(restricted, name)})"
            without[name] = f"CASE WHEN NOT {withheld} THEN {name} END"
            counts.append(f"({withheld})::INT")
    return "false", " + ".join(counts), without
