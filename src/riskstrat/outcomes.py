"""Who had the outcome in the outcome window.

Decision
--------
The outcome is a first unplanned admission in the window: a continuous inpatient spell that begins on day 0 to day
n - 1 by an emergency admission method, day cases and regular attenders left out. Someone in hospital on the index
date has the outcome only if admitted anew after discharge: a transfer is part of the stay.

Death and leaving. A person who dies in the window without an unplanned admission does not have the outcome; with
``event = "unplanned_admission_or_death"`` death counts as one. A person who leaves the practice stays in the
cohort with what is on record: hospital extracts follow people across practices, and leaving out those who die or move
would make the rest look healthier than the people a list is drawn from (Liley et al., SPARRA v4, keep them for the
same reason). Who died in the window is kept beside the outcome.
"""

from __future__ import annotations

import narwhals as nw

from riskstrat.engine import Frame
from riskstrat.spells import continuous_spells, is_unplanned
from riskstrat.study import OutcomeSettings, SpellSettings
from riskstrat.windows import OutcomeWindow

col = nw.col


def admitted(episodes: Frame, window: OutcomeWindow, settings: OutcomeSettings, spells: SpellSettings) -> Frame:
    """Patients with an unplanned admission in the window: patient_no, first_admission_day, admissions."""
    counted = continuous_spells(episodes, spells.rule).filter(
        is_unplanned(settings.admission_methods, settings.patient_classes)
        & (col("admission_day") >= window.first_day)
        & (col("admission_day") < window.end_day)
    )
    return counted.group_by("patient_no").agg(
        col("admission_day").min().alias("first_admission_day"), nw.len().alias("admissions")
    )


def outcomes(
    cohort: Frame,
    patients: Frame,
    episodes: Frame,
    window: OutcomeWindow,
    settings: OutcomeSettings,
    spells: SpellSettings,
) -> Frame:
    """The outcome of everyone in the cohort.

    Returns
    -------
    LazyFrame
        patient_no, outcome (0/1), admissions (number in the window), died (0/1 in the window).
    """
    deaths = patients.select("patient_no", "death_day")
    rows = cohort.select("patient_no").join(admitted(episodes, window, settings, spells), on="patient_no", how="left")
    rows = rows.join(deaths, on="patient_no", how="left")
    died = (col("death_day") >= window.first_day) & (col("death_day") < window.end_day)
    happened = ~col("first_admission_day").is_null()
    if settings.event == "unplanned_admission_or_death":
        happened = happened | died.fill_null(False)
    return rows.select(
        "patient_no",
        nw.when(happened).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int8).alias("outcome"),
        col("admissions").fill_null(0).cast(nw.Int32).alias("admissions"),
        nw.when(died).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int8).alias("died"),
    )
