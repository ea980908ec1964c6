"""Build the table that lists and eligibility rules use: scores, features and caseload of each patient.

Decision
--------
A column that no feature can fill is blank for everyone, never 0, and a rule that names it is refused: "two or more
admissions" would be true of nobody, and "not in a care home" of everybody. Without a caseload extract nobody is on a
caseload, so a rule may exclude patients on a caseload before there is such an extract.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from riskstrat.features import ClinicalScore, Condition, Feature, FeatureColumn, Plan
from riskstrat.lists.prompts import PROMPTING_MEDICINES, medicine_alerts
from riskstrat.lists.rules import RuleKind, names_in, rule_faults
from riskstrat.study import RoleSettings
from riskstrat.tables import unmet

_SAME = ("emergency_admissions_12m", "acsc_admissions_12m", "emergency_bed_days_12m", "ed_attendances_12m", "ltc_count")
COUNTS = {**{name: name for name in _SAME}, "medicines": "medicines_6m"}
STATUSES = {"end_of_life_register": "has_palliative_care", "housebound": "has_housebound", "care_home": "has_care_home"}
FROM_SCORES = ("patient_id", "practice_code", "risk_pct", "percentile", "band")
FROM_COHORT = ("age", "sex")
IDENTITY = ("patient_id", *FROM_COHORT)
FROM_PAST = ("rising", "on_caseload")
OWN_COLUMNS = (*FROM_SCORES, *FROM_COHORT, *COUNTS, *STATUSES, "care_home_id", "medicine_alerts", *FROM_PAST)
TEXTS = ("patient_id", "practice_code", "band", "sex", "care_home_id")
_FLAGS = (*STATUSES, "rising")
_STAYS = ("emergency_admissions_24m", "elective_admissions_24m", "day_cases_24m", "admissions_24m")
GAPS = {
    "days_since_gp_consultations": "no contact with the practice recorded",
    "systolic_bp_latest": "no blood pressure reading in 3 years",
    "egfr_latest": "no kidney function test in 3 years",
    "imd_decile": "deprivation not recorded",
}


def _names(role: RoleSettings) -> dict[str, set[str]]:
    """Find the columns that each part of a role's rule names; none where `eligible` cannot be read."""
    return {"eligible": names_in(role.eligible), "order": {term.lstrip("-") for term in role.order}}


def named_in(roles: Iterable[RoleSettings]) -> set[str]:
    """Find the columns that the rules of some roles name."""
    return {name for role in roles for names in _names(role).values() for name in names}


def absent_in_lists(chosen: Plan) -> dict[str, str]:
    """Find the columns that are blank for everyone, each with the reason."""
    gone = chosen.absent_columns
    sources = {**COUNTS, **STATUSES, "sex": "is_female"}
    blank = {name: gone[source] for name, source in sources.items() if source in gone}
    if not unmet(("patients.care_home",), chosen.carried):
        blank.pop("care_home", None)
    if all(set(one.reads) & gone.keys() for one in PROMPTING_MEDICINES):
        blank["medicine_alerts"] = gone[next(iter(set(PROMPTING_MEDICINES[0].reads) & gone.keys()))]
    if missing := unmet(("patients.care_home_id",), chosen.carried):
        blank["care_home_id"] = f"no extract carries {missing[0]}"
    return {**gone, **blank}


def absent_faults(roles: Mapping[str, RoleSettings], chosen: Plan) -> list[str]:
    """List the rules that name a column that the snapshot cannot fill, with the reason."""
    gone = absent_in_lists(chosen)
    return [
        f"roles.{name}.{part}: {column} is not available ({gone[column]})"
        for name, role in roles.items()
        for part, named in _names(role).items()
        for column in sorted(named & gone.keys())
    ]


def kinds_of(matrix_columns: Iterable[FeatureColumn]) -> dict[str, RuleKind]:
    """Return the kind of each column that a rule may name."""
    matrix: dict[str, RuleKind] = {c.name: "flag" if c.kind == "flag" else "number" for c in matrix_columns}
    own: dict[str, RuleKind] = {
        name: "text" if name in TEXTS else "flag" if name in _FLAGS else "number" for name in OWN_COLUMNS
    }
    return {**matrix, **own, "on_caseload": "presence"}


def role_faults(roles: Mapping[str, RoleSettings], matrix_columns: Sequence[FeatureColumn]) -> list[str]:
    """List the errors in the rules of the roles; rules may also name columns of the matrix."""
    known = kinds_of(matrix_columns)
    faults = [
        f"roles.{name}.eligible: {fault}"
        for name, role in roles.items()
        for fault in rule_faults(role.eligible, known, known)
    ]
    orders = [(name, "order", term, term.lstrip("-")) for name, role in roles.items() for term in role.order]
    groups = [(name, "group_by", role.group_by, role.group_by) for name, role in roles.items() if role.group_by]
    return faults + [
        f"roles.{r}.{part}: {said!r} is not a column" for r, part, said, one in orders + groups if one not in known
    ]


def facts(
    scores: pa.Table, features: pa.Table, cohort: pa.Table, held: Mapping[str, str], named: Iterable[str]
) -> pd.DataFrame:
    """Join scores, features and caseload: one row for each patient, with all that rules and lists need.

    Parameters
    ----------
    scores, features, cohort : pyarrow.Table
        The same patients in the same order.
    held : mapping of str to str
        Pseudonym to the roles whose caseload the patient is on.
    named : iterable of str
        Further columns that the rules name.
    """
    rows: pd.DataFrame = scores.select(["patient_id", "practice_code", "percentile", "band"]).to_pandas()
    rows["risk_pct"] = scores.column("risk").to_numpy() * 100
    rows["age"], rows["sex"] = features.column("age").to_numpy(zero_copy_only=False), features.column("sex").to_pandas()
    have = set(features.column_names)
    for column, source in {**COUNTS, **STATUSES}.items():
        rows[column] = features.column(source).to_pandas() if source in have else np.nan
    flagged = cohort.column("care_home").to_pandas()
    rows["care_home"] = np.fmax(rows["care_home"].to_numpy(float), flagged.to_numpy(float, na_value=np.nan))
    homes = "care_home_id" in cohort.column_names
    rows["care_home_id"] = cohort.column("care_home_id").to_pandas().astype(object) if homes else None
    rows["medicine_alerts"] = medicine_alerts(features)
    rows["on_caseload"] = rows["patient_id"].map(held).astype(object)
    rows["rising"] = np.nan
    for column in sorted((set(named) & have) - set(rows.columns)):
        rows[column] = features.column(column).to_pandas()
    return rows


def details(rows: pd.DataFrame, features: pa.Table, topics: Sequence[Feature], visible_until: date) -> pd.DataFrame:
    """Add the texts that a list shows: conditions, frailty, last contact, gaps in the record.

    The rows of the matrix `features` are in the same order; its days are counted back from `visible_until`.
    """
    matrix = features.to_pandas()
    out = rows.copy()
    low = (out["age"] // 5 * 5).astype(int)
    out["age_band"] = [f"{a}-{a + 4}" if a < 90 else "90+" for a in low]
    conditions = {f"has_{t.name}": t.label for t in topics if isinstance(t, Condition) and t.long_term}
    out["long_term_conditions"] = _joined(matrix, conditions)
    out["frailty_band"] = _frailty(matrix, topics)
    out["frailty_coded"] = _worst(matrix, {f"has_frailty_{level}": level for level in ("severe", "moderate", "mild")})
    out["hfrs_band"] = _hospital_frailty(matrix, topics)
    out["last_gp_contact"] = _date_of_last(matrix, "days_since_gp_consultations", visible_until)
    out["data_gaps"] = _gaps(matrix)
    return out


def _joined(matrix: pd.DataFrame, labels: Mapping[str, str]) -> list[str | None]:
    present = [(column, label) for column, label in labels.items() if column in matrix]
    flags = (matrix[[column for column, _ in present]] == 1).to_numpy(bool)
    names = np.array([label for _, label in present], object)
    return ["; ".join(names[row]) or None for row in flags]


def _worst(matrix: pd.DataFrame, levels: Mapping[str, str]) -> list[str | None]:
    present = {column: level for column, level in levels.items() if column in matrix}
    records = matrix[list(present)].to_dict("records")
    return [next((present[c] for c in present if row[c] == 1), None) for row in records]


def _score(topics: Sequence[Feature], name: str) -> ClinicalScore | None:
    return next((t for t in topics if isinstance(t, ClinicalScore) and t.name == name), None)


def _frailty(matrix: pd.DataFrame, topics: Sequence[Feature]) -> list[str | None]:
    """Give the band of the electronic frailty index, where the study has the code lists for it."""
    score = _score(topics, "efi")
    if score is None or "efi" not in matrix:
        return [None] * len(matrix)
    return [None if pd.isna(points) else score.band(points) for points in matrix["efi"]]


def _hospital_frailty(matrix: pd.DataFrame, topics: Sequence[Feature]) -> list[str | None]:
    """Give the HFRS band of patients aged 75 or over with a hospital stay in its window, and None for others."""
    score = _score(topics, "hfrs")
    stays = [c for c in _STAYS if c in matrix]
    if score is None or "hfrs" not in matrix or not stays:
        return [None] * len(matrix)
    assessed = (matrix["age"] >= 75) & (matrix[stays].sum(axis=1) > 0)
    return [score.band(points) if known else None for points, known in zip(matrix["hfrs"], assessed, strict=True)]


def _date_of_last(matrix: pd.DataFrame, column: str, until: date) -> list[date | None]:
    if column not in matrix:
        return [None] * len(matrix)
    return [None if pd.isna(days) else until - timedelta(days=int(days)) for days in matrix[column]]


def _gaps(matrix: pd.DataFrame) -> list[str | None]:
    present = {column: text for column, text in GAPS.items() if column in matrix}
    empty = matrix[list(present)].isna().to_numpy(bool)
    texts = np.array(list(present.values()), object)
    return ["; ".join(texts[row]) or None for row in empty]
