"""Hospital Frailty Risk Score from ICD-10.

Decision
--------
All 109 three-character codes with the weights of the paper, in its order; each counts once a patient, in any diagnosis
position of any admission of the last 24 months, as the paper has it. They sum to 173.2. U80 (resistance to penicillin)
was withdrawn from later editions of ICD-10, so that recent records rarely hold it; it stays, as printed.

Low is under 5, intermediate 5 to 15, high over 15. Weights have one decimal, so that the bounds stand half a tenth
below the first score of a band, 4.95 and 15.05: a score of exactly 15 is intermediate, and neither turns on how a sum
of tenths rounds.

A score of 0 means no such code in hospital records. For a person with no admission in the window that is not
"not frail" but "nothing known": the score only says something of people with hospital records.

Source: Gilbert and others, Lancet 2018;391:1775, appendix table; doi 10.1016/S0140-6736(18)30668-8.
"""

from __future__ import annotations

from riskstrat.features.aggregates import Weight
from riskstrat.features.scores.score import ClinicalScore

HFRS = ClinicalScore(
    phrase_from=4.95,
    name="hfrs",
    title="Hospital Frailty Risk Score",
    citation="Gilbert 2018",
    dois=("10.1016/S0140-6736(18)30668-8",),
    weights=(
        Weight("F00", 7.1, "F00"),
        Weight("G81", 4.4, "G81"),
        Weight("G30", 4.0, "G30"),
        Weight("I69", 3.7, "I69"),
        Weight("R29", 3.6, "R29"),
        Weight("N39", 3.2, "N39"),
        Weight("F05", 3.2, "F05"),
        Weight("W19", 3.2, "W19"),
        Weight("S00", 3.2, "S00"),
        Weight("R31", 3.0, "R31"),
        Weight("B96", 2.9, "B96"),
        Weight("R41", 2.7, "R41"),
        Weight("R26", 2.6, "R26"),
        Weight("I67", 2.6, "I67"),
        Weight("R56", 2.6, "R56"),
        Weight("R40", 2.5, "R40"),
        Weight("T83", 2.4, "T83"),
        Weight("S06", 2.4, "S06"),
        Weight("S42", 2.3, "S42"),
        Weight("E87", 2.3, "E87"),
        Weight("M25", 2.3, "M25"),
        Weight("E86", 2.3, "E86"),
        Weight("R54", 2.2, "R54"),
        Weight("Z50", 2.1, "Z50"),
        Weight("F03", 2.1, "F03"),
        Weight("W18", 2.1, "W18"),
        Weight("Z75", 2.0, "Z75"),
        Weight("F01", 2.0, "F01"),
        Weight("S80", 2.0, "S80"),
        Weight("L03", 2.0, "L03"),
        Weight("H54", 1.9, "H54"),
        Weight("E53", 1.9, "E53"),
        Weight("Z60", 1.8, "Z60"),
        Weight("G20", 1.8, "G20"),
        Weight("R55", 1.8, "R55"),
        Weight("S22", 1.8, "S22"),
        Weight("K59", 1.8, "K59"),
        Weight("N17", 1.8, "N17"),
        Weight("L89", 1.7, "L89"),
        Weight("Z22", 1.7, "Z22"),
        Weight("B95", 1.7, "B95"),
        Weight("L97", 1.6, "L97"),
        Weight("R44", 1.6, "R44"),
        Weight("K26", 1.6, "K26"),
        Weight("I95", 1.6, "I95"),
        Weight("N19", 1.6, "N19"),
        Weight("A41", 1.6, "A41"),
        Weight("Z87", 1.5, "Z87"),
        Weight("J96", 1.5, "J96"),
        Weight("X59", 1.5, "X59"),
        Weight("M19", 1.5, "M19"),
        Weight("G40", 1.5, "G40"),
        Weight("M81", 1.4, "M81"),
        Weight("S72", 1.4, "S72"),
        Weight("S32", 1.4, "S32"),
        Weight("E16", 1.4, "E16"),
        Weight("R94", 1.4, "R94"),
        Weight("N18", 1.4, "N18"),
        Weight("R33", 1.3, "R33"),
        Weight("R69", 1.3, "R69"),
        Weight("N28", 1.3, "N28"),
        Weight("R32", 1.2, "R32"),
        Weight("G31", 1.2, "G31"),
        Weight("Y95", 1.2, "Y95"),
        Weight("S09", 1.2, "S09"),
        Weight("R45", 1.2, "R45"),
        Weight("G45", 1.2, "G45"),
        Weight("Z74", 1.1, "Z74"),
        Weight("M79", 1.1, "M79"),
        Weight("W06", 1.1, "W06"),
        Weight("S01", 1.1, "S01"),
        Weight("A04", 1.1, "A04"),
        Weight("A09", 1.1, "A09"),
        Weight("J18", 1.1, "J18"),
        Weight("J69", 1.0, "J69"),
        Weight("R47", 1.0, "R47"),
        Weight("E55", 1.0, "E55"),
        Weight("Z93", 1.0, "Z93"),
        Weight("R02", 1.0, "R02"),
        Weight("R63", 0.9, "R63"),
        Weight("H91", 0.9, "H91"),
        Weight("W10", 0.9, "W10"),
        Weight("W01", 0.9, "W01"),
        Weight("E05", 0.9, "E05"),
        Weight("M41", 0.9, "M41"),
        Weight("R13", 0.8, "R13"),
        Weight("Z99", 0.8, "Z99"),
        Weight("U80", 0.8, "U80"),
        Weight("M80", 0.8, "M80"),
        Weight("K92", 0.8, "K92"),
        Weight("I63", 0.8, "I63"),
        Weight("N20", 0.7, "N20"),
        Weight("F10", 0.7, "F10"),
        Weight("Y84", 0.7, "Y84"),
        Weight("R00", 0.7, "R00"),
        Weight("J22", 0.7, "J22"),
        Weight("Z73", 0.6, "Z73"),
        Weight("R79", 0.6, "R79"),
        Weight("Z91", 0.5, "Z91"),
        Weight("S51", 0.5, "S51"),
        Weight("F32", 0.5, "F32"),
        Weight("M48", 0.5, "M48"),
        Weight("E83", 0.4, "E83"),
        Weight("M15", 0.4, "M15"),
        Weight("D64", 0.4, "D64"),
        Weight("L08", 0.4, "L08"),
        Weight("R11", 0.3, "R11"),
        Weight("K52", 0.3, "K52"),
        Weight("R50", 0.1, "R50"),
    ),
    months=24,
    bands=((0.0, "low"), (4.95, "intermediate"), (15.05, "high")),
    caution=(
        "Developed in inpatients aged 75 and over; 0 without hospital records is not a finding. Not a diagnosis: a "
        "clinician's frailty code outranks it."
    ),
)
