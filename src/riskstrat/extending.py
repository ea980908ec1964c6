"""The names that an extension of riskstrat imports; nothing inside the program imports this module.

There are five kinds of extension: a Format of extracts, a Feature, a ClinicalScore, a Variant of model, and an Output
for lists. Each is a public constant in a module of its package (`ingest.formats`, `features.definitions`,
`features.scores`, `modelling.variants`, `lists.files`): add one file, and the registry finds it. Another installed
package adds extensions by entry points, if study.toml names the package under ``[extensions]``.

A Feature says *what* is counted, not how: it names aggregates over the canonical tables, and `features.plan` combines
the aggregates of all features that read the same table into one pass over it. A feature never receives a table, only
the rows visible at the index date, so it cannot use later data.
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
