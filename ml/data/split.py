"""The split into train, validation and test: by group, deterministic, stable.

The part of a row is a function of its group key and the salt alone:

    u = first 8 bytes of SHA-256(salt + ":" + key), big-endian, divided by 2**64
    train where u < 0.70, validation where u < 0.85, test otherwise

So all rows of a group share a part, and new batches never move an old row. The colon
parts a fixed salt from the key, which is taken without blanks around it; both are UTF-8.

A problem of few rows, each a group of its own, may have them dealt out by class instead, or
chance would give a part too few rows of one (docs/adr/0025). Of a batch's n rows of a class,
in the order of u, the row of rank r from 0 has (r + c) / n in the place of u; c, between 0
and 1, is the u of the class's name.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import pyarrow as pa

if TYPE_CHECKING:
    from ml.problems.problem import Problem

PARTS: Final = ("train", "validation", "test")
# The smallest 64-bit numbers that are not below 0.70 and 0.85 of 2**64.
_VALIDATION_STARTS, _TEST_STARTS = (-(-percent * 2**64 // 100) for percent in (70, 85))


def parts_of(problem: Problem, rows: pa.Table, salt: str) -> pa.StringArray:
    """Return the part of each row of a batch.

    Args:
        problem: says how rows are dealt out.
        rows: the contract's columns, all within the contract.
        salt: the split's salt.
    """
    keys = rows[problem.group_key].combine_chunks()
    if problem.split == "by_group":
        return parts(keys, salt)
    return _dealt_out(cast("list[str]", keys.to_pylist()), _classes(problem, rows), salt)


def _classes(problem: Problem, rows: pa.Table) -> list[str]:
    target = problem.target
    class_of = {text: name for name, texts in target.classes.items() for text in texts}
    outcomes = cast("list[str]", rows[target.column].to_pylist())
    return [class_of[outcome.strip()] for outcome in outcomes]


def _dealt_out(keys: list[str], classes: list[str], salt: str) -> pa.StringArray:
    """Return each row's part, in the declared shares within every class."""
    salted = hashlib.sha256(f"{salt}:".encode())
    order = sorted((_share(key, salted), place) for place, key in enumerate(keys))
    members: dict[str, list[int]] = defaultdict(list)
    for _, place in order:
        members[classes[place]].append(place)
    found = [""] * len(keys)
    for name, places in members.items():
        start = int.from_bytes(_share(name, salted))
        for rank, place in enumerate(places):
            found[place] = _part_at(((rank << 64) + start) // len(places))
    return pa.array(found, pa.string())


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
    return _part_at(int.from_bytes(_share(key, salted)))


def _share(key: str, salted: hashlib._Hash) -> bytes:
    """Return u as the 64-bit number that it is a share of."""
    digest = salted.copy()
    digest.update(key.strip().encode())  # the same patient, however it was padded
    return digest.digest()[:8]


def _part_at(share: int) -> str:
    if share < _VALIDATION_STARTS:
        return PARTS[0]
    return PARTS[1] if share < _TEST_STARTS else PARTS[2]
