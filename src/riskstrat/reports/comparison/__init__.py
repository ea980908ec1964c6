"""Reports of models: a comparison as a page, and as one long table. Nothing is computed here but what may be shown.

`record` and `disclosure` hide small numbers, once, for all that is written; `view` gathers what sections are made from;
`sections` has one module for each section, `drawings` one for each kind of figure; `leading`, `mending` and `cautions`
say in words what was found.
"""

from __future__ import annotations

from riskstrat.reports.comparison.figures import figures_table
from riskstrat.reports.comparison.report import comparison_report

__all__ = ["comparison_report", "figures_table"]
