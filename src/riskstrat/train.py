"""Fit on earlier index dates, calibrate on a later one, test on the latest.

Decision
--------
The model is fitted on everyone at the fit dates. To calibrate it, people are split into three by a hash of their
pseudonym, the same on every date; each third is predicted at the later calibration date by a model fitted on the other
two, and one calibration (`calibration`) is fitted to all of these predictions: nobody calibrates a model that has seen
them. The test date takes everyone: no outcome window before it reaches into it, and the people a model is used on are
the people it has seen before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from riskstrat.bundle import Bundle, as_matrix
from riskstrat.calibration import Calibration, calibrate
from riskstrat.contracts import FeatureColumn, Kind, Sample, Variant
from riskstrat.dates import IndexDates
from riskstrat.errors import TooFewOutcomesError
from riskstrat.evaluate.metrics import metrics

THIRDS = 3
BUCKETS = 30


@dataclass(frozen=True)
class Labelled:
    """A feature matrix with its outcomes, row by row.

    Parameters
    ----------
    features : pyarrow.Table
    outcome : array of int8, shape (rows,)
    """

    features: pa.Table
    outcome: np.ndarray

    @property
    def bucket(self) -> np.ndarray:
        """One of thirty for each person, from the pseudonym alone."""
        ids = self.features.column("patient_id").to_pandas().astype(object)
        return np.asarray(pd.util.hash_pandas_object(ids, index=False) % BUCKETS, np.int64)

    def only(self, mask: np.ndarray) -> Labelled:
        """The rows of a mask."""
        return Labelled(self.features.filter(pa.array(mask)), self.outcome[mask])

    def at_most(self, rows: int, seed: int) -> Labelled:
        """A random sample of rows, where there are more."""
        if len(self.outcome) <= rows:
            return self
        chosen = np.zeros(len(self.outcome), bool)
        chosen[np.random.default_rng(seed).choice(len(self.outcome), rows, replace=False)] = True
        return self.only(chosen)


def check_enough(samples: Mapping[str, Labelled], least: int) -> None:
    """Refuse to fit or to judge on too few outcomes.

    Raises
    ------
    TooFewOutcomesError
        With the numbers, for every sample that has too few.
    """
    few = [
        f"{name}: {int(s.outcome.sum()):,} outcomes among {len(s.outcome):,} people-dates, at least {need:,} needed"
        for name, s in samples.items()
        if (need := least if name == "fit" else max(1, least // 10))
        > min(s.outcome.sum(), len(s.outcome) - s.outcome.sum())
    ]
    if few:
        do = "Use a longer span, more practices or a longer outcome window, or lower model.min_outcomes knowingly."
        raise TooFewOutcomesError("There are too few outcomes:", few, do)


def train(
    variant: Variant,
    name: str,
    load: Callable[[date], Labelled],
    dates: IndexDates,
    columns: Mapping[str, FeatureColumn],
    definitions: Mapping[str, str],
    sizes: Mapping[str, float],
    limits: tuple[int, int, int],
    facts: Mapping[str, Any],
) -> Bundle:
    """Fit, calibrate and test one variant.

    Parameters
    ----------
    variant : Variant
    name : str
        Of the bundle.
    load : callable
        From an index date to its labelled matrix.
    dates : IndexDates
    columns : mapping of str to FeatureColumn
    definitions : mapping of str to str
    sizes : mapping of str to float
        List sizes as shares of the cohort.
    limits : (seed, max_rows, min_outcomes)
    facts : mapping
        What else model.toml should say.
    """
    seed, max_rows, least = limits
    used = variant.select(list(columns))
    share = max_rows // len(dates.fit)
    fitting = _stack([load(day).at_most(share, seed) for day in dates.fit], ["patient_id", *used])
    calibrating, testing = load(dates.calibrate).at_most(max_rows, seed), load(dates.test)
    check_enough({"fit": fitting, "calibrate": calibrating, "test": testing}, least)
    kinds = [columns[c].kind for c in used]
    calibration = _calibrate(variant, fitting, calibrating, used, kinds, seed)
    fitted = variant.fit(_sample(fitting, used, kinds), seed)
    risk = calibration.risk(fitted.log_odds(as_matrix(testing.features, used)))
    counts = {n: max(1, round(s * len(risk))) for n, s in sizes.items()}
    said = {
        **facts,
        "index_dates": {"fit": list(dates.fit), "calibrate": dates.calibrate, "test": dates.test},
        "fitted_on": {"rows": len(fitting.outcome), "events": int(fitting.outcome.sum())},
        "metrics": metrics(testing.outcome, risk, counts),
        "metrics_no_prior_admission": _without_prior(testing, risk, sizes),
    }
    return Bundle(name, variant.name, fitted, calibration, tuple(used), {c: definitions[c] for c in used}, said)


def _sample(rows: Labelled, used: list[str], kinds: list[Kind], keep: np.ndarray | None = None) -> Sample:
    rows = rows if keep is None else rows.only(keep)
    return Sample(as_matrix(rows.features, used), rows.outcome, used, kinds, rows.bucket // THIRDS)


def _calibrate(
    variant: Variant, fitting: Labelled, calibrating: Labelled, used: list[str], kinds: list[Kind], seed: int
) -> Calibration:
    """A recalibration from predictions of people by models that have not seen them."""
    scores = np.empty(len(calibrating.outcome))
    for third in range(THIRDS):
        fitted = variant.fit(_sample(fitting, used, kinds, fitting.bucket % THIRDS != third), seed)
        unseen = calibrating.bucket % THIRDS == third
        scores[unseen] = fitted.log_odds(as_matrix(calibrating.only(unseen).features, used))
    return calibrate(calibrating.outcome, scores)


def _stack(samples: list[Labelled], columns: list[str]) -> Labelled:
    tables = pa.concat_tables([one.features.select(columns) for one in samples])
    return Labelled(tables, np.concatenate([one.outcome for one in samples]))


def _without_prior(testing: Labelled, risk: np.ndarray, sizes: Mapping[str, float]) -> dict[str, Any] | None:
    """The same figures among people with no emergency admission in the prior year."""
    if "emergency_admissions_12m" not in testing.features.column_names:
        return None
    none = testing.features.column("emergency_admissions_12m").to_numpy(zero_copy_only=False) == 0
    if not 0 < testing.outcome[none].sum() < none.sum():
        return None
    return metrics(testing.outcome[none], risk[none], {n: max(1, round(s * none.sum())) for n, s in sizes.items()})
