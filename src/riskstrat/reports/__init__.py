"""Pages, JSON and Parquet files made from figures and counts."""

from riskstrat.reports.card import card_as_markdown, card_page, number
from riskstrat.reports.catalogue import catalogue_sections
from riskstrat.reports.check.code_list_findings import refuse_unknown
from riskstrat.reports.check.counts import count_parts
from riskstrat.reports.check.report import CheckInputs, check_report
from riskstrat.reports.check.tallies import tally
from riskstrat.reports.page.content import Page, PageData, PageTable, as_data
from riskstrat.reports.page.write import html, write_html
from riskstrat.reports.summary.counts import PLACE, MonthCounts, add_up, count_decisions, count_people, read_list_counts
from riskstrat.reports.summary.disclosure import Published
from riskstrat.reports.summary.month import Point, SummaryMonth
from riskstrat.reports.summary.report import summarise
from riskstrat.reports.summary.sections.trend import RUNS
from riskstrat.reports.writing import Reported, write_comparison, write_report, written_before

__all__ = [
    "PLACE", "RUNS", "CheckInputs", "MonthCounts", "Page", "PageData", "PageTable", "Point", "Published", "Reported",
    "SummaryMonth", "add_up", "as_data", "card_as_markdown", "card_page", "catalogue_sections", "check_report",
    "count_decisions", "count_parts", "count_people", "html", "number", "read_list_counts", "refuse_unknown",
    "summarise", "tally", "write_comparison", "write_html", "write_report", "written_before",
]  # fmt: skip
