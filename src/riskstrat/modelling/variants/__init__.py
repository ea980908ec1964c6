"""Kinds of model: one module each, found by the registry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from riskstrat.modelling.variant import Variant
from riskstrat.registry import collect


@cache
def all_variants() -> Mapping[str, Variant]:
    """Kinds of model by name."""
    return dict(sorted(collect(__name__, Variant).items()))  # type: ignore[type-abstract]
