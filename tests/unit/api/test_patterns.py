from __future__ import annotations

import re

import pytest

from api.patterns import literally, within

BOUNDS = [(0, 120), (1, 365), (7, 7), (0, 0), (-5, 12), (-20, -3), (99, 1001), (0.5, 3.7)]


@pytest.mark.parametrize(("minimum", "maximum"), BOUNDS)
@pytest.mark.parametrize("integer", [True, False])
def test_whole_numbers_match_exactly_within_the_bounds(
    minimum: float, maximum: float, *, integer: bool
) -> None:
    expression = re.compile(within(minimum, maximum, integer=integer))
    found = [number for number in range(-1100, 1100) if expression.fullmatch(str(number))]
    assert found == [number for number in range(-1100, 1100) if minimum <= number <= maximum]


@pytest.mark.parametrize(("minimum", "maximum"), BOUNDS)
def test_fractions_that_match_lie_within_the_bounds(minimum: float, maximum: float) -> None:
    expression = re.compile(within(minimum, maximum, integer=False))
    texts = [f"{number}.{rest}" for number in range(-30, 400) for rest in ("0", "5", "999")]
    matching = [text for text in texts if expression.fullmatch(text)]
    assert all(minimum <= float(text) <= maximum for text in matching)
    assert bool(matching) is (maximum - minimum >= 1)


@pytest.mark.parametrize("text", ["12.5", "1e1", "+5", "05", " 5", "", "\u0665", "5 "])
def test_other_ways_of_writing_a_whole_number_do_not_match(text: str) -> None:
    assert not re.fullmatch(within(0, 20, integer=True), text)


@pytest.mark.parametrize("text", ["?", "a.b", "weight-kg", "[0-10)", "a|b", "\\d", "$1^"])
def test_a_literal_matches_itself_alone(text: str) -> None:
    assert re.fullmatch(literally(text), text)
    assert not re.fullmatch(literally(text), text + "x")
    assert "\\-" not in literally(text)  # which ECMAScript refuses
