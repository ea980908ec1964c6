"""The plain formats, for extracts that follow no standard: ISO dates, codes as text, columns in any order."""

from __future__ import annotations

from riskstrat.ingest.formats.layout import SourceColumn, one_table

NO_PRACTICE = ("V81997", "V81998", "V81999")
YES_NO = {"Y": "1", "y": "1", "true": "1", "True": "1", "N": "0", "n": "0", "false": "0", "False": "0"}
SEX = {
    "1": "M",
    "2": "F",
    "0": "U",
    "9": "U",
    "male": "M",
    "female": "F",
    "Male": "M",
    "Female": "F",
    "m": "M",
    "f": "F",
}
SYSTEMS = {
    "SNOMED": "snomed", "snomedct": "snomed", "SNOMED CT": "snomed", "SNOMEDCT": "snomed",
    "http://snomed.info/sct": "snomed", "Readv2": "readv2", "READV2": "readv2", "Read v2": "readv2",
    "CTV3": "ctv3", "BNF": "bnf", "DMD": "dmd", "dm+d": "dmd", "snomed-ct": "snomed", "sct": "snomed",
    "read": "readv2", "read2": "readv2", "icd-10": "icd10", "icd 10": "icd10", "read v3": "ctv3",
}  # fmt: skip
REFERENCE = "riskstrat's own plain format"


def _same(name: str, required: bool = False) -> SourceColumn:
    return SourceColumn(name, (name,), required=required)


PATIENT = SourceColumn("patient_id", ("patient_id",), required=True)
PRACTICE = SourceColumn("practice_code", ("practice_code",), missing=NO_PRACTICE, required=True)

PATIENTS = one_table(
    "patients",
    "patients",
    "people known to a practice",
    (
        PATIENT,
        PRACTICE,
        SourceColumn("sex", ("sex",), recode=SEX, required=True),
        SourceColumn("birth_date", ("birth_month", "year_of_birth"), month=True, required=True),
        SourceColumn("ethnicity", ("ethnicity",), missing=("X", "Z", "99")),
        _same("imd_decile"),
        SourceColumn("lsoa", ("lsoa",), missing=("Z99999999",)),
        SourceColumn("care_home", ("care_home",), recode=YES_NO),
        _same("care_home_id"),
        SourceColumn("death_date", ("date_of_death",)),
    ),
    reference=REFERENCE,
)

REGISTRATIONS = one_table(
    "registrations",
    "registrations",
    "periods of registration with a practice",
    (PATIENT, PRACTICE, _same("start_date", required=True), _same("end_date")),
    reference=REFERENCE,
)

GP_EVENTS = one_table(
    "gp_events",
    "gp_events",
    "coded entries of the GP record",
    (
        PATIENT,
        SourceColumn("event_date", ("date",), required=True),
        SourceColumn("recorded_date", ("recorded_date",)),
        _same("code", required=True),
        SourceColumn("code_system", ("code_system",), recode=SYSTEMS, required=True),
        _same("value"),
        _same("unit"),
    ),
    reference=REFERENCE,
)

PRESCRIPTIONS = one_table(
    "prescriptions",
    "prescriptions",
    "items prescribed",
    (
        PATIENT,
        SourceColumn("event_date", ("date",), required=True),
        _same("code", required=True),
        SourceColumn("code_system", ("code_system",), recode=SYSTEMS, required=True),
        _same("name"),
        _same("quantity"),
        _same("duration_days"),
        SourceColumn("repeat", ("repeat",), recode=YES_NO),
    ),
    reference=REFERENCE,
)

CONSULTATIONS = one_table(
    "consultations",
    "consultations",
    "contacts with the practice",
    (PATIENT, SourceColumn("event_date", ("date",), required=True), _same("staff_role"), _same("mode")),
    reference=REFERENCE,
)

DEATHS = one_table(
    "deaths",
    "deaths",
    "deaths",
    (
        PATIENT,
        SourceColumn("death_date", ("date_of_death",), required=True),
        SourceColumn("cause", ("cause_1", "cause")),
    ),
    reference=REFERENCE,
)

OPT_OUTS = one_table(
    "opt_outs",
    "opt_outs",
    "objections and their withdrawal",
    (
        PATIENT,
        SourceColumn(
            "kind", ("kind",), recode={"type_1": "type1", "type-1": "type1", "ndoo": "national"}, required=True
        ),
        _same("recorded_date", required=True),
        SourceColumn("withdrawn", ("withdrawn",), recode=YES_NO),
    ),
    reference=REFERENCE,
)

CASELOAD = one_table(
    "caseload",
    "caseload",
    "people on a team's caseload",
    (
        PATIENT,
        _same("role", required=True),
        SourceColumn("enrolled_date", ("enrolled_on",), required=True),
        SourceColumn("left_date", ("left_on",)),
        _same("outcome"),
    ),
    reference=REFERENCE,
)
