"""The study: all settings as one frozen, typed object read from study.toml.

Unknown settings are refused, and all problems are reported together. A copy of the study is stored with every output.
"""

from __future__ import annotations

import json
import re
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from riskstrat.errors import StudyError
from riskstrat.study.roles import RoleSettings, default_roles, with_built_in
from riskstrat.study.settings import (
    CheckSettings,
    CohortSettings,
    CompareSettings,
    DecisionSettings,
    EngineSettings,
    ExtensionSettings,
    GovernanceSettings,
    HighRiskSettings,
    ListSettings,
    ModelSettings,
    OutcomeDays,
    OutcomeSettings,
    PseudonymSettings,
    RetentionSettings,
    Settings,
    SourceSettings,
    SpellSettings,
    TimingSettings,
)
from riskstrat.wording import plural


class Study(Settings):
    """All settings of a study.

    >>> Study(name="demo").outcome.days
    365
    """

    name: str
    """Name of the study, printed on lists and reports."""
    sources: tuple[SourceSettings, ...] = ()
    """The extracts: one section for each kind."""
    cohort: CohortSettings = CohortSettings()
    """Who is scored."""
    outcome: OutcomeSettings = OutcomeSettings()
    """What is predicted."""
    spells: SpellSettings = SpellSettings()
    """What counts as one stay in hospital."""
    timing: TimingSettings = TimingSettings()
    """Index dates and data lag."""
    model: ModelSettings = ModelSettings()
    """The model that is trained."""
    compare: CompareSettings = CompareSettings()
    """What `riskstrat compare` compares."""
    high_risk: HighRiskSettings = HighRiskSettings()
    """The one written definition of high risk."""
    roles: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")], RoleSettings] = Field(
        default_factory=default_roles
    )
    """The lists: one section for each role."""
    teams: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Teams of practices that share places: name of the team = codes of its practices."""
    lists: ListSettings = ListSettings()
    """What holds for every list."""
    decisions: DecisionSettings = DecisionSettings()
    """How long each decision applies."""
    recipients: dict[str, str] = Field(default_factory=dict)
    """Public keys (age) for encrypted files: practice code or role = key."""
    governance: GovernanceSettings = GovernanceSettings()
    """Legal basis, opt-outs and restricted codes."""
    checks: CheckSettings = CheckSettings()
    """Which rows are rejected, and how many stop an ingest."""
    pseudonyms: PseudonymSettings = PseudonymSettings()
    """The key with which pseudonyms are replaced."""
    retention: RetentionSettings = RetentionSettings()
    """What `riskstrat purge` keeps."""
    engine: EngineSettings = EngineSettings()
    """How much of the machine to use."""
    extensions: ExtensionSettings = Field(ExtensionSettings(), exclude_if=lambda group: not group.packages)
    """Other installed packages whose extensions are loaded."""
    codelists: dict[str, str] = Field(default_factory=dict)
    """Your own full code lists: name of the list = file."""

    @field_validator("roles", mode="before")
    @classmethod
    def _built_in(cls, given: Any) -> Any:
        return with_built_in(given)

    @field_validator("teams")
    @classmethod
    def _one_team_each(cls, teams: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        practices = [practice for team in teams.values() for practice in team]
        if twice := sorted({one for one in practices if practices.count(one) > 1}):
            raise ValueError(f"a practice can be in one team only: {', '.join(twice)}")
        return teams

    @property
    def packages(self) -> tuple[str, ...]:
        """The installed packages that provide extensions."""
        return self.extensions.packages

    @property
    def team_of(self) -> dict[str, str]:
        """The team of practices of each practice."""
        return {practice: team for team, practices in self.teams.items() for practice in practices}

    def meaning(self) -> dict[str, dict[str, Any]]:
        """Return the settings that define a risk; a model may score only under the settings it was trained with."""
        parts = self.model_dump(mode="json", include={"outcome", "cohort", "spells"})
        return {**parts, "timing": {"data_lag_days": self.timing.data_lag_days}}

    def at_days(self, days: OutcomeDays) -> Study:
        """Return the same study with another length of the outcome window."""
        return self.model_copy(update={"outcome": self.outcome.model_copy(update={"days": days})})

    def fingerprint(self, *parts: str) -> str:
        """Hash the named groups of settings (SHA-256), or all if none is named."""
        choices = self.model_dump(mode="json", include=set(parts) or None)
        return sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()


def read_study(folder: Path) -> Study:
    """Read and check ``study.toml`` in a study's folder.

    Raises
    ------
    StudyError
        With every problem found.
    """
    path = folder / "study.toml"
    try:
        return Study.model_validate(_parse(path))
    except ValidationError as error:
        findings = [_finding(fault) for fault in error.errors(include_url=False, include_input=False)]
        problems = plural(len(findings), "problem")
        raise StudyError(f"{path.name} has {problems}:", findings, "Correct study.toml and run again.") from None


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        do = "Run `riskstrat init DIR` to start a study, or name its folder with `--study DIR`."
        raise StudyError(f"There is no study.toml in {path.parent.resolve().name or path.parent}.", advice=do) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        what = re.sub(r"Cannot declare \((.*?),?\) twice", _twice, str(error))
        raise StudyError(f"{path.name} is not valid TOML: {what}", advice="Correct that line.") from None


def _twice(found: re.Match[str]) -> str:
    name = ".".join(re.findall(r"'([^']*)'", found[1]))
    return f"the section [{name}] occurs twice; put its settings in one"


def _finding(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "study.toml"
    message = "there is no such setting" if fault["type"] == "extra_forbidden" else fault["msg"]
    message = message.replace("Input should", "must").replace("Field required", "is missing")
    return f"{where}: {message.removeprefix('Value error, ')}"
