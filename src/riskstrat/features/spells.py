"""Join episodes to provider spells and continuous inpatient spells (CIPS), the unit in which admissions are counted.

Decision
--------
*Provider spell.* Episodes of one patient at one provider are sorted by admission and start. Two neighbours belong
together if they have the same admission date or start date, or if the first did not end in a discharge (method 8 or 9,
or neither method nor date) and ended on the day the second began. They are sorted by admission first, so that a day
case in the middle of a stay does not split the stay.

*Continuous inpatient spell.* Spells of one patient, sorted by admission, are joined if the patient was transferred.
``[spells] rule`` in study.toml chooses one of two published rules:

``nhs_digital`` (default)
    0 to 2 days between discharge and admission, and discharged to a hospital (49-53, 84), or admitted from one
    (49-53, 87), or admitted by transfer (2B, 81). A patient discharged home (19) and then admitted through A&E (21)
    with a hospital (51) as the source is a new admission. Source: NHS Digital's method, as in epidm.
``hes_pipeline``
    0 to 3 days, and discharged to or admitted from another NHS hospital (51-53), or by transfer (2B, 81). Source:
    HFAnalyticsLab/HES_pipeline.

The first is the default: it is the national rule, its gap is shorter, and its exception keeps a true readmission
separate. Regular day and night attenders (class 3, 4) are removed first. A transfer is never a second admission, even
if the spell before it is missing. A spell without a discharge date ends with its last finished episode. If that episode
is unfinished, the spell is open and counts as an admission; the patient's next admission closes it, and is joined to it
if it is a transfer. If stays overlap, days are counted from the latest end so far: a patient who goes to another
hospital for a day and comes back has not been discharged. Of two admissions on one day the transfer comes second.
"""

from collections.abc import Callable
from typing import Literal

import narwhals as nw
from narwhals import col

from riskstrat.engine import Frame

Rule = Literal["nhs_digital", "hes_pipeline"]
REGULAR_ATTENDER = ("3", "4")
TRANSFER_METHODS = ("2B", "81")
NOT_FINISHED = ("8", "9")
HOSPITALS = ("49", "50", "51", "52", "53", "87")
_AT_ADMISSION = ("admission_method", "admission_source", "patient_class", "main_diagnosis")
_LATE = 10**6


def _in(column: str, values: tuple[str, ...]) -> nw.Expr:
    return col(column).is_in(values).fill_null(False)


def _before(column: str, over: tuple[str, ...]) -> nw.Expr:
    return col(column).shift(1).over(*over, order_by="place").alias(f"before_{column}")


def _numbered(rows: Frame, over: tuple[str, ...], order: list[str]) -> Frame:
    """Number the rows of each group in the order of several columns."""
    ones = rows.with_columns(
        one=nw.lit(1), **{f"late_{c}": col(c).fill_null(_LATE) for c in order if c.endswith("_day")}
    )
    by = [f"late_{c}" if c.endswith("_day") else c for c in order]
    return ones.with_columns(place=col("one").cum_sum().over(*over, order_by=by)).drop("one")


def _grouped(rows: Frame, over: tuple[str, ...], together: nw.Expr, name: str) -> Frame:
    """Number runs of rows that belong together, and mark the first (`begins`) and the last row (`ends`) of each."""
    rows = rows.with_columns(begins=nw.when(together).then(nw.lit(0)).otherwise(nw.lit(1)))
    return rows.with_columns(
        col("begins").cum_sum().over(*over, order_by="place").alias(name),
        ends=col("begins").shift(-1).over(*over, order_by="place").fill_null(1),
    )


def _of_row(mark: str, column: str) -> nw.Expr:
    """Take the value of a column in the marked row of each group."""
    return nw.when(col(mark) == 1).then(col(column)).otherwise(None).max().alias(column)


def provider_spells(episodes: Frame) -> Frame:
    """Join canonical episodes to provider spells, one row per spell.

    Columns: patient_no, provider, admission_day, discharge_day (NULL while open), admission_method,
    admission_source, patient_class, main_diagnosis, discharge_destination, discharge_method.
    """
    over = ("patient_no", "provider")
    known = episodes.with_columns(provider=col("provider").fill_null(""))
    rows = _numbered(known, over, ["admission_day", "start_day", "end_day", "episode_order", "episode_id"])
    compared = ("admission_day", "start_day", "end_day", "discharge_method", "discharge_day")
    rows = rows.with_columns(*[_before(c, over) for c in compared])
    not_recorded = col("before_discharge_method").is_null() & col("before_discharge_day").is_null()
    staying = _in("before_discharge_method", NOT_FINISHED) | not_recorded
    together = (
        (col("admission_day") == col("before_admission_day")).fill_null(False)
        | (col("start_day") == col("before_start_day")).fill_null(False)
        | (staying & (col("start_day") == col("before_end_day"))).fill_null(False)
    )
    rows = _grouped(rows, over, together, "spell")
    last = ("discharge_method", "discharge_destination", "end_day")
    spells = rows.group_by(*over, "spell").agg(
        col("admission_day").min(),
        col("discharge_day").max(),
        *[_of_row("begins", c) for c in _AT_ADMISSION],
        *[_of_row("ends", c) for c in last],
    )
    ended = nw.coalesce(col("discharge_day"), col("end_day"))
    return spells.with_columns(discharge_day=ended).drop("spell", "end_day")


def _moved(gap: int, destinations: tuple[str, ...], sources: tuple[str, ...]) -> nw.Expr:
    """Test whether a spell began by transfer, at most some days after the end of the one before."""
    soon = col("admission_day") - col("before_until") <= gap
    between = _in("before_discharge_destination", destinations) | _in("admission_source", sources)
    return soon & (between | _in("admission_method", TRANSFER_METHODS))


def _nhs_digital() -> nw.Expr:
    from_home = _in("before_discharge_destination", ("19",)) & _in("admission_source", ("51",))
    anew = from_home & _in("admission_method", ("21",))
    return _moved(2, ("49", "50", "51", "52", "53", "84"), HOSPITALS) & ~anew


def _hes_pipeline() -> nw.Expr:
    return _moved(3, ("51", "52", "53"), ("51", "52", "53"))


_RULES: dict[Rule, Callable[[], nw.Expr]] = {"nhs_digital": _nhs_digital, "hes_pipeline": _hes_pipeline}


def continuous_spells(episodes: Frame, rule: Rule = "nhs_digital") -> Frame:
    """Join canonical episodes to continuous inpatient spells by a rule for transfers, one row per spell.

    Columns: patient_no, admission_day, discharge_day (NULL while open), admission_method, admission_source,
    patient_class, main_diagnosis (of the admission episode), discharge_destination, providers (spells joined).
    """
    over = ("patient_no",)
    spells = provider_spells(episodes.filter(~_in("patient_class", REGULAR_ATTENDER)))
    transferred = _in("admission_method", TRANSFER_METHODS) | _in("admission_source", HOSPITALS)
    spells = spells.with_columns(moved_in=nw.when(transferred).then(1).otherwise(0))
    rows = _numbered(spells, over, ["admission_day", "discharge_day", "moved_in", "provider", "admission_method"])
    next_day = col("admission_day").shift(-1).over(*over, order_by="place")
    rows = rows.with_columns(until=nw.coalesce(col("discharge_day"), next_day))
    rows = rows.with_columns(latest=col("until").cum_max().over(*over, order_by="place"))
    rows = rows.with_columns(
        before_until=col("latest").shift(1).over(*over, order_by="place"),
        before_discharge_destination=col("discharge_destination").shift(1).over(*over, order_by="place"),
    )
    rows = _grouped(rows, over, _RULES[rule]().fill_null(False), "cips")
    joined = rows.group_by("patient_no", "cips").agg(
        col("admission_day").min(),
        col("until").max(),
        _of_row("ends", "until").alias("last_until"),
        *[_of_row("begins", c) for c in _AT_ADMISSION],
        _of_row("ends", "discharge_destination"),
        nw.len().alias("providers"),
    )
    closed = nw.when(~col("last_until").is_null()).then(col("until")).otherwise(None)
    return joined.with_columns(discharge_day=closed).drop("cips", "until", "last_until")


def _of_class(classes: tuple[str, ...]) -> nw.Expr:
    return col("patient_class").is_null() | _in("patient_class", classes)


def is_admission(classes: tuple[str, ...]) -> nw.Expr:
    """Test whether a continuous spell is an admission, planned or not; it counts if no patient class is recorded.

    A transfer whose first spell is missing is not an admission.
    """
    return ~_in("admission_method", TRANSFER_METHODS) & _of_class(classes)


def is_unplanned(methods: tuple[str, ...], classes: tuple[str, ...]) -> nw.Expr:
    """Test whether a continuous spell is an emergency admission; it counts if no patient class is recorded."""
    return _in("admission_method", methods) & _of_class(classes)
