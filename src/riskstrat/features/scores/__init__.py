"""What there is: every source, table, feature, score, variant, role, output and error, collected once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache

from riskstrat.features.scores.score import ClinicalScore
from riskstrat.registry import collect


@cache
def all_scores() -> Mapping[str, ClinicalScore]:
    """Clinical scores by name."""
    return collect(sys.modules[__name__], ClinicalScore)
