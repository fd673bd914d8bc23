"""The evaluation of trees against XGBoost's own, which adds up in 32 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost
from numpy.typing import NDArray

from ml.bundle.trees import Trees
from ml.errors import BundleInvalid

Matrix = NDArray[np.float64]
KINDS = ["q", "q", "q", "c", "c"]  # category 3 splits one by one, category 4 in sets


def rows(count: int, seed: int) -> tuple[Matrix, NDArray[np.int64]]:
    """Numbers and categories with a tenth missing, and outcomes that depend on them."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(count, 3))
    categories = np.column_stack([random.integers(0, 4, count), random.integers(0, 200, count)])
    matrix = np.column_stack([numbers, categories])
    signal = numbers[:, 0] + (categories[:, 0] == 2) + np.sin(categories[:, 1])
    matrix[random.random(matrix.shape) < 0.1] = np.nan
    return matrix, (signal + random.normal(size=count) > 1).astype(np.int64)


def fitted(rounds: int = 5, **parameters: Any) -> xgboost.Booster:
    matrix, outcomes = rows(4000, 1)
    data = xgboost.DMatrix(
        matrix.astype(np.float32), outcomes, feature_types=KINDS, enable_categorical=True
    )
    settings = {"objective": "binary:logistic", "nthread": 1, "max_cat_to_onehot": 5, **parameters}
    return xgboost.train(settings, data, num_boost_round=rounds)


FORESTS = {
    "boosted": {"rounds": 60, "max_depth": 6},
    "forest": {"rounds": 1, "num_parallel_tree": 50, "subsample": 0.7, "max_depth": 12},
    "uneven": {"grow_policy": "lossguide", "max_leaves": 40, "max_depth": 0},
    "stumps": {"max_depth": 1},
    "leaves only": {"gamma": 1e9},
    "squared error": {"objective": "reg:squarederror", "base_score": 0.2},
}


@pytest.mark.parametrize("parameters", FORESTS.values(), ids=FORESTS.keys())
def test_margins_are_those_of_xgboost(parameters: dict[str, Any]) -> None:
    booster = fitted(**parameters)
    matrix, _ = rows(3000, 2)
    matrix[::7, 3] = np.arange(429) % 40  # categories that training never saw
    matrix[::5, 4] = 150 + np.arange(600)
    odd = [-1.0, -0.5, 0.5, 3.7, 2.0**24, 2.0**24 - 1, 1e30, -0.0, np.inf, -np.inf]
    matrix[: len(odd), 4] = odd
    matrix[len(odd) : 2 * len(odd), 0] = odd
    single = np.ascontiguousarray(matrix, dtype=np.float32)
    theirs = booster.inplace_predict(single, predict_type="margin")
    assert np.abs(Trees(booster).margins(matrix) - theirs).max() <= 1e-5


@pytest.mark.parametrize(
    "parameters",
    [
        {"rounds": 20, "max_depth": 4},
        {"rounds": 1, "num_parallel_tree": 20, "subsample": 0.7, "base_score": [0.1, -0.4, 0.3]},
    ],
    ids=["boosted", "forest"],
)
def test_margins_of_several_classes_are_those_of_xgboost(parameters: dict[str, Any]) -> None:
    matrix, outcomes = rows(3000, 1)
    outcomes += matrix[:, 1] > 0.5
    data = xgboost.DMatrix(matrix, outcomes, feature_types=KINDS, enable_categorical=True)
    several = {"objective": "multi:softprob", "num_class": 3, "nthread": 1}
    rounds = parameters.pop("rounds")
    booster = xgboost.train(several | parameters, data, num_boost_round=rounds)
    trees = Trees(booster)
    theirs = booster.inplace_predict(matrix.astype(np.float32), predict_type="margin")
    assert theirs.shape == (3000, trees.outputs) == (3000, 3)
    margins = trees.margins(matrix)
    assert np.abs(margins - theirs).max() <= 1e-5
    assert trees.splits > 100
    assert trees.margins(matrix[7:8]).tobytes() == margins[7:8].tobytes()


def test_a_row_on_a_threshold_goes_the_same_way() -> None:
    booster = fitted(rounds=20, max_depth=6)
    splits = booster.trees_to_dataframe().query("Feature in ['f0', 'f1', 'f2']")
    bounds = splits["Split"].to_numpy(dtype=np.float32)
    assert len(bounds) > 50
    matrix = np.zeros((len(bounds), 5), dtype=np.float32)
    matrix[:, :3] = bounds[:, None]
    theirs = booster.inplace_predict(matrix, predict_type="margin")
    assert np.abs(Trees(booster).margins(matrix.astype(np.float64)) - theirs).max() <= 1e-5


def test_a_row_gives_equal_bits_alone_and_among_others() -> None:
    trees = Trees(fitted(rounds=60))
    matrix, _ = rows(500, 3)
    alone = [trees.margins(row[None])[0] for row in matrix]
    assert trees.margins(matrix).tobytes() == np.array(alone).tobytes()
    assert trees.margins(matrix[:0]).shape == (0,)


def test_the_sum_loses_nothing_to_the_order_of_many_trees() -> None:
    """A thousand leaves added in 64 bits stay next to their exact sum."""
    booster = fitted(rounds=1, num_parallel_tree=1000, subsample=0.5, max_depth=3)
    matrix, _ = rows(50, 4)
    single = np.ascontiguousarray(matrix, dtype=np.float32)
    leaves = booster.predict(
        xgboost.DMatrix(single, feature_types=KINDS, enable_categorical=True), pred_leaf=True
    )
    table = booster.trees_to_dataframe().query("Feature == 'Leaf'")
    values = {(t, n): gain for t, n, gain in zip(table.Tree, table.Node, table.Gain, strict=True)}
    exact = np.array([sum(values[tree, leaf] for tree, leaf in enumerate(row)) for row in leaves])
    distances = Trees(booster).margins(matrix) - exact
    assert np.ptp(distances) < 1e-7  # what is left is the same base for all


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"booster": "gblinear"}, "not made of trees"),
        ({"booster": "dart"}, "must consist of trees|not made of trees"),
        ({"objective": "multi:softmax", "num_class": 2}, "multi:softmax with 2 outputs"),
        ({"objective": "count:poisson"}, "objective is count:poisson"),
    ],
)
def test_a_model_of_another_kind_is_refused(parameters: dict[str, Any], message: str) -> None:
    matrix, outcomes = rows(300, 1)
    data = xgboost.DMatrix(np.nan_to_num(matrix), outcomes)
    booster = xgboost.train({"nthread": 1, **parameters}, data, num_boost_round=2)
    with pytest.raises(BundleInvalid, match=message):
        Trees(booster)
