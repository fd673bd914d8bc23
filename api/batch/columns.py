"""The check of an upload's columns, before its first row is read."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from api.errors import InvalidRequest
from ml.bundle import Schema
from ml.problems.contract import Identifier

_MOST_NAMED = 20
_LONGEST_NAME = 80


class Columns(NamedTuple):
    """The columns of an upload that are read: inputs of the model, and keys to echo."""

    inputs: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return self.keys + self.inputs


def keys_of(schema: Schema) -> tuple[str, ...]:
    """Return the names of the declared keys, in order."""
    return tuple(column.name for column in schema.columns if isinstance(column, Identifier))


def checked(names: Sequence[str], schema: Schema, most: int) -> Columns:
    """Return which columns to read.

    Raises:
        InvalidRequest: too many columns, one twice, one that is not declared, or no input.
    """
    if len(names) > most:
        message = f"the upload has {len(names)} columns, at most {most} are read"
        raise InvalidRequest("max_columns", message, field="")
    declared = [column.name for column in schema.columns]
    unknown = [name for name in names if name not in declared]
    if unknown:
        raise InvalidRequest("unknown_column", _unknown(unknown, declared), field=_cut(unknown[0]))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        message = f"named more than once: {', '.join(twice)}; every column may come once"
        raise InvalidRequest("duplicate_column", message, field=twice[0])
    inputs = tuple(column.name for column in schema.inputs if column.name in names)
    if not inputs:
        message = "the upload has no column that the model reads; GET /model-info lists them"
        raise InvalidRequest("no_inputs", message, field="")
    return Columns(inputs, tuple(name for name in keys_of(schema) if name in names))


def _unknown(unknown: Sequence[str], declared: Sequence[str]) -> str:
    named = [_hinted(name, declared) for name in unknown[:_MOST_NAMED]]
    more = len(unknown) - len(named)
    rest = f" and {more} more" if more else ""
    return (
        f"not declared for this problem: {', '.join(named)}{rest}; rename or drop them, and "
        f"let the first line of a CSV name the columns"
    )


def _hinted(name: str, declared: Sequence[str]) -> str:
    close = difflib.get_close_matches(name[:_LONGEST_NAME], declared, n=1)
    return f"{_cut(name)!r}" + (f" (did you mean {close[0]}?)" if close else "")


def _cut(name: str) -> str:
    # A long name may be anything, so that it is not repeated whole.
    return name[:_LONGEST_NAME]
