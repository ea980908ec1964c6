"""What there is: every source, table, feature, score, variant, role, output and error, collected once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache

from riskstrat.modelling.variant import Variant
from riskstrat.registry import collect


@cache
def all_variants() -> Mapping[str, Variant]:
    """Kinds of model by name."""
    return collect(sys.modules[__name__], Variant)  # type: ignore[type-abstract]
