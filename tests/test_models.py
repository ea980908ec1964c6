"""Variants, calibration, metrics and index dates against what can be worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from riskstrat.bundle import Bundle, load, save
from riskstrat.calibration import Calibration, calibrate
from riskstrat.catalogue import all_variants
from riskstrat.contracts import Sample
from riskstrat.dates import choose
from riskstrat.errors import BundleError, StudyError
from riskstrat.evaluate.metrics import at_size, by_fifth, log_odds, metrics, recalibration
from riskstrat.score import bands, percentiles
from riskstrat.store import Snapshot
from riskstrat.study import Study, TimingSettings

COLUMNS = ["age", "is_female", "emergency_admissions_12m", "days_since_emergency_admissions", "egfr_latest"]
KINDS = ["value", "flag", "count", "days", "value"]


@pytest.fixture(scope="module")
def sample() -> Sample:
    rng = np.random.default_rng(11)
    n = 4_000
    x = np.column_stack(
        [
            rng.integers(18, 95, n), rng.integers(0, 2, n), rng.poisson(0.3, n),
            np.where(rng.random(n) < 0.7, np.nan, rng.integers(1, 900, n)),
            np.where(rng.random(n) < 0.3, np.nan, rng.normal(80, 20, n)),
        ]
    ).astype(np.float32)  # fmt: skip
    scores = -4 + 0.03 * x[:, 0] + 0.8 * x[:, 2] + np.nan_to_num(0.5 * (x[:, 3] < 60))
    y = (rng.random(n) < 1 / (1 + np.exp(-scores))).astype(np.int8)
    return Sample(x, y, COLUMNS, KINDS, np.arange(n) % 10)


@pytest.mark.parametrize("name", sorted(all_variants()))
def test_a_variant_ranks_better_than_chance_and_its_contributions_add_up(name: str, sample: Sample) -> None:
    variant = all_variants()[name]
    used = variant.select(COLUMNS)
    chosen = [COLUMNS.index(c) for c in used]
    mine = Sample(sample.x[:, chosen], sample.y, used, [KINDS[i] for i in chosen], sample.fold)
    fitted = variant.fit(mine, seed=1)
    scores = fitted.log_odds(mine.x)
    assert roc_auc_score(mine.y, scores) > 0.65
    rest = scores - fitted.contributions(mine.x).sum(axis=1)
    assert np.ptp(rest) < 1e-3, "log odds less all contributions is one constant"


@pytest.mark.parametrize("name", sorted(all_variants()))
def test_fitting_twice_gives_the_same_predictions_to_the_last_bit(name: str, sample: Sample) -> None:
    variant = all_variants()[name]
    used = variant.select(COLUMNS)
    chosen = [COLUMNS.index(c) for c in used]
    mine = Sample(sample.x[:, chosen], sample.y, used, [KINDS[i] for i in chosen], sample.fold)
    first, second = (variant.fit(mine, seed=3).log_odds(mine.x) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", sorted(all_variants()))
def test_a_bundle_predicts_after_loading_what_it_did_before(name: str, sample: Sample, tmp_path: Path) -> None:
    variant = all_variants()[name]
    used = variant.select(COLUMNS)
    chosen = [COLUMNS.index(c) for c in used]
    mine = Sample(sample.x[:, chosen], sample.y, used, [KINDS[i] for i in chosen], sample.fold)
    bundle = Bundle(
        "b", name, variant.fit(mine, 1), Calibration(0.1, 0.9, 0.01), tuple(used), dict.fromkeys(used, "d"), {}
    )
    save(bundle, tmp_path / "b", "{}", "# card\n")
    assert np.allclose(load(tmp_path / "b").risk(mine.x), bundle.risk(mine.x), atol=1e-12)
    for path in (tmp_path / "b").iterdir():
        assert b"pickle" not in path.read_bytes()
    (tmp_path / "b" / "card.md").write_text("# another\n")
    with pytest.raises(BundleError, match=r"card\.md: changed"):
        load(tmp_path / "b")


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
    assert percentiles(risk)[-1] == 100
    assert bands(risk, {"low": 0, "high": 30, "very high": 50}).tolist() == ["low", "high", "very high", "very high"]


def _snapshot(first: str, last: str) -> Snapshot:
    return Snapshot(Path(), {"span": [first, last], "parts": 1, "tables": {}})


def test_no_outcome_window_reaches_the_test_date() -> None:
    dates = choose(Study(name="s"), _snapshot("2021-01-01", "2025-12-31"))
    assert dates.test == date(2025, 1, 1)
    assert dates.calibrate == date(2024, 1, 1)
    assert dates.fit == (date(2023, 1, 1), date(2023, 4, 1), date(2023, 7, 1), date(2023, 10, 1))


def test_dates_that_leak_are_refused_all_at_once() -> None:
    timing = TimingSettings(train_dates=(date(2024, 7, 1), date(2020, 1, 1)), test_date=date(2025, 6, 1))
    with pytest.raises(StudyError) as refused:
        choose(Study(name="s", timing=timing), _snapshot("2021-01-01", "2025-12-31"))
    assert len(refused.value.findings) == 4
