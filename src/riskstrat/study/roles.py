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
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from riskstrat.study.settings import Settings

CAPACITIES = ("per_practice", "per_team", "per_1000", "caseload")
MINIMAL = (
    "rank", "patient_id", "practice_code", "role", "index_date", "age_band", "change", "months_listed",
    "decision", "reason", "decided_by_role", "decided_on", "next_review_on",
)  # fmt: skip


class RoleSettings(Settings):
    """One team's list.

    Exactly one capacity: `per_practice` people, `per_team` people of a team of practices, `per_1000` of the practice's
    cohort, or the free places of a `caseload` that many people large (of each practice, or of each team of practices).
    """

    title: str
    purpose: str = ""
    eligible: str = "True"
    order: tuple[str, ...] = ("-risk_pct", "-emergency_admissions_12m")
    per_practice: Annotated[int, Field(ge=1)] | None = None
    per_team: Annotated[int, Field(ge=1)] | None = None
    per_1000: Annotated[float, Field(gt=0, le=1000)] | None = None
    caseload: Annotated[int, Field(ge=1)] | None = None
    caseload_of: Literal["practice", "team"] = "practice"
    group_by: str | None = None
    columns: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    lists_despite: tuple[str, ...] = ()
    own_basis: bool = False
    legal_basis: str = ""

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
_BUILT_IN: Mapping[str, Mapping[str, Any]] = {
    "gp_mdt": {
        "title": "GP multidisciplinary team",
        "purpose": "whom to discuss first, whatever the condition",
        "per_1000": 20,
    },
    "community_matron": {
        "title": "Community matron",
        "purpose": "case management of people with several conditions at home",
        "eligible": (
            "(emergency_admissions_12m >= 2 or ltc_count >= 3) and risk_pct >= 15"
            " and not care_home and not end_of_life_register and not on_caseload"
        ),
        "caseload": 50,
    },
    "heart_failure_nurse": {
        "title": "Heart failure nurse",
        "purpose": "heart failure reviewed and treated at home",
        "eligible": "has_heart_failure and risk_pct >= 10 and not end_of_life_register and not on_caseload",
        "per_practice": 10,
        "lists_despite": ("care_home_pathway",),
    },
    "copd_nurse": {
        "title": "COPD nurse",
        "purpose": "inhalers, rescue packs and rehabilitation in COPD",
        "eligible": "has_copd and risk_pct >= 10 and not end_of_life_register and not on_caseload",
        "per_practice": 10,
    },
    "diabetes_nurse": {
        "title": "Diabetes nurse",
        "purpose": "treatment and monitoring of diabetes",
        "eligible": "has_diabetes and risk_pct >= 10 and not end_of_life_register and not on_caseload",
        "per_practice": 10,
        "lists_despite": ("care_home_pathway",),
    },
    "geriatrician": {
        "title": "Geriatrician",
        "purpose": "comprehensive geriatric assessment",
        "eligible": (
            "age >= 75 and risk_pct >= 15 and (has_frailty_severe or has_frailty_moderate or has_falls or has_dementia"
            " or emergency_admissions_12m >= 2) and not end_of_life_register"
        ),
        "per_practice": 10,
        "lists_despite": ("care_home_pathway",),
    },
    "pharmacist": {
        "title": "Pharmacist",
        "purpose": "medication review where medicines may do harm",
        "eligible": "risk_pct >= 5 and (medicines >= 10 or medicine_alerts >= 1)",
        "order": ("-medicine_alerts", "-risk_pct"),
        "per_practice": 15,
        "printed": (
            "rank", "patient_id", "age_band", "sex", "risk_pct", "change", "to_do", "medicines",
            "long_term_conditions", "care_home", "end_of_life_register", "on_caseload", "decision", "reason",
            "next_review_on",
        ),
        "lists_despite": ("care_home_pathway", "palliative_pathway"),
    },
    "care_home": {
        "title": "Care-home round",
        "purpose": "everyone of the practice who lives in a care home, home by home, for the practice's own round",
        "eligible": "care_home",
        "per_practice": 60,
        "group_by": "care_home_id",
        "printed": (
            "rank", "patient_id", "care_home_id", "age_band", "sex", "risk_pct", "change", "reason_1", "to_do",
            "emergency_admissions_12m", "end_of_life_register", "on_caseload", "decision", "reason", "next_review_on",
        ),
        "lists_despite": ("care_home_pathway", "palliative_pathway"),
    },
    "district_nurse": {
        "title": "District nurse",
        "purpose": "nursing at home, at the end of life too",
        "eligible": "(housebound or age >= 75 or end_of_life_register) and risk_pct >= 10 and not care_home",
        "caseload": 110,
        "lists_despite": ("palliative_pathway",),
    },
    "social_worker": {
        "title": "Social worker",
        "purpose": "care and support at home; holds the least that a referral needs",
        "eligible": "risk_pct >= 15 and (age >= 75 or has_lives_alone or has_carer) and not care_home",
        "per_practice": 10,
        "columns": MINIMAL,
        "own_basis": True,
    },
}  # fmt: skip


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
