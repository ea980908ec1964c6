"""Define the format of the Medical Event Data Standard (MEDS): Parquet files of subject, time, code and value.

Decision
--------
A MEDS code gives the kind of a row, so rows are selected by patterns on the code: those that `meds_export` writes, and
those of the common converters (``SNOMED/73211009``, ``Visit/ER``, ``HOSPITAL_ADMISSION//EW EMER.//...``). Codes that
match no pattern are excluded by rule. riskstrat's own export has all other values of a fact in columns named as in the
canonical tables, so that nothing is lost on the way back. Files from elsewhere do not have these columns. If their
admissions and discharges are separate rows, nothing shows which belong together, and the stay has no end.

Name the data files and not the metadata: ``files = "meds/data/**/*.parquet"``. Registrations, consultations and
caseload are read only from files whose name begins with ``riskstrat``.

Source: Medical-Event-Data-Standard/meds, ``src/meds/schema.py`` (0.4); codes as MIMIC-IV MEDS and meds_etl (OMOP) have
them.
"""

from collections.abc import Mapping

from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format, RowFilter

BIRTH_CODE, DEATH = "MEDS_BIRTH", "MEDS_DEATH"
SHARD = "riskstrat"
_OURS = (f"{SHARD}*",)
UNKNOWN = "UNKNOWN"
_RECORDS: Mapping[str, str] = {
    "snomed": "SNOMED(?:CT)?",
    "readv2": "READV2",
    "ctv3": "CTV3",
    "medcode": "MEDCODE",
    "loinc": "LOINC",
    "cvx": "CVX",
    "omop": "OMOP",
    "synthea": "SYNTHEA",
    "icd10": "(?:DIAGNOSIS//)?ICD/{0,2}10(?:CM)?",
}
_MEDICINES: Mapping[str, str] = {
    system: f"(?:MEDICATION//)?{name}"
    for system, name in {"bnf": "BNF", "dmd": r"(?:DMD|dm\+d)", "prodcode": "PRODCODE", "rxnorm": "RXNORM"}.items()
}
_PATIENT = ColumnMapping("patient_id", ("patient_id", "subject_id"), required=True)
_DATED = RowFilter("time", "", exclude=True)


def _are(systems: Mapping[str, str]) -> RowFilter:
    """Select rows with a code of one of these systems."""
    return RowFilter("code", f"(?i)(?:{'|'.join(f'(?:{name})' for name in systems.values())})/{{1,2}}.+")


def _coded(systems: Mapping[str, str]) -> tuple[ColumnMapping, ColumnMapping]:
    """Map the code, which is the last part of the MEDS code, and its system."""
    named = tuple((f"(?i)(?:{name})/{{1,2}}.+", system) for system, name in systems.items())
    return (
        ColumnMapping("code", ("code",), required=True, patterns=((".*/([^/]+)", r"\1"),)),
        ColumnMapping("code_system", ("code",), required=True, patterns=named),
    )


def _same(*names: str) -> tuple[ColumnMapping, ...]:
    return tuple(ColumnMapping(name, (name,)) for name in names)


def _at(to: str = "event_date") -> ColumnMapping:
    return ColumnMapping(to, ("time",), required=True)


def _part(to: str, *patterns: tuple[str, str]) -> ColumnMapping:
    """Map a column from patterns on the MEDS code."""
    return ColumnMapping(to, ("code",), patterns=patterns)


def _rows(table: str, code: str, *columns: ColumnMapping, files: tuple[str, ...] = ("*",)) -> FileLayout:
    """Return the layout of dated rows whose code matches a pattern."""
    return FileLayout(table, (_PATIENT, *columns), files, where=(RowFilter("code", code), _DATED))


_PEOPLE = FileLayout(
    "patients",
    (
        _PATIENT,
        _part(
            "sex",
            ("(?i)(?:gender|sex)/{1,2}(?:f|female)", "F"),
            ("(?i)(?:gender|sex)/{1,2}(?:m|male)", "M"),
            ("GENDER//(I|U)", r"\1"),
        ),
        ColumnMapping(
            "birth_date", ("code",), append=("time",), month=True, patterns=((f"{BIRTH_CODE}[^|]*[|](.+)", r"\1"),)
        ),
        _part("ethnicity", ("(?i)(?:ethnicity|race)/{1,2}(.+)", r"\1")),
        _part("imd_decile", ("IMD_DECILE//([0-9]+)", r"\1")),
        *_same("practice_code", "lsoa", "care_home", "care_home_id"),
    ),
    where=(RowFilter("code", f"(?i){BIRTH_CODE}.*|(?:gender|sex|ethnicity|race|imd_decile)/.+"),),
)

_EVENTS = FileLayout(
    "gp_events",
    (_PATIENT, _at(), *_coded(_RECORDS), ColumnMapping("value", ("numeric_value",)), *_same("unit", "recorded_date")),
    where=(_are(_RECORDS), _DATED, RowFilter("position", ".+", exclude=True)),
)

ITEMS = FileLayout(
    "prescriptions",
    (
        _PATIENT,
        _at(),
        *_coded(_MEDICINES),
        ColumnMapping("name", ("text_value",)),
        ColumnMapping("quantity", ("numeric_value",)),
        *_same("duration_days", "repeat"),
    ),
    where=(_are(_MEDICINES), _DATED),
)

_EPISODES = _rows(
    "episodes",
    "(?i)HOSPITAL_(?:ADMISSION|EPISODE)(?:/.*)?|Visit/{1,2}(?:IP|ERIP)",
    _at("start_date"),
    ColumnMapping("admission_date", ("admission_date", "time"), required=True),
    ColumnMapping("discharge_date", ("discharge_date", "end")),
    ColumnMapping("end_date", ("end_date", "end")),
    _part(
        "admission_method",
        ("HOSPITAL_[A-Z]+//([0-9][0-9A-Z])(?:/.*)?", r"\1"),
        ("(?i)HOSPITAL_ADMISSION//[^/]*EMER.*", "28"),
        ("(?i)Visit/{1,2}ERIP", "21"),
    ),
    _part("patient_class", ("HOSPITAL_[A-Z]+//[^/]*//([1-9])", r"\1")),
    *_same("episode_id", "provider", "episode_order", "episode_status", "admission_source", "discharge_method"),
    *_same("discharge_destination", "treatment_function", "practice_code", "submitted_date"),
    ColumnMapping("diagnoses", ("diagnoses",), split=";"),
)

_ATTENDANCES = _rows(
    "ed_attendances",
    "(?i)ED_(?:ATTENDANCE|REGISTRATION)(?:/.*)?|Visit/{1,2}(?:ER|ERIP)",
    _at(),
    _part("department_type", ("ED_ATTENDANCE//([^/]+)", r"\1")),
    *_same("arrival_time", "provider", "attendance_category", "arrival_mode", "disposal", "diagnosis", "practice_code"),
)

_APPOINTMENTS = _rows(
    "op_appointments",
    "(?i)OUTPATIENT_APPOINTMENT(?:/.*)?|Visit/{1,2}OP",
    _at(),
    _part("attended", ("OUTPATIENT_APPOINTMENT//(.+)", r"\1"), ("(?i)Visit/.*", "seen")),
    *_same("first_attendance", "treatment_function", "provider"),
)

_DEATHS = _rows("deaths", f"{DEATH}.*", _at("death_date"), ColumnMapping("cause", ("cause",)))

_REGISTRATIONS = _rows(
    "registrations",
    "PRACTICE_REGISTRATION",
    ColumnMapping("practice_code", ("practice_code",), required=True),
    _at("start_date"),
    *_same("end_date"),
    files=_OURS,
)

_CONSULTATIONS = _rows(
    "consultations",
    "CONSULTATION(?://.*)?",
    _at(),
    _part("mode", ("CONSULTATION//(.+)", r"\1")),
    *_same("staff_role"),
    files=_OURS,
)

_CASELOAD = _rows(
    "caseload",
    "CASELOAD//.+",
    ColumnMapping("role", ("code",), required=True, patterns=(("CASELOAD//(.+)", r"\1"),)),
    _at("enrolled_date"),
    *_same("left_date", "outcome"),
    files=_OURS,
)

MEDS = Format(
    "meds",
    "MEDS: Parquet files of subject_id, time, code and numeric_value; also the output of `riskstrat export meds`",
    (
        _PEOPLE,
        _EVENTS,
        ITEMS,
        _EPISODES,
        _ATTENDANCES,
        _APPOINTMENTS,
        _DEATHS,
        _REGISTRATIONS,
        _CONSULTATIONS,
        _CASELOAD,
    ),
    reference="Medical Event Data Standard 0.4",
    lacks=("opt-outs: patients who have opted out are not exported",),
)
