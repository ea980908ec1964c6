"""Case-managed patients: how a model treats them in training.

Decision
--------
A team that acts on a list changes what happens to the patients on it. If it prevents admissions, these patients look
safer than they would be without it, and the next model, trained on their records, ranks similar patients lower: acting
on a model biases the next one. ``model.case_managed`` sets the treatment of patients who are on a caseload on the index
date, or join one in the outcome window:

``include`` (default)
    No change: the risk is the risk under current care. Right if few are managed, or if management changes little.
``exclude``
    They are excluded from fitting and calibration. Simple; but the remaining patients are the less sick.
``flag``
    Being managed is a column in fitting and calibration, and is 0 for everyone in scoring: the risk as if nobody were
    managed. Being managed is itself a sign of being sick, so the column may well *raise* the risk.
``weight``
    They are excluded, and similar patients who are not managed represent them: each weighs 1 / (1 - p), where p is the
    chance of being managed given age, sex, admissions, conditions and where they live, at most 10.

None of them recovers what is not in the data: if everyone at the top is managed, nobody can represent them.
`riskstrat compare` shows the effect of each on the figures, among everyone and among patients not managed.

Sources: Liley and others, AISTATS 2021 (PMLR 130:3916), on models whose predictions are acted on; Groenwold and others,
J Clin Epidemiol 2016;78:90, doi 10.1016/j.jclinepi.2016.03.017 (a flag); Pajouheshnia and others, BMC Med Res Methodol
2017;17:103, doi 10.1186/s12874-017-0375-8 (leaving out, weighting).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from riskstrat.modelling.dataset import LabelledRows
from riskstrat.modelling.variant import Fitted, ModelColumn
from riskstrat.study import CaseManaged
from riskstrat.tables import Binary, Bools, FeatureMatrix, Floats

FLAG = ModelColumn("case_managed", "flag")
_MOST = 10.0
LIKENESS = (
    "age", "is_female", "emergency_admissions_12m", "ed_attendances_12m", "ltc_count", "has_care_home",
    "has_palliative_care", "has_housebound",
)  # fmt: skip
FEWEST = 10


@dataclass(frozen=True)
class Unmanaged:
    """A model fitted with a case-managed flag, used with the flag at 0 for everyone."""

    fitted: Fitted

    def log_odds(self, x: FeatureMatrix) -> Floats:
        """Predict log odds with the flag at 0, shape (rows,)."""
        return self.fitted.log_odds(_with_flag(x, np.zeros(len(x))))

    def contributions(self, x: FeatureMatrix) -> Floats:
        """Return what each column except the flag adds, shape (rows, columns)."""
        return self.fitted.contributions(_with_flag(x, np.zeros(len(x))))[:, :-1]

    def save(self, folder: Path) -> None:
        """Write the model's own files."""
        self.fitted.save(folder)


def _with_flag(x: FeatureMatrix, flag: Floats | Bools) -> FeatureMatrix:
    return np.column_stack([x, flag.astype(np.float32)])


def as_deployed(fitted: Fitted, choice: CaseManaged) -> Fitted:
    """Return the model as it is used after training."""
    return Unmanaged(fitted) if choice == "flag" else fitted


def without_case_managed(rows: LabelledRows, choice: CaseManaged) -> LabelledRows:
    """Apply a study's choice about case-managed patients to rows for fitting or calibration."""
    managed = rows.labels.managed
    if choice == "include" or not managed.any():
        return rows if choice != "flag" else _flagged(rows)
    if choice == "flag":
        return _flagged(rows)
    weights = np.ones(rows.rows) if choice == "exclude" else standing_for(rows)
    known = weights if rows.weight is None else weights * rows.weight
    kept = replace(rows, weight=known).only(~managed)
    return kept if choice == "weight" or rows.weight is not None else replace(kept, weight=None)


def _flagged(rows: LabelledRows) -> LabelledRows:
    return replace(rows, x=_with_flag(rows.x, rows.labels.managed), columns=(*rows.columns, FLAG))


def standing_for(rows: LabelledRows) -> Floats:
    """Weight patients so that they also represent similar case-managed ones, shape (rows,); at most 10.

    With fewer than 10 managed patients, all weigh the same.
    """
    managed = rows.labels.managed.astype(np.int8)
    if managed.sum() < FEWEST:
        return np.full(rows.rows, 1 / (1 - managed.mean()))
    chance = _chance_of(managed, np.column_stack([v for n in LIKENESS if (v := rows.value(n)) is not None]))
    return 1 / np.maximum(1 - chance, 1 / _MOST)


def _chance_of(managed: Binary, x: FeatureMatrix) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier

    fit = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, learning_rate=0.1, random_state=0)
    return np.asarray(fit.fit(x, managed).predict_proba(x)[:, 1])
