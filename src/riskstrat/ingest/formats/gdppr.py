"""GDPPR, the GP extract for pandemic planning and research: one long table, a row for each code of each person.

Decision
--------
Every row says who the person is and what was coded, so that the one file fills two tables; of what is said of a person
the latest file counts. Conditions and medicines stand in one column and cannot be told apart without the collection's
cluster lists: all are entries of the record, and none is counted as a prescription. A row marked as sensitive is left
out by rule. Of a death only the year is carried, which is no date. Codes of five characters, local ones of TPP
practices, are CTV3. Where an entry has no date of its own it has the date of its record.

The collection's legal basis was the pandemic's: its shape is read, not its purpose.

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
