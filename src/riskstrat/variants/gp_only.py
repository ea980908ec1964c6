"""Boosting on practice records and demographics alone: what can be said where no hospital sends its records."""

from riskstrat.variants.boosting import BOOSTING
from riskstrat.variants.restricted import Restricted

GP_ONLY = Restricted(
    of=BOOSTING,
    groups=("gp", "demographic"),
    name="gp_only",
    title="Boosting on GP records and demographics",
    reason="What the hospitals' records add: set it beside boosting.",
)
