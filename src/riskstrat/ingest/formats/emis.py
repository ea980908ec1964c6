"""The EMIS bulk extract, version 8.2: tables of a practice system, sent whole once and then as changes.

Decision
--------
*Changes.* A row is named by its GUID and its organisation's (EMIS says that a GUID alone is not unique); the later row
of a name, by ``ProcessingId``, replaces the others. A row that is ``Deleted``, and one that has become
``IsConfidential``, ``SpineSensitive`` or a ``DummyType``, removes its record, and not only itself: what was sent before
it was marked must go too.

*Who.* A person is a ``PatientGuid``, that is, a patient of one practice. To link hospital extracts, put a file called
``linkage`` with the columns ``PatientGuid`` and ``patient_id`` (the hospital extracts' pseudonym) beside the tables.
Names, numbers, addresses and free text are not read, and the guard refuses them: name those columns of Admin_Patient in
``drop``, and ``DateOfBirth`` in ``coarsen``. Only regular patients are registered: temporary residents are not.

*Entries.* A code is the SNOMED CT concept of Coding_ClinicalCode, else EMIS's own number (system ``medcode``, as in
CPRD Aurum, which has it from EMIS); an item is BNF by the NHSBSA mapping, dm+d by Coding_DrugCode, else ``prodcode``.
A date known to the year or month stands for its first day, which is how EMIS sends it; it is not visible before it was
entered. Family history is somebody else's; an entry of unknown date has no place in time; letters, reports and
administration are no contacts: all are left out by rule.

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
    """How a table names its rows, orders them, and says that one is gone."""
    marks = ("IsConfidential", "SpineSensitive", "DummyType")
    gone = (r"(?i)(?:[^|]*\|)*(?:true|1|y|yes)(?:\|[^|]*)*", "1"), (".*", "0")
    return (
        ColumnMapping("record_id", (guid,), append=("OrganisationGuid",), required=True),
        ColumnMapping("record_order", ("ProcessingId",)),
        ColumnMapping("deleted", ("Deleted", *marks), append=marks, patterns=gone),
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
