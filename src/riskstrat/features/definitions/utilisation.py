"""Define the use of care: admissions, bed days, attendances, appointments and contacts.

Decision
--------
An admission is a continuous inpatient spell (`spells`), so that a transfer is not counted twice. An emergency admission
has an emergency admission method and the ordinary or mother-and-baby class; an elective admission has methods 11 to 13;
a day case has class 2. Bed days are the nights of a stay that fall in the window; for a stay that has not ended, up to
the index date. ED attendances do not include planned follow-up.

Each feature `requires` the columns without which it would count nothing, and is absent if no extract has them. If the
extract does not have the admission method, admissions and bed days of any kind are used instead; if it has, they would
only repeat the sum of the others. If no patient class is recorded, an emergency counts and a planned stay does not. If
no attendance has a category, planned follow-up cannot be recognised, and all attendances are counted.

`monotone` is set for urgent care: of two patients alike in all else, the one with more emergency admissions, bed days
after them, avoidable admissions or ED attendances, or with more recent ones, never has the lower risk. PARR-30 gives
weight to each emergency admission and more to a recent one (Billings 2012); LACE gives points for each ED attendance
and for nights (van Walraven 2010). Planned care has no constraint: it can be a sign of illness or of good care.
"""

from functools import partial

import narwhals as nw

from riskstrat.features.definitions.acsc import ACSC
from riskstrat.features.families.counts import Counts
from riskstrat.features.outcomes import is_unplanned_attendance
from riskstrat.features.spells import is_admission, is_unplanned
from riskstrat.study import EMERGENCY_METHODS
from riskstrat.tables import Lookback

_MONTHS = (1, 3, 6, 12, 24, 36)
ELECTIVE_METHODS = ("11", "12", "13")
CLASSES = ("1", "5")
ADMISSION_METHOD = "episodes.admission_method"
END = "episodes.discharge_date or episodes.end_date"


def _emergency() -> nw.Expr:
    return is_unplanned(EMERGENCY_METHODS, CLASSES)


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


_of_hospital = partial(Counts, months=_MONTHS, group="hospital")
_of_spells = partial(_of_hospital, table="spells", day="admission_day", unit="admissions")
_of_practice = partial(Counts, months=_MONTHS, group="gp", table="consultations")

EMERGENCY_ADMISSIONS = _of_spells(
    name="emergency_admissions",
    monotone=1,
    where=_emergency,
    noun="emergency admission",
    meaning="unplanned admissions (continuous inpatient spells)",
    requires=(ADMISSION_METHOD,),
)

EMERGENCY_BED_DAYS = _of_spells(
    name="emergency_bed_days",
    monotone=1,
    where=_emergency,
    amount=_nights,
    noun="emergency bed day",
    unit="nights",
    meaning="nights in hospital after unplanned admissions",
    days_since_last=False,
    requires=(ADMISSION_METHOD, END),
)

ACSC_ADMISSIONS = _of_spells(
    name="acsc_admissions",
    monotone=1,
    where=_acsc,
    noun="potentially avoidable admission",
    meaning=f"unplanned admissions for ambulatory-care-sensitive conditions ({ACSC.name})",
    requires=(ADMISSION_METHOD, "diagnoses"),
)

ELECTIVE_ADMISSIONS = _of_spells(
    name="elective_admissions",
    where=_elective,
    noun="planned admission",
    meaning="planned admissions with a stay (methods 11 to 13)",
    requires=(ADMISSION_METHOD, "episodes.patient_class"),
)

DAY_CASES = _of_spells(
    name="day_cases",
    where=_day_case,
    noun="day case",
    meaning="day-case admissions",
    requires=("episodes.patient_class",),
)

ADMISSIONS = _of_spells(
    name="admissions",
    where=lambda: is_admission(CLASSES),
    noun="admission",
    meaning="admissions of any kind (continuous inpatient spells), where no admission method is recorded",
    defined_as="admissions of any kind (continuous inpatient spells), where emergencies cannot be told",
    replaces_missing=(ADMISSION_METHOD,),
)

BED_DAYS = _of_spells(
    name="bed_days",
    where=lambda: is_admission(CLASSES),
    amount=_nights,
    noun="bed day",
    unit="nights",
    meaning="nights in hospital after admissions of any kind, where no admission method is recorded",
    defined_as="nights in hospital after admissions of any kind, where emergencies cannot be told",
    days_since_last=False,
    requires=(END,),
    replaces_missing=(ADMISSION_METHOD,),
)

ED_ATTENDANCES = _of_hospital(
    name="ed_attendances",
    table="ed_attendances",
    monotone=1,
    where=is_unplanned_attendance,
    noun="ED attendance",
    unit="attendances",
    meaning="unplanned attendances at any emergency department",
)

ED_TYPE1_ATTENDANCES = _of_hospital(
    name="ed_type1_attendances",
    table="ed_attendances",
    monotone=1,
    where=lambda: is_unplanned_attendance() & (nw.col("department_type") == "1"),
    noun="major ED attendance",
    unit="attendances",
    meaning="unplanned attendances at consultant-led 24-hour departments (type 1)",
    requires=("ed_attendances.department_type",),
)

OUTPATIENT_SEEN = _of_hospital(
    name="outpatient_seen",
    table="op_appointments",
    where=lambda: nw.col("attended") == "seen",
    noun="outpatient visit",
    unit="appointments",
    meaning="outpatient appointments attended",
    phrase_from=3,
    requires=("op_appointments.attended",),
)

OUTPATIENT_MISSED = _of_hospital(
    name="outpatient_missed",
    table="op_appointments",
    where=lambda: nw.col("attended") == "missed",
    noun="missed outpatient appointment",
    unit="appointments",
    meaning="outpatient appointments missed, or late and not seen",
    requires=("op_appointments.attended",),
)

GP_CONSULTATIONS = _of_practice(
    name="gp_consultations",
    where=lambda: nw.col("event_day") >= 0,
    noun="GP practice contact",
    unit="contacts",
    meaning="contacts with the practice, any staff, any mode",
    phrase_from=6,
)

HOME_VISITS = _of_practice(
    name="home_visits",
    where=lambda: nw.col("mode").str.to_lowercase().str.contains("home", literal=True),
    months=(3, 12),
    noun="home visit",
    unit="visits",
    meaning="home visits by the practice",
    requires=("consultations.mode",),
)
