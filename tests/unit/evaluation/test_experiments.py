"""What a comparison tries beside the models themselves: practices held out, choices, windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.figures import groups
from tests.unit.modelling.test_training import Recorder, people

from riskstrat.evaluation.compare.choices import Experiment, deaths, horizons, management
from riskstrat.evaluation.compare.stability import held_out_practices, learning_curve
from riskstrat.evaluation.people import People
from riskstrat.evaluation.results import FigureTable
from riskstrat.modelling.dataset import LabelledRows
from riskstrat.modelling.training import Splits, material, train_variant


def dated(practice: object = "P1", **more: object) -> Splits:
    """Three dates at which the log odds are the first column."""
    parts = [replace(people(seed=seed, **more), practice=np.full(3_000, practice, object)) for seed in (1, 2, 3)]
    return Splits(*parts)


def judged(test: LabelledRows) -> People:
    return People(test.outcome, test.labels.events, {"top 5 %": 150}, practice=test.practice)


def asked(of: Splits, variant: Recorder) -> Experiment:
    return Experiment(variant, {}, 1, of, judged(of.test), "include")


def test_the_study_s_own_choice_is_fitted_once_for_all_that_is_set_against_it() -> None:
    death = np.where(np.arange(3_000) % 8 == 0, 40, np.inf)
    managed = np.where(np.arange(3_000) % 9 == 0, 0, np.inf)
    variant = Recorder()
    one = asked(dated(death=death, management=managed), variant)
    found = [*deaths(one), *management(one), *horizons(one, (180, 365), "")]
    assert [effect.choice for effect in found[:7]] == [
        "ignore", "composite", "weight", "include", "exclude", "flag", "weight"
    ]  # fmt: skip
    assert len(variant.seen) == 1 + 2 + 3 + 1


def test_the_study_s_own_choice_lists_the_same_people_as_itself() -> None:
    death = np.where(np.arange(3_000) % 8 == 0, 40, np.inf)
    own, *others = deaths(asked(dated(death=death), Recorder()))
    assert own.chosen
    assert FigureTable(own.figures).estimate(own.model, "same_listed", "top 5 %").value == 1
    assert not any(one.chosen for one in others)


def test_where_nobody_dies_first_or_is_managed_there_is_nothing_to_choose() -> None:
    one = asked(dated(), Recorder())
    assert not list(deaths(one))
    assert not list(management(one))


def test_a_window_with_too_few_outcomes_is_left_out() -> None:
    """Everyone's event is on day 200 or later, so that 30 and 90 days have none."""
    late = np.where(np.arange(3_000) % 4 == 0, 250, np.inf).astype(np.float32)
    found = horizons(asked(dated(event=late), Recorder()), (30, 90, 365), "")
    assert [one.days for one in found] == [365]


@pytest.mark.parametrize("names", [np.array(["A", "B", "C"], object), np.array([1, 2, 3], object)])
def test_a_practice_is_judged_by_a_model_made_without_it(names: np.ndarray) -> None:
    of = dated()
    where = names[np.arange(3_000) // 1_000]
    of = Splits(*(replace(rows, practice=where) for rows in (of.fit, of.calibrate, of.test)))
    given, variant = material(of, "include"), Recorder()
    trained = train_variant(variant, given, 1, 1)
    before = len(variant.seen)
    found = groups(held_out_practices(trained, given, judged(of.test), 1, 3))
    assert {one.level for one in found} == {str(name) for name in names}
    assert all(len(sample.y) < 1_400 for sample in variant.seen[before:]), "two thirds of the people of two practices"


def test_a_practice_that_only_it_has_outcomes_in_is_not_held_out() -> None:
    where = np.where(np.arange(3_000) % 2 == 0, "A", "B").astype(object)
    event = np.where((where == "A") & (np.arange(3_000) % 6 == 0), 10, np.inf).astype(np.float32)
    of = dated(event=event)
    of = Splits(*(replace(rows, practice=where) for rows in (of.fit, of.calibrate, of.test)))
    given = material(of, "include")
    found = groups(held_out_practices(train_variant(Recorder(), given, 1, 1), given, judged(of.test), 1, 2))
    assert not [one for one in found if one.level == "A"]


def test_a_learning_curve_ends_with_everyone() -> None:
    of = dated()
    given = material(of, "include")
    rows = learning_curve(train_variant(Recorder(), given, 1, 1), given, judged(of.test), 1)
    *fewer, whole = (one for one in rows if one.figure == "auroc")
    assert whole.people == 3_000
    sizes = [one.people for one in fewer]
    assert sizes == sorted(sizes)
    assert sizes[-1] < 3_000
