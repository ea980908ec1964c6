"""List the codes of ambulatory-care-sensitive conditions, whose admissions care outside hospital can often prevent.

Decision
--------
Three schemes are in use in England: NHS Outcomes Framework indicator 2.3.i (12 rows, chronic conditions), the PCN
Investment and Impact Fund indicator AC-02 (11 rows, chronic and acute) and the NHS Institute's 19 conditions. This list
is NHS Outcomes Framework 2.3.i, "unplanned hospitalisation for chronic ambulatory care sensitive conditions". It is a
national indicator with a published definition, and a team that works from a list can act on its conditions; infections
of the ear, teeth and skin are no reason to offer a care plan. Its name is shown with every column and report that uses
it. Another scheme would need another constant.

Only the primary diagnosis counts, as in the indicator. The rules that need more than one code of a stay are not
applied. Hepatitis B counts even with sickle-cell disease (D57). Heart failure, hypertension, angina and chronic
ischaemic disease count even if a cardiac or other listed procedure was done, so that a stay for planned
revascularisation counts if the admission was an emergency. Acute bronchitis (J20), which the indicator counts only with
COPD as a second diagnosis, never counts.

Source: NHS Outcomes Framework, indicator 2.3.i (NHS Digital specification); codes as in psychty/secondary_care,
compared with IIF AC-02 (NHSDigital/iif_indicators) and the NHS Institute list (The-Strategy-Unit/nhp_data).
"""

from riskstrat.tables import CodeSet

ACSC = CodeSet(
    name="NHS Outcomes Framework 2.3.i",
    codes={
        "icd10": (
            "B180 B181 "  # chronic viral hepatitis B
            "E10 E11 E12 E13 E14 "  # diabetes
            "D501 D508 D509 D51 D52 "  # iron, B12 and folate deficiency anaemia
            "F00 F01 F02 F03 "  # dementia
            "G40 G41 "  # epilepsy
            "I110 I130 I50 J81 "  # heart failure
            "I20 I25 "  # angina and chronic ischaemic heart disease
            "I10 I119 "  # hypertension
            "I48 "  # atrial fibrillation and flutter
            "J41 J42 J43 J44 J47 "  # COPD
            "J45 J46"  # asthma
        )
    },
    source="NHS Outcomes Framework 2.3.i, primary diagnosis, without procedure and second-diagnosis rules",
)
