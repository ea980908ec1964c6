"""Define the files that a study keeps: the columns of each Parquet file, and the version of each manifest.

Decision
--------
A table computed in Arrow is written exactly as its schema says (`as_stored`). Tables of lists are made in pandas, which
stores whole numbers as floats where values are missing, and an empty column as text. For these tables the schema gives
only the kind of a column (`check_kinds`). A feature matrix begins with the columns of `FEATURES_FILE`; the others are
those of its plan. `fates` has one column per role.

Every manifest has a ``schema_version``. A manifest without one is older than the versions and is read as version 1. A
manifest with a number above `SCHEMA_VERSION` is refused by name. The number rises only when today's program could not
read the new files; a new key or column does not raise it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from riskstrat.errors import RiskstratError, StudyError
from riskstrat.tables.files import write_json

SCHEMA_VERSION = 1
_VERSION = "schema_version"
_TEXT, _WHOLE, _REAL, _DAY, _MOMENT = pa.string(), pa.int32(), pa.float64(), pa.date32(), pa.timestamp("us")


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(columns)


COHORT_FILE = _schema(
    patient_no=_WHOLE, patient_id=_TEXT, practice_code=_TEXT, age=_WHOLE, sex=_TEXT, ethnicity=_TEXT,
    imd_decile=_WHOLE, care_home=_WHOLE, care_home_id=_TEXT,
)  # fmt: skip
FEATURES_FILE = _schema(patient_no=_WHOLE, patient_id=_TEXT, practice_code=_TEXT, sex=_TEXT)
OUTCOMES_FILE = _schema(
    patient_no=_WHOLE, days_to_event=_WHOLE, days_to_death=_WHOLE, days_to_case_management=_WHOLE,
    events_30=_WHOLE, events_90=_WHOLE, events_180=_WHOLE, events_365=_WHOLE,
)  # fmt: skip
NO_OUTCOMES_FILE = _schema(patient_no=_WHOLE)
SCORES_FILE = _schema(
    patient_id=_TEXT, practice_code=_TEXT, index_date=_DAY, model=_TEXT, risk=_REAL, percentile=_REAL, band=_TEXT,
    prior_emergency_admissions_12m=_WHOLE, reasons=pa.list_(_TEXT),
)  # fmt: skip
DECISIONS_FILE = _schema(
    patient_id=_TEXT, practice_code=_TEXT, role=_TEXT, index_date=_DAY, decision=_TEXT, reason=_TEXT,
    decided_by_role=_TEXT, decided_on=_DAY, next_review_on=_DAY, source=_TEXT, entry=pa.int64(),
)  # fmt: skip
FIGURES_FILE = _schema(
    model=_TEXT, among=_TEXT, figure=_TEXT, at=_TEXT, value=_REAL, low=_REAL, high=_REAL, people=pa.int64(),
    events=pa.int64(), why_none=_TEXT,
)  # fmt: skip
QUARANTINE_FILE = _schema(file=_TEXT, line=pa.int64(), column=_TEXT, reason=_TEXT)
_LISTS = _schema(
    rank=_WHOLE, patient_id=_TEXT, practice_code=_TEXT, age_band=_TEXT, sex=_TEXT, risk_pct=_REAL, band=_TEXT,
    percentile=_REAL, prev_risk_pct=_REAL, prev_rank=_WHOLE, change=_TEXT, reason_1=_TEXT, reason_2=_TEXT,
    reason_3=_TEXT, emergency_admissions_12m=_WHOLE, acsc_admissions_12m=_WHOLE, emergency_bed_days_12m=_WHOLE,
    ed_attendances_12m=_WHOLE, long_term_conditions=_TEXT, ltc_count=_WHOLE, medicines=_WHOLE, frailty_band=_TEXT,
    frailty_coded=_TEXT, hfrs_band=_TEXT, care_home=_WHOLE, end_of_life_register=_WHOLE, on_caseload=_TEXT,
    last_gp_contact=_DAY, last_review=_DAY, last_outcome=_TEXT, data_gaps=_TEXT, decision=_TEXT, reason=_TEXT,
    decided_by_role=_TEXT, decided_on=_DAY, next_review_on=_DAY, role=_TEXT, index_date=_DAY, rising=_WHOLE,
    months_listed=_WHOLE, to_do=_TEXT, responsible_role=_TEXT, other_lists=_TEXT, care_home_id=_TEXT,
)  # fmt: skip
_LEFT = _schema(practice_code=_TEXT, patient_id=_TEXT, last_rank=_WHOLE, fate=_TEXT, role=_TEXT)
_KEPT_OFF = _schema(
    practice_code=_TEXT, patient_id=_TEXT, stands=_TEXT, stands_by=_TEXT, stands_since=_MOMENT, stands_until=_MOMENT,
    role=_TEXT,
)  # fmt: skip
_FATES = _schema(patient_id=_TEXT)
LIST_FILES: Mapping[str, pa.Schema] = {"lists": _LISTS, "left": _LEFT, "kept_off": _KEPT_OFF, "fates": _FATES}


def as_stored(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Cast a table to the schema of its file.

    Raises
    ------
    ValueError
        If the columns differ, or a value does not fit.
    """
    return rows.cast(schema)


def begins_with(found: pa.Schema, first: pa.Schema) -> pa.Schema:
    """Return a schema after checking its first columns.

    Raises
    ------
    ValueError
        If they differ.
    """
    if list(found)[: len(first)] != list(first):
        raise ValueError(f"the first columns are {found.names[: len(first)]}, not {first.names}")
    return found


def check_kinds(rows: pa.Table, name: str) -> pa.Table:
    """Return a table of lists after checking the names and kinds of its columns.

    Parameters
    ----------
    name : str
        One of `LIST_FILES`.

    Raises
    ------
    ValueError
        With every column that differs.
    """
    schema = LIST_FILES[name]
    if name == "fates":
        schema = pa.schema([*schema, *(pa.field(one, _TEXT) for one in rows.column_names[len(schema) :])])
    if rows.column_names != schema.names:
        raise ValueError(f"{name}.parquet: columns {rows.column_names}, not {schema.names}")
    wrong = [f"{one.name} is {rows[one.name].type}" for one in schema if not _is_of(rows[one.name], one.type)]
    if wrong:
        raise ValueError(f"{name}.parquet: {', '.join(wrong)}")
    return rows


def _is_of(column: pa.ChunkedArray, wanted: pa.DataType) -> bool:
    """Tell whether a column is of a kind; an empty column must be text."""
    found = column.type.value_type if kinds.is_dictionary(column.type) else column.type
    if wanted == _TEXT or column.null_count == len(column):
        return bool(kinds.is_string(found) or kinds.is_large_string(found))
    if wanted in (_DAY, _MOMENT):
        return bool(kinds.is_temporal(found))
    return bool(kinds.is_integer(found) or kinds.is_floating(found) or kinds.is_boolean(found))


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest, with its version first."""
    write_json(path, {_VERSION: SCHEMA_VERSION, **content})


def read_manifest(path: Path, fault: type[RiskstratError] = StudyError) -> dict[str, Any]:
    """Read a manifest; return an empty dictionary if there is none.

    Parameters
    ----------
    fault : type
        Type of the error for a newer version.

    Returns
    -------
    dict
        The content given to `write_manifest`, without the version.
    """
    if not path.is_file():
        return {}
    return without_version(json.loads(path.read_text(encoding="utf-8")), "/".join(path.parts[-3:]), fault)


def without_version(content: Mapping[str, Any], name: str, fault: type[RiskstratError]) -> dict[str, Any]:
    """Remove the version from a manifest, and refuse a newer one.

    Raises
    ------
    RiskstratError
        Of the type `fault`, if a later version of riskstrat wrote it, or it is not a manifest.

    Examples
    --------
    >>> without_version({"schema_version": 1, "key": "x"}, "runs/manifest.json", StudyError)
    {'key': 'x'}
    """
    version = content.get(_VERSION, SCHEMA_VERSION) if isinstance(content, Mapping) else None
    if not isinstance(version, int):
        raise fault(f"{name} is damaged or was edited.", advice="Restore it from a backup, or create it again.")
    if version > SCHEMA_VERSION:
        what = f"{name} was written by a later version of riskstrat: its {_VERSION} is {version}."
        do = f"This version reads {SCHEMA_VERSION}. Install the later one, or move the file away and create it again."
        raise fault(what, advice=do)
    return {key: value for key, value in content.items() if key != _VERSION}
