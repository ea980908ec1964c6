"""Define mental health conditions and conditions of the nervous system.

Decision
--------
A patient can have both depression and anxiety: "mixed anxiety and depression" is in both lists. Severe mental illness
is schizophrenia, bipolar disorder and other psychoses, as in QOF; a code "in remission" is not in the list and does not
cancel an earlier code. Learning disability does not include specific learning difficulties such as dyslexia. Delirium
is an event of the last two years, not a long-term condition.

Sources: NHS England primary care domain reference sets for SNOMED CT; Kuan and others, Lancet Digital Health
2019;1:e63 for ICD-10 and Read v2; OpenSAFELY and UoM gm-sde code lists for CTV3.
"""

from riskstrat.features.families.coded import Condition

MIND_AND_NERVES = (
    Condition(
        name="dementia",
        icd10="F00 F01 F02 F03 F051 G30 G310",
        snomed=(
            "52448006 26929004 429998004 312991009 416975007 416780008 56267009 79341000119107 230270009 15662003 "
            "425390006 80098002"
        ),
        readv2="E00 E041 Eu00 Eu01 Eu02 Eu041 F110 F111 F116 F118 Fyu30",
        ctv3="X002w X002x XE1Xs XE1Z6 X003A X003V XaE74 Xa0lH Eu00 Eu01 F110 E001 E002 E004 Eu023",
        years_since=True,
        source="QOF DEM_COD; Kuan 2019",
    ),
    Condition(
        name="delirium",
        icd10="F05",
        snomed="2776000",
        readv2="E030 E031 Eu04",
        months=24,
        long_term=False,
        source="UoM gm-sde delirium; Kuan 2019",
    ),
    Condition(
        name="depression",
        icd10="F32 F33 F341 F412",
        snomed=(
            "35489007 310495003 310496002 310497006 370143000 191616006 36923009 832007 192080009 78667006 231504006"
        ),
        readv2="E112 E113 E118 E11y2 E11z2 E130 E135 E2003 E291 E2B Eu32 Eu33 Eu341 Eu412",
        ctv3="E2B X00SO X00SR X00SS XE1Y0 XE1YC XE1ZY XE1Za XE1Zb XaB9J XaCIs XaCIt XaCIu X00Sb E112",
        resolved="196381000000100",
        source="QOF DEPR_COD, DEPRES_COD; Kuan 2019",
    ),
    Condition(
        name="anxiety",
        label="anxiety disorder",
        icd10="F40 F41",
        snomed="197480006 21897009 371631005 231504006 25501002 386808001 47505003 191736004",
        readv2="E200 E202 Eu40 Eu41 Eu42 Eu431",
        ctv3="E200 E2001 E2002 XE1YA XE1Zj Eu41 X00Sb",
        source="UoM gm-sde anxiety; Kuan 2019",
    ),
    Condition(
        name="severe_mental_illness",
        icd10="F20 F21 F22 F23 F24 F25 F28 F29 F30 F31",
        snomed=("58214004 64905009 68890003 69322001 191525009 48500005 13746004 371596008 83225003 231494001"),
        readv2="E10 E110 E111 E114 E115 E116 E117 E12 E131 E133 E134 E13y E13z Eu2 Eu30 Eu31 Eu323 Eu328 Eu333",
        ctv3="E1 E10 E103 Eu20 XE1Xw X00S6 X00SJ X00SL X00SM X00SN E114 E115 E117",
        years_since=True,
        source="QOF MH register (concepts); UoM gm-sde severe-mental-illness; Kuan 2019",
    ),
    Condition(
        name="learning_disability",
        icd10="F70 F71 F72 F73 F78 F79 Q90",
        snomed=(
            "416075005 110359009 86765009 61152003 40700009 31216003 984661000000105 984671000000103 508171000000105 "
            "984681000000101 41040004"
        ),
        readv2="918e E3 Eu7 PJ0",
        ctv3="XaKYb",
        source="QOF LD_COD; Kuan 2019",
    ),
    Condition(
        name="alcohol_problem",
        icd10="E244 F10 G312 G621 G721 I426 K292 K70 K860",
        snomed="7200002 66590003 15167005 8635005 191480000 198421000000108 198431000000105 41309000 420054005",
        readv2="E01 E23 E250 Eu10 136S 136T 136W F11x0 F3941 J610 J611 J612 J613 J617 8BA8 C1505",
        ctv3="E23 XaKvA XaKvB Xa1yZ X3071 XE0b4",
        source="UoM gm-sde alcohol-heavy-drinker; Kuan 2019",
    ),
    Condition(
        name="substance_misuse",
        label="drug misuse or dependence",
        icd10="F11 F12 F13 F14 F15 F16 F18 F19",
        snomed="191816009 26416006 75544000",
        readv2="E24 E252 E253 E254 E255 E256 E257 E259 Eu11 Eu12 Eu13 Eu14 Eu15 Eu16 Eu18 Eu19",
        source="ECDS comorbidities; Kuan 2019; tobacco and alcohol left out",
    ),
    Condition(
        name="epilepsy",
        icd10="G40 G41",
        snomed="84757009 352818000 230381009 19598007 65120008 193000002 230456007",
        readv2="F25 667B SC200",
        ctv3="F25 F250 F25z XE15a",
        resolved="162658001",
        source="QOF EPIL_COD, EPILRES_COD; Kuan 2019",
    ),
    Condition(
        name="parkinsons_disease",
        label="Parkinson's disease",
        icd10="F023 G20",
        snomed="49049000 715345007",
        readv2="F12 147F",
        ctv3="F12 F12z",
        source="eFI Parkinson's deficit; PRIMIS CNS_COV; Kuan 2019",
    ),
    Condition(
        name="multiple_sclerosis",
        icd10="G35",
        snomed="24700007 426373005 425500002 428700003 230373008",
        readv2="F20",
        ctv3="F20 F200 F201 F20z",
        source="PCD multiple sclerosis codes; Kuan 2019",
    ),
    Condition(
        name="motor_neurone_disease",
        icd10="G122",
        snomed="37340000 86044005",
        readv2="F152",
        source="PRIMIS CNS_COV; Kuan 2019",
    ),
    Condition(
        name="migraine",
        icd10="G43",
        snomed="37796009",
        readv2="F26",
        ctv3="F26",
        source="UoM gm-sde chronic-pain; Kuan 2019",
    ),
)
