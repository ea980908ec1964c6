"""Define frailty, living situation, smoking and falls from dated codes; none is a long-term condition.

Decision
--------
The latest record counts: a later frailty band replaces an earlier one in either direction, an ex-smoker is no longer a
smoker, and "no longer housebound" ends being housebound. This is done with `resolved`, which uses only SNOMED CT: in an
extract with Read codes a status lasts for ever. Frailty is the clinician's own coded judgement; it is never calculated
here. There is no common code for moving out of a care home, so living in one lasts. Falls are those that the practice
recorded, or that are the external cause of a hospital stay, in the last 12 months.

Sources: NHS England primary care domain reference sets (CAREHOME_COD, PALCARE_COD), PRIMIS (LONGRES, CARER), OpenSAFELY
housebound lists, eFI deficits (Clegg and others, Age and Ageing 2016;45:353), GP contract 2017/18 frailty codes.
"""

from riskstrat.features.families.coded import Condition

MILD, MODERATE, SEVERE = "925791000000100", "925831000000107", "925861000000102"
SMOKES = "77176002 65568007 449868002 160603005 160604004 160605003 160606002 59978006 82302008 266929003 308438006"
STOPPED = "8517006 281018007 160617001 266922007 266923002 266924008 266925009 266928006 160620009 160621008"
_NEVER = "266919005 221000119102"

STATUS = (
    Condition(
        name="falls",
        label="a fall",
        icd10="R296 W00 W01 W02 W03 W04 W05 W06 W07 W08 W09 W10 W11 W12 W13 W14 W15 W16 W17 W18 W19",
        snomed="1912002 161898004 279992002 298344006 217082002 33036003",
        readv2="16D TC U10",
        ctv3="16D Xa1GP Xa6uH",
        months=12,
        long_term=False,
        source="eFI falls deficit; ICD-10 chapter XX",
    ),
    Condition(
        name="care_home",
        label="lives in a care home",
        recorded_as="living in a care home",
        snomed="248171000000108 160734000 394923006 160737007",
        readv2="13F6 13FX",
        ctv3="XaMFG",
        long_term=False,
        source="PCD CAREHOME_COD; PRIMIS LONGRES",
    ),
    Condition(
        name="housebound",
        recorded_as="being housebound",
        snomed="160689007 160685001",
        readv2="13CA",
        ctv3="13CA",
        resolved="760661000000106",
        long_term=False,
        source="opensafely-housebound, opensafely-no-longer-housebound",
    ),
    Condition(
        name="palliative_care",
        label="on the end-of-life register or palliative care",
        recorded_as="end-of-life register or palliative care",
        icd10="Z515",
        snomed=(
            "526631000000108 414937009 103735009 713673000 201511000000105 305496007 443761007 182964004 162608008 "
            "518901000000101 518941000000103"
        ),
        readv2="9Ng7 9NgD 8CM1 8CMW3 8BA2 8BAP 8BAe 9NNd 9NNf0 9Nh0",
        ctv3="XaRFG XaJv2 XaEJE XaQ8S XaZe1 XaLKI XaLkE XaAPW 8BA2 ZV57C",
        long_term=False,
        source="QOF PALCARE_COD; UoM gm-sde palliative-and-end-of-life-care",
    ),
    Condition(
        name="frailty_mild",
        label="mild frailty",
        snomed=MILD,
        readv2="2Jd0",
        resolved=f"{MODERATE} {SEVERE}",
        long_term=False,
        source="GP contract 2017/18",
    ),
    Condition(
        name="frailty_moderate",
        label="moderate frailty",
        snomed=MODERATE,
        readv2="2Jd1",
        resolved=f"{MILD} {SEVERE}",
        long_term=False,
        source="GP contract 2017/18",
    ),
    Condition(
        name="frailty_severe",
        label="severe frailty",
        snomed=SEVERE,
        readv2="2Jd2",
        resolved=f"{MILD} {MODERATE}",
        long_term=False,
        source="GP contract 2017/18",
    ),
    Condition(
        name="lives_alone",
        recorded_as="living alone",
        icd10="Z602",
        snomed="105529008 160726006",
        readv2="13F3 ZV603",
        ctv3="XM0Ct 13F3",
        long_term=False,
        source="eFI social vulnerability deficit",
    ),
    Condition(
        name="carer",
        label="is a carer",
        recorded_as="being a carer",
        snomed="224484003 407542009 407543004 302767002 276040005 276047008 413760003 824401000000105",
        readv2="918A 918G 918H 918W 918X 918c 918d 918m 918y 13HH",
        ctv3="Ub1ju Ua0bD Ua0bE Xa96e XaKBj XaZ4h",
        resolved="199361000000101 506401000000109",
        long_term=False,
        source="PRIMIS CARER, NOTCARER",
    ),
    Condition(
        name="current_smoker",
        label="smoker",
        recorded_as="smoking",
        icd10="F171 F172 Z720",
        snomed=SMOKES,
        readv2="1373 1374 1375 1376 137H 137J 137M 137P 137R",
        ctv3="137P 137R 137Q XE0oq 1373 1374 1375 1376 137H 137J 137M",
        resolved=f"{STOPPED} {_NEVER}",
        long_term=False,
        source="opensafely-smoking-clear; UoM gm-sde smoking-status",
    ),
    Condition(
        name="ex_smoker",
        label="ex-smoker",
        recorded_as="having stopped smoking",
        snomed=STOPPED,
        readv2="1378 1379 137A 137B 137F 137K 137N 137O 137S 137j 137l",
        ctv3="137S Ub1na 137K XaQ8V XE0ok XE0ol XE0om XE0on 1378 1379 137A 137B 137F 137N 137O",
        resolved=SMOKES,
        long_term=False,
        source="opensafely-smoking-clear; UoM gm-sde smoking-status",
    ),
)
