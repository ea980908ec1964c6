"""Whether the calibration of a model is good, uncertain or poor.

Decision
--------
Calibration is poor if observed/expected is outside 0.9 to 1.1, or the slope outside 0.8 to 1.2, and the interval
excludes 1: a programme cannot plan with percentages that are wrong by a tenth. If the figure is outside and the
interval includes 1, calibration is uncertain. If it is inside, calibration is called good where both intervals lie
within 0.75 to 1.33. The bounds are this program's choice; each team decides what it can accept.

Sources: Van Calster and others, BMC Med 2019;17:230, doi 10.1186/s12916-019-1466-7 (why calibration comes first); the
bounds are a choice.
"""

from typing import Literal

from riskstrat.reports.comparison.drawings.forests import Scale
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Measured

AS_EXPECTED = (0.9, 1.1)
SLOPE = (0.8, 1.2)
WIDE = (0.75, 1.33)
O_E_SCALE = Scale("Observed/expected", 1.0, 2, logarithmic=True, band=AS_EXPECTED)
BOUNDS = {"o_e": AS_EXPECTED, "calibration_slope": SLOPE}
Trust = Literal["good", "uncertain", "poor", "undefined"]


def trust(number: Measured | None, bounds: tuple[float, float]) -> Trust:
    """Judge a figure that should be 1 by its accepted range and its interval.

    >>> [trust(Measured(*one), AS_EXPECTED) for one in ((1.02, 0.9, 1.1), (0.8, 0.6, 1.1), (0.62, 0.59, 0.65))]
    ['good', 'uncertain', 'poor']
    """
    if number is None:
        return "undefined"
    if bounds[0] <= number.value <= bounds[1]:
        return "good"
    low, high = number.low, number.high
    return "uncertain" if low is not None and high is not None and low <= 1 <= high else "poor"


def trusts(view: ReportView, model: str) -> dict[str, Trust]:
    """Judge observed/expected and the calibration slope of a model."""
    return {figure: trust(view.number(model, figure), bounds) for figure, bounds in BOUNDS.items()}


def calibration_lost(view: ReportView, model: str) -> bool:
    """Return whether calibration is poor by either figure."""
    return "poor" in trusts(view, model).values()


def precise(view: ReportView, model: str) -> bool:
    """Return whether both intervals are narrow enough to call calibration good."""
    numbers = [view.number(model, figure) for figure in BOUNDS]
    return all(
        one is not None and one.low is not None and one.low >= WIDE[0] and (one.high or 9) <= WIDE[1] for one in numbers
    )


def promise(view: ReportView, model: str) -> str:
    """Write how many people had the outcome for every 100 expected."""
    number = view.number(model, "o_e")
    if number is None:
        return "calibration is undefined"
    return f"{100 * number.value:.0f} people had the outcome for every 100 expected"
