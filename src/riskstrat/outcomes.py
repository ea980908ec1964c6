"""Who had the outcome in the outcome window.

Decision
--------
The outcome is a first event in the window, day 0 to day n - 1; ``[outcome] event`` in study.toml says of what kind:

``unplanned_admission`` (default)
    A continuous inpatient spell that begins by an emergency admission method, day cases and regular attenders left out.
``unplanned_admission_or_death``
    That, or death.
``any_admission``
    A continuous inpatient spell of a counted patient class, however it begins: for extracts without an emergency flag.
``ed_attendance``
    An attendance at any emergency department that is not planned follow-up: for extracts without admissions.

An event that the extracts cannot show is refused (`faults_in`), for nobody would have it. Someone in hospital on the
index date has the outcome only if admitted anew after discharge: a transfer is part of the stay.

Death and leaving. A person who dies in the window without the event does not have the outcome, but where death is part
of it. A person who leaves the practice stays in the cohort with what is on record: hospital extracts follow people
across practices, and leaving out those who die or move would make the rest look healthier than the people a list is
drawn from (Liley et al., SPARRA v4, keep them for the same reason). Who died in the window is kept beside the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from riskstrat.aggregates import Carried, unmet
from riskstrat.engine import Frame
from riskstrat.spells import continuous_spells, is_admission, is_unplanned
from riskstrat.study import OutcomeSettings, SpellSettings
from riskstrat.windows import OutcomeWindow

METHOD, DEATHS = "episodes.admission_method", "patients.death_date or deaths.death_date"
NEEDS: Mapping[str, tuple[str, ...]] = {
    "unplanned_admission": ("episodes", METHOD),
    "unplanned_admission_or_death": ("episodes", METHOD, DEATHS),
    "any_admission": ("episodes",),
    "ed_attendance": ("ed_attendances",),
}
IN_WORDS: Mapping[str, str] = {
    METHOD: "no emergency flag (episodes.admission_method)",
    DEATHS: "no dates of death",
    "episodes": "no hospital episodes",
    "ed_attendances": "no ED attendances",
}
col = nw.col


def faults_in(event: str, carried: Carried) -> list[str]:
    """Why an outcome cannot be seen in a snapshot; nothing where it can.

    Parameters
    ----------
    event : str
        As in study.toml.
    carried : mapping of str to collection of str
        See `aggregates.unmet`.

    Examples
    --------
    >>> faults_in("unplanned_admission", {"episodes": ["admission_date"]})
    ['outcome.event: this snapshot has no emergency flag (episodes.admission_method); set it to "any_admission"']
    >>> faults_in("any_admission", {"episodes": ["admission_date"]})
    []
    """
    others = [f'"{other}"' for other, needs in NEEDS.items() if not unmet(needs, carried)]
    instead = f"; set it to {' or '.join(others)}" if others else ""
    missing = [need for need in unmet(NEEDS[event], carried) if need != METHOD or "episodes" in carried]
    return [f"outcome.event: this snapshot has {IN_WORDS[need]}{instead}" for need in missing]


def is_unplanned_attendance() -> nw.Expr:
    """Whether an ED attendance is no planned follow-up; one of an unknown category counts."""
    category = col("attendance_category")
    return category.is_null() | (category != "planned follow-up")


def _events(rows: Frame, settings: OutcomeSettings, spells: SpellSettings) -> Frame:
    """Events of the study's kind, whenever they were, with their `day`."""
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
    window: OutcomeWindow,
    settings: OutcomeSettings,
    spells: SpellSettings,
) -> Frame:
    """The outcome of everyone in the cohort.

    Parameters
    ----------
    cohort, patients : LazyFrame
    rows : LazyFrame
        The canonical table in which the event is seen (`store.seen_in`): episodes, or ED attendances.
    window : OutcomeWindow
    settings : OutcomeSettings
    spells : SpellSettings

    Returns
    -------
    LazyFrame
        patient_no, outcome (0/1), admissions or attendances (events in the window), died (0/1 in the window).
    """
    times = "attendances" if settings.event == "ed_attendance" else "admissions"
    events = _events(rows, settings, spells)
    events = events.filter((col("day") >= window.first_day) & (col("day") < window.end_day))
    counted = events.group_by("patient_no").agg(nw.len().alias(times))
    known = cohort.select("patient_no").join(counted, on="patient_no", how="left")
    known = known.join(patients.select("patient_no", "death_day"), on="patient_no", how="left")
    died = (col("death_day") >= window.first_day) & (col("death_day") < window.end_day)
    happened = ~col(times).is_null()
    if settings.event == "unplanned_admission_or_death":
        happened = happened | died.fill_null(False)
    return known.select(
        "patient_no",
        nw.when(happened).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int8).alias("outcome"),
        col(times).fill_null(0).cast(nw.Int32).alias(times),
        nw.when(died).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int8).alias("died"),
    )
