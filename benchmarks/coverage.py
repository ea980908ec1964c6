"""How often a 95 % interval holds the truth: samples of simulated people, the truth being that of three million.

Three kinds of sample: "plain", one row a patient; "patients", up to several rows a patient whose risks are alike;
"weighted", where people are lost, the more at risk the more often, and those who stay stand for them. Two models:
"good", too sure of itself, and "rough", the same with noise and in steps, so that many people are tied. What a list
does in a subgroup is set against the same rule, everyone above the sample's own lowest risk, in the population.

Run: python benchmarks/coverage.py --samples 1000 --people 4000
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed

from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.capacity import asked_of, listing
from riskstrat.evaluation.curves import RISK_GRID
from riskstrat.evaluation.paired import differences
from riskstrat.evaluation.people import People
from riskstrat.evaluation.results import ALL_PEOPLE, Estimate, FigureTable, Judgement

KINDS = ("plain", "patients", "weighted")
SHARES = {"top 2 %": 0.02, "top 5 %": 0.05, "top 20 %": 0.2}
OF_LIST = ("ppv", "sensitivity", "captured", "number_needed_to_review")
BY_RULE = ("ppv", "sensitivity", "false_positive_rate", "listed_share")
POPULATION, PRACTICES = 3_000_000, 8
SMALL, LARGE = "small", "large"


class Found(NamedTuple):
    """A figure of a sample; with a rule (model, level, lowest risk, part listed) where its truth hangs on the list."""

    name: str
    estimate: Estimate
    figure: str = ""
    rule: tuple[str, str, float, float] | None = None


def expit(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-odds))


def sampled(kind: str, rows: int, rng: np.random.Generator) -> tuple[People, dict[str, np.ndarray]]:
    """People of a kind, and the risks that two models give them."""
    patient = np.sort(rng.integers(0, rows // 2, rows)) if kind == "patients" else np.arange(rows)
    known = rng.normal(0, 1, rows)[patient] + (rng.normal(0, 0.3, rows) if kind == "patients" else 0)
    group, hidden = rng.integers(0, 4, rows)[patient], rng.normal(0, 0.7, rows)[patient]
    y = (rng.random(rows) < expit(-3.1 + 1.1 * known + 0.5 * (group == 0) + hidden)).astype(np.int8)
    kept = np.ones(rows) if kind != "weighted" else expit(1.5 - 0.6 * known)
    rough = np.round(2 * (known + rng.normal(0, 0.8, rows))) / 2
    people = People(
        y, y * (1 + rng.poisson(0.4 + 0.4 * (known > 1), rows)),
        {name: round(share * rows) for name, share in SHARES.items()},
        practice=rng.integers(0, PRACTICES, rows)[patient], per_practice={"share 5 %": 0.05},
        cluster=patient if kind == "patients" else None,
        weight=(rng.random(rows) < kept) / kept if kind == "weighted" else None,
        groups={"group": np.where(group == 0, SMALL, LARGE)},
    )  # fmt: skip
    return people, {"good": expit(-3.0 + 1.3 * known), "rough": expit(-2.9 + 0.7 * rough)}


def estimates(people: People, risks: dict[str, np.ndarray], repeats: int, seed: int) -> Iterator[Found]:
    """Every figure that has an interval."""
    for one in judge(people, risks, {}, repeats=repeats, seed=seed):
        for row in one.figures:
            if row.among == ALL_PEOPLE and (not row.at or row.figure in OF_LIST):
                yield Found(f"{one.model}: {row.figure}{f', {row.at}' if row.at else ''}", row.estimate)
        yield from _in_subgroups(people, risks[one.model], one)
        yield from _of_curve(one)
    for row in differences(people, risks, "good", repeats=repeats, seed=seed):
        if row.figure.startswith("difference in "):
            yield Found(f"difference: {row.figure.removeprefix('difference in ')} {row.at}".rstrip(), row.estimate)


def _in_subgroups(people: People, risk: np.ndarray, one: Judgement) -> Iterator[Found]:
    held = next(listing(people, asked_of(people)[0], risk).holds(people.weights))[1]
    lowest = FigureTable(one.figures).estimate(one.model, "lowest_risk", next(iter(people.sizes))).value or 0.0
    for row in (found for found in one.figures if found.dimension == "group"):
        rule = (one.model, row.level, lowest, float(held[risk == lowest].max()))
        label = f"{one.model}: {row.figure} of the {row.level} group"
        yield Found(label, row.estimate, row.figure, rule if row.figure in BY_RULE else None)


def _of_curve(one: Judgement) -> Iterator[Found]:
    if one.curves is not None:
        grid, *ends = one.curves.calibration
        for point in RISK_GRID[5::10]:
            if (there := grid == point).any():
                estimate = Estimate(*(float(end[there][0]) for end in ends))
                yield Found(f"{one.model}: calibration curve at {point:.3f}", estimate)


class Rules:
    """What lists of everyone above a risk do in each group of the population."""

    def __init__(self, people: People, risks: dict[str, np.ndarray]) -> None:
        self.sorted = {
            (model, level, kind): np.sort(risk[(people.groups["group"] == level) & (people.y == kind)])
            for model, risk in risks.items()
            for level in (SMALL, LARGE)
            for kind in (0, 1)
        }

    def truth(self, figure: str, rule: tuple[str, str, float, float]) -> float:
        """A figure of the list that holds everyone above a risk, and a part of those at it."""
        model, level, lowest, part = rule
        without, with_it = (self.sorted[model, level, kind] for kind in (0, 1))
        false, true = (self._held(risks, lowest, part) for risks in (without, with_it))
        parts = {
            "ppv": (true, true + false), "sensitivity": (true, len(with_it)),
            "false_positive_rate": (false, len(without)), "listed_share": (true + false, len(without) + len(with_it)),
        }  # fmt: skip
        return parts[figure][0] / parts[figure][1]

    @staticmethod
    def _held(risks: np.ndarray, lowest: float, part: float) -> float:
        above, reached = (len(risks) - np.searchsorted(risks, lowest, side=side) for side in ("right", "left"))
        return float(above + part * (reached - above))


def one_sample(kind: str, rows: int, repeats: int, seed: int) -> list[Found]:
    people, risks = sampled(kind, rows, np.random.default_rng([KINDS.index(kind), seed]))
    return list(estimates(people, risks, repeats, seed))


def covered(kind: str, samples: int, rows: int, repeats: int) -> Iterator[dict[str, object]]:
    """For each figure, how often its interval held the truth."""
    everyone = sampled("plain" if kind == "weighted" else kind, POPULATION, np.random.default_rng(10**6))
    truth, rules = {one.name: one.estimate.value for one in estimates(*everyone, 0, 0)}, Rules(*everyone)
    runs = Parallel(n_jobs=2)(delayed(one_sample)(kind, rows, repeats, seed) for seed in range(samples))
    by_name: dict[str, list[Found]] = {}
    for one in (found for run in runs for found in run if found.estimate.low is not None):
        by_name.setdefault(one.name, []).append(one)
    for name, found in by_name.items():
        if len(found) >= samples / 2 and truth.get(name) is not None:
            true = np.array([truth[name] if one.rule is None else rules.truth(one.figure, one.rule) for one in found])
            yield {"sample": kind, "figure": name, **_counted(found, true)}


def _counted(found: list[Found], true: np.ndarray) -> dict[str, object]:
    value, low, high = (
        np.array([getattr(one.estimate, end) for one in found], float) for end in ("value", "low", "high")
    )
    high = np.where(np.isnan(high), np.inf, high)
    held = (low <= true) & (true <= high)
    return {
        "truth": round(float(true.mean()), 5),
        "intervals": len(found),
        "coverage_pct": round(100 * float(held.mean()), 1),
        "below_truth_pct": round(100 * float((high < true).mean()), 1),
        "above_truth_pct": round(100 * float((low > true).mean()), 1),
        "bias_in_errors": round(float((value - true).mean() / (value - true).std()), 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--people", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=200)
    asked = parser.parse_args()
    clock, outside, lines = time.monotonic(), 0, 0
    for kind in KINDS:
        for line in covered(kind, asked.samples, asked.people, asked.repeats):
            lines, outside = lines + 1, outside + (not 93 <= line["coverage_pct"] <= 97)  # type: ignore[operator]
            print(json.dumps(line), flush=True)
    seconds = round(time.monotonic() - clock)
    print(json.dumps({"figures": lines, "outside_93_to_97": outside, "seconds": seconds, **vars(asked)}))
