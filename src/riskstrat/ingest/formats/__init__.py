"""Formats of extracts: one module each, found by the registry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from riskstrat.ingest.formats.layout import Source
from riskstrat.registry import collect


@cache
def all_sources() -> Mapping[str, Source]:
    """Formats of extracts by name."""
    return collect(__name__, Source)
