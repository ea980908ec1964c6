"""Define the canonical tables: the columns of a snapshot, which are the same for every format of extract.

Decision
--------
Every date column ``x_date`` has a second column ``x_day``, in whole days since 1970-01-01, so that windows are integer
arithmetic and the same on every engine. Every table is sorted by patient and date, and split by a hash of the patient
into files of about 100,000 patients. All tables are split in the same way, so that features are built file by file in
limited memory. ``patient_no`` numbers the patients of one snapshot and is used in joins; ``patient_id`` is the
pseudonym. A fact is visible from its event date or its recorded date, whichever is later. If a source has no recorded
date, the data lag of the study is used instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Type = Literal["text", "date", "int", "float"]


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    required : bool
        A row without a value is rejected.
    between : (int, int) or None
        A number outside this range is rejected.
    one_of : tuple of str
        Any other text is rejected; empty if all texts are allowed.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    between: tuple[int, int] | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Parameters
    ----------
    meaning : str
        What one row stands for.
    event : str or None
        Date of the event; rows on or after the cut (index date less data lag) are not visible.
    recorded : str or None
        Recorded date.
    ends : mapping of str to tuple of str
        End dates, each with the columns that are known only after it. An end on or after the cut is not visible, nor
        are these columns.
    key : tuple of str
        Rows that agree on these columns state one fact; the most complete, then the last recorded, is kept.
    spans : tuple of (str, str)
        Pairs of start and end dates; the end must not be before the start.
    ahead : bool
        Whether the table may have dates after the date of the extract, such as planned appointments.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    event: str | None = None
    recorded: str | None = None
    ends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()
    ahead: bool = False

    @property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def dates(self) -> tuple[str, ...]:
        """Names of the date columns."""
        return tuple(column.name for column in self.columns if column.type == "date")


def day_of(column: str) -> str:
    """Return the name of the day-number column of a date column.

    >>> day_of("admission_date")
    'admission_day'
    """
    return column.removesuffix("_date") + "_day"


_PATIENT = Column("patient_id", "text", "pseudonym of the patient", required=True)

PATIENTS = Table(
    "patients",
    "a patient known to a practice",
    (
        _PATIENT,
        Column("practice_code", "text", "practice that supplied the record; 'unknown' if none is recorded"),
        Column("sex", "text", "F, M, I (indeterminate) or U (unknown)", one_of=("F", "M", "I", "U")),
        Column("birth_date", "date", "first day of the month or year of birth; a full date of birth is not stored"),
        Column("ethnicity", "text", "as coded in the extract"),
        Column("imd_decile", "int", "deprivation of the area, 1 most to 10 least deprived", between=(1, 10)),
        Column("lsoa", "text", "small area of residence"),
        Column(
            "care_home", "int", "1 if living in a care home when the extract was made; shown, never a predictor",
            between=(0, 1),
        ),
        Column("care_home_id", "text", "pseudonym of the care home, so that its residents can be listed together"),
        Column("death_date", "date", "date of death"),
    ),
    key=("patient_id",),
)

_REGISTRATIONS = Table(
    "registrations",
    "a period of registration with one practice",
    (
        _PATIENT,
        Column("practice_code", "text", "code of the practice", required=True),
        Column("start_date", "date", "first day registered", required=True),
        Column("end_date", "date", "last day registered; empty while registered"),
    ),
    event="start_date",
    key=("patient_id", "practice_code", "start_date"),
    spans=(("start_date", "end_date"),),
)

_GP_EVENTS = Table(
    "gp_events",
    "a coded entry in the GP record",
    (
        _PATIENT,
        Column("event_date", "date", "when it happened", required=True),
        Column("recorded_date", "date", "when it was recorded"),
        Column("code", "text", "code of the entry", required=True),
        Column("code_system", "text", "snomed, readv2, ctv3, icd10, loinc, medcode ...", required=True),
        Column("value", "float", "numeric result"),
        Column("unit", "text", "unit of the result"),
    ),
    event="event_date",
    recorded="recorded_date",
    key=("patient_id", "event_date", "code_system", "code", "value", "unit"),
)

_PRESCRIPTIONS = Table(
    "prescriptions",
    "a prescribed item",
    (
        _PATIENT,
        Column("event_date", "date", "when it was issued", required=True),
        Column("code", "text", "code of the item", required=True),
        Column("code_system", "text", "bnf, dmd, rxnorm, prodcode ...", required=True),
        Column("name", "text", "name of the item"),
        Column("quantity", "float", "quantity"),
        Column("duration_days", "float", "days the item is meant to last"),
        Column("repeat", "int", "1 if on repeat", between=(0, 1)),
    ),
    event="event_date",
    key=("patient_id", "event_date", "code_system", "code", "quantity"),
)

_CONSULTATIONS = Table(
    "consultations",
    "a contact with the practice: one for each patient, day, staff role and mode",
    (
        _PATIENT,
        Column("event_date", "date", "when it took place", required=True),
        Column("staff_role", "text", "role of the staff member"),
        Column("mode", "text", "face to face, telephone, home visit ..."),
    ),
    event="event_date",
    key=("patient_id", "event_date", "staff_role", "mode"),
)

EPISODES = Table(
    "episodes",
    "a finished or unfinished consultant episode in hospital (FCE)",
    (
        _PATIENT,
        Column("episode_id", "text", "identifier of the episode in its source"),
        Column("provider", "text", "trust, first three characters of its code"),
        Column("admission_date", "date", "first day of the provider spell", required=True),
        Column("discharge_date", "date", "last day of the provider spell; given on its last episode"),
        Column("start_date", "date", "first day of the episode", required=True),
        Column("end_date", "date", "last day of the episode; empty if unfinished"),
        Column("episode_order", "int", "position in the spell, from 1"),
        Column("episode_status", "text", "1 unfinished, 3 finished"),
        Column("admission_method", "text", "NHS Data Dictionary code, always text"),
        Column("admission_source", "text", "where the patient was admitted from"),
        Column("discharge_method", "text", "how the patient was discharged; 4 died, 8 not yet discharged"),
        Column("discharge_destination", "text", "where the patient was discharged to"),
        Column("patient_class", "text", "1 ordinary, 2 day case, 3 and 4 regular attender, 5 mother and baby"),
        Column("treatment_function", "text", "specialty"),
        Column("practice_code", "text", "practice on the hospital record"),
        Column("submitted_date", "date", "when the row was submitted; the later of two copies is kept"),
        Column("main_diagnosis", "text", "first ICD-10 code of the episode"),
    ),
    event="start_date",
    ends={
        "discharge_date": ("discharge_method", "discharge_destination"),
        "end_date": ("main_diagnosis",),
    },
    key=("patient_id", "provider", "admission_date", "start_date", "episode_order"),
    spans=(("admission_date", "discharge_date"), ("start_date", "end_date")),
)

DIAGNOSES = Table(
    "diagnoses",
    "a diagnosis of an episode (derived from episodes)",
    (
        _PATIENT,
        Column("event_date", "date", "end of the episode, when the diagnosis is coded", required=True),
        Column("code", "text", "ICD-10, three or four characters", required=True),
        Column("code_system", "text", "icd10", required=True),
        Column("position", "int", "1 for the main diagnosis"),
        Column("admission_date", "date", "first day of the provider spell"),
        Column("episode_order", "int", "position of the episode in its spell"),
        Column("provider", "text", "trust"),
    ),
    event="event_date",
)

_ED_ATTENDANCES = Table(
    "ed_attendances",
    "an attendance at an emergency department",
    (
        _PATIENT,
        Column("event_date", "date", "day of arrival", required=True),
        Column("arrival_time", "text", "time of arrival as recorded"),
        Column("provider", "text", "trust"),
        Column("department_type", "text", "1 consultant-led 24 h, 2 single specialty, 3 and 4 minor, 5 same-day care"),
        Column("attendance_category", "text", "first, planned follow-up or unplanned follow-up"),
        Column("arrival_mode", "text", "ambulance or other"),
        Column("disposal", "text", "how the attendance ended: admitted, left before treatment ..."),
        Column("diagnosis", "text", "first diagnosis as coded"),
        Column("practice_code", "text", "practice on the hospital record"),
    ),
    event="event_date",
    key=("patient_id", "event_date", "arrival_time", "provider", "diagnosis"),
)

OP_APPOINTMENTS = Table(
    "op_appointments",
    "an outpatient appointment",
    (
        _PATIENT,
        Column("event_date", "date", "day of the appointment", required=True),
        Column("attended", "text", "seen, missed, cancelled or unknown"),
        Column("first_attendance", "text", "first or follow-up, face to face or not"),
        Column("treatment_function", "text", "specialty"),
        Column("provider", "text", "trust"),
    ),
    event="event_date",
    key=("patient_id", "event_date", "provider", "treatment_function", "attended"),
    ahead=True,
)

_DEATHS = Table(
    "deaths",
    "a death",
    (
        _PATIENT,
        Column("death_date", "date", "date of death", required=True),
        Column("cause", "text", "underlying cause, ICD-10"),
    ),
    event="death_date",
    key=("patient_id",),
)

_OPT_OUTS = Table(
    "opt_outs",
    "an opt-out, or its withdrawal",
    (
        _PATIENT,
        Column("kind", "text", "type1, national or local", required=True),
        Column("recorded_date", "date", "when it was recorded", required=True),
        Column("withdrawn", "int", "1 if the opt-out was withdrawn", between=(0, 1)),
    ),
    event="recorded_date",
    key=("patient_id", "kind", "recorded_date", "withdrawn"),
)

_CASELOAD = Table(
    "caseload",
    "a period on a team's caseload",
    (
        _PATIENT,
        Column("role", "text", "role on whose caseload the patient is", required=True),
        Column("enrolled_date", "date", "the day the patient joined", required=True),
        Column("left_date", "date", "the day the patient left; empty while on the caseload"),
        Column("outcome", "text", "how the period on the caseload ended"),
    ),
    event="enrolled_date",
    ends={"left_date": ("outcome",)},
    key=("patient_id", "role", "enrolled_date"),
    spans=(("enrolled_date", "left_date"),),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        PATIENTS,
        _REGISTRATIONS,
        _GP_EVENTS,
        _PRESCRIPTIONS,
        _CONSULTATIONS,
        EPISODES,
        DIAGNOSES,
        _ED_ATTENDANCES,
        OP_APPOINTMENTS,
        _DEATHS,
        _OPT_OUTS,
        _CASELOAD,
    )
}
