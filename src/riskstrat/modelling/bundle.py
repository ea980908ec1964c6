"""A trained model as a folder that can be read, checked and moved: no pickle, and no code that is run.

``model.toml``
    Variant, calibration, columns with the fingerprint of each definition, hashes of the study's own code lists, index
    dates, versions, metrics, and a fingerprint of its predictions on fixed rows.
``study.json``
    The study it was trained in.
``card.md``, ``card.html``, ``card.json``
    The model card as Markdown, as a page, and for scripts.
``SHA256SUMS``
    The SHA-256 of every other file, in the format of ``sha256sum -c``. A model that does not match is refused.

The files of the model itself are those that its variant names; no others are allowed. The fingerprint is of the
predictions, not of the files, because skops writes the same model differently each time.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np
import pyarrow as pa
import tomli_w

from riskstrat.errors import BundleError, NothingToDoError
from riskstrat.modelling.calibration import Calibration
from riskstrat.modelling.case_managed import as_deployed
from riskstrat.modelling.training import Split
from riskstrat.modelling.variant import Fitted, VariantSettings
from riskstrat.modelling.variants import all_variants
from riskstrat.study import CaseManaged, Packages, Session
from riskstrat.tables import SCHEMA_VERSION, FeatureMatrix, Floats, sha256_of, whole_folder, without_version
from riskstrat.wording import plural

SUMS = "SHA256SUMS"
TOML = "model.toml"
OWN_FILES = (TOML, "study.json", "card.md", "card.html", "card.json")
FIXED_ROWS = 64


class ModelDates(TypedDict):
    """Index dates on which a model was fitted, calibrated and tested."""

    fit: list[date]
    calibrate: date
    test: date


class SampleSize(TypedDict):
    """Number of rows a model was fitted on, and of outcomes among them."""

    rows: int
    events: int


class ModelFacts(TypedDict, total=False):
    """The content of model.toml beside the model itself.

    ``settings`` are the parts of study.toml that define the outcome and the people; ``code_lists`` has the SHA-256 of
    each of the study's own; ``days_given`` is true if the outcome window comes from ``train --days``.
    """

    train_key: str
    snapshot: str
    days_given: bool
    index_dates: ModelDates
    split: Split
    fitted_on: SampleSize
    settings: Mapping[str, Mapping[str, Any]]
    case_managed: CaseManaged
    groups: list[str]
    monotone: bool
    seed: int
    tuned: VariantSettings
    tried: int
    versions: Mapping[str, str]
    code_lists: Mapping[str, str]
    metrics: Mapping[str, Any]
    metrics_no_prior_admission: Mapping[str, Any]


@dataclass(frozen=True)
class Bundle:
    """A model, ready to score, with its columns in order and the fingerprint of each definition."""

    name: str
    variant: str
    fitted: Fitted
    calibration: Calibration
    columns: tuple[str, ...]
    definitions: Mapping[str, str]
    facts: ModelFacts

    def risk(self, x: FeatureMatrix) -> Floats:
        """Predict the calibrated probability of the outcome, shape (rows,)."""
        return self.calibration.risk(self.fitted.log_odds(x))

    def fingerprint(self) -> str:
        """Hash its predictions on fixed rows, to six decimals."""
        rng = np.random.default_rng(0)
        x = rng.poisson(2.0, (FIXED_ROWS, len(self.columns))).astype(np.float32)
        x[rng.random(x.shape) < 0.1] = np.nan
        return sha256(np.round(self.risk(x), 6).astype("<f8").tobytes()).hexdigest()


def save_bundle(bundle: Bundle, folder: Path, study_json: str, cards: Mapping[str, str]) -> None:
    """Write a model as a whole, in place of one with the same name; `cards` has the text of each card.* file."""
    with whole_folder(folder) as part:
        bundle.fitted.save(part)
        content = {
            "schema_version": SCHEMA_VERSION,
            "format": 1, "name": bundle.name, "variant": bundle.variant, "fingerprint": bundle.fingerprint(),
            "calibration": asdict(bundle.calibration),
            **bundle.facts,
            "columns": [{"name": c, "definition": bundle.definitions[c]} for c in bundle.columns],
        }  # fmt: skip
        (part / TOML).write_text(tomli_w.dumps(_without_none(content)), encoding="utf-8")
        (part / "study.json").write_text(study_json, encoding="utf-8")
        for name, text in cards.items():
            (part / name).write_text(text, encoding="utf-8")
        files = sorted(path for path in part.iterdir() if path.name != SUMS)
        (part / SUMS).write_text("".join(f"{sha256_of(path)}  {path.name}\n" for path in files), encoding="utf-8")


def _without_none(value: Any) -> Any:
    """Leave out undefined values, because TOML has no null."""
    if isinstance(value, Mapping):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_none(v) for v in value if v is not None]
    return value


def load_bundle(folder: Path, packages: Packages = ()) -> Bundle:
    """Read a model, if it is intact.

    Parameters
    ----------
    packages : tuple of str
        Packages that may contain its variant.

    Raises
    ------
    NothingToDoError
        If there is no model of that name.
    BundleError
        If a file was changed, is missing or was added, or predictions differ from those it was saved with.
    """
    if not (folder / TOML).is_file():
        raise NothingToDoError(
            f"There is no model {folder.name!r} in this study.", advice="Run `riskstrat train` first."
        )
    _verify(folder)
    written = tomllib.loads((folder / TOML).read_text(encoding="utf-8"))
    content = without_version(written, f"models/{folder.name}/{TOML}", BundleError)
    variant = all_variants(packages).get(content["variant"])
    if variant is None:
        raise BundleError(
            f"Model {folder.name!r} is of variant {content['variant']!r}, which is not installed.",
            advice=_bring(content),
        )
    names = tuple(column["name"] for column in content["columns"])
    definitions = {column["name"]: column["definition"] for column in content["columns"]}
    own = ("format", "name", "variant", "fingerprint", "calibration", "columns")
    facts = cast(ModelFacts, {key: value for key, value in content.items() if key not in own})
    _check_files(folder, variant.files)
    bundle = Bundle(
        content["name"],
        content["variant"],
        as_deployed(variant.load(folder), facts.get("case_managed", "include")),
        Calibration(**content["calibration"]),
        names,
        definitions,
        facts,
    )
    if bundle.fingerprint() != content["fingerprint"]:
        do = "Install the versions of libraries that are in its model.toml, or run `riskstrat train` again."
        raise BundleError(f"Model {folder.name!r} no longer gives the predictions it was saved with.", advice=do)
    return bundle


def _bring(content: Mapping[str, Any]) -> str:
    """Advise how to install a variant from another package."""
    names = [f"{one['package']} {one['version']}" for one in content.get("extensions", ()) if "variants" in one]
    add = "and add the name to `packages` under [extensions] in study.toml"
    return f"Install {' and '.join(names)}, {add}." if names else ""


def _verify(folder: Path) -> None:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError):
        sums = {}
    present = {path.name for path in folder.iterdir() if path.name != SUMS}
    problems = [f"{name}: missing" for name in sorted(set(sums) - present)]
    problems += [f"{name}: not part of the model" for name in sorted(present - set(sums))]
    problems += [f"{name}: changed" for name in sorted(present & set(sums)) if sha256_of(folder / name) != sums[name]]
    if problems:
        raise BundleError(
            f"Model {folder.name!r} is not as it was saved:", problems, "Train again, or restore the folder."
        )


def _check_files(folder: Path, own: Sequence[str]) -> None:
    present = {path.name for path in folder.iterdir()} - {SUMS, *OWN_FILES}
    problems = [f"{name}: not a file of this variant" for name in sorted(present - set(own))]
    problems += [f"{name}: missing" for name in sorted(set(own) - present)]
    if problems:
        raise BundleError(f"Model {folder.name!r} does not have the files of its variant:", problems, "Train again.")


def check_fits(bundle: Bundle, definitions: Mapping[str, str]) -> None:
    """Check that the features have the definitions that the model was fitted on.

    Raises
    ------
    BundleError
        With every column that is missing or has another definition.
    """
    problems = [f"{name}: missing" for name in bundle.columns if name not in definitions]
    problems += [
        f"{name}: the definition has changed"
        for name, was in bundle.definitions.items()
        if definitions.get(name, was) != was
    ]
    if problems:
        do = "Run `riskstrat train` again, or restore the extracts and code lists that the model was trained with."
        number = plural(len(problems), "column")
        raise BundleError(f"Model {bundle.name!r} and the features differ in {number}:", problems, do)


def check_settings(bundle: Bundle, settings: Mapping[str, Any]) -> None:
    """Check that outcome, cohort, spells and data lag are the settings that the model was trained with.

    Raises
    ------
    BundleError
        With every setting that differs.
    """
    was = bundle.facts["settings"]
    problems = [
        f"{part}.{name}: trained with {was[part].get(name)}, now {now}"
        for part, values in settings.items()
        for name, now in values.items()
        if was[part].get(name) != now
    ]
    if problems:
        do = "Train again with these settings, or score with the settings the model was trained with."
        raise BundleError(f"Model {bundle.name!r} was trained with other settings:", problems, do)


def as_matrix(columns: pa.Table, names: Sequence[str]) -> FeatureMatrix:
    """Put columns side by side as float32, NaN where not assessed."""
    x = np.empty((columns.num_rows, len(names)), np.float32)
    for i, name in enumerate(names):
        x[:, i] = columns.column(name).to_numpy(zero_copy_only=False)
    return x


def session_for(session: Session, bundle: Bundle) -> Session:
    """Set the outcome window of a study to the one given to `train --days`, if any."""
    if not bundle.facts.get("days_given"):
        return session
    return replace(session, study=session.study.at_days(bundle.facts["settings"]["outcome"]["days"]))


def code_lists_in_words(bundle: Bundle) -> str:
    """Name the code lists of a model: those from study.toml with the beginning of their SHA-256."""
    own = bundle.facts.get("code_lists", {})
    named = ", ".join(f"{name} (sha256 {digest[:16]})" for name, digest in own.items())
    return f"built in, and from this study: {named}" if named else "built in"
