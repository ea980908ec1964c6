"""Put a month's summary on one page: the main answers first, then a section for each question.

Decision
--------
The page, its data and the terminal text come from one `Page`, as in the other reports. The data also hold what the next
month needs: each published cell, and a point of the trend. No unpublished number is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from riskstrat.reports.page.content import Page
from riskstrat.reports.summary.disclosure import ALL, Ledger, Published
from riskstrat.reports.summary.month import Point, SummaryMonth
from riskstrat.reports.summary.sections import changes, listed, reach, reviewed, trend

_RULE = (
    "Small numbers: counts of 1 to 7 people are shown as *, other counts to the nearest 5. A count that differs from "
    "last month's by fewer than 8 people repeats last month's, so that nobody can be identified by subtraction. Where "
    "a * could be worked out from a total, one more number is *. Percentages are calculated from the numbers shown."
)


@dataclass(frozen=True)
class Summary:
    """A month's summary, each cell as last published (for the next month), and its point of the trend."""

    page: Page
    published: Mapping[str, Published]
    point: Point


def summarise(month: SummaryMonth) -> Summary:
    """Summarise a month."""
    ledger = Ledger(month.before)
    places = listed.enter_places(month, ledger)
    parts = (
        listed.listed_part(month, ledger, places),
        reach.reach_part(month, ledger),
        changes.changes_part(month, ledger, places),
        reviewed.reviewed_part(month, ledger),
        reviewed.held_back_part(month, ledger),
    )
    point = {"places": places[ALL]["listed"]} | {name: cell for part in parts for name, cell in part.point.items()}
    sections = (*(part.section for part in parts), trend.trend_part(month, point).section)
    findings = tuple(finding for part in parts for finding in part.findings)
    facts = (("Index date", str(month.index_date)), *month.facts.items())
    page = Page("Monthly summary", f"{month.study}, lists of {month.index_date}", facts, findings, sections, _RULE)
    return Summary(page, ledger.published, point)
