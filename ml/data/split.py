"""The split into train, validation and test: by group, deterministic, stable.

The part of a row is a function of its group key and the salt alone:

    u = first 8 bytes of SHA-256(salt + ":" + key), big-endian, divided by 2**64
    train where u < 0.70, validation where u < 0.85, test otherwise

So all rows of a group share a part, and new batches never move an old row. The colon
parts a fixed salt from the key, which is taken without blanks around it; both are UTF-8.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final, cast

import pyarrow as pa

PARTS: Final = ("train", "validation", "test")
# The smallest 64-bit numbers that are not below 0.70 and 0.85 of 2**64.
_VALIDATION_STARTS, _TEST_STARTS = (
    (-(-percent * 2**64 // 100)).to_bytes(8) for percent in (70, 85)
)


def parts(keys: pa.Array[Any] | Sequence[str], salt: str) -> pa.StringArray:
    """Return `train`, `validation` or `test` for each group key, in their order.

    Args:
        keys: group keys, none of them null.
        salt: the split's salt; another salt is another split.
    """
    array = keys if isinstance(keys, pa.Array) else pa.array(keys, pa.string())
    encoded = array.dictionary_encode()
    salted = hashlib.sha256(f"{salt}:".encode())
    distinct = [_part(key, salted) for key in cast("list[str]", encoded.dictionary.to_pylist())]
    return pa.array(distinct, pa.string()).take(encoded.indices)


def _part(key: str, salted: hashlib._Hash) -> str:
    digest = salted.copy()
    digest.update(key.strip().encode())  # the same patient, however it was padded
    share = digest.digest()[:8]
    if share < _VALIDATION_STARTS:
        return PARTS[0]
    return PARTS[1] if share < _TEST_STARTS else PARTS[2]
