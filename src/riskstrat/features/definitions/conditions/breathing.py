"""Define conditions of the lungs and airways.

Decision
--------
COPD follows the QOF cluster: it includes chronic bronchitis and emphysema, but not bronchitis of unspecified kind
(J40). Asthma and COPD have a "resolved" concept; the patient has the condition if the last diagnosis is later.

Sources: NHS England primary care domain reference sets for SNOMED CT; Kuan and others, Lancet Digital Health
2019;1:e63 for ICD-10 and Read v2; OpenSAFELY code lists for CTV3.
"""

from riskstrat.features.families.coded import Condition

BREATHING = (
    Condition(
        name="asthma",
        icd10="J45 J46",
        snomed=(
            "195967001 389145006 266361008 57607007 31387002 233679003 370218001 370219009 370221004 304527002 "
            "708090002 281239006"
        ),
        readv2="H33",
        ctv3="H33 H33z XE0YX XE0YW X101x X101t XE0YT X1020 XE0YQ",
        resolved="162660004",
        years_since=True,
        source="QOF AST_COD, ASTRES_COD; Kuan 2019",
    ),
    Condition(
        name="copd",
        label="COPD",
        icd10="J41 J42 J43 J44",
        snomed=(
            "13645005 185086009 63480004 87433001 195951007 285381006 847091000000104 313296004 313297008 313299006 "
            "135836000 10692761000119107"
        ),
        readv2="H31 H32 H36 H37 H38 H39 H3A H3B H3y H3z H4640",
        ctv3="H3 H31 H32 H3y H3z XaEIV XaEIW XaEIY XaN4a X101i X101n",
        resolved="941201000000103",
        years_since=True,
        source="QOF COPD_COD, COPDRES_COD; Kuan 2019 less J40",
    ),
    Condition(
        name="bronchiectasis",
        icd10="J47 Q334",
        snomed="12295008",
        readv2="H34 A115 P861",
        ctv3="H34 H34z",
        source="PCD CRDATRISK1_COD; Kuan 2019",
    ),
    Condition(
        name="interstitial_lung_disease",
        icd10="J841 J848 J849",
        snomed="233703007 51615001 700250006 196125002 28168000 426437004",
        readv2="H563 H55",
        ctv3="H563 XaXlF XaXlJ",
        source="PCD CRDATRISK1_COD, ECDS comorbidities; Kuan 2019",
    ),
    Condition(
        name="sleep_apnoea",
        icd10="G473",
        snomed="73430006 78275009",
        readv2="H5B Fy03",
        source="SNOMED CT; Kuan 2019",
    ),
)
