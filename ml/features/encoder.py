"""The encoder: from records or tables of raw values to the model's input matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.errors import InvalidRecord, Violation
from ml.features.column_table import ColumnTable, Entry
from ml.problems.contract import Refused
from ml.problems.features import Coded, Count, Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.features.parameters import FeatureMap


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

    Both ways in, `records` and `table`, look every value up in the same column tables and
    add the rows up in the same order: equal raw values give equal bits.
    """

    def __init__(self, feature_map: FeatureMap) -> None:
        self._map = feature_map
        self._tables = [ColumnTable(column, feature_map) for column in feature_map.inputs]
        self._names = frozenset(column.name for column in feature_map.inputs)
        self._numeric = [
            i
            for i, fitted in enumerate(feature_map.features)
            if not isinstance(fitted.feature, Coded)
        ]
        self._mean = np.array([feature_map.features[i].mean for i in self._numeric])
        self._scale = np.array([feature_map.features[i].scale for i in self._numeric])

    def records(self, records: Sequence[Mapping[str, object]]) -> Encoded:
        """Encode records, or raise `InvalidRecord` with every broken rule of every record."""
        try:
            columns = [
                [table.entry(record.get(table.column.name)) for record in records]
                for table in self._tables
            ]
        except Refused:
            raise InvalidRecord(self.violations(records)) from None
        known = np.array([[entry.known for entry in entries] for entries in columns], dtype=bool)
        rows = [np.stack([entry.row for entry in entries]) for entries in columns]
        names = [table.column.name for table in self._tables]
        missing = [
            tuple(names[i] for i in np.flatnonzero(~known[:, record]))
            for record in range(len(records))
        ]
        return Encoded(self._finish(rows, known), missing)

    def table(self, table: pa.Table) -> NDArray[np.float64]:
        """Encode a table of text columns that has passed the contract; (rows, features)."""
        rows, known = [], []
        for column_table in self._tables:
            codes, entries = self._dictionary(column_table, table[column_table.column.name])
            rows.append(np.stack([entry.row for entry in entries])[codes])
            known.append(np.array([entry.known for entry in entries])[codes])
        return self._finish(rows, np.array(known))

    @staticmethod
    def _dictionary(table: ColumnTable, values: Any) -> tuple[NDArray[np.intp], list[Entry]]:
        encoded = values.combine_chunks().dictionary_encode()
        entries = [table.entry(value) for value in encoded.dictionary.to_pylist()]
        codes = encoded.indices.fill_null(len(entries)).to_numpy(zero_copy_only=False)
        return codes.astype(np.intp), [*entries, table.entry(None)]

    def _finish(
        self, rows: Sequence[NDArray[np.float64]], known: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Add the columns' rows up, then derive counts and ratios, then scale."""
        matrix = np.zeros((known.shape[1], len(self._map.features)))
        for table, row in zip(self._tables, rows, strict=True):
            matrix[:, table.outputs] += row
        for i, fitted in enumerate(self._map.features):
            match fitted.feature:
                case Count() as count:
                    self._settle_count(matrix[:, i], count, known)
                case Ratio(over=over, under=under):
                    matrix[:, i] = self._ratio(matrix, over, under)
        matrix[:, self._numeric] = (matrix[:, self._numeric] - self._mean) / self._scale
        return matrix

    def _settle_count(
        self, counts: NDArray[np.float64], count: Count, known: NDArray[np.bool_]
    ) -> None:
        """Bound a count, in place; where none of its columns is known neither is the count."""
        if count.at_most is not None:
            np.minimum(counts, count.at_most, out=counts)
        members = [table.column.name in count.columns for table in self._tables]
        counts[~known[members].any(axis=0)] = np.nan

    def _ratio(self, matrix: NDArray[np.float64], over: str, under: str) -> NDArray[np.float64]:
        names = self._map.names
        divisor = matrix[:, names.index(under)]
        safe = np.where(divisor == 0, np.nan, divisor)
        quotient: NDArray[np.float64] = matrix[:, names.index(over)] / safe
        return quotient

    def violations(self, records: Sequence[Mapping[str, object]]) -> list[Violation]:
        """Return every broken rule of every record."""
        found = []
        for i, record in enumerate(records):
            for table in self._tables:
                try:
                    table.entry(record.get(table.column.name))
                except Refused as refused:
                    found.append(Violation(i, table.column.name, refused.rule, str(refused)))
        return found
