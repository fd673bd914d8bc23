"""The evaluation of rows by decision trees, compiled: first decide every split, then walk.

A walk that compares at each node stalls the processor at nearly every step: it can foresee
neither which way the row goes nor which node it needs next. So all splits of a row are
decided first, feature by feature, in loops that hardly branch; the walk then only reads,
and reads several trees at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled(
    "void(float32[::1], uint8[::1], int64[::1], float32[::1], uint8[::1], int64[::1],"
    " int64[::1], uint8[::1])"
)
def _decide(  # noqa: PLR0913, PLR0917 # flat arrays are what a compiled loop reads fastest
    row: NDArray[np.float32],
    right: NDArray[np.uint8],
    starts: NDArray[np.int64],
    conditions: NDArray[np.float32],
    missing: NDArray[np.uint8],
    categories: NDArray[np.int64],
    places: NDArray[np.int64],
    table: NDArray[np.uint8],
) -> None:
    """Fill `right`, (nodes,), with 1 where the row goes right at a split."""
    for feature in range(len(row)):
        start, end = starts[feature], starts[feature + 1]
        decided, x = right[start:end], row[feature]
        if np.isnan(x):
            for k in range(end - start):
                decided[k] = missing[start + k]
        elif categories[feature] < 0:
            bounds = conditions[start:end]
            for k in range(end - start):
                decided[k] = x >= bounds[k]
        elif 0 <= x < categories[feature]:
            going_right = table[places[feature] + np.int64(x) * (end - start) :]
            for k in range(end - start):
                decided[k] = going_right[k]
        else:
            decided[:] = 0


@compiled(
    "void(float32[:,::1], float64[::1], int64[::1], float32[::1], uint8[::1], int64[::1],"
    " int64[::1], uint8[::1], uint32[::1], int64, uint32[::1])"
)
def add_leaves(  # noqa: PLR0913, PLR0917 # as above
    rows: NDArray[np.float32],
    margins: NDArray[np.float64],
    starts: NDArray[np.int64],
    conditions: NDArray[np.float32],
    missing: NDArray[np.uint8],
    categories: NDArray[np.int64],
    places: NDArray[np.int64],
    table: NDArray[np.uint8],
    roots: NDArray[np.uint32],
    depth: int,
    children: NDArray[np.uint32],
) -> None:
    """Add to each row's margin its leaf of every tree, in the order of the trees.

    What follows `margins` are the fields of `ml.bundle.trees.Forest`. Numbers of nodes are
    unsigned, or each access would first ask whether to count from the end.
    """
    right = np.zeros(len(conditions), dtype=np.uint8)
    nodes = np.empty_like(roots)
    for i in range(len(rows)):
        _decide(rows[i], right, starts, conditions, missing, categories, places, table)
        nodes[:] = roots
        for _ in range(depth):
            for tree in range(len(nodes)):
                node = np.uint64(nodes[tree])
                nodes[tree] = children[node + node + np.uint64(right[node])]
        for tree in range(len(nodes)):
            margins[i] += conditions[nodes[tree]]
