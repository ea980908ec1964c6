"""Collect all conditions, and count the long-term conditions of a patient.

Decision
--------
A patient has a condition if a practice coded it or a hospital diagnosed it, in any position, before the index date.
The built-in code lists are short: ICD-10 and Read v2 prefixes, and the SNOMED CT and CTV3 concepts used most. A study
can add a full reference set under ``[codelists]``. The count includes exactly the conditions named here: a condition
added in another module becomes a column of its own, but is counted only if it is named below. A part of another
condition (myocardial infarction), an event (hip fracture) and a status (frailty) are not counted. If the codes of the
extracts cannot show one of the conditions, the count is absent: otherwise a smaller count would have the same name.

Sources: Barnett and others, Lancet 2012;380:37 for counting long-term conditions in UK practice records; Payne and
others, CMAJ 2020;192:E107 for the conditions that carry weight; the modules of each body system for the codes.
"""

from functools import partial

import narwhals as nw

from riskstrat.features.definitions.conditions.breathing import BREATHING
from riskstrat.features.definitions.conditions.circulation import CIRCULATION
from riskstrat.features.definitions.conditions.metabolism import METABOLISM
from riskstrat.features.definitions.conditions.mind import MIND_AND_NERVES
from riskstrat.features.definitions.conditions.movement import MOVEMENT_AND_SKIN
from riskstrat.features.definitions.conditions.other import OTHER
from riskstrat.features.definitions.conditions.status import STATUS
from riskstrat.features.families.attributes import Attribute
from riskstrat.features.families.coded import Condition

CONDITIONS: tuple[Condition, ...] = (
    *CIRCULATION, *BREATHING, *METABOLISM, *MIND_AND_NERVES, *MOVEMENT_AND_SKIN, *OTHER, *STATUS,
)  # fmt: skip

_LONG_TERM: tuple[str, ...] = tuple(condition.name for condition in CONDITIONS if condition.long_term)

CARDIOMETABOLIC: tuple[str, ...] = (
    "hypertension", "coronary_heart_disease", "heart_failure", "atrial_fibrillation", "stroke",
    "peripheral_arterial_disease", "diabetes", "chronic_kidney_disease",
)  # fmt: skip


def _how_many(names: tuple[str, ...]) -> nw.Expr:
    return nw.sum_horizontal(*(nw.col(f"has_{name}") for name in names)).cast(nw.Int32)


_counted = partial(
    Attribute, unit="conditions", window="ever", kind="count", group="gp", tables=("gp_events", "diagnoses")
)

LTC_COUNT = _counted(
    name="ltc_count",
    meaning=f"long-term conditions recorded, out of {len(_LONG_TERM)}",
    defined_as=f"long-term conditions, of {len(_LONG_TERM)}",
    monotone=1,
    expression=lambda _: _how_many(_LONG_TERM),
    phrase_of=lambda number: f"{number:.0f} long-term conditions" if number >= 3 else None,
    derived_from=tuple(f"has_{name}" for name in _LONG_TERM),
)

CARDIOMETABOLIC_COUNT = _counted(
    name="cardiometabolic_count",
    meaning=f"conditions of heart, circulation and kidneys, and diabetes, out of {len(CARDIOMETABOLIC)}",
    defined_as=f"conditions of heart, circulation, kidney and sugar, of {len(CARDIOMETABOLIC)}",
    expression=lambda _: _how_many(CARDIOMETABOLIC),
    derived_from=tuple(f"has_{name}" for name in CARDIOMETABOLIC),
)
