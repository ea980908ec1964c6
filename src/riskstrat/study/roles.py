"""The roles that lists are for: who is eligible, in what order, how many patients, and which columns are shown.

Decision
--------
A study has the lists that it names under ``[roles]``, or two lists if it names none: eleven lists for each practice
would be administration, not care. A built-in role needs only its name (``[roles.pharmacist]``); a setting below that
name replaces the same setting of the built-in role.

The rules are starting points for a team to discuss, not findings. They name few columns, so that a role can be used
with few extracts; a rule that names a column that no extract contains is refused, with the reason.

Caseloads differ by role: about 50 patients for a community matron, 110 to 610 for a district nurse (studies of case
management in English primary care). So places on different lists are not comparable.

A list is never longer than the team's capacity: a number of patients for each practice or team of practices, a number
for each 1,000 of the practice's cohort (rounded up), or the free places of a caseload. `lists.places` decides which
patients get the places.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from riskstrat.study.settings import Settings

CAPACITIES = ("per_practice", "per_team", "per_1000", "caseload")


class RoleSettings(Settings):
    """The settings of one role's list.

    Exactly one capacity is set: `per_practice` patients, `per_team` patients for a team of practices, `per_1000` of the
    practice's cohort, or the free places of a `caseload` (of each practice, or of each team of practices).
    """

    title: str
    """Name of the team, as printed."""
    purpose: str = ""
    """What the list is for, in one sentence."""
    eligible: str = "True"
    """Rule that a patient must meet to be listed."""
    order: tuple[str, ...] = ("-risk_pct", "-emergency_admissions_12m")
    """Columns that the list is sorted by; `-` for highest first."""
    per_practice: Annotated[int, Field(ge=1)] | None = None
    """Capacity: this many patients of each practice."""
    per_team: Annotated[int, Field(ge=1)] | None = None
    """Capacity: this many patients of each team of practices under `[teams]`."""
    per_1000: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Capacity: this many in every 1,000 of the practice's cohort."""
    caseload: Annotated[int, Field(ge=1)] | None = None
    """Capacity: the free places of a caseload of this size."""
    caseload_of: Literal["practice", "team"] = "practice"
    """Whether each practice or each team of practices has that caseload."""
    group_by: str | None = None
    """Column by which patients are kept together, such as `care_home_id`."""
    columns: tuple[str, ...] = ()
    """Columns of the list; all if empty."""
    printed: tuple[str, ...] = ()
    """Columns that are printed on paper; the usual ones if empty."""
    lists_despite: tuple[str, ...] = ()
    """Decisions of other roles that do not exclude a patient from this list."""
    own_basis: bool = False
    """Whether the list goes to another service and needs a legal basis of its own."""
    legal_basis: str = ""
    """Legal basis for sharing this list."""

    @model_validator(mode="after")
    def _one_capacity(self) -> RoleSettings:
        if sum(getattr(self, name) is not None for name in CAPACITIES) != 1:
            raise ValueError("give exactly one capacity: per_practice, per_team, per_1000 or caseload")
        return self

    @property
    def by_team(self) -> bool:
        """Whether a team of practices shares the capacity."""
        return self.per_team is not None or (self.caseload is not None and self.caseload_of == "team")

    def capacity(self, cohort: int, held: int) -> int:
        """Compute the number of places on a list, or on the lists of a team of practices together.

        `cohort` counts the patients of the practice or team in the cohort, `held` those already on the role's caseload.

        >>> RoleSettings(title="x", per_1000=20).capacity(450, 0)
        9
        >>> RoleSettings(title="x", caseload=50).capacity(450, 47)
        3
        """
        if self.per_1000 is not None:
            return math.ceil(cohort * self.per_1000 / 1000)
        if self.caseload is not None:
            return max(0, self.caseload - held)
        return self.per_practice or self.per_team or 0

    def areas(self, practices: pd.Series, teams: Mapping[str, str]) -> pd.Series:
        """Name the area that shares a capacity: the practice of each row, or its team of practices."""
        if not self.by_team:
            return practices
        return practices.astype(object).map(lambda one: f"team {teams[one]}" if one in teams else one)


ACTIVE = ("gp_mdt", "community_matron")
_BUILT_IN: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    files("riskstrat").joinpath("templates", "roles.toml").read_text(encoding="utf-8")
)


def with_built_in(given: Any) -> Any:
    """Complete roles with the settings of the built-in role of the same name.

    >>> with_built_in({"pharmacist": {"caseload": 40}})["pharmacist"]["title"]
    'Pharmacist'
    >>> "per_practice" in with_built_in({"pharmacist": {"caseload": 40}})["pharmacist"]
    False
    """
    if not isinstance(given, dict):
        return given
    return {name: _with(_BUILT_IN.get(name, {}), role) for name, role in given.items()}


def _with(default: Mapping[str, Any], role: Any) -> Any:
    if not isinstance(role, dict):
        return role
    own = any(name in role for name in CAPACITIES)
    return {**{k: v for k, v in default.items() if not (own and k in CAPACITIES)}, **role}


def built_in_roles() -> dict[str, RoleSettings]:
    """Read the built-in roles, which a study needs only to name."""
    return {name: RoleSettings.model_validate(dict(role)) for name, role in _BUILT_IN.items()}


def default_roles() -> dict[str, RoleSettings]:
    """Return the two roles of a study that names none."""
    return {name: role for name, role in built_in_roles().items() if name in ACTIVE}
