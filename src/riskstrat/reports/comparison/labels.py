"""Labels of figures, list sizes and numbers in the report of a comparison."""

import re
from typing import Literal

from riskstrat.reports.comparison.disclosure import ShownFigure
from riskstrat.reports.page.content import Cell, CellKind, ColumnHead, Measured, format_cell

SectionKey = Literal[
    "glance", "lists", "discrimination", "calibration", "benefit", "differences", "fairness", "practices", "stability",
    "choices", "uses", "scores", "making",
]  # fmt: skip
"""The sections of a report, which findings lead to."""
PRACTICE_DIMENSION = "practice"
BY_PRACTICE = " (by practice)"
TOP = "top "
_FIGURES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "brier": "Brier score",
    "scaled_brier": "Scaled Brier score",
    "o_e": "Observed/expected",
    "calibration_intercept": "Calibration-in-the-large",
    "calibration_slope": "Calibration slope",
    "ici": "ICI",
    "e50": "E50",
    "e90": "E90",
    "event_rate": "With the outcome",
    "mean_risk": "Mean risk",
    "listed": "Listed",
    "ppv": "PPV",
    "sensitivity": "Sensitivity",
    "captured": "Admissions captured",
    "number_needed_to_review": "Number needed to review",
    "false_positive_rate": "False-positive rate",
    "listed_share": "Share listed",
    "same_listed": "Same patients listed",
    "deaths_listed": "Listed and died first",
    "managed_listed": "Listed and already managed",
}
PERCENT = (
    "event_rate", "mean_risk", "ppv", "sensitivity", "captured", "false_positive_rate", "listed_share", "same_listed",
    "deaths_listed", "managed_listed",
)  # fmt: skip
OF_FEW = ("event_rate", "mean_risk", "listed_share")
TWO_DIGITS = ("o_e", "calibration_slope", "calibration_intercept")


def heading(figure: str, key: str = "", label: str = "") -> ColumnHead:
    """Build the column heading of a figure."""
    name, said_as = key or figure, label or _FIGURES[figure]
    if figure == "listed":
        return ColumnHead(name, said_as, "count")
    if figure in PERCENT:
        return ColumnHead(f"{name}_pct", said_as, "percent")
    return ColumnHead(name, said_as, "number", digits=digits_of(figure))


def digits_of(figure: str) -> int:
    """Return the digits after the decimal point of a figure."""
    return 1 if figure in (*PERCENT, "number_needed_to_review") else 2 if figure in TWO_DIGITS else 3


def cell_of(figure: str, shown: ShownFigure) -> Cell:
    """Return a figure as a cell: rates in per cent, counts whole."""
    if isinstance(shown, str):
        return shown
    if figure == "listed":
        return round(shown.value)
    return shown.times(100) if figure in PERCENT else shown


def told(figure: str, shown: ShownFigure | None) -> str:
    """Write a figure in a sentence, with its interval.

    >>> told("auroc", Measured(0.7618, 0.7541, 0.7702)), told("ppv", Measured(0.42, 0.38, 0.46)), told("auroc", "*")
    ('0.762 (0.754 to 0.770)', '42 % (38 to 46)', 'not shown (small numbers)')
    """
    if shown is None or shown == "undefined":
        return "undefined"
    if isinstance(shown, str):
        return "not shown (small numbers)" if shown == "*" else shown
    kind: CellKind = "percent" if figure in PERCENT else "number"
    digits = 0 if figure in PERCENT and figure not in OF_FEW else digits_of(figure)
    return format_cell(cell_of(figure, shown), kind, digits)


def key_part(model: str) -> str:
    """Turn a name into part of a key, which is also an id on the page.

    >>> key_part("age alone"), key_part("hist_boosting")
    ('age-alone', 'hist_boosting')
    """
    return re.sub(r"[^a-z0-9_]+", "-", model.lower())


def size_in_words(size: str) -> str:
    """Write a list size in a sentence.

    >>> size_in_words("top 2 %"), size_in_words("gp_mdt (by practice)"), size_in_words("gp_mdt")
    ('a list of the top 2 %', 'gp_mdt lists drawn by each practice', 'a gp_mdt list drawn from everyone')
    """
    if size.startswith(TOP):
        return f"a list of the {size}"
    if size.endswith(BY_PRACTICE):
        return f"{size.removesuffix(BY_PRACTICE)} lists drawn by each practice"
    return f"a {size} list drawn from everyone"


def chance(p: float | None) -> str:
    """Write a p value in a sentence.

    >>> chance(0.0301), chance(0.00001), chance(None)
    ('p = 0.030', 'p < 0.001', 'p undefined')
    """
    if p is None:
        return "p undefined"
    written = format_cell(p, "p")
    return f"p {written}" if written.startswith("<") else f"p = {written}"


def points(value: Measured | None) -> str:
    """Write a difference of shares in percentage points."""
    return "undefined" if value is None else f"{format_cell(value.times(100), 'number', 1)} percentage points"
