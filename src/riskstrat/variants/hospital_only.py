"""Boosting on hospital records and demographics alone: what can be said where no practice sends its records."""

from riskstrat.variants.boosting import BOOSTING
from riskstrat.variants.restricted import Restricted

HOSPITAL_ONLY = Restricted(
    of=BOOSTING,
    groups=("hospital", "demographic"),
    name="hospital_only",
    title="Boosting on hospital records and demographics",
    reason="What the practices' records add: set it beside boosting. Or where there are none.",
)
