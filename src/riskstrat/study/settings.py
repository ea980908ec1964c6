"""The groups of settings of study.toml: typed, frozen, without unknown keys."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Days = Annotated[int, Field(ge=0, le=3660)]
OutcomeDays = Literal[30, 90, 180, 365]
CompetingDeath = Literal["ignore", "composite", "weight"]
CaseManaged = Literal["include", "exclude", "flag", "weight"]
Group = Literal["hospital", "gp", "demographic"]
OutcomeEvent = Literal["unplanned_admission", "unplanned_admission_or_death", "any_admission", "ed_attendance"]
Check = Literal["after_extract", "before_birth", "ends_before_start", "super_patient", "cut_code"]
EMERGENCY_METHODS = ("21", "22", "23", "24", "25", "2A", "2D", "28")


class Settings(BaseModel):
    """A group of settings: frozen, without unknown keys."""

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
                raise ValueError(f"the pattern for {name} is not a regular expression: {error}") from None
        return where

    @field_validator("date_format")
    @classmethod
    def _format(cls, written: str | None) -> str | None:
        if written is not None and not ("%Y" in written or "%y" in written):
            raise ValueError('a date format must contain the year, as in "%d/%m/%Y"')
        return written


class CohortSettings(Settings):
    """Who is in the cohort."""

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
    event: OutcomeEvent = "unplanned_admission"
    competing_death: CompetingDeath = "ignore"
    admission_methods: tuple[str, ...] = EMERGENCY_METHODS
    patient_classes: tuple[str, ...] = ("1", "5")

    @model_validator(mode="after")
    def _death_once(self) -> OutcomeSettings:
        if self.event == "unplanned_admission_or_death" and self.competing_death != "ignore":
            raise ValueError("death is already part of the event: remove competing_death")
        return self


class SpellSettings(Settings):
    """When two provider spells are one continuous inpatient spell."""

    rule: Literal["nhs_digital", "hes_pipeline"] = "nhs_digital"


class TimingSettings(Settings):
    """Index dates and the data lag; dates that are not set are chosen from the dates in the extracts."""

    index_date: date | None = None
    data_lag_days: Days = 0
    train_dates: tuple[date, ...] = ()
    calibrate_date: date | None = None
    test_date: date | None = None
    split: Literal["time", "people"] = "time"
    min_history_months: Annotated[int, Field(ge=0, le=120)] = 24


class ModelSettings(Settings):
    """How the model is trained."""

    variant: str = "boosting"
    name: str = "default"
    seed: int = 20250101
    max_rows: Annotated[int, Field(ge=1_000)] = 1_000_000
    min_outcomes: Annotated[int, Field(ge=1)] = 100
    groups: tuple[Group, ...] = ("hospital", "gp", "demographic")
    search: Annotated[int, Field(ge=1, le=500)] = 1
    monotone: bool = False
    case_managed: CaseManaged = "include"


class CompareSettings(Settings):
    """What `riskstrat compare` compares, and how."""

    variants: tuple[str, ...] = ("age_sex", "logistic", "boosting", "hist_boosting", "random_forest", "ensemble")
    scores: tuple[str, ...] = ()
    list_sizes_pct: tuple[Annotated[float, Field(gt=0, le=50)], ...] = (0.5, 1.0, 2.0, 5.0)
    thresholds_pct: tuple[Annotated[float, Field(gt=0, lt=100)], Annotated[float, Field(gt=0, lt=100)]] = (5.0, 60.0)
    repeats: Annotated[int, Field(ge=50, le=10_000)] = 200
    learning_curve: bool = True
    hold_out_practices: Annotated[int, Field(ge=0, le=20)] = 5
    effects: bool = True
    horizons: tuple[OutcomeDays, ...] = (30, 90, 180, 365)

    @field_validator("thresholds_pct")
    @classmethod
    def _rising(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if bounds[0] >= bounds[1]:
            raise ValueError("the first threshold must be below the second")
        return bounds


class HighRiskSettings(Settings):
    """The definition of high risk, and the names of the bands."""

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


class ListSettings(Settings):
    """Settings of all lists: stability from month to month, rising risk, encryption."""

    stability_pct: Annotated[float, Field(ge=0, le=100)] = 20.0
    unique: bool = False
    rising_points: Annotated[float, Field(gt=0, le=100)] = 5.0
    rising_of_100: Annotated[float, Field(ge=50, lt=100)] = 95.0
    rising_runs: Annotated[int, Field(ge=1, le=36)] = 6
    worklist: bool = True
    encrypt: bool = False


class DecisionSettings(Settings):
    """How many days a team's decision applies, if it has no review date."""

    accepted: Days = 365
    already_on_caseload: Days = 180
    other_service: Days = 180
    declined_by_patient: Days = 180
    not_appropriate: Days = 365
    palliative_pathway: Days = 365
    care_home_pathway: Days = 365
    deceased: Days = 180
    moved: Days = 180
    data_error: Days = 90


class GovernanceSettings(Settings):
    """Legal basis, opt-outs and restricted codes."""

    legal_basis: str = ""
    reference: str = ""
    expires_on: date | None = None
    social_care_basis: str = ""
    list_expires_after_days: Annotated[int, Field(ge=1, le=3650)] = 35
    opt_outs_max_age_days: Annotated[int, Field(ge=1, le=366)] = 7
    restricted_codes: Literal["drop", "keep"] = "drop"
    restricted_refsets: str | None = None


class CheckSettings(Settings):
    """Checks that reject rows, and limits that stop an ingest."""

    max_quarantined_pct: Annotated[float, Field(ge=0, le=100)] = 1.0
    min_linked_pct: Annotated[float, Field(ge=0, le=100)] = 5.0
    super_patient_pct: Annotated[float, Field(gt=0, le=100)] = 0.5
    unseen_lists: tuple[str, ...] = ()
    skip: tuple[Check, ...] = ()


class PseudonymSettings(Settings):
    """Where to read the key with which new pseudonyms are made at ingest."""

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


class ExtensionSettings(Settings):
    """The installed packages that provide extensions."""

    packages: tuple[str, ...] = ()

    @field_validator("packages")
    @classmethod
    def _each_once(cls, packages: tuple[str, ...]) -> tuple[str, ...]:
        plain = [re.sub(r"[-_.]+", "-", name).lower() for name in packages]
        if len(set(plain)) < len(plain):
            raise ValueError("a package is named twice")
        return packages


class EngineSettings(Settings):
    """How much memory and how many cores to use."""

    memory_limit_gb: Annotated[float, Field(gt=0.2)] = 2.0
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    patients_per_file: Annotated[int, Field(ge=100)] = 100_000
