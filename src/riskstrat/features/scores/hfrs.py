"""Define the Hospital Frailty Risk Score from ICD-10 codes.

Decision
--------
The score has all 109 three-character codes of the paper, with its weights and in its order. Each code counts once for a
patient, in any diagnosis position of any admission of the last 24 months, as in the paper. The weights add up to 173.2.
U80 (resistance to penicillin) was withdrawn from later editions of ICD-10, so recent records rarely have it; it is kept
as printed.

Low is under 5, intermediate 5 to 15, and high over 15. Weights have one decimal, so the bounds are written half a tenth
below the first score of a band, 4.95 and 15.05. A score of exactly 15 is intermediate, and rounding a sum of tenths
cannot change the band.

A score of 0 means that the hospital records have no such code. For a patient without an admission in the window that
does not mean "not frail": the score only describes patients with hospital records.

Source: Gilbert and others, Lancet 2018;391:1775, appendix table; doi 10.1016/S0140-6736(18)30668-8.
"""

from riskstrat.features.aggregates import Weight
from riskstrat.features.scores.score import ClinicalScore

_POINTS = (
    (7.1, "F00"),
    (4.4, "G81"),
    (4.0, "G30"),
    (3.7, "I69"),
    (3.6, "R29"),
    (3.2, "N39 F05 W19 S00"),
    (3.0, "R31"),
    (2.9, "B96"),
    (2.7, "R41"),
    (2.6, "R26 I67 R56"),
    (2.5, "R40"),
    (2.4, "T83 S06"),
    (2.3, "S42 E87 M25 E86"),
    (2.2, "R54"),
    (2.1, "Z50 F03 W18"),
    (2.0, "Z75 F01 S80 L03"),
    (1.9, "H54 E53"),
    (1.8, "Z60 G20 R55 S22 K59 N17"),
    (1.7, "L89 Z22 B95"),
    (1.6, "L97 R44 K26 I95 N19 A41"),
    (1.5, "Z87 J96 X59 M19 G40"),
    (1.4, "M81 S72 S32 E16 R94 N18"),
    (1.3, "R33 R69 N28"),
    (1.2, "R32 G31 Y95 S09 R45 G45"),
    (1.1, "Z74 M79 W06 S01 A04 A09 J18"),
    (1.0, "J69 R47 E55 Z93 R02"),
    (0.9, "R63 H91 W10 W01 E05 M41"),
    (0.8, "R13 Z99 U80 M80 K92 I63"),
    (0.7, "N20 F10 Y84 R00 J22"),
    (0.6, "Z73 R79"),
    (0.5, "Z91 S51 F32 M48"),
    (0.4, "E83 M15 D64 L08"),
    (0.3, "R11 K52"),
    (0.1, "R50"),
)

HFRS = ClinicalScore(
    phrase_from=4.95,
    name="hfrs",
    title="Hospital Frailty Risk Score",
    citation="Gilbert 2018",
    dois=("10.1016/S0140-6736(18)30668-8",),
    weights=tuple(Weight(code, points, code) for points, codes in _POINTS for code in codes.split()),
    months=24,
    bands=((0.0, "low"), (4.95, "intermediate"), (15.05, "high")),
    caution=(
        "Developed in inpatients aged 75 and over. A patient without hospital records in the window scores 0; that "
        "does not rule out frailty. Not a diagnosis: a clinician's frailty code takes precedence."
    ),
)
