"""How much care the patient has used.

Decision
--------
An admission is a continuous inpatient spell (`spells`), so that a transfer is not counted twice. Emergency is an
emergency admission method, ordinary or mother-and-baby class; elective is methods 11 to 13; day case is class 2.
Bed days are nights: those of the stay that fall in the window, up to the cut for a stay that goes on. ED
attendances leave out planned follow-up.
"""

import narwhals as nw

from riskstrat.families import Counts
from riskstrat.features.acsc import ACSC
from riskstrat.spells import is_unplanned
from riskstrat.study import EMERGENCY_METHODS
from riskstrat.windows import Lookback

MONTHS = (1, 3, 6, 12, 24, 36)
ELECTIVE_METHODS = ("11", "12", "13")


def _emergency() -> nw.Expr:
    return is_unplanned(EMERGENCY_METHODS, ("1", "5"))


def _elective() -> nw.Expr:
    return nw.col("admission_method").is_in(ELECTIVE_METHODS) & (nw.col("patient_class") == "1")


def _day_case() -> nw.Expr:
    return nw.col("patient_class") == "2"


def _acsc() -> nw.Expr:
    hits = [nw.col("main_diagnosis").str.starts_with(prefix) for prefix in ACSC.codes["icd10"].split()]
    return _emergency() & nw.any_horizontal(*hits, ignore_nulls=True)


def _nights(seen: Lookback, months: int) -> nw.Expr:
    until = nw.min_horizontal(nw.coalesce(nw.col("discharge_day"), nw.lit(seen.cut)), nw.lit(seen.cut))
    since = nw.max_horizontal(nw.col("admission_day"), nw.lit(seen.start(months)))
    return nw.max_horizontal(until - since, nw.lit(0))


def _unplanned_attendance() -> nw.Expr:
    category = nw.col("attendance_category")
    return category.is_null() | (category != "planned follow-up")


EMERGENCY_ADMISSIONS = Counts(
    name="emergency_admissions",
    table="spells",
    day="admission_day",
    where=_emergency,
    months=MONTHS,
    noun="emergency admission",
    unit="admissions",
    meaning="unplanned admissions (continuous inpatient spells)",
    group="hospital",
)

EMERGENCY_BED_DAYS = Counts(
    name="emergency_bed_days",
    table="spells",
    day="admission_day",
    where=_emergency,
    amount=_nights,
    months=MONTHS,
    noun="emergency bed day",
    unit="nights",
    meaning="nights in hospital after unplanned admissions",
    group="hospital",
    days_since_last=False,
)

ACSC_ADMISSIONS = Counts(
    name="acsc_admissions",
    table="spells",
    day="admission_day",
    where=_acsc,
    months=MONTHS,
    noun="admission for a condition that care outside hospital can often prevent",
    unit="admissions",
    meaning=f"unplanned admissions for ambulatory-care-sensitive conditions ({ACSC.name})",
    group="hospital",
)

ELECTIVE_ADMISSIONS = Counts(
    name="elective_admissions",
    table="spells",
    day="admission_day",
    where=_elective,
    months=MONTHS,
    noun="planned admission",
    unit="admissions",
    meaning="planned admissions with a stay (methods 11 to 13)",
    group="hospital",
)

DAY_CASES = Counts(
    name="day_cases",
    table="spells",
    day="admission_day",
    where=_day_case,
    months=MONTHS,
    noun="day case",
    unit="admissions",
    meaning="day-case admissions",
    group="hospital",
)

ED_ATTENDANCES = Counts(
    name="ed_attendances",
    table="ed_attendances",
    where=_unplanned_attendance,
    months=MONTHS,
    noun="ED attendance",
    unit="attendances",
    meaning="unplanned attendances at any emergency department",
    group="hospital",
)

ED_TYPE1_ATTENDANCES = Counts(
    name="ed_type1_attendances",
    table="ed_attendances",
    where=lambda: _unplanned_attendance() & (nw.col("department_type") == "1"),
    months=MONTHS,
    noun="attendance at a major emergency department",
    unit="attendances",
    meaning="unplanned attendances at consultant-led 24-hour departments (type 1)",
    group="hospital",
)

OUTPATIENT_SEEN = Counts(
    name="outpatient_seen",
    table="op_appointments",
    where=lambda: nw.col("attended") == "seen",
    months=MONTHS,
    noun="outpatient visit",
    unit="appointments",
    meaning="outpatient appointments attended",
    says_from=3,
    group="hospital",
)

OUTPATIENT_MISSED = Counts(
    name="outpatient_missed",
    table="op_appointments",
    where=lambda: nw.col("attended") == "missed",
    months=MONTHS,
    noun="missed outpatient appointment",
    unit="appointments",
    meaning="outpatient appointments missed, or late and not seen",
    group="hospital",
)

GP_CONSULTATIONS = Counts(
    name="gp_consultations",
    table="consultations",
    where=lambda: nw.col("event_day") >= 0,
    months=MONTHS,
    noun="GP practice contact",
    unit="contacts",
    meaning="contacts with the practice, any staff, any mode",
    says_from=6,
    group="gp",
)

HOME_VISITS = Counts(
    name="home_visits",
    table="consultations",
    where=lambda: nw.col("mode").str.to_lowercase().str.contains("home", literal=True),
    months=(3, 12),
    noun="home visit",
    unit="visits",
    meaning="home visits by the practice",
    group="gp",
)
