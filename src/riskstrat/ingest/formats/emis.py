"""Define the format of the EMIS bulk extract, version 8.2: tables of a practice system, then their changes.

Decision
--------
*Changes.* EMIS sends all tables once, and then only changes. A record is identified by its GUID together with the GUID
of its organisation (EMIS says that a GUID alone is not unique). The latest row, by ``ProcessingId``, replaces the
others. A row that is marked ``Deleted``, ``IsConfidential``, ``SpineSensitive`` or ``DummyType`` removes its whole
record, including the rows that were sent before it was marked.

*Patients.* A ``PatientGuid`` is a patient of one practice. To link hospital extracts, put a file named ``linkage``
beside the tables, with the columns ``PatientGuid`` and ``patient_id`` (the pseudonym of the hospital extracts). Names,
numbers, addresses and free text are not read, and an extract with them is refused: name those columns of Admin_Patient
in ``drop``, and ``DateOfBirth`` in ``coarsen``. Only regular patients count as registered, not temporary residents.

*Entries.* The code of an entry is the SNOMED CT concept of Coding_ClinicalCode, or else EMIS's own number (system
``medcode``, as in CPRD Aurum, which receives it from EMIS). The code of a prescribed item is BNF by the NHSBSA mapping,
or else dm+d by Coding_DrugCode, or else ``prodcode``. A date known only to the year or month is sent by EMIS as the
first day; the entry is not visible before it was entered. Excluded by rule are family history (it is about another
person), entries without a date, and letters, reports and administration (they are not contacts).

Source: NHSISL/Datasets, ``EMIS-specification-v8p2.md`` and ``EMIS-q-and-a.md``.
"""

from riskstrat.ingest.formats.code_maps import SNOMED, bnf_of, medicine
from riskstrat.ingest.formats.layout import (
    ColumnMapping,
    Format,
    LookupFile,
    RowFilter,
    coded,
    files_called,
    in_cell,
    layout_of,
)

OWN_OR_LINKED = ((in_cell(1, 2), r"\1"), (in_cell(0, 2), r"\1"))
LINKAGE = LookupFile(files_called("linkage"), ("PatientGuid", "PatientGuid"), {"linked": "patient_id"})
PRACTICES = LookupFile(files_called("admin_organisation"), ("OrganisationGuid", "OrganisationGuid"), {"ods": "ODSCode"})
STAFF = LookupFile(
    files_called("admin_userinrole"), ("ClinicianUserInRoleGuid", "UserInRoleGuid"), {"job": "JobCategoryName"}
)
CLINICAL = LookupFile(files_called("coding_clinicalcode"), ("CodeId", "CodeId"), {"snomed": "SnomedCTConceptId"})
DRUG = LookupFile(files_called("coding_drugcode"), ("CodeId", "CodeId"), {"dmd": "DmdProductCodeId", "term": "Term"})
NO_CONTACT = "(?i).*(?:administration|admin note|mail|letter|document|report|third party|scanned|data entry).*"

_PATIENT = ColumnMapping("patient_id", ("PatientGuid",), append=("linked",), patterns=OWN_OR_LINKED, required=True)
_PRACTICE = ColumnMapping(
    "practice_code", ("OrganisationGuid",), append=("ods",), patterns=OWN_OR_LINKED, required=True
)
ON = ColumnMapping(
    "event_date",
    ("EffectiveDate",),
    required=True,
    patterns=(("([0-9]{4})", r"\1-01-01"), ("([0-9]{4}-[0-9]{2})", r"\1-01"), ("(.+)", r"\1")),
)
_DATED = (
    RowFilter("EffectiveDate", "", exclude=True),
    RowFilter("EffectiveDatePrecision", "(?i)u|unknown", exclude=True),
)


def _record(guid: str) -> tuple[ColumnMapping, ...]:
    """Map the columns that identify the records of a table, order their rows, and mark deleted records."""
    marks = ("IsConfidential", "SpineSensitive", "DummyType")
    deleted = (r"(?i)(?:[^|]*\|)*(?:true|1|y|yes)(?:\|[^|]*)*", "1"), (".*", "0")
    return (
        ColumnMapping("record_id", (guid,), append=("OrganisationGuid",), required=True),
        ColumnMapping("record_order", ("ProcessingId",)),
        ColumnMapping("deleted", ("Deleted", *marks), append=marks, patterns=deleted),
    )


_PATIENTS = layout_of(
    "patients",
    "admin_patient",
    _PATIENT,
    _PRACTICE,
    ColumnMapping("sex", ("Sex",), recode={"Male": "M", "Female": "F", "Indeterminate": "I", "Unknown": "U"}),
    ColumnMapping("birth_date", ("DateOfBirth",), month=True),
    ColumnMapping("death_date", ("DateOfDeath",)),
    lookups=(LINKAGE, PRACTICES),
    replaces=_record("PatientGuid"),
)

_REGISTRATIONS = layout_of(
    "registrations",
    "admin_patient",
    _PATIENT,
    _PRACTICE,
    ColumnMapping("start_date", ("DateOfRegistration",), required=True),
    ColumnMapping("end_date", ("DateofDeactivation",)),
    where=(
        RowFilter("DateOfRegistration", "", exclude=True),
        RowFilter("PatientTypeDescription", "(?i)(?:regular.*)?"),
    ),
    lookups=(LINKAGE, PRACTICES),
    replaces=_record("PatientGuid"),
)

_OBSERVATIONS = layout_of(
    "gp_events",
    "carerecord_observation",
    _PATIENT,
    ON,
    ColumnMapping("recorded_date", ("EnteredDate",)),
    *coded(("CodeId",), ((in_cell(1, 2, SNOMED), "snomed"), (in_cell(0, 2), "medcode")), ("snomed",)),
    ColumnMapping("value", ("Value",)),
    ColumnMapping("unit", ("NumericUnit",)),
    where=(*_DATED, RowFilter("ObservationType", "(?i)family history", exclude=True)),
    lookups=(LINKAGE, CLINICAL),
    replaces=_record("ObservationGuid"),
)

ISSUES = layout_of(
    "prescriptions",
    "prescribing_issuerecord",
    _PATIENT,
    ON,
    *medicine(("CodeId",), "dmd", "prodcode"),
    ColumnMapping("name", ("term",)),
    ColumnMapping("quantity", ("Quantity",)),
    ColumnMapping("duration_days", ("CourseDurationInDays",)),
    where=_DATED,
    lookups=(LINKAGE, DRUG, bnf_of("dmd")),
    replaces=_record("IssueRecordGuid"),
)

_CONSULTATIONS = layout_of(
    "consultations",
    "carerecord_consultation",
    _PATIENT,
    ON,
    ColumnMapping("staff_role", ("job",)),
    ColumnMapping("mode", ("ConsultationSourceTerm",)),
    where=(*_DATED, RowFilter("ConsultationSourceTerm", NO_CONTACT, exclude=True)),
    lookups=(LINKAGE, STAFF),
    replaces=_record("ConsultationGuid"),
)

EMIS = Format(
    "emis",
    "EMIS bulk extract 8.2: Admin_, CareRecord_, Prescribing_ and Coding_ tables",
    (_PATIENTS, _REGISTRATIONS, _OBSERVATIONS, ISSUES, _CONSULTATIONS),
    reference="EMIS specification 8.2 (OLIDS)",
    lacks=(
        "hospital care",
        "ethnicity and care homes, except as coded entries in the record",
        "deprivation and small area",
        "earlier registrations: each patient of a practice has one period",
        "BNF codes, unless the NHSBSA's BNF SNOMED mapping is among its files",
    ),
)
