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

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SourceSettings(Settings):
    """One ``[[sources]]`` of study.toml."""

    format: str
    """Name of the format; `riskstrat catalogue formats` lists them."""
    files: str
    """Files of this source, relative to study.toml; may hold `*` and `**`."""
    columns: dict[str, str] = {}
    """Our name of a column = the heading in the file. Of numbered diagnoses: `"Diag_{i}"`, `"Diag_{n}"` for 01, 02, or
    `"Primary Diagnosis + Diag_{i}"`.
    """
    values: dict[str, str] = {}
    """One value for every row, where the files have no such column."""
    recode: dict[str, dict[str, str]] = Field({}, exclude_if=lambda recode: not recode)
    """Our name of a column = values in the files and what to read instead: a code that the format knows, or `""`."""
    absent: tuple[str, ...] = ()
    """Columns that are required but that these files do not have. What is made of them is absent, never 0."""
    where: dict[str, str] = {}
    """Only rows whose whole cell matches the regular expression are read; the others are counted as excluded."""
    date_format: str | dict[str, str] | None = None
    """How dates are written, such as `"%d/%m/%Y"`; needed for two-digit years and for month-first dates. Where one file
    writes them in several ways: our name of a column = its format.
    """
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    """Encoding of text files."""
    delimiter: Literal[",", "\t", "|", ";"] | None = None
    """Separator of fields, where it cannot be recognised."""
    drop: tuple[str, ...] = ()
    """Headings that are not read at all, such as those of identifiers."""
    coarsen: tuple[str, ...] = ()
    """Headings of dates of which only the year is kept."""
    code_columns: tuple[str, ...] = ()
    """Headings of codes that look like identifiers but are none."""
    as_of: date | None = None
    """Day on which the extract was made; nothing in it may be later."""
    social_care: bool = False
    """Whether these are social-care data; they need `social_care_basis`."""

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
    def _format(cls, written: str | dict[str, str] | None) -> str | dict[str, str] | None:
        formats = written.values() if isinstance(written, dict) else [written] if written is not None else []
        if not all("%Y" in one or "%y" in one for one in formats):
            raise ValueError('a date format must contain the year, as in "%d/%m/%Y"')
        return written

    def format_of(self, column: str) -> str | None:
        """Return the date format of one of our columns; None where the usual formats are tried."""
        return self.date_format.get(column) if isinstance(self.date_format, dict) else self.date_format


class CohortSettings(Settings):
    """Who is in the cohort."""

    min_age: Annotated[int, Field(ge=0, le=120)] = 18
    """Youngest age that is scored, in years on the index date."""
    max_age: Annotated[int, Field(ge=0, le=130)] = 120
    """Oldest age that is scored, in years on the index date."""
    opt_outs: tuple[Literal["type1", "national", "local"], ...] = ("type1", "national", "local")
    """Kinds of opt-out that exclude a patient."""

    @model_validator(mode="after")
    def _ages_in_order(self) -> CohortSettings:
        if self.min_age > self.max_age:
            raise ValueError("min_age is above max_age")
        return self


class OutcomeSettings(Settings):
    """What is predicted."""

    days: OutcomeDays = 365
    """Length of the outcome window in days."""
    event: OutcomeEvent = "unplanned_admission"
    """The outcome that is predicted."""
    competing_death: CompetingDeath = "ignore"
    """How a death before the outcome counts: `ignore` (no outcome), `composite` (an outcome) or `weight` (similar
    patients are given more weight instead).
    """
    admission_methods: tuple[str, ...] = EMERGENCY_METHODS
    """Admission methods that count as an emergency (NHS Data Dictionary codes)."""
    patient_classes: tuple[str, ...] = ("1", "5")
    """Patient classifications that count: 1 ordinary admission, 5 mother and baby."""

    @model_validator(mode="after")
    def _death_once(self) -> OutcomeSettings:
        if self.event == "unplanned_admission_or_death" and self.competing_death != "ignore":
            raise ValueError("death is already part of the event: remove competing_death")
        return self


class SpellSettings(Settings):
    """When two provider spells are one continuous inpatient spell."""

    rule: Literal["nhs_digital", "hes_pipeline"] = "nhs_digital"
    """When two hospital stays are one continuous inpatient spell: one of two published rules."""


class TimingSettings(Settings):
    """Index dates and the data lag; dates that are not set are chosen from the dates in the extracts."""

    index_date: date | None = None
    """Day the lists are for; by default the first of the month after the hospital data end."""
    data_lag_days: Days = 0
    """Days before the index date that the extracts do not hold yet; training hides as many."""
    train_dates: tuple[date, ...] = ()
    """Index dates that the model is fitted on; chosen from the span of the extracts if empty."""
    calibrate_date: date | None = None
    """Index date that the model is calibrated on; chosen if not set."""
    test_date: date | None = None
    """Index date that the model is tested on; chosen if not set."""
    split: Literal["time", "people"] = "time"
    """`time`: test at a later date. `people`: one index date with patients split, for data too short for a later
    test.
    """
    min_history_months: Annotated[int, Field(ge=0, le=120)] = 24
    """Months of hospital data that the first fit date needs before it."""


class ModelSettings(Settings):
    """How the model is trained."""

    variant: str = "boosting"
    """Kind of model; `riskstrat catalogue variants` lists them."""
    name: str = "default"
    """Name of the model; its folder is `models/NAME`."""
    seed: int = 20250101
    """Seed of every random choice."""
    max_rows: Annotated[int, Field(ge=1_000)] = 1_000_000
    """Most rows (a patient at an index date) that a model is fitted on."""
    min_outcomes: Annotated[int, Field(ge=1)] = 100
    """Fewest outcomes that training accepts."""
    groups: tuple[Group, ...] = ("hospital", "gp", "demographic")
    """Whose records the model may use."""
    search: Annotated[int, Field(ge=1, le=500)] = 1
    """How many combinations of model settings to try; 1 uses the built-in ones."""
    monotone: bool = False
    """Whether more emergency admissions, bed days or ED attendances may never lower a risk."""
    case_managed: CaseManaged = "include"
    """How patients who are already on a caseload count in training: `include`, `exclude`, `flag` or `weight`."""


class CompareSettings(Settings):
    """What `riskstrat compare` compares, and how."""

    variants: tuple[str, ...] = ("age_sex", "logistic", "boosting", "hist_boosting", "random_forest", "ensemble")
    """Variants that are compared."""
    scores: tuple[str, ...] = ()
    """Published scores that are compared; all that apply if empty."""
    list_sizes_pct: tuple[Annotated[float, Field(gt=0, le=50)], ...] = (0.5, 1.0, 2.0, 5.0)
    """Lengths of list at which models are judged, in per cent of the cohort, beside the capacity of each role."""
    thresholds_pct: tuple[Annotated[float, Field(gt=0, lt=100)], Annotated[float, Field(gt=0, lt=100)]] = (5.0, 60.0)
    """Lowest and highest risk threshold of the decision curve, in per cent."""
    repeats: Annotated[int, Field(ge=50, le=10_000)] = 200
    """Bootstrap samples for intervals."""
    learning_curve: bool = True
    """Whether to show accuracy by number of rows fitted on."""
    hold_out_practices: Annotated[int, Field(ge=0, le=20)] = 5
    """Groups of practices that are held out in turn; 0 for none."""
    effects: bool = True
    """Whether to show what each choice about deaths and case-managed patients would change."""
    horizons: tuple[OutcomeDays, ...] = (30, 90, 180, 365)
    """Outcome windows in days for which the model is fitted and shown."""

    @field_validator("thresholds_pct")
    @classmethod
    def _rising(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if bounds[0] >= bounds[1]:
            raise ValueError("the first threshold must be below the second")
        return bounds


class HighRiskSettings(Settings):
    """The definition of high risk, and the names of the bands."""

    risk_pct: Annotated[float, Field(gt=0, lt=100)] = 30.0
    """Risk in per cent from which a patient is at high risk."""
    bands: dict[str, Annotated[float, Field(ge=0, lt=100)]] = {
        "very high": 50.0,
        "high": 30.0,
        "moderate": 15.0,
        "low": 0.0,
    }
    """Name of each risk band = the risk in per cent at which it begins."""

    @model_validator(mode="after")
    def _bands_cover(self) -> HighRiskSettings:
        if 0.0 not in self.bands.values():
            raise ValueError("one band must begin at 0")
        return self


class ListSettings(Settings):
    """Settings of all lists: stability from month to month, rising risk, encryption."""

    stability_pct: Annotated[float, Field(ge=0, le=100)] = 20.0
    """Share of a list's places, in per cent, for which patients of the last list have priority; 0 for none."""
    unique: bool = False
    """Whether a patient is on one role's list at most."""
    rising_points: Annotated[float, Field(gt=0, le=100)] = 5.0
    """Least rise in risk, in percentage points, that is shown as risen fast."""
    rising_of_100: Annotated[float, Field(ge=50, lt=100)] = 95.0
    """The rise must also be larger than that of this many in 100 similar patients."""
    rising_runs: Annotated[int, Field(ge=1, le=36)] = 6
    """Number of earlier runs whose mean risk the rise is measured from."""
    worklist: bool = True
    """Whether to write `worklist.html`, an offline page of each practice's lists."""
    encrypt: bool = False
    """Whether to encrypt each practice's files for the key under `[recipients]`."""


class DecisionSettings(Settings):
    """How many days a team's decision applies, if it has no review date."""

    accepted: Days = 365
    """Days for which `accepted` applies, if no review date was written."""
    already_on_caseload: Days = 180
    """Days for which `already_on_caseload` applies, if no review date was written."""
    other_service: Days = 180
    """Days for which `other_service` applies, if no review date was written."""
    declined_by_patient: Days = 180
    """Days for which `declined_by_patient` applies, if no review date was written."""
    not_appropriate: Days = 365
    """Days for which `not_appropriate` applies, if no review date was written."""
    palliative_pathway: Days = 365
    """Days for which `palliative_pathway` applies, if no review date was written."""
    care_home_pathway: Days = 365
    """Days for which `care_home_pathway` applies, if no review date was written."""
    deceased: Days = 180
    """Days for which `deceased` applies, if no review date was written."""
    moved: Days = 180
    """Days for which `moved` applies, if no review date was written."""
    data_error: Days = 90
    """Days for which `data_error` applies, if no review date was written."""


class GovernanceSettings(Settings):
    """Legal basis, opt-outs and restricted codes."""

    legal_basis: str = ""
    """Legal basis of the processing; printed on every list."""
    reference: str = ""
    """Reference of that basis; printed on every list."""
    expires_on: date | None = None
    """Last day on which the basis holds; after it nothing is ingested, trained, scored, listed or exported."""
    social_care_basis: str = ""
    """Legal basis for social-care data."""
    list_expires_after_days: Annotated[int, Field(ge=1, le=3650)] = 35
    """Days after which a list expires; printed on it and enforced by `riskstrat purge`."""
    opt_outs_max_age_days: Annotated[int, Field(ge=1, le=366)] = 7
    """Greatest age in days of the opt-outs, from `as_of`; older ones are refused."""
    restricted_codes: Literal["drop", "keep"] = "drop"
    """Whether legally restricted codes are dropped on reading, or kept."""
    restricted_refsets: str | None = None
    """Files of your full lists of restricted codes, added to the built-in short lists."""


class CheckSettings(Settings):
    """Checks that reject rows, and limits that stop an ingest."""

    max_quarantined_pct: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Most lines of a file, in per cent, that may be rejected; with more the ingest stops."""
    min_linked_pct: Annotated[float, Field(ge=0, le=100)] = 5.0
    """Least share of hospital rows, in per cent, that must belong to patients in the patient table."""
    super_patient_pct: Annotated[float, Field(gt=0, le=100)] = 0.5
    """Share of a table's rows, in per cent, above which one key is taken to stand for many patients."""
    unseen_lists: tuple[str, ...] = ()
    """Built-in code lists that may match nothing without an error in `riskstrat check`."""
    skip: tuple[Check, ...] = ()
    """Checks of rows that are not made."""


class PseudonymSettings(Settings):
    """Where to read the key with which new pseudonyms are made at ingest."""

    key_file: str | None = None
    """File that holds the key with which pseudonyms are replaced; the key is never stored."""
    key_env: str | None = None
    """Environment variable that holds the key."""

    @model_validator(mode="after")
    def _one_key(self) -> PseudonymSettings:
        if self.key_file and self.key_env:
            raise ValueError("give key_file or key_env, not both")
        return self


class RetentionSettings(Settings):
    """What `riskstrat purge` keeps."""

    keep_snapshots: Annotated[int, Field(ge=1, le=1000)] = 3
    """Number of snapshots that are kept."""
    keep_days: Annotated[int, Field(ge=1, le=36600)] = 730
    """Days for which runs are kept, from their index date."""


class ExtensionSettings(Settings):
    """The installed packages that provide extensions."""

    packages: tuple[str, ...] = ()
    """Names of installed packages whose extensions are loaded; no other is."""

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
    """Memory that the database engine may use, in GB."""
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    """Number of processor threads; 0 for all."""
    patients_per_file: Annotated[int, Field(ge=100)] = 100_000
    """Patients in each Parquet file of the store."""
