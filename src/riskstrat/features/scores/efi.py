"""Define the electronic frailty index: the share of 36 deficits that the GP record shows.

Decision
--------
The code lists of the index are licensed (University of Leeds) and not public, so none is built in. The built-in short
lists of `definitions.conditions` do not replace them: they have fewer codes and would rate frail patients as fit. A
study that has the lists gives each of the 35 under ``[codelists]``, such as ``efi_dizziness = "efi/dizziness.csv"``;
until all are given the index is absent. A deficit counts from its first code on, for ever, as the authors describe. The
36th deficit, polypharmacy, is five or more medicines; the paper gives no window, so the last three months are used, as
in the second version of the index. A deficit defined by a measured value counts if the list has a code for it.

The bands are those of the paper: up to 0.12, 0.24 and 0.36, that is 4, 8 and 12 deficits. Each bound is written half a
deficit below the first score of its band, so that rounding a sum of thirty-sixths cannot change the band.

Source: Clegg and others, Age and Ageing 2016;45:353, box 1; windows as in Best and others, Age and Ageing
2025;54:afaf077.

>>> EFI.band(4 / 36), EFI.band(5 / 36), EFI.band(12 / 36), EFI.band(13 / 36)
('fit', 'mild', 'moderate', 'severe')
"""

from riskstrat.features.families.deficits import DeficitIndex
from riskstrat.features.scores.score import Term

_DEFICITS = (
    "activity_limitation", "anaemia", "arthritis", "atrial_fibrillation", "cerebrovascular_disease",
    "chronic_kidney_disease", "diabetes", "dizziness", "dyspnoea", "falls", "foot_problems", "fragility_fracture",
    "hearing_impairment", "heart_failure", "heart_valve_disease", "housebound", "hypertension",
    "hypotension_syncope", "ischaemic_heart_disease", "memory_problems", "mobility_problems", "osteoporosis",
    "parkinsonism_tremor", "peptic_ulcer", "peripheral_vascular_disease", "requirement_for_care",
    "respiratory_disease", "skin_ulcer", "sleep_disturbance", "social_vulnerability", "thyroid_disease",
    "urinary_incontinence", "urinary_system_disease", "visual_impairment", "weight_loss",
)  # fmt: skip

EFI = DeficitIndex(
    name="efi",
    title="Electronic frailty index",
    citation="Clegg 2016",
    dois=("10.1093/ageing/afw039",),
    deficits=_DEFICITS,
    terms=(
        Term("35 deficits by code lists", "efi_deficits", each=1 / 36),
        Term("polypharmacy", "medicines_3m", ((5, 1 / 36),)),
    ),
    group="gp",
    tables=("gp_events", "prescriptions"),
    unit="share of deficits",
    window="ever",
    bands=((0.0, "fit"), (4.5 / 36, "mild"), (8.5 / 36, "moderate"), (12.5 / 36, "severe")),
    phrase_from=4.5 / 36,
    caution=(
        "Developed for people aged 65 and over. Needs the study's own code lists. Not a diagnosis: a clinician's "
        "frailty code takes precedence."
    ),
)
