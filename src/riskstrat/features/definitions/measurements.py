"""Define blood pressure, weight, blood tests and lung function.

Decision
--------
Values of the last three years are used. Each measurement has one unit. Other units are converted if the row gives the
unit; a value then outside the plausible range counts as not recorded, so that a percentage without its unit is never
read as mmol/mol. The Read v2 code is that of the measurement itself if its parent also includes other quantities: total
cholesterol is not ``44P``, which includes HDL and LDL. Blood pressure includes every position and setting. Serum and
plasma are treated alike.

Sources: NHS pathology and bounded code list names as in the UoM gm-sde test sets and OpenSAFELY; HbA1c in per cent to
mmol/mol by the IFCC master equation (Hoelzel and others, Clinical Chemistry 2004;50:166).
"""

from functools import partial

from riskstrat.features.families.coded import Measurement

PATHOLOGY = "UoM gm-sde test code sets"
_measured = partial(Measurement, source=PATHOLOGY)

BODY = (
    _measured(
        name="systolic_bp",
        label="systolic blood pressure",
        unit="mmHg",
        plausible=(60, 280),
        unremarkable=(100, 160),
        snomed="271649006 72313002 163030003 314440001 314446007 314449000 413606001 198081000000101 100151000000109",
        readv2="2469 246N 246Q 246S 246W 246Y 246d 246e 246l",
        ctv3="2469 246N 246Q 246S 246W 246Y 246d 246e 246l XM02X",
    ),
    _measured(
        name="diastolic_bp",
        label="diastolic blood pressure",
        unit="mmHg",
        plausible=(30, 180),
        snomed="271650006 1091811000000102 163031004 314453003 314461008 314462001 413605002 198091000000104",
        readv2="246A 246P 246R 246T 246V 246X 246c 246f 246m",
        ctv3="246A 246P 246R 246T 246V 246X 246c 246f 246m XM02Y",
    ),
    _measured(
        name="bmi",
        label="body mass index",
        unit="kg/m2",
        plausible=(10, 80),
        unremarkable=(20, 35),
        snomed="60621009 301331008",
        readv2="22K",
        ctv3="22K X76CO Xa7wG",
        digits=1,
    ),
    _measured(
        name="weight",
        unit="kg",
        plausible=(25, 300),
        snomed="27113001 162763007 248345008 363808001 425024002 424927000",
        readv2="22A",
        ctv3="22A X76C7",
        scale={"lb": (0.45359237, 0.0), "g": (0.001, 0.0)},
    ),
    _measured(
        name="fev1_predicted",
        label="FEV1",
        unit="% predicted",
        plausible=(5, 160),
        unremarkable=(50, 160),
        snomed="313223002",
        readv2="339S",
        source="SNOMED CT 313223002, percent predicted FEV1",
    ),
)

KIDNEY_AND_SALTS = (
    _measured(
        name="egfr",
        label="eGFR",
        unit="mL/min/1.73m2",
        plausible=(1, 200),
        unremarkable=(60, 200),
        snomed=(
            "1011481000000105 1011491000000107 1020291000000106 1107411000000104 996231000000108 80274001 "
            "857971000000104 963621000000102"
        ),
        readv2="451E 451F 451G 451K 451M 451N",
        ctv3="XaK8y XaMDA XaZpN XacUJ XacUK XSFyN",
    ),
    _measured(
        name="creatinine",
        unit="umol/L",
        plausible=(10, 2000),
        snomed="1000731000000107 1001011000000107 1000991000000106 1107001000000108 1106601000000100",
        readv2="44J3 44JC 44JD 44JF",
        ctv3="XE2q5 44J3z XaERX XaERc XaETQ",
        scale={"mg/dl": (88.42, 0.0), "mmol/l": (1000.0, 0.0)},
    ),
    _measured(
        name="sodium",
        unit="mmol/L",
        plausible=(90, 190),
        unremarkable=(133, 146),
        snomed="1000661000000107 1017381000000106 1020681000000107",
        readv2="44I5 44h1 44h6",
        ctv3="44I5 XE2q0 XaDva XaIRf",
    ),
    _measured(
        name="potassium",
        unit="mmol/L",
        plausible=(1.5, 10),
        unremarkable=(3.5, 5.5),
        snomed="1000651000000109 1017401000000106 1012671000000103",
        readv2="44I4",
        ctv3="44I4 XE2pz XaDvZ XaIRl",
        digits=1,
    ),
)

BLOOD_AND_METABOLISM = (
    _measured(
        name="hba1c",
        label="HbA1c",
        unit="mmol/mol",
        plausible=(15, 220),
        unremarkable=(15, 58),
        snomed=(
            "999791000000106 1049301000000100 1049321000000109 1003671000000109 1107481000000106 1019431000000105 "
            "313835008 371981000000106"
        ),
        readv2="42W4 42W5 44TB",
        ctv3="XaPbt Xaezd XaERp X772q 42W5 42W4",
        scale={"%": (10.929, -23.5), "%hb": (10.929, -23.5), "percent": (10.929, -23.5)},
    ),
    _measured(
        name="haemoglobin",
        unit="g/L",
        plausible=(30, 250),
        unremarkable=(115, 170),
        snomed="1022431000000105 1107511000000100 271026005",
        readv2="423",
        ctv3="423 XE2m6 XM1Vu Xa96v",
        scale={"g/dl": (10.0, 0.0)},
    ),
    _measured(
        name="platelets",
        unit="10^9/L",
        plausible=(1, 2000),
        unremarkable=(140, 450),
        snomed="1022651000000100 1108041000000107",
        readv2="42P",
        ctv3="42P",
    ),
    _measured(
        name="albumin",
        unit="g/L",
        plausible=(10, 65),
        unremarkable=(35, 65),
        snomed="1000821000000103",
        readv2="44M4",
        ctv3="XE2eA",
        scale={"g/dl": (10.0, 0.0)},
    ),
    _measured(
        name="alt",
        label="ALT",
        unit="U/L",
        plausible=(1, 5000),
        unremarkable=(1, 80),
        snomed="1018251000000107 1013211000000103",
        readv2="44G3 44GB",
        ctv3="44G3 X771e X771f XaLJx",
    ),
    _measured(
        name="total_cholesterol",
        unit="mmol/L",
        plausible=(1, 25),
        snomed="1005671000000105 994351000000103 1017161000000104",
        readv2="44OE 44PH 44PJ 44PK",
        ctv3="44P 44PH 44PJ 44PK 44OE",
        scale={"mg/dl": (0.02586, 0.0)},
        digits=1,
    ),
)
