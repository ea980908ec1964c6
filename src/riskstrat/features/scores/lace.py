"""Define the LACE index: length of stay, acuity, comorbidity, emergency department visits.

Decision
--------
The index was developed for the day of discharge. At an index date it is calculated for the latest stay that ended in
the last 12 months, and is NULL for patients without one (`definitions.latest_stay`). Comorbidity has the conditions and
weights of the paper, in its order; they are not those of Charlson. The conditions are found with the ICD-10 lists of
Quan 2005, in any diagnosis position of any admission of the last 24 months. Quan's list of renal disease covers
moderate or severe disease, so the row of mild renal disease has no codes. Visits are the ED attendances of the last 182
days. The paper leaves out the visit that led to the stay, but no extract shows which visit that was, so a score can be
one point higher than at the bedside.

Published risk: the abstract gives 2.0 % for 0 points and 43.7 % for 19 points (the second could not be checked in a
readable source). The table of the points in between could not be read. Their risks lie on a straight line of the log
odds, as they must in a logistic regression on the points.

Sources: van Walraven and others, CMAJ 2010;182:551; points and comorbidity as printed in Wang and others, BMC
Cardiovascular Disorders 2014;14:97, table 1. AIDS is not in that table: its 4 points are those of a modified index.
"""

from riskstrat.features.aggregates import Weight
from riskstrat.features.scores import quan
from riskstrat.features.scores.score import ClinicalScore, LogisticRisk, Term

LACE = ClinicalScore(
    listed=False,
    name="lace",
    title="LACE index",
    citation="van Walraven 2010; Quan 2005 ICD-10 codes",
    dois=("10.1503/cmaj.091117", "10.1097/01.mlr.0000182534.19832.83"),
    terms=(
        Term("L: length of stay, days", "latest_stay_nights", ((1, 1), (2, 2), (3, 3), (4, 4), (7, 5), (14, 7))),
        Term("A: acute admission", "latest_stay_emergency", ((1, 3),)),
        Term("C: comorbidity", "lace_conditions", ((1, 1), (2, 2), (3, 3), (4, 5))),
        Term("E: ED visits in six months", "ed_attendances_6m", ((1, 1), (2, 2), (3, 3), (4, 4))),
    ),
    weights=(
        Weight("myocardial_infarction", 1, quan.MYOCARDIAL_INFARCTION),
        Weight("cerebrovascular", 1, quan.CEREBROVASCULAR),
        Weight("peripheral_vascular", 1, quan.PERIPHERAL_VASCULAR),
        Weight("diabetes", 1, quan.DIABETES),
        Weight("heart_failure", 2, quan.HEART_FAILURE),
        Weight("diabetes", 2, quan.DIABETES_COMPLICATED),
        Weight("chronic_pulmonary", 2, quan.CHRONIC_PULMONARY),
        Weight("liver_or_renal", 2, quan.LIVER_MILD),
        Weight("cancer", 2, quan.MALIGNANCY),
        Weight("dementia", 3, quan.DEMENTIA),
        Weight("connective_tissue", 3, quan.RHEUMATIC),
        Weight("aids", 4, quan.AIDS),
        Weight("liver_or_renal", 4, f"{quan.LIVER_SEVERE} {quan.RENAL}"),
        Weight("cancer", 6, quan.METASTATIC),
    ),
    tables=("spells", "ed_attendances", "diagnoses"),
    window="latest stay of 365 days",
    bands=((0, "low"), (5, "moderate"), (10, "high")),
    published=LogisticRisk.through((0, 0.020), (19, 0.437)),
    published_outcome="death or unplanned readmission within 30 days of discharge",
    caution=(
        "Developed for the day of discharge. Here it scores the latest stay that ended in the last 12 months; it does "
        "not apply to patients without such a stay. The ED attendance that led to the stay is counted too. Only the "
        "published risk for 0 points could be checked."
    ),
)
