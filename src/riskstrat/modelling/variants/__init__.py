"""Kinds of model, one module for each, found by the registry."""

from collections.abc import Mapping
from functools import cache

from riskstrat.modelling.variant import Variant
from riskstrat.registry import collect
from riskstrat.study import Packages, extension_faults


@cache
def all_variants(packages: Packages = ()) -> Mapping[str, Variant]:
    """Collect all kinds of model by name."""
    with extension_faults(packages):
        found = collect(__name__, Variant, "riskstrat.variants", packages)  # type: ignore[type-abstract]
    return dict(sorted(found.items()))
