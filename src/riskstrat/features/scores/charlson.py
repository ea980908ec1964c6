"""Define the Charlson comorbidity index from ICD-10 codes.

Decision
--------
The name gives the variant: code lists of Quan 2005 (ICD-10) with the weights of Charlson 1987 (1, 2, 3 and 6), not the
re-estimated weights of Quan 2011. The two severities of diabetes, of liver disease and of cancer each share one family,
of which only the heavier weight counts. Any diagnosis position of any admission of the last 24 months counts. This is
the window of the Hospital Frailty Risk Score, so that the two can be compared, and most extracts cover it for every
index date; with a longer window the score would depend on how far back the extract goes. AIDS codes (B20 to B24) are in
the score as published. They are legally protected and by default removed at ingest, which lowers the score of those
patients.

Sources: Charlson and others, J Chronic Dis 1987;40:373, table 3; Quan and others, Med Care 2005;43:1130, table 1.
"""

from riskstrat.features.aggregates import Weight
from riskstrat.features.scores import quan
from riskstrat.features.scores.score import ClinicalScore

CHARLSON_ICD10_QUAN = ClinicalScore(
    listed=False,
    name="charlson_icd10_quan",
    title="Charlson comorbidity index",
    citation="Charlson 1987 weights; Quan 2005 ICD-10 codes",
    dois=("10.1016/0021-9681(87)90171-8", "10.1097/01.mlr.0000182534.19832.83"),
    weights=(
        Weight("myocardial_infarction", 1, quan.MYOCARDIAL_INFARCTION),
        Weight("heart_failure", 1, quan.HEART_FAILURE),
        Weight("peripheral_vascular", 1, quan.PERIPHERAL_VASCULAR),
        Weight("cerebrovascular", 1, quan.CEREBROVASCULAR),
        Weight("dementia", 1, quan.DEMENTIA),
        Weight("chronic_pulmonary", 1, quan.CHRONIC_PULMONARY),
        Weight("rheumatic", 1, quan.RHEUMATIC),
        Weight("peptic_ulcer", 1, quan.PEPTIC_ULCER),
        Weight("liver", 1, quan.LIVER_MILD),
        Weight("diabetes", 1, quan.DIABETES),
        Weight("diabetes", 2, quan.DIABETES_COMPLICATED),
        Weight("plegia", 2, quan.PLEGIA),
        Weight("renal", 2, quan.RENAL),
        Weight("cancer", 2, quan.MALIGNANCY),
        Weight("liver", 3, quan.LIVER_SEVERE),
        Weight("cancer", 6, quan.METASTATIC),
        Weight("aids", 6, quan.AIDS),
    ),
    months=24,
    caution=(
        "Developed for death within one year of admission. A patient without hospital records in the window scores 0."
    ),
)
