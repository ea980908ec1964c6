"""Define the format of the Emergency Care Data Set (ECDS), which replaced HES A&E and uses SNOMED CT codes."""

from riskstrat.ingest.formats.hes import DEPARTMENTS, GP_PRACTICE, KEYS
from riskstrat.ingest.formats.layout import ColumnMapping, one_table

_AMBULANCE = ("1048031000000100", "1048041000000109", "1048021000000102", "1048051000000107")
ADMITTED = ("306706006", "1066361000000104", "1066371000000106", "1066391000000105")

ECDS = one_table(
    "ecds",
    "ed_attendances",
    "Emergency Care Data Set, one row per attendance",
    (
        ColumnMapping("patient_id", (*KEYS, "Der_Pseudo_NHS_Number"), required=True),
        ColumnMapping("event_date", ("Arrival_Date", "ARRIVAL_DATE"), required=True),
        ColumnMapping("arrival_time", ("Arrival_Time", "ARRIVAL_TIME")),
        ColumnMapping("provider", ("Der_Provider_Code", "PROCODE3", "PROCODE5", "Provider_Code"), length=3),
        ColumnMapping("department_type", ("EC_Department_Type", "DEPARTMENT_TYPE"), recode=DEPARTMENTS),
        ColumnMapping(
            "attendance_category", ("EC_AttendanceCategory", "ATTENDANCE_CATEGORY"), missing=("X",),
            recode={"1": "first", "2": "unplanned follow-up", "3": "unplanned follow-up", "4": "planned follow-up"},
        ),
        ColumnMapping("arrival_mode", ("EC_Arrival_Mode_SNOMED_CT",), recode=dict.fromkeys(_AMBULANCE, "ambulance")),
        ColumnMapping("disposal", ("Discharge_Destination_SNOMED_CT",), recode=dict.fromkeys(ADMITTED, "admitted")),
        ColumnMapping("diagnosis", ("EC_Chief_Complaint_SNOMED_CT",)),
        GP_PRACTICE,
    ),
    reference="ECDS v3 and later (NHS Data Dictionary CDS type 011)",
)  # fmt: skip
