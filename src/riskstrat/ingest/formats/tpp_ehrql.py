"""Define the format of OpenSAFELY-TPP tables, named as in ehrQL: files of whole tables, CSV or Parquet.

Decision
--------
*Admissions.* A row of ``apcs`` is a provider spell. It becomes one episode, from admission to discharge, with all
diagnoses of the spell in their order; the first is the main diagnosis. There is no provider.

*Emergency care.* ``emergency_care_attendances`` is read, and ``ec`` is not. They contain the same attendances, and
reading both would count each attendance twice.

*Address.* Deprivation and care home come from the current permanent address. The deprivation rank, rounded to hundreds,
becomes a decile by ehrQL's own bounds.

*Appointments* with a status that shows that the patient came are consultations; the status "Visit" is a home visit.
Clinical events are sent once in SNOMED CT and once in CTV3. Both are read, so that code lists of either system find
them, and entries count twice. The date 9999-12-31 means "not recorded".

Source: opensafely-core/ehrql, ``ehrql/tables/core.py`` and ``tpp.py``.
"""

from riskstrat.ingest.formats.code_maps import BNF, bnf_of
from riskstrat.ingest.formats.ecds import ADMITTED
from riskstrat.ingest.formats.hes import ATTENDED
from riskstrat.ingest.formats.layout import ColumnMapping, Format, RowFilter, coded, in_cell, layout_of

LSOAS = 32_844
_PATIENT = ColumnMapping("patient_id", ("patient_id",), required=True)
_YES_NO = {"T": "1", "F": "0", "true": "1", "false": "0", "True": "1", "False": "0"}
_DECILES = {str(rank): str(next(n for n in range(1, 11) if rank <= LSOAS * n // 10)) for rank in range(0, LSOAS, 100)}
CAME = "Arrived|In Progress|Finished|Visit|Waiting|Patient Walked Out"
_DAY = "[12][0-9]{3}-[^|]*"


def _on(name: str) -> ColumnMapping:
    return ColumnMapping("event_date", (name,), required=True)


_PATIENTS = layout_of(
    "patients",
    "patients",
    _PATIENT,
    ColumnMapping("sex", ("sex",), recode={"female": "F", "male": "M", "intersex": "I", "unknown": "U"}),
    ColumnMapping("birth_date", ("date_of_birth",), month=True),
    ColumnMapping("death_date", ("date_of_death",)),
)

ADDRESSES = layout_of(
    "patients",
    "addresses",
    _PATIENT,
    ColumnMapping("imd_decile", ("imd_rounded",), missing=("-1",), recode=_DECILES),
    ColumnMapping("care_home", ("care_home_is_potential_match",), recode=_YES_NO),
    where=(RowFilter("end_date", "(?:9999-12-31.*)?"), RowFilter("address_type", "1|3", exclude=True)),
)

ETHNICITY = layout_of(
    "patients", "ethnicity_from_sus", _PATIENT, ColumnMapping("ethnicity", ("code",), missing=("Z", "X", "99"))
)

_REGISTRATIONS = layout_of(
    "registrations",
    "practice_registrations",
    _PATIENT,
    ColumnMapping("practice_code", ("practice_pseudo_id",), required=True),
    ColumnMapping("start_date", ("start_date",), required=True),
    ColumnMapping("end_date", ("end_date",)),
)

CLINICAL_EVENTS = layout_of(
    "gp_events",
    "clinical_events",
    _PATIENT,
    _on("date"),
    *coded(("snomedct_code", "ctv3_code"), ((in_cell(0, 2), "snomed"), (in_cell(1, 2), "ctv3")), append=("ctv3_code",)),
    ColumnMapping("value", ("numeric_value",)),
    where=(RowFilter("date", "", exclude=True),),
)

MEDICATIONS = layout_of(
    "prescriptions",
    "medications",
    _PATIENT,
    _on("date"),
    *coded(("dmd_code",), ((in_cell(1, 2, BNF), "bnf"), (in_cell(0, 2), "dmd")), append=("bnf",)),
    where=(RowFilter("date", "", exclude=True), RowFilter("dmd_code", "", exclude=True)),
    lookups=(bnf_of("dmd_code"),),
)

_APPOINTMENTS = layout_of(
    "consultations",
    "appointments",
    _PATIENT,
    ColumnMapping(
        "event_date",
        ("seen_date", "start_date"),
        required=True,
        append=("start_date",),
        patterns=((in_cell(0, 2, _DAY), r"\1"), (in_cell(1, 2, _DAY), r"\1")),
    ),
    ColumnMapping("mode", ("status",), patterns=(("Visit", "home visit"),)),
    where=(RowFilter("status", CAME),),
)

APCS = layout_of(
    "episodes",
    "apcs",
    _PATIENT,
    ColumnMapping("episode_id", ("apcs_ident",)),
    ColumnMapping("admission_date", ("admission_date",), required=True),
    ColumnMapping("discharge_date", ("discharge_date",)),
    ColumnMapping("start_date", ("admission_date",), required=True),
    ColumnMapping("end_date", ("discharge_date",)),
    ColumnMapping("admission_method", ("admission_method",)),
    ColumnMapping("discharge_method", ("discharge_method",)),
    ColumnMapping("discharge_destination", ("discharge_destination",), missing=("98", "99")),
    ColumnMapping("patient_class", ("patient_classification",)),
    ColumnMapping(
        "diagnoses",
        ("all_diagnoses", "primary_diagnosis"),
        patterns=((r"(?:[|,]|\s)*(.+)", r"\1"),),
        split=r"\s*(?:\|\||,)\s*",
    ),
    where=(RowFilter("admission_date", "(?:9999-12-31.*)?", exclude=True),),
)

_ATTENDANCES = layout_of(
    "ed_attendances",
    "emergency_care_attendances",
    _PATIENT,
    _on("arrival_date"),
    ColumnMapping("disposal", ("discharge_destination",), recode=dict.fromkeys(ADMITTED, "admitted")),
    ColumnMapping("diagnosis", ("diagnosis_01",)),
)

OUTPATIENTS = layout_of(
    "op_appointments",
    "opa",
    _PATIENT,
    _on("appointment_date"),
    ColumnMapping("attended", ("attendance_status",), recode=ATTENDED),
    ColumnMapping("first_attendance", ("first_attendance",), missing=("9",)),
    ColumnMapping("treatment_function", ("treatment_function_code",)),
)

_DEATHS = layout_of(
    "deaths",
    "ons_deaths",
    _PATIENT,
    ColumnMapping("death_date", ("date",), required=True),
    ColumnMapping("cause", ("underlying_cause_of_death",)),
)

TPP_EHRQL = Format(
    "tpp_ehrql",
    "OpenSAFELY-TPP tables: patients, practice_registrations, clinical_events, medications, apcs and others",
    (
        _PATIENTS,
        ADDRESSES,
        ETHNICITY,
        _REGISTRATIONS,
        CLINICAL_EVENTS,
        MEDICATIONS,
        _APPOINTMENTS,
        APCS,
        _ATTENDANCES,
        OUTPATIENTS,
        _DEATHS,
    ),
    reference="ehrQL table schemas, core and TPP",
    lacks=(
        "providers: two spells, or two attendances, that agree in everything else on one day count as one",
        "the single episodes of a spell, and the admission source",
        "the type of emergency department and the category of attendance",
        "the recorded date of entries, and units of values",
        "quantities of medicines",
        "BNF codes, unless the NHSBSA's BNF SNOMED mapping is among its files",
    ),
)
