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

from __future__ import annotations

from riskstrat.ingest.formats.layout import Layout, Source, SourceColumn, Where, in_cell

PATIENT = SourceColumn("patient_id", ("NHS_NUMBER_DEID", "PERSON_ID_DEID", "PERSON_ID"), required=True)
NOT_SENSITIVE = Where("SENSITIVE_CODE", "(?i)1|y|yes|true", leave=True)
LOCAL = "[0-9A-Za-z.]{5}"

PEOPLE = Layout(
    "patients",
    (
        PATIENT,
        SourceColumn("practice_code", ("PRACTICE",)),
        SourceColumn("sex", ("SEX",), recode={"1": "M", "2": "F", "0": "U", "9": "U"}),
        SourceColumn(
            "birth_date",
            ("YEAR_MONTH_OF_BIRTH", "YEAR_OF_BIRTH"),
            also=("YEAR_OF_BIRTH",),
            month=True,
            patterns=((in_cell(0, 2), r"\1"), (in_cell(1, 2), r"\1")),
        ),
        SourceColumn("ethnicity", ("ETHNIC",), missing=("Z", "X", "99")),
        SourceColumn("lsoa", ("LSOA",)),
    ),
)

ENTRIES = Layout(
    "gp_events",
    (
        PATIENT,
        SourceColumn("event_date", ("DATE",), required=True, otherwise="recorded_date"),
        SourceColumn("recorded_date", ("RECORD_DATE",)),
        SourceColumn("code", ("CODE",), required=True),
        SourceColumn("code_system", ("CODE",), required=True, patterns=((LOCAL, "ctv3"), (".+", "snomed"))),
        SourceColumn("value", ("VALUE1_CONDITION",)),
    ),
    where=(NOT_SENSITIVE,),
)

GDPPR = Source(
    "gdppr",
    "GDPPR: one table of people and their coded entries",
    (PEOPLE, ENTRIES),
    reference="GPES Data for Pandemic Planning and Research",
    lacks=(
        "registrations: everyone in it counts as registered, those who moved away among them",
        "dates of death",
        "prescriptions as such: medicines are among the entries",
        "consultations",
        "hospital care",
        "codes outside the collection's reference set, and most values older than two years",
        "units of values",
    ),
)
