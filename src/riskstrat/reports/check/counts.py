"""Counts of each part of a snapshot as lazy frames, each a small table.

Decision
--------
Hospital tables are counted by the provider on the row and GP tables by the practice that supplied the patient. Both are
counted by the month of their event (for a hospital episode, its admission), over the last 60 months and the 12 before,
with which the first months are compared. Linkage is counted in the cohort of the latest index date, so that children,
people who left and people who opted out do not blur it.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import narwhals as nw
import pyarrow as pa
from narwhals import col

from riskstrat.engine import Engine, Frame, Opener
from riskstrat.features import attrition, candidates, cohort_at
from riskstrat.study import Study
from riskstrat.tables import TABLES, OutcomeWindow, Snapshot, day_number, day_of, months_before

HOSPITAL = ("episodes", "diagnoses", "ed_attendances", "op_appointments")
EACH_PRACTICE = ("gp_events", "prescriptions", "consultations")
_DATED = (*HOSPITAL, *EACH_PRACTICE, "deaths")
LINKED = ("episodes", "ed_attendances", "op_appointments", "gp_events", "prescriptions")
ANY_HOSPITAL = "any_hospital"
BOTH_PRACTICES = ("episodes", "ed_attendances")
NOT_KNOWN = {("patients", "sex"): "U", ("op_appointments", "attended"): "unknown"}
MONTHS_SHOWN = 60
YARDSTICK = 12
ROWS = "rows"
SENDER = "sender"


def count_parts(engine: Engine, snapshot: Snapshot, study: Study, index_date: date) -> Iterator[dict[str, pa.Table]]:
    """Count each part, one at a time in memory, with attrition and linkage of the cohort at an index date."""

    def make(table: Opener) -> dict[str, Frame]:
        return {
            **_rows_by_month(table, snapshot),
            **_known(table, snapshot.tables),
            **_people(engine, table, snapshot.tables, study, index_date),
            **_practices_on_rows(table, snapshot),
        }

    files = [{table: snapshot.part(table, part) for table in snapshot.tables} for part in range(snapshot.parts)]
    yield from engine.each(files, make)


def event_of(table: str) -> str:
    """Name the date by which rows of a table are counted.

    >>> event_of("episodes"), event_of("gp_events")
    ('admission_date', 'event_date')
    """
    return "admission_date" if table == "episodes" else TABLES[table].event or ""


def _homes(table: Opener, name: str) -> Frame:
    return table("patients").select("patient_no", col("practice_code").alias(name))


def _rows_by_month(table: Opener, snapshot: Snapshot) -> dict[str, Frame]:
    """Count rows by sender and month, and for hospital tables the people of each provider."""
    found: dict[str, Frame] = {}
    since = day_number(months_before(snapshot.span[1], MONTHS_SHOWN + YARDSTICK))
    for name in (one for one in _DATED if one in snapshot.tables):
        event = event_of(name)
        month = (col(event).dt.year() * 12 + col(event).dt.month() - 1).cast(nw.Int64).alias("month")
        rows = table(name).filter(col(day_of(event)) >= since)
        if name in HOSPITAL:
            rows = rows.with_columns(sender=col("provider"))
            found[f"people:{name}"] = rows.group_by(SENDER).agg(col("patient_no").n_unique().alias(ROWS))
        elif name in EACH_PRACTICE:
            rows = rows.join(_homes(table, SENDER), on="patient_no", how="left")
        else:
            rows = rows.with_columns(sender=nw.lit(""))
        found[f"months:{name}"] = rows.select(SENDER, month).group_by(SENDER, "month").agg(nw.len().alias(ROWS))
    return found


def _is_known(table: str, column: str) -> nw.Expr:
    known = ~col(column).is_null()
    if (table, column) in NOT_KNOWN:
        known = known & (col(column) != NOT_KNOWN[table, column])
    return _number(known).alias(column)


def _number(condition: nw.Expr) -> nw.Expr:
    """Count the rows that meet a condition."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum()


def _known(table: Opener, tables: frozenset[str]) -> dict[str, Frame]:
    """Count rows in which each column is recorded, and for the patient table by practice."""
    found: dict[str, Frame] = {}
    for name in (one for one in TABLES if one in tables):
        sums = [nw.len().alias(ROWS), *(_is_known(name, column.name) for column in TABLES[name].columns)]
        found[f"known:{name}"] = table(name).select(*sums)
    columns = [c.name for c in TABLES["patients"].columns if c.name not in ("patient_id", "practice_code")]
    people = table("patients").with_columns(sender=col("practice_code"))
    sums = [nw.len().alias(ROWS), *(_is_known("patients", name) for name in columns)]
    return {**found, "practices": people.group_by(SENDER).agg(*sums)}


def _people(engine: Engine, table: Opener, tables: frozenset[str], study: Study, index_date: date) -> dict[str, Frame]:
    """Count people remaining after each rule, and by practice how many of the cohort have rows in other tables."""
    registrations, opt_outs = (table(name) if name in tables else None for name in ("registrations", "opt_outs"))
    window = OutcomeWindow(index_date, study.outcome.days)
    everyone = engine.keep(candidates(table("patients"), registrations, opt_outs, study.cohort, window))
    people = cohort_at(everyone).select("patient_no", sender=col("practice_code"))
    linked = [name for name in LINKED if name in tables]
    for name in linked:
        has = table(name).select("patient_no").unique().with_columns(nw.lit(1).alias(name))
        people = people.join(has, on="patient_no", how="left")
    hospital = [col(name).fill_null(0) for name in linked if name in HOSPITAL]
    if hospital:
        people = people.with_columns(nw.max_horizontal(*hospital).alias(ANY_HOSPITAL))
    asked = [*linked, *([ANY_HOSPITAL] if hospital else [])]
    sums = [nw.len().alias(ROWS), *(col(name).sum().alias(name) for name in asked)]
    return {"attrition": attrition(everyone), "linked": people.group_by(SENDER).agg(*sums)}


def _practices_on_rows(table: Opener, snapshot: Snapshot) -> dict[str, Frame]:
    """Count hospital rows of the last year that name a practice, and those that name the patient's."""
    found: dict[str, Frame] = {}
    since = day_number(snapshot.span[1] - timedelta(days=365))
    for name in (one for one in BOTH_PRACTICES if one in snapshot.tables):
        rows = table(name).filter(col(day_of(event_of(name))) > since, ~col("practice_code").is_null())
        both = rows.select("patient_no", "practice_code").join(_homes(table, SENDER), on="patient_no", how="inner")
        same = _number(col("practice_code") == col(SENDER)).alias("same")
        found[f"agreement:{name}"] = both.group_by(SENDER).agg(nw.len().alias(ROWS), same)
    return found
