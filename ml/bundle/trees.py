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
        booster: of trees with numbers or native categories as inputs.

    Raises:
        BundleInvalid: it is none.
    """

    def __init__(self, booster: xgboost.Booster) -> None:
        found = learner(booster)
        self._bases = _base_margins(found)
        self.outputs = len(self._bases)
        self._forests = [
            _forest(found.trees_of(output), booster.num_features())
            for output in range(self.outputs)
        ]
        # All of them are decided for each row: the time of an evaluation.
        self.splits = sum(int(forest.starts[-1]) for forest in self._forests)

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the margins of (rows, features) model inputs.

        They are the log-odds, (rows,), or of more than two classes each one's margin, (rows,
        classes). A row's margin is the same, bit for bit, whatever other rows there are.
        """
        rows = np.ascontiguousarray(matrix, dtype=np.float32)
        found = []
        for base, forest in zip(self._bases, self._forests, strict=True):
            found.append(np.full(len(rows), base))
            add_leaves(rows, found[-1], *forest)
        return found[0] if self.outputs == 1 else np.column_stack(found)


def _base_margins(found: Learner) -> list[float]:
    """Return what the margins of each output begin with: XGBoost keeps it as a prediction."""
    bases = found.base_scores
    match found.objective.name, len(bases):
        case "binary:logistic", 1:
            return [math.log(bases[0] / (1.0 - bases[0]))]
        case ("reg:squarederror", 1) | ("multi:softprob", _):
            return bases
    raise BundleInvalid(
        f"the model's objective is {found.objective.name} with {len(bases)} outputs, which this "
        f"release does not evaluate: train with binary:logistic or multi:softprob"
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
