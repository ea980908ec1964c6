"""PARR-30: readmission within 30 days, from hospital data of England.

Decision
--------
The points are log odds, so that the published risk is their logistic function. A model of a discharge, made at the
index date: of the latest stay that ended in the last 12 months, NULL for people with none (`definitions.latest_stay`);
earlier emergency admissions are all others of the 12 months, and of the 30 days, before the cut. Conditions are those
coded in hospital in the last 24 months, as the paper has them, by the ICD-10 lists of Quan 2005; each adds its own,
with none taking the place of another, as the published guide adds them.

Left out: the 159 hospital terms, which are dated, and deprivation, which is in bands of the IMD score where a store
has deciles; it adds at most 0.10, so that the published risk is a little low. Admissions in obstetrics and gynaecology,
which the paper sets aside, are not told apart from others.

Coefficients are those of a public port (robert-waggott/Parr-30-Implementation); the paper's table could not be read. In
the port metastatic cancer weighs less than other cancer: the two may be exchanged.

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
