"""Define the Elixhauser comorbidity index from ICD-10 codes, with the weights of van Walraven.

Decision
--------
Code lists are those of Quan 2005, table 2; weights are those of van Walraven 2009, including zeros, in the order of
Elixhauser. Solid tumour and metastatic cancer share one family, of which only the heavier weight counts; so do the two
forms of diabetes and of hypertension. Some codes are in two lists, as printed (I426 is in heart failure and alcohol),
and count in both. Weights can be negative, and so can the score. The window and the diagnosis positions are those of
the Charlson index.

Sources: Quan and others, Med Care 2005;43:1130, table 2; van Walraven and others, Med Care 2009;47:626.
"""

from riskstrat.features.aggregates import Weight
from riskstrat.features.scores import quan
from riskstrat.features.scores.score import ClinicalScore

VALVES = "A520 I05 I06 I07 I08 I091 I098 I34 I35 I36 I37 I38 I39 Q230 Q231 Q232 Q233 Z952 Z953 Z954"
NERVES = "G10 G11 G12 G13 G20 G21 G22 G254 G255 G312 G318 G319 G32 G35 G36 G37 G40 G41 G931 G934 R470 R56"
_DIABETES = "E100 E101 E109 E110 E111 E119 E120 E121 E129 E130 E131 E139 E140 E141 E149"
_DIABETES_COMPLICATED = (
    "E102 E103 E104 E105 E106 E107 E108 E112 E113 E114 E115 E116 E117 E118 E122 E123 E124 E125 E126 E127 E128 "
    "E132 E133 E134 E135 E136 E137 E138 E142 E143 E144 E145 E146 E147 E148"
)
LIVER = "B18 I85 I864 I982 K70 K711 K713 K714 K715 K717 K72 K73 K74 K760 K762 K763 K764 K765 K766 K767 K768 K769 Z944"
SOLID = (
    "C00 C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 C23 C24 C25 C26 "
    "C30 C31 C32 C33 C34 C37 C38 C39 C40 C41 C43 C45 C46 C47 C48 C49 C50 C51 C52 C53 C54 C55 C56 C57 C58 "
    "C60 C61 C62 C63 C64 C65 C66 C67 C68 C69 C70 C71 C72 C73 C74 C75 C76 C97"
)
JOINTS = "L940 L941 L943 M05 M06 M08 M120 M123 M30 M310 M311 M312 M313 M32 M33 M34 M35 M45 M461 M468 M469"

ELIXHAUSER_ICD10_VAN_WALRAVEN = ClinicalScore(
    listed=False,
    name="elixhauser_icd10_van_walraven",
    title="Elixhauser comorbidity index",
    citation="van Walraven 2009 weights; Quan 2005 ICD-10 codes",
    dois=("10.1097/MLR.0b013e31819432e5", "10.1097/01.mlr.0000182534.19832.83"),
    weights=(
        Weight("heart_failure", 7, quan.HEART_FAILURE),
        Weight("arrhythmia", 5, "I441 I442 I443 I456 I459 I47 I48 I49 R000 R001 R008 T821 Z450 Z950"),
        Weight("valvular", -1, VALVES),
        Weight("pulmonary_circulation", 4, "I26 I27 I280 I288 I289"),
        Weight("peripheral_vascular", 2, quan.PERIPHERAL_VASCULAR),
        Weight("hypertension", 0, "I10"),
        Weight("hypertension", 0, "I11 I12 I13 I15"),
        Weight("paralysis", 7, quan.PLEGIA),
        Weight("other_neurological", 6, NERVES),
        Weight("chronic_pulmonary", 3, quan.CHRONIC_PULMONARY),
        Weight("diabetes", 0, _DIABETES),
        Weight("diabetes", 0, _DIABETES_COMPLICATED),
        Weight("hypothyroidism", 0, "E00 E01 E02 E03 E890"),
        Weight("renal_failure", 5, "I120 I131 N18 N19 N250 Z490 Z491 Z492 Z940 Z992"),
        Weight("liver", 11, LIVER),
        Weight("peptic_ulcer_no_bleeding", 0, "K257 K259 K267 K269 K277 K279 K287 K289"),
        Weight("aids", 0, quan.AIDS),
        Weight("lymphoma", 9, "C81 C82 C83 C84 C85 C88 C96 C900 C902"),
        Weight("cancer", 12, quan.METASTATIC),
        Weight("cancer", 4, SOLID),
        Weight("rheumatoid_collagen", 0, JOINTS),
        Weight("coagulopathy", 3, "D65 D66 D67 D68 D691 D693 D694 D695 D696"),
        Weight("obesity", -4, "E66"),
        Weight("weight_loss", 6, "E40 E41 E42 E43 E44 E45 E46 R634 R64"),
        Weight("fluid_electrolyte", 5, "E222 E86 E87"),
        Weight("blood_loss_anaemia", -2, "D500"),
        Weight("deficiency_anaemia", -2, "D508 D509 D51 D52 D53"),
        Weight("alcohol", 0, "F10 E52 G621 I426 K292 K700 K703 K709 T51 Z502 Z714 Z721"),
        Weight("drugs", -7, "F11 F12 F13 F14 F15 F16 F18 F19 Z715 Z722"),
        Weight("psychoses", 0, "F20 F22 F23 F24 F25 F28 F29 F302 F312 F315"),
        Weight("depression", -3, "F204 F313 F314 F315 F32 F33 F341 F412 F432"),
    ),
    months=24,
    caution=(
        "Developed for death in hospital. A patient without hospital records in the window scores 0; the score can be "
        "negative."
    ),
)
