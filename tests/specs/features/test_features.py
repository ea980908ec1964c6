"""Features: each family on a few rows, and what every feature promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import narwhals as nw
import pytest
from tests.support import tablespec
from tests.support.tablespec import Spec, chapter, check, codes_of, matrix

from riskstrat.engine import Engine
from riskstrat.features.aggregates import CodeAggregate, Weight
from riskstrat.features.definitions import all_features, definition
from riskstrat.features.definitions.conditions import _LONG_TERM
from riskstrat.features.definitions.demographics import IS_FEMALE
from riskstrat.features.definitions.latest_stay import LATEST_STAY
from riskstrat.features.definitions.medicines import BNF_SECTIONS, MEDICINES, POLYPHARMACY
from riskstrat.features.definitions.utilisation import (
    ACSC_ADMISSIONS,
    ADMISSIONS,
    BED_DAYS,
    ED_ATTENDANCES,
    EMERGENCY_ADMISSIONS,
    EMERGENCY_BED_DAYS,
)
from riskstrat.features.families.attributes import Attribute
from riskstrat.features.families.care import CareGiven
from riskstrat.features.families.coded import Condition, Measurement
from riskstrat.features.families.counts import Counts
from riskstrat.features.families.deficits import DeficitIndex
from riskstrat.features.families.medicines import Distinct, MedicineGroup
from riskstrat.features.families.stays import LatestStay
from riskstrat.features.feature import Feature, FeatureColumn
from riskstrat.features.plan import EVERYTHING, Plan, plan_features
from riskstrat.features.scores import all_scores
from riskstrat.features.scores.score import ClinicalScore, Term
from riskstrat.tables.schema import TABLES
from riskstrat.tables.supplied import Carried
from riskstrat.wording import ago


def with_lists(feature: Feature) -> Feature:
    """A feature as of a study that gives every code list it takes; each has one concept of its own."""
    if not isinstance(feature, DeficitIndex):
        return feature
    return replace(feature, own={name: {"snomed": f"9{n:02d}000000103"} for n, name in enumerate(feature.lists)})


FEATURES = {name: with_lists(feature) for name, feature in all_features().items()}
COLUMNS: list[tuple[Feature, FeatureColumn]] = [(f, c) for f in FEATURES.values() for c in f.columns()]

HOME_VISITS = Counts(
    name="home_visits",
    table="consultations",
    where=lambda: nw.col("mode") == "home",
    months=(1, 12),
    noun="home visit",
    unit="visits",
    meaning="home visits",
    group="gp",
)
FAILURE = Condition(
    name="failure",
    label="heart failure",
    icd10="I50 I110",
    snomed="84114007",
    readv2="G58..",
    ctv3="XE2QG",
    years_since=True,
    source="a spec",
)
ASTHMA = Condition(name="asthma", label="asthma", snomed="195967001", resolved="162660004", source="a spec")
FALL = Condition(name="fall", label="a fall", snomed="1912002", months=12, long_term=False, source="a spec")
SUGAR = Measurement(
    name="sugar",
    label="HbA1c",
    unit="mmol/mol",
    plausible=(15, 200),
    unremarkable=(15, 48),
    snomed="999791000000106",
    scale={"%": (10.93, -23.5)},
    source="a spec",
)
WATER_TABLETS = MedicineGroup(name="water_tablets", label="loop diuretic", bnf="020202", dmd="317971007", months=6)
SCORE = ClinicalScore(
    name="a_score",
    title="A score",
    citation="a spec",
    weights=(
        Weight("sugar", 1, "E119"),
        Weight("sugar", 2, "E112 E113"),
        Weight("heart", 1, "I50"),
        Weight("lungs", 0.5, "J44"),
        Weight("lungs", 0.5, "J4"),
    ),
    months=24,
    bands=((0, "low"), (2, "middle"), (3, "high")),
)
OF_COLUMNS = ClinicalScore(
    name="b_score",
    title="B score",
    citation="a spec",
    weights=(Weight("heart", 2, "I50"),),
    constant=0.5,
    terms=(
        Term("home visits in the month", "home_visits_1m", ((1, 1), (3, 5))),
        Term("home visits in the year, squared", "home_visits_12m", each=0.1, power=2),
        Term("either condition", "has_failure has_asthma", ((1, 10),)),
        Term("no sugar is high", "sugar_latest", ((0, 100), (48, 0)), unknown=0),
        Term("its conditions", "b_score_conditions", each=1000),
    ),
    tables=("consultations", "gp_events", "diagnoses"),
)
DEFICITS = DeficitIndex(
    name="index",
    title="An index",
    citation="a spec",
    deficits=("falls", "dizziness"),
    own={"index_falls": {"snomed": "1912002"}, "index_dizziness": {"readv2": "1B5.. R004."}},
    terms=(Term("two", "index_deficits", each=0.25), Term("medicines", "medicines_3m", ((2, 0.5),))),
    tables=("gp_events", "prescriptions"),
)
GP = "gp_events"
AGE, DEPRIVATION = FEATURES["age"], FEATURES["imd_decile"]


def gp(rows: str, **more: str) -> Mapping[str, str]:
    return {GP: rows, **more}


# Everyone is alive on 1 January 2025, the index date.
FAMILIES = (
    Spec(
        "counts: rows that satisfy a condition, in each window; none is 0, days since the last is null for never",
        {
            "consultations": """
            patient  date        mode
            1        2024-12-20  home
            1        2024-12-20  home
            1        2024-06-20  home
            1        2023-06-20  home
            2        2024-12-20  surgery
            3        2023-12-20  home
            """
        },
        """
        patient | home_visits_1m | home_visits_12m | days_since_home_visits
        1       | 2              | 3               | 12
        2       | 0              | 0               |
        3       | 0              | 0               | 378
        4       | 0              | 0               |
        """,
        {"features": (HOME_VISITS,)},
    ),
    Spec(
        "counts: an admission is a continuous spell, however many hospitals it takes",
        {
            "episodes": """
            patient  hospital  admitted    discharged  method  from  to
            1        RAA       2024-12-20  2024-12-22  21      19    51
            1        RBB       2024-12-22  2024-12-25  2B      51    19
            2        RAA       2024-12-20  2024-12-22  21      19    19
            2        RAA       2024-12-24  2024-12-25  21      19    19
            3        RAA       2024-12-20  2024-12-22  11      19    19
            """
        },
        """
        patient | emergency_admissions_1m | days_since_emergency_admissions
        1       | 1                       | 12
        2       | 2                       | 8
        3       | 0                       |
        4       | 0                       |
        """,
        {"features": (EMERGENCY_ADMISSIONS,)},
    ),
    Spec(
        "amount: nights of the stay that lie in the window, up to the cut for a stay that goes on",
        {
            "episodes": """
            patient | admitted   | discharged
            1       | 2024-12-20 | 2024-12-25
            2       | 2024-11-27 | 2024-12-05
            3       | 2024-12-28 | 2025-02-01
            4       | 2024-12-20 | 2024-12-20
            """
        },
        """
        patient  emergency_bed_days_1m  emergency_bed_days_3m
        1        5                      5
        2        3                      8
        3        4                      4
        4        0                      0
        """,
        {"features": (EMERGENCY_BED_DAYS,)},
    ),
    Spec(
        "the latest stay: of those that ended in the year the last to end, however it began; then the longer",
        {
            "episodes": """
            patient | admitted   | discharged | method | class
            1       | 2024-06-01 | 2024-06-11 | 21     | 1
            1       | 2024-12-20 | 2024-12-22 | 11     | 1
            2       | 2023-11-01 | 2024-01-02 | 21     | 1
            3       | 2023-12-01 | 2024-01-01 | 21     | 1
            4       | 2024-12-01 | 2024-12-05 | 21     | 1
            4       | 2024-12-10 | 2024-12-10 | 11     | 2
            4       | 2024-12-28 |            | 22     | 1
            5       | 2024-12-20 | 2025-01-01 | 21     | 1
            6       | 2024-12-30 | 2024-12-31 | 21     | 1
            6       | 2024-12-31 | 2024-12-31 | 22     | 1
            """
        },
        """
        patient | days_since_discharge | latest_stay_nights | latest_stay_emergency
        1       | 10                   | 2                  | 0
        2       | 365                  | 62                 | 1
        3       |                      |                    |
        4       | 27                   | 4                  | 1
        5       |                      |                    |
        6       | 1                    | 1                  | 1
        7       |                      |                    |
        """,
        {"features": (LATEST_STAY,), "people": 7},
    ),
    Spec(
        "the latest stay: admissions beside it, one that goes on among them",
        {
            "episodes": """
            patient | admitted   | discharged | method
            1       | 2024-06-01 | 2024-06-11 | 21
            1       | 2024-12-05 | 2024-12-06 | 22
            1       | 2024-12-10 | 2024-12-12 | 11
            1       | 2024-12-20 | 2024-12-22 | 21
            2       | 2023-11-01 | 2024-01-02 | 21
            3       | 2024-12-28 |            | 21
            4       | 2024-12-10 | 2024-12-12 | 11
            """
        },
        """
        patient  other_admissions_12m  other_emergency_admissions_12m  other_emergency_admissions_1m
        1        3                     2                               1
        2        0                     0                               0
        3        1                     1                               1
        4        0                     0                               0
        5        0                     0                               0
        """,
        {"features": (LATEST_STAY,), "people": 5},
    ),
    Spec(
        "an admission that care outside hospital can often prevent, by the diagnosis of the first episode",
        {
            "episodes": """
            patient | admitted   | starts     | ends       | discharged | order | diagnosis
            1       | 2024-12-20 | 2024-12-20 | 2024-12-21 |            | 1     | J440
            1       | 2024-12-20 | 2024-12-21 | 2024-12-24 | 2024-12-24 | 2     | N179
            2       | 2024-12-20 | 2024-12-20 | 2024-12-21 |            | 1     | N179
            2       | 2024-12-20 | 2024-12-21 | 2024-12-24 | 2024-12-24 | 2     | J440
            3       | 2024-12-20 | 2024-12-20 | 2025-01-04 | 2025-01-04 | 1     | J440
            4       | 2024-12-20 | 2024-12-20 | 2024-12-21 | 2024-12-21 | 1     |
            """
        },
        """
        patient  acsc_admissions_1m
        1        1
        2        0
        3        0
        4        0
        """,
        {"features": (ACSC_ADMISSIONS,)},
    ),
    Spec(
        "ED attendances leave out planned follow-up; an unknown category counts",
        {
            "ed_attendances": """
            patient | date       | attendance_category
            1       | 2024-12-20 | first
            1       | 2024-12-21 | planned follow-up
            1       | 2024-12-22 | unplanned follow-up
            2       | 2024-12-22 |
            """
        },
        """
        patient  ed_attendances_1m
        1        2
        2        1
        3        0
        4        0
        """,
        {"features": (ED_ATTENDANCES,)},
    ),
    Spec(
        "condition: by the practice in any code system, or by a hospital; ICD-10 and Read v2 with their children",
        {
            GP: """
            patient  date        system  code
            1        2020-01-01  snomed  84114007
            2        2020-01-01  readv2  G581.
            3        2020-01-01  ctv3    XE2QG
            5        2020-01-01  snomed  841140071
            6        2020-01-01  readv2  G57..
            """,
            "diagnoses": """
            patient  date        code
            4        2020-01-01  I501
            7        2020-01-01  I119
            """,
        },
        """
        patient  has_failure
        1        1
        2        1
        3        1
        4        1
        5        0
        6        0
        7        0
        8        0
        """,
        {"features": (FAILURE,), "people": 8},
    ),
    Spec(
        "condition: years since it was first recorded anywhere, however long ago",
        {
            GP: """
            patient  date        code
            1        2023-01-01  84114007
            1        2024-01-01  84114007
            2        1955-01-01  84114007
            """,
            "diagnoses": "patient date code\n1 2021-01-01 I500",
        },
        """
        patient | has_failure | years_since_failure
        1       | 1           | 4
        2       | 1           | 70.0014
        3       | 0           |
        4       | 0           |
        """,
        {"features": (FAILURE,)},
    ),
    Spec(
        "condition: recorded as resolved it is over, until it is recorded again",
        {
            GP: """
            patient  date        code
            1        2020-01-01  195967001
            2        2020-01-01  195967001
            2        2021-01-01  162660004
            3        2020-01-01  195967001
            3        2021-01-01  162660004
            3        2022-01-01  195967001
            4        2021-01-01  195967001
            4        2021-01-01  162660004
            """
        },
        """
        patient  has_asthma
        1        1
        2        0
        3        1
        4        0
        """,
        {"features": (ASTHMA,)},
    ),
    Spec(
        "condition: resolved after the index date, or recorded so after it, is not known yet",
        {
            GP: """
            patient | date       | recorded   | code
            1       | 2020-01-01 |            | 195967001
            1       | 2025-01-01 |            | 162660004
            2       | 2020-01-01 |            | 195967001
            2       | 2024-06-01 | 2025-06-01 | 162660004
            """
        },
        """
        patient  has_asthma
        1        1
        2        1
        3        0
        4        0
        """,
        {"features": (ASTHMA,)},
    ),
    Spec(
        "condition of the last 12 months: the latest record decides",
        {
            GP: """
            patient  date        code
            1        2024-01-02  1912002
            2        2024-01-01  1912002
            3        2020-01-01  1912002
            3        2024-12-31  1912002
            """
        },
        """
        patient  has_fall
        1        1
        2        0
        3        1
        4        0
        """,
        {"features": (FALL,)},
    ),
    Spec(
        "condition where there are no hospital records",
        {GP: "patient date code\n1 2020-01-01 84114007"},
        """
        patient | has_failure | years_since_failure
        1       | 1           | 5.00205
        2       | 0           |
        3       | 0           |
        4       | 0           |
        """,
        {"features": (FAILURE,)},
    ),
    Spec(
        "measurement: the latest value of three years and its age; never measured is null",
        {
            GP: """
            patient | date       | code            | value | unit
            1       | 2024-12-01 | 999791000000106 | 60    | mmol/mol
            1       | 2024-12-22 | 999791000000106 | 58.25 | mmol/mol
            2       | 2022-01-02 | 999791000000106 | 48    |
            3       | 2022-01-01 | 999791000000106 | 48    |
            """
        },
        """
        patient | sugar_latest | days_since_sugar
        1       | 58.25        | 10
        2       | 48           | 1095
        3       |              |
        4       |              |
        """,
        {"features": (SUGAR,)},
    ),
    Spec(
        "measurement: in another unit it is converted; a value that is not plausible was not recorded",
        {
            GP: """
            patient | date       | code            | value | unit
            1       | 2024-12-22 | 999791000000106 | 7.5   | %
            2       | 2024-12-22 | 999791000000106 | 7.5   | mmol/mol
            2       | 2024-12-01 | 999791000000106 | 70    | MMOL/MOL
            3       | 2024-12-22 | 999791000000106 |       | mmol/mol
            4       | 2024-12-22 | 999791000000106 | 201   | mmol/mol
            """
        },
        """
        patient | sugar_latest | days_since_sugar
        1       | 58.475       | 10
        2       | 70           | 31
        3       |              |
        4       |              |
        """,
        {"features": (SUGAR,)},
    ),
    Spec(
        "measurement: of two values of one day the higher is the latest",
        {
            GP: """
            date        code             value
            2024-12-22  999791000000106  61
            2024-12-22  999791000000106  59
            2024-12-21  999791000000106  90
            """
        },
        """
        patient | sugar_latest
        1       | 61
        2       |
        3       |
        4       |
        """,
        {"features": (SUGAR,)},
    ),
    Spec(
        "measurement: the change is the mean of the last 12 months less the mean of the 24 before; null without both",
        {
            GP: """
            patient  date        code             value
            1        2024-12-01  999791000000106  62
            1        2024-01-02  999791000000106  58
            1        2024-01-01  999791000000106  50
            1        2022-01-02  999791000000106  54
            1        2022-01-01  999791000000106  99
            2        2024-12-01  999791000000106  62
            3        2023-12-01  999791000000106  62
            """
        },
        """
        patient | sugar_latest | sugar_change
        1       | 62           | 8
        2       | 62           |
        3       | 62           |
        4       |              |
        """,
        {"features": (SUGAR,)},
    ),
    Spec(
        "medicine group: items in the window, by BNF prefix or dm+d code",
        {
            "prescriptions": """
            patient  date        system  code
            1        2024-12-01  bnf     0202020L0AABBBB
            1        2024-11-01  bnf     0202020L0AABBBB
            1        2024-07-03  dmd     317971007
            1        2024-07-02  bnf     0202020L0AABBBB
            2        2024-12-01  bnf     0202010L0AABBBB
            3        2024-12-01  dmd     31797100
            """
        },
        """
        patient  water_tablets_items_6m
        1        3
        2        0
        3        0
        4        0
        """,
        {"features": (WATER_TABLETS,)},
    ),
    Spec(
        "distinct: medicines and BNF sections; a dressing is neither, and a product without BNF code is a medicine",
        {
            "prescriptions": """
            patient  date        system  code
            1        2024-12-01  bnf     0212000B0AAABAB
            1        2024-11-01  bnf     0212000B0AAADAD
            1        2024-11-01  bnf     0212000Y0AAABAB
            1        2024-12-01  bnf     0601022B0AAABAB
            1        2024-08-01  bnf     0301011R0AAAPAP
            1        2024-12-01  bnf     20030100123
            2        2024-12-01  dmd     317971007
            """
        },
        """
        patient  medicines_3m  medicines_6m  medicines_12m  bnf_sections_6m
        1        3             4             4              3
        2        1             1             1              0
        3        0             0             0              0
        4        0             0             0              0
        """,
        {"features": (MEDICINES, BNF_SECTIONS)},
    ),
    Spec(
        "a sum of other columns: five or more medicines",
        {
            "prescriptions": """
            patient  date        code
            1        2024-12-01  0212000B0
            1        2024-12-01  0601022B0
            1        2024-12-01  0301011R0
            1        2024-12-01  0403030Q0
            2        2024-12-01  0212000B0
            2        2024-12-01  0601022B0
            2        2024-12-01  0301011R0
            2        2024-12-01  0403030Q0
            2        2024-12-01  0103050P0
            """
        },
        """
        patient  medicines_3m  polypharmacy_5  polypharmacy_10
        1        4             0               0
        2        5             1               0
        3        0             0               0
        4        0             0               0
        """,
        {"features": (MEDICINES, *POLYPHARMACY)},
    ),
    Spec(
        "clinical score: of each family the heaviest, once, whichever spell and position; the families are added up",
        {
            "diagnoses": """
            patient  date        code  position
            1        2024-12-01  E119  1
            1        2024-06-01  E119  2
            2        2024-12-01  E119  1
            2        2024-06-01  E112  3
            2        2024-06-01  E113  4
            2        2023-06-01  I509  1
            3        2023-01-02  J440  1
            4        2023-01-01  I500  1
            """
        },
        """
        patient  a_score
        1        1
        2        3
        3        0.5
        4        0
        5        0
        """,
        {"features": (SCORE,), "people": 5},
    ),
    Spec(
        "clinical score of other columns: steps, units, powers, the greater of two, what is not measured, a constant",
        {
            "consultations": """
            patient  date        mode
            1        2024-12-20  home
            1        2024-12-20  home
            1        2024-12-21  home
            1        2024-06-20  home
            2        2024-12-20  home
            3        2024-12-20  surgery
            """,
            GP: """
            patient | date       | code            | value
            1       | 2024-01-01 | 84114007        |
            1       | 2024-01-01 | 195967001       |
            1       | 2024-12-22 | 999791000000106 | 47
            2       | 2024-12-22 | 999791000000106 | 48
            """,
            "diagnoses": "patient date code\n4 2024-12-01 I500",
        },
        """
        patient | b_score_conditions | b_score
        1       | 0                  | 117.1
        2       | 0                  | 1.6
        3       | 0                  | 0.5
        4       | 2                  | 2010.5
        """,
        {"features": (HOME_VISITS, FAILURE, ASTHMA, SUGAR, OF_COLUMNS)},
    ),
    Spec(
        "clinical score of other columns: null where a row cannot be told of the patient",
        {"consultations": "patient date mode\n1 2024-12-20 home"},
        """
        patient | c_score
        1       | 12
        2       |
        3       |
        4       |
        """,
        {
            "features": (
                HOME_VISITS,
                replace(
                    OF_COLUMNS,
                    name="c_score",
                    weights=(),
                    constant=0,
                    terms=(Term("days", "days_since_home_visits", each=1),),
                ),
            )
        },
    ),
    Spec(
        "index of deficits: each from its first code on, by the study's own lists alone",
        {
            GP: """
            patient  date        system  code
            1        2001-01-01  snomed  1912002
            1        2024-01-01  snomed  1912002
            2        2024-01-01  snomed  1912002
            2        2024-01-01  readv2  1B53.
            2        2025-01-01  readv2  1B53.
            3        2025-01-01  snomed  1912002
            """,
            "prescriptions": """
            patient  date        code
            2        2024-12-01  0212000B0
            2        2024-12-01  0601022B0
            3        2024-12-01  0212000B0
            """,
        },
        """
        patient  index_deficits  index
        1        1               0.25
        2        2               1
        3        0               0
        4        0               0
        """,
        {"features": (MEDICINES, DEFICITS)},
    ),
)


@chapter(*FAMILIES)
def test_families(spec: Spec, engine: Engine) -> None:
    people = "patient\n" + "\n".join(str(n) for n in range(1, spec.setting.get("people", 4) + 1))
    given = {"patients": people, **dict(spec.given)}  # type: ignore[arg-type]
    check(matrix(engine, spec.setting["features"], given), spec.answer)


PHRASES: tuple[tuple[Feature, dict[str, float | None], str | None], ...] = (
    (HOME_VISITS, {"home_visits_1m": 1, "home_visits_12m": 3, "days_since_home_visits": 12},
     "3 home visits in the last 12 months, the latest 12 days ago"),
    (HOME_VISITS, {"home_visits_1m": 1, "home_visits_12m": 0, "days_since_home_visits": None},
     "1 home visit in the last month"),
    (HOME_VISITS, {"home_visits_1m": 0, "home_visits_12m": 0, "days_since_home_visits": 800}, None),
    (FAILURE, {"has_failure": 1, "years_since_failure": 4.0}, "heart failure, first recorded 4 years ago"),
    (FAILURE, {"has_failure": 0, "years_since_failure": None}, None),
    (FALL, {"has_fall": 1}, "a fall recorded in the last 12 months"),
    (SUGAR, {"sugar_latest": 58.25, "days_since_sugar": 10}, "HbA1c 58 mmol/mol, 10 days ago"),
    (SUGAR, {"sugar_latest": 48.0, "days_since_sugar": 10}, None),
    (SUGAR, {"sugar_latest": None, "days_since_sugar": None}, None),
    (WATER_TABLETS, {"water_tablets_items_6m": 3}, "loop diuretic in the last 6 months"),
    (MEDICINES, {"medicines_3m": 3, "medicines_6m": 7}, "7 different medicines in the last 6 months"),
    (MEDICINES, {"medicines_3m": 3, "medicines_6m": 4}, None),
    (SCORE, {"a_score": 4.5}, "A score 4.5 (high)"),
    (SCORE, {"a_score": 2.5}, None),
    (SCORE, {"a_score": 0.0}, None),
    (OF_COLUMNS, {"b_score": 7.23456}, "B score 7.235"),
    (replace(SCORE, phrase_from=None), {"a_score": 9.0}, None),
    (LATEST_STAY, {"days_since_discharge": 12, "latest_stay_nights": 5}, "left hospital 12 days ago after 5 nights"),
    (LATEST_STAY, {"days_since_discharge": 1, "latest_stay_nights": 1}, "left hospital yesterday after 1 night"),
    (LATEST_STAY, {"days_since_discharge": 91, "latest_stay_nights": 5}, None),
    (LATEST_STAY, {"days_since_discharge": None, "latest_stay_nights": None}, None),
)  # fmt: skip


@pytest.mark.parametrize(("feature", "facts", "said"), PHRASES)
def test_what_a_family_says(feature: Feature, facts: dict[str, float | None], said: str | None) -> None:
    assert feature.phrase(facts) == said


def test_a_feature_is_absent_where_the_store_has_none_of_its_tables(engine: Engine) -> None:
    found = matrix(engine, [HOME_VISITS, SUGAR], {"patients": "patient\n1", GP: "date code\n2024-01-01 1"})
    assert "sugar_latest" in found.collect_schema().names()
    assert "home_visits_1m" not in found.collect_schema().names()


METHOD = "episodes.admission_method"
MEASURED = {name for name, feature in FEATURES.items() if isinstance(feature, Measurement)}
BY_BNF = {name for name, feature in FEATURES.items() if isinstance(feature, MedicineGroup)} | {"bnf_sections"}
CARE = {name for name, feature in FEATURES.items() if not feature.usable_by_models}
ONE_OF_EACH = [feature.snomed.split()[0] for feature in FEATURES.values() if isinstance(feature, CareGiven)]
STAND_INS = {"admissions", "bed_days"}
OF_A_STAY = {"latest_stay", "lace", "hospital_simplified", "parr30"}
OF_DIAGNOSES = {
    "charlson_icd10_quan", "charlson_icd10_shmi", "elixhauser_icd10_van_walraven", "hfrs", "lace", "parr30",
}  # fmt: skip
NOT_CARRIED: Mapping[str, set[str]] = {
    METHOD: {
        "emergency_admissions", "emergency_bed_days", "acsc_admissions", "elective_admissions", "prior_admissions",
        *OF_A_STAY,
    },
    "episodes.patient_class": {"elective_admissions", "day_cases"},
    "episodes.discharge_date": set(),
    "episodes.end_date": set(),
    "episodes.end_date episodes.discharge_date": {"emergency_bed_days", *OF_A_STAY},
    "episodes.end_date episodes.discharge_date episodes.admission_method": {
        "emergency_admissions", "emergency_bed_days", "acsc_admissions", "elective_admissions", "bed_days",
        "prior_admissions", *OF_A_STAY,
    },
    "ed_attendances.department_type": {"ed_type1_attendances"},
    "ed_attendances.attendance_category": set(),
    "op_appointments.attended": {"outpatient_seen", "outpatient_missed"},
    "consultations.mode": {"home_visits"},
    "gp_events.value": {*MEASURED, "hospital_simplified"},
    "gp_events.unit": set(),
    "prescriptions.quantity prescriptions.repeat": set(),
    "patients.birth_date": {"age", "parr30"},
    "patients.sex": {"is_female"},
    "patients.imd_decile": {"imd_decile"},
    "patients.care_home": set(),
}  # fmt: skip
SYSTEMS = {"gp_events": ("snomed", "readv2"), "prescriptions": ("bnf", "dmd"), "diagnoses": ("icd10",)}


def without(*columns: str) -> Carried:
    """Everything but some columns, each as table.column."""
    return {t: {name for name in names if f"{t}.{name}" not in columns} for t, names in EVERYTHING.items()}


def planned(carried: Carried, systems: Mapping[str, tuple[str, ...]] = SYSTEMS) -> Plan:
    """All features, of a store whose codes are of some systems, one of each kind of care among them."""
    texts = {t: "date system code\n" + "\n".join(f"2020-01-01 {s} X" for s in some) for t, some in systems.items()}
    if "snomed" in systems.get(GP, ()):
        texts[GP] += "".join(f"\n2020-01-01 snomed {code}" for code in ONE_OF_EACH)
    codes = codes_of({name: tablespec.table(name, text) for name, text in texts.items()})
    return plan_features(FEATURES.values(), carried, codes, carried)


@pytest.mark.parametrize("columns", NOT_CARRIED)
def test_what_no_extract_carries_makes_features_absent(columns: str) -> None:
    chosen = planned(without(*columns.split()))
    assert set(chosen.absent_because) == {feature.name for feature in chosen.absent} == NOT_CARRIED[columns]
    assert {feature.name for feature in chosen.features} & set(NOT_CARRIED[columns]) == set()
    for name, why in chosen.absent_because.items():
        made_of = set(FEATURES[name].derived_from) & set(chosen.absent_columns)
        assert any(column in why for column in (*columns.split(), *made_of)), why
    assert (STAND_INS & {feature.name for feature in chosen.features} != set()) == (METHOD in columns)


def test_every_column_that_a_feature_needs_is_tried_here() -> None:
    tried = {column for columns in NOT_CARRIED for column in columns.split()}
    needed = {one for feature in FEATURES.values() for need in feature.requires for one in need.split(" or ")}
    whole_tables = {"diagnoses", "gp_events"}
    assert needed - whole_tables <= tried
    for one in needed - whole_tables:
        name, column = one.split(".")
        assert not TABLES[name].by_name[column].required, f"{one} is there always"


def test_nothing_is_absent_where_everything_is_carried() -> None:
    chosen = planned(EVERYTHING)
    assert chosen.absent_because == {}
    assert chosen.absences() == []
    assert set(FEATURES) - {feature.name for feature in chosen.features} == STAND_INS


def test_without_diagnoses_nothing_is_made_of_them() -> None:
    chosen = planned({name: columns for name, columns in EVERYTHING.items() if name != "diagnoses"})
    assert set(chosen.absent_because) == {"acsc_admissions", *OF_DIAGNOSES}


def test_codes_of_a_system_that_no_feature_knows_are_not_read_as_nothing() -> None:
    products = planned(EVERYTHING, {**SYSTEMS, "prescriptions": ("prodcode", "dmd")})
    assert set(products.absent_because) == BY_BNF
    terms = planned(EVERYTHING, {**SYSTEMS, "gp_events": ("medcode",)})
    only_gp = {name for name, f in FEATURES.items() if isinstance(f, Condition) and not f.icd10}
    assert only_gp >= {"care_home", "housebound", "frailty_severe"}
    assert set(terms.absent_because) == only_gp | MEASURED | CARE | {"hospital_simplified", "efi"}
    assert "ltc_count" in {feature.name for feature in terms.features}


def test_what_is_made_of_an_absent_column_is_absent() -> None:
    no_hospital = {name: columns for name, columns in EVERYTHING.items() if name not in ("episodes", "diagnoses")}
    chosen = planned(no_hospital, {"gp_events": ("ctv3",), "prescriptions": ("bnf",)})
    assert "aortic_aneurysm" in chosen.absent_because
    assert "has_aortic_aneurysm" in chosen.absent_because["ltc_count"]
    assert "cardiometabolic_count" not in chosen.absent_because
    gone = planned({name: columns for name, columns in EVERYTHING.items() if name != "prescriptions"})
    assert {"medicines", "polypharmacy_5", "polypharmacy_10"} <= set(gone.absent_because)


def test_a_meaning_can_be_reworded_without_refusing_the_models_that_know_the_old_wording() -> None:
    before = replace(IS_FEMALE, meaning=IS_FEMALE.defined_as, defined_as="")
    assert definition(before) == definition(IS_FEMALE)
    assert definition(replace(IS_FEMALE, defined_as="")) != definition(IS_FEMALE)


def test_what_is_absent_is_said_a_sentence_a_reason() -> None:
    topics = "latest_stay, emergency_admissions, emergency_bed_days, acsc_admissions and elective_admissions"
    said = planned(without(METHOD, "consultations.mode")).absences()
    assert said[:2] == [
        f"Absent features: {topics}. Reason: no extract carries {METHOD}.",
        "Absent features: home_visits. Reason: no extract carries consultations.mode.",
    ]
    assert "Absent features: prior_admissions. Reason: it needs absent columns (emergency_admissions_12m)." in said
    long, made_of_it = planned(without("gp_events.value")).absences()
    assert f" and {len(MEASURED) - 8} more. Reason: " in long
    what = "haemoglobin_latest and sodium_latest"
    assert made_of_it == f"Absent features: hospital_simplified. Reason: it needs absent columns ({what})."


def test_an_index_of_deficits_is_absent_until_a_study_gives_every_list() -> None:
    some = replace(DEFICITS, own={"index_falls": {"snomed": "1912002"}})
    codes = codes_of({GP: tablespec.table(GP, "date code\n2020-01-01 1912002")})
    for own, lacking in ((some, "index_dizziness"), (replace(DEFICITS, own={}), "index_falls and index_dizziness")):
        chosen = plan_features([MEDICINES, own], EVERYTHING, codes)
        assert chosen.absent_because == {"index": f"[codelists] in study.toml does not name {lacking}"}
        assert set(chosen.absent_columns) == {"index_deficits", "index"}
    assert plan_features([MEDICINES, DEFICITS], EVERYTHING, codes).absent == ()


def test_where_emergencies_cannot_be_told_admissions_of_any_kind_are_counted(engine: Engine) -> None:
    given = {
        "patients": "patient\n1\n2\n3",
        "episodes": """
        patient | hospital | admitted   | discharged | method | from | to | class
        1       | RAA      | 2024-12-20 | 2024-12-22 |        | 19   | 51 | 1
        1       | RBB      | 2024-12-22 | 2024-12-25 |        | 51   | 19 | 1
        1       | RAA      | 2024-12-28 | 2024-12-29 |        | 19   | 19 |
        2       | RAA      | 2024-12-20 | 2024-12-20 |        | 19   | 19 | 2
        """,
    }
    found = matrix(engine, [ADMISSIONS, BED_DAYS, EMERGENCY_ADMISSIONS, AGE], given, carried=without(METHOD))
    check(
        found,
        """
        patient | admissions_1m | days_since_admissions | bed_days_1m
        1       | 2             | 4                     | 6
        2       | 0             |                       | 0
        3       | 0             |                       | 0
        """,
    )
    assert "emergency_admissions_1m" not in found.collect_schema().names()
    usual = matrix(engine, [ADMISSIONS, BED_DAYS, EMERGENCY_ADMISSIONS, AGE], given)
    assert {"admissions_1m", "bed_days_1m"} & set(usual.collect_schema().names()) == set()


@pytest.mark.parametrize("lacking", [(), ("patients.imd_decile",)])
def test_deprivation_is_a_column_only_where_it_is_carried(lacking: tuple[str, ...], engine: Engine) -> None:
    found = matrix(engine, [AGE, DEPRIVATION], {"patients": "patient\n1"}, carried=without(*lacking))
    assert ("imd_decile" in found.collect_schema().names()) == (not lacking)


def test_two_features_read_one_table_without_mixing(engine: Engine) -> None:
    given = {"patients": "patient\n1", GP: "date code value\n2024-12-22 84114007 -\n2024-12-22 999791000000106 50"}
    check(
        matrix(engine, [FAILURE, ASTHMA, FALL, SUGAR], given),
        """
        has_failure  has_asthma  has_fall  sugar_latest
        1            0           0         50
        """,
    )


def test_there_is_enough_to_choose_from() -> None:
    assert len(COLUMNS) >= 150
    assert len(_LONG_TERM) >= 40
    assert {"charlson_icd10_quan", "hfrs"} <= {name.split("_icd10_109")[0] for name in all_scores()}


def test_every_column_has_one_name() -> None:
    times = Counter(column.name for _, column in COLUMNS)
    assert [name for name, n in times.items() if n > 1] == []
    assert [name for name in times if not name.isidentifier() or name != name.lower()] == []


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_says_what_it_is(name: str) -> None:
    feature = FEATURES[name]
    assert feature.columns()
    assert feature.group in ("hospital", "gp", "demographic")
    assert set(feature.tables) <= {*TABLES, "spells"}
    for column in feature.columns():
        assert column.unit.strip()
        assert column.meaning.strip()
        assert column.window.strip()
        assert column.kind in ("count", "days", "flag", "value")
        assert (column.kind == "days") == (column.unit == "days"), column.name
        assert (column.kind == "flag") == (column.unit == "0/1"), column.name


@pytest.mark.parametrize("value", [None, 0, 0.0, 1, 2.5, 10**9, -1])
def test_every_phrase_is_text_or_nothing(value: float | None) -> None:
    for name, feature in FEATURES.items():
        said = feature.phrase({column.name: value for column in feature.columns()})
        assert said is None or (isinstance(said, str) and said.strip()), name


def test_a_patient_with_nothing_on_record_has_nothing_said_of_them() -> None:
    for value in (None, 0):
        said = {name: f.phrase({c.name: value for c in f.columns()}) for name, f in FEATURES.items()}
        measured = {name for name, f in FEATURES.items() if isinstance(f, Measurement)} if value == 0 else set()
        assert {name for name, text in said.items() if text} <= {"imd_decile", *measured}


def test_no_two_features_mean_different_things_by_one_aggregate() -> None:
    first: dict[str, object] = {}
    for feature in FEATURES.values():
        for aggregate in feature.aggregates():
            assert first.setdefault(aggregate.name, aggregate) == aggregate


def test_a_code_list_has_one_name() -> None:
    lists: dict[str, object] = {}
    for feature in FEATURES.values():
        for one in feature.aggregates():
            if isinstance(one, CodeAggregate):
                assert lists.setdefault(one.codes.name, one.codes) == one.codes


def test_plausible_values_are_such_as_a_build_can_hold() -> None:
    for feature in FEATURES.values():
        if isinstance(feature, Measurement):
            low, high = feature.plausible
            assert 0 <= low < high < 10**6, feature.name


def test_every_family_is_specified_here() -> None:
    used = {type(feature) for spec in FAMILIES for feature in spec.setting["features"]}
    every = {
        Attribute,
        ClinicalScore,
        Condition,
        Counts,
        DeficitIndex,
        Distinct,
        LatestStay,
        Measurement,
        MedicineGroup,
    }
    elsewhere = {Attribute, CareGiven, Distinct}  # care: test_care_gaps
    assert {type(feature) for feature in FEATURES.values()} <= used | elsewhere
    assert used >= every


def test_more_use_of_urgent_care_and_more_illness_never_lower_the_risk() -> None:
    rises = {column.name: column.monotone for _, column in COLUMNS}
    for name in ("emergency_admissions", "emergency_bed_days", "acsc_admissions", "ed_attendances"):
        assert {rises[f"{name}_{months}m"] for months in (1, 3, 6, 12, 24, 36)} == {1}
    assert {rises[name] for name in ("ed_type1_attendances_12m", "ltc_count", *all_scores())} == {1}
    assert {rises[f"days_since_{name}"] for name in ("emergency_admissions", "ed_attendances", "discharge")} == {-1}
    assert {rises[name] for name in ("elective_admissions_12m", "gp_consultations_12m", "age", "sodium_latest")} == {0}


def test_every_canonical_column_has_a_meaning() -> None:
    for table in TABLES.values():
        assert table.meaning.strip()
        assert len(table.by_name) == len(table.columns)
        assert all(column.meaning.strip() for column in table.columns), table.name
        named = {*table.key, *filter(None, (table.event, table.recorded)), *table.ends, *sum(table.ends.values(), ())}
        assert named <= set(table.by_name), table.name


@pytest.mark.parametrize("days", [0, 1, 13, 14, 59, 60, 729, 730, 40_000])
def test_how_long_ago_is_never_said_in_days_for_years(days: int) -> None:
    assert ago(days).endswith("ago") or ago(days) == "yesterday"
