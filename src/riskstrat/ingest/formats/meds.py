"""The Medical Event Data Standard: Parquet files of subject, time, code and value, and what riskstrat adds to them.

Decision
--------
A code of MEDS says what a row is, so rows are told apart by patterns on it: those that `riskstrat.exporting` writes,
and those of the common converters (``SNOMED/73211009``, ``Visit/ER``, ``HOSPITAL_ADMISSION//EW EMER.//...``). Codes of
no such pattern are left out by rule. What an exported fact has beside its time, code and value stands in columns named
as in the canonical tables, so that the way back loses nothing of it; other people's files lack them, and where an
admission and a discharge are two rows nothing says which belong together: such a stay has no end.

Name the data and not the metadata: ``files = "meds/data/**/*.parquet"``. Practices' own facts (registrations,
consultations, caseload) are only looked for in files whose name begins with ``riskstrat``.

Source: Medical-Event-Data-Standard/meds, ``src/meds/schema.py`` (0.4); codes as MIMIC-IV MEDS and meds_etl (OMOP) have
them.
"""

from __future__ import annotations

from collections.abc import Mapping

from riskstrat.ingest.formats.layout import Layout, Source, SourceColumn, Where

BIRTH, DEATH = "MEDS_BIRTH", "MEDS_DEATH"
SHARD = "riskstrat"
OURS = (f"{SHARD}*",)
UNKNOWN = "UNKNOWN"
RECORDS: Mapping[str, str] = {
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
MEDICINES: Mapping[str, str] = {
    system: f"(?:MEDICATION//)?{name}"
    for system, name in {"bnf": "BNF", "dmd": r"(?:DMD|dm\+d)", "prodcode": "PRODCODE", "rxnorm": "RXNORM"}.items()
}
PATIENT = SourceColumn("patient_id", ("patient_id", "subject_id"), required=True)
DATED = Where("time", "", leave=True)


def _are(systems: Mapping[str, str]) -> Where:
    """Rows with a code of one of these systems."""
    return Where("code", f"(?i)(?:{'|'.join(f'(?:{name})' for name in systems.values())})/{{1,2}}.+")


def _coded(systems: Mapping[str, str]) -> tuple[SourceColumn, SourceColumn]:
    """A code, the last part of MEDS's, and its system."""
    named = tuple((f"(?i)(?:{name})/{{1,2}}.+", system) for system, name in systems.items())
    return (
        SourceColumn("code", ("code",), required=True, patterns=((".*/([^/]+)", r"\1"),)),
        SourceColumn("code_system", ("code",), required=True, patterns=named),
    )


def _same(*names: str) -> tuple[SourceColumn, ...]:
    return tuple(SourceColumn(name, (name,)) for name in names)


def _at(to: str = "event_date") -> SourceColumn:
    return SourceColumn(to, ("time",), required=True)


def _part(to: str, *patterns: tuple[str, str]) -> SourceColumn:
    """What the code itself says."""
    return SourceColumn(to, ("code",), patterns=patterns)


def _rows(table: str, code: str, *columns: SourceColumn, files: tuple[str, ...] = ("*",)) -> Layout:
    """Dated rows whose code has a form."""
    return Layout(table, (PATIENT, *columns), files, where=(Where("code", code), DATED))


PEOPLE = Layout(
    "patients",
    (
        PATIENT,
        _part(
            "sex",
            ("(?i)(?:gender|sex)/{1,2}(?:f|female)", "F"),
            ("(?i)(?:gender|sex)/{1,2}(?:m|male)", "M"),
            ("GENDER//(I|U)", r"\1"),
        ),
        SourceColumn("birth_date", ("code",), also=("time",), month=True, patterns=((f"{BIRTH}[^|]*[|](.+)", r"\1"),)),
        _part("ethnicity", ("(?i)(?:ethnicity|race)/{1,2}(.+)", r"\1")),
        _part("imd_decile", ("IMD_DECILE//([0-9]+)", r"\1")),
        *_same("practice_code", "lsoa", "care_home", "care_home_id"),
    ),
    where=(Where("code", f"(?i){BIRTH}.*|(?:gender|sex|ethnicity|race|imd_decile)/.+"),),
)

EVENTS = Layout(
    "gp_events",
    (PATIENT, _at(), *_coded(RECORDS), SourceColumn("value", ("numeric_value",)), *_same("unit", "recorded_date")),
    where=(_are(RECORDS), DATED, Where("position", ".+", leave=True)),
)

ITEMS = Layout(
    "prescriptions",
    (
        PATIENT,
        _at(),
        *_coded(MEDICINES),
        SourceColumn("name", ("text_value",)),
        SourceColumn("quantity", ("numeric_value",)),
        *_same("duration_days", "repeat"),
    ),
    where=(_are(MEDICINES), DATED),
)

EPISODES = _rows(
    "episodes",
    "(?i)HOSPITAL_(?:ADMISSION|EPISODE)(?:/.*)?|Visit/{1,2}(?:IP|ERIP)",
    _at("start_date"),
    SourceColumn("admission_date", ("admission_date", "time"), required=True),
    SourceColumn("discharge_date", ("discharge_date", "end")),
    SourceColumn("end_date", ("end_date", "end")),
    _part(
        "admission_method",
        ("HOSPITAL_[A-Z]+//([0-9][0-9A-Z])(?:/.*)?", r"\1"),
        ("(?i)HOSPITAL_ADMISSION//[^/]*EMER.*", "28"),
        ("(?i)Visit/{1,2}ERIP", "21"),
    ),
    _part("patient_class", ("HOSPITAL_[A-Z]+//[^/]*//([1-9])", r"\1")),
    *_same("episode_id", "provider", "episode_order", "episode_status", "admission_source", "discharge_method"),
    *_same("discharge_destination", "treatment_function", "practice_code", "submitted_date"),
    SourceColumn("diagnoses", ("diagnoses",), split=";"),
)

ATTENDANCES = _rows(
    "ed_attendances",
    "(?i)ED_(?:ATTENDANCE|REGISTRATION)(?:/.*)?|Visit/{1,2}(?:ER|ERIP)",
    _at(),
    _part("department_type", ("ED_ATTENDANCE//([^/]+)", r"\1")),
    *_same("arrival_time", "provider", "attendance_category", "arrival_mode", "disposal", "diagnosis", "practice_code"),
)

APPOINTMENTS = _rows(
    "op_appointments",
    "(?i)OUTPATIENT_APPOINTMENT(?:/.*)?|Visit/{1,2}OP",
    _at(),
    _part("attended", ("OUTPATIENT_APPOINTMENT//(.+)", r"\1"), ("(?i)Visit/.*", "seen")),
    *_same("first_attendance", "treatment_function", "provider"),
)

DEATHS = _rows("deaths", f"{DEATH}.*", _at("death_date"), SourceColumn("cause", ("cause",)))

REGISTRATIONS = _rows(
    "registrations",
    "PRACTICE_REGISTRATION",
    SourceColumn("practice_code", ("practice_code",), required=True),
    _at("start_date"),
    *_same("end_date"),
    files=OURS,
)

CONSULTATIONS = _rows(
    "consultations",
    "CONSULTATION(?://.*)?",
    _at(),
    _part("mode", ("CONSULTATION//(.+)", r"\1")),
    *_same("staff_role"),
    files=OURS,
)

CASELOAD = _rows(
    "caseload",
    "CASELOAD//.+",
    SourceColumn("role", ("code",), required=True, patterns=(("CASELOAD//(.+)", r"\1"),)),
    _at("enrolled_date"),
    *_same("left_date", "outcome"),
    files=OURS,
)

MEDS = Source(
    "meds",
    "MEDS: Parquet files of subject_id, time, code and numeric_value; also what `riskstrat export meds` wrote",
    (
        PEOPLE,
        EVENTS,
        ITEMS,
        EPISODES,
        ATTENDANCES,
        APPOINTMENTS,
        DEATHS,
        REGISTRATIONS,
        CONSULTATIONS,
        CASELOAD,
    ),
    reference="Medical Event Data Standard 0.4",
    lacks=("opt-outs: people who object are not exported",),
)
