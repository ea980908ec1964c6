"""Define diabetes, thyroid, kidney and liver disease, anaemia, obesity and transplants.

Decision
--------
Chronic kidney disease is stage 3 to 5, as in QOF. Stages 1 and 2 are not included, nor is Read v2 ``K05``, whose
children include them. Gestational diabetes is not diabetes here. Obesity and anaemia are predictors, but do not count
as long-term conditions: obesity is a risk factor, and anaemia is mostly a sign; anaemia must be recent. Fatty liver
alone is not chronic liver disease.

Sources: NHS England primary care domain reference sets and PRIMIS clusters for SNOMED CT; Kuan and others, Lancet
Digital Health 2019;1:e63 for ICD-10 and Read v2; OpenSAFELY code lists for CTV3.
"""

from riskstrat.features.families.coded import Condition

METABOLISM = (
    Condition(
        name="diabetes",
        icd10="E10 E11 E12 E13 E14",
        snomed=(
            "73211009 44054006 46635009 8801005 237599002 313436004 313435000 111552007 609561005 426875007 420868002 "
            "422014003"
        ),
        readv2="C10",
        ctv3="C10 X40J4 X40J5 X40J6 XaELP XaFWG XaOPt XaOPu",
        resolved="315051004",
        years_since=True,
        source="QOF DM_COD, DMRES_COD; Kuan 2019",
    ),
    Condition(
        name="hypothyroidism",
        icd10="E02 E03 E890",
        snomed="40930008 111566002 190268003 27059002 237519003 21983002",
        readv2="C03 C04",
        ctv3="C04 C040 C04z X40IQ X40HL",
        source="UoM gm-sde hypothyroidism; Kuan 2019",
    ),
    Condition(
        name="chronic_kidney_disease",
        label="chronic kidney disease, stage 3 to 5",
        icd10="I120 I131 I132 N180 N183 N184 N185 N189 Z49 Z992",
        snomed=(
            "709044004 90688005 433144002 700378005 700379002 431857002 433146000 46177005 714152005 324251000000105 "
            "324281000000104 324311000000101 324341000000100 324371000000106"
        ),
        readv2=(
            "1Z12 1Z13 1Z14 1Z15 1Z16 1Z1B 1Z1C 1Z1D 1Z1E 1Z1F 1Z1G 1Z1H 1Z1J 1Z1K 1Z1L 1Z1T 1Z1V 1Z1W 1Z1X 1Z1Y 1Z1Z "
            "1Z1a K050 K053 K054 K055 K0D"
        ),
        ctv3="XaLHI XaLHJ XaLHK XaNbn XaNbo XaO3t XaO3u XaO3v XaO3w XaO3x XaO3y XaO3z XaO40 XaO41 XaO42 X30J0",
        resolved="939211000000104",
        years_since=True,
        source="QOF CKD register; PCD CKDATRISK2_COD, CKDRES_COD; Kuan 2019",
    ),
    Condition(
        name="organ_transplant",
        icd10="Z940 Z941 Z942 Z943 Z944 T861 T862 T863 T864",
        snomed="70536003 313030004 161665007 18027006 88039007 161672008 32413006",
        readv2="7B00 7800 7450 ZV420",
        source="opensafely-solid-organ-transplantation-snomed",
    ),
    Condition(
        name="chronic_liver_disease",
        icd10="B18 I85 I982 K70 K721 K729 K73 K74 K754 K766 K767",
        snomed=(
            "328383001 19943007 420054005 41309000 34742003 59927004 31712002 408335007 128302006 61977001 442685003"
        ),
        readv2="J61 J622 J623 G85 A7070 A7071 A7072",
        ctv3="J61 X307L J612 J615 XE0b4 XE0b7 X3071 X3072 X3073 Xa9C7",
        source="PRIMIS CLD; opensafely-chronic-liver-disease; Kuan 2019",
    ),
    Condition(
        name="obesity",
        icd10="E66",
        snomed="414916001 238136002 162864005 408512008 914721000000105 914731000000107 914741000000103 819948005",
        readv2="C380 22K5 22K7 22KC 22KD 22KE 222A",
        ctv3="22K5 XaJJH XabHx XabHy XabHz",
        long_term=False,
        source="QOF OBES register (concepts); PRIMIS BMI_STAGE; Kuan 2019",
    ),
    Condition(
        name="anaemia",
        icd10="D50 D51 D52 D53 D60 D61 D63 D64",
        snomed="271737000 87522002 84027009 234347009 234348004 191268006 267513007",
        readv2="D0 D2",
        ctv3="D00 D001 D00zz",
        months=24,
        long_term=False,
        source="eFI anaemia deficit; Kuan 2019",
    ),
)
