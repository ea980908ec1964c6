"""What there is: every source, table, feature, score, variant, role, output and error, collected once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache

from riskstrat.lists.files.output import Output
from riskstrat.registry import collect


@cache
def all_outputs() -> Mapping[str, Output]:
    """File formats for lists by name."""
    return collect(sys.modules[__name__], Output)
