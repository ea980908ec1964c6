"""Find facts about a patient that a team member can act on, and name the team member.

Decision
--------
A reason says why a risk is high; most reasons (age, past admissions) cannot be changed. A trigger is a fact that a
named member of the team can look into. It is a prompt, not an order: its presence does not show that acting on it
prevents an admission.

The combinations of medicines are those that English prescribing-safety work counts: an NSAID with an anticoagulant or
antiplatelet (bleeding), an NSAID with a renin-angiotensin medicine and a diuretic (kidney injury), an opioid with a
benzodiazepine, hypnotic or gabapentinoid (sedation, breathing). Sources: PINCER trial, Avery et al., Lancet 2012,
doi:10.1016/S0140-6736(11)61817-5; NHSBSA medication-safety indicators; MHRA Drug Safety Update, opioids (2020) and
gabapentinoids (2017). "Prescribed" means an item in the last six months; the pharmacist checks whether both are
taken today. Ten or more medicines is the limit of the NHSBSA's polypharmacy comparators. Vaccinations are those offered
to everyone from 65 (UKHSA, Green Book, chapters 19 and 25); one is reported as missing only where the extracts record
any.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from riskstrat.tables import Bools, Floats
from riskstrat.wording import plural

TEN = 10
_MONTH = 30
OFFERED_FROM = 65


@dataclass(frozen=True)
class Trigger:
    """A fact to act on, the team member responsible, and the role whose list shows it first.

    Parameters
    ----------
    reads : tuple of str
        Columns of the matrix; the trigger is not assessed where one is missing.
    holds : callable
        Function from the columns to a flag for each patient; false where a value was not assessed.
    says : callable
        Function from the patient's values to words.
    """

    name: str
    who: str
    role: str
    reads: tuple[str, ...]
    holds: Callable[[Mapping[str, pd.Series]], pd.Series]
    says: Callable[[Mapping[str, Any]], str]


def _any(*names: str) -> Callable[[Mapping[str, pd.Series]], pd.Series]:
    return lambda of: pd.concat([of[name] > 0 for name in names], axis=1).any(axis=1)


def _all(*parts: Callable[[Mapping[str, pd.Series]], pd.Series]) -> Callable[[Mapping[str, pd.Series]], pd.Series]:
    return lambda of: pd.concat([part(of) for part in parts], axis=1).all(axis=1)


NSAID, OPIOID = _any("nsaids_items_6m"), _any("opioids_items_6m", "strong_opioids_items_6m")
SEDATIVE = _any("hypnotics_anxiolytics_items_6m", "gabapentinoids_items_6m")
THINNER = _any("anticoagulants_items_6m", "antiplatelets_items_6m")
DIURETIC = _any("loop_diuretics_items_6m", "other_diuretics_items_6m")

PROMPTING_MEDICINES = (
    Trigger("nsaid_with_blood_thinner", "Pharmacist", "pharmacist",
            ("nsaids_items_6m", "anticoagulants_items_6m", "antiplatelets_items_6m"), _all(NSAID, THINNER),
            lambda _: "NSAID with an anticoagulant or antiplatelet"),
    Trigger("nsaid_ace_diuretic", "Pharmacist", "pharmacist",
            ("nsaids_items_6m", "ace_inhibitors_arbs_items_6m", "loop_diuretics_items_6m", "other_diuretics_items_6m"),
            _all(NSAID, _any("ace_inhibitors_arbs_items_6m"), DIURETIC),
            lambda _: "NSAID with an ACE inhibitor or angiotensin blocker and a diuretic"),
    Trigger("opioid_with_sedative", "Pharmacist", "pharmacist",
            ("opioids_items_6m", "strong_opioids_items_6m", "hypnotics_anxiolytics_items_6m",
             "gabapentinoids_items_6m"), _all(OPIOID, SEDATIVE),
            lambda _: "opioid with a benzodiazepine, hypnotic or gabapentinoid"),
)  # fmt: skip
_POLYPHARMACY = Trigger(
    "ten_medicines", "Pharmacist", "pharmacist", ("medicines_6m",), lambda of: of["medicines_6m"] >= TEN,
    lambda of: plural(of["medicines_6m"], "different medicine"),
)  # fmt: skip
_OTHERS = (
    Trigger("recent_discharge", "Community matron", "community_matron",
            ("days_since_discharge", "latest_stay_emergency"),
            lambda of: (of["days_since_discharge"] <= _MONTH) & (of["latest_stay_emergency"] == 1),
            lambda of: f"emergency stay ended {plural(of['days_since_discharge'], 'day')} "
            "before the latest date in the data"),
    Trigger("avoidable_admission", "GP", "gp_mdt", ("acsc_admissions_12m",), lambda of: of["acsc_admissions_12m"] >= 1,
            lambda of: f"{plural(of['acsc_admissions_12m'], 'admission')} in 12 months that care can often avoid"),
    Trigger("falls", "Geriatrician", "geriatrician", ("has_falls",), lambda of: of["has_falls"] == 1,
            lambda _: "falls recorded (assess the risk of falling)"),
    Trigger("missed_outpatients", "Care coordinator", "gp_mdt", ("outpatient_missed_12m",),
            lambda of: of["outpatient_missed_12m"] >= 2,
            lambda of: f"{plural(of['outpatient_missed_12m'], 'missed outpatient appointment')} "
            "in 12 months (ask why)"),
    Trigger("smoker", "GP", "gp_mdt", ("has_current_smoker",), lambda of: of["has_current_smoker"] == 1,
            lambda _: "smokes (offer help to stop)"),
)  # fmt: skip
CARE = (
    Trigger("no_review", "GP", "gp_mdt", ("has_gp_review", "ltc_count"),
            lambda of: (of["has_gp_review"] == 0) & (of["ltc_count"] >= 1),
            lambda _: "no review of a condition, care plan or medicines recorded in 12 months"),
    Trigger("no_influenza_vaccination", "GP", "gp_mdt", ("has_influenza_vaccination", "age"),
            lambda of: (of["has_influenza_vaccination"] == 0) & (of["age"] >= OFFERED_FROM),
            lambda _: "no influenza vaccination recorded in 12 months"),
    Trigger("no_pneumococcal_vaccination", "GP", "gp_mdt", ("has_pneumococcal_vaccination", "age"),
            lambda of: (of["has_pneumococcal_vaccination"] == 0) & (of["age"] >= OFFERED_FROM),
            lambda _: "no pneumococcal vaccination recorded"),
)  # fmt: skip
TRIGGERS = (_POLYPHARMACY, *PROMPTING_MEDICINES, *_OTHERS, *CARE)


def medicine_alerts(matrix: pa.Table) -> Floats:
    """Count each patient's risky combinations of medicines; NaN where the extracts have no medicines."""
    held = [trigger for trigger in PROMPTING_MEDICINES if set(trigger.reads) <= set(matrix.column_names)]
    if not held:
        return np.full(matrix.num_rows, np.nan)
    flags = np.array([_flags_of(trigger, matrix) for trigger in held], np.float64)
    return np.asarray(flags.sum(axis=0))


def _flags_of(trigger: Trigger, matrix: pa.Table) -> Bools:
    columns = {name: matrix.column(name).to_pandas() for name in trigger.reads}
    return np.asarray(trigger.holds(columns).fillna(False), bool)


def to_do(matrix: pa.Table, first: str) -> list[str | None]:
    """Write what can be done for each listed patient and by whom, with the facts for the role `first` first.

    Each text reads "Pharmacist: 12 different medicines, ...; GP: ...".
    """
    each = _by_whom(matrix, first)
    return ["; ".join(f"{who}: {', '.join(said)}" for who, said in one.items()) or None for one in each]


def triggers_of(row: pa.Table) -> list[tuple[str, str]]:
    """List what can be done for one patient, as (team member, what), given the row of the feature matrix."""
    return [(who, what) for who, said in _by_whom(row, "")[0].items() for what in said]


def _by_whom(matrix: pa.Table, first: str) -> list[dict[str, list[str]]]:
    """Group by team member what each patient needs."""
    names = set(matrix.column_names)
    known = sorted((t for t in TRIGGERS if set(t.reads) <= names), key=lambda trigger: trigger.role != first)
    flags = [_flags_of(trigger, matrix) for trigger in known]
    numbers = matrix.select(sorted({name for trigger in known for name in trigger.reads})).to_pylist()
    found: list[dict[str, list[str]]] = [{} for _ in range(matrix.num_rows)]
    for trigger, flag in zip(known, flags, strict=True):
        for row in np.flatnonzero(flag):
            found[row].setdefault(trigger.who, []).append(trigger.says(numbers[row]))
    return found
