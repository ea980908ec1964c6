"""Describe in words who is scored, what high risk means, and who each role may list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypedDict

from riskstrat.features import all_features
from riskstrat.governance import HIDDEN, about, percent, rounded
from riskstrat.lists.places import places_in_words
from riskstrat.lists.plain_english import Label, column_labels, order_in_words, rule_in_words
from riskstrat.study import OutcomeSettings, Packages, RoleSettings, Study
from riskstrat.wording import sentence

EVENTS = {
    "unplanned_admission": "at least one unplanned admission to hospital",
    "unplanned_admission_or_death": "at least one unplanned admission to hospital, or death,",
    "any_admission": "at least one admission to hospital, planned or not,",
    "ed_attendance": "at least one unplanned attendance at an emergency department",
}

_DEATHS = {"ignore": "", "composite": ", or death,", "weight": ", if no patient died before it,"}


def outcome_in_words(study: Study) -> str:
    """Describe the outcome, with its codes.

    >>> outcome_in_words(Study(name="x"))[:77]
    'at least one unplanned admission to hospital in the 365 days from the index d'
    """
    event, death = EVENTS[study.outcome.event], _DEATHS[study.outcome.competing_death]
    event = event.rstrip(",") if death else event
    days = f"in the {study.outcome.days} days from the index date"
    return f"{event}{death} {days} ({_counted_as(study.outcome)})"


def _counted_as(outcome: OutcomeSettings) -> str:
    """Describe what counts as the event, and what does not."""
    if outcome.event == "ed_attendance":
        return "any department; planned follow-up attendances are not counted"
    methods = " ".join(outcome.admission_methods)
    begun = "of any kind" if outcome.event == "any_admission" else f"begun by admission method {methods}"
    cases = "" if "2" in outcome.patient_classes else "day cases, "
    return f"a continuous inpatient spell {begun}; {cases}regular attenders and transfers are not counted"


def people_in_words(study: Study) -> str:
    """Describe who is scored."""
    kinds = ", ".join(study.cohort.opt_outs)
    opted_out = f", not opted out ({kinds})" if kinds else ""
    least, most = study.cohort.min_age, study.cohort.max_age
    ages = f"{least} or over" if most >= 120 else f"{least} to {most}"
    return f"people registered with a practice on the index date, alive, aged {ages}{opted_out}"


def definition_in_words(study: Study) -> str:
    """Describe high risk, in the one wording that every output uses."""
    return f"a risk of {study.high_risk.risk_pct:g} % or more of {outcome_in_words(study)}"


@cache
def labels(packages: Packages = ()) -> Mapping[str, Label]:
    """Give the labels of the columns that a rule may name."""
    return column_labels(column for feature in all_features(packages).values() for column in feature.columns())


class RoleWords(TypedDict):
    """A role's rule, order and capacity in words."""

    rule: str
    order: str
    capacity: str


def role_in_words(role: RoleSettings, packages: Packages = ()) -> RoleWords:
    """Describe who may be on a role's list, in what order, and how many.

    >>> role_in_words(RoleSettings(title="x", eligible="age >= 65", order=("-risk_pct",), per_practice=20))["rule"]
    'age of 65 or more'
    """
    return {
        "rule": rule_in_words(role.eligible, labels(packages)),
        "order": f"{_grouped(role)}{order_in_words(role.order, labels(packages))}",
        "capacity": places_in_words(role),
    }


def _grouped(role: RoleSettings) -> str:
    """Describe the groups that stay together on a role's list."""
    group = (role.group_by or "").removesuffix("_id").replace("_", " ")
    return f"grouped by {group}; groups and patients by " if group else ""


def criteria_in_words(study: Study, role: str) -> str:
    """Describe in one text who may be on a role's list, in what order, and how many."""
    said = role_in_words(study.roles[role], study.packages)
    people = sentence(people_in_words(study))
    return f"{people}. Rule: {said['rule']}. Order: {said['order']}. Capacity: {said['capacity']}"


class HighRiskTest(TypedDict):
    """People at high risk on the test index date, and the outcomes per 100 of them; `*` if too few."""

    index_date: date
    people: int | str
    per_100: float | str | None


class HighRiskFacts(TypedDict):
    """The numbers of high risk, as JSON shows them."""

    people: int
    high_risk: int
    expected_per_100: float | None
    test_date: HighRiskTest | None


@dataclass(frozen=True)
class HighRisk:
    """Numbers of high risk: people scored, people at high risk, and the sum of the risks of the latter.

    On the test index date `tested`, `then` people were at high risk, and `had` of them had the outcome.
    """

    people: int
    high: int
    expected: float
    tested: date | None = None
    then: int = 0
    had: int = 0

    @property
    def of_100(self) -> float | None:
        """Outcomes that the model expects per 100 people at high risk."""
        return round(100 * self.expected / self.high, 1) if self.high else None

    def facts(self) -> HighRiskFacts:
        """Return the numbers as data; those of the test date follow the rule for small numbers."""
        then: HighRiskTest | None = None
        if self.tested:
            per_100 = percent(self.had, self.then)
            then = {"index_date": self.tested, "people": rounded(self.then), "per_100": per_100}
        return {"people": self.people, "high_risk": self.high, "expected_per_100": self.of_100, "test_date": then}

    def in_words(self) -> str:
        """Write the numbers in a sentence or two.

        >>> HighRisk(31204, 412, 169.0, date(2025, 1, 1), 398, 151).in_words()
        '412 of 31,204 people. Of 100 such people the model expects 41 to have the outcome. On the test index date, ...'
        >>> HighRisk(300, 9, 4.0, date(2025, 1, 1), 9, 4).in_words().split(". ")[-1]
        'On the test index date, 2025-01-01, about 10 people were at high risk; fewer than 8 had the outcome.'
        """
        text = f"{self.high:,} of {self.people:,} people."
        if self.of_100 is not None:
            text += f" Of 100 such people the model expects {self.of_100:.0f} to have the outcome."
        return f"{text} On the test index date, {self.tested}, {self._then()}." if self.tested else text

    def _then(self) -> str:
        rate = percent(self.had, self.then)
        if rate is None:
            return "nobody was at high risk"
        had = about(self.had) if rate == HIDDEN else f"{rate:.0f} in 100"
        return f"{about(self.then)} people were at high risk; {had} had the outcome"
