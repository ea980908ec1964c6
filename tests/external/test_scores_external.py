"""Scores of codes against other programs on random patients, where those programs can be imported.

Neither is a dependency, nor can they be: install them elsewhere and put them on the path, for instance
``pip install --target DIR --no-deps --ignore-requires-python comorbidipy==0.8.0 pycomorb==1.20261001.1`` with
``polars polars-runtime-32 pyyaml``, then ``PYTHONPATH=DIR``. What they get wrong is left out here, and named.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from riskstrat.engine import DuckEngine
from riskstrat.features.build import build_matrix
from riskstrat.features.plan import READ, plan_features
from riskstrat.features.scores import all_scores
from riskstrat.features.scores.quan import AIDS
from riskstrat.tables.windows import Lookback

SEEN = Lookback(date(2025, 1, 1))
PATIENTS, EACH = 2_000, 8
COMORBIDIPY = ("charlson_icd10_quan", "elixhauser_icd10_van_walraven", "hfrs")
Codes = list[tuple[int, str]]


@cache
def patients() -> Codes:
    """Patients with codes drawn from the lists of all scores, some with a fourth character, some of no list."""
    rng = np.random.default_rng(20250101)
    known = [code for s in all_scores().values() for weight in s.weights for code in weight.icd10.split()]
    pool = sorted({*known, *(f"{code}9" for code in known if len(code) == 3), "Z961", "R51", "I10", "J00", "M170"})
    return [(n, str(code)) for n in range(1, PATIENTS + 1) for code in rng.choice(pool, rng.integers(1, EACH))]


@cache
def ours() -> dict[str, dict[int, float]]:
    """The scores of codes, by name and patient, made as a build makes them."""
    engine, rows = DuckEngine(memory_limit_gb=0.5, threads=1), patients()
    people = {name: [None] * PATIENTS for name in READ} | {"patient_no": list(range(1, PATIENTS + 1))}
    cohort = engine.table(
        pa.table({n: pa.array(v, pa.int32() if n != "patient_id" else pa.string()) for n, v in people.items()})
    )
    numbers, codes = ([row[i] for row in rows] for i in (0, 1))
    diagnoses = pa.table({
        "patient_no": pa.array(numbers, pa.int32()), "code": codes, "code_system": ["icd10"] * len(rows),
        "event_day": pa.array([SEEN.cut - 30] * len(rows), pa.int32()),
    })  # fmt: skip
    seen = pa.table({"table_name": ["diagnoses"] * len(rows), "code_system": ["icd10"] * len(rows), "code": codes})
    scores = [score for score in all_scores().values() if score.weights and not score.terms]
    chosen = plan_features(scores, ["diagnoses"], seen)
    found = build_matrix(engine, cohort, lambda _: engine.table(diagnoses), chosen, SEEN)
    table = found.to_native().to_arrow_table().to_pydict()
    return {s.name: dict(zip(table["patient_no"], table[s.name], strict=True)) for s in scores}


def frame() -> Any:
    polars = pytest.importorskip("polars")
    return polars.DataFrame(patients(), schema=["id", "code"], orient="row")


def by_comorbidipy() -> dict[str, dict[int, float]]:
    package = pytest.importorskip("comorbidipy")

    def made(**how: str) -> dict[int, float]:
        return dict(package.comorbidity(frame(), age_col=None, **how).select("id", "comorbidity_score").iter_rows())

    return {
        "charlson_icd10_quan": made(score="charlson", variant="quan", weighting="charlson"),
        "elixhauser_icd10_van_walraven": made(score="elixhauser", variant="quan", weighting="van_walraven"),
        "hfrs": dict(package.hfrs(frame()).select("id", "hfrs_score").iter_rows()),
    }


def codes_of(number: int) -> list[str]:
    return [code for n, code in patients() if n == number]


def counts_twice(number: int) -> bool:
    """comorbidipy 0.8.0 drops repeated codes, and only then cuts them to three characters: F000, F001 count twice."""
    cut = [code[:3] for code in dict.fromkeys(codes_of(number))]
    return len(cut) != len(set(cut))


@pytest.mark.parametrize("name", COMORBIDIPY)
def test_as_comorbidipy_has_it(name: str) -> None:
    theirs = by_comorbidipy()[name]
    spared: Callable[[int], bool] = counts_twice if name == "hfrs" else lambda _: False
    compared = [n for n in theirs if not spared(n)]
    assert len(compared) > PATIENTS / 2
    assert [n for n in compared if abs(theirs[n] - ours()[name][n]) > 1e-6] == []


def test_comorbidipy_has_the_wrong_weight_of_quan_2011_for_aids_and_the_right_one_of_1987() -> None:
    """2, where Quan 2011 (and the R package) have 4; the weights of 1987, which are ours, have 6."""
    package = pytest.importorskip("comorbidipy")
    polars = pytest.importorskip("polars")
    one = polars.DataFrame([(1, AIDS.split()[0])], schema=["id", "code"], orient="row")
    found = {
        w: package.comorbidity(one, score="charlson", weighting=w)["comorbidity_score"][0] for w in ("quan", "charlson")
    }
    assert found == {"quan": 2, "charlson": 6}


def test_shmi_as_pycomorb_has_it() -> None:
    """But for diabetes with and without complications, where it takes -1 in the place of 3."""
    pycomorb = pytest.importorskip("pycomorb")
    polars = pytest.importorskip("polars")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = pycomorb.CharlsonComorbidityIndex(
            df=frame().with_columns(age=polars.lit(40)), icd_version="icd10", implementation="uk_shmi",
            weights="uk_shmi", return_categories=False,
        )  # fmt: skip
    theirs = dict(made.select("id", "Charlson Comorbidity Index").iter_rows())
    plain, complicated = (
        tuple(w.icd10.split()) for w in all_scores()["charlson_icd10_shmi"].weights if w.family == "diabetes"
    )

    def both(number: int) -> bool:
        codes = codes_of(number)
        return any(c.startswith(plain) for c in codes) and any(c.startswith(complicated) for c in codes)

    mine = ours()["charlson_icd10_shmi"]
    assert [n for n in theirs if not both(n) and theirs[n] != mine[n]] == []
    assert {theirs[n] - mine[n] for n in theirs if both(n)} <= {-4, -3}
