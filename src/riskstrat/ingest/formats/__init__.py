"""Formats of extracts: one module each, found by the registry."""

from collections.abc import Mapping
from functools import cache

from riskstrat.ingest.formats.layout import Format
from riskstrat.registry import collect
from riskstrat.study import Packages, extension_faults


@cache
def all_formats(packages: Packages = ()) -> Mapping[str, Format]:
    """Formats of extracts by name."""
    with extension_faults(packages):
        return collect(__name__, Format, "riskstrat.formats", packages)
