"""What somebody who extends riskstrat imports; nothing inside the program imports it.

There are five ways: a Format of extracts, a Feature, a ClinicalScore, a Variant of model, an Output for lists. Each is
a public constant in a module of its package (`ingest.formats`, `features.definitions`, `features.scores`,
`modelling.variants`, `lists.files`): add one file, and the registry finds it. Another installed package brings them by
entry points, where study.toml names it under ``[extensions]``.

A Feature says *what* is counted, never how: it names aggregates over the canonical tables, and `features.plan` compiles
those of all features that read one table into one pass over it. A feature is never handed a table, only what was
visible at the cut, so that it cannot look past it.
"""

from riskstrat.features.aggregates import Weight
from riskstrat.features.families import (
    Attribute,
    CareGiven,
    Condition,
    Counts,
    DeficitIndex,
    Distinct,
    LatestStay,
    Measurement,
    MedicineGroup,
)
from riskstrat.features.feature import Facts, Feature, FeatureColumn
from riskstrat.features.scores.score import ClinicalScore
from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format, LookupFile, RowFilter, one_table
from riskstrat.lists.files.output import CaseList, Output
from riskstrat.modelling.variant import Fitted, ModelColumn, Sample, Variant, VariantSettings
from riskstrat.modelling.variants.logistic import Logistic
from riskstrat.tables.codes import CodeSet

__all__ = [
    "Attribute", "CareGiven", "CaseList", "ClinicalScore", "CodeSet", "ColumnMapping", "Condition", "Counts",
    "DeficitIndex", "Distinct", "Facts", "Feature", "FeatureColumn", "FileLayout", "Fitted", "Format", "LatestStay",
    "Logistic", "LookupFile", "Measurement", "MedicineGroup", "ModelColumn", "Output", "RowFilter", "Sample", "Variant",
    "VariantSettings", "Weight", "one_table",
]  # fmt: skip
