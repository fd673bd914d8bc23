"""One column's table: from a raw value to what it adds to the model's inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ml.features.contributions import columns_of, contribution
from ml.problems.contract import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.features.parameters import FeatureMap
    from ml.problems.contract import Input

# Open codes have no bound of their own; a table stops growing here, so that a caller who
# sends ever new codes cannot fill the memory.
_LARGEST_TABLE = 20_000
# A number may be written with any number of zeros; such a text is read but not kept.
_LONGEST_TEXT = 200


class Entry(NamedTuple):
    """A raw value's row in its column's table.

    Args:
        row: what the value adds to the features of its column.
        known: whether there is a value at all.
    """

    row: NDArray[np.float64]
    known: bool


class ColumnTable:
    """Reads, checks and encodes the raw values of one column, each distinct value once.

    Args:
        column: the column's contract.
        feature_map: the fitted features.
    """

    def __init__(self, column: Input, feature_map: FeatureMap) -> None:
        fitted = feature_map.features
        self.column = column
        self.outputs = np.array(
            [i for i, feature in enumerate(fitted) if column.name in columns_of(feature)],
            dtype=np.intp,
        )
        self._features = [fitted[i] for i in self.outputs]
        self._missing = feature_map.missing | {""}
        self._entries: dict[object, Entry] = {}

    def entry(self, raw: object) -> Entry:
        """Return the value's entry, or raise `Refused`."""
        key = raw if isinstance(raw, str) or raw is None else _key(raw)
        found = self._entries.get(key)
        if found is None:
            found = self._make(raw)
            if len(self._entries) < _LARGEST_TABLE and not _is_long(raw):
                self._entries[key] = found
        return found

    def _make(self, raw: object) -> Entry:
        absent = raw is None or (isinstance(raw, str) and raw.strip() in self._missing)
        if absent and self.column.needed:
            raise Refused("required", "must be given")
        value = None if absent else self.column.read(raw)
        row = np.array([contribution(feature, value) for feature in self._features])
        return Entry(row, value is not None)


def _is_long(raw: object) -> bool:
    return isinstance(raw, str) and len(raw) > _LONGEST_TEXT


def _key(raw: object) -> object:
    """Return a dictionary key that keeps 1, 1.0 and True apart."""
    if isinstance(raw, int | float):
        return (type(raw), raw)
    raise Refused("type", "must be a single value, not a list or an object")
