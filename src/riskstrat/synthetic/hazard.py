"""Monthly hazards of emergency admission and of death in the community."""

from dataclasses import dataclass

import numpy as np

from riskstrat.synthetic.conditions import COLUMN, column_values, interaction_matrix
from riskstrat.synthetic.people import FEMALE, PeopleBatch
from riskstrat.synthetic.timeline import MONTH, BoolArray, FloatArray, IntArray, calendar_month

TAU = 75.0
ACUTE, ACUTE_FRAIL = 3.0, 7.0
SATURATION = 2.4
DEATH_SATURATION = 4.0

ADMISSION_AGES = np.array([0.0, 1.0, 3.0, 10.0, 18.0, 30.0, 45.0, 60.0, 70.0, 80.0, 90.0, 105.0])
ADMISSION_LOGS = np.array([-4.05, -4.55, -5.2, -6.4, -6.46, -6.52, -6.5, -6.32, -6.36, -6.0, -5.45, -5.25])
DEATH_AGES = np.array([0.0, 1.0, 5.0, 20.0, 40.0, 60.0, 70.0, 80.0, 90.0, 105.0])
DEATH_LOGS = np.array([-7.2, -10.5, -12.0, -10.8, -9.6, -8.5, -7.7, -6.9, -6.03, -4.8])

STRENGTH = 3.2
ADMIT = STRENGTH * column_values("admit")
DIE = column_values("die")
PULSE = column_values("pulse")
PAIRS = interaction_matrix()
_BRITTLE = ("heart_failure", "copd", "chronic_liver_disease", "frailty_moderate", "frailty_severe")
BRITTLE = [COLUMN[name] for name in _BRITTLE]
_YOUNG_EXTRA = {
    "depression": 0.9, "severe_mental_illness": 1.0, "alcohol_problem": 1.5, "asthma": 0.4, "epilepsy": 0.5,
    "diabetes": 0.9,
}  # fmt: skip
YOUNG = np.array([_YOUNG_EXTRA.get(name, 0.0) for name in COLUMN])


@dataclass(frozen=True)
class Burden:
    """What a set of conditions adds, before age, season and blood results."""

    raw: FloatArray
    partners: FloatArray
    medicines: FloatArray
    dying: FloatArray
    copd: FloatArray
    acute: FloatArray


def medicine_steps(medicines: FloatArray) -> FloatArray:
    """Compute the log hazard ratio of polypharmacy."""
    return np.asarray(0.15 * (medicines >= 5) + 0.60 * (medicines >= 10))


def burden(people: PeopleBatch, has: BoolArray, when: int) -> Burden:
    """Add up the conditions each patient has."""
    present = has.astype(np.float64)
    partners = present @ PAIRS
    young = np.where(people.age(when) < 50, present @ YOUNG, 0.0)
    return Burden(
        raw=present @ ADMIT + 0.5 * (partners * present).sum(1) + young,
        partners=partners,
        medicines=(people.medicine_start < when).sum(1).astype(np.float64),
        dying=present @ DIE,
        copd=present[:, COLUMN["copd"]],
        acute=np.where(has[:, BRITTLE].any(1), ACUTE_FRAIL, ACUTE),
    )


def saturate(raw: FloatArray, limit: float) -> FloatArray:
    """Make a sum level off: many conditions add less than the first few."""
    return np.asarray(limit * np.tanh(raw / limit))


def egfr(age: FloatArray, kidney: FloatArray) -> FloatArray:
    """Compute the true eGFR, mL/min/1.73m2."""
    return np.asarray(np.clip(116 - 0.82 * np.maximum(age - 20, 0) + 15 * kidney, 5, 125))


def haemoglobin(age: FloatArray, sex: IntArray, blood: FloatArray) -> FloatArray:
    """Compute the true haemoglobin, g/L."""
    return np.asarray(np.where(sex == FEMALE, 133.0, 146.0) - 0.35 * np.maximum(age - 60, 0) + 11 * blood)


def albumin(age: FloatArray, protein: FloatArray) -> FloatArray:
    """Compute the true serum albumin, g/L."""
    return np.asarray(44.5 - 0.09 * np.maximum(age - 40, 0) + 3.0 * protein)


def abnormal(people: PeopleBatch, when: int) -> BoolArray:
    """Say whether any blood result raises risk, so that the practice repeats it often."""
    return np.asarray(blood_steps(people, when) > 0)


def blood_steps(people: PeopleBatch, when: int) -> FloatArray:
    """Compute the log hazard ratio of kidney function, anaemia and low albumin."""
    age = people.age(when)
    total = np.zeros(people.size)
    for result, low, very_low in (
        (egfr(age, people.kidney), 45, 30),
        (haemoglobin(age, people.sex, people.blood), 115, 100),
        (albumin(age, people.protein), 36, 32),
    ):
        total = total + 0.20 * (result < low) + 0.90 * (result < very_low)
    return total


def admission_rate(people: PeopleBatch, load: Burden, when: int) -> FloatArray:
    """Compute the daily hazard of emergency admission at z = 1, away from any acute disturbance."""
    winter = np.cos(2 * np.pi * (calendar_month(when) - 1) / 12)
    log_rate = (
        np.interp(people.age(when), ADMISSION_AGES, ADMISSION_LOGS)
        + np.where((people.sex == FEMALE) == (people.age(when) < 50), 0.40, 0.0)
        + np.where(people.age(when) < 65, 0.14, 0.0) * (5.5 - people.decile)
        + saturate(load.raw, SATURATION)
        + medicine_steps(load.medicines)
        + blood_steps(people, when)
        + (0.08 + 0.30 * load.copd) * winter
    )
    return np.asarray(np.exp(log_rate) / MONTH)


def death_rate(people: PeopleBatch, load: Burden, when: int) -> FloatArray:
    """Compute the daily hazard of death outside hospital."""
    log_rate = (
        np.interp(people.age(when), DEATH_AGES, DEATH_LOGS)
        + np.where(people.sex == FEMALE, 0.0, 0.3)
        + 0.04 * (5.5 - people.decile)
        + saturate(load.dying, DEATH_SATURATION)
    )
    return np.asarray(np.exp(log_rate) / MONTH)


def hospital_death(people: PeopleBatch, load: Burden, when: int) -> FloatArray:
    """Compute the probability that an emergency admission ends in death."""
    logit = -7.0 + 0.05 * people.age(when) + 0.45 * saturate(load.dying, DEATH_SATURATION)
    return np.asarray(1 / (1 + np.exp(-logit)))


def acute_days(level: FloatArray, days: FloatArray) -> FloatArray:
    """Integrate over the coming `days` an acute level that decays with `TAU`."""
    return np.asarray(level * TAU * -np.expm1(-days / TAU))
