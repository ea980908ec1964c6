"""Case-managed people in the training data: left in, left out, flagged, or stood for by people like them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from riskstrat.modelling.case_managed import _MOST, FLAG, Unmanaged, standing_for, without_case_managed
from riskstrat.modelling.dataset import LabelledRows
from riskstrat.modelling.labels import Labels
from riskstrat.modelling.variant import ModelColumn
from riskstrat.study.settings import CaseManaged, OutcomeSettings

ROWS = 6_000
COLUMNS = (ModelColumn("age"), ModelColumn("emergency_admissions_12m", "count"))


def people(share: float = 0.2, effect: float = 0.5) -> LabelledRows:
    """People of whom the sicker are managed, which lowers the odds of the outcome."""
    rng = np.random.default_rng(17)
    age, prior = rng.integers(40, 95, ROWS), rng.poisson(0.5, ROWS)
    chance = np.clip(share * (0.3 + prior), 0, 0.9)
    managed = rng.random(ROWS) < chance
    odds = np.exp(-3 + 0.02 * (age - 60) + 0.8 * prior) * np.where(managed, effect, 1)
    y = rng.random(ROWS) < odds / (1 + odds)
    never = np.full(ROWS, np.inf, np.float32)
    labels = Labels(
        OutcomeSettings(), np.where(y, 5, np.inf), never, np.where(managed, 0, np.inf),
        np.tile(y[:, None].astype(int), 4), age.astype(np.float32),
    )  # fmt: skip
    x = np.column_stack([age, prior]).astype(np.float32)
    return LabelledRows(x, COLUMNS, labels, np.arange(ROWS, dtype=np.uint64), np.full(ROWS, "P1", object))


def test_include_changes_nothing() -> None:
    rows = people()
    assert without_case_managed(rows, "include") is rows


def test_exclude_leaves_the_managed_out_and_weighs_nobody() -> None:
    rows = people()
    kept = without_case_managed(rows, "exclude")
    assert kept.rows == (~rows.labels.managed).sum()
    assert not kept.labels.managed.any()
    assert kept.weight is None


def test_flag_adds_a_column_that_says_who_is_managed() -> None:
    rows = people()
    kept = without_case_managed(rows, "flag")
    assert kept.columns == (*COLUMNS, FLAG)
    assert np.array_equal(kept.x[:, -1] == 1, rows.labels.managed)


def test_weight_lets_people_like_them_stand_for_the_managed() -> None:
    """Weighted, those who are not managed have the admissions of everyone, and add up to about everyone."""
    rows = people()
    kept = without_case_managed(rows, "weight")
    assert kept.weight is not None
    assert not kept.labels.managed.any()
    assert kept.weight.sum() == pytest.approx(rows.rows, rel=0.05)
    prior = rows.x[:, 1].mean()
    assert abs(np.average(kept.x[:, 1], weights=kept.weight) - prior) < 0.4 * abs(kept.x[:, 1].mean() - prior)
    assert kept.weight.min() >= 1
    assert kept.weight.max() <= _MOST


def test_weights_of_management_and_of_death_are_multiplied() -> None:
    rows = people()
    rng = np.random.default_rng(3)
    own = rng.uniform(1, 2, rows.rows)
    alone, both = without_case_managed(rows, "weight"), without_case_managed(replace(rows, weight=own), "weight")
    assert alone.weight is not None
    assert both.weight is not None
    assert np.allclose(both.weight, alone.weight * own[~rows.labels.managed])
    left = without_case_managed(replace(rows, weight=own), "exclude")
    assert left.weight is not None
    assert np.allclose(left.weight, own[~rows.labels.managed])


def test_with_hardly_anyone_managed_all_others_weigh_alike() -> None:
    rows = people()
    few = np.full(rows.rows, np.inf)
    few[:3] = 0
    found = standing_for(replace(rows, labels=replace(rows.labels, management=few)))
    assert np.ptp(found) == 0
    assert found[0] == pytest.approx(rows.rows / (rows.rows - 3))


@pytest.mark.parametrize("choice", get_args(CaseManaged))
def test_where_nobody_is_managed_every_choice_keeps_everyone(choice: CaseManaged) -> None:
    rows = people()
    rows = replace(rows, labels=replace(rows.labels, management=np.full(rows.rows, np.inf)))
    kept = without_case_managed(rows, choice)
    assert kept.rows == rows.rows
    assert kept.weight is None


class _Sum:
    """A model whose log odds are the sum of its columns."""

    def log_odds(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x.sum(axis=1), float)

    def contributions(self, x: np.ndarray) -> np.ndarray:
        return x

    def save(self, folder: Path) -> None:
        (folder / "sum").write_text("")


def test_a_flagged_model_is_asked_as_if_nobody_were_managed() -> None:
    x = people().x
    asked = Unmanaged(_Sum())
    assert np.array_equal(asked.log_odds(x), x.sum(axis=1))
    assert np.array_equal(asked.contributions(x), x)
