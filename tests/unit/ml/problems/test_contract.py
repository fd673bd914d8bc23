from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.problems.contract import Category, Code, Number, Refused
from ml.problems.text import Text

LABEL = Text("Label", "Etiqueta")
WHOLE = Number(name="n", label=LABEL, minimum=0, maximum=120)
DECIMAL = Number(name="d", label=LABEL, minimum=-1.5, maximum=200, integer=False)
CATEGORY = Category(
    name="c",
    label=LABEL,
    values=dict.fromkeys(("1", "2", "red", "unclear"), LABEL),
    unknown=frozenset({"unclear"}),
)
CODE = Code(name="k", label=LABEL, pattern=r"[VE]?\d{1,3}(?:\.\d{1,2})?", example="250.83")

NO_SINGLE_VALUE = [None, True, False, [1], ["1"], {"a": 1}, b"1", (1,), object()]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (0, 0.0),
        (120, 120.0),
        (7.0, 7.0),
        ("7", 7.0),
        ("7.0", 7.0),
        ("+7", 7.0),
        (" 7\n", 7.0),
        ("1e2", 100.0),
        ("1.2E1", 12.0),
        ("007", 7.0),
        ("-0", 0.0),
    ],
)
def test_a_whole_number_is_read_in_every_usual_writing(raw: object, value: float) -> None:
    assert WHOLE.read(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        *NO_SINGLE_VALUE,
        7.5,
        "7.5",
        "",
        "seven",
        "1_000",
        "1,5",
        "0x10",
        "7.",
        ".7",
        "1e",
        "1 2",
        "\u0667",  # seven in Arabic-Indic digits
        "\uff17",  # seven in full width
        "nan",
        "inf",
        "-Infinity",
        math.nan,
        math.inf,
        -math.inf,
        10**400,
        "9" * 400,
        "1e999",
    ],
)
def test_what_is_no_whole_number_is_refused_by_its_type(raw: object) -> None:
    with pytest.raises(Refused, match="must be a whole number") as caught:
        WHOLE.read(raw)
    assert caught.value.rule == "type"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (-1, "minimum"),
        ("-1", "minimum"),
        (121, "maximum"),
        (10**300, "maximum"),
        ("1e9", "maximum"),
    ],
)
def test_a_number_out_of_bounds_names_the_bound(raw: object, rule: str) -> None:
    with pytest.raises(Refused, match="must lie between 0 and 120") as caught:
        WHOLE.read(raw)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("raw", "value"), [("72.5", 72.5), (72.5, 72.5), (-1.5, -1.5), (200, 200)])
def test_a_decimal_number_keeps_its_fraction(raw: object, value: float) -> None:
    assert DECIMAL.read(raw) == value


@pytest.mark.parametrize("raw", [*NO_SINGLE_VALUE, "72,5", "nan", math.nan, math.inf])
def test_what_is_no_number_is_refused(raw: object) -> None:
    with pytest.raises(Refused, match="must be a number") as caught:
        DECIMAL.read(raw)
    assert caught.value.rule == "type"


@pytest.mark.parametrize(
    ("raw", "value"),
    [("1", "1"), (1, "1"), (1.0, "1"), (" red ", "red"), ("unclear", None)],
)
def test_a_category_is_one_of_its_values(raw: object, value: str | None) -> None:
    assert CATEGORY.read(raw) == value


@pytest.mark.parametrize("raw", ["", "3", 3, "1.0", "RED", "r\u00e9d", -1, 10**14, "\u0661"])
def test_another_value_is_refused_with_the_list_of_those_allowed(raw: object) -> None:
    with pytest.raises(Refused, match="must be one of 1, 2, red, unclear") as caught:
        CATEGORY.read(raw)
    assert caught.value.rule == "enum"


@pytest.mark.parametrize("column", [CATEGORY, CODE], ids=["category", "code"])
@pytest.mark.parametrize("raw", [*NO_SINGLE_VALUE, 1.5, math.nan, math.inf, 10**15, 10**400])
def test_what_is_neither_text_nor_whole_number_is_refused(
    column: Category | Code, raw: object
) -> None:
    with pytest.raises(Refused, match="must be a text or a whole number") as caught:
        column.read(raw)
    assert caught.value.rule == "type"


@pytest.mark.parametrize(
    ("raw", "value"),
    [("250.83", "250.83"), ("V45", "V45"), (" E880 ", "E880"), (428, "428"), (428.0, "428")],
)
def test_a_code_matches_its_pattern_whole(raw: object, value: str) -> None:
    assert CODE.read(raw) == value


@pytest.mark.parametrize("raw", ["", "X1", "250.831", "2500", "250\n1", "v45", -1, "\u0662\u0665"])
def test_another_code_is_refused_with_an_example(raw: object) -> None:
    with pytest.raises(Refused, match=r"must look like 250\.83") as caught:
        CODE.read(raw)
    assert caught.value.rule == "pattern"


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.binary()))
def test_whatever_comes_is_read_or_refused_and_a_number_keeps_its_bounds(raw: object) -> None:
    for column in (WHOLE, DECIMAL, CATEGORY, CODE):
        try:
            value = column.read(raw)
        except Refused as refused:
            assert refused.rule in {"type", "minimum", "maximum", "enum", "pattern"}  # noqa: PT017 - either outcome is right
        else:
            if isinstance(column, Number):
                assert isinstance(value, float)
                assert column.minimum <= value <= column.maximum


@given(st.integers(0, 120))
def test_a_number_means_the_same_however_it_comes(number: int) -> None:
    writings = [number, float(number), str(number), f"{number}.0", f" +{number} ", f"{number}e0"]
    assert {WHOLE.read(writing) for writing in writings} == {float(number)}


@given(st.one_of(st.text(), st.integers(), st.floats()))
def test_a_refusal_says_the_same_whatever_the_value_was(raw: object) -> None:
    messages = {
        "must be a whole number",
        "must lie between 0 and 120",
        "must be a text or a whole number",
        "must be one of 1, 2, red, unclear",
        f"must look like 250.83 (pattern {CODE.pattern})",
    }
    for column in (WHOLE, CATEGORY, CODE):
        try:
            column.read(raw)
        except Refused as refused:
            assert str(refused) in messages  # noqa: PT017 - what is read is right too
