"""Pieces: what a reader makes of an upload, some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import msgspec
import pyarrow as pa

from ml.errors import Violation

# Rows of one piece: bounds the memory, and is enough to be vectorised.
TABLE_ROWS = 20_000
RECORDS = 5_000


class Broken(msgspec.Struct, frozen=True):
    """One broken rule of a row; `field` is empty where it is about the whole row."""

    field: str
    rule: str
    message: str

    @classmethod
    def of(cls, violation: Violation) -> Broken:
        """Return a violation of the contract as it is answered."""
        return cls(violation.field, violation.rule, violation.message)


class TablePiece(NamedTuple):
    """Rows of a table.

    Args:
        numbers: of the rows, from 1.
        table: their columns.
        unreadable: rows that could not be read at all, by their number.
    """

    numbers: list[int]
    table: pa.Table
    unreadable: dict[int, Broken]


class RecordsPiece(NamedTuple):
    """Records; the rest is that of a `TablePiece`."""

    numbers: list[int]
    records: list[dict[str, Any]]
    unreadable: dict[int, Broken]


Piece: TypeAlias = TablePiece | RecordsPiece


class Content(NamedTuple):
    """What an upload holds.

    Args:
        keys: the declared keys among its columns; `None` where each row says for itself.
        total: its rows as far as they are known beforehand, blank lines included.
        pieces: its rows in order.
    """

    keys: tuple[str, ...] | None
    total: int
    pieces: Iterator[Piece]
