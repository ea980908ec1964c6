"""Define cancer, and conditions of the gut, bladder, prostate, hearing and sight.

Decision
--------
Cancer is any malignancy except non-melanoma skin cancer, last recorded within five years: a cancer cured twenty years
ago says little about the coming year, and an old record does not show QOF's "ever since 2003". Constipation counts if
it was recorded within a year. HIV is not included, because it is a legally protected diagnosis; a study can add it if
it has the legal basis.

Sources: NHS England primary care domain reference sets for SNOMED CT; Kuan and others, Lancet Digital Health
2019;1:e63 for ICD-10 and Read v2; OpenSAFELY code lists for CTV3.
"""

from riskstrat.features.families.coded import Condition

MALIGNANT = (
    "C00 C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 C23 C24 C25 C26 "
    "C30 C31 C32 C33 C34 C37 C38 C39 C40 C41 C43 C45 C46 C47 C48 C49 C50 C51 C52 C53 C54 C55 C56 C57 C58 "
    "C60 C61 C62 C63 C64 C65 C66 C67 C68 C69 C70 C71 C72 C73 C74 C75 C76 C77 C78 C79 C80 "
    "C81 C82 C83 C84 C85 C86 C88 C90 C91 C92 C93 C94 C95 C96 C97"
)

OTHER = (
    Condition(
        name="cancer",
        icd10=MALIGNANT,
        snomed=(
            "363346000 128462008 254837009 399068003 363358000 254637007 93880001 363406005 363351006 399326009 "
            "363418001 363443007 363402007 372244006 118600007 93143009 109989006"
        ),
        readv2="B0 B1 B2 B30 B31 B32 B34 B35 B4 B5 B6",
        ctv3="X78ef B0 B1 B13 B2 B22 B3 B34 B4 B46 B5 B6 XE1vc",
        months=60,
        years_since=True,
        source="UoM gm-sde cancer; opensafely cancer lists; Kuan 2019 less C44",
    ),
    Condition(
        name="inflammatory_bowel_disease",
        icd10="K50 K51",
        snomed="24526004 34000006 64766004",
        readv2="J40 J41 N0311",
        ctv3="J40 J41 J401 J410 Xa0lh XE0ag XE0af",
        source="PCD Crohn's disease and ulcerative colitis codes; Kuan 2019",
    ),
    Condition(
        name="coeliac_disease",
        icd10="K900",
        snomed="396331005 23829007 91867008",
        readv2="J690",
        source="PCD coeliac disease codes; Kuan 2019",
    ),
    Condition(
        name="peptic_ulcer",
        icd10="K25 K26 K27 K28",
        snomed="13200003 397825006 51868009 128287004 64121000",
        readv2="J11 J12 J13 J14",
        ctv3="J11 J12 J13 J11z J12z J13z",
        source="eFI peptic ulcer deficit; Kuan 2019",
    ),
    Condition(
        name="diverticular_disease",
        icd10="K57",
        snomed="398050005 307496006 735593008 111359004",
        readv2="J51",
        source="SNOMED CT; Kuan 2019",
    ),
    Condition(
        name="irritable_bowel_syndrome",
        icd10="K58",
        snomed="10743008",
        readv2="J521",
        source="SNOMED CT; Kuan 2019",
    ),
    Condition(
        name="constipation",
        icd10="K590",
        snomed="14760008",
        readv2="19C J520",
        months=12,
        source="Cambridge Multimorbidity Score (Payne and others, CMAJ 2020;192:E107); SNOMED CT",
    ),
    Condition(
        name="prostate_disorder",
        label="enlarged prostate",
        icd10="N40",
        snomed="266569009 11441004",
        readv2="K20",
        source="eFI urinary system deficit; Kuan 2019",
    ),
    Condition(
        name="urinary_incontinence",
        icd10="N393 N394 R32",
        snomed="165232002 22220005 87557004 78459008 60241006 397878005",
        readv2="1A23 1A24 1A26 16F 3940 K198 K586",
        ctv3="1A23",
        source="eFI urinary incontinence deficit; Kuan 2019",
    ),
    Condition(
        name="hearing_loss",
        icd10="H90 H91",
        snomed="15188001 60700002 44057004 162344009 49526009 343087000",
        readv2="F59 1C12 1C13",
        ctv3="F59",
        source="eFI hearing deficit; Kuan 2019",
    ),
    Condition(
        name="visual_impairment",
        icd10="H353 H54",
        snomed="397540003 170727003 193699007 22950006 267718000",
        readv2="F425 F49 6689 668D",
        ctv3="6689",
        source="eFI vision deficit; Kuan 2019",
    ),
    Condition(
        name="glaucoma",
        icd10="H40 H42",
        snomed="23986001 77075001",
        readv2="F45",
        source="SNOMED CT; Kuan 2019",
    ),
)
