from __future__ import annotations

import json

import pytest

from api import body, strict_json
from api.errors import MalformedBody


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_nesting_ends_at_the_limit(opening: str) -> None:
    closing = "}" if opening[0] == "{" else "]"
    deepest = opening * strict_json.MOST_NESTING + "1" + closing * strict_json.MOST_NESTING
    assert strict_json.decode(deepest.encode())
    with pytest.raises(MalformedBody, match="deeper than 8"):
        strict_json.decode(f'{{"a":{deepest}}}'.encode())


@pytest.mark.parametrize("number", ["1e400", "9" * 5000, "-" + "9" * 5000])
def test_a_number_that_nobody_can_hold_is_said_to_be_one(number: str) -> None:
    with pytest.raises(MalformedBody, match="number in the body is too large"):
        strict_json.decode(f'{{"age":{number}}}'.encode())


def test_a_name_twice_is_refused_wherever_it_is() -> None:
    for text in (
        '{"age":60,"age":61}',
        '{"age" : 60, "age"\t:61}',
        '{"records":[{"age":60},{"age":60,"day":":","age":61}]}',
        '{"records":[{}],"records":[{}]}',
    ):
        with pytest.raises(MalformedBody, match="twice"):
            body.records(text.encode(), 10)


def test_a_colon_inside_a_text_is_no_second_name() -> None:
    record = {"when": "10:30:00", "a:b": '":"', "c": '{"a":1}'}
    text = json.dumps({"records": [record, record]}).encode()
    assert body.records(text, 10) == [record, record]
