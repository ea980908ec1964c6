"""The model card: what a model is for, on whom it was tested, and how well it performed.

Decision
--------
The sections of a card are the 27 items of TRIPOD+AI, by number and name. Each item is filled from what is known of the
model, or says that it is not reported and who should complete it, so that a governance board also sees what is missing.
The Markdown file and the page are made from the same items and tables.

Source: Collins and others, BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378 (TRIPOD+AI).
"""

from typing import Any

from riskstrat.evaluation import Comparison
from riskstrat.modelling import Bundle, code_lists_in_words
from riskstrat.reports.card.content import Subject
from riskstrat.reports.card.page import card_as_page, markdown
from riskstrat.reports.page.content import Page
from riskstrat.study import Study

__all__ = ["card_as_markdown", "card_page", "code_lists_in_words", "number"]


def card_as_markdown(bundle: Bundle, study: Study, found: Comparison | None = None) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    found : Comparison or None
        The test results from training; without them the card says that performance is not reported.
    """
    return markdown(Subject(bundle, study, found))


def card_page(bundle: Bundle, study: Study, found: Comparison | None = None) -> Page:
    """Build the card as a page, with the figures."""
    return card_as_page(Subject(bundle, study, found))


def number(value: Any, digits: int = 3) -> str:
    """Write a figure, or "undefined".

    >>> number(0.12345), number(None)
    ('0.123', 'undefined')
    """
    return "undefined" if value is None else f"{value:.{digits}f}"
