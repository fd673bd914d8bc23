from __future__ import annotations

import math

import pytest

from api.challenge.arms import Arms
from ml.data import split

KEYS = [f"p{number}" for number in range(10_000)]


def chosen(share: float, salt: str = "s", keys: list[str] = KEYS) -> set[str]:
    indices = Arms("person", share, salt).chosen([{"person": key} for key in keys])
    return {keys[index] for index in indices}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("salt", ["challenger-toy", "another", ""])
def test_the_share_of_the_patients_is_the_challengers(share: float, salt: str) -> None:
    # The choice is a hash: five standard deviations either always hold or never do.
    bound = 5 * math.sqrt(share * (1 - share) / len(KEYS))
    assert len(chosen(share, salt)) / len(KEYS) == pytest.approx(share, abs=bound)


def test_none_and_all_mean_none_and_all() -> None:
    assert chosen(0.0) == set()
    assert chosen(1.0) == set(KEYS)


def test_a_patient_keeps_the_arm_in_whatever_company() -> None:
    alone = {key for key in KEYS[:500] if chosen(0.3, keys=[key])}
    assert alone == chosen(0.3, keys=KEYS[:500][::-1])


def test_the_choice_is_the_documented_one_on_every_machine() -> None:
    # Computed apart: the first 16 digits that `printf challenger-toy:p12 | sha256sum` prints,
    # below a tenth of 2**64.
    found = Arms("person", 0.1, "challenger-toy").chosen([{"person": key} for key in KEYS[:60]])
    assert found == [12, 18, 21, 24, 56]


def test_a_share_that_grows_only_adds_patients() -> None:
    assert chosen(0.1) < chosen(0.2) < chosen(0.7)


def test_another_salt_chooses_others() -> None:
    both = chosen(0.2, "one") & chosen(0.2, "two")
    assert len(both) / len(KEYS) == pytest.approx(0.04, abs=0.01)


def test_the_arms_are_independent_of_the_split() -> None:
    parts = dict(zip(KEYS, split.parts(KEYS, "vigia-2").to_pylist(), strict=True))
    tested = [key for key in KEYS if parts[key] == "test"]
    share = len(chosen(0.5, "challenger-toy", tested)) / len(tested)
    assert share == pytest.approx(0.5, abs=5 * math.sqrt(0.25 / len(tested)))


@pytest.mark.parametrize("record", [{}, {"person": None}, {"person": ""}, {"person": 1.5}])
def test_a_record_without_a_patient_key_is_productions(record: dict[str, object]) -> None:
    assert Arms("person", 1.0, "s").chosen([record, {"person": "p1"}]) == [1]


def test_a_key_is_the_same_as_a_number_as_a_text_and_padded() -> None:
    for number in range(200):
        arms = Arms("person", 0.5, "s")
        keys: list[object] = [number, str(number), f" {number} "]
        assert len(arms.chosen([{"person": key} for key in keys])) in {0, 3}
