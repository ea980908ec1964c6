"""What there is: every source, table, feature, score, variant, role, output and error, collected once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache

from riskstrat.ingest.formats.layout import Source
from riskstrat.registry import collect


@cache
def all_sources() -> Mapping[str, Source]:
    """Formats of extracts by name."""
    return collect(sys.modules[__name__], Source)
