"""What each variant costs and gives: seconds, AUROC with and without monotone constraints, size of its files.

Run: python benchmarks/variants.py --patients 20000 --seed 20261125
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sklearn.metrics import roc_auc_score

from compare import everyone, prepare
from riskstrat.modelling.search import search
from riskstrat.modelling.training import Splits, material, offered_to
from riskstrat.modelling.variant import Fitted, Sample, Variant
from riskstrat.modelling.variants import all_variants

SEED, EXPLAINED = 1, 1_000


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    done = work()
    return done, round(time.perf_counter() - began, 2)


def kilobytes(fitted: Fitted) -> int:
    with TemporaryDirectory() as folder:
        fitted.save(Path(folder))
        return sum(path.stat().st_size for path in Path(folder).iterdir()) // 1024


def measure(variant: Variant, rows: Splits, budget: int, keeps: bool) -> dict[str, Any]:
    """One variant, keeping to what medicine says of its columns or not."""
    given = material(rows, "include")
    used = offered_to(variant, given.fit.columns)
    fit, test = given.fit.sample(used), given.test.sample(used)
    if not keeps:
        fit = replace(fit, columns=[replace(column, monotone=0) for column in fit.columns])
    tried, searching = timed(lambda: search(variant, fit, SEED, budget))
    return _figures(variant, fit, test, tried[0].settings) | {
        "monotone": keeps,
        "tried": len(tried),
        "search_s": searching,
        "loss": round(tried[0].loss, 5),
    }


def _figures(variant: Variant, fit: Sample, test: Sample, settings: Any) -> dict[str, Any]:
    fitted, fitting = timed(lambda: variant.fit(fit, SEED, settings))
    scores, scoring = timed(lambda: fitted.log_odds(test.x))
    _, explaining = timed(lambda: fitted.contributions(test.x[:EXPLAINED]))
    return {
        "variant": variant.name,
        "rows": len(fit.y),
        "columns": len(fit.columns),
        "auroc": round(float(roc_auc_score(test.y, scores)), 4),
        "fit_s": fitting,
        "score_s_per_100000": round(scoring * 100_000 / len(test.y), 2),
        "explain_s_per_1000": explaining,
        "kilobytes": kilobytes(fitted),
        "settings": dict(settings),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--variants", default=",".join(all_variants()))
    parser.add_argument("--search", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        session = prepare(asked.keep or Path(scratch) / "study", asked.patients, asked.seed)
        model = session.study.model.model_copy(update={"monotone": True})
        rows = everyone(replace(session, study=session.study.model_copy(update={"model": model})))
        for name in asked.variants.split(","):
            variant = all_variants()[name]
            for keeps in (False, True) if variant.monotone else (False,):
                print(json.dumps(measure(variant, rows, asked.search, keeps)), flush=True)


if __name__ == "__main__":
    main()
