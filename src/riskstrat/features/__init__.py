"""Build the cohort, the feature matrix and the outcomes of a snapshot at an index date."""

from riskstrat.features.aggregates import CodeAggregate, WeightAggregate
from riskstrat.features.code_lists import (
    CodeFiles,
    Codes,
    coding_system,
    hashes,
    near,
    not_taken,
    read_delivery,
    systems_taken,
)
from riskstrat.features.cohort import RULES, attrition, candidates, cohort_at
from riskstrat.features.definitions import all_features
from riskstrat.features.definitions.acsc import ACSC
from riskstrat.features.families.coded import Coded, Condition
from riskstrat.features.feature import ColumnKind, Facts, Feature, FeatureColumn, FeatureGroup, Rises
from riskstrat.features.outcomes import WINDOWS, outcome_faults
from riskstrat.features.plan import Plan, plan_features, plan_for, study_features
from riskstrat.features.run import RunManifest, build_key, build_run, check_index_date, column_definitions, run_manifest
from riskstrat.features.scores import all_scores
from riskstrat.features.scores.score import ClinicalScore

__all__ = [
    "ACSC", "RULES", "WINDOWS", "ClinicalScore", "CodeAggregate", "CodeFiles", "Coded", "Codes", "ColumnKind",
    "Condition", "Facts", "Feature", "FeatureColumn", "FeatureGroup", "Plan", "Rises", "RunManifest", "WeightAggregate",
    "all_features", "all_scores", "attrition", "build_key", "build_run", "candidates", "check_index_date",
    "coding_system", "cohort_at", "column_definitions", "hashes", "near", "not_taken", "outcome_faults",
    "plan_features", "plan_for", "read_delivery", "run_manifest", "study_features", "systems_taken",
]  # fmt: skip
