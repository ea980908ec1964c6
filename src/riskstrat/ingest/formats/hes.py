"""Define the formats of Hospital Episode Statistics (HES) and SUS: admitted patients, A&E and outpatients.

Headers follow the HES data dictionary, with aliases from HES, SUS and Data Access Environment extracts. Values that
mean "not recorded" follow the cleaning rules in HFAnalyticsLab/HES_pipeline. As there, a missing admission date is
replaced by the start of the episode. Codes are text, so that admission method 2A stays 2A.
"""

from riskstrat.ingest.formats.layout import ColumnMapping, one_table

KEYS = ("TOKEN_PERSON_ID", "PSEUDO_HESID", "ENCRYPTED_HESID", "PERSON_ID_DEID", "PERSON_ID", "patient_id")
_PATIENT = ColumnMapping("patient_id", KEYS, required=True)
_PROVIDER = ColumnMapping(
    "provider", ("PROCODE3", "PROCODE5", "PROCODE", "PROCODET"), missing=("89997", "89999"), length=3
)
GP_PRACTICE = ColumnMapping("practice_code", ("GPPRAC",), missing=("V81997", "V81998", "V81999"))
DEPARTMENTS = {f"0{n}": str(n) for n in range(1, 6)}
ENDED = {"01": "admitted", "1": "admitted", "12": "left before treatment"}
ATTENDED = {
    "5": "seen", "6": "seen", "3": "missed", "7": "missed", "2": "cancelled", "4": "cancelled", "0": "unknown",
}  # fmt: skip
NOT_A_CODE = ("-", "&", "R69X6", "R69X8", "R69X3")
_REFERENCE = "HES data dictionary; NHS Data Dictionary"

HES_APC = one_table(
    "hes_apc",
    "episodes",
    "HES or SUS admitted patient care, one row per episode",
    (
        _PATIENT,
        ColumnMapping("episode_id", ("EPIKEY",)),
        _PROVIDER,
        ColumnMapping("admission_date", ("ADMIDATE",), required=True, fallback="start_date"),
        ColumnMapping("discharge_date", ("DISDATE",)),
        ColumnMapping("start_date", ("EPISTART",), required=True),
        ColumnMapping("end_date", ("EPIEND",)),
        ColumnMapping("episode_order", ("EPIORDER",), missing=("98", "99")),
        ColumnMapping("episode_status", ("EPISTAT",)),
        ColumnMapping("admission_method", ("ADMIMETH",), required=True),
        ColumnMapping("admission_source", ("ADMISORC",), missing=("98", "99")),
        ColumnMapping("discharge_method", ("DISMETH",)),
        ColumnMapping("discharge_destination", ("DISDEST",), missing=("98", "99")),
        ColumnMapping("patient_class", ("CLASSPAT",)),
        ColumnMapping("treatment_function", ("TRETSPEF",), missing=("&",)),
        GP_PRACTICE,
        ColumnMapping("submitted_date", ("SUBDATE",)),
        ColumnMapping("diagnoses", ("DIAG_{n}", "DIAG_4_{n}", "DIAG_3_{n}"), missing=NOT_A_CODE, repeats=20),
    ),
    reference=_REFERENCE,
)

HES_AE = one_table(
    "hes_ae",
    "ed_attendances",
    "HES A&E, one row per attendance (to 2019/20)",
    (
        _PATIENT,
        ColumnMapping("event_date", ("ARRIVALDATE",), required=True),
        ColumnMapping("arrival_time", ("ARRIVALTIME",), missing=("3000", "4000")),
        _PROVIDER,
        ColumnMapping("department_type", ("AEDEPTTYPE",), missing=("99",), recode=DEPARTMENTS),
        ColumnMapping(
            "attendance_category", ("AEATTENDCAT",), missing=("9",),
            recode={"1": "first", "2": "planned follow-up", "3": "unplanned follow-up"},
        ),
        ColumnMapping("arrival_mode", ("AEARRIVALMODE",), missing=("9",), recode={"1": "ambulance", "2": "other"}),
        ColumnMapping("disposal", ("AEATTENDDISP",), recode=ENDED),
        ColumnMapping("diagnosis", ("DIAG_01", "DIAG2_01", "DIAG3_01")),
        GP_PRACTICE,
    ),
    reference=_REFERENCE,
)  # fmt: skip

HES_OP = one_table(
    "hes_op",
    "op_appointments",
    "HES outpatients, one row per appointment",
    (
        _PATIENT,
        ColumnMapping("event_date", ("APPTDATE",), required=True),
        ColumnMapping(
            "attended", ("ATTENDED",), missing=("9",),
            recode=ATTENDED,
        ),
        ColumnMapping("first_attendance", ("FIRSTATT",), missing=("X", "9")),
        ColumnMapping("treatment_function", ("TRETSPEF",), missing=("&",)),
        _PROVIDER,
    ),
    reference=_REFERENCE,
)  # fmt: skip
