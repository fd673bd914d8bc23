from __future__ import annotations

import hashlib
from collections import Counter

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.split import PARTS, parts, parts_of
from tests import toy

ALONE = msgspec.structs.replace(
    toy.problem, record_key="visit", group_key="visit", split="stratified"
)

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


def batch(first: int, outcomes: list[str]) -> pa.Table:
    visits = [f"v{number}" for number in range(first, first + len(outcomes))]
    return pa.table({"visit": visits, "returned": outcomes})


@given(st.integers(0, 300), st.integers(0, 300), st.text("abc", min_size=1))
def test_within_each_class_the_shares_are_exact(noes: int, yeses: int, salt: str) -> None:
    rows = batch(0, ["no"] * noes + ["later"] * 3 + ["yes"] * yeses)
    found = parts_of(ALONE, rows, salt).to_pylist()
    by_class = {"no": found[: noes + 3], "yes": found[noes + 3 :]}
    for members in by_class.values():
        for part, share in zip(PARTS, (0.70, 0.15, 0.15), strict=True):
            assert abs(members.count(part) - share * len(members)) < 1


def test_the_deal_hangs_on_the_keys_and_not_on_their_order() -> None:
    rows = batch(0, ["no", "yes"] * 50)
    found = dict(
        zip(rows["visit"].to_pylist(), parts_of(ALONE, rows, "s").to_pylist(), strict=True)
    )
    turned = rows.take(list(range(99, -1, -1)))
    again = parts_of(ALONE, turned, "s").to_pylist()
    assert dict(zip(turned["visit"].to_pylist(), again, strict=True)) == found
    assert parts_of(ALONE, rows, "t").to_pylist() != list(found.values())


def test_classes_of_few_rows_are_not_always_rounded_towards_training() -> None:
    counts = Counter(parts_of(ALONE, batch(0, ["yes"]), f"s{i}")[0].as_py() for i in range(500))
    assert counts["train"] / 500 == pytest.approx(0.7, abs=0.08)
    assert counts["test"] / 500 == pytest.approx(0.15, abs=0.06)


def test_a_problem_that_declares_nothing_is_split_by_group() -> None:
    rows = pa.table({"person": KEYS[:50]})
    assert parts_of(toy.problem, rows, "s").equals(parts(KEYS[:50], "s"))
