"""Rows with withheld inputs, from which a model learns what to say when little is known.

A request may leave inputs out that every training row has. A tree that never saw such an
input missing sends it down an arbitrary branch, so an almost empty record would get an
arbitrary risk. So each training row is also shown once, at a small weight, with a random
part of its inputs withheld.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.features.contributions import columns_of
from ml.problems.features import Ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.features import FeatureMap, Fitted

# The complete rows decide the ranking; the others only have to teach the branches.
WITHHELD_WEIGHT = 0.3


def withhold(
    matrix: NDArray[np.float64], feature_map: FeatureMap, seed: int
) -> NDArray[np.float64]:
    """Return a copy of (rows, features) inputs with a random share of each row withheld.

    The share is drawn anew for each row, from nothing to everything. Features that share
    a raw column are withheld together, as they would be in a request; those of a column that
    every request needs never are.
    """
    generator = np.random.default_rng(seed)
    members = together(feature_map)
    share = generator.random((len(matrix), 1))
    hidden = generator.random((len(matrix), int(members.max()) + 1)) < share
    hidden[:, members[_needed(feature_map)]] = False
    return np.where(hidden[:, members], np.nan, matrix)


def may_withhold(feature_map: FeatureMap) -> bool:
    """Tell whether a request may leave any input out."""
    return not all(column.needed for column in feature_map.inputs)


def _needed(feature_map: FeatureMap) -> NDArray[np.intp]:
    """Return the features that are made of a column which every request needs."""
    names = {column.name for column in feature_map.inputs if column.needed}
    made = [not names.isdisjoint(columns_of(fitted)) for fitted in feature_map.features]
    return np.flatnonzero(made)


def together(feature_map: FeatureMap) -> NDArray[np.intp]:
    """Return for each feature the number of its group: the features linked by raw columns."""
    groups: list[tuple[set[str], list[int]]] = []
    for i, fitted in enumerate(feature_map.features):
        linked = [group for group in groups if group[0] & _sources(fitted)]
        groups = [group for group in groups if group not in linked]
        columns = _sources(fitted).union(*(group[0] for group in linked))
        groups.append((columns, [i, *(j for group in linked for j in group[1])]))
    numbers = np.empty(len(feature_map.features), dtype=np.intp)
    for number, (_, indices) in enumerate(groups):
        numbers[indices] = number
    return numbers


def _sources(fitted: Fitted) -> set[str]:
    """Return the names that link a feature to others; a ratio hangs on its two operands."""
    feature = fitted.feature
    if isinstance(feature, Ratio):
        return {feature.name, feature.over, feature.under}
    return {fitted.name, *columns_of(fitted)}
