"""Evaluation: figures with intervals from risks and outcomes, for several models on the same people.

An array called risk, odds, y (0/1), weight, group or patient has the shape (rows,), where a row is a person at an index
date, unless its docstring says otherwise.
"""

from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.compare.any_table import (
    Roles,
    check_columns,
    labelled_table,
    people_of_table,
    split_rows,
    suspect_columns,
)
from riskstrat.evaluation.compare.results import OPTIMISM, ChoiceEffect, ComparedModel, Comparison, Shape
from riskstrat.evaluation.compare.run import ComparisonSetup, compare_models
from riskstrat.evaluation.people import People
from riskstrat.evaluation.point_figures import metrics
from riskstrat.evaluation.population_groups import AGE_LABELS, FIFTHS, SEXES, groups_of
from riskstrat.evaluation.recalibration import WAYS, recalibrated
from riskstrat.evaluation.results import (
    ALL_PEOPLE,
    FITTED_ON,
    NO_PRIOR,
    Curves,
    Estimate,
    FigureRow,
    FigureTable,
    Judgement,
    among_everyone,
    as_published,
    both_name,
    pair,
    recalibrated_name,
)
from riskstrat.evaluation.subgroups import OF_GROUP
from riskstrat.evaluation.tested_people import people_of

__all__ = [
    "AGE_LABELS", "ALL_PEOPLE", "FIFTHS", "FITTED_ON", "NO_PRIOR", "OF_GROUP", "OPTIMISM", "SEXES", "WAYS",
    "ChoiceEffect", "ComparedModel", "Comparison", "ComparisonSetup", "Curves", "Estimate", "FigureRow", "FigureTable",
    "Judgement", "People", "Roles", "Shape", "among_everyone", "as_published", "both_name", "check_columns",
    "compare_models", "groups_of", "judge", "labelled_table", "metrics", "pair", "people_of", "people_of_table",
    "recalibrated", "recalibrated_name", "split_rows", "suspect_columns",
]  # fmt: skip
