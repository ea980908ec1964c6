"""Write lists in several file formats, one module each, which the registry finds."""

from collections.abc import Mapping
from functools import cache

from riskstrat.lists.files.output import Output
from riskstrat.registry import collect
from riskstrat.study import Packages, extension_faults


@cache
def all_outputs(packages: Packages = ()) -> Mapping[str, Output]:
    """Return the file formats for lists by name."""
    with extension_faults(packages):
        return collect(__name__, Output, "riskstrat.outputs", packages)
