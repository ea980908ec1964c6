"""Define the format of Synthea's CSV export, with or without the columns of later versions and the British branch.

Decision
--------
An ``emergency`` encounter becomes an ED attendance, ``inpatient`` an episode of ordinary class, and ``outpatient`` a
hospital appointment that took place. ``ambulatory``, ``wellness``, ``urgentcare``, ``home`` and ``virtual`` become
contacts with the practice. Stays in a nursing facility or hospice are none of these and are excluded by rule. The code
of an emergency encounter may say that an admission followed, but there is no inpatient encounter for it, so the
admission method is not recorded. Conditions, procedures, measurements and immunisations are entries of the record. Only
numeric observations are read, without the simulator's own quality-of-life scores.

The raw ``patients.csv`` contains names, numbers and addresses, and is refused: name those columns in ``drop``, and
``BIRTHDATE`` in ``coarsen``.

Source: Synthea, ``CSVExporter.java``; NHS England's swpc_synthea.
"""

from riskstrat.ingest.formats.code_maps import LOINC, SNOMED
from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format, RowFilter, in_cell, layout_of

_PATIENT = ColumnMapping("patient_id", ("PATIENT",), required=True)
TIME = ColumnMapping("arrival_time", ("START",), patterns=((".*[ T]([0-9]{2}:[0-9]{2}).*", r"\1"),))
_PROVIDER = ColumnMapping("provider", ("ORGANIZATION",))
CODE = ColumnMapping("code", ("CODE",), required=True)
SYSTEM = ColumnMapping(
    "code_system",
    ("CODE",),
    required=True,
    append=("SYSTEM",),
    patterns=(("(?i)[^|]+[|](?:|.*snomed.*)", "snomed"), ("(?i)[^|]+[|].*icd.?10.*", "icd10"), (in_cell(1, 2), r"\1")),
)


def _on(name: str) -> ColumnMapping:
    return ColumnMapping("event_date", (name,), required=True)


def _encounters(table: str, classes: str, *columns: ColumnMapping, **constants: str) -> FileLayout:
    where = (RowFilter("ENCOUNTERCLASS", f"(?i){classes}"),)
    return layout_of(table, "encounters", _PATIENT, *columns, constants=constants, where=where)


_PATIENTS = layout_of(
    "patients",
    "patients",
    ColumnMapping("patient_id", ("Id",), required=True),
    ColumnMapping("sex", ("GENDER",)),
    ColumnMapping("birth_date", ("BIRTHDATE",), month=True),
    ColumnMapping("ethnicity", ("RACE",)),
    ColumnMapping("death_date", ("DEATHDATE",)),
)

ENCOUNTERS = (
    _encounters(
        "ed_attendances", "emergency", _on("START"), TIME, _PROVIDER, ColumnMapping("diagnosis", ("REASONCODE",))
    ),
    _encounters(
        "episodes",
        "inpatient",
        ColumnMapping("episode_id", ("Id",)),
        _PROVIDER,
        ColumnMapping("admission_date", ("START",), required=True),
        ColumnMapping("discharge_date", ("STOP",)),
        ColumnMapping("start_date", ("START",), required=True),
        ColumnMapping("end_date", ("STOP",)),
        patient_class="1",
    ),
    _encounters("op_appointments", "outpatient", _on("START"), _PROVIDER, attended="seen"),
    _encounters(
        "consultations",
        "ambulatory|wellness|urgentcare|home|virtual",
        _on("START"),
        ColumnMapping("mode", ("ENCOUNTERCLASS",), recode={"home": "home visit", "virtual": "telephone or video"}),
    ),
)

_OBSERVATIONS = layout_of(
    "gp_events",
    "observations",
    _PATIENT,
    _on("DATE"),
    CODE,
    ColumnMapping(
        "code_system", ("CODE",), required=True, patterns=((LOINC, "loinc"), (SNOMED, "snomed"), (".+", "synthea"))
    ),
    ColumnMapping("value", ("VALUE",)),
    ColumnMapping("unit", ("UNITS",)),
    where=(RowFilter("TYPE", "(?i)text", exclude=True), RowFilter("CODE", "QALY|DALY|QOLS", exclude=True)),
)

SYNTHEA = Format(
    "synthea",
    "Synthea CSV: patients, encounters, conditions, procedures, observations, medications, immunizations",
    (
        _PATIENTS,
        *ENCOUNTERS,
        layout_of("gp_events", "conditions", _PATIENT, _on("START"), CODE, SYSTEM),
        layout_of("gp_events", "procedures", _PATIENT, _on("START"), CODE, SYSTEM),
        _OBSERVATIONS,
        layout_of("gp_events", "immunizations", _PATIENT, _on("DATE"), CODE, constants={"code_system": "cvx"}),
        layout_of(
            "prescriptions",
            "medications",
            _PATIENT,
            _on("START"),
            CODE,
            ColumnMapping("name", ("DESCRIPTION",)),
            ColumnMapping("quantity", ("DISPENSES",)),
            constants={"code_system": "rxnorm"},
        ),
    ),
    reference="Synthea CSV export",
    lacks=(
        'the admission method (use outcome.event = "any_admission" or "ed_attendance")',
        "registrations and practices",
        "diagnoses of an episode: conditions are coded entries in the record",
        "the type of emergency department and how the attendance ended",
        "missed appointments",
        "BNF or dm+d codes: medicines are in RxNorm",
        "deprivation",
        "the recorded date of entries",
    ),
)
