"""Formats of extracts: one module each, found by the registry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from riskstrat.ingest.formats.layout import Format
from riskstrat.registry import collect


@cache
def all_formats() -> Mapping[str, Format]:
    """Formats of extracts by name."""
    return collect(__name__, Format)
