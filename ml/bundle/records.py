"""Checks of whole records: fields that do not exist, and records outside the scope."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from ml.errors import InvalidRecord, Violation
from ml.problems.contract import Category, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ml.bundle.schema import Schema
    from ml.features import Encoder
    from ml.problems.contract import Input
    from ml.problems.text import Text

# Looking for a similar name takes time, and a caller could send any number of names.
_MOST_HINTS = 20


class Records:
    """Knows which fields a record may have, and when it is out of scope.

    Args:
        schema: the problem as the bundle knows it.
    """

    def __init__(self, schema: Schema) -> None:
        self._declared = frozenset(column.name for column in schema.columns)
        self._inputs = {column.name: column for column in schema.inputs}
        self._out_of_scope = schema.out_of_scope
        self._reasons = {
            name: {None: (), **{value: self._why(name, value) for value in _values(column)}}
            for name, column in self._inputs.items()
            if any(scope.column == name for scope in schema.out_of_scope)
        }

    def check(self, records: Sequence[Mapping[str, object]], encoder: Encoder) -> tuple[str, ...]:
        """Return the declared columns that were sent but are no inputs.

        Raises:
            InvalidRecord: a record has an unknown field; its other faults are listed too.
        """
        sent = set().union(*records) if records else set()
        if not sent <= self._declared:
            hints = {name: self._hint(name) for name in sorted(sent - self._declared)[:_MOST_HINTS]}
            unknown = [
                _unknown(i, name, hints.get(name, ""))
                for i, record in enumerate(records)
                for name in record.keys() - self._declared
            ]
            raise InvalidRecord([*unknown, *encoder.violations(records)])
        return tuple(sorted(sent - self._inputs.keys()))

    def warnings(self, records: Sequence[Mapping[str, object]]) -> list[tuple[Text, ...]]:
        """Return for each record why it lies outside what the model is meant for."""
        return [self._reasons_of(record) for record in records]

    def _reasons_of(self, record: Mapping[str, object]) -> tuple[Text, ...]:
        found: tuple[Text, ...] = ()
        for name, by_value in self._reasons.items():
            raw = record.get(name)
            reasons = by_value.get(raw) if raw is None or isinstance(raw, str) else None
            found += self._why(name, raw) if reasons is None else reasons
        return found

    def _why(self, name: str, raw: object) -> tuple[Text, ...]:
        try:
            value = self._inputs[name].read(raw)
        except Refused:  # a text that means "missing"; anything else was refused before
            return ()
        scopes = (scope for scope in self._out_of_scope if scope.column == name)
        return tuple(scope.reason for scope in scopes if value in scope.values)

    def _hint(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._declared, n=1)
        return f"; did you mean {close[0]}?" if close else ""


def _values(column: Input) -> Iterable[str]:
    """Return the values whose reasons are found once for all."""
    return column.values if isinstance(column, Category) else ()


def _unknown(record: int, name: str, hint: str) -> Violation:
    # A long name may be anything, so that it is not repeated whole.
    return Violation(record, name[:80], "unknown_field", f"is not a field of this problem{hint}")
