"""Long-term conditions and states: codes, frequencies and effects on risk."""

from typing import NamedTuple

import numpy as np

from riskstrat.synthetic.timeline import FloatArray

TABLE = """
name                        snomed          readv2 ctv3  icd10 at40   at80   female deprived loading admit die  pulse
hypertension                38341003        G20..  XE0Ub I10X  0.07   0.58   1      0.2      0.4     0.06  0    0
obesity                     414916001       C380.  -     E669  0.11   0.2    1.1    0.4      0.3     0.08  0    0
diabetes                    44054006        C10F.  X40J5 E119  0.022  0.17   0.75   0.6      0.5     0.2   0.15 0.1
asthma                      195967001       H33..  H33.. J459  0.09   0.12   1.1    0.2      0.3     0.12  0    0.1
copd                        13645005        H3...  H3... J449  0.005  0.085  0.9    1.3      0.6     0.5   0.4  0.2
coronary_heart_disease      414545008       G3...  XE2uV I251  0.004  0.14   0.55   0.5      0.5     0.28  0.15 0.4
myocardial_infarction       22298006        G30..  X200E I252  0.002  0.035  0.5    0.5      0.4     0.15  0.15 0.8
atrial_fibrillation         49436004        G5730  -     I489  0.003  0.13   0.75   0.1      0.4     0.28  0.15 0.3
heart_failure               84114007        G58..  G58.. I500  0.001  0.05   0.8    0.5      0.5     0.5   0.5  0.5
tia                         266257000       G65..  -     G459  0.001  0.045  0.9    0.2      0.4     0.12  0    0.3
stroke                      230690007       G66..  X00D1 I639  0.002  0.06   0.85   0.4      0.4     0.32  0.35 0.8
peripheral_arterial_disease 399957001       G73..  -     I739  0.001  0.035  0.6    0.8      0.5     0.28  0.25 0.2
chronic_kidney_disease      433144002       1Z12.  -     N183  0.002  0.16   1.1    0.2      0.3     0.15  0.15 0.1
depression                  35489007        E2B..  -     F329  0.15   0.23   1.7    0.5      0.5     0.08  0.05 0.2
anxiety                     197480006       E200.  -     F419  0.1    0.15   1.7    0.3      0.5     0.08  0    0.1
severe_mental_illness       58214004        E10..  -     F209  0.008  0.011  0.9    1.1      0.4     0.3   0.4  0.3
epilepsy                    84757009        F25..  -     G409  0.009  0.014  0.95   0.5      0.3     0.55  0.2  0.3
cancer                      363346000       B13..  X78ef C189  0.01   0.16   1      0        0.2     0.35  0.8  0.6
rheumatoid_arthritis        69896004        N040.  N040. M069  0.004  0.018  2.3    0.2      0.3     0.25  0.1  0.1
osteoporosis                64859006        N330.  -     M819  0.001  0.12   3.5    0.1      0.3     0.1   0.05 0.1
hypothyroidism              40930008        C04..  -     E039  0.028  0.09   3.5    0.1      0.3     0.04  0    0
alcohol_problem             7200002         E23..  -     F102  0.02   0.03   0.5    0.9      0.6     0.3   0.45 0.3
chronic_liver_disease       328383001       J61..  J61.. K746  0.003  0.01   0.7    0.8      0.5     0.55  0.7  0.4
parkinsons_disease          49049000        F12..  F12.. G20X  0.0002 0.02   0.7    0        0.1     0.35  0.3  0.1
learning_disability         416075005       918e.  -     F799  0.006  0.0061 0.75   0.5      0       0.5   0.5  0
dementia                    52448006        Eu02z  -     F03X  0.0001 0.08   1.15   0.2      0.3     0.3   0.75 0.1
falls                       161898004       16D..  -     R296  0.008  0.17   1.3    0.2      0.5     0.32  0.2  0.5
frailty_mild                925791000000100 2Jd0.  -     -     0.001  0.2    1.1    0.4      0.7     0.18  0.15 0
frailty_moderate            925831000000107 2Jd1.  -     -     0.0003 0.06   1.1    0.4      0.7     0.22  0.3  0
frailty_severe              925861000000102 2Jd2.  -     R54X  0.0001 0.014  1.1    0.3      0.7     0.28  0.6  0
housebound                  160689007       13CA.  -     Z740  0.0003 0.04   1.2    0.4      0.6     0.4   0.4  0.2
care_home                   248171000000108 -      -     Z593  0.0004 0.035  1.2    0.1      0.3     0.2   0.8  0.2
palliative_care             103735009       -      -     Z515  0.0003 0.014  0.9    0        0.2     0.6   2.6  0.4
symptoms                    -               -      -     -     0.16   0.55   1.2    0.3      0.6     0     0    0
"""

_PARENTS = {
    "diabetes": {"obesity": 2.5},
    "coronary_heart_disease": {"hypertension": 1.6, "diabetes": 1.8},
    "myocardial_infarction": {"coronary_heart_disease": 3.0},
    "atrial_fibrillation": {"hypertension": 1.6},
    "heart_failure": {"coronary_heart_disease": 3.0, "atrial_fibrillation": 3.0},
    "tia": {"hypertension": 1.7},
    "stroke": {"atrial_fibrillation": 2.2, "tia": 2.5},
    "peripheral_arterial_disease": {"diabetes": 2.5},
    "chronic_kidney_disease": {"diabetes": 1.8, "hypertension": 1.5},
    "anxiety": {"depression": 2.0},
    "epilepsy": {"stroke": 3.0},
    "alcohol_problem": {"depression": 1.8},
    "chronic_liver_disease": {"alcohol_problem": 12.0},
    "dementia": {"stroke": 2.0, "parkinsons_disease": 3.0},
    "falls": {"dementia": 2.5, "parkinsons_disease": 3.0},
    "frailty_mild": {"falls": 2.0, "heart_failure": 2.0},
    "frailty_moderate": {"frailty_mild": 3.5, "dementia": 1.8},
    "frailty_severe": {"frailty_moderate": 6.0, "dementia": 3.0},
    "housebound": {"frailty_moderate": 3.0, "frailty_severe": 3.0, "stroke": 2.0},
    "care_home": {"dementia": 10.0, "frailty_severe": 5.0},
    "palliative_care": {"cancer": 7.0, "frailty_severe": 6.0, "heart_failure": 3.0},
}


class ConditionProcess(NamedTuple):
    """A condition, its codes and its parameters.

    `at40` and `at80` are the shares ever diagnosed by those ages; `female` multiplies
    the rate in women; `deprived` is the log rate ratio, most against least deprived;
    `loading` ties the condition to the person's general vulnerability; `parents`
    raise its rate; `admit` and `die` are log hazard ratios; `pulse` is the acute
    disturbance at diagnosis.
    """

    name: str
    snomed: str
    readv2: str
    ctv3: str
    icd10: str
    parents: dict[str, float]
    at40: float
    at80: float
    female: float
    deprived: float
    loading: float
    admit: float
    die: float
    pulse: float


def read_table() -> tuple[ConditionProcess, ...]:
    """Read `TABLE`: parents come before children, long-term conditions before states; "-" is no code."""
    rows = [line.split() for line in TABLE.strip().splitlines()[1:]]
    conditions = []
    for name, *cells in rows:
        snomed, readv2, ctv3, icd10 = ("" if cell == "-" else cell for cell in cells[:4])
        parents = _PARENTS.get(name, {})
        conditions.append(ConditionProcess(name, snomed, readv2, ctv3, icd10, parents, *map(float, cells[4:])))
    return tuple(conditions)


CONDITION_PROCESSES = read_table()
_NAMES = tuple(condition.name for condition in CONDITION_PROCESSES)
COLUMN = {name: place for place, name in enumerate(_NAMES)}
LONG_TERM = np.arange(len(_NAMES)) < COLUMN["falls"]

TYPE_1_DIABETES = ("46635009", "C10E.", "X40J4", "E109")
TYPE_1_BEFORE_AGE = 30.0

INTERACTIONS = {
    ("heart_failure", "chronic_kidney_disease"): 0.9,
    ("copd", "heart_failure"): 0.7,
    ("diabetes", "chronic_kidney_disease"): 0.5,
    ("diabetes", "peripheral_arterial_disease"): 0.6,
    ("dementia", "care_home"): -0.9,
    ("alcohol_problem", "chronic_liver_disease"): 0.8,
    ("severe_mental_illness", "alcohol_problem"): 0.6,
    ("depression", "copd"): 0.5,
    ("depression", "anxiety"): -0.15,
    ("dementia", "falls"): 0.4,
    ("falls", "osteoporosis"): 0.5,
    ("hypertension", "coronary_heart_disease"): -0.2,
    ("cancer", "palliative_care"): -0.6,
}


def column_values(field: str) -> FloatArray:
    """Collect one numeric field of every condition, in table order."""
    return np.array([getattr(condition, field) for condition in CONDITION_PROCESSES], dtype=np.float64)


def interaction_matrix() -> FloatArray:
    """Build the symmetric matrix of the pairwise log hazard ratios."""
    matrix = np.zeros((len(CONDITION_PROCESSES), len(CONDITION_PROCESSES)))
    for (left, right), value in INTERACTIONS.items():
        matrix[COLUMN[left], COLUMN[right]] = matrix[COLUMN[right], COLUMN[left]] = value
    return matrix


class MeasurementProcess(NamedTuple):
    """A GP measurement: codes, unit, decimals, and an occasional other unit."""

    name: str
    snomed: str
    readv2: str
    unit: str
    decimals: int
    other_unit: str


MEASUREMENTS = (
    MeasurementProcess("systolic", "271649006", "2469.", "mmHg", 0, ""),
    MeasurementProcess("diastolic", "271650006", "246A.", "mmHg", 0, ""),
    MeasurementProcess("bmi", "60621009", "22K..", "kg/m2", 1, ""),
    MeasurementProcess("weight", "27113001", "22A..", "kg", 1, ""),
    MeasurementProcess("hba1c", "999791000000106", "42W5.", "mmol/mol", 0, "%"),
    MeasurementProcess("egfr", "1011481000000105", "451E.", "mL/min/1.73m2", 0, ""),
    MeasurementProcess("creatinine", "1000731000000107", "44J3.", "umol/L", 0, ""),
    MeasurementProcess("haemoglobin", "1022431000000105", "423..", "g/L", 0, "g/dL"),
    MeasurementProcess("cholesterol", "1005671000000105", "44P..", "mmol/L", 1, ""),
    MeasurementProcess("albumin", "1000821000000103", "44M4.", "g/L", 0, ""),
    MeasurementProcess("sodium", "1000661000000107", "44I5.", "mmol/L", 0, ""),
)
