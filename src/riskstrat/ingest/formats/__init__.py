"""Define the formats of extracts, one module each; the registry finds them."""

from collections.abc import Mapping
from functools import cache

from riskstrat.ingest.formats.layout import Format
from riskstrat.registry import collect
from riskstrat.study import Packages, extension_faults


@cache
def all_formats(packages: Packages = ()) -> Mapping[str, Format]:
    """Return the formats of extracts by name."""
    with extension_faults(packages):
        return collect(__name__, Format, "riskstrat.formats", packages)
