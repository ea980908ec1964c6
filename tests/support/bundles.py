"""A bundle to make cards of: a small model of people who do not exist."""

from __future__ import annotations

import numpy as np
from tests.support.comparisons import SEED, sigmoid

from riskstrat.modelling.bundle import Bundle
from riskstrat.modelling.calibration import Calibration
from riskstrat.modelling.variant import ModelColumn, Sample
from riskstrat.modelling.variants import all_variants


def bundle(name: str = "default") -> Bundle:
    """A bundle of a small logistic model, with the facts that training writes down."""
    rng = np.random.default_rng(SEED)
    columns = (ModelColumn("age"), ModelColumn("emergency_admissions_12m", "count"))
    x = np.column_stack([rng.integers(18, 95, 600), rng.poisson(0.3, 600)]).astype(np.float32)
    y = (rng.random(600) < sigmoid(0.04 * (x[:, 0] - 80) + x[:, 1])).astype(np.int8)
    variant = all_variants()["logistic"]
    settings, *_ = variant.candidates(1, SEED)
    fitted = variant.fit(Sample(x, y, columns, np.arange(600) % 10), SEED, settings)
    facts = {
        "index_dates": {"fit": ["2022-01-01", "2023-01-01"], "calibrate": "2024-01-01", "test": "2025-01-01"},
        "split": "time",
        "fitted_on": {"rows": 21_480, "events": 1_650},
        "snapshot": "20260101T000000000-abcdef12",
        "tuned": dict(settings),
        "tried": 8,
        "seed": SEED,
        "monotone": False,
        "case_managed": "include",
        "groups": ["hospital", "gp", "demographic"],
        "versions": {"riskstrat": "0.4.0", "numpy": "2.4.6"},
        "code_lists": {"heart_failure": "0123456789abcdef" * 4},
    }
    names = tuple(column.name for column in columns)
    return Bundle(name, "logistic", fitted, Calibration(), names, dict.fromkeys(names, "d"), facts)
