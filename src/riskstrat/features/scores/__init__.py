"""Published clinical scores, one module per score, found by the registry."""

from collections.abc import Mapping
from functools import cache

from riskstrat.features.scores.score import ClinicalScore
from riskstrat.registry import collect
from riskstrat.study import Packages, extension_faults


@cache
def all_scores(packages: Packages = ()) -> Mapping[str, ClinicalScore]:
    """Collect the clinical scores by name, with those that installed packages add."""
    with extension_faults(packages):
        return collect(__name__, ClinicalScore, "riskstrat.scores", packages)
