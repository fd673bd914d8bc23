"""Checks of whole tables as they were sent: each distinct value of a column is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from ml.errors import Violation
from ml.features.column_table import ColumnTable
from ml.problems.contract import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ml.bundle.schema import Schema
    from ml.features import FeatureMap
    from ml.problems.contract import Input, Value


class Read(NamedTuple):
    """A table after the check.

    Args:
        rows: the rows within the contract, all inputs as codes into their distinct values.
        good: bool, (rows sent,), whether a row is among them.
        known: bool, (rows sent, inputs), whether there is a value.
        outside: bool, (rows sent, declared scopes), whether a row lies outside of one.
        violations: broken rules by the index of the row.
    """

    rows: pa.Table
    good: NDArray[np.bool_]
    known: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    violations: dict[int, list[Violation]]


class _Distinct(NamedTuple):
    """One column: its codes, and the distinct values as they were sent; the last one is null."""

    codes: NDArray[np.intp]
    values: list[Any]

    def spread(self, by_value: list[bool]) -> NDArray[np.bool_]:
        """Return for every row what holds for its value."""
        found: NDArray[np.bool_] = np.array(by_value)[self.codes]
        return found


class Tables:
    """Checks tables of raw values, of texts or of numbers.

    Args:
        schema: the problem as the bundle knows it.
        feature_map: says what a missing value looks like.
    """

    def __init__(self, schema: Schema, feature_map: FeatureMap) -> None:
        self._columns = [ColumnTable(column, feature_map) for column in feature_map.inputs]
        self._scopes = [
            (scope.column, _reader(schema, scope.column), scope.values)
            for scope in schema.out_of_scope
        ]

    def read(self, table: pa.Table, longest: int) -> Read:
        """Part the rows that keep the contract from those that break it.

        Args:
            table: columns of texts, numbers or codes into them; inputs that it lacks are
                missing in every row, columns that are no inputs are passed over.
            longest: most characters of one value.
        """
        columns: dict[str, Any] = {}
        violations: dict[int, list[Violation]] = {}
        known = np.empty((table.num_rows, len(self._columns)), dtype=bool)
        outside = np.zeros((table.num_rows, len(self._scopes)), dtype=bool)
        for i, column in enumerate(self._columns):
            name = column.column.name
            array = _encoded(table, name)
            distinct = _distinct(array)
            refusals, present = _looked_up(column, distinct.values, longest)
            known[:, i] = distinct.spread(present)
            columns[name] = _without(array, refusals)
            _note(violations, name, refusals, distinct)
            for j, (scope_column, read, values) in enumerate(self._scopes):
                if scope_column == name:
                    outside[:, j] = distinct.spread([read(v) in values for v in distinct.values])
        good = np.ones(table.num_rows, dtype=bool)
        good[list(violations)] = False
        rows = pa.table(columns)
        kept = rows if good.all() else _as_held(rows.filter(pa.array(good)))
        return Read(kept, good, known, outside, violations)


def _encoded(table: pa.Table, name: str) -> Any:
    """Return a column as codes into its distinct values."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string()).dictionary_encode()
    array: Any = table[name].combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # an empty column, or texts of many gigabytes
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.nulls(0, pa.string())
    return array.dictionary_encode()


def _distinct(array: Any) -> _Distinct:
    values = array.dictionary.to_pylist()
    codes = array.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    return _Distinct(codes.astype(np.intp), [*values, None])


def _looked_up(
    column: ColumnTable, values: list[Any], longest: int
) -> tuple[dict[int, Refused | None], list[bool]]:
    """Return what must not reach the encoder, by code, and whether there is a value.

    A value that breaks the contract comes with its refusal; a number that is none (NaN),
    as a table of numbers holds it where it knows nothing, comes with `None` or, where the
    column is needed, with the refusal of a null.
    """
    refusals: dict[int, Refused | None] = {}
    present = []
    for code, value in enumerate(values):
        known = False
        is_nan = value != value  # noqa: PLR0124 # only NaN differs from itself
        if is_nan:
            refusals[code] = None
        if isinstance(value, str) and len(value) > longest:
            refusals[code] = Refused("length", f"must have at most {longest} characters")
        else:
            try:
                known = column.entry(None if is_nan else value).known
            except Refused as refused:
                refusals[code] = refused
        present.append(known)
    return refusals, present


def _without(array: Any, codes: dict[int, Refused | None]) -> Any:
    """Return the column with null in the place of some of its distinct values."""
    if not codes:
        return array
    values = array.dictionary.to_pylist()
    kept = [None if code in codes else value for code, value in enumerate(values)]
    return pa.DictionaryArray.from_arrays(array.indices, pa.array(kept, array.dictionary.type))


def _as_held(rows: pa.Table) -> pa.Table:
    """Return some rows with null among the distinct values of a column only if a row holds it.

    It stands there for what was refused, and a column that is needed has no place for it.
    """
    column: Any
    for i, column in enumerate(rows.columns):
        if any(chunk.dictionary.null_count for chunk in column.chunks):
            held = column.cast(column.type.value_type).dictionary_encode()
            rows = rows.set_column(i, rows.column_names[i], held)
    return rows


def _note(
    violations: dict[int, list[Violation]],
    name: str,
    refusals: dict[int, Refused | None],
    distinct: _Distinct,
) -> None:
    bad = {code: refused for code, refused in refusals.items() if refused is not None}
    if not bad:
        return
    for row in np.flatnonzero(np.isin(distinct.codes, list(bad))).tolist():
        refused = bad[int(distinct.codes[row])]
        found = Violation(row, name, refused.rule, str(refused))
        violations.setdefault(row, []).append(found)


def _reader(schema: Schema, name: str) -> Callable[[object], Value]:
    column: Input = next(column for column in schema.inputs if column.name == name)

    def read(raw: object) -> Value:
        try:
            return None if raw is None else column.read(raw)
        except Refused:  # a text that means "missing", or a value that is refused elsewhere
            return None

    return read
