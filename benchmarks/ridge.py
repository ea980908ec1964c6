"""What a ridge fit costs by scikit-learn's lbfgs, against our own solver: CPU time, and how far risks differ.

Run: python benchmarks/ridge.py --rows 100000 --columns 150
"""

from __future__ import annotations

import argparse
import json
import time

import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from riskstrat.modelling.variant import ModelColumn, Sample
from riskstrat.modelling.variants import elastic_net
from riskstrat.modelling.variants.linear import Linear, fit_linear

PENALTY = 0.003
KINDS = ("count", "count", "count", "days", "flag", "value")


def sample(rows: int, columns: int, seed: int = 1) -> Sample:
    """Counts, days, flags and values, all of which depend on how ill an invented person is."""
    rng = np.random.default_rng(seed)
    illness = rng.normal(size=rows)
    make = {
        "count": lambda: rng.poisson(np.exp(0.5 * illness - 0.5)),
        "days": lambda: np.where(rng.random(rows) < 0.5, np.nan, rng.integers(1, 1000, rows)),
        "flag": lambda: rng.random(rows) < 0.1,
        "value": lambda: np.where(rng.random(rows) < 0.4, np.nan, 50 + 10 * illness + 10 * rng.normal(size=rows)),
    }
    kinds = [KINDS[i % len(KINDS)] for i in range(columns)]
    x = np.column_stack([np.asarray(make[kind](), np.float32) for kind in kinds])
    y = (rng.random(rows) < 1 / (1 + np.exp(3 - illness))).astype(np.int8)
    return Sample(x, y, [ModelColumn(f"c{i}", kind) for i, kind in enumerate(kinds)], rng.integers(0, 10, rows))


def fitted(given: Sample, most_at_once: int) -> tuple[Linear, float]:
    elastic_net.MOST_AT_ONCE = most_at_once
    began = time.process_time()
    found = next(fit_linear(given, [PENALTY], lasso=0))
    return found, time.process_time() - began


def risks(model: Linear, given: Sample) -> np.ndarray:
    return 1 / (1 + np.exp(-model.log_odds(given.x)))


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--columns", type=int, default=150)
    options = asked.parse_args()
    given = sample(options.rows, options.columns)
    own, slow = fitted(given, 0)
    new, fast = fitted(given, options.rows + 1)
    with joblib.parallel_config(backend="sequential"), threadpool_limits(1):
        alone, _ = fitted(given, options.rows + 1)
    report = {
        "own_cpu_s": round(slow, 2), "lbfgs_cpu_s": round(fast, 2), "ratio": round(slow / fast, 2),
        "largest_difference_of_risks": float(np.abs(risks(own, given) - risks(new, given)).max()),
        "same_on_one_thread": bool(np.array_equal(alone.coefficients.slopes, new.coefficients.slopes)),
    }  # fmt: skip
    print(json.dumps(report))


if __name__ == "__main__":
    main()
