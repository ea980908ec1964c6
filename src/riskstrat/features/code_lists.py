"""A study's own full code lists, added to the compact ones built in; and files of code lists, read for such a study.

Decision
--------
``[codelists]`` in study.toml names a condition, a measurement, a group of medicines or care that is given, and a CSV
with a column ``code``, as OpenCodelists exports, and optionally ``code_system`` (snomed where it is absent). Its codes
are added to the built-in ones, never put in their place. A feature takes the systems its rows can be coded in: a
condition cannot have a list of dm+d codes, which would match nothing and look like an answer. An index of deficits has
no codes of its own: each of its lists is named by itself, ``efi_dizziness``, and it is made once the study has given
all of them.

A cluster of the primary care domain reference sets is a feature's list where QOF or the reference set means the same by
it; the reviews of several conditions are one list. Clusters that say "resolved" are not lists of the condition and are
left out, as are those of a part of a condition (left ventricular dysfunction, type of diabetes) and of invitations.

A file of a delivery is the list of the feature that ``--name`` names, that its cluster stands for (`CLUSTERS`), or that
the file is called after, never of one that is guessed. In a folder, a file that is no feature's list is reported and
left out, whatever is in it.

Source: cluster names as in the primary care domain reference sets (NHS England) and as ncl-icb-analytics reads them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from riskstrat.errors import StudyError, UsageError
from riskstrat.features.families.coded import Coded
from riskstrat.features.families.deficits import DeficitIndex
from riskstrat.features.feature import Feature
from riskstrat.tables import (
    TITLES,
    CodeEntry,
    CodeFileLine,
    System,
    columns_known,
    entry_of,
    read_rows,
    sha256_of,
    some,
    system_named,
)
from riskstrat.wording import join_names, plural

CLUSTERS: Mapping[str, str] = {
    "AFIB_COD": "atrial_fibrillation", "AST_COD": "asthma", "CAN_COD": "cancer", "CAREHOME_COD": "care_home",
    "CARER_COD": "carer", "CHD_COD": "coronary_heart_disease", "CKD_COD": "chronic_kidney_disease",
    "CLDATRISK1_COD": "chronic_liver_disease", "COPD_COD": "copd", "COPDRVW_COD": "condition_review",
    "DEM_COD": "dementia", "DEMCP_COD": "condition_review", "DEMCPRVW_COD": "condition_review",
    "DEMMEDRVW_COD": "medication_review", "DEPR_COD": "depression", "DM_COD": "diabetes", "EPIL_COD": "epilepsy",
    "EXSMOK_COD": "ex_smoker", "FLU_COD": "influenza_vaccination", "FLUVAX_COD": "influenza_vaccination",
    "HF_COD": "heart_failure", "HFMEDRVW_COD": "medication_review", "HFRVW_COD": "condition_review",
    "HYP_COD": "hypertension", "HYPOTHY_COD": "hypothyroidism", "LD_COD": "learning_disability",
    "LSMOK_COD": "current_smoker", "MEDRVW_COD": "medication_review", "MH_COD": "severe_mental_illness",
    "MI_COD": "myocardial_infarction", "MND_COD": "motor_neurone_disease", "MS_COD": "multiple_sclerosis",
    "OSTEO_COD": "osteoporosis", "PAD_COD": "peripheral_arterial_disease", "PALCARE_COD": "palliative_care",
    "PD_COD": "parkinsons_disease", "PNEUVAC1_COD": "pneumococcal_vaccination", "RARTH_COD": "rheumatoid_arthritis",
    "RARTHRVW_COD": "condition_review", "REV_COD": "condition_review", "STRK_COD": "stroke",
    "STRUCTMEDRVW_COD": "medication_review", "THY_COD": "hypothyroidism", "TIA_COD": "tia",
}  # fmt: skip


def systems_taken(features: Iterable[Feature]) -> dict[str, frozenset[System]]:
    """Find the features, and the deficits, that may have a list of a study's own, and the systems each takes."""
    found: dict[str, frozenset[System]] = {}
    for feature in features:
        if isinstance(feature, DeficitIndex):
            found |= dict.fromkeys(feature.lists, feature.takes)
        elif isinstance(feature, Coded):
            found[feature.name] = feature.takes
    return found


def near(name: str, known: Collection[str]) -> str:
    """Suggest names that a wrong one may have meant, in words.

    >>> near("heart_failur", ["heart_failure", "stroke"]), near("opensafely-stroke", ["stroke"]), near("x", ["stroke"])
    ('heart_failur: did you mean heart_failure?', 'opensafely-stroke: did you mean stroke?', 'x')
    """
    plain = re.sub(r"[-\s]", "_", name.lower())
    found = [one for one in known if one in plain] or get_close_matches(plain, known, n=1)
    return f"{name}: did you mean {' or '.join(found)}?" if found else name


def coding_system(name: str) -> System:
    """Find a coding system that somebody named.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    system = system_named(name)
    if system is None:
        raise UsageError(f"There is no coding system {name!r}.", advice=f"Known systems: {', '.join(TITLES)}.")
    return system


def read_codelist(path: Path) -> dict[System, list[str]]:
    """Read the codes of a CSV by system.

    Raises
    ------
    StudyError
        If it cannot be read, has no column ``code``, or a code has not the shape of its system.
    """
    rows = read_rows(path)
    column = columns_known(path, rows)
    found: dict[System, list[str]] = {}
    faults = []
    for row in rows:
        entry = entry_of(row, column, strict=False)
        if isinstance(entry, CodeEntry):
            found.setdefault(entry.system, []).append(entry.code)
        else:
            faults.append(f"{path.name} line {row.line}: {entry}")
    if faults:
        do = "Correct these lines. Format the code column as text, not as numbers."
        raise StudyError(f"The code list {path.name} has {plural(len(faults), 'error')}:", some(faults), do)
    return found


def with_own_lists(features: Iterable[Feature], lists: Mapping[str, str], folder: Path) -> list[Feature]:
    """Add a study's own codes, from the files that ``[codelists]`` names in its folder, to features.

    Raises
    ------
    StudyError
        If a list is for no known feature, or cannot be used.
    """
    features = list(features)
    known = systems_taken(features)
    unknown = sorted(set(lists) - set(known))
    if unknown:
        what = "[codelists] in study.toml names features that do not exist or have no code list:"
        do = "Correct the names. `riskstrat catalogue features` shows them."
        raise StudyError(what, [near(name, known) for name in unknown], do)
    found = {name: read_codelist(folder / path) for name, path in lists.items()}
    wrong = [one for name, codes in found.items() for one in not_taken(name, codes, known[name])]
    if wrong:
        what = "[codelists] in study.toml names lists with codes that can never match:"
        raise StudyError(what, wrong, "Remove these codes from the lists.")
    return [_with_lists(f, {name: _spaced(codes) for name, codes in found.items()}) for f in features]


def not_taken(name: str, systems: Iterable[System], taken: frozenset[System]) -> list[str]:
    """List the coding systems that a feature cannot use, each with those that it can."""
    takes = join_names([TITLES[system] for system in sorted(taken)])
    wrong = [TITLES[system] for system in systems if system not in taken]
    return [f"{name}: {title} codes cannot be used; it accepts {takes}" for title in wrong]


def _spaced(codes: Mapping[System, list[str]]) -> dict[System, str]:
    return {system: " ".join(dict.fromkeys(found)) for system, found in codes.items()}


def _with_lists(feature: Feature, lists: Mapping[str, Mapping[System, str]]) -> Feature:
    """Add to a feature those of the lists that are its own."""
    if isinstance(feature, DeficitIndex):
        return replace(feature, own={name: lists[name] for name in feature.lists if name in lists})
    if isinstance(feature, Coded) and feature.name in lists:
        return replace(feature, own=lists[feature.name])
    return feature


def hashes(lists: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Hash each file that ``[codelists]`` names in a study's folder, by the name of its feature (SHA-256)."""
    return {name: sha256_of(folder / path) for name, path in sorted(lists.items())}


_READABLE = (".csv", ".txt", ".tsv")
Codes = dict[tuple[System, str], CodeEntry]


@dataclass
class CodeFiles:
    """What some files hold: lists by the name of their feature, what is no feature's list, and why none may be used.

    `doubles` counts how often a code of a feature came again.
    """

    lists: dict[str, Codes] = field(default_factory=lambda: defaultdict(dict))
    doubles: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, name: str, entry: CodeEntry) -> None:
        """Add a code to the list of a feature."""
        self.doubles[name] += (entry.system, entry.code) in self.lists[name]
        self.lists[name].setdefault((entry.system, entry.code), entry)


def read_delivery(source: Path, known: Collection[str], name: str | None, system: System | None) -> CodeFiles:
    """Read a file, or every file in a folder, as lists of the known features, or of the one that is asked for.

    Raises
    ------
    UsageError
        If there is no such file, or it cannot be told whose list it is.
    StudyError
        If the file cannot be read.
    """
    if not source.exists():
        raise UsageError(f"There is no file {source.name}.", advice="Name a CSV file or a folder of CSV files.")
    if source.is_dir() and name is not None:
        raise UsageError("`--name` is for one file, not for a folder.", advice="Name one file, or omit `--name`.")
    delivery = CodeFiles()
    if source.is_file():
        _read_file(source, delivery, known, name, system)
        return delivery
    for path in _files(source):
        try:
            _read_file(path, delivery, known, name, system)
        except (StudyError, UsageError) as error:
            if isinstance(error, StudyError) and named_by(path.stem, known):
                delivery.faults += [error.message, *error.findings]
            else:
                delivery.left_out.append(error.message)
    return delivery


def _files(source: Path) -> list[Path]:
    found = [path for path in sorted(source.iterdir()) if path.suffix.lower() in _READABLE and path.name[0] != "."]
    return [path for path in found if path.is_file()]


def _read_file(
    path: Path, delivery: CodeFiles, known: Collection[str], name: str | None, system: System | None
) -> None:
    rows = read_rows(path)
    clusters = {row.cells.get("cluster_id", "") for row in rows} - {""}
    if name and len(clusters) > 1:
        what = f"{path.name} has codes of {len(clusters):,} clusters, and `--name` is for one list."
        raise UsageError(what, advice="Omit `--name`. Each cluster is then matched to its feature.")
    whose = name or named_by(path.stem, known)
    if clusters and not name:
        named = [(CLUSTERS.get(row.cells.get("cluster_id", "").upper()), row) for row in rows]
        if unknown := sorted(clusters - {one for one in clusters if one.upper() in CLUSTERS}):
            delivery.left_out.append(f"{path.name}: no feature uses the clusters {join_names(unknown)}")
    elif whose:
        named = [(whose, row) for row in rows]
    else:
        what = f"The file name {path.name} does not say which feature the list is for."
        do = "Name the feature with `--name`. `riskstrat catalogue features` shows the names."
        raise UsageError(what, [near(path.stem, known)], do)
    _take(path, delivery, [(whose, row) for whose, row in named if whose], system)


def _take(path: Path, delivery: CodeFiles, named: Sequence[tuple[str, CodeFileLine]], system: System | None) -> None:
    if not named:
        return
    rows = [row for _, row in named]
    column = columns_known(path, rows)
    for whose, row in named:
        entry = entry_of(row, column, system)
        if isinstance(entry, CodeEntry):
            delivery.take(whose, entry)
        else:
            delivery.faults.append(f"{path.name} line {row.line}: {entry}")


def named_by(stem: str, known: Collection[str]) -> str | None:
    """Find the feature that a file is called after: by its name, or by a cluster at the end.

    >>> known = ["heart_failure", "stroke"]
    >>> named_by("Heart-failure", known), named_by("nhsd-primary-care-domain-refsets-hf_cod", known)
    ('heart_failure', 'heart_failure')
    >>> named_by("heart_failure_old", known), named_by("hfres_cod", known)
    (None, None)
    """
    plain = re.sub(r"[-\s]", "_", stem.lower())
    if plain in known:
        return plain
    return next((name for cluster, name in CLUSTERS.items() if re.search(rf"(?:^|_){cluster.lower()}$", plain)), None)
