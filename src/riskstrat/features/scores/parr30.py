"""Define PARR-30: the risk of readmission within 30 days, from hospital data of England.

Decision
--------
The points are log odds, so the published risk is their logistic function. The model was developed for the day of
discharge. At an index date it is calculated for the latest stay that ended in the last 12 months, and is NULL for
patients without one (`definitions.latest_stay`). Earlier emergency admissions are all others of the last 12 months and
of the last 30 days. Conditions are those coded in hospital in the last 24 months, as in the paper, found with the
ICD-10 lists of Quan 2005. Each condition adds its own coefficient, as in the published guide, and none replaces
another.

Two parts are left out. The 159 hospital terms are out of date. Deprivation uses bands of the IMD score, and a snapshot
has deciles; it adds at most 0.10, so the published risk is slightly low. Admissions in obstetrics and gynaecology,
which the paper excludes, are treated like others.

The paper's table could not be read. The coefficients are those of a public implementation
(robert-waggott/Parr-30-Implementation), in which metastatic cancer weighs less than other cancer: the two may be
exchanged.

Source: Billings and others, BMJ Open 2012;2:e001667; the Nuffield Trust's guide to the model, 2012.
"""

from riskstrat.features.aggregates import Weight
from riskstrat.features.scores import quan
from riskstrat.features.scores.score import ClinicalScore, LogisticRisk, Term

PARR30 = ClinicalScore(
    listed=False,
    name="parr30",
    title="PARR-30",
    citation="Billings 2012; Quan 2005 ICD-10 codes",
    dois=("10.1136/bmjopen-2012-001667", "10.1097/01.mlr.0000182534.19832.83"),
    constant=-2.91821,
    terms=(
        Term("age squared", "age", each=0.000060581, power=2),
        Term("emergency admissions in the last year", "other_emergency_admissions_12m", each=0.1215),
        Term("emergency admission in the last 30 days", "other_emergency_admissions_1m", ((1, 0.5258),)),
        Term("current admission is an emergency", "latest_stay_emergency", ((1, 0.5565),)),
        Term("history of conditions", "parr30_conditions", each=1),
    ),
    weights=(
        Weight("heart_failure", 0.0950, quan.HEART_FAILURE),
        Weight("peripheral_vascular", 0.1043, quan.PERIPHERAL_VASCULAR),
        Weight("dementia", 0.0467, quan.DEMENTIA),
        Weight("chronic_pulmonary", 0.2243, quan.CHRONIC_PULMONARY),
        Weight("other_liver", 0.2133, quan.LIVER_MILD),
        Weight("other_cancer", 0.5069, quan.MALIGNANCY),
        Weight("metastatic", 0.2762, quan.METASTATIC),
        Weight("severe_liver", 0.2673, quan.LIVER_SEVERE),
        Weight("diabetes_complicated", 0.1457, quan.DIABETES_COMPLICATED),
        Weight("plegia", 0.1061, quan.PLEGIA),
        Weight("renal", 0.1977, quan.RENAL),
    ),
    months=24,
    tables=("spells", "diagnoses", "patients"),
    unit="log odds",
    window="latest stay of 365 days",
    phrase_from=None,
    published=LogisticRisk(0.0, 1.0),
    published_outcome="emergency readmission within 30 days of discharge",
    caution=(
        "Developed for the day of discharge. Here it scores the latest stay that ended in the last 12 months; it does "
        "not apply to patients without such a stay. The terms for the hospital and for deprivation are left out. The "
        "public source of the coefficients may have exchanged those of the two cancer rows."
    ),
)
