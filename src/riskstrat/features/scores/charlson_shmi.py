"""Define the Charlson comorbidity index with the weights of the NHS Summary Hospital-level Mortality Indicator.

Decision
--------
Code lists and weights are those of the SHMI methodology, in the order of the Charlson index. The specification itself
could not be read. The weights are those on which three public implementations agree (pycomorb 1.20261001, for
specification 1.60; comorbidipy 0.8.0, for 1.35; OxWearables/UKB_steps_mortality). The code lists are those of the first
and the last, which are the same; comorbidipy adds E110 and M351.

SHMI scores one stay. Here any diagnosis position of any admission of the last 24 months counts, as in the other
Charlson index, so that the two can be compared. A negative sum counts as 0, as in the first two implementations. Of the
severities of liver disease, cancer and diabetes only the heavier weight counts. That is the more severe form, except
for diabetes: with complications it weighs -1 and without 3. A patient coded with both gets 3 here and -1 in the
implementations.

Source: NHS England (NHS Digital), Summary Hospital-level Mortality Indicator, methodology specification.
"""

from riskstrat.features.aggregates import Weight
from riskstrat.features.scores.quan import MALIGNANCY, METASTATIC
from riskstrat.features.scores.score import ClinicalScore

LUNG = "J40 J41 J42 J43 J44 J45 J46 J47 J60 J61 J62 J63 J64 J65 J66 J67"
BRAIN = "G450 G451 G452 G454 G458 G459 G46 I60 I61 I62 I63 I64 I65 I66 I67 I68 I69"
_DIABETES = "E101 E105 E106 E108 E109 E111 E115 E116 E118 E119 E131 E135 E136 E138 E139 E141 E145 E146 E148 E149"
DIABETES_COMPLICATIONS = "E102 E103 E104 E107 E112 E113 E114 E117 E132 E133 E134 E137 E142 E143 E144 E147"
KIDNEY = "I12 I13 N01 N03 N052 N053 N054 N055 N056 N072 N073 N074 N18 N19 N25"

CHARLSON_ICD10_SHMI = ClinicalScore(
    listed=False,
    name="charlson_icd10_shmi",
    title="Charlson comorbidity index (SHMI)",
    citation="NHS England SHMI weights and ICD-10 codes",
    dois=("10.1016/0021-9681(87)90171-8",),
    weights=(
        Weight("myocardial_infarction", 5, "I21 I22 I23 I252 I258"),
        Weight("heart_failure", 13, "I50"),
        Weight("peripheral_vascular", 6, "I71 I739 I790 R02 Z958 Z959"),
        Weight("cerebrovascular", 11, BRAIN),
        Weight("dementia", 14, "F00 F01 F02 F03 F051"),
        Weight("pulmonary", 4, LUNG),
        Weight("connective_tissue", 4, "M05 M060 M063 M069 M32 M332 M34 M353"),
        Weight("peptic_ulcer", 9, "K25 K26 K27 K28"),
        Weight("liver", 8, "K702 K703 K717 K73 K74"),
        Weight("diabetes", 3, _DIABETES),
        Weight("diabetes", -1, DIABETES_COMPLICATIONS),
        Weight("paraplegia", 1, "G041 G81 G820 G821 G822"),
        Weight("renal", 10, KIDNEY),
        Weight("cancer", 8, f"{MALIGNANCY} C44 C86"),
        Weight("liver", 18, "K721 K729 K766 K767"),
        Weight("cancer", 14, METASTATIC),
        Weight("hiv", 2, "B20 B21 B22 B23 B24 O987"),
    ),
    months=24,
    lowest=0.0,
    caution=(
        "Developed for death during a stay in an English hospital or within 30 days of discharge. A patient without "
        "hospital records in the window scores 0. The specification could not be read; weights and codes are those on "
        "which public implementations agree."
    ),
)
