"""Define conditions of the heart and circulation.

Decision
--------
Heart failure follows the QOF register: left ventricular systolic dysfunction without heart failure is another cluster
and is not included. A myocardial infarction counts as coronary heart disease in ``ltc_count``, so that it is not
counted twice. Stroke includes subarachnoid haemorrhage, as in hospital lists but not in the QOF cluster.

Sources: NHS England primary care domain reference sets (QOF clusters) for SNOMED CT and the "resolved" concepts;
Kuan and others, Lancet Digital Health 2019;1:e63 for ICD-10 and Read v2; OpenSAFELY code lists for CTV3.
"""

from riskstrat.features.families.coded import Condition

CIRCULATION = (
    Condition(
        name="hypertension",
        icd10="I10 I11 I12 I13 I15",
        snomed="38341003 59621000 1201005 10725009 31992008 78975002 48146000 56218007 123799005",
        readv2="G2",
        ctv3="G2 G20 XE0Ub XE0Uc XE0Ud G201 G202 G24 XSDSb",
        resolved="162659009",
        years_since=True,
        source="QOF HYP_COD, HYPRES_COD; Kuan 2019",
    ),
    Condition(
        name="coronary_heart_disease",
        icd10="I20 I21 I22 I23 I24 I25",
        snomed=(
            "53741008 414545008 194828000 233819005 4557003 22298006 57054005 1755008 399211009 394659003 413838009 "
            "413439005 401303003 401314000"
        ),
        readv2="G3 Gyu3 14A3 14A4 14A5",
        ctv3="G3 XE2uV G33 G34 G340 XE0WG X200C X200E G30 XE0Uh XE2aA",
        years_since=True,
        source="QOF CHD_COD; Kuan 2019",
    ),
    Condition(
        name="myocardial_infarction",
        icd10="I21 I22 I252",
        snomed=(
            "22298006 57054005 1755008 399211009 401303003 401314000 304914007 307140009 54329005 73795002 194856005"
        ),
        readv2="G30 G32 G35 G38 14A3 14A4",
        ctv3="X200E G30 G32 G35 XE0Uh XE2aA Xa0YL XaIwY XaIwM",
        long_term=False,
        source="PCD MI_COD, with old infarction and history from CHD_COD; Kuan 2019",
    ),
    Condition(
        name="heart_failure",
        icd10="I110 I130 I132 I50",
        snomed=(
            "84114007 42343007 85232009 48447003 56675007 441481004 441530006 703272007 446221000 195114002 88805009 "
            "367363000"
        ),
        readv2="G58 G1yz1 G232 G234 14A6",
        ctv3="G58 G580 G581 X202l XE0V8 XE0V9 XaWyi XaIpn XaO5n",
        resolved="521691000000100",
        years_since=True,
        source="QOF HF_COD, HFRES_COD; Kuan 2019",
    ),
    Condition(
        name="atrial_fibrillation",
        label="atrial fibrillation or flutter",
        icd10="I48",
        snomed="49436004 5370000 282825002 440059007 440028005 426749004 195080001",
        readv2="G573 14AN 14AR",
        ctv3="G573 G5730 G5731 XaOfa XaOft Xa7nI X202R XaDv6",
        resolved="196371000000102",
        years_since=True,
        source="QOF AFIB register (concepts), AFIBRES_COD; Kuan 2019",
    ),
    Condition(
        name="stroke",
        icd10="I60 I61 I63 I64 I690 I691 I693 I694",
        snomed="230690007 432504007 422504002 274100004 230706003 230698000 371040005 371041009 195189003 21454007",
        readv2="G60 G61 G63y0 G63y1 G64 G66 G6760 G6W G6X Gyu62 Gyu63 Gyu64 14A7",
        ctv3="X00D1 X00D3 X00D7 G61 G64 G66 XE0VF XE0VI XE0VJ XaEGq Xa0kZ",
        years_since=True,
        source="QOF STRK_COD with 21454007; opensafely-stroke-secondary-care; Kuan 2019",
    ),
    Condition(
        name="tia",
        label="transient ischaemic attack",
        icd10="G450 G451 G452 G453 G458 G459",
        snomed="266257000 230716006 230717002 444172003 195206000 161511000",
        readv2="G65 14AB Fyu55",
        ctv3="G65 G65y G65z XE0VK",
        source="QOF TIA_COD; Kuan 2019 less G454 (global amnesia), I65 and I66",
    ),
    Condition(
        name="peripheral_arterial_disease",
        icd10="I702 I731 I738 I739 I743 I744 I745",
        snomed="399957001 840580004 400047006 63491006 233958001",
        readv2="G731 G732 G733 G734 G73y G73z Gyu74",
        ctv3="G73 G73y G73z XE0VP XE0VR Xa0lV",
        source="QOF PAD register (concepts); Kuan 2019; Raynaud's left out",
    ),
    Condition(
        name="aortic_aneurysm",
        icd10="I71",
        snomed="67362008 233985008 433068007",
        readv2="G71",
        source="UoM gm-sde aortic-aneurysm; Kuan 2019",
    ),
    Condition(
        name="heart_valve_disease",
        icd10="I05 I06 I07 I08 I34 I35 I36 I37 Z952 Z953 Z954",
        snomed="368009 60573004 60234000 48724000 79619009 11851006 409712001 76267008",
        readv2="G11 G12 G13 G540 G541 G543",
        source="eFI heart valve deficit; PRIMIS CHD_COV; Kuan 2019",
    ),
    Condition(
        name="cardiomyopathy",
        icd10="I255 I42 I43",
        snomed="85898001 399020009 233873004 45227007 195020003",
        readv2="G55",
        source="PRIMIS CHD_COV; Kuan 2019",
    ),
    Condition(
        name="venous_thromboembolism",
        icd10="I26 I801 I802 I82",
        snomed="59282003 128053003 128057002 429098002 111293003",
        readv2="G401 G801 G82 14A81",
        ctv3="XE0Um G401 XE0VY",
        source="UoM gm-sde venous-thromboembolism; Kuan 2019",
    ),
    Condition(
        name="pulmonary_hypertension",
        icd10="I270 I272",
        snomed="70995007 11399002",
        readv2="G410",
        source="PRIMIS CHD_COV; Kuan 2019",
    ),
)
