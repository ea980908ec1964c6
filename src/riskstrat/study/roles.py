"""The teams that lists are for, as data: who may be on one, in what order, how many, and what it shows.

Decision
--------
A study has the lists it names under ``[roles]``, and two where it names none: eleven lists a practice would be
administration, not care. A role that is built in needs no more than its name (``[roles.pharmacist]``); what is set
there replaces that setting of the built-in role.

The rules are starting points for a team to argue about, not findings. They name few columns, so that a role can be
used with few extracts; a rule that names a column which no extract carries is refused, with the reason.

Caseloads differ by role: a community matron holds about 50 people, a district nurse 110 to 610 (studies of case
management in English primary care), so that a place on one list is not a place on another.

A list is never longer than the team's capacity: so many people a practice, or a team of practices, so many in 1,000 of
the practice's cohort (rounded up), or the free places of a caseload. Who gets the places is decided in `lists.places`.
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
    """One team's list.

    Exactly one capacity: `per_practice` people, `per_team` people of a team of practices, `per_1000` of the practice's
    cohort, or the free places of a `caseload` that many people large (of each practice, or of each team of practices).
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
        """Whether its capacity is a team's of practices, and not each practice's own."""
        return self.per_team is not None or (self.caseload is not None and self.caseload_of == "team")

    def capacity(self, cohort: int, held: int) -> int:
        """How many people a list, or those of a team of practices together, may hold.

        `cohort` counts the people of the practice or team in the cohort, `held` those already on this role's caseload.

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
        """What its capacity is counted over: the practice of each row, or its team."""
        if not self.by_team:
            return practices
        return practices.astype(object).map(lambda one: f"team {teams[one]}" if one in teams else one)


ACTIVE = ("gp_mdt", "community_matron")
_BUILT_IN: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    files("riskstrat").joinpath("templates", "roles.toml").read_text(encoding="utf-8")
)


def with_built_in(given: Any) -> Any:
    """Roles as given, each with what the built-in role of its name has and it does not set.

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
    """Every role that a study may name without saying more."""
    return {name: RoleSettings.model_validate(dict(role)) for name, role in _BUILT_IN.items()}


def default_roles() -> dict[str, RoleSettings]:
    """The two roles a study has until it says otherwise."""
    return {name: role for name, role in built_in_roles().items() if name in ACTIVE}
