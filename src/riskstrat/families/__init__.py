"""Families of features: say what is counted, and `matrix` works out how."""

from riskstrat.families.care import CareGiven
from riskstrat.families.coded import Condition, Measurement
from riskstrat.families.counts import Counts
from riskstrat.families.deficits import DeficitIndex
from riskstrat.families.direct import Attribute
from riskstrat.families.prescribed import Distinct, MedicineGroup
from riskstrat.families.stays import LatestStay

__all__ = [
    "Attribute",
    "CareGiven",
    "Condition",
    "Counts",
    "DeficitIndex",
    "Distinct",
    "LatestStay",
    "Measurement",
    "MedicineGroup",
]
