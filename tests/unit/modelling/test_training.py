"""Training: who is fitted on, who calibrates, who is tested; and what a study's choices change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from riskstrat.errors import TooFewOutcomesError
from riskstrat.modelling.case_managed import FLAG
from riskstrat.modelling.dataset import LabelledRows, stacked
from riskstrat.modelling.labels import Labels
from riskstrat.modelling.training import (
    Splits,
    check_enough,
    fit_once,
    has_enough_outcomes,
    kept_for_test,
    material,
    offered_to,
    split_people,
    train_variant,
)
from riskstrat.modelling.variant import ModelColumn, Sample, Trial, VariantSettings
from riskstrat.study.settings import OutcomeSettings

COLUMNS = (ModelColumn("age"), ModelColumn("emergency_admissions_12m", "count"), ModelColumn("a_score", offered=False))


def people(rows: int = 3_000, seed: int = 0, slope: float = 1.0, **more: object) -> LabelledRows:
    """People whose log odds are their first column."""
    rng = np.random.default_rng(seed)
    x = rng.normal(-1, 1, (rows, 3)).astype(np.float32)
    y = rng.random(rows) < 1 / (1 + np.exp(-slope * x[:, 0]))
    event = np.where(y, rng.integers(0, 365, rows), np.inf).astype(np.float32)
    never = np.full(rows, np.inf, np.float32)
    labels = Labels(OutcomeSettings(), event, never, never, np.tile(y[:, None].astype(int), 4), np.full(rows, 70.0))
    labels = replace(labels, **more)  # type: ignore[arg-type]
    return LabelledRows(x, COLUMNS, labels, np.arange(rows, dtype=np.uint64) * 7_919, np.full(rows, "P1", object))


@dataclass(frozen=True)
class Recorder:
    """A model that notes whom it was fitted on: the first column is the log odds."""

    seen: list[Sample] = field(default_factory=list)
    name: str = "recorder"
    title: str = "Recorder"
    reason: str = ""
    files: tuple[str, ...] = ()
    monotone: bool = False

    def select(self, columns: Sequence[ModelColumn]) -> list[str]:
        return [column.name for column in columns]

    def candidates(self, budget: int, seed: int) -> list[VariantSettings]:
        return [{"power": float(i)} for i in range(budget)]

    def trial(self, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
        return Trial({**settings, "found": 3.0}, abs(settings["power"] - 1))

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> First:
        self.seen.append(sample)
        return First()

    def load(self, folder: Path) -> First:
        return First()


class First:
    """Log odds are the first column, and it is all there is to say."""

    def log_odds(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x[:, 0], float)

    def contributions(self, x: np.ndarray) -> np.ndarray:
        return np.column_stack([x[:, 0], np.zeros((len(x), x.shape[1] - 1))])

    def save(self, folder: Path) -> None:
        """Nothing."""


def dated() -> Splits:
    return Splits(people(seed=1), people(seed=2), people(seed=3))


def test_nobody_calibrates_a_model_that_has_seen_them() -> None:
    variant, given = Recorder(), material(dated(), "include")
    train_variant(variant, given, seed=1, budget=1)
    *thirds, whole = variant.seen
    assert len(thirds) == 3
    assert len(whole.y) == given.fit.rows
    for third, sample in enumerate(thirds):
        assert len(sample.y) == (given.fit.third != third).sum()
        assert not set(sample.fold) - set(range(10))


def test_the_settings_that_lose_least_are_searched_once_and_kept() -> None:
    variant = Recorder()
    trained = train_variant(variant, material(dated(), "include"), seed=1, budget=4)
    assert trained.settings == {"power": 1.0, "found": 3.0}
    assert trained.tried == 4


def test_a_score_that_repeats_other_columns_is_not_trained_on() -> None:
    assert offered_to(Recorder(), (*COLUMNS, FLAG)) == ["age", "emergency_admissions_12m"]
    trained = train_variant(Recorder(), material(dated(), "include"), 1, 1)
    assert trained.used == ("age", "emergency_admissions_12m")


def test_calibrated_risks_add_up_to_those_who_had_the_outcome() -> None:
    given = material(Splits(people(seed=1), people(20_000, 2, slope=0.5), people(20_000, 3, slope=0.5)), "include")
    trained = train_variant(Recorder(), given, 1, 1)
    assert trained.risk(given.test).sum() == pytest.approx(given.test.outcome.sum(), rel=0.05)
    assert fit_once(Recorder(), given, 1, {}).sum() == pytest.approx(given.test.outcome.sum(), rel=0.1)


def test_people_split_and_not_dates_leave_nobody_on_both_sides() -> None:
    rows = people()
    split = split_people(rows)
    assert split.split == "people"
    assert split.calibrate is split.fit
    assert split.fit.rows + split.test.rows == rows.rows
    assert not set(split.fit.person) & set(split.test.person)
    assert np.array_equal(rows.person[kept_for_test(rows.person)], split.test.person)


def test_who_dies_first_weighs_nothing_where_others_stand_for_them() -> None:
    settings = OutcomeSettings(competing_death="weight")
    death = np.where(np.arange(3_000) % 10 == 0, 100, np.inf)
    one = people(seed=1, settings=settings, death=death)
    given = material(Splits(one, one, one), "include")
    assert given.fit.rows == 3_000 - one.labels.died_first.sum()
    assert given.fit.weight is not None
    assert given.fit.weight.min() >= 1
    assert given.fit.weight.sum() == pytest.approx(3_000, rel=0.05)
    assert given.test.rows == 3_000, "the test keeps everyone: how they weigh is for whoever judges"


def test_the_flag_of_the_managed_is_asked_as_nobody_and_is_no_column_of_the_model() -> None:
    managed = np.where(np.arange(3_000) % 5 == 0, 0, np.inf)
    one = people(seed=1, management=managed)
    variant = Recorder()
    trained = train_variant(variant, material(Splits(one, one, one), "flag"), 1, 1)
    assert variant.seen[0].names[-1] == FLAG.name
    assert trained.used == ("age", "emergency_admissions_12m")
    assert trained.risk(one).shape == (3_000,)


def test_too_few_outcomes_are_refused_with_the_numbers_of_every_date() -> None:
    few = people(400)
    with pytest.raises(TooFewOutcomesError) as refused:
        check_enough(Splits(few, few, few), 2_000)
    assert [finding.split(":")[0] for finding in refused.value.findings] == ["fit", "calibrate", "test"]
    assert f"{few.outcome.sum()} outcomes among 400 person-dates; at least 2,000 needed" in refused.value.findings[0]
    check_enough(Splits(few, few, few), 50)


def test_an_experiment_is_tried_only_with_outcomes_on_both_sides() -> None:
    given = material(dated(), "include")
    assert has_enough_outcomes(given)
    third = given.calibrate.third == 0
    nobody = replace(given.calibrate.labels, event=np.where(third, np.inf, given.calibrate.labels.event))
    assert not has_enough_outcomes(replace(given, calibrate=replace(given.calibrate, labels=nobody)))


def test_stacked_dates_keep_each_person_their_number() -> None:
    both = stacked([people(seed=1), people(seed=2)])
    assert both.rows == 6_000
    assert np.array_equal(both.third[:3_000], both.third[3_000:])
    assert both.outcome.sum() == people(seed=1).outcome.sum() + people(seed=2).outcome.sum()
