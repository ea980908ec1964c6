"""What every variant keeps to: ranking, contributions, weights, constraints, reproducibility, files without code."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.metrics import roc_auc_score
from tests.support.small_samples import ADMISSIONS, COLUMNS, DAYS_SINCE, sample, used_by
from threadpoolctl import threadpool_limits

from riskstrat.errors import BundleError, UsageError
from riskstrat.modelling.bundle import Bundle, load_bundle, save_bundle
from riskstrat.modelling.calibration import Calibration
from riskstrat.modelling.search import held_out_loss, search
from riskstrat.modelling.variant import Fitted, ModelColumn, Sample, Variant, VariantSettings
from riskstrat.modelling.variants import all_variants, elastic_net, trees
from riskstrat.modelling.variants.ebm import EBM, TermShapes
from riskstrat.modelling.variants.ensemble import _weights
from riskstrat.modelling.variants.feature_groups import restricted

NO_EBM = pytest.mark.skipif(importlib.util.find_spec("interpret") is None, reason="needs the extra `ebm`")
VARIANTS = [pytest.param(name, marks=NO_EBM if name == "ebm" else ()) for name in sorted(all_variants())]
MONOTONE = [one for one in VARIANTS if all_variants()[str(one.values[0])].monotone and one.values[0] != "gp_only"]
SMALLER: VariantSettings = {"trees": 30, "boosting_trees": 30}
every_variant = pytest.mark.parametrize("name", VARIANTS)


def first_settings(variant: Variant) -> VariantSettings:
    (first,) = variant.candidates(1, 0)
    return {**first, **{key: value for key, value in SMALLER.items() if key in first}}


def fit(name: str, given: Sample) -> tuple[Fitted, Sample]:
    """A variant fitted on the columns it selects, and those columns."""
    variant = all_variants()[name]
    mine = used_by(variant, given)
    return variant.fit(mine, 1, first_settings(variant)), mine


@every_variant
def test_it_ranks_people_it_has_not_seen_better_than_chance(name: str) -> None:
    fitted, _ = fit(name, sample())
    others = used_by(all_variants()[name], sample(seed=12))
    assert roc_auc_score(others.y, fitted.log_odds(others.x)) > 0.65


@every_variant
def test_log_odds_are_the_contributions_and_one_constant(name: str) -> None:
    fitted, mine = fit(name, sample())
    parts = fitted.contributions(mine.x)
    assert parts.shape == mine.x.shape
    assert np.ptp(fitted.log_odds(mine.x) - parts.sum(axis=1)) < 1e-9
    assert parts.std(axis=0).max() > 0.1


@every_variant
def test_fitted_twice_it_predicts_the_same_to_the_last_bit(name: str) -> None:
    first, second = (fit(name, sample()) for _ in range(2))
    assert np.array_equal(first[0].log_odds(first[1].x), second[0].log_odds(first[1].x))


@every_variant
def test_it_predicts_the_same_on_one_thread_and_on_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries are let use all cores for small samples too, and rows come in several chunks."""
    monkeypatch.setattr("riskstrat.modelling.search._SMALL", 0)
    monkeypatch.setattr(elastic_net, "CHUNK", 500)
    monkeypatch.setattr(trees, "_CHUNK", 500)
    fitted, mine = fit(name, sample())
    with joblib.parallel_config(backend="sequential"), threadpool_limits(1):
        alone, _ = fit(name, sample())
        expected = alone.log_odds(mine.x)
    assert np.array_equal(fitted.log_odds(mine.x), expected)


@every_variant
def test_it_writes_the_files_it_names_and_predicts_from_them_as_before(name: str, tmp_path: Path) -> None:
    fitted, mine = fit(name, sample())
    fitted.save(tmp_path)
    variant = all_variants()[name]
    assert {path.name for path in tmp_path.iterdir()} == set(variant.files)
    assert not any(b"pickle" in path.read_bytes() for path in tmp_path.iterdir())
    again = variant.load(tmp_path)
    assert np.allclose(again.log_odds(mine.x), fitted.log_odds(mine.x), rtol=0, atol=1e-12)
    assert np.allclose(again.contributions(mine.x), fitted.contributions(mine.x), rtol=0, atol=1e-12)


@every_variant
def test_a_bundle_of_it_is_loaded_and_refused_once_changed(name: str, tmp_path: Path) -> None:
    fitted, mine = fit(name, sample())
    folder, names = tmp_path / "b", tuple(mine.names)
    bundle = Bundle("b", name, fitted, Calibration(0.1, 0.9, 0.01), names, dict.fromkeys(names, "d"), {})
    save_bundle(bundle, folder, "{}", {"card.md": "# card\n", "card.html": "<p>card", "card.json": "{}"})
    assert np.allclose(load_bundle(folder).risk(mine.x), bundle.risk(mine.x), rtol=0, atol=1e-12)
    changed = folder / all_variants()[name].files[0]
    changed.write_bytes(changed.read_bytes() + b" ")
    with pytest.raises(BundleError, match=f"{changed.name}: changed"):
        load_bundle(folder)


@every_variant
def test_a_file_with_a_type_that_is_not_trusted_is_refused(name: str, tmp_path: Path) -> None:
    variant = all_variants()[name]
    if "model.skops" not in variant.files:
        assert all(file.endswith((".txt", ".json")) for file in variant.files), "text runs no code"
        return
    fitted, _ = fit(name, sample(500))
    fitted.save(tmp_path)
    skops.io.dump({"constant": Fraction(1, 2)}, tmp_path / "model.skops")
    with pytest.raises(skops.io.exceptions.UntrustedTypesFoundException, match="Fraction"):
        variant.load(tmp_path)


@every_variant
def test_a_person_of_whom_nothing_was_assessed_gets_a_score(name: str) -> None:
    fitted, mine = fit(name, sample())
    nobody = np.full((3, mine.x.shape[1]), np.nan, np.float32)
    assert np.isfinite(fitted.log_odds(nobody)).all()
    assert np.isfinite(fitted.contributions(nobody)).all()
    assert fitted.log_odds(nobody[:0]).shape == (0,)


@every_variant
def test_people_with_the_outcome_who_weigh_more_raise_the_risk(name: str) -> None:
    given = sample()
    plain, mine = fit(name, given)
    heavier, _ = fit(name, replace(given, weight=np.where(given.y == 1, 3.0, 1.0)))
    assert 0.7 < np.median(heavier.log_odds(mine.x) - plain.log_odds(mine.x)) < 1.5, "log 3 is 1.1"


@every_variant
def test_a_trial_finds_settings_that_are_numbers_and_can_be_fitted(name: str) -> None:
    variant = all_variants()[name]
    given = used_by(variant, replace(sample(), weight=np.linspace(0.5, 1.5, 3_000)))
    (first,) = variant.candidates(1, 0)
    inner, outer = given.only(given.fold > 1), given.only(given.fold <= 1)
    trial = variant.trial(inner, outer, 1, first)
    assert trial.settings.keys() == first.keys()
    assert {type(value) for value in trial.settings.values()} <= {int, float}
    fitted = variant.fit(inner, 1, trial.settings)
    assert held_out_loss(fitted, outer) == pytest.approx(trial.loss, rel=0.05)


@every_variant
def test_it_has_no_more_candidates_than_asked_and_a_larger_budget_adds_to_a_smaller(name: str) -> None:
    variant = all_variants()[name]
    few, more = variant.candidates(3, 5), variant.candidates(8, 5)
    assert 1 <= len(few) <= 3
    assert len(few) <= len(more) <= 8
    assert more[: len(few)] == few
    assert variant.candidates(1, 4) == few[:1]


@pytest.mark.parametrize("name", ["logistic", "boosting"])
def test_a_larger_search_never_ends_worse_and_is_the_same_when_repeated(name: str) -> None:
    given = sample(1_500)
    losses = [search(all_variants()[name], given, 3, budget)[0].loss for budget in (1, 2, 5)]
    assert losses == sorted(losses, reverse=True)
    first, second = (search(all_variants()[name], given, 3, 4) for _ in range(2))
    assert first == second
    assert [trial.loss for trial in first] == sorted(trial.loss for trial in first)


def _rising(x: np.ndarray, column: int, values: np.ndarray, fitted: Fitted) -> np.ndarray:
    """How the log odds change as one column rises and all else stays, shape (steps, rows)."""
    asked = np.repeat(x[None], len(values), axis=0)
    asked[:, :, column] = values[:, None]
    return np.diff([fitted.log_odds(rows) for rows in asked], axis=0)


@pytest.mark.parametrize("name", MONOTONE)
def test_more_admissions_never_lower_the_risk_where_they_may_not(name: str) -> None:
    """In this sample more than three admissions go with less risk, which is what a model without constraints says."""
    counts, days = np.arange(9.0), np.array([1, 7, 30, 90, 180, 364.0])
    free, mine = fit(name, sample())
    bound, _ = fit(name, sample(constrained=True))
    at = mine.names.index(COLUMNS[ADMISSIONS].name)
    assert _rising(mine.x[:200], at, counts, free).min() < -0.1
    assert _rising(mine.x[:200], at, counts, bound).min() >= -1e-9
    at = mine.names.index(COLUMNS[DAYS_SINCE].name)
    assert _rising(mine.x[:200], at, days, bound).max() <= 1e-9


def test_a_variant_says_whether_it_can_keep_to_constraints() -> None:
    assert {name for name, variant in all_variants().items() if not variant.monotone} == {
        "age_sex",
        "ensemble",
        "logistic",
    }


def test_age_and_sex_is_of_age_and_sex() -> None:
    assert all_variants()["age_sex"].select(COLUMNS) == ["age", "is_female"]


def test_a_variant_on_the_records_of_one_side_sees_no_others() -> None:
    hospital = ["age", "is_female", "emergency_admissions_12m", "days_since_emergency_admissions"]
    assert all_variants()["hospital_only"].select(COLUMNS) == hospital
    assert all_variants()["gp_only"].select(COLUMNS) == ["age", "is_female", "egfr_latest", "never_assessed"]
    logistic = restricted(all_variants()["logistic"], ("hospital", "demographic"))
    assert logistic.select(COLUMNS) == hospital
    assert logistic.name == "logistic"
    assert logistic.files == all_variants()["logistic"].files


def test_without_the_records_asked_for_nothing_is_selected() -> None:
    """A model of age and sex would otherwise go under the name of hospital_only."""
    for columns in ([ModelColumn("age"), ModelColumn("score", "count")], COLUMNS[:2]):
        assert all_variants()["hospital_only"].select(columns) == []


def test_a_member_that_is_wrong_the_other_way_round_has_no_weight_in_the_ensemble() -> None:
    given = sample()
    good = 0.04 * given.x[:, 0] - 3
    weights, _ = _weights(np.column_stack([good, -given.y + np.sin(np.arange(3_000))]), given)
    assert weights[1] == 0
    assert weights[0] > 0.5


def test_an_ebm_is_loaded_and_used_without_interpret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "interpret", None)
    monkeypatch.setitem(sys.modules, "interpret.glassbox", None)
    TermShapes(-2.0, [np.array([50.0, 70.0])], [np.array([0.1, -1.0, 0.0, 1.0])]).save(tmp_path)
    asked = np.array([[np.nan], [49.9], [50.0], [80.0]], np.float32)
    assert EBM.load(tmp_path).log_odds(asked).tolist() == [-1.9, -3.0, -2.0, -1.0]


def test_without_interpret_an_ebm_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "interpret", None)
    monkeypatch.setitem(sys.modules, "interpret.glassbox", None)
    with pytest.raises(UsageError) as refused:
        EBM.fit(sample(100), 1, EBM.candidates(1, 0)[0])
    assert "riskstrat[ebm]" in refused.value.advice


@NO_EBM
def test_the_curves_of_an_ebm_add_up_to_what_interpret_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    from riskstrat.modelling.variants import ebm

    machines, make = [], ebm._machine
    monkeypatch.setattr(ebm, "_machine", lambda *asked: machines.append(make(*asked)) or machines[-1])
    fitted, mine = fit("ebm", sample())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = machines[0].decision_function(mine.x)
    assert np.allclose(fitted.log_odds(mine.x), expected, rtol=0, atol=1e-9)
