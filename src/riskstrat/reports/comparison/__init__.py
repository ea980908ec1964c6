"""A comparison, a validation or a training -> its page, and its figures as one long table.

`disclosure` hides small numbers, once, for all that is written; `view` gathers what sections are made from; `sections`
has one module for each section, `drawings` one for each kind of figure; `findings` and `cautions` say in words what was
found. Nothing is computed here but what may be shown.
"""

from riskstrat.reports.comparison.figures import figures_table
from riskstrat.reports.comparison.report import comparison_report

__all__ = ["comparison_report", "figures_table"]
