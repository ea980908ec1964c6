"""Define the format of CPRD Aurum: practice records with EMIS codes, in tab-separated files of many parts.

Decision
--------
*Patients.* Patients whom CPRD marks as not acceptable for research (``acceptable`` 0: no birth year, registration
before birth, ...) are excluded by rule, together with their records. The date of death is CPRD's own.

*Registration.* It lasts from ``regstartdate`` to ``regenddate``. If there is no end date, it ends with the practice's
last collection: CPRD receives nothing more from a practice that has left, and its patients would seem healthy for ever.

*Codes.* A ``medcodeid`` is kept to its last digit (system ``medcode``), unless CPRD's medical dictionary is among the
files; then the dictionary's SNOMED CT concept is used. ``prodcodeid`` is treated in the same way, with the dm+d
identifier of the product dictionary. BNF codes come from the NHSBSA mapping (`code_maps`), not from the dictionary's
chapters, which many products do not have. Family history (``obstypeid`` 4) is about another person and is excluded by
rule. So are entries without a date.

*Builds.* CPRD delivers each build complete, so no row replaces another. Put a new build in place of the old one.

Source: CPRD Aurum Data Specification and lookups; `acceptable` and the end of observation as in OHDSI's ETL of Aurum;
``obstypeid`` 4 as in the Exeter diabetes cohort scripts.
"""

from riskstrat.ingest.formats.code_maps import NA, SNOMED, bnf_of, medicine
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

_DAY = "[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4}"
_PATIENT = ColumnMapping("patient_id", ("patid",), missing=NA, required=True)
_PRACTICE = ColumnMapping("practice_code", ("pracid",), missing=NA)
ACCEPTABLE = RowFilter("acceptable", "0", exclude=True)
MEDICAL = files_called("emismedicaldictionary", "cprdaurummedical")
PRODUCT = files_called("emisproductdictionary", "cprdaurumproduct")


def _dated(name: str) -> RowFilter:
    return RowFilter(name, "(NA)?", exclude=True)


def _column(to: str, *names: str) -> ColumnMapping:
    return ColumnMapping(to, names, missing=NA)


def _day(to: str, name: str) -> ColumnMapping:
    return ColumnMapping(to, (name,), missing=NA, required=True)


_PATIENTS = layout_of(
    "patients",
    "patient",
    _PATIENT,
    _PRACTICE,
    ColumnMapping("sex", ("gender",), missing=NA, recode={"1": "M", "2": "F", "3": "I", "0": "U", "4": "U"}),
    ColumnMapping(
        "birth_date", ("yob",), missing=NA, append=("mob",), month=True,
        patterns=(("([0-9]{4})[|](0?[1-9]|1[0-2])", r"\1-\2"), (in_cell(0, 2), r"\1")),
    ),
    _column("death_date", "cprd_ddate", "emis_ddate"),
    where=(ACCEPTABLE,),
)  # fmt: skip

_REGISTRATIONS = layout_of(
    "registrations",
    "patient",
    _PATIENT,
    ColumnMapping("practice_code", ("pracid",), missing=NA, required=True),
    _day("start_date", "regstartdate"),
    ColumnMapping(
        "end_date", ("regenddate",), missing=NA, append=("lcd",),
        patterns=((in_cell(0, 2), r"\1"), (in_cell(1, 2, _DAY), r"\1")),
    ),
    where=(ACCEPTABLE, _dated("regstartdate")),
    lookups=(LookupFile(files_called("practice"), ("pracid", "pracid"), {"lcd": "lcd"}),),
)  # fmt: skip

_OBSERVATIONS = layout_of(
    "gp_events",
    "observation",
    _PATIENT,
    _day("event_date", "obsdate"),
    _column("recorded_date", "enterdate"),
    *coded(("medcodeid",), ((in_cell(1, 2, SNOMED), "snomed"), (in_cell(0, 2), "medcode")), ("snomed",), NA),
    _column("value", "value"),
    _column("unit", "unit"),
    where=(_dated("obsdate"), RowFilter("obstypeid", "4", exclude=True)),
    lookups=(
        LookupFile(MEDICAL, ("medcodeid", "MedCodeId"), {"snomed": "SnomedCTConceptId"}),
        LookupFile(files_called("numunit"), ("numunitid", "numunitid"), {"unit": "Description"}),
    ),
)  # fmt: skip

DRUG_ISSUES = layout_of(
    "prescriptions",
    "drugissue",
    _PATIENT,
    _day("event_date", "issuedate"),
    *medicine(("prodcodeid",), "dmd", "prodcode"),
    _column("name", "product"),
    _column("quantity", "quantity"),
    _column("duration_days", "duration"),
    where=(_dated("issuedate"),),
    lookups=(
        LookupFile(PRODUCT, ("prodcodeid", "ProdCodeId"), {"dmd": "dmdid", "product": "ProductName"}),
        bnf_of("dmd"),
    ),
)

_CONSULTATIONS = layout_of(
    "consultations",
    "consultation",
    _PATIENT,
    _day("event_date", "consdate"),
    ColumnMapping("staff_role", ("staffid",), append=("role",), patterns=((in_cell(1, 2), r"\1"),)),
    _column("mode", "consultation_source"),
    where=(_dated("consdate"),),
    lookups=(
        LookupFile(
            files_called("conssource"), ("conssourceid", "conssourceid"), {"consultation_source": "Description"}
        ),
        LookupFile(files_called("staff"), ("staffid", "staffid"), {"staff_job": "jobcatid"}),
        LookupFile(files_called("jobcat"), ("staff_job", "jobcatid"), {"role": "Description"}),
    ),
)

CPRD_AURUM = Format(
    "cprd_aurum",
    "CPRD Aurum: patient, observation, drugissue, consultation and practice files, with CPRD's lookups",
    (_PATIENTS, _REGISTRATIONS, _OBSERVATIONS, DRUG_ISSUES, _CONSULTATIONS),
    reference="CPRD Aurum Data Specification",
    lacks=(
        "hospital care (linked HES comes as hes_apc, hes_ae and hes_op, with patient_id = \"patid\")",
        "SNOMED CT and dm+d codes, unless CPRD's dictionaries are among its files",
        "deprivation, and ethnicity except as coded entries in the record",
        "care homes",
    ),
)  # fmt: skip
