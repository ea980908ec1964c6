"""The study: every choice a person may make, one frozen typed object read from study.toml.

Unknown keys are refused and every fault is gathered before stopping. A copy of the study lies beside
every output.
"""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from riskstrat.errors import StudyError

Days = Annotated[int, Field(ge=0, le=3660)]
OutcomeDays = Literal[30, 90, 180, 365]
Event = Literal["unplanned_admission", "unplanned_admission_or_death", "any_admission", "ed_attendance"]
Check = Literal["after_extract", "before_birth", "ends_before_start", "super_patient", "cut_code"]
EMERGENCY_METHODS = ("21", "22", "23", "24", "25", "2A", "2D", "28")


class Settings(BaseModel):
    """A group of settings: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceSettings(Settings):
    """One ``[[sources]]`` of study.toml."""

    format: str
    files: str
    columns: dict[str, str] = {}
    values: dict[str, str] = {}
    absent: tuple[str, ...] = ()
    where: dict[str, str] = {}
    date_format: str | None = None
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    delimiter: Literal[",", "\t", "|", ";"] | None = None
    drop: tuple[str, ...] = ()
    coarsen: tuple[str, ...] = ()
    code_columns: tuple[str, ...] = ()
    as_of: date | None = None
    social_care: bool = False

    @field_validator("where")
    @classmethod
    def _patterns(cls, where: dict[str, str]) -> dict[str, str]:
        for name, pattern in where.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"the pattern for {name} is no regular expression: {error}") from None
        return where

    @field_validator("date_format")
    @classmethod
    def _format(cls, written: str | None) -> str | None:
        if written is not None and not ("%Y" in written or "%y" in written):
            raise ValueError('a date format has a year in it, as "%d/%m/%Y" has')
        return written


class CohortSettings(Settings):
    """Who is in."""

    min_age: Annotated[int, Field(ge=0, le=120)] = 18
    max_age: Annotated[int, Field(ge=0, le=130)] = 120
    opt_outs: tuple[Literal["type1", "national", "local"], ...] = ("type1", "national", "local")

    @model_validator(mode="after")
    def _ages_in_order(self) -> CohortSettings:
        if self.min_age > self.max_age:
            raise ValueError("min_age is above max_age")
        return self


class OutcomeSettings(Settings):
    """What is predicted."""

    days: OutcomeDays = 365
    event: Event = "unplanned_admission"
    admission_methods: tuple[str, ...] = EMERGENCY_METHODS
    patient_classes: tuple[str, ...] = ("1", "5")


class SpellSettings(Settings):
    """When two provider spells are one continuous inpatient spell."""

    rule: Literal["nhs_digital", "hes_pipeline"] = "nhs_digital"


class TimingSettings(Settings):
    """Index dates and the data lag; empty dates are chosen from the span of the extracts."""

    index_date: date | None = None
    data_lag_days: Days = 0
    train_dates: tuple[date, ...] = ()
    calibrate_date: date | None = None
    test_date: date | None = None
    min_history_months: Annotated[int, Field(ge=0, le=120)] = 24


class ModelSettings(Settings):
    """What is fitted."""

    variant: str = "boosting"
    name: str = "default"
    seed: int = 20250101
    max_rows: Annotated[int, Field(ge=1_000)] = 1_000_000
    min_outcomes: Annotated[int, Field(ge=1)] = 100


class HighRiskSettings(Settings):
    """The one written definition of high risk, and the names of the bands."""

    risk_pct: Annotated[float, Field(gt=0, lt=100)] = 30.0
    bands: dict[str, Annotated[float, Field(ge=0, lt=100)]] = {
        "very high": 50.0,
        "high": 30.0,
        "moderate": 15.0,
        "low": 0.0,
    }

    @model_validator(mode="after")
    def _bands_cover(self) -> HighRiskSettings:
        if 0.0 not in self.bands.values():
            raise ValueError("one band must begin at 0")
        return self


class RoleSettings(Settings):
    """One team's list.

    Exactly one capacity: `per_practice` people, `per_1000` of the registered adults in the cohort, or the
    free places of a `caseload` that many people large.
    """

    title: str
    eligible: str = "True"
    order: tuple[str, ...] = ("-risk_pct", "-emergency_admissions_12m")
    per_practice: Annotated[int, Field(ge=1)] | None = None
    per_1000: Annotated[float, Field(gt=0, le=1000)] | None = None
    caseload: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_capacity(self) -> RoleSettings:
        given = [c for c in (self.per_practice, self.per_1000, self.caseload) if c is not None]
        if len(given) != 1:
            raise ValueError("give exactly one capacity: per_practice, per_1000 or caseload")
        return self


class GovernanceSettings(Settings):
    """On what basis, and until when."""

    legal_basis: str = ""
    reference: str = ""
    expires_on: date | None = None
    social_care_basis: str = ""
    list_expires_after_days: Annotated[int, Field(ge=1, le=3650)] = 35
    opt_outs_max_age_days: Annotated[int, Field(ge=1, le=366)] = 7
    restricted_codes: Literal["drop", "keep"] = "drop"
    restricted_refsets: str | None = None


class CheckSettings(Settings):
    """When rows are set aside, and how many make an ingest stop."""

    max_quarantined_pct: Annotated[float, Field(ge=0, le=100)] = 1.0
    min_linked_pct: Annotated[float, Field(ge=0, le=100)] = 5.0
    super_patient_pct: Annotated[float, Field(gt=0, le=100)] = 0.5
    unseen_lists: tuple[str, ...] = ()
    skip: tuple[Check, ...] = ()


class PseudonymSettings(Settings):
    """Where the key is read from with which pseudonyms are made anew on the way in."""

    key_file: str | None = None
    key_env: str | None = None

    @model_validator(mode="after")
    def _one_key(self) -> PseudonymSettings:
        if self.key_file and self.key_env:
            raise ValueError("give key_file or key_env, not both")
        return self


class RetentionSettings(Settings):
    """What `riskstrat purge` keeps."""

    keep_snapshots: Annotated[int, Field(ge=1, le=1000)] = 3
    keep_days: Annotated[int, Field(ge=1, le=36600)] = 730


class EngineSettings(Settings):
    """How much of the machine to use."""

    memory_limit_gb: Annotated[float, Field(gt=0.2)] = 2.0
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    patients_per_file: Annotated[int, Field(ge=100)] = 100_000


def default_roles() -> dict[str, RoleSettings]:
    """The two roles a study has until it says otherwise."""
    return {
        "gp_mdt": RoleSettings(title="GP multidisciplinary team", per_1000=20),
        "community_matron": RoleSettings(
            title="Community matron",
            eligible=(
                "(emergency_admissions_12m >= 2 or ltc_count >= 3) and risk_pct >= 15"
                " and not care_home and not end_of_life_register and not on_caseload"
            ),
            caseload=50,
        ),
    }


class Study(Settings):
    """Every choice of a study.

    Examples
    --------
    >>> Study(name="demo").outcome.days
    365
    """

    name: str
    sources: tuple[SourceSettings, ...] = ()
    cohort: CohortSettings = CohortSettings()
    outcome: OutcomeSettings = OutcomeSettings()
    spells: SpellSettings = SpellSettings()
    timing: TimingSettings = TimingSettings()
    model: ModelSettings = ModelSettings()
    high_risk: HighRiskSettings = HighRiskSettings()
    roles: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")], RoleSettings] = Field(
        default_factory=default_roles
    )
    governance: GovernanceSettings = GovernanceSettings()
    checks: CheckSettings = CheckSettings()
    pseudonyms: PseudonymSettings = PseudonymSettings()
    retention: RetentionSettings = RetentionSettings()
    engine: EngineSettings = EngineSettings()
    codelists: dict[str, str] = {}

    def meaning(self) -> dict[str, dict[str, Any]]:
        """What a risk is a risk of, and for whom: a model trained for one meaning may not score another."""
        parts = self.model_dump(mode="json", include={"outcome", "cohort", "spells"})
        return {**parts, "timing": {"data_lag_days": self.timing.data_lag_days}}

    def fingerprint(self, *parts: str) -> str:
        """SHA-256 of some of its parts, all where none is named."""
        choices = self.model_dump(mode="json", include=set(parts) or None)
        return sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()


def read_study(folder: Path) -> Study:
    """Read and check ``study.toml``.

    Parameters
    ----------
    folder : Path
        The study's folder.

    Raises
    ------
    StudyError
        With every fault found.
    """
    path = folder / "study.toml"
    try:
        return Study.model_validate(_parse(path))
    except ValidationError as error:
        findings = [_finding(fault) for fault in error.errors(include_url=False, include_input=False)]
        raise StudyError(
            f"{path.name} has {len(findings)} fault(s):", findings, "Correct them and run again."
        ) from None


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        do = "Run `riskstrat init DIR` to begin a study, or name its folder with --study DIR."
        raise StudyError(f"There is no study.toml in {path.parent.resolve().name or path.parent}.", do=do) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path.name} is not valid TOML: {error}", do="Correct the line named.") from None


def _finding(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "study.toml"
    said = "there is no such setting" if fault["type"] == "extra_forbidden" else fault["msg"]
    return f"{where}: {said.removeprefix('Value error, ')}"
