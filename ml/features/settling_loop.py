"""The settling of rows, compiled; see `ml.features.settling`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled(
    "void(float64[::1], int64[:,::1], boolean[:,::1], float64[:,::1], int64[::1], int64[::1],"
    " boolean[::1], float64[::1], int64[:,::1], float64[::1], float64[::1])"
)
def settle(  # noqa: PLR0913, PLR0917 # flat arrays are what a compiled loop reads fastest
    store: NDArray[np.float64],
    places: NDArray[np.int64],
    known: NDArray[np.bool_],
    matrix: NDArray[np.float64],
    starts: NDArray[np.int64],
    outputs: NDArray[np.int64],
    counts: NDArray[np.bool_],
    at_most: NDArray[np.float64],
    ratios: NDArray[np.int64],
    mean: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> None:
    """Fill `known` and `matrix`, row by row.

    What follows `matrix` are the fields of `ml.features.settling.Plan`.
    """
    counted = np.empty(matrix.shape[1], dtype=np.bool_)
    for i in range(len(places)):
        row = matrix[i]
        row[:] = 0.0
        counted[:] = False
        for column in range(places.shape[1]):
            place = places[i, column]
            is_known = store[place] != 0
            known[i, column] = is_known
            for k in range(starts[column], starts[column + 1]):
                place += 1
                row[outputs[k]] += store[place]
                counted[outputs[k]] |= is_known
        for feature in range(len(row)):
            if counts[feature]:
                # Where none of its columns is known, neither is the count.
                row[feature] = min(row[feature], at_most[feature]) if counted[feature] else np.nan
        for k in range(len(ratios)):
            divisor = row[ratios[k, 2]]
            row[ratios[k, 0]] = row[ratios[k, 1]] / divisor if divisor != 0 else np.nan
        for feature in range(len(row)):
            row[feature] = (row[feature] - mean[feature]) / scale[feature]
