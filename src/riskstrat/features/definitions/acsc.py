"""Ambulatory-care-sensitive conditions: admissions that care outside hospital can often prevent.

Decision
--------
Three schemes are in use in England: NHS Outcomes Framework indicator 2.3.i (12 rows, chronic conditions), the PCN
Investment and Impact Fund indicator AC-02 (11 rows, chronic and acute) and the NHS Institute's 19 conditions. This is
NHS Outcomes Framework 2.3.i, "unplanned hospitalisation for chronic ambulatory care sensitive conditions": a national
indicator with a published definition, and the one whose conditions a team that works from a list can do something
about; infections of ear, teeth and skin are not why a patient is offered a care plan. Its name goes with every column
and report that uses it; another scheme is another constant.

Primary diagnosis only, as the indicator has it. Left out, because they need more than one code of the stay: hepatitis B
is not excluded where sickle-cell disease (D57) is coded beside it; heart failure, hypertension, angina and chronic
ischaemic disease are not excluded where a cardiac or other listed procedure was done, so that stays for planned
revascularisation count if the admission was an emergency; acute bronchitis (J20), which counts only with COPD as a
second diagnosis, does not count at all.

Source: NHS Outcomes Framework, indicator 2.3.i (NHS Digital specification); codes as in psychty/secondary_care, read
against IIF AC-02 (NHSDigital/iif_indicators) and the NHS Institute list (The-Strategy-Unit/nhp_data).
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
