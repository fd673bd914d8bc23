"""Sharing: from the contributions of the model's inputs to those of the raw columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ml.features.column_table import ColumnTable
from ml.problems.features import Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ml.features.parameters import FeatureMap


class _Divided(NamedTuple):
    """The places of a ratio and of its two operands among the features."""

    ratio: int
    over: int
    under: int


class Sharing:
    """Shares what a feature contributes to a prediction among the columns it is made of.

    A feature of one column gives it everything. A ratio first gives one half to each of its
    operands, or everything to the one operand that is unknown. A count or total then gives

    - to the columns that make it unknown, in equal shares, where it is unknown;
    - else to its columns in proportion to what each of them added;
    - in equal shares to its known columns, or to all where none is known, where nothing
      was added.

    The shares of a feature add up to 1, so that the columns' contributions add up to those
    of the features.

    Args:
        feature_map: the fitted features.
    """

    def __init__(self, feature_map: FeatureMap) -> None:
        self._tables = [ColumnTable(column, feature_map) for column in feature_map.inputs]
        # One place for each pair of a column and a feature that it adds to.
        self._feature_of = np.concatenate([table.outputs for table in self._tables])
        widths = [len(table.outputs) for table in self._tables]
        self._column_of = np.repeat(np.arange(len(widths)), widths)
        self._onto_columns = np.eye(len(widths))[self._column_of]
        places = (np.flatnonzero(self._feature_of == i) for i in range(len(feature_map.names)))
        self._shared = [place for place in places if len(place) > 1]
        names = feature_map.names
        self._ratios = [
            _Divided(i, names.index(ratio.over), names.index(ratio.under))
            for i, ratio in enumerate(fitted.feature for fitted in feature_map.features)
            if isinstance(ratio, Ratio)
        ]

    def share(
        self,
        records: Sequence[Mapping[str, object]],
        matrix: NDArray[np.float64],
        contributions: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return (records, input columns) contributions.

        Args:
            records: the raw records, within the contract.
            matrix: (records, features), the same records encoded.
            contributions: (records, features), what each feature contributes.
        """
        of_features = contributions.copy()
        for ratio, over, under in self._ratios:
            to_over = 0.5 + 0.5 * (np.isnan(matrix[:, over]) * 1.0 - np.isnan(matrix[:, under]))
            of_features[:, over] += to_over * contributions[:, ratio]
            of_features[:, under] += (1 - to_over) * contributions[:, ratio]
        of_places = self._weights(records) * of_features[:, self._feature_of]
        found: NDArray[np.float64] = of_places @ self._onto_columns
        return found

    def _weights(self, records: Sequence[Mapping[str, object]]) -> NDArray[np.float64]:
        """Return (records, places): the share of a feature that its column gets."""
        entries = [
            [table.entry(record.get(table.column.name)) for table in self._tables]
            for record in records
        ]
        added = np.array([np.concatenate([entry.row for entry in row]) for row in entries])
        known = np.array([[entry.known for entry in row] for row in entries])
        weights = np.ones_like(added)
        for places in self._shared:
            weights[:, places] = _shares(added[:, places], known[:, self._column_of[places]])
        return weights


def _shares(added: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the shares of a feature's columns; `added` and `known` are (records, columns)."""
    unknown = np.isnan(added)
    amounts = np.where(unknown.any(axis=1, keepdims=True), unknown, np.abs(added))
    equal = known | ~known.any(axis=1, keepdims=True)
    parts = np.where(amounts.any(axis=1, keepdims=True), amounts, equal)
    found: NDArray[np.float64] = parts / parts.sum(axis=1, keepdims=True)
    return found
