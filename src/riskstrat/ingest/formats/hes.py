"""Hospital Episode Statistics and SUS: admitted patients, A&E, outpatients.

Headers follow the HES data dictionary with the aliases seen in HES, SUS and Data Access Environment extracts;
sentinels are those of the HES cleaning rules in HFAnalyticsLab/HES_pipeline, and as there an admission date that is not
known is taken from the start of the episode. Codes are text, so that admission
method 2A stays 2A.
"""

from __future__ import annotations

from riskstrat.ingest.formats.layout import SourceColumn, one_table

KEYS = ("TOKEN_PERSON_ID", "PSEUDO_HESID", "ENCRYPTED_HESID", "PERSON_ID_DEID", "PERSON_ID", "patient_id")
PATIENT = SourceColumn("patient_id", KEYS, required=True)
PROVIDER = SourceColumn(
    "provider", ("PROCODE3", "PROCODE5", "PROCODE", "PROCODET"), missing=("89997", "89999"), length=3
)
PRACTICE = SourceColumn("practice_code", ("GPPRAC",), missing=("V81997", "V81998", "V81999"))
DEPARTMENTS = {f"0{n}": str(n) for n in range(1, 6)}
ENDED = {"01": "admitted", "1": "admitted", "12": "left before treatment"}
ATTENDED = {
    "5": "seen", "6": "seen", "3": "missed", "7": "missed", "2": "cancelled", "4": "cancelled", "0": "unknown",
}  # fmt: skip
NOT_A_CODE = ("-", "&", "R69X6", "R69X8", "R69X3")
REFERENCE = "HES data dictionary; NHS Data Dictionary"

HES_APC = one_table(
    "hes_apc",
    "episodes",
    "HES or SUS admitted patient care, a row an episode",
    (
        PATIENT,
        SourceColumn("episode_id", ("EPIKEY",)),
        PROVIDER,
        SourceColumn("admission_date", ("ADMIDATE",), required=True, otherwise="start_date"),
        SourceColumn("discharge_date", ("DISDATE",)),
        SourceColumn("start_date", ("EPISTART",), required=True),
        SourceColumn("end_date", ("EPIEND",)),
        SourceColumn("episode_order", ("EPIORDER",), missing=("98", "99")),
        SourceColumn("episode_status", ("EPISTAT",)),
        SourceColumn("admission_method", ("ADMIMETH",), required=True),
        SourceColumn("admission_source", ("ADMISORC",), missing=("98", "99")),
        SourceColumn("discharge_method", ("DISMETH",)),
        SourceColumn("discharge_destination", ("DISDEST",), missing=("98", "99")),
        SourceColumn("patient_class", ("CLASSPAT",)),
        SourceColumn("treatment_function", ("TRETSPEF",), missing=("&",)),
        PRACTICE,
        SourceColumn("submitted_date", ("SUBDATE",)),
        SourceColumn("diagnoses", ("DIAG_{n}", "DIAG_4_{n}", "DIAG_3_{n}"), missing=NOT_A_CODE, repeats=20),
    ),
    reference=REFERENCE,
)

HES_AE = one_table(
    "hes_ae",
    "ed_attendances",
    "HES A&E, a row an attendance (to 2019/20)",
    (
        PATIENT,
        SourceColumn("event_date", ("ARRIVALDATE",), required=True),
        SourceColumn("arrival_time", ("ARRIVALTIME",), missing=("3000", "4000")),
        PROVIDER,
        SourceColumn("department_type", ("AEDEPTTYPE",), missing=("99",), recode=DEPARTMENTS),
        SourceColumn(
            "attendance_category", ("AEATTENDCAT",), missing=("9",),
            recode={"1": "first", "2": "planned follow-up", "3": "unplanned follow-up"},
        ),
        SourceColumn("arrival_mode", ("AEARRIVALMODE",), missing=("9",), recode={"1": "ambulance", "2": "other"}),
        SourceColumn("disposal", ("AEATTENDDISP",), recode=ENDED),
        SourceColumn("diagnosis", ("DIAG_01", "DIAG2_01", "DIAG3_01")),
        PRACTICE,
    ),
    reference=REFERENCE,
)  # fmt: skip

HES_OP = one_table(
    "hes_op",
    "op_appointments",
    "HES outpatients, a row an appointment",
    (
        PATIENT,
        SourceColumn("event_date", ("APPTDATE",), required=True),
        SourceColumn(
            "attended", ("ATTENDED",), missing=("9",),
            recode=ATTENDED,
        ),
        SourceColumn("first_attendance", ("FIRSTATT",), missing=("X", "9")),
        SourceColumn("treatment_function", ("TRETSPEF",), missing=("&",)),
        PROVIDER,
    ),
    reference=REFERENCE,
)  # fmt: skip
