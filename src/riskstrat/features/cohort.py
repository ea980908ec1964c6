"""Select the cohort on the index date, and count the patients left after each rule.

Decision
--------
The cohort is every patient who is registered with a practice on the index date (started on or before it, not ended
before it), alive (no death on or before it), within the study's age range, and not opted out. If registrations overlap,
the one with the latest start gives the practice. An opt-out counts if it is in force on the index date *or* in the
latest record, so that an earlier index date does not undo a later opt-out. The latest record of each kind counts; an
opt-out withdrawn on the day it was made counts as withdrawn. The study chooses which of the named kinds count; an
opt-out of any other kind counts too. Without a table of registrations, the patient table gives the practice.
"""

from collections.abc import Sequence

import narwhals as nw
from narwhals import col

from riskstrat.engine import Frame
from riskstrat.study import CohortSettings
from riskstrat.tables import OutcomeWindow

RULES = {
    "registered": "registered with a practice on the index date",
    "alive": "alive",
    "of_age": "within the study's age range",
    "no_objection": "not opted out",
}
_KEPT = (
    "patient_no", "patient_id", "practice_code", "age", "sex", "ethnicity", "imd_decile", "care_home", "care_home_id",
)  # fmt: skip
_KINDS = ("type1", "national", "local")


def _registered(patients: Frame, registrations: Frame | None, day: int) -> Frame:
    """Add each patient's practice on the index date, NULL if there is none."""
    if registrations is None:
        return patients
    current = registrations.filter((col("start_day") <= day) & (col("end_day").is_null() | (col("end_day") >= day)))
    latest = current.group_by("patient_no").agg(col("start_day").max().alias("latest_start"))
    at_latest = current.join(latest, on="patient_no", how="inner").filter(col("start_day") == col("latest_start"))
    practice = at_latest.group_by("patient_no").agg(col("practice_code").min())
    return patients.drop("practice_code").join(practice, on="patient_no", how="left")


def _with_homes(patients: Frame) -> Frame:
    """Add an empty column care_home_id if an older version made the snapshot without it."""
    if "care_home_id" in patients.collect_schema().names():
        return patients
    return patients.with_columns(care_home_id=nw.lit(None).cast(nw.String))


def _objecting(opt_outs: Frame, kinds: Sequence[str], before: int | None) -> Frame:
    """Find patients whose latest record of any kind, before a day, is an opt-out."""
    rows = opt_outs.filter(col("kind").is_in(list(kinds)) | ~col("kind").is_in(list(_KINDS)))
    if before is not None:
        rows = rows.filter(col("recorded_day") < before)
    rows = rows.with_columns(score=col("recorded_day") * 2 + col("withdrawn").fill_null(0).clip(0, 1))
    latest = rows.group_by("patient_no", "kind").agg(col("score").max())
    return latest.filter(col("score") % 2 == 0).select("patient_no").unique()


def _objections(opt_outs: Frame | None, kinds: Sequence[str], day: int) -> Frame | None:
    if opt_outs is None or not kinds:
        return None
    then, now = (_objecting(opt_outs, kinds, before) for before in (day + 1, None))
    return nw.concat([then, now]).unique().with_columns(objects=nw.lit(1))


def candidates(
    patients: Frame,
    registrations: Frame | None,
    opt_outs: Frame | None,
    settings: CohortSettings,
    window: OutcomeWindow,
) -> Frame:
    """Test each rule of `RULES` for every patient on the first day of an outcome window.

    The frame has the columns of the cohort and one boolean column for each rule.
    """
    index, day = window.index_date, window.first_day
    rows = _registered(_with_homes(patients), registrations, day)
    birth_months = col("birth_date").dt.year() * 12 + col("birth_date").dt.month()
    age = (nw.lit(index.year * 12 + index.month) - birth_months) // 12
    rows = rows.with_columns(age=age.cast(nw.Int32))
    objections = _objections(opt_outs, settings.opt_outs, day)
    if objections is None:
        rows = rows.with_columns(objects=nw.lit(None).cast(nw.Int32))
    else:
        rows = rows.join(objections, on="patient_no", how="left")
    return rows.with_columns(
        registered=~col("practice_code").is_null(),
        alive=(col("death_day").is_null() | (col("death_day") > day)),
        of_age=((col("age") >= settings.min_age) & (col("age") <= settings.max_age)).fill_null(False),
        no_objection=col("objects").is_null(),
    ).select(*_KEPT, *RULES)


def attrition(everyone: Frame) -> Frame:
    """Count the patients left after each rule, in one row: people, then a column for each rule."""
    met = nw.lit(1)
    columns = [nw.len().alias("people")]
    for rule in RULES:
        met = met * nw.when(col(rule)).then(nw.lit(1)).otherwise(nw.lit(0))
        columns.append(met.sum().alias(rule))
    return everyone.select(*columns)


def cohort_at(everyone: Frame) -> Frame:
    """Keep the patients who meet every rule."""
    kept = everyone
    for rule in RULES:
        kept = kept.filter(col(rule))
    return kept.select(*_KEPT)
