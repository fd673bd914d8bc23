"""The hash of a row, as PostgreSQL computes it in `ml.data.merge`, without PostgreSQL."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

# What `record_out` of PostgreSQL puts in quotes (src/backend/utils/adt/rowtypes.c).
_IN_QUOTES = r'^$|["\\(),\x09-\x0d ]'


def row_hashes(rows: pa.Table, names: Sequence[str]) -> pa.StringArray:
    """Return the SHA-256 in hexadecimal of each row's text form.

    Args:
        rows: columns of texts, null where missing.
        names: the columns that count, in order.
    """
    fields: list[Any] = [_field(rows[name]) for name in names]
    joined: Any = pc.binary_join_element_wise(*fields, ",")
    texts = (f"({text})".encode() for text in joined.to_pylist())
    return pa.array([hashlib.sha256(text).hexdigest() for text in texts], pa.string())


def _field(column: Any) -> Any:
    doubled: Any = column
    for character in ("\\", '"'):
        doubled = pc.replace_substring(doubled, character, 2 * character)
    quoted: Any = pc.binary_join_element_wise('"', doubled, '"', "")
    odd: Any = pc.match_substring_regex(column, _IN_QUOTES)
    return pc.fill_null(pc.if_else(odd, quoted, column), "")
