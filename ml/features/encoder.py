"""The encoder: from records or tables of raw values to the model's input matrix."""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import chain, compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.errors import InvalidRecord, Violation
from ml.features.column_table import ColumnTable
from ml.features.row_store import Found, Places, RowStore, look_up
from ml.features.settling import Settling
from ml.problems.contract import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.features.parameters import FeatureMap

# Rows of a table that are encoded at once: bounds the memory, costs nothing.
_SLICE = 20_000
# Callers tend to leave out the same inputs; the names of that many patterns are kept.
_MOST_PATTERNS = 4096


class Encoded(NamedTuple):
    """A batch of model inputs.

    Args:
        matrix: float64, (records, features); NaN where unknown.
        missing: names of the inputs that are absent or not known, for each record.
        exact: whether each record had all inputs as fields, and no other field.
    """

    matrix: NDArray[np.float64]
    missing: list[tuple[str, ...]]
    exact: bool


class Encoder:
    """Turns raw values into model inputs by the parameters of a feature map.

    Both ways in, `records` and `table`, look every value up in the same places, and settle
    the rows found there in the same way: equal raw values give equal bits.
    """

    def __init__(self, feature_map: FeatureMap) -> None:
        self._tables = [ColumnTable(column, feature_map) for column in feature_map.inputs]
        self._names = tuple(column.name for column in feature_map.inputs)
        self._store = RowStore()
        self._places = [Places(table, self._store) for table in self._tables]
        self._settling = Settling(feature_map, self._tables)
        self._values_of = _getter(self._names)
        self._names_missing = lru_cache(_MOST_PATTERNS)(partial(_missing, self._names))

    def records(self, records: Sequence[Mapping[str, object]]) -> Encoded:
        """Encode records, or raise `InvalidRecord` with every broken rule of every record."""
        values, full = self._values(records)
        if bool in map(type, values):
            raise InvalidRecord(self.violations(records))
        try:
            store, places = look_up(self._places * len(records), values, self._store)
        except (Refused, TypeError):
            broken = self.violations(records)
            if not broken:  # a fault of ours
                raise
            raise InvalidRecord(broken) from None
        found = Found(store, places.reshape(len(records), -1))
        matrix, known = self._settling.settle(found)
        flags, width = known.tobytes(), known.shape[1]
        starts = range(0, len(flags), width)
        missing = [self._names_missing(flags[i : i + width]) for i in starts]
        return Encoded(matrix, missing, exact=full and sum(map(len, records)) == len(values))

    def _values(self, records: Sequence[Mapping[str, object]]) -> tuple[list[object], bool]:
        """Return all inputs of all records, one after the other, and whether none is absent."""
        try:
            return list(chain.from_iterable(map(self._values_of, records))), True
        except KeyError:
            by_record = [map(record.get, self._names) for record in records]
            return list(chain.from_iterable(by_record)), False

    def table(self, table: pa.Table) -> NDArray[np.float64]:
        """Encode a table of text columns that has passed the contract; (rows, features)."""
        slices = range(0, max(table.num_rows, 1), _SLICE)
        return np.concatenate([self._slice(table.slice(start, _SLICE)) for start in slices])

    def _slice(self, table: pa.Table) -> NDArray[np.float64]:
        """Encode some rows: every distinct value of a column is looked up once."""
        columns = [_by_dictionary(table[name]) for name in self._names]
        places = [
            column
            for column, (_, values) in zip(self._places, columns, strict=True)
            for _ in values
        ]
        values = list(chain.from_iterable(values for _, values in columns))
        store, found = look_up(places, values, self._store)
        starts = np.cumsum([0, *(len(values) for _, values in columns)])
        by_row = [found[start + codes] for start, (codes, _) in zip(starts, columns, strict=False)]
        return self._settling.settle(Found(store, np.column_stack(by_row)))[0]

    def violations(self, records: Sequence[Mapping[str, object]]) -> list[Violation]:
        """Return every broken rule of every record."""
        found = []
        for i, record in enumerate(records):
            for name, table in zip(self._names, self._tables, strict=True):
                try:
                    table.entry(record.get(name))
                except Refused as refused:
                    found.append(Violation(i, name, refused.rule, str(refused)))
        return found


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, object]], Sequence[object]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda record: [record[name] for name in names]  # one name gives no tuple


def _missing(names: Sequence[str], known: bytes) -> tuple[str, ...]:
    return tuple(compress(names, (not flag for flag in known)))


def _by_dictionary(values: Any) -> tuple[NDArray[np.intp], list[Any]]:
    """Return each row's code, and the value of each code; the last one is null if any is."""
    encoded = values.combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return codes.astype(np.intp), [*distinct, None] if values.null_count else distinct
