"""The five ways to extend riskstrat: Source, Feature, ClinicalScore, Variant, Output.

Each is a public constant in a module of its package (`sources`, `features`, `scores`, `variants`,
`outputs`): add one file, and `registry.collect` finds it. A Feature says *what* is counted, never how: it
names aggregates over the canonical tables, and `matrix` compiles those of all features that read one table
into one pass over it. A feature is never handed a table, only what was visible at the cut, so that it cannot
look past it. Sources are in `layouts`, clinical scores in `clinical`, variants in `modelling`.
"""

from __future__ import annotations

from riskstrat.features.feature import ColumnKind, Feature, FeatureColumn, FeatureGroup
from riskstrat.ingest.formats.layout import ColumnMapping, Format
from riskstrat.lists.files.output import CaseList, Output

__all__ = [
    "CaseList",
    "ColumnKind",
    "ColumnMapping",
    "Feature",
    "FeatureColumn",
    "FeatureGroup",
    "Format",
    "Output",
]
