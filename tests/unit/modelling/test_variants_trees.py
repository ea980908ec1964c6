"""Trees as arrays against scikit-learn, and their contributions against Shapley's definition."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from tests.support.small_samples import sample

from riskstrat.modelling.variant import Sample
from riskstrat.modelling.variants.hist_boosting import HIST_BOOSTING, _trees
from riskstrat.modelling.variants.random_forest import RANDOM_FOREST, Forest, _tree
from riskstrat.modelling.variants.shapley import shapley_values, table_of
from riskstrat.modelling.variants.trees import Trees, planted


@pytest.fixture(scope="module")
def given() -> Sample:
    return sample(2_000)


@pytest.fixture(scope="module")
def boosted(given: Sample) -> HistGradientBoostingClassifier:
    """Few, deep trees, so that columns return along a path."""
    classifier = HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=12, max_depth=6, random_state=0)
    return classifier.fit(given.x[:, :5], given.y)


def _expected(trees: Trees, node: int, row: np.ndarray, known: set[int]) -> float:
    """What a tree is expected to give if only some columns are known: the definition, node by node."""
    left, right, _ = trees.ways[node]
    if left == node:
        return float(trees.value[node])
    if trees.column[node] in known:
        (after,) = trees.step(row[[trees.column[node]]], np.array([node]))
        return _expected(trees, int(after), row, known)
    both = [trees.cover[child] * _expected(trees, int(child), row, known) for child in (left, right)]
    return float(sum(both) / trees.cover[node])


def _by_definition(trees: Trees, row: np.ndarray) -> list[float]:
    """Shapley's values: what a column adds to every set of others, in every order."""
    columns = range(len(row))

    def worth(known: set[int]) -> float:
        return sum(_expected(trees, int(root), row, known) for root in trees.roots)

    def share(column: int) -> float:
        others = [other for other in columns if other != column]
        return sum(
            factorial(size) * factorial(len(others) - size) / factorial(len(row))
            * (worth({*known, column}) - worth({*known}))
            for size in range(len(row))
            for known in combinations(others, size)
        )  # fmt: skip

    return [share(column) for column in columns]


def test_boosted_trees_as_arrays_predict_what_scikit_learn_does(
    boosted: HistGradientBoostingClassifier, given: Sample
) -> None:
    scores = boosted._baseline_prediction.item() + _trees(boosted).total(given.x[:, :5])
    assert np.allclose(scores, boosted.decision_function(given.x[:, :5]), rtol=0, atol=1e-12)


def test_a_forest_as_arrays_predicts_what_scikit_learn_does(given: Sample) -> None:
    x = np.nan_to_num(given.x)
    classifier = RandomForestClassifier(7, max_depth=6, random_state=0).fit(x, given.y)
    trees = planted([_tree(one.tree_, 7) for one in classifier.estimators_])
    assert np.allclose(trees.total(x), classifier.predict_proba(x)[:, 1], rtol=0, atol=1e-12)
    assert trees.depths.tolist() == [one.get_depth() for one in classifier.estimators_]


def test_shares_are_shapley_values(boosted: HistGradientBoostingClassifier, given: Sample) -> None:
    trees, rows = _trees(boosted), given.x[:6, :5]
    assert np.isnan(rows).any()
    expected = [_by_definition(trees, row) for row in rows]
    assert np.allclose(shapley_values(trees, rows), expected, rtol=0, atol=1e-12)


def test_a_table_of_shares_is_exact_for_many_columns() -> None:
    """A column that all rows meet alike has no part, and those that are the same have the same."""
    table = table_of(np.array([0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 1.0]))
    everything = table[-1]
    assert everything == pytest.approx([(1 - 0.2**6) / 6] * 6 + [0])


def test_parts_along_paths_and_shares_have_one_sum(boosted: HistGradientBoostingClassifier, given: Sample) -> None:
    trees, x = _trees(boosted), given.x[:, :5]
    parts = [trees.along_paths(x), shapley_values(trees, x)]
    constant = trees.expected[trees.roots].sum()
    for one in parts:
        assert np.allclose(one.sum(axis=1) + constant, trees.total(x), rtol=0, atol=1e-12)
    assert np.abs(parts[0] - parts[1]).max() > 0.01, "they are not the same thing"


def test_what_is_expected_at_a_root_is_the_mean_over_the_fitting_rows(
    boosted: HistGradientBoostingClassifier, given: Sample
) -> None:
    trees = _trees(boosted)
    assert trees.expected[trees.roots].sum() == pytest.approx(trees.total(given.x[:, :5]).mean(), abs=1e-12)


def test_a_tree_that_is_one_leaf_adds_its_value_and_no_column_has_a_part() -> None:
    stump = {
        "column": np.array([-2]), "threshold": np.array([-2.0]), "ways": np.array([[-1, -1, -1]]),
        "value": np.array([0.3]), "cover": np.array([10.0]),
    }  # fmt: skip
    trees, x = planted([stump, stump]), np.array([[1.0], [np.nan]], np.float32)
    assert trees.total(x).tolist() == [0.6, 0.6]
    assert not trees.along_paths(x).any()
    assert not shapley_values(trees, x).any()


def test_a_forest_of_any_population_stays_small(given: Sample) -> None:
    """40 bytes a node, and no more nodes than a tree of its depth can have."""
    (first,) = RANDOM_FOREST.candidates(1, 0)
    fitted = RANDOM_FOREST.fit(given, 1, {**first, "trees": 3})
    assert isinstance(fitted, Forest)
    bytes_a_node = sum(a.nbytes for a in fitted.trees.arrays().values()) / len(fitted.trees.value)
    most = max(settings["depth"] for settings in RANDOM_FOREST.candidates(99, 0))
    assert bytes_a_node * 2 ** (most + 1) * first["trees"] < 30e6
    assert fitted.trees.depths.max() <= most


def test_boosted_trees_are_no_deeper_than_their_tables_of_shares_allow(given: Sample) -> None:
    settings = {**HIST_BOOSTING.candidates(1, 0)[0], "leaves": 31, "leaf_rows": 1, "trees": 3}
    assert HIST_BOOSTING.fit(given, 1, settings).trees.depths.max() <= 6
