"""Define the format of the OMOP Common Data Model 5.4: one file per table, as CSV or Parquet.

Decision
--------
*Visits.* An emergency room visit (9203) becomes an ED attendance, an inpatient visit (9201) an episode, and an
emergency room and inpatient visit (262) becomes both. An admission counts as an emergency (method 21) if the visit is
262, if the patient was admitted from an emergency room, or if the preceding visit (``preceding_visit_occurrence_id``)
was to one. Otherwise the admission method is empty, not "other": OMOP has no concept for a planned admission, and an
empty method counts neither as planned nor as an emergency. Outpatient (9202) is the general term and becomes a hospital
appointment that took place. Office, home and telehealth visits become consultations.

*Codes.* If the vocabulary (``CONCEPT.csv``) is among the files, an entry gets the code of its concept: SNOMED CT before
ICD-10, Read and LOINC, and the standard concept before the source concept. Drugs get BNF by the NHSBSA mapping, then
dm+d, then RxNorm. Without the vocabulary, and for concepts that are not mapped (0), the form of the source value gives
the system. A value in an unknown form is replaced by the number of its concept (system ``omop``; 0 if there is none),
so that the entry is kept but no free text is stored.

*Registration.* ``observation_period`` is not read. In hospital records and in Synthea it ends with the last visit, so
patients still under observation on an index date would be exactly those who will be seen again. If it is enrolment in
your data, read it as format ``registrations`` too.

*Diagnoses* are linked to a visit but are separate rows, so they are entries of the record and not of an episode.

Source: OHDSI CommonDataModel, ``OMOP_CDMv5.4_Field_Level.csv``; visit concepts of the OHDSI vocabulary.
"""

from riskstrat.ingest.formats.code_maps import BNF, CONCEPT, ICD10, LOINC, bnf_of
from riskstrat.ingest.formats.layout import (
    ColumnMapping,
    FileLayout,
    Format,
    LookupFile,
    RowFilter,
    coded,
    files_called,
    in_cell,
    layout_of,
)

VOCABULARY = files_called("concept")
_PATIENT = ColumnMapping("patient_id", ("person_id",), required=True)
_PROVIDER = ColumnMapping("provider", ("care_site_id",))
ALSO = ("vocabulary", "concept", "source_vocabulary", "source_concept")
_RECORDS = (("SNOMED", "snomed"), ("ICD10|ICD10CM", "icd10"), ("Read", "readv2"), ("LOINC", "loinc"))
RECORD_SHAPES = ((CONCEPT, "snomed"), (ICD10, "icd10"), (LOINC, "loinc"))
DRUGS = ((r"dm\+d", "dmd"), ("RxNorm|RxNorm Extension", "rxnorm"))
DRUG_SHAPES = (("[1-9][0-9]{4,14}[01]0[0-9]", "dmd"), ("[1-9][0-9]{0,6}", "rxnorm"))

Kinds = tuple[tuple[str, str], ...]


def _kinds(vocabularies: Kinds, shapes: Kinds) -> Kinds:
    """Return patterns, each with its system, for the joined cells: concept, `ALSO`, source value, BNF code."""
    found = [(in_cell(6, 7, BNF), "bnf")]
    for vocabulary, system in vocabularies:
        found.append((rf"[^|]*\|(?:{vocabulary})\|([^|]+)(?:\|[^|]*){{4}}", system))
        found.append((rf"(?:[^|]*\|){{3}}(?:{vocabulary})\|([^|]+)(?:\|[^|]*){{2}}", system))
    found += [(in_cell(5, 7, shape), system) for shape, system in shapes]
    return (*found, (r"([0-9]+)\|.*", "omop"))


def _coded(domain: str, kinds: Kinds) -> tuple[ColumnMapping, ColumnMapping]:
    """Map code and system of an entry."""
    return coded((f"{domain}_concept_id",), kinds, (*ALSO, f"{domain}_source_value", "bnf"))


def _vocabulary(domain: str) -> tuple[LookupFile, LookupFile]:
    standard, source = ((f"{domain}_{concept}", "concept_id") for concept in ("concept_id", "source_concept_id"))
    return (
        LookupFile(VOCABULARY, standard, {ALSO[0]: "vocabulary_id", ALSO[1]: "concept_code"}),
        LookupFile(VOCABULARY, source, {ALSO[2]: "vocabulary_id", ALSO[3]: "concept_code"}),
    )


CARE_SITE = LookupFile(
    files_called("care_site"), ("care_site_id", "care_site_id"), {"care_site_name": "care_site_source_value"}
)
_PERSON = layout_of(
    "patients",
    "person",
    _PATIENT,
    ColumnMapping(
        "practice_code", ("care_site_id",), append=("care_site_name",),
        patterns=((in_cell(1, 2), r"\1"), ("([1-9][0-9]*)[|]", r"\1")),
    ),
    ColumnMapping(
        "sex", ("gender_concept_id",), append=("gender_source_value",),
        patterns=(
            ("8507[|].*", "M"), ("8532[|].*", "F"),
            ("(?i)[^|]*[|](?:m|male)", "M"), ("(?i)[^|]*[|](?:f|female)", "F"),
        ),
    ),
    ColumnMapping(
        "birth_date", ("year_of_birth",), append=("month_of_birth",), month=True,
        patterns=(("([0-9]{4})[|](0?[1-9]|1[0-2])", r"\1-\2"), (in_cell(0, 2), r"\1")),
    ),
    ColumnMapping("ethnicity", ("race_source_value", "race_concept_id"), missing=("0",)),
    lookups=(CARE_SITE,),
)  # fmt: skip

_DEATH = layout_of(
    "deaths",
    "death",
    _PATIENT,
    ColumnMapping("death_date", ("death_date",), required=True),
    ColumnMapping("cause", ("cause_source_value",), patterns=((f"({ICD10})", r"\1"),)),
)


def _visits(concepts: str, source: str) -> tuple[tuple[RowFilter, ...], ...]:
    """Select visits by concept, and visits without a concept by their source value."""
    return (RowFilter("visit_concept_id", concepts),), (
        RowFilter("visit_concept_id", "0?"),
        RowFilter("visit_source_value", f"(?i){source}"),
    )


_DAY = ColumnMapping("event_date", ("visit_start_date",), required=True)
_EMERGENCY = tuple(
    layout_of(
        "ed_attendances",
        "visit_occurrence",
        _PATIENT,
        _DAY,
        ColumnMapping("arrival_time", ("visit_start_datetime",), patterns=((".*[ T]([0-9]{2}:[0-9]{2}).*", r"\1"),)),
        _PROVIDER,
        ColumnMapping("disposal", ("visit_concept_id",), patterns=(("262", "admitted"),)),
        where=where,
    )
    for where in _visits("9203|8870|262", "e[rd]|emergency.*|a ?& ?e.*|accident.*")
)

INPATIENT = tuple(
    layout_of(
        "episodes",
        "visit_occurrence",
        _PATIENT,
        ColumnMapping("episode_id", ("visit_occurrence_id",)),
        _PROVIDER,
        ColumnMapping("admission_date", ("visit_start_date",), required=True),
        ColumnMapping("discharge_date", ("visit_end_date",)),
        ColumnMapping("start_date", ("visit_start_date",), required=True),
        ColumnMapping("end_date", ("visit_end_date",)),
        ColumnMapping(
            "admission_method", ("visit_concept_id",), append=("admitted_from_concept_id", "visit_before"),
            patterns=(("262[|].*", "21"), (in_cell(1, 3, "8870|9203"), "21"), (in_cell(2, 3, "8870|9203"), "21")),
        ),
        constants={"patient_class": "1"},
        where=where,
        lookups=(
            LookupFile(
                files_called("visit_occurrence"),
                ("preceding_visit_occurrence_id", "visit_occurrence_id"),
                {"visit_before": "visit_concept_id"},
            ),
        ),
    )
    for where in _visits("9201|262|8717|8971|32037", "ip|in-?patient.*|hospital admission.*")
)  # fmt: skip

OUTPATIENT = tuple(
    layout_of(
        "op_appointments", "visit_occurrence", _PATIENT, _DAY, _PROVIDER, constants={"attended": "seen"}, where=where
    )
    for where in _visits("9202|8756", "op|out-?patient.*")
)

MODES = {"581477": "face to face", "8940": "face to face", "581476": "home visit", "5083": "telephone or video"}
_CONSULTATIONS = tuple(
    layout_of(
        "consultations",
        "visit_occurrence",
        _PATIENT,
        _DAY,
        ColumnMapping("mode", ("visit_concept_id",), missing=("0",), recode=MODES),
        where=where,
    )
    for where in _visits("581477|8940|581476|5083", "office.*|gp.*|general practice.*|primary care.*")
)


def _entries(table: str, domain: str, date: str, *values: ColumnMapping) -> FileLayout:
    """Return the layout of a table of coded entries."""
    unit = LookupFile(VOCABULARY, ("unit_concept_id", "concept_id"), {"unit_code": "concept_code"})
    return layout_of(
        "gp_events",
        table,
        _PATIENT,
        ColumnMapping("event_date", (date,), required=True),
        *_coded(domain, _kinds(_RECORDS, RECORD_SHAPES)),
        *values,
        lookups=(*_vocabulary(domain), *((unit,) if values else ())),
    )


VALUES = (
    ColumnMapping("value", ("value_as_number",)),
    ColumnMapping(
        "unit", ("unit_concept_id",), append=("unit_source_value", "unit_code"),
        patterns=(("[1-9][0-9]*[|][^|]*[|]([^|]+)", r"\1"), (in_cell(1, 3), r"\1")),
    ),
)  # fmt: skip
_ENTRIES = (
    _entries("condition_occurrence", "condition", "condition_start_date"),
    _entries("procedure_occurrence", "procedure", "procedure_date"),
    _entries("measurement", "measurement", "measurement_date", *VALUES),
    _entries("observation", "observation", "observation_date", *VALUES),
)

DRUG_EXPOSURE = layout_of(
    "prescriptions",
    "drug_exposure",
    _PATIENT,
    ColumnMapping("event_date", ("drug_exposure_start_date",), required=True),
    *_coded("drug", _kinds(DRUGS, DRUG_SHAPES)),
    ColumnMapping("quantity", ("quantity",)),
    ColumnMapping("duration_days", ("days_supply",)),
    lookups=(*_vocabulary("drug"), bnf_of("source_concept")),
)

OMOP = Format(
    "omop",
    "OMOP CDM 5.4: person, visit_occurrence, condition_occurrence, drug_exposure and other tables, CSV or Parquet",
    (_PERSON, _DEATH, *_EMERGENCY, *INPATIENT, *OUTPATIENT, *_CONSULTATIONS, *_ENTRIES, DRUG_EXPOSURE),
    reference="OHDSI OMOP Common Data Model v5.4",
    lacks=(
        "the admission method, except of admissions through an emergency room",
        "diagnoses of an episode: conditions are coded entries in the record",
        "the type of emergency department and the category of attendance",
        "missed appointments",
        "registrations (observation_period ends with the last visit; if it is enrolment, read it as registrations)",
        "the recorded date of entries",
    ),
)
