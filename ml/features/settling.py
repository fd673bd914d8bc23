"""Settling: from the columns' contributions, side by side, to the model's inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ml.problems.features import Coded, Count, Ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.features.column_table import ColumnTable
    from ml.features.parameters import FeatureMap


class _Counted(NamedTuple):
    """A count's place in the matrix, its bound, and the columns that it counts over."""

    output: int
    at_most: float
    members: NDArray[np.intp]


class _Divided(NamedTuple):
    """The places of a ratio and of its two operands in the matrix."""

    output: int
    over: int
    under: int


class Settling:
    """Adds contributions up, derives counts and ratios, and scales; all vectorised.

    Args:
        feature_map: the fitted features.
        tables: the columns' tables, in the order in which contributions are laid out.
    """

    def __init__(self, feature_map: FeatureMap, tables: Sequence[ColumnTable]) -> None:
        features, names = feature_map.features, feature_map.names
        outputs = np.concatenate([table.outputs for table in tables])
        # A stable sort keeps the order of the columns within a feature, and so the order
        # of the additions.
        self._order = np.argsort(outputs, kind="stable")
        self._summed, self._starts = np.unique(outputs[self._order], return_index=True)
        self._width = len(features)
        columns = [table.column.name for table in tables]
        self._counts = [
            _Counted(
                i, np.inf if count.at_most is None else count.at_most, _members(count, columns)
            )
            for i, count in enumerate(fitted.feature for fitted in features)
            if isinstance(count, Count)
        ]
        self._ratios = [
            _Divided(i, names.index(ratio.over), names.index(ratio.under))
            for i, ratio in enumerate(fitted.feature for fitted in features)
            if isinstance(ratio, Ratio)
        ]
        # A category's code is left as it is.
        scaled = [not isinstance(fitted.feature, Coded) for fitted in features]
        self._mean = np.where(scaled, [fitted.mean for fitted in features], 0.0)
        self._scale = np.where(scaled, [fitted.scale for fitted in features], 1.0)

    def settle(
        self, contributions: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return the model's inputs.

        Args:
            contributions: (rows, contributions), the columns' rows side by side.
            known: (rows, columns), whether there is a value.
        """
        matrix = np.empty((len(contributions), self._width))
        matrix[:, self._summed] = np.add.reduceat(
            contributions[:, self._order], self._starts, axis=1
        )
        for count in self._counts:
            counted = np.minimum(matrix[:, count.output], count.at_most)
            # Where none of the columns is known, neither is the count.
            counted[~known[:, count.members].any(axis=1)] = np.nan
            matrix[:, count.output] = counted
        for ratio in self._ratios:
            divisor = matrix[:, ratio.under]
            safe = np.where(divisor == 0, np.nan, divisor)
            matrix[:, ratio.output] = matrix[:, ratio.over] / safe
        scaled: NDArray[np.float64] = (matrix - self._mean) / self._scale
        return scaled


def _members(count: Count, columns: Sequence[str]) -> NDArray[np.intp]:
    return np.array([columns.index(name) for name in count.columns], dtype=np.intp)
