"""Visits at home."""

from __future__ import annotations

import narwhals as nw

from riskstrat.extending import Counts

HOME_VISITS = Counts(
    name="example_home_visits",
    table="consultations",
    where=lambda: nw.col("mode") == "home_visit",
    months=(12,),
    noun="visit at home",
    meaning="visits at home",
    unit="visits",
    group="gp",
)
