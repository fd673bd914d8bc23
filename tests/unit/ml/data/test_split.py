from __future__ import annotations

import hashlib
from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ml.data.split import PARTS, parts

KEYS = [f"person-{number}" for number in range(50_000)]


def by_the_formula(key: str, salt: str) -> str:
    share = (
        int.from_bytes(hashlib.sha256(f"{salt}:{key.strip()}".encode()).digest()[:8], "big") / 2**64
    )
    return "train" if share < 0.70 else "validation" if share < 0.85 else "test"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.text("abc-12"))
def test_the_part_follows_the_documented_formula(keys: list[str], salt: str) -> None:
    assert parts(keys, salt).to_pylist() == [by_the_formula(key, salt) for key in keys]


def test_shares_are_70_15_15() -> None:
    counts = Counter(parts(KEYS, "salt").to_pylist())
    assert set(counts) == set(PARTS)
    for part, share in zip(PARTS, (0.70, 0.15, 0.15), strict=True):
        assert abs(counts[part] / len(KEYS) - share) < 0.01


@given(st.lists(st.sampled_from(KEYS[:20])), st.lists(st.sampled_from(KEYS)))
def test_later_batches_move_nobody(first: list[str], later: list[str]) -> None:
    alone = parts(first, "salt").to_pylist()
    assert parts(later + first, "salt").to_pylist()[len(later) :] == alone


def test_another_salt_is_another_split() -> None:
    one, other = parts(KEYS, "one").to_pylist(), parts(KEYS, "other").to_pylist()
    moved = sum(a != b for a, b in zip(one, other, strict=True)) / len(KEYS)
    assert 0.4 < moved < 0.55  # 1 - (0.70² + 0.15² + 0.15²) = 0.465


def test_arrow_arrays_and_no_keys_at_all() -> None:
    assert parts(pa.array(KEYS[:9]), "s").equals(parts(KEYS[:9], "s"))
    assert parts([], "s").to_pylist() == []
