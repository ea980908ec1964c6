"""Families of features: say what is counted, and `matrix` works out how."""

from riskstrat.families.coded import Condition, Distinct, Measurement, MedicineGroup
from riskstrat.families.counts import Counts
from riskstrat.families.direct import Attribute

__all__ = ["Attribute", "Condition", "Counts", "Distinct", "Measurement", "MedicineGroup"]
