"""Define reviews and vaccinations: lists show what a team can still offer; models never use them.

Decision
--------
Practices do not choose at random whom they review and vaccinate, and a list changes their choice: a model that used
these facts would learn the effect of its own lists. The columns are in the matrix only for lists and their rules,
whatever ``[model] groups`` says.

"None recorded" only means something if such care is recorded at all. If no code of a list occurs in the whole snapshot,
the columns are absent, so that no patient appears unvaccinated only because the extracts have no vaccinations. This is
tested on the whole snapshot, not for each practice: a practice that records this care elsewhere looks as if it gave
none.

A review of a condition is the annual (or half-yearly) review of a long-term condition, or a care plan agreed or
reviewed. Monitoring, self-management advice, invitations, declined reviews and the review of one medicine
(anticoagulants, lithium) do not count. HIV is not included, because it is a legally protected diagnosis. `gp_review` is
either kind of review, and is absent if one kind is: otherwise patients with that kind would look unreviewed. An
influenza vaccination lasts a year, whoever gave it; a pneumococcal vaccination lasts for life for most adults. Vaccines
on prescription are not used: a prescription does not show that the vaccine was given.

Sources: NHS England primary care domain reference sets: MEDRVW_COD and DEMMEDRVW_COD (whole), COPDRVW_COD, DEMCP_COD,
FLU_COD and PNEUVAC1_COD (whole), HFRVW_COD (reviews); UoM gm-sde sets (medication-review-basic, dementia-care-plan,
flu-vaccination, pneumococcal-vaccination, and annual reviews in its sets of conditions) and OpenSAFELY's lists of CTV3.
"""

from functools import partial

import narwhals as nw

from riskstrat.features.families.attributes import Attribute
from riskstrat.features.families.care import CareGiven

_YEAR = 12

CONDITION_REVIEW = CareGiven(
    name="condition_review",
    label="review of a long-term condition or care plan",
    snomed=(
        "394700004 754061000000100 394703002 760601000000107 760621000000103 "  # asthma, COPD
        "390885007 202231000000106 247361000000100 315614006 390799004 "  # heart failure, coronary heart disease
        "401118009 401048005 248411000000105 401103008 699270006 417322008 "  # hypertension, fibrillation, stroke, CVD
        "170777000 887861000000105 249171000000102 341861000000109 "  # diabetes, kidney, thyroid
        "249181000000100 956841000000106 1095121000000102 1095111000000108 "  # dementia and its care plans
        "720006006 425268008"  # cancer care, any care plan
    ),
    readv2="66YJ 66YM 662W 6A2 6A4 662d 6A9 662e 66AS 6AA 66BB 6AB 8CMZ0 8CMZ1 8CMG2",
    ctv3=(
        "XaIeq XaX3n XaIet XaXCa XaXCb XaIQN XaLN7 XaLon XaI9h XaIOW XaIyE XaIyD XaIzF 66AS Xaag1 XaMGE XaMGF XacIx "
        "XacIy XabEl XaZdB"
    ),
    months=_YEAR,
    source="QOF COPDRVW_COD, DEMCP_COD, reviews of HFRVW_COD; UoM gm-sde; OpenSAFELY CTV3 lists",
)

MEDICATION_REVIEW = CareGiven(
    name="medication_review",
    label="medication review",
    snomed=(
        "182836005 314530002 391156007 88551000000109 1239511000000100 870661000000100 719328007 719478008 719329004 "
        "719326006 719327002 1127441000000107 803361000000109 1079381000000109 961831000000100 961861000000105 "
        "938551000000108 413143000 394720003 394725008 473223004 473225006 473226007"
    ),
    readv2="8B314 8B31B 8B3S 8B3V 8B3h 8B3j 8B3x 8BIC 8BIH 8BIy 8BM02 8BMH 8BMX 8BMY 8BT2",
    ctv3=(
        "8B314 XaF8d XaaCQ XabtQ XaIoW XaIVl XaJCO XaJf4 XaJHq XaLqk XaXBd XaXBe XaYO4 XagC8 XaJr3 XaIfK XaIfL XaIfM"
    ),
    months=_YEAR,
    source="PCD MEDRVW_COD, DEMMEDRVW_COD; UoM gm-sde medication-review-basic",
)

REVIEWS = ("condition_review", "medication_review")

_of_reviews = partial(Attribute, group="gp", tables=("gp_events",), usable_by_models=False)

GP_REVIEW = (
    _of_reviews(
        name="has_gp_review",
        unit="0/1",
        window="365 days",
        meaning="review of a condition, a care plan or medicines recorded (for lists only)",
        kind="flag",
        expression=lambda _: nw.max_horizontal(*(nw.col(f"has_{name}") for name in REVIEWS)),
        derived_from=tuple(f"has_{name}" for name in REVIEWS),
    ),
    _of_reviews(
        name="days_since_gp_review",
        unit="days",
        window="ever",
        meaning="days since the last review of a condition, a care plan or medicines (for lists only)",
        kind="days",
        expression=lambda _: nw.min_horizontal(*(nw.col(f"days_since_{name}") for name in REVIEWS)),
        derived_from=tuple(f"days_since_{name}" for name in REVIEWS),
    ),
)

INFLUENZA = CareGiven(
    name="influenza_vaccination",
    label="influenza vaccination",
    snomed=(
        "822851000000102 86198006 73701000119109 325631000000101 955641000000103 868241000000109 871751000000104 "
        "871781000000105 884861000000100 884881000000109 945831000000105 955651000000100 955661000000102 "
        "955671000000109 955681000000106 955691000000108 955701000000108 985151000000100 985171000000109 "
        "1037311000000106 1037331000000103 1037351000000105 1037371000000101 1066171000000108 1066181000000105 "
        "1066191000000107 1239861000000100"
    ),
    readv2="65E ZV048",
    ctv3=(
        "65E XaZ0d XaZ0e XaZfY XaPyT XaLK4 Xaa9G XaaED XaaEF Xaac3 Xaac4 Xaac7 Xaac8 XaaZp XabvT Xac5J Xad9j Xad9k "
        "Xaeet Xaeeu Xaeev Xaeew XafhP XafhQ XafhR ZV048"
    ),
    months=_YEAR,
    source="PCD FLU_COD; UoM gm-sde flu-vaccination less products and pandemic vaccines",
)

PNEUMOCOCCAL = CareGiven(
    name="pneumococcal_vaccination",
    label="pneumococcal vaccination",
    snomed=(
        "12866006 310578008 394678003 382551000000109 170337005 871833000 571631000119106 1119367000 1296904008 "
        "1344704001"
    ),
    readv2="6572 657K 657P",
    ctv3="6572 XaCKa XaIeO XaPyX XaBZP",
    source="PCD PNEUVAC1_COD; UoM gm-sde pneumococcal-vaccination less the doses of infancy",
)
