"""The report of a comparison, a validation or a training: its page, and its figures as one long table.

`disclosure` hides small numbers, once, for everything that is written; `view` gathers the data of the sections;
`sections` has one module for each section, `drawings` one for each kind of figure; `findings` and `cautions` write what
was found. This package computes nothing except what may be shown.
"""

from riskstrat.reports.comparison.figures import figures_table
from riskstrat.reports.comparison.report import comparison_report

__all__ = ["comparison_report", "figures_table"]
