"""Definitions of features, one module per topic, found by the registry."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple
from functools import cache
from hashlib import sha256
from typing import Any

from riskstrat.features.aggregates import CodeAggregate, WeightAggregate
from riskstrat.features.feature import Feature
from riskstrat.features.scores import all_scores
from riskstrat.features.scores.score import ClinicalScore
from riskstrat.registry import collect
from riskstrat.study import Packages, extension_faults


@cache
def all_features(packages: Packages = ()) -> Mapping[str, Feature]:
    """Collect all features by topic, with the clinical scores and those that installed packages add.

    Raises
    ------
    ValueError
        If two features, columns or aggregates have the same name.
    StudyError
        If an extension cannot be used.
    """
    with extension_faults(packages):
        plain = collect(__name__, Feature, "riskstrat.features", packages)  # type: ignore[type-abstract]
        found: dict[str, Feature] = {**plain, **all_scores(packages)}
        columns = Counter(column.name for feature in found.values() for column in feature.columns())
        aggregates = Counter(one.name for feature in found.values() for one in feature.aggregates())
        repeated = {name for counts in (columns, aggregates) for name, n in counts.items() if n > 1}
        twice = sorted(repeated | (plain.keys() & all_scores(packages).keys()))
        if twice:
            raise ValueError(f"two features share the names {', '.join(twice)}; rename them in one of the two")
    return found


def definition(feature: Feature) -> str:
    """Compute a fingerprint of a feature: its columns, windows and code lists."""
    columns = [(c.name, c.unit, c.window, c.defined_as or c.meaning, c.kind) for c in feature.columns()]
    parts: list[Any] = [columns]
    for a in feature.aggregates():
        if isinstance(a, CodeAggregate):
            parts.append((a.name, a.table, a.stat.label, dict(a.codes.codes), dict(a.scale), a.plausible))
        elif isinstance(a, WeightAggregate):
            parts.append((a.name, a.months, [(w.family, w.weight, w.icd10) for w in a.weights]))
    if isinstance(feature, ClinicalScore) and feature.terms:
        parts.append((feature.constant, [astuple(term) for term in feature.terms]))
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
