"""Add a study's own code lists to the built-in short ones, and read files of code lists.

Decision
--------
Each line of ``[codelists]`` in study.toml gives a feature (a condition, a measurement, a group of medicines or a kind
of care) and a CSV file. The file has a column ``code``, as OpenCodelists exports it, and optionally ``code_system``
(snomed if absent). Its codes are added to the built-in codes and never replace them. A feature accepts only the coding
systems that its rows can have: a condition cannot have a list of dm+d codes, because the list would match nothing and
the result would look like an answer. The electronic frailty index has no built-in codes: each deficit has a list of its
own, such as ``efi_dizziness``, and the index is calculated only when the study gives them all.

A cluster of the primary care domain reference sets is used as the list of a feature if QOF or the reference set means
the same by it. The reviews of several conditions form one list. Not used are clusters of resolved conditions, of part
of a condition (left ventricular dysfunction, type of diabetes) and of invitations.

A file is matched to the feature given with ``--name``, to the feature of its cluster (`CLUSTERS`), or to the feature
in its file name; the program never guesses. In a folder, a file that matches no feature is reported and not used.

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
    """List the features and deficits that can have a code list, with the coding systems each accepts."""
    found: dict[str, frozenset[System]] = {}
    for feature in features:
        if isinstance(feature, DeficitIndex):
            found |= dict.fromkeys(feature.lists, feature.takes)
        elif isinstance(feature, Coded):
            found[feature.name] = feature.takes
    return found


def near(name: str, known: Collection[str]) -> str:
    """Suggest known names that resemble a wrong one.

    >>> near("heart_failur", ["heart_failure", "stroke"]), near("opensafely-stroke", ["stroke"]), near("x", ["stroke"])
    ('heart_failur: did you mean heart_failure?', 'opensafely-stroke: did you mean stroke?', 'x')
    """
    plain = re.sub(r"[-\s]", "_", name.lower())
    found = [one for one in known if one in plain] or get_close_matches(plain, known, n=1)
    return f"{name}: did you mean {' or '.join(found)}?" if found else name


def coding_system(name: str) -> System:
    """Find a coding system by the name that a user gave.

    Raises
    ------
    UsageError
        If there is no system of that name.
    """
    system = system_named(name)
    if system is None:
        raise UsageError(f"There is no coding system {name!r}.", advice=f"Known systems: {', '.join(TITLES)}.")
    return system


def read_codelist(path: Path) -> dict[System, list[str]]:
    """Read the codes of a CSV file by coding system.

    Raises
    ------
    StudyError
        If the file cannot be read, has no column ``code``, or has a code with the wrong format for its system.
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
    """Add the codes in the files that ``[codelists]`` names to features.

    Raises
    ------
    StudyError
        If a list belongs to no known feature, or has codes that the feature does not accept.
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
    """Add to a feature the lists that belong to it."""
    if isinstance(feature, DeficitIndex):
        return replace(feature, own={name: lists[name] for name in feature.lists if name in lists})
    if isinstance(feature, Coded) and feature.name in lists:
        return replace(feature, own=lists[feature.name])
    return feature


def hashes(lists: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Compute the SHA-256 of each file that ``[codelists]`` names, by feature."""
    return {name: sha256_of(folder / path) for name, path in sorted(lists.items())}


_READABLE = (".csv", ".txt", ".tsv")
Codes = dict[tuple[System, str], CodeEntry]


@dataclass
class CodeFiles:
    """Code lists read from files, by feature; the files and clusters not used; the errors found.

    `doubles` counts the repeated codes of each feature.
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
    """Read a file, or every file in a folder, as lists of the known features or of the feature given by name.

    Raises
    ------
    UsageError
        If the file does not exist, or its feature is not clear.
    StudyError
        If a file of a known feature cannot be read.
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
    """Find the feature in a file name: the name of the feature, or a cluster at the end.

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
