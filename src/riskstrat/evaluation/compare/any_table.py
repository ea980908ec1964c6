"""Comparison on any feature table: the rows that models are fitted, calibrated and judged on.

Decision
--------
A row is a person at an index date. Numbers and yes/no columns are used as they are (an infinite number counts as not
assessed). A text column of at most 12 values becomes a 0/1 column for each value in at least 8 rows, so that no report
shows what is written for one person. Dates and other texts are not used, and the report says so. Rows that share
``--group`` (a person) are never split between fitting and testing, and are resampled together.

With ``--date``, the latest dates that hold a fifth of the rows are the test. Of the rows before, the latest that hold a
quarter are for calibration and the others for fitting (a single date serves for both). With ``--days`` too, the length
of the outcome window, rows whose window reaches the first test date are excluded (embargo). Without it, overlap cannot
be checked, and the report says so. Without ``--date``, three in ten groups are kept for the test.

A column that alone ranks people with an AUROC above 0.95 probably contains the outcome, and is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskstrat.errors import UsageError
from riskstrat.evaluation.people import People
from riskstrat.evaluation.point_figures import point_auroc
from riskstrat.evaluation.population_groups import groups_of
from riskstrat.features import WINDOWS, ColumnKind
from riskstrat.modelling import LabelledRows, Labels, ModelColumn, Splits, kept_for_test, person_numbers, split_people
from riskstrat.study import CompareSettings, OutcomeSettings
from riskstrat.tables import Ints
from riskstrat.wording import plural

MOST_LEVELS, FEWEST_ROWS = 12, 8
TEST_SHARE, CALIBRATION_SHARE = 0.2, 0.25
_SUSPECT, LOOKED_AT = 0.95, 50_000
_PRACTICE = ("practice_code", "practice")
_PRIOR = "emergency_admissions_12m"


@dataclass(frozen=True)
class Roles:
    """The columns of a table that have a special use.

    Parameters
    ----------
    days : int or None
        Length of the outcome window.
    """

    outcome: str
    group: str | None = None
    date: str | None = None
    days: int | None = None

    @property
    def named(self) -> list[str]:
        """The columns that are not features."""
        return [name for name in (self.outcome, self.group, self.date) if name is not None]


def check_columns(schema: pa.Schema, roles: Roles) -> None:
    """Refuse a table that lacks the named columns.

    Raises
    ------
    UsageError
        With every column that is missing, repeated or of another type.
    """
    problems = [f"{name}: the table has no such column" for name in roles.named if name not in schema.names]
    problems += [
        f"{name}: the table has this column twice"
        for name in sorted({n for n in schema.names if schema.names.count(n) > 1})
    ]
    if roles.date in schema.names and not pa.types.is_temporal(schema.field(roles.date).type):
        problems.append(f"{roles.date}: holds {schema.field(roles.date).type}, not dates")
    if problems:
        raise UsageError("The table cannot be used:", problems, "Name other columns, or correct the table.")


def check_rows(table: pa.Table, roles: Roles) -> None:
    """Refuse a table without rows, or with rows that lack a person or a date.

    Raises
    ------
    UsageError
        If it has no rows; or with every column that has empty cells, and their number.
    """
    if not table.num_rows:
        raise UsageError("The table has no rows.", advice="Use a table with at least a few hundred people.")
    empty = {name: table.column(name).null_count for name in (roles.group, roles.date) if name is not None}
    problems = [f"{name}: empty in {plural(count, 'row')}" for name, count in empty.items() if count]
    if problems:
        raise UsageError("Every row needs a person and a date:", problems, "Fill the cells, or remove these rows.")


def outcome_of(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """Return the outcome as 0/1.

    Raises
    ------
    UsageError
        If the column has other values.
    """
    known = set(pc.unique(column).to_pylist()) if _is_number(column.type) else {""}
    if not known <= {0, 1}:
        what = "some cells are empty" if None in known else "some cells are neither 0 nor 1"
        raise UsageError(f"The outcome {name} must be 0 or 1 in every row:", [what], "Correct the table.")
    return np.asarray(column.cast(pa.int8()).to_numpy())


def features_of(
    table: pa.Table, roles: Roles, known: Mapping[str, ModelColumn]
) -> tuple[np.ndarray, tuple[ModelColumn, ...], list[str]]:
    """Return the matrix, its columns, and the names of columns that are not used.

    Parameters
    ----------
    known : mapping of str to ModelColumn
        Columns of riskstrat's own features by name; their kinds and groups are used here too.
    """
    made: dict[str, np.ndarray] = {}
    left: list[str] = []
    for name in table.column_names:
        if name in roles.named:
            continue
        values = table.column(name)
        if _is_number(values.type):
            numbers = values.cast(pa.float32(), safe=False).to_numpy().astype(np.float32)
            made[name] = np.where(np.isinf(numbers), np.float32(np.nan), numbers)
        elif _is_text(values.type) and pc.count_distinct(values).as_py() <= MOST_LEVELS:
            made.update(_levels(name, values))
        else:
            left.append(name)
    columns = tuple(known.get(name, ModelColumn(name, _kind(name, values))) for name, values in made.items())
    return np.column_stack(list(made.values())) if made else np.empty((table.num_rows, 0), np.float32), columns, left


def _is_number(kind: pa.DataType) -> bool:
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(one(kind) for one in numbers)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _levels(name: str, values: pa.ChunkedArray) -> dict[str, np.ndarray]:
    """Make a 0/1 column for each text; `is_female` from a column of sexes."""
    texts = values.cast(pa.string()).to_pandas().astype(object)
    counts = texts.value_counts()
    found = {str(one): (texts == one).to_numpy(np.float32) for one in sorted(counts[counts >= FEWEST_ROWS].index)}
    if name == "sex" and set(found) & {"F", "M"}:
        known = texts.isin(["F", "M"]).to_numpy()
        return {"is_female": np.where(known, (texts == "F").to_numpy(), np.nan).astype(np.float32)}
    return {f"{name}={level}": column for level, column in found.items()}


def _kind(name: str, values: np.ndarray) -> ColumnKind:
    """Choose how a linear model treats a column that riskstrat does not know."""
    seen = values[~np.isnan(values)]
    if name.startswith("days_since"):
        return "days"
    if not len(seen) or not (seen == np.floor(seen)).all() or seen.min() < 0:
        return "value"
    return "flag" if seen.max() <= 1 else "count" if np.median(seen) <= 5 and name != "age" else "value"


def labelled_table(table: pa.Table, roles: Roles, known: Mapping[str, ModelColumn]) -> tuple[LabelledRows, list[str]]:
    """Return the rows of a table with their outcomes, and the names of columns that are not used."""
    check_rows(table, roles)
    y = outcome_of(table.column(roles.outcome), roles.outcome)
    x, columns, left = features_of(table, roles, known)
    names = [column.name for column in columns]
    age = x[:, names.index("age")] if "age" in names else np.full(len(y), np.nan, np.float32)
    never = np.full(len(y), np.inf, np.float32)
    settings = OutcomeSettings(days=365)
    event = np.where(y == 1, 0, np.inf).astype(np.float32)
    labels = Labels(settings, event, never, never, np.tile(y.astype(np.int32)[:, None], len(WINDOWS)), age)
    where = next((name for name in _PRACTICE if name in table.column_names), None)
    practice = np.full(len(y), "", object)
    if where is not None:
        practice = table.column(where).cast(pa.string()).fill_null("").to_pandas().astype(object).to_numpy()
    ids = pa.chunked_array([pa.array(np.arange(len(y)))]) if roles.group is None else table.column(roles.group)
    return LabelledRows(x, columns, labels, person_numbers(ids.cast(pa.string())), practice), left


def split_rows(rows: LabelledRows, dates: np.ndarray | None, days: int | None) -> tuple[Splits, Ints]:
    """Split rows into fit, calibration and test rows, and return the places of the test rows.

    Parameters
    ----------
    dates : array of datetime64[D], shape (rows,), or None

    Raises
    ------
    UsageError
        If the dates leave no rows to fit on.
    """
    if dates is None:
        return split_people(rows), np.flatnonzero(kept_for_test(rows.person))
    test = dates >= _latest(dates, TEST_SHARE)
    ends = dates if days is None else dates + np.timedelta64(days - 1, "D")
    early = ends < dates[test].min()
    if not early.any():
        do = "Use a table with more dates, a shorter --days, or no --date, to split by --group."
        raise UsageError("No outcome window ends before the test dates, so that no rows are left to fit on.", advice=do)
    later = early & (dates >= _latest(dates[early], CALIBRATION_SHARE))
    fit = early & ~later
    fit, later = (early, early) if not fit.any() or not later.any() else (fit, later)
    parts = rows.only(fit), rows.only(later)
    return Splits(parts[0], parts[0] if fit is later else parts[1], rows.only(test)), np.flatnonzero(test)


def _latest(dates: np.ndarray, share: float) -> np.datetime64:
    """Find the first of the latest dates that hold a share of the rows, or slightly more."""
    return np.datetime64(np.sort(dates)[int(len(dates) * (1 - share))])


def people_of_table(table: pa.Table, test: LabelledRows, places: Ints, compare: CompareSettings) -> People:
    """Collect what the test rows of a table are judged with."""
    wanted = [name for name in ("age", "sex", "ethnicity", "imd_decile", "in_care_home") if name in table.column_names]
    described = (
        table.select(wanted).take(pa.array(places)).to_pandas() if wanted else pd.DataFrame(index=range(test.rows))
    )
    prior = test.value(_PRIOR)
    return People(
        y=test.outcome,
        admissions=test.labels.events,
        sizes={f"top {pct:g} %": max(1, round(test.rows * pct / 100)) for pct in compare.list_sizes_pct},
        practice=test.practice if len(set(test.practice)) > 1 else None,
        cluster=test.person if len(np.unique(test.person)) < test.rows else None,
        no_prior=None if prior is None else prior == 0,
        groups=groups_of(described),
    )


def suspect_columns(rows: LabelledRows) -> list[str]:
    """Find columns that alone rank people too well to be known before the outcome."""
    x, y = rows.x[:LOOKED_AT], rows.outcome[:LOOKED_AT]
    if not 0 < y.sum() < len(y):
        return []
    found = {
        column.name: point_auroc(y, np.nan_to_num(x[:, i], nan=-1)) or 0.5 for i, column in enumerate(rows.columns)
    }
    return [name for name, area in found.items() if max(area, 1 - area) > _SUSPECT]
