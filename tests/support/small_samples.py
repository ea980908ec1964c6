"""Small samples that variants are fitted on: people who do not exist, with an outcome that depends on what is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from riskstrat.modelling.variant import ModelColumn, Sample, Variant

COLUMNS = (
    ModelColumn("age", "value", "demographic"),
    ModelColumn("is_female", "flag", "demographic"),
    ModelColumn("emergency_admissions_12m", "count", "hospital", monotone=1),
    ModelColumn("days_since_emergency_admissions", "days", "hospital", monotone=-1),
    ModelColumn("egfr_latest", "value", "gp"),
    ModelColumn("never_assessed", "value", "gp"),
)
ADMISSIONS, DAYS_SINCE = 2, 3


def sample(rows: int = 3_000, seed: int = 11, constrained: bool = False) -> Sample:
    """People whose risk rises with age and, up to three, with admissions; those with more seem safer, in this sample.

    Parameters
    ----------
    rows, seed : int
    constrained : bool
        Whether columns say that they may not lower the risk.
    """
    rng = np.random.default_rng(seed)
    admissions = rng.poisson(1.0, rows)
    x = np.column_stack(
        [
            rng.integers(18, 95, rows), rng.integers(0, 2, rows), admissions,
            np.where(admissions == 0, np.nan, rng.integers(1, 365, rows)),
            np.where(rng.random(rows) < 0.3, np.nan, rng.normal(80, 20, rows)),
            np.full(rows, np.nan),
        ]
    ).astype(np.float32)  # fmt: skip
    scores = -5 + 0.04 * x[:, 0] + np.where(admissions > 3, -0.5, 0.8 * admissions) + 0.4 * np.isnan(x[:, 4])
    y = (rng.random(rows) < 1 / (1 + np.exp(-scores))).astype(np.int8)
    columns = COLUMNS if constrained else tuple(replace(column, monotone=0) for column in COLUMNS)
    return Sample(x, y, columns, rng.integers(0, 10, rows))


def used_by(variant: Variant, given: Sample) -> Sample:
    """The columns that a variant selects."""
    chosen = [given.names.index(name) for name in variant.select(given.columns)]
    return replace(given, x=given.x[:, chosen], columns=[given.columns[i] for i in chosen])
