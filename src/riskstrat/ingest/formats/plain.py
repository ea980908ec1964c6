"""Define plain formats for extracts that follow no standard: ISO dates, codes as text, columns in any order."""

from riskstrat.ingest.formats.layout import ColumnMapping, Format, one_table

NO_PRACTICE = ("V81997", "V81998", "V81999")
_YES_NO = {"Y": "1", "y": "1", "true": "1", "True": "1", "N": "0", "n": "0", "false": "0", "False": "0"}
SEX = {
    "1": "M", "2": "F", "0": "U", "9": "U", "male": "M", "female": "F", "Male": "M", "Female": "F", "m": "M", "f": "F",
}  # fmt: skip
_SYSTEMS = {
    "SNOMED": "snomed", "snomedct": "snomed", "SNOMED CT": "snomed", "SNOMEDCT": "snomed",
    "http://snomed.info/sct": "snomed", "Readv2": "readv2", "READV2": "readv2", "Read v2": "readv2",
    "CTV3": "ctv3", "BNF": "bnf", "DMD": "dmd", "dm+d": "dmd", "snomed-ct": "snomed", "sct": "snomed",
    "read": "readv2", "read2": "readv2", "icd-10": "icd10", "icd 10": "icd10", "read v3": "ctv3",
}  # fmt: skip


def _plain(table: str, title: str, *columns: ColumnMapping) -> Format:
    """Return a format named after the table that it fills."""
    return one_table(table, table, title, columns, reference="riskstrat's own plain format")


def _same(name: str, required: bool = False) -> ColumnMapping:
    return ColumnMapping(name, (name,), required=required)


_PATIENT = ColumnMapping("patient_id", ("patient_id",), required=True)
_PRACTICE = ColumnMapping("practice_code", ("practice_code",), missing=NO_PRACTICE, required=True)

PATIENTS = _plain(
    "patients",
    "patients known to a practice",
    _PATIENT,
    _PRACTICE,
    ColumnMapping("sex", ("sex",), recode=SEX, required=True),
    ColumnMapping("birth_date", ("birth_month", "year_of_birth"), month=True, required=True),
    ColumnMapping("ethnicity", ("ethnicity",), missing=("X", "Z", "99")),
    _same("imd_decile"),
    ColumnMapping("lsoa", ("lsoa",), missing=("Z99999999",)),
    ColumnMapping("care_home", ("care_home",), recode=_YES_NO),
    _same("care_home_id"),
    ColumnMapping("death_date", ("date_of_death",)),
)

REGISTRATIONS = _plain(
    "registrations",
    "periods of registration with a practice",
    _PATIENT,
    _PRACTICE,
    _same("start_date", required=True),
    _same("end_date"),
)

GP_EVENTS = _plain(
    "gp_events",
    "coded entries in the GP record",
    _PATIENT,
    ColumnMapping("event_date", ("date",), required=True),
    ColumnMapping("recorded_date", ("recorded_date",)),
    _same("code", required=True),
    ColumnMapping("code_system", ("code_system",), recode=_SYSTEMS, required=True),
    _same("value"),
    _same("unit"),
)

PRESCRIPTIONS = _plain(
    "prescriptions",
    "prescribed items",
    _PATIENT,
    ColumnMapping("event_date", ("date",), required=True),
    _same("code", required=True),
    ColumnMapping("code_system", ("code_system",), recode=_SYSTEMS, required=True),
    _same("name"),
    _same("quantity"),
    _same("duration_days"),
    ColumnMapping("repeat", ("repeat",), recode=_YES_NO),
)

CONSULTATIONS = _plain(
    "consultations",
    "contacts with the practice",
    _PATIENT,
    ColumnMapping("event_date", ("date",), required=True),
    _same("staff_role"),
    _same("mode"),
)

DEATHS = _plain(
    "deaths",
    "deaths",
    _PATIENT,
    ColumnMapping("death_date", ("date_of_death",), required=True),
    ColumnMapping("cause", ("cause_1", "cause")),
)

OPT_OUTS = _plain(
    "opt_outs",
    "opt-outs and their withdrawal",
    _PATIENT,
    ColumnMapping("kind", ("kind",), recode={"type_1": "type1", "type-1": "type1", "ndoo": "national"}, required=True),
    _same("recorded_date", required=True),
    ColumnMapping("withdrawn", ("withdrawn",), recode=_YES_NO),
)

CASELOAD = _plain(
    "caseload",
    "patients on a team's caseload",
    _PATIENT,
    _same("role", required=True),
    ColumnMapping("enrolled_date", ("enrolled_on",), required=True),
    ColumnMapping("left_date", ("left_on",)),
    _same("outcome"),
)
