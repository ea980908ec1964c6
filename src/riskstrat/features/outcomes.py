"""Find when patients had the outcome, died or joined a caseload after the index date.

Decision
--------
The outcome is the first event in the outcome window, day 0 to day n - 1. ``[outcome] event`` in study.toml sets the
kind of event:

``unplanned_admission`` (default)
    A continuous inpatient spell that begins with an emergency admission method, without day cases and regular
    attenders.
``unplanned_admission_or_death``
    The same, or death.
``any_admission``
    A continuous inpatient spell of a counted patient class, planned or not, for extracts without an emergency flag.
``ed_attendance``
    An attendance at any emergency department that is not planned follow-up, for extracts without admissions.

The program refuses an event that the extracts cannot show (`outcome_faults`), because no patient would have it. A
patient who is in hospital on the index date has the outcome only if admitted again after discharge: a transfer is part
of the same stay.

The run keeps the days from the index date to the event, so that one build serves windows of 30, 90, 180 and 365 days
(`labels` applies the window and the rule for deaths). A patient who leaves the practice stays in the cohort with the
events on record: hospital extracts follow people across practices, and without those who die or move the cohort would
look healthier than the people on the lists (Liley et al., SPARRA v4, keep them for the same reason). A patient is
case-managed from the day they are on a team's caseload: day 0 if they are on the index date, otherwise the day they
join.
"""

from collections.abc import Mapping

import narwhals as nw
from narwhals import col

from riskstrat.engine import Frame
from riskstrat.features.spells import continuous_spells, is_admission, is_unplanned
from riskstrat.study import OutcomeSettings, SpellSettings
from riskstrat.tables import Carried, unmet

WINDOWS = (30, 90, 180, 365)
_METHOD, _DEATHS = "episodes.admission_method", "patients.death_date or deaths.death_date"
NEEDS: Mapping[str, tuple[str, ...]] = {
    "unplanned_admission": ("episodes", _METHOD),
    "unplanned_admission_or_death": ("episodes", _METHOD, _DEATHS),
    "any_admission": ("episodes",),
    "ed_attendance": ("ed_attendances",),
}
_IN_WORDS: Mapping[str, str] = {
    _METHOD: "no emergency flag (episodes.admission_method)",
    _DEATHS: "no dates of death",
    "episodes": "no hospital episodes",
    "ed_attendances": "no ED attendances",
}


def outcome_faults(event: str, carried: Carried, competing_death: str = "ignore") -> list[str]:
    """List why a snapshot cannot show the outcome set in study.toml; empty if it can.

    >>> outcome_faults("unplanned_admission", {"episodes": ["admission_date"]})
    ['outcome.event: this snapshot has no emergency flag (episodes.admission_method); set it to "any_admission"']
    >>> outcome_faults("any_admission", {"episodes": ["admission_date"]})
    []
    """
    others = [f'"{other}"' for other, needs in NEEDS.items() if not unmet(needs, carried)]
    instead = f"; set it to {' or '.join(others)}" if others else ""
    missing = [need for need in unmet(NEEDS[event], carried) if need != _METHOD or "episodes" in carried]
    faults = [f"outcome.event: this snapshot has {_IN_WORDS[need]}{instead}" for need in missing]
    if competing_death != "ignore" and unmet((_DEATHS,), carried):
        faults.append(f'outcome.competing_death: this snapshot has {_IN_WORDS[_DEATHS]}; set it to "ignore"')
    return faults


def is_unplanned_attendance() -> nw.Expr:
    """Test whether an ED attendance is unplanned; without a recorded category it counts as unplanned."""
    category = col("attendance_category")
    return category.is_null() | (category != "planned follow-up")


def _events(rows: Frame, settings: OutcomeSettings, spells: SpellSettings) -> Frame:
    """Find all events of the study's kind, with their `day`."""
    if settings.event == "ed_attendance":
        return rows.filter(is_unplanned_attendance()).with_columns(day=col("event_day"))
    kind = is_unplanned(settings.admission_methods, settings.patient_classes)
    if settings.event == "any_admission":
        kind = is_admission(settings.patient_classes)
    return continuous_spells(rows, spells.rule).filter(kind).with_columns(day=col("admission_day"))


def outcomes(
    cohort: Frame,
    patients: Frame,
    rows: Frame,
    index_day: int,
    settings: OutcomeSettings,
    spells: SpellSettings,
    caseload: Frame | None = None,
) -> Frame:
    """Find what happened to each patient in the cohort after the index date.

    Parameters
    ----------
    rows : LazyFrame
        The canonical table that holds the event (`tables.seen_in`): episodes or ED attendances.
    index_day : int
        The index date as a day number.

    Returns
    -------
    LazyFrame
        patient_no; days_to_event, days_to_death and days_to_case_management, in days from the index date, NULL for
        never; events_30, events_90, events_180 and events_365, the number of events within that many days.
    """
    events = _events(rows, settings, spells).filter(col("day") >= index_day)
    counts = [_number_within(index_day + days).alias(f"events_{days}") for days in WINDOWS]
    counted = events.group_by("patient_no").agg((col("day").min() - index_day).alias("days_to_event"), *counts)
    known = cohort.select("patient_no").join(counted, on="patient_no", how="left")
    known = known.join(patients.select("patient_no", "death_day"), on="patient_no", how="left")
    known = _with_management(known, caseload, index_day)
    death = col("death_day") - index_day
    found = {
        "days_to_event": col("days_to_event"),
        "days_to_death": nw.when(death >= 0).then(death).otherwise(None),
        "days_to_case_management": col("days_to_case_management"),
        **{f"events_{days}": col(f"events_{days}").fill_null(0) for days in WINDOWS},
    }
    return known.select("patient_no", *[value.cast(nw.Int32).alias(name) for name, value in found.items()])


def _number_within(end_day: int) -> nw.Expr:
    return nw.when(col("day") < end_day).then(1).otherwise(0).sum()


def _with_management(known: Frame, caseload: Frame | None, index_day: int) -> Frame:
    """Add the days until each patient is on any team's caseload; 0 if they are on one on the index date."""
    if caseload is None:
        return known.with_columns(days_to_case_management=nw.lit(None).cast(nw.Int32))
    held = caseload.filter(col("left_day").is_null() | (col("left_day") > index_day))
    since = nw.max_horizontal(col("enrolled_day") - index_day, nw.lit(0)).min()
    return known.join(
        held.group_by("patient_no").agg(since.alias("days_to_case_management")), on="patient_no", how="left"
    )
