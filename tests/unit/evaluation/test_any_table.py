"""Any table: which columns of a researcher's own table are used, and who is fitted on and who is tested."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from riskstrat.errors import UsageError
from riskstrat.evaluation.compare.any_table import (
    Roles,
    check_columns,
    features_of,
    labelled_table,
    outcome_of,
    people_of_table,
    split_rows,
    suspect_columns,
)
from riskstrat.modelling.variant import ModelColumn
from riskstrat.study.settings import CompareSettings

KNOWN = {"ltc_count": ModelColumn("ltc_count", "count", "gp", 1)}
ROWS = 4_000


def table(**more: Any) -> pa.Table:
    """Four index dates of a thousand people."""
    rng = np.random.default_rng(1)
    person = np.tile(np.arange(1_000), 4)
    date = np.repeat(pd.date_range("2022-01-01", periods=4, freq="180D").to_numpy(), 1_000)
    age = rng.integers(18, 95, ROWS)
    made = {
        "person": [f"P{one}" for one in person], "when": date, "admitted": (rng.random(ROWS) < age / 300).astype(int),
        "age": age, "ltc_count": rng.poisson(1, ROWS), "sex": rng.choice(["F", "M", "U"], ROWS),
        "region": rng.choice(["north", "south", None], ROWS), "born": date, "note": [f"text {i}" for i in range(ROWS)],
        "smoker": rng.random(ROWS) < 0.2,
    }  # fmt: skip
    return pa.Table.from_pandas(pd.DataFrame({**made, **more}), preserve_index=False)


ROLES = Roles("admitted", "person", "when", 180)


def test_numbers_and_short_texts_become_columns_and_the_rest_is_named() -> None:
    x, columns, left = features_of(table(), ROLES, KNOWN)
    names = [column.name for column in columns]
    assert names == ["age", "ltc_count", "is_female", "region=north", "region=south", "smoker"]
    assert left == ["born", "note"]
    assert x.shape == (ROWS, len(names))
    assert set(np.unique(x[:, names.index("is_female")][~np.isnan(x[:, 2])])) == {0, 1}
    assert np.isnan(x[:, 2]).mean() == pytest.approx(1 / 3, abs=0.05)


def test_a_column_that_riskstrat_knows_keeps_its_kind_and_group() -> None:
    _, columns, _ = features_of(table(), ROLES, KNOWN)
    assert {column.name: column for column in columns}["ltc_count"] == KNOWN["ltc_count"]


def test_the_outcome_the_person_and_the_date_are_no_features() -> None:
    _, columns, _ = features_of(table(), ROLES, {})
    assert not {"admitted", "person", "when"} & {column.name for column in columns}


@pytest.mark.parametrize(
    ("roles", "fault"),
    [
        (Roles("nothing"), "nothing: the table has no such column"),
        (Roles("admitted", date="age"), "age: holds int64, not dates"),
        (Roles("admitted", "who", "when"), "who: the table has no such column"),
    ],
)
def test_what_was_named_and_is_not_there_is_refused(roles: Roles, fault: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_columns(table().schema, roles)
    assert any(finding.startswith(fault) for finding in refused.value.findings)


@pytest.mark.parametrize("values", [[0, 1, 2], [0, 1, None], ["a", "b", "c"], [[0], [1], [2]]])
def test_an_outcome_that_is_not_nought_or_one_is_refused_without_showing_it(values: list[Any]) -> None:
    with pytest.raises(UsageError) as refused:
        outcome_of(pa.chunked_array([pa.array(values)]), "admitted")
    assert "2" not in str(refused.value)
    assert "admitted" in str(refused.value)


@pytest.mark.parametrize(("column", "what"), [("person", "empty in 1 row"), ("when", "empty in 1 row")])
def test_a_row_of_no_person_or_no_date_is_refused(column: str, what: str) -> None:
    rows = table().to_pandas()
    rows[column] = rows[column].astype(object).where(np.arange(ROWS) != 7, None)
    rows["when"] = pd.to_datetime(rows["when"])
    with pytest.raises(UsageError) as refused:
        labelled_table(pa.Table.from_pandas(rows, preserve_index=False), ROLES, KNOWN)
    assert refused.value.findings == (f"{column}: {what}",)


def test_a_table_without_rows_or_with_one_name_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="no rows"):
        labelled_table(table().slice(0, 0), ROLES, KNOWN)
    twice = table().append_column("age", table().column("age"))
    with pytest.raises(UsageError) as refused:
        check_columns(twice.schema, ROLES)
    assert refused.value.findings == ("age: the table has this column twice",)


def test_what_hardly_anyone_wrote_is_no_column_and_is_not_named() -> None:
    town = np.where(np.arange(ROWS) < 3, "Nether Wallop", "elsewhere")
    _, columns, _ = features_of(table(town=town), ROLES, KNOWN)
    assert [column.name for column in columns if column.name.startswith("town")] == ["town=elsewhere"]


def test_an_infinite_number_is_not_assessed() -> None:
    x, columns, _ = features_of(table(score=np.where(np.arange(ROWS) == 5, np.inf, 1.5)), ROLES, KNOWN)
    values = x[:, [column.name for column in columns].index("score")]
    assert np.isnan(values[5])
    assert np.isfinite(np.delete(values, 5)).all()


@pytest.mark.parametrize("values", [[True, False], [1.0, 0.0], [0, 1]])
def test_yes_and_no_may_be_written_as_numbers_or_truth(values: list[Any]) -> None:
    assert set(outcome_of(pa.chunked_array([pa.array(values)]), "admitted")) == {0, 1}


def dates_of(rows: pa.Table) -> np.ndarray:
    return rows.column("when").to_numpy().astype("datetime64[D]")


def test_the_latest_dates_are_the_test_and_no_window_reaches_them() -> None:
    rows, _ = labelled_table(table(), ROLES, KNOWN)
    dates = dates_of(table())
    dated, places = split_rows(rows, dates, 180)
    first = dates[places].min()
    assert dated.split == "time"
    assert dated.test.rows == len(places)
    before = dates + np.timedelta64(179, "D") < first
    assert dated.fit.rows + dated.calibrate.rows == before.sum()
    assert dated.fit.rows > 0
    longer, _ = split_rows(rows, dates, 181)
    assert longer.fit.rows < dated.fit.rows + dated.calibrate.rows


def test_without_dates_no_person_is_in_both_fit_and_test() -> None:
    rows, _ = labelled_table(table(), ROLES, KNOWN)
    dated, places = split_rows(rows, None, None)
    assert dated.split == "people"
    assert not set(dated.fit.person) & set(dated.test.person)
    assert dated.fit is dated.calibrate
    assert 0.2 < len(places) / ROWS < 0.4


def test_dates_that_leave_nothing_to_fit_on_are_refused() -> None:
    rows, _ = labelled_table(table(), ROLES, KNOWN)
    with pytest.raises(UsageError, match="No outcome window ends before"):
        split_rows(rows, dates_of(table()), 3_000)


def test_two_dates_are_enough_to_fit_calibrate_and_test() -> None:
    half = table().slice(0, 2_000)
    rows, _ = labelled_table(half, ROLES, KNOWN)
    dated, _ = split_rows(rows, dates_of(half), 180)
    assert dated.fit is dated.calibrate
    assert dated.fit.rows == 1_000
    assert dated.test.rows == 1_000


def test_rows_of_one_person_are_resampled_together() -> None:
    whole = table()
    rows, _ = labelled_table(whole, Roles("admitted", "person"), KNOWN)
    dated, places = split_rows(rows, None, None)
    people = people_of_table(whole, dated.test, places, CompareSettings())
    assert people.cluster is not None
    assert len(np.unique(people.cluster)) == dated.test.rows / 4
    assert set(people.groups) == {"age", "sex"}


def test_a_column_that_holds_the_outcome_is_named() -> None:
    admitted = table().column("admitted").to_numpy()
    rows, _ = labelled_table(table(discharged=admitted * 2 + 1), ROLES, KNOWN)
    assert suspect_columns(rows) == ["discharged"]
