"""The managers' monthly summary of the lists: how many, whom they reach, what changes, what was decided.

Counts come in (`counting`), are made fit to be published (`disclosure`), and go out as one `pages.Page` (`page`).
Nothing here reads a file or names a patient.
"""

from __future__ import annotations

from riskstrat.reports.summary.month import SummaryMonth
from riskstrat.reports.summary.report import Summary, summarise

__all__ = ["Summary", "SummaryMonth", "summarise"]
