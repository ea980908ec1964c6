"""Families of features that share the way in which their columns are calculated."""

from riskstrat.features.families.attributes import Attribute
from riskstrat.features.families.care import CareGiven
from riskstrat.features.families.coded import Condition, Measurement
from riskstrat.features.families.counts import Counts
from riskstrat.features.families.deficits import DeficitIndex
from riskstrat.features.families.medicines import Distinct, MedicineGroup
from riskstrat.features.families.stays import LatestStay

__all__ = [
    "Attribute", "CareGiven", "Condition", "Counts", "DeficitIndex", "Distinct", "LatestStay", "Measurement",
    "MedicineGroup",
]  # fmt: skip
