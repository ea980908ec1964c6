"""Index dates for training, chosen from the period of the data in which the outcome is seen.

Decision
--------
The test index date is the latest first-of-month whose outcome window is complete. No outcome window of training or
calibration may reach it (embargo), so the calibration index date is the latest first-of-month a whole outcome window
earlier. Fitting uses up to four index dates before that, three months apart, each with at least
``timing.min_history_months`` of hospital history, or only the latest if there is less history.

With ``timing.split = "people"`` there is one index date, the test date, for data too short for two: some people are
kept for the test (`train`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from riskstrat.errors import StudyError
from riskstrat.study import Session, Study
from riskstrat.tables import OutcomeWindow, Snapshot, months_before


@dataclass(frozen=True)
class IndexDates:
    """The index dates of a model; the fit dates oldest first."""

    fit: tuple[date, ...]
    calibrate: date
    test: date

    def all(self) -> tuple[date, ...]:
        """List each date once, oldest first."""
        return tuple(sorted({*self.fit, self.calibrate, self.test}))


def latest_complete(end: date, days: int) -> date:
    """Find the latest first-of-month whose outcome window ends by a day.

    >>> latest_complete(date(2025, 12, 31), 365)
    datetime.date(2025, 1, 1)
    """
    return (end + timedelta(days=1) - timedelta(days=days)).replace(day=1)


def index_date_of(session: Session, snapshot: Snapshot) -> date:
    """Find the study's index date: as set, or the latest first-of-month that the data reach after the data lag."""
    if session.study.timing.index_date is not None:
        return session.study.timing.index_date
    last = snapshot.span_of(session.study.outcome.event)[1]
    return latest_complete(last + timedelta(days=session.study.timing.data_lag_days), 0)


def choose_index_dates(study: Study, snapshot: Snapshot) -> IndexDates:
    """Choose the index dates of a study on a snapshot.

    Raises
    ------
    StudyError
        If there are no data about the outcome; or with every date whose outcome window is not complete or overlaps the
        test index date.
    """
    timing, days = study.timing, study.outcome.days
    first, last = snapshot.span_of(study.outcome.event)
    test = timing.test_date or latest_complete(last, days)
    if timing.split == "people":
        return _one(test, study, first, last)
    calibrate = timing.calibrate_date or latest_complete(test - timedelta(days=1), days)
    dates = IndexDates(
        tuple(sorted(timing.train_dates)) or _fit_dates(calibrate, first, timing.min_history_months), calibrate, test
    )
    _check(dates, days, first, last)
    return dates


def _one(day: date, study: Study, first: date, last: date) -> IndexDates:
    """Return the single index date of a study that splits by people."""
    problems = []
    if study.timing.train_dates or study.timing.calibrate_date:
        problems.append('timing: with split = "people", set only test_date, not train_dates or calibrate_date')
    problems += _outside(day, study.outcome.days, last) + _without_past(day, first)
    if problems:
        raise StudyError(
            "The index date does not suit the extracts:", problems, "Set another `test_date` under [timing]."
        )
    return IndexDates((day,), day, day)


def _fit_dates(calibrate: date, first: date, history: int) -> tuple[date, ...]:
    asked = [months_before(calibrate, months) for months in (3, 6, 9, 12)]
    enough = [day for day in asked if months_before(day, history) >= first.replace(day=1)]
    return tuple(sorted(enough or asked[:1]))


def _outside(test: date, days: int, last: date) -> list[str]:
    late = OutcomeWindow(test, days).last_date > last
    return (
        [f"test index date {test}: its outcome window ends after {last}, the latest date in the hospital data"]
        if late
        else []
    )


def _without_past(day: date, first: date) -> list[str]:
    return [f"index date {day}: there are no hospital data before it; they begin on {first}"] if day <= first else []


def _check(dates: IndexDates, days: int, first: date, last: date) -> None:
    problems = _outside(dates.test, days, last)
    problems += [
        f"index date {day}: its outcome window overlaps the test index date {dates.test}"
        for day in (*dates.fit, dates.calibrate)
        if OutcomeWindow(day, days).last_date >= dates.test
    ]
    problems += _without_past(min(dates.fit), first)
    if max(dates.fit) >= dates.calibrate:
        problems.append(f"index date {max(dates.fit)}: the calibration date must be later")
    if problems:
        do = "Use extracts of a longer period, a shorter outcome window, or other dates under [timing] in study.toml."
        raise StudyError("The index dates do not suit the extracts:", problems, do)
