"""What identifies a row for its sender, and the check of sizes that comes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def take_bad_keys(
    violations: dict[int, list[Violation]],
    keys: Sequence[str],
    columns: Sequence[list[Any]],
    longest: int,
) -> None:
    """Move keys that may not be echoed from their columns to the violations."""
    for name, values in zip(keys, columns, strict=True):
        for i, value in enumerate(values):
            if not is_key(value, longest):
                violations.setdefault(i, []).append(_bad_key(i, name, longest))
                values[i] = None


def _bad_key(i: int, name: str, longest: int) -> Violation:
    message = f"must be a number, or a text of at most {longest} characters"
    return Violation(i, name, "key", message)
