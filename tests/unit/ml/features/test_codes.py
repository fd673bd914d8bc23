from __future__ import annotations

import pytest

from ml.features.codes import group_of, in_group, sort_key, whole_part
from ml.problems.features import CodeGroup

SUGAR = CodeGroup("sugar", (("250", "250"),))
HEART = CodeGroup("heart", (("390", "459"), ("785", "785")))
EARLY = CodeGroup("early", (("1", "139"),))
AFTER = CodeGroup("after", (("V10", "V19"), ("V50", "V59")))
OUTER = CodeGroup("outer", (("E880", "E888"),))
GROUPS = (SUGAR, HEART, EARLY, AFTER, OUTER)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("250.83", ("", 250)),
        ("8", ("", 8)),
        ("008", ("", 8)),
        ("V45", ("V", 45)),
        ("V07.1", ("V", 7)),
        ("E880", ("E", 880)),
        ("?", None),
        ("", None),
        (".5", None),
    ],
)
def test_codes_are_ordered_by_letter_and_leading_number(
    code: str, key: tuple[str, int] | None
) -> None:
    assert sort_key(code) == key


@pytest.mark.parametrize(
    ("code", "whole"),
    [("250.83", "250"), ("8", "008"), ("008.45", "008"), ("38", "038"), ("V7", "V007"), ("?", "?")],
)
def test_the_whole_part_has_its_lost_zeros_back(code: str, whole: str) -> None:
    assert whole_part(code) == whole


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("250", "sugar"),
        ("250.83", "sugar"),
        ("390", "heart"),
        ("459.9", "heart"),
        ("785", "heart"),
        ("460", None),
        ("389.9", None),
        ("8", "early"),
        ("008.45", "early"),
        ("38", "early"),
        ("140", None),
        ("V10", "after"),
        ("V19.8", "after"),
        ("V20", None),
        ("V57", "after"),
        ("10", "early"),
        ("E885", "outer"),
        ("885", None),
        ("E250", None),
        ("V250", None),
        ("unknown", None),
    ],
)
def test_a_code_falls_into_the_range_of_its_own_letter(code: str, group: str | None) -> None:
    assert group_of(code, GROUPS) == group


def test_the_first_of_two_groups_that_fit_wins() -> None:
    twice = CodeGroup("all", (("1", "999"),))
    assert group_of("250", (twice, SUGAR)) == "all"
    assert group_of("250", (SUGAR, twice)) == "sugar"


def test_a_group_without_ranges_holds_nothing() -> None:
    assert not in_group("250", CodeGroup("none", ()))
