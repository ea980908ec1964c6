"""Export canonical tables as rows of the Medical Event Data Standard (MEDS): subject, time, code, value.

Decision
--------
The code of a row gives its kind, in the form that the format `meds` reads back: ``SNOMED//73211009``,
``MEDICATION//BNF//0212000B0``, ``HOSPITAL_ADMISSION//21//1`` (method, class), ``DIAGNOSIS//ICD10//I500``. All other
values are in columns named as in the canonical tables. Some of them are dates after the time of the row. They are there
so that the same facts can be read back, and a model must not use them. A hospital stay has one admission and one
discharge; its further episodes are ``HOSPITAL_EPISODE``. Diagnoses are dated at the end of their episode, when they are
coded. Facts without a date (sex, ethnicity, deprivation) are static: their time is null.

A subject is the patient's number in the snapshot, not the pseudonym. The split is a hash of the pseudonym, so that a
patient stays in the same split from month to month.

Source: Medical-Event-Data-Standard/meds 0.4, ``src/meds/schema.py``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskstrat.engine import literal_path, quoted_text
from riskstrat.ingest.formats.meds import BIRTH_CODE, DEATH, UNKNOWN
from riskstrat.tables import TABLES

VERSION = "0.4.0"
SPLITS = ("train", "tuning", "held_out")
SPLIT = "CASE md5_number_lower(patient_id) % 10 WHEN 8 THEN 'tuning' WHEN 9 THEN 'held_out' ELSE 'train' END"
TYPES = {"text": pa.string(), "date": pa.date32(), "int": pa.int32(), "float": pa.float64()}
_PSEUDONYM = "patient_id"
SITES = ("provider", "practice_code")
SPLIT_SCHEMA = pa.schema([("subject_id", pa.int64()), ("split", pa.string())])
CODE_SCHEMA = pa.schema([("code", pa.string()), ("description", pa.string()), ("parent_codes", pa.list_(pa.string()))])


@dataclass(frozen=True)
class MedsEvent:
    """How rows of a canonical table become rows of MEDS.

    Parameters
    ----------
    code : str
        SQL of the code; rows without a code are not exported.
    time : str
        A date column; empty for facts without a date.
    also : tuple of str
        Canonical columns to export with the row.
    value, text : str
        Columns for ``numeric_value`` and ``text_value``.
    source : str
        SQL to use instead of the table; tables are written as ``{name}``.
    """

    table: str
    code: str
    time: str = "event_date"
    also: tuple[str, ...] = ()
    value: str = "NULL"
    text: str = "NULL"
    source: str = ""


def _with(prefix: str, column: str) -> str:
    return f"'{prefix}' || coalesce('//' || {column}, '')"


def _two(prefix: str, first: str, second: str) -> str:
    return f"{prefix} || '//' || coalesce({first}, '{UNKNOWN}') || '//' || coalesce({second}, '{UNKNOWN}')"


_DIED = "(SELECT p.patient_no, p.death_date, d.cause FROM {patients} p LEFT JOIN {deaths} d USING (patient_no))"
CODED = """(
    SELECT patient_no, provider, admission_date, episode_order, event_date AS end_date,
        CASE WHEN min(position) > 1 THEN ';' ELSE '' END || string_agg(code, ';' ORDER BY position) AS listed
    FROM {diagnoses} GROUP BY ALL
)"""
_STAYS = f"""(
    SELECT e.*, coalesce(c.listed, e.main_diagnosis) AS diagnoses, row_number() OVER (
        PARTITION BY e.patient_no, e.provider, e.admission_date ORDER BY e.start_date, e.episode_order, e.end_date
    ) = 1 AS begins
    FROM {{episodes}} e LEFT JOIN {CODED} c ON e.patient_no = c.patient_no AND e.admission_date = c.admission_date
        AND e.end_date = c.end_date AND e.provider IS NOT DISTINCT FROM c.provider
        AND e.episode_order IS NOT DISTINCT FROM c.episode_order
)"""
ENDS = """(
    SELECT patient_no, provider, discharge_date, max(discharge_destination) AS destination
    FROM {episodes} WHERE discharge_date IS NOT NULL GROUP BY ALL
)"""
_NO_HOMES = "SELECT NULL::VARCHAR AS care_home_id WHERE false"  # for stores older than this column
BEGINS = "CASE WHEN begins THEN 'HOSPITAL_ADMISSION' ELSE 'HOSPITAL_EPISODE' END"

_EVENTS = (
    MedsEvent("patients", f"CASE WHEN birth_date IS NOT NULL THEN '{BIRTH_CODE}' END", "birth_date"),
    MedsEvent("patients", "'GENDER//' || sex", "", ("practice_code", "lsoa", "care_home", "care_home_id")),
    MedsEvent("patients", "'ETHNICITY//' || ethnicity", ""),
    MedsEvent("patients", "'IMD_DECILE//' || imd_decile", ""),
    MedsEvent(
        "patients", f"CASE WHEN death_date IS NOT NULL THEN '{DEATH}' END", "death_date", ("cause",), source=_DIED
    ),
    MedsEvent("registrations", "'PRACTICE_REGISTRATION'", "start_date", ("practice_code", "end_date")),
    MedsEvent("gp_events", "upper(code_system) || '//' || code", also=("unit", "recorded_date"), value="value"),
    MedsEvent(
        "prescriptions", "'MEDICATION//' || upper(code_system) || '//' || code", also=("duration_days", "repeat"),
        value="quantity", text="name",
    ),
    MedsEvent("consultations", _with("CONSULTATION", "mode"), also=("staff_role",)),
    MedsEvent(
        "episodes", _two(BEGINS, "admission_method", "patient_class"), "start_date", (
            "episode_id", "provider", "admission_date", "discharge_date", "end_date", "episode_order", "episode_status",
            "admission_source", "discharge_method", "discharge_destination", "treatment_function", "practice_code",
            "submitted_date", "diagnoses",
        ),
        source=_STAYS,
    ),
    MedsEvent("episodes", _with("HOSPITAL_DISCHARGE", "destination"), "discharge_date", ("provider",), source=ENDS),
    MedsEvent("diagnoses", "'DIAGNOSIS//' || upper(code_system) || '//' || code", also=("position", "provider")),
    MedsEvent("ed_attendances", _with("ED_ATTENDANCE", "department_type"), also=(
        "arrival_time", "provider", "attendance_category", "arrival_mode", "disposal", "diagnosis", "practice_code",
    )),
    MedsEvent("op_appointments", _with("OUTPATIENT_APPOINTMENT", "attended"), also=(
        "first_attendance", "treatment_function", "provider",
    )),
    MedsEvent("caseload", "'CASELOAD//' || role", "enrolled_date", ("left_date", "outcome")),
)  # fmt: skip


def extensions() -> dict[str, pa.DataType]:
    """List the columns beyond those of MEDS, with their types.

    >>> str(extensions()["recorded_date"])
    'date32[day]'
    """
    known = {column.name: column.type for table in TABLES.values() for column in table.columns}
    names = dict.fromkeys(name for event in _EVENTS for name in event.also)
    return {name: TYPES[known.get(name, "text")] for name in names}


def schema(pseudonyms: bool) -> pa.Schema:
    """Return the columns of a data file, with or without the pseudonym."""
    own = [("subject_id", pa.int64()), ("time", pa.timestamp("us")), ("code", pa.string())]
    values = [("numeric_value", pa.float32()), ("text_value", pa.large_string())]
    kept = [(_PSEUDONYM, pa.string())] if pseudonyms else []
    return pa.schema([*own, *values, *extensions().items(), *kept])


def meds_rows(paths: Mapping[str, Path], people: str, pseudonyms: bool) -> str:
    """Build the SQL for the rows of one part of a store, in the order of MEDS.

    Parameters
    ----------
    paths : mapping of str to Path
        The file of each table that the part has.
    people : str
        SQL of the patients to export: patient_no, patient_id.
    """
    read = {
        name: f"read_parquet({quoted_text(literal_path(path))}, hive_partitioning = false)"
        for name, path in paths.items()
    }
    read["patients"] = f"(FROM {read['patients']} UNION ALL BY NAME {_NO_HOMES})"
    read.setdefault("deaths", "(SELECT NULL::INTEGER AS patient_no, NULL::VARCHAR AS cause WHERE false)")
    events = " UNION ALL BY NAME ".join(_rows(event, read) for event in _EVENTS if event.table in paths)
    names = [name for name in schema(pseudonyms).names if name not in ("subject_id", _PSEUDONYM)]
    kept = [f"r.{name}" for name in names] + ([f"p.{_PSEUDONYM}"] if pseudonyms else [])
    columns = f"CAST(p.patient_no AS BIGINT) AS subject_id, {', '.join(kept)}"
    joined = f"({_nothing()} UNION ALL BY NAME {events}) r JOIN {people} p USING (patient_no) WHERE r.code IS NOT NULL"
    return f"SELECT {columns} FROM {joined} ORDER BY p.patient_no, r.time NULLS FIRST, r.code"


def _rows(event: MedsEvent, read: Mapping[str, str]) -> str:
    time = f"CAST({event.time} AS TIMESTAMP)" if event.time else "NULL::TIMESTAMP"
    values = f"CAST({event.value} AS FLOAT) AS numeric_value, CAST({event.text} AS VARCHAR) AS text_value"
    source = re.sub(r"\{(\w+)\}", lambda named: read[named[1]], event.source) or read[event.table]
    columns = ", ".join([f"{event.code} AS code", f"{time} AS time", values, *event.also])
    return f"SELECT patient_no, {columns} FROM {source}"


def _nothing() -> str:
    """Build the SQL for every column and no row."""
    sql = {"string": "VARCHAR", "date32[day]": "DATE", "int32": "INTEGER", "double": "DOUBLE"}
    given = ", ".join(f"NULL::{sql[str(kind)]} AS {name}" for name, kind in extensions().items())
    return f"SELECT NULL::INTEGER AS patient_no, {given} WHERE false"


_PARENTS = {"SNOMED": "SNOMED", "ICD10": "ICD10", "LOINC": "LOINC", "RXNORM": "RxNorm", "DMD": "dm+d", "CVX": "CVX"}
DESCRIBED = {
    BIRTH_CODE: "first day of the month or year of birth",
    DEATH: "death",
    "PRACTICE_REGISTRATION": "first day of a registration with a practice",
    "CONSULTATION": "contact with the practice, by mode",
    "HOSPITAL_ADMISSION": "first episode of a stay in hospital: admission method, patient class",
    "HOSPITAL_EPISODE": "further episode of a stay in hospital: admission method, patient class",
    "HOSPITAL_DISCHARGE": "discharge from hospital, by destination",
    "ED_ATTENDANCE": "attendance at an emergency department, by its type",
    "OUTPATIENT_APPOINTMENT": "outpatient appointment: seen, missed, cancelled or unknown",
    "CASELOAD": "first day on the caseload of a role",
    "GENDER": "sex",
    "ETHNICITY": "ethnicity as coded in the extract",
    "IMD_DECILE": "deprivation of the area, 1 most to 10 least deprived",
}


def code_metadata(codes: Iterable[str]) -> pa.Table:
    """Describe each code: code, description, parent_codes.

    >>> code_metadata(["DIAGNOSIS//ICD10//I500", "MEDS_BIRTH"]).to_pylist()[0]["parent_codes"]
    ['ICD10/I500']
    """
    rows = [
        {"code": code, "description": DESCRIBED.get(code.split("//")[0]), "parent_codes": _parents(code)}
        for code in codes
    ]
    return pa.Table.from_pylist(rows, CODE_SCHEMA)


def _parents(code: str) -> list[str]:
    *_, system, own = ["", *code.split("//")]
    return [f"{_PARENTS[system]}/{own}"] if system in _PARENTS else []


def dataset_metadata(name: str, snapshot: str, version: str, created: str, pseudonyms: bool) -> dict[str, Any]:
    """Return the content of ``metadata/dataset.json``.

    >>> dataset_metadata("demo", "20260101T000000-aa", "1.0", "2026-01-01T00:00:00", False)["meds_version"]
    '0.4.0'
    """
    ids: Sequence[str] = ("episode_id", *((_PSEUDONYM,) if pseudonyms else ()))
    others = [one for one in extensions() if one not in (*ids, *SITES, "unit")]
    return {
        "dataset_name": name,
        "dataset_version": snapshot,
        "etl_name": "riskstrat",
        "etl_version": version,
        "meds_version": VERSION,
        "created_at": created,
        "raw_source_id_columns": list(ids),
        "code_modifier_columns": ["unit"],
        "site_id_columns": list(SITES),
        "other_extension_columns": others,
    }
