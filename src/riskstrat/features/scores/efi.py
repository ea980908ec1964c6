"""Electronic frailty index: the share of 36 deficits that a practice's record shows.

Decision
--------
The lists of the index are licensed (University of Leeds) and not public, so that there is none here, and the compact
lists of `definitions.conditions` do not stand in for them: they hold fewer codes and would call a frailer person fit. A
study that has the lists names each of the 35 under ``[codelists]``, ``efi_dizziness = "efi/dizziness.csv"``; until
all are there the index is absent. A deficit counts from its first code on, and for ever, as the authors describe the
index. The 36th, polypharmacy, is five or more medicines; the paper gives no window, and here it is the last three
months, as in the second version of the index. A deficit by a measured value counts where the list holds a code for it.

Bands are the paper's: up to 0.12, 0.24 and 0.36, that is 4, 8 and 12 deficits. They are written half a deficit
lower than the first of a band, so that no sum of thirty-sixths turns on its rounding.

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
