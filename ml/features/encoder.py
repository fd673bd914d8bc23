"""The encoder: from records or tables of raw values to the model's input matrix."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.errors import InvalidRecord, Violation
from ml.features.column_table import ColumnTable, Entry
from ml.features.settling import Settling
from ml.problems.contract import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.features.parameters import FeatureMap

# Rows of a table that are encoded at once: bounds the memory, costs nothing.
_SLICE = 20_000


class Encoded(NamedTuple):
    """A batch of model inputs.

    Args:
        matrix: float64, (records, features); NaN where unknown.
        missing: names of the inputs that are absent or not known, for each record.
    """

    matrix: NDArray[np.float64]
    missing: list[tuple[str, ...]]


class Encoder:
    """Turns raw values into model inputs by the parameters of a feature map.

    Both ways in, `records` and `table`, look every value up in the same column tables, lay
    the found rows side by side, and settle them in the same way: equal raw values give
    equal bits.
    """

    def __init__(self, feature_map: FeatureMap) -> None:
        self._tables = [ColumnTable(column, feature_map) for column in feature_map.inputs]
        self._names = tuple(column.name for column in feature_map.inputs)
        self._lookups = [(table.column.name, table.entry) for table in self._tables]
        self._settling = Settling(feature_map, self._tables)

    def records(self, records: Sequence[Mapping[str, object]]) -> Encoded:
        """Encode records, or raise `InvalidRecord` with every broken rule of every record."""
        try:
            entries = [
                [entry(record.get(name)) for name, entry in self._lookups] for record in records
            ]
        except Refused:
            raise InvalidRecord(self.violations(records)) from None
        side_by_side = np.array([np.concatenate([found.row for found in row]) for row in entries])
        absent = [[not found.known for found in row] for row in entries]
        missing = [tuple(compress(self._names, flags)) for flags in absent]
        return Encoded(self._settling.settle(side_by_side, ~np.array(absent)), missing)

    def table(self, table: pa.Table) -> NDArray[np.float64]:
        """Encode a table of text columns that has passed the contract; (rows, features)."""
        slices = range(0, max(table.num_rows, 1), _SLICE)
        return np.concatenate([self._slice(table.slice(start, _SLICE)) for start in slices])

    def _slice(self, table: pa.Table) -> NDArray[np.float64]:
        rows, known = [], []
        for column_table in self._tables:
            codes, entries = _by_dictionary(column_table, table[column_table.column.name])
            rows.append(np.stack([entry.row for entry in entries])[codes])
            known.append(np.array([entry.known for entry in entries])[codes])
        return self._settling.settle(np.concatenate(rows, axis=1), np.stack(known, axis=1))

    def violations(self, records: Sequence[Mapping[str, object]]) -> list[Violation]:
        """Return every broken rule of every record."""
        found = []
        for i, record in enumerate(records):
            for name, entry in self._lookups:
                try:
                    entry(record.get(name))
                except Refused as refused:
                    found.append(Violation(i, name, refused.rule, str(refused)))
        return found


def _by_dictionary(table: ColumnTable, values: Any) -> tuple[NDArray[np.intp], list[Entry]]:
    """Return each row's code, and the entry of each code: every distinct value read once."""
    encoded = values.combine_chunks().dictionary_encode()
    entries = [table.entry(value) for value in encoded.dictionary.to_pylist()]
    codes = encoded.indices.fill_null(len(entries)).to_numpy(zero_copy_only=False)
    return codes.astype(np.intp), [*entries, table.entry(None)]
