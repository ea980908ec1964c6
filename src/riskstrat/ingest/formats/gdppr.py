"""Define the format of GDPPR, the GP extract for pandemic planning and research: one row per code of a patient.

Decision
--------
Every row describes the patient and one coded entry, so one file fills two tables. If rows describe a patient in
different ways, the latest file counts. Conditions and medicines are in one column and cannot be separated without the
collection's cluster lists. All are stored as entries of the record, and none as prescriptions. Rows marked as sensitive
are excluded by rule. The extract gives only the year of a death, which is not used as a date. Codes of five characters,
which TPP practices use locally, are CTV3. An entry without a date gets its recorded date.

The legal basis of this collection was limited to the pandemic. riskstrat reads its form; the legal basis for your
purpose is a separate question.

Source: BHFDSC/documentation, ``docs/dataset_insights/gdppr.md``: columns, coverage, what is never removed.
"""

from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format, RowFilter, in_cell

_PATIENT = ColumnMapping("patient_id", ("NHS_NUMBER_DEID", "PERSON_ID_DEID", "PERSON_ID"), required=True)
NOT_SENSITIVE = RowFilter("SENSITIVE_CODE", "(?i)1|y|yes|true", exclude=True)
LOCAL = "[0-9A-Za-z.]{5}"

_PEOPLE = FileLayout(
    "patients",
    (
        _PATIENT,
        ColumnMapping("practice_code", ("PRACTICE",)),
        ColumnMapping("sex", ("SEX",), recode={"1": "M", "2": "F", "0": "U", "9": "U"}),
        ColumnMapping(
            "birth_date",
            ("YEAR_MONTH_OF_BIRTH", "YEAR_OF_BIRTH"),
            append=("YEAR_OF_BIRTH",),
            month=True,
            patterns=((in_cell(0, 2), r"\1"), (in_cell(1, 2), r"\1")),
        ),
        ColumnMapping("ethnicity", ("ETHNIC",), missing=("Z", "X", "99")),
        ColumnMapping("lsoa", ("LSOA",)),
    ),
)

_ENTRIES = FileLayout(
    "gp_events",
    (
        _PATIENT,
        ColumnMapping("event_date", ("DATE",), required=True, fallback="recorded_date"),
        ColumnMapping("recorded_date", ("RECORD_DATE",)),
        ColumnMapping("code", ("CODE",), required=True),
        ColumnMapping("code_system", ("CODE",), required=True, patterns=((LOCAL, "ctv3"), (".+", "snomed"))),
        ColumnMapping("value", ("VALUE1_CONDITION",)),
    ),
    where=(NOT_SENSITIVE,),
)

GDPPR = Format(
    "gdppr",
    "GDPPR: one table of patients and their coded entries",
    (_PEOPLE, _ENTRIES),
    reference="GPES Data for Pandemic Planning and Research",
    lacks=(
        "registrations: every patient counts as registered, including those who moved away",
        "dates of death",
        "prescriptions: medicines are coded entries in the record",
        "consultations",
        "hospital care",
        "codes outside the collection's reference set, and most values older than two years",
        "units of values",
    ),
)
