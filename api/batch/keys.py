"""What identifies a row for its sender, and the check of sizes that comes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from api.batch.answers import Key
from ml.errors import Violation

_LONGEST_NAME = 80


def is_key(value: object, longest: int) -> bool:
    """Tell whether a value may be echoed as a key."""
    if isinstance(value, str):
        return len(value) <= longest
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def key_of(record: Mapping[str, Any], keys: Sequence[str], longest: int) -> dict[str, Key]:
    """Return the keys that a record came with, without those that may not be echoed."""
    return {name: record[name] for name in keys if name in record and is_key(record[name], longest)}


def record_violations(
    i: int, record: Mapping[str, Any], keys: Sequence[str], longest: int
) -> list[Violation]:
    """Return the violations of values that are too long, and of keys that are none."""
    message = f"must have at most {longest} characters"
    found = [
        Violation(i, name[:_LONGEST_NAME], "length", message)
        for name, value in record.items()
        if isinstance(value, str) and len(value) > longest and name not in keys
    ]
    bad_keys = (name for name in keys if not is_key(record.get(name), longest))
    return found + [_bad_key(i, name, longest) for name in bad_keys]


def take_keys(
    column: pa.ChunkedArray[Any],
    name: str,
    longest: int,
    violations: dict[int, list[Violation]],
) -> list[Key]:
    """Return a key column's values; those that may not be echoed become violations."""
    values = _values(column)
    # Most keys are good, and a column of texts tells at once.
    if pa.types.is_string(column.type) and not _any_longer(column, longest):
        return values
    bad = {value for value in set(values) if not is_key(value, longest)}
    for i in [i for i, value in enumerate(values) if value in bad] if bad else []:
        violations.setdefault(i, []).append(_bad_key(i, name, longest))
        values[i] = None
    return values


def _any_longer(column: pa.ChunkedArray[Any], longest: int) -> bool:
    found: Any = pc.max(pc.utf8_length(column))
    return bool((found.as_py() or 0) > longest)


def _values(column: Any) -> list[Any]:
    """Return a column's values; equal ones of codes share one object, however long it is."""
    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    found: list[Any] = []
    for chunk in column.chunks:
        distinct = [*chunk.dictionary.to_pylist(), None]
        found += [distinct[code] for code in chunk.indices.fill_null(-1).to_pylist()]
    return found


def _bad_key(i: int, name: str, longest: int) -> Violation:
    message = f"must be a number, or a text of at most {longest} characters"
    return Violation(i, name, "key", message)
