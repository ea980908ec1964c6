"""What holds of metrics for any people: weights are people, the order of rows says nothing, resamples are honest."""

from __future__ import annotations

from dataclasses import astuple, fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.figures import overlapping, seen

from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.capacity import asked_of, listing, resamples
from riskstrat.evaluation.paired import differences, overlaps
from riskstrat.evaluation.people import People
from riskstrat.evaluation.results import Estimate

SEEDS = st.integers(0, 2**32 - 1)


def some_people(seed: int, rows: int = 60, most_weight: int = 3) -> tuple[People, dict[str, np.ndarray]]:
    """Few people with many ties, whole-number weights, two practices and a group that is not always recorded."""
    rng = np.random.default_rng(seed)
    steps = rng.choice([3, 10, 1000])
    risk = {name: np.round(rng.random(rows) * steps) / steps * 0.9 + 0.05 for name in ("first", "second")}
    y = (rng.random(rows) < 0.6 * risk["first"] + 0.1).astype(np.int8)
    weight = rng.integers(1, most_weight + 1, rows).astype(float)
    people = People(
        y, y * rng.integers(1, 4, rows) + (rng.random(rows) < 0.1), {"few": 5, "many": 30},
        practice=np.array(["P1", "P2"])[rng.integers(0, 2, rows)], per_practice={"role": 0.15},
        weight=weight, no_prior=rng.random(rows) < 0.7,
        groups={"sex": np.array(["F", "M", None], object)[rng.integers(0, 3, rows)]},
    )  # fmt: skip
    return people, risk


def rows_again(people: People, weight: np.ndarray | None, times: np.ndarray) -> People:
    """The same people with each row so many times."""

    def again(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else np.repeat(values, times, axis=0)

    patient = again(np.arange(people.rows)) if people.cluster is None else again(people.cluster)
    groups = {name: np.repeat(labels, times) for name, labels in people.groups.items()}
    return People(
        np.repeat(people.y, times), np.repeat(people.admissions, times), people.sizes, again(people.practice),
        people.per_practice, patient, again(weight), again(people.no_prior), groups,
    )  # fmt: skip


def told(found: Any, intervals: bool) -> list[float | str | None]:
    """Every figure of a result, in one line."""
    if isinstance(found, Estimate):
        return list(astuple(found)) if intervals else [found.value]
    if is_dataclass(found):
        return [one for field in fields(found) for one in told(getattr(found, field.name), intervals)]
    if isinstance(found, dict):
        return [one for value in found.values() for one in told(value, intervals)]
    if isinstance(found, list | tuple | np.ndarray):
        return [one for value in found for one in told(value, intervals)]
    return [found]


def assert_same(one: Any, other: Any, intervals: bool = True) -> None:
    first, second = told(one, intervals), told(other, intervals)
    assert [value is None or isinstance(value, str) for value in first] == [
        value is None or isinstance(value, str) for value in second
    ]
    numbers = [
        np.array([value for value in line if value is not None and not isinstance(value, str)], float)
        for line in (first, second)
    ]
    np.testing.assert_allclose(*numbers, rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_weighing_a_row_is_repeating_it(seed: int) -> None:
    people, risks = some_people(seed)
    times = people.weights.astype(int)
    again = rows_again(people, None, times)
    many = {name: np.repeat(risk, times) for name, risk in risks.items()}
    one, other = (judge(who, what, {}, repeats=0, full=("first",)) for who, what in ((people, risks), (again, many)))
    for mine, repeated in zip(one, other, strict=True):
        assert_same(seen(mine).of, seen(repeated).of, intervals=False)
        assert_same(seen(mine).at_size, seen(repeated).at_size, intervals=False)
        for figure in ("roc", "precision_recall", "calibration", "groups", "distribution", "net_benefit", "by_size"):
            ends = [getattr(found.curves, figure, ()) for found in (mine, repeated)]
            assert_same(*(end[:2] for end in ends))
    assert_same(
        *([size.both for size in overlapping(overlaps(*both, "first"))] for both in ((people, risks), (again, many)))
    )


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_a_row_of_some_weight_is_as_certain_as_so_many_rows_of_one_patient(seed: int) -> None:
    people, risks = some_people(seed)
    times = people.weights.astype(int)
    again = rows_again(people, None, times)
    many = {name: np.repeat(risk, times) for name, risk in risks.items()}
    one, other = (judge(who, what, {}, repeats=20, full=()) for who, what in ((people, risks), (again, many)))
    for mine, repeated in zip(one, other, strict=True):
        assert_same(
            {name: value for name, value in seen(mine).of.items() if name != "event_rate"},
            {name: value for name, value in seen(repeated).of.items() if name != "event_rate"},
        )
        assert_same(seen(mine).at_size, seen(repeated).at_size)
    apart = [differences(who, what, "second", repeats=20) for who, what in ((people, risks), (again, many))]
    assert_same(*apart)


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_the_order_of_rows_says_nothing(seed: int) -> None:
    people, risks = some_people(seed)
    order = np.random.default_rng(seed).permutation(people.rows)
    moved = People(
        people.y[order], people.admissions[order], people.sizes, people.practice[order], people.per_practice, None,
        people.weights[order], people.no_prior[order], {name: labels[order] for name, labels in people.groups.items()},
    )  # fmt: skip
    other = {name: risk[order] for name, risk in risks.items()}
    assert_same(judge(people, risks, {}, repeats=0), judge(moved, other, {}, repeats=0))
    assert_same(overlaps(people, risks, "first"), overlaps(moved, other, "first"))


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, patients=st.sampled_from([None, 5, 30]))
def test_a_list_in_a_resample_is_the_list_of_the_rows_drawn(seed: int, patients: int | None) -> None:
    rng = np.random.default_rng(seed)
    people, risks = some_people(seed)
    cluster = None if patients is None else rng.integers(0, patients, people.rows)
    people = People(people.y, people.admissions, {"few": 3, "many": 30}, people.practice, {"role": 0.1}, cluster)
    risk = risks["first"] + np.arange(people.rows) * 1e-7
    for weight in resamples(people, 4, seed):
        drawn = np.repeat(np.arange(people.rows), weight.astype(int))
        for asked in asked_of(people):
            found = listing(people, asked, risk).figures(weight, asked.room(weight))
            for share, (ppv, sensitivity, captured) in zip(asked.shares, found, strict=True):
                expected = listed_by_hand(people, risk, drawn, float(share), asked.block)
                assert (ppv, sensitivity, captured) == pytest.approx(expected, abs=1e-9, nan_ok=True)


def listed_by_hand(
    people: People, risk: np.ndarray, drawn: np.ndarray, share: float, block: np.ndarray | None
) -> tuple[float, float, float]:
    """Sort the rows drawn, take from the top, and the last one by the part there is room for."""
    events = admissions = room = 0.0
    for one in [None] if block is None else np.unique(block):
        mine = drawn if one is None else drawn[block[drawn] == one]
        mine = mine[np.argsort(-risk[mine])]
        held = np.clip(share * len(mine) - np.arange(len(mine)), 0, 1)
        events, admissions = events + held @ people.y[mine], admissions + held @ people.admissions[mine]
        room += share * len(mine)
    with np.errstate(invalid="ignore", divide="ignore"):
        totals = np.array([room, people.y[drawn].sum(), people.admissions[drawn].sum()], float)
        return tuple(np.array([events, events, admissions]) / totals)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_the_same_seed_gives_the_same_intervals_and_another_gives_others(seed: int) -> None:
    people, risks = some_people(seed)
    first, again = (judge(people, risks, {}, repeats=10, seed=seed, full=()) for _ in range(2))
    other = judge(people, risks, {}, repeats=10, seed=seed + 1, full=())
    assert first == again
    assert [seen(one).at_size for one in first] != [seen(one).at_size for one in other]
    assert [seen(one).of for one in first] == [seen(one).of for one in other], "analytic: no seed is in it"


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_every_interval_holds_its_value_and_every_share_is_one(seed: int) -> None:
    people, risks = some_people(seed)
    for one in judge(people, risks, {}, repeats=20):
        for size in seen(one).at_size:
            for estimate in (size.ppv, size.sensitivity, size.captured):
                assert estimate.value is None or 0 <= estimate.value <= 1 + 1e-9
                assert estimate.low is None or 0 <= estimate.low <= estimate.value + 1e-9
                assert estimate.high is None or estimate.value - 1e-9 <= estimate.high <= 1
        for estimate in seen(one).of.values():
            assert estimate.low is None or estimate.low <= estimate.value <= estimate.high


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_what_two_models_list_adds_up(seed: int) -> None:
    people, risks = some_people(seed, most_weight=1)
    sizes = {size.name: size for size in seen(judge(people, risks, {}, repeats=0, full=())[1]).at_size}
    first = {size.name: size for size in seen(judge(people, risks, {}, repeats=0, full=())[0]).at_size}
    for found in overlapping(overlaps(people, risks, "first")):
        assert found.listed == sizes[found.at].listed
        assert 0 <= found.both <= found.listed
        swapped = found.events_first_only - found.events_second_only
        assert swapped == pytest.approx(sizes[found.at].events - first[found.at].events, abs=2)
