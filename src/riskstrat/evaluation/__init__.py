"""Risks and outcomes -> figures with intervals; several models on the same people."""

from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.compare.any_table import (
    Roles,
    check_columns,
    labelled_table,
    people_of_table,
    split_rows,
    suspect_columns,
)
from riskstrat.evaluation.compare.results import ChoiceEffect, ComparedModel, Comparison, HeldOut, LearningPoint, Shape
from riskstrat.evaluation.compare.run import ComparisonSetup, compare_models
from riskstrat.evaluation.people import People
from riskstrat.evaluation.point_figures import metrics
from riskstrat.evaluation.population_groups import AGE_LABELS, FIFTHS, SEXES, groups_of
from riskstrat.evaluation.recalibration import recalibrated
from riskstrat.evaluation.results import (
    Curves,
    Difference,
    Estimate,
    Figures,
    Judgement,
    ListFigures,
    Overlap,
    Subgroup,
)
from riskstrat.evaluation.tested_people import people_of

__all__ = [
    "AGE_LABELS",
    "FIFTHS",
    "SEXES",
    "ChoiceEffect",
    "ComparedModel",
    "Comparison",
    "ComparisonSetup",
    "Curves",
    "Difference",
    "Estimate",
    "Figures",
    "HeldOut",
    "Judgement",
    "LearningPoint",
    "ListFigures",
    "Overlap",
    "People",
    "Roles",
    "Shape",
    "Subgroup",
    "check_columns",
    "compare_models",
    "groups_of",
    "judge",
    "labelled_table",
    "metrics",
    "people_of",
    "people_of_table",
    "recalibrated",
    "split_rows",
    "suspect_columns",
]
