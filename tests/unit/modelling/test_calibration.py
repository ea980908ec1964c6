"""Calibration, metrics and index dates against what can be worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score
from tests.support.figures import at_size, recalibration

from riskstrat.errors import StudyError
from riskstrat.evaluation.logistic import log_odds
from riskstrat.evaluation.point_figures import by_fifth, metrics
from riskstrat.modelling.calibration import Calibration, calibrate
from riskstrat.modelling.index_dates import choose_index_dates
from riskstrat.modelling.scoring import bands, risk_percentiles
from riskstrat.study.settings import TimingSettings
from riskstrat.study.study_file import Study
from riskstrat.tables.snapshot import Snapshot


def test_calibration_mends_a_model_that_is_too_sure_of_itself() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(-2.5, 1, 60_000)
    y = (rng.random(len(true)) < 1 / (1 + np.exp(-true))).astype(np.int8)
    mended = calibrate(y, 2 * true + 1).risk(2 * true + 1)
    intercept, slope = recalibration(y, log_odds(mended))
    assert abs(intercept) < 0.05
    assert abs(slope - 1) < 0.05
    assert mended.mean() == pytest.approx(y.mean(), rel=1e-3)


def test_a_bend_puts_the_low_end_right_and_keeps_the_order() -> None:
    rng = np.random.default_rng(5)
    scores = rng.normal(-3, 1.2, 80_000)
    true = scores - 0.15 * np.minimum(scores + 3, 0) ** 2
    y = (rng.random(len(true)) < 1 / (1 + np.exp(-true))).astype(np.int8)
    fitted = calibrate(y, scores)
    assert fitted.rises
    lowest = scores < np.quantile(scores, 0.2)
    expected = (1 / (1 + np.exp(-true[lowest]))).sum()
    assert fitted.risk(scores[lowest]).sum() == pytest.approx(expected, rel=0.1)
    unbent = Calibration(*recalibration(y, scores))
    assert unbent.risk(scores[lowest]).sum() > 1.2 * expected
    spread = fitted.risk(np.linspace(-30, 30, 500))
    assert (np.diff(spread) >= 0).all()


def test_with_few_outcomes_calibration_does_not_bend() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(-3, 1, 2_000)
    y = (rng.random(2_000) < 1 / (1 + np.exp(-scores))).astype(np.int8)
    fitted = calibrate(y, scores)
    assert fitted.bend == 0


def test_metrics_agree_with_scikit_learn_and_with_counting() -> None:
    rng = np.random.default_rng(4)
    risk = rng.beta(1, 9, 5_000)
    y = (rng.random(5_000) < risk).astype(np.int8)
    found = metrics(y, risk, {"top 2 %": 100})
    assert found["auroc"] == pytest.approx(roc_auc_score(y, risk))
    assert found["brier"] == pytest.approx(brier_score_loss(y, risk))
    assert found["o_e"] == pytest.approx(y.sum() / risk.sum())
    listed = np.argsort(-risk)[:100]
    assert found["at_size"]["top 2 %"]["events"] == y[listed].sum()
    assert sum(f["observed"] for f in by_fifth(y, risk)) == y.sum()


def test_what_is_undefined_is_none_and_never_nought() -> None:
    none = metrics(np.zeros(50, np.int8), np.full(50, 0.1), {"all": 50})
    assert none["auroc"] is None
    assert none["calibration_slope"] is None
    assert none["at_size"]["all"]["sensitivity"] is None
    assert at_size(np.array([1, 0]), np.array([0.2, 0.1]), 1) == {
        "listed": 1,
        "events": 1,
        "ppv": 1.0,
        "sensitivity": 1.0,
    }


def test_percentiles_and_bands_cover_everyone() -> None:
    risk = np.array([0.0, 0.3, 0.5, 0.999])
    assert risk_percentiles(risk)[-1] == 100
    assert bands(risk, {"low": 0, "high": 30, "very high": 50}).tolist() == ["low", "high", "very high", "very high"]


def _snapshot(first: str, last: str) -> Snapshot:
    return Snapshot(Path(), {"span": [first, last], "parts": 1, "tables": {}})


def test_no_outcome_window_reaches_the_test_date() -> None:
    dates = choose_index_dates(Study(name="s"), _snapshot("2021-01-01", "2025-12-31"))
    assert dates.test == date(2025, 1, 1)
    assert dates.calibrate == date(2024, 1, 1)
    assert dates.fit == (date(2023, 1, 1), date(2023, 4, 1), date(2023, 7, 1), date(2023, 10, 1))


def test_dates_that_leak_are_refused_all_at_once() -> None:
    timing = TimingSettings(train_dates=(date(2024, 7, 1), date(2020, 1, 1)), test_date=date(2025, 6, 1))
    with pytest.raises(StudyError) as refused:
        choose_index_dates(Study(name="s", timing=timing), _snapshot("2021-01-01", "2025-12-31"))
    assert len(refused.value.findings) == 4


def test_people_are_split_at_the_one_date_of_data_too_short_for_two() -> None:
    timing = TimingSettings(split="people", test_date=date(2023, 1, 1))
    dates = choose_index_dates(Study(name="s", timing=timing), _snapshot("2022-01-01", "2024-06-30"))
    assert dates.all() == (date(2023, 1, 1),)
    wrong = TimingSettings(split="people", test_date=date(2024, 1, 1), calibrate_date=date(2023, 1, 1))
    with pytest.raises(StudyError) as refused:
        choose_index_dates(Study(name="s", timing=wrong), _snapshot("2022-01-01", "2024-06-30"))
    assert len(refused.value.findings) == 2
