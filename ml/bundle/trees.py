"""The trees of a booster as flat arrays, and the margins that they give."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ml.bundle.tree_walk import add_leaves
from ml.bundle.xgboost_json import Learner, Tree, learner
from ml.errors import BundleInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xgboost
    from numpy.typing import NDArray

_NUMERIC = -1


class Forest(NamedTuple):
    """Trees laid out for evaluation.

    All nodes of all trees have one numbering: the splits first, those of one feature next to
    one another, then the leaves.

    Args:
        starts: int64, (features + 1,), the first node of each feature; the leaves begin at
            the last entry.
        conditions: float32, (nodes,): a numeric split sends what is below it to the left;
            of a leaf it is the value.
        missing: uint8, (nodes,), 1 where a missing value goes right.
        categories: int64, (features,), how many categories the table knows of a feature,
            -1 for a numeric one. Any other category goes left, as in XGBoost.
        places: int64, (features,), where a feature's part of the table begins.
        table: uint8, for each feature (categories, splits of the feature): 1 where the
            category goes right.
        roots: uint32, (trees,), the node where each tree begins.
        depth: the number of splits on the longest way of all.
        children: uint32, (2 * nodes,), each node's left and right one; a leaf is its own
            child, so that every way has the same number of steps.
    """

    starts: NDArray[np.int64]
    conditions: NDArray[np.float32]
    missing: NDArray[np.uint8]
    categories: NDArray[np.int64]
    places: NDArray[np.int64]
    table: NDArray[np.uint8]
    roots: NDArray[np.uint32]
    depth: int
    children: NDArray[np.uint32]


class Trees:
    """The one evaluation of a booster, for training and serving alike.

    XGBoost's own costs 200 microseconds a call before it looks at a row (docs/adr/0008).
    It adds leaves up as 32-bit floats; here the sums have 64 bits.

    Args:
        booster: of trees with one output, numbers or native categories as inputs.

    Raises:
        BundleInvalid: it is none.
    """

    def __init__(self, booster: xgboost.Booster) -> None:
        found = learner(booster)
        self._base = _base_margin(found)
        self._forest = _forest(found.trees, booster.num_features())
        # All of them are decided for each row: the time of an evaluation.
        self.splits = int(self._forest.starts[-1])

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the margins (log-odds), shape (rows,), of (rows, features) model inputs.

        A row's margin is the same, bit for bit, whatever other rows there are.
        """
        margins = np.full(len(matrix), self._base)
        add_leaves(np.ascontiguousarray(matrix, dtype=np.float32), margins, *self._forest)
        return margins


def _base_margin(found: Learner) -> float:
    """Return what every margin begins with: XGBoost keeps it as a prediction."""
    base = found.base_score
    match found.objective.name:
        case "binary:logistic":
            return math.log(base / (1.0 - base))
        case "reg:squarederror":
            return base
    raise BundleInvalid(
        f"the model's objective is {found.objective.name}, which this release does not "
        f"evaluate: train with binary:logistic"
    )


def _forest(trees: Sequence[Tree], features: int) -> Forest:
    offsets = np.cumsum([0, *(len(tree.left_children) for tree in trees)])
    children = np.concatenate(
        [np.column_stack([tree.left_children, tree.right_children]) for tree in trees]
    )
    leaf = children[:, 0] < 0
    children += np.repeat(offsets[:-1], np.diff(offsets))[:, None]
    children[leaf] = np.flatnonzero(leaf)[:, None]
    feature = np.where(leaf, features, _joined(trees, "split_indices"))
    order = np.argsort(feature, kind="stable")
    number = np.argsort(order)
    starts = np.searchsorted(feature[order], np.arange(features + 1))
    sets = {
        int(number[offset + node]): going_right
        for offset, tree in zip(offsets, trees, strict=False)
        for node, going_right in tree.right_categories()
    }
    categories, places, table = _table(starts, sets)
    return Forest(
        starts=starts,
        conditions=_joined(trees, "split_conditions")[order].astype(np.float32),
        missing=(_joined(trees, "default_left")[order] == 0).astype(np.uint8),
        categories=categories,
        places=places,
        table=table,
        roots=number[offsets[:-1]].astype(np.uint32),
        depth=max(tree.depth() for tree in trees),
        children=number[children[order]].astype(np.uint32).ravel(),
    )


def _joined(trees: Sequence[Tree], name: str) -> NDArray[np.float64]:
    return np.concatenate([getattr(tree, name) for tree in trees])


def _table(
    starts: NDArray[np.int64], sets: dict[int, list[int]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Return the number of categories, the place in the table, and the table.

    Args:
        starts: the first node of each feature.
        sets: the categories that go right, by node.
    """
    categories = np.full(len(starts) - 1, _NUMERIC)
    for node, going_right in sets.items():
        feature = np.searchsorted(starts, node, side="right") - 1
        categories[feature] = max(categories[feature], *(c + 1 for c in going_right))
    splits = np.diff(starts)
    sizes = splits * np.maximum(categories, 0)
    places = np.cumsum(sizes) - sizes
    table = np.zeros(int(sizes.sum()), dtype=np.uint8)
    for node, going_right in sets.items():
        feature = np.searchsorted(starts, node, side="right") - 1
        within = places[feature] + node - starts[feature]
        table[within + np.array(going_right) * splits[feature]] = 1
    return categories, places, table
