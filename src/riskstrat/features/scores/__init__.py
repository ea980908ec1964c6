"""Published clinical scores: one module each, found by the registry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from riskstrat.features.scores.score import ClinicalScore
from riskstrat.registry import collect


@cache
def all_scores() -> Mapping[str, ClinicalScore]:
    """Clinical scores by name."""
    return collect(__name__, ClinicalScore)
