"""Settling: from the columns' contributions to the model's inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ml.features.settling_loop import settle
from ml.problems.features import Coded, Count, Ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.features.column_table import ColumnTable
    from ml.features.parameters import FeatureMap
    from ml.features.row_store import Found


class Plan(NamedTuple):
    """What is done with the contributions of a row.

    Args:
        starts: int64, (columns + 1,), where each column's contributions begin among all.
        outputs: int64, (contributions,), the feature that each is added to.
        counts: bool, (features,), whether the feature is a count.
        at_most: float64, (features,), a count's bound.
        ratios: int64, (ratios, 3), the ratio, what is divided, and what divides it.
        mean: float64, (features,), subtracted at last; 0 for a category's code.
        scale: float64, (features,), the divisor after that; 1 for a category's code.
    """

    starts: NDArray[np.int64]
    outputs: NDArray[np.int64]
    counts: NDArray[np.bool_]
    at_most: NDArray[np.float64]
    ratios: NDArray[np.int64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]


class Settling:
    """Adds contributions up, derives counts and ratios, and scales; one row as a million.

    Args:
        feature_map: the fitted features.
        tables: the columns' tables, in the order in which contributions are added.
    """

    def __init__(self, feature_map: FeatureMap, tables: Sequence[ColumnTable]) -> None:
        declared, names = [fitted.feature for fitted in feature_map.features], feature_map.names
        scaled = [not isinstance(feature, Coded) for feature in declared]
        bounds = [feature.at_most if isinstance(feature, Count) else None for feature in declared]
        ratios = [
            (i, names.index(ratio.over), names.index(ratio.under))
            for i, ratio in enumerate(declared)
            if isinstance(ratio, Ratio)
        ]
        self._plan = Plan(
            starts=np.cumsum([0, *(len(table.outputs) for table in tables)]),
            outputs=np.concatenate([table.outputs for table in tables]),
            counts=np.array([isinstance(feature, Count) for feature in declared]),
            at_most=np.array([np.inf if bound is None else float(bound) for bound in bounds]),
            ratios=np.array(ratios, dtype=np.int64).reshape(-1, 3),
            mean=np.where(scaled, [fitted.mean for fitted in feature_map.features], 0.0),
            scale=np.where(scaled, [fitted.scale for fitted in feature_map.features], 1.0),
        )

    def settle(self, found: Found) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return (rows, features) model inputs, and (rows, columns) whether there is a value.

        Args:
            found: the rows of (rows, columns) values.
        """
        known = np.empty(found.places.shape, dtype=np.bool_)
        matrix = np.empty((len(known), len(self._plan.mean)))
        settle(found.store, found.places, known, matrix, *self._plan)
        return matrix, known
