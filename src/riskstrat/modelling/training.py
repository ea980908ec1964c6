"""Training: search, fit and calibrate one variant on earlier index dates, ready to be judged on the latest.

Decision
--------
The model is fitted on everyone at the fit dates. To calibrate it, people are split into three by a hash of their
pseudonym, the same on every date. Each third is predicted at the later calibration date by a model fitted on the other
two, and one calibration (`calibration`) is fitted to all of these predictions: nobody calibrates a model that has seen
them. The same three models predict the fit dates, each for the people it has not seen; the loss of AUROC compared with
the model's own fit is its optimism. The test date includes everyone: no earlier outcome window reaches into it, and in
use, too, a model scores people it has seen before.

With data for one index date only (``timing.split = "people"``), three in ten people are kept for the test, and the
others serve for fitting and calibration. This does not show how a model performs over time, and every report says so.

The settings of a variant are searched once, on the whole fit sample (`search`), and kept for the thirds. With the
study's censoring weights, patients who died first have weight 0 and are excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from riskstrat.errors import TooFewOutcomesError
from riskstrat.modelling.calibration import Calibration, calibrate
from riskstrat.modelling.case_managed import FLAG, as_deployed, without_case_managed
from riskstrat.modelling.dataset import BUCKETS, THIRDS, LabelledRows
from riskstrat.modelling.labels import Labels
from riskstrat.modelling.search import no_tick, search
from riskstrat.modelling.variant import Fitted, ModelColumn, Sample, Variant, VariantSettings
from riskstrat.study import CaseManaged
from riskstrat.tables import Bools, Floats, Hashes

Split = Literal["time", "people"]
JUDGED_ON_A_TENTH = 10
TEST_FOLDS = 3
_LEAST = 5


@dataclass(frozen=True)
class Splits:
    """Everyone at the fit dates, the calibration date and the test date, before a study's choices are applied.

    The test is on a later index date or, where the split is "people", on other people at the same one.
    """

    fit: LabelledRows
    calibrate: LabelledRows
    test: LabelledRows
    split: Split = "time"

    def relabelled(self, how: Callable[[Labels], Labels]) -> Splits:
        """Change the labels of the same people."""
        fit, later, test = (replace(rows, labels=how(rows.labels)) for rows in (self.fit, self.calibrate, self.test))
        return Splits(fit, later, test, self.split)


@dataclass(frozen=True)
class TrainingData:
    """What variants are fitted, calibrated and judged on, by a study's choices (see `material`)."""

    fit: LabelledRows
    calibrate: LabelledRows
    test: LabelledRows

    def only(self, fit: Bools, calibrate: Bools, test: Bools) -> TrainingData:
        """Select rows of each, by masks."""
        return TrainingData(self.fit.only(fit), self.calibrate.only(calibrate), self.test.only(test))


@dataclass(frozen=True)
class TrainedVariant:
    """A fitted and calibrated variant.

    Parameters
    ----------
    used : tuple of str
        Columns it uses.
    tried : int
        Number of settings tried.
    unseen, seen : array of float, shape (rows of fit,)
        Log odds of the fit rows, by models that had not seen the person and by the model itself.
    """

    variant: Variant
    fitted: Fitted
    calibration: Calibration
    used: tuple[str, ...]
    settings: VariantSettings
    tried: int
    unseen: Floats
    seen: Floats

    def risk(self, rows: LabelledRows) -> Floats:
        """Predict calibrated risks, shape (rows,)."""
        return self.calibration.risk(self.fitted.log_odds(rows.sample(self.used).x))


def weighted(rows: LabelledRows) -> LabelledRows:
    """Weight rows by their labels, and drop rows of weight 0."""
    weight = rows.labels.weight()
    return rows if weight is None else replace(rows, weight=weight).only(weight > 0)


def kept_for_test(person: Hashes) -> Bools:
    """Mark the people who are kept for the test where people and not dates are split, by `person_numbers`."""
    return person % BUCKETS // THIRDS < TEST_FOLDS


def split_people(rows: LabelledRows) -> Splits:
    """Split one index date by people, with some kept for the test."""
    kept = kept_for_test(rows.person)
    others = rows.only(~kept)
    return Splits(others, others, rows.only(kept), "people")


def material(dated: Splits, choice: CaseManaged) -> TrainingData:
    """Prepare what variants are fitted, calibrated and judged on, by the study's choices."""
    fit = without_case_managed(weighted(dated.fit), choice)
    later = fit if dated.calibrate is dated.fit else without_case_managed(weighted(dated.calibrate), choice)
    return TrainingData(fit, later, dated.test)


def check_enough(dated: Splits, least: int) -> None:
    """Refuse to fit or judge on too few outcomes.

    Fitting needs `least` rows with the outcome, and without it; calibration and the test need a tenth of that.

    Raises
    ------
    TooFewOutcomesError
        With the numbers for every date that has too few.
    """
    few = [
        f"{name}: {int(rows.outcome.sum()):,} outcomes among {rows.rows:,} person-dates; at least {need:,} needed"
        for name, rows in (("fit", dated.fit), ("calibrate", dated.calibrate), ("test", dated.test))
        if (need := least if name == "fit" else max(1, least // JUDGED_ON_A_TENTH))
        > min(rows.outcome.sum(), rows.rows - rows.outcome.sum())
    ]
    if few:
        do = "Use a longer period, more practices or a longer outcome window, or lower `min_outcomes` under [model]."
        raise TooFewOutcomesError("There are too few outcomes:", few, do)


def fits_of(variant: Variant, seed: int, budget: int) -> int:
    """Count the fits that `train_variant` makes: one for each candidate of the search and each third, and the last."""
    return len(variant.candidates(budget, seed)) + THIRDS + 1


def train_variant(
    variant: Variant, given: TrainingData, seed: int, budget: int, tick: Callable[[float], None] = no_tick
) -> TrainedVariant:
    """Search up to `budget` settings of one variant, fit it and calibrate it; each fit is counted by `tick`."""
    used = _used(variant, given)
    sample = given.fit.sample(used)
    tried = search(variant, sample, seed, budget, tick)
    settings = tried[0].settings
    unseen, calibrating = _cross_fitted(variant, given, sample, used, seed, settings, tick)
    calibration = calibrate(given.calibrate.outcome, calibrating, given.calibrate.weight)
    fitted = variant.fit(sample, seed, settings)
    tick(1)
    seen = fitted.log_odds(sample.x)
    asked, own = _deployed(fitted, used)
    return TrainedVariant(variant, asked, calibration, own, settings, len(tried), unseen, seen)


def _used(variant: Variant, given: TrainingData) -> list[str]:
    """List the columns of a variant; the case-managed flag is always the last of them."""
    own = offered_to(variant, given.fit.columns)
    return [*own, FLAG.name] if given.fit.columns[-1] == FLAG else own


def _deployed(fitted: Fitted, used: list[str]) -> tuple[Fitted, tuple[str, ...]]:
    """Return the model as it is used after training, and its columns."""
    asked = as_deployed(fitted, "flag" if used[-1:] == [FLAG.name] else "include")
    return asked, tuple(name for name in used if name != FLAG.name)


def offered_to(variant: Variant, columns: Sequence[ModelColumn]) -> list[str]:
    """List the columns that a variant selects from those it may use."""
    return variant.select([column for column in columns if column.offered and column != FLAG])


def _cross_fitted(
    variant: Variant,
    given: TrainingData,
    sample: Sample,
    used: list[str],
    seed: int,
    settings: VariantSettings,
    tick: Callable[[float], None],
) -> tuple[Floats, Floats]:
    """Predict log odds of the fit and the calibration rows by models that have not seen the person."""
    fit, later = given.fit, given.calibrate
    unseen, calibrating = np.empty(fit.rows), np.empty(later.rows)
    asked = later.sample(used).x
    for third in range(THIRDS):
        fitted = variant.fit(sample.only(fit.third != third), seed, settings)
        unseen[fit.third == third] = fitted.log_odds(sample.x[fit.third == third])
        calibrating[later.third == third] = fitted.log_odds(asked[later.third == third])
        tick(1)
    return unseen, calibrating


def has_enough_outcomes(given: TrainingData) -> bool:
    """Return whether `fit_once` has enough people with and without the outcome to fit and to calibrate."""
    fitted, later = given.fit.outcome[given.fit.third != 0], given.calibrate.outcome[given.calibrate.third == 0]
    return all(min(y.sum(), len(y) - y.sum()) >= _LEAST for y in (fitted, later))


def fit_once(variant: Variant, given: TrainingData, seed: int, settings: VariantSettings) -> Floats:
    """Predict risks of the test people with one fit on two thirds of the people, calibrated on the other third.

    For experiments that are only compared with each other: a third of the work of `train_variant`.
    """
    used = _used(variant, given)
    strangers = given.calibrate.third == 0
    fitted = variant.fit(given.fit.sample(used).only(given.fit.third != 0), seed, settings)
    later = given.calibrate.only(strangers)
    calibration = calibrate(later.outcome, fitted.log_odds(later.sample(used).x), later.weight)
    asked, own = _deployed(fitted, used)
    return calibration.risk(asked.log_odds(given.test.sample(own).x))
