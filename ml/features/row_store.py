"""The rows of all column tables in one flat array, and where each raw value has its own.

A record is looked up as a list of places in that array, one for each column, without an
object for any value: what `settle` reads.
"""

from __future__ import annotations

import threading
from operator import getitem
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.features.column_table import ColumnTable

# Open codes have no bound of their own; a column's places stop growing here, so that a
# caller who sends ever new codes cannot fill the memory.
_MOST_PLACES = 20_000
# A number may be written with any number of zeros; such a text is read but not kept.
_LONGEST_TEXT = 200


class Found(NamedTuple):
    """Where the rows of some values are.

    Args:
        store: float64, rows of any width one after the other; each begins with 1 where
            there is a value at all, else 0, and goes on with what the value adds to the
            features of its column.
        places: int64, where each value's row begins.
    """

    store: NDArray[np.float64]
    places: NDArray[np.int64]


class RowStore:
    """A growing array of rows; threads may add to it and read it at the same time."""

    def __init__(self) -> None:
        self.values = np.empty(1024)
        self._used = 0
        self._lock = threading.Lock()

    def add(self, row: NDArray[np.float64]) -> int:
        """Keep a row and return its place. Whoever knows a place finds it in `values`."""
        with self._lock:
            start, self._used = self._used, self._used + len(row)
            if self._used > len(self.values):
                self.values = np.resize(self.values, 2 * self._used)
            self.values[start : self._used] = row
            return start


class Places(dict[object, int]):
    """The places of one column's values, each value read once.

    1 and 1.0 have the same place, for every contract takes them for the same; true must not
    be looked up, for a dictionary takes it for 1.

    Args:
        table: the column's table.
        store: where the rows are kept.
    """

    def __init__(self, table: ColumnTable, store: RowStore) -> None:
        super().__init__()
        self._table = table
        self._store = store

    def __missing__(self, raw: object) -> int:
        """Return the place of a value that is seen first; raise `Refused` or `NotKept`."""
        row = self.row(raw)
        if len(self) >= _MOST_PLACES or (isinstance(raw, str) and len(raw) > _LONGEST_TEXT):
            raise NotKept
        self[raw] = place = self._store.add(row)
        return place

    def row(self, raw: object) -> NDArray[np.float64]:
        """Return a value's row whether or not it is kept, or raise `Refused`."""
        entry = self._table.entry(raw)
        return np.concatenate([[entry.known], entry.row])


class NotKept(Exception):
    """A value has no place, for there are too many already."""


def look_up(columns: Sequence[Places], values: Sequence[object], store: RowStore) -> Found:
    """Return where the row of each value is, in the column's places that stand beside it.

    Raises:
        Refused: a value breaks its column's contract.
        TypeError: a value cannot be looked up: it is a list or an object.
    """
    try:
        places = np.fromiter(map(getitem, columns, values), np.int64, len(values))
    except NotKept:
        rows = [column.row(value) for column, value in zip(columns, values, strict=True)]
        ends = np.cumsum([len(row) for row in rows])
        return Found(np.concatenate(rows), ends - [len(row) for row in rows])
    return Found(store.values, places)
