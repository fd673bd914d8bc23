"""JSON as RFC 8259 has it, and stricter: bounded nesting, no name twice in one object."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from api.errors import MalformedBody

# The envelope and a record nest two deep; the Open Inference Protocol's tensors, a few more.
MOST_NESTING = 8


def _nested(levels: int) -> Any:
    """Return the type of a value that nests at most so deep."""
    value: Any = str | int | float | bool | None
    for _ in range(levels):
        value = str | int | float | bool | list[value] | dict[str, value] | None
    return value


# The decoder stops at the first value that lies too deep, before it reads on: the limit
# is part of the type, and costs nothing beside an untyped decoder (measured: the same).
_decode = msgspec.json.Decoder(_nested(MOST_NESTING)).decode
_TOO_LARGE = "out of range"


def decode(body: bytes) -> Any:
    """Return the JSON value of a body; NaN and Infinity are no JSON.

    Raises:
        MalformedBody: it nests too deep, or holds a number that no float can.
        msgspec.DecodeError: it is not JSON.
        UnicodeDecodeError: it is not UTF-8.
    """
    try:
        return _decode(body)
    except msgspec.ValidationError as error:
        if _TOO_LARGE in str(error):
            raise MalformedBody("a number in the body is too large to be held") from None
        message = f"the body nests deeper than {MOST_NESTING} levels"
        raise MalformedBody(message) from None


def names_in(value: object) -> int:
    """Return how many names the objects of a JSON value hold in all."""
    if isinstance(value, dict):
        return len(value) + sum(map(names_in, value.values()))
    return sum(map(names_in, value)) if isinstance(value, list) else 0


def refuse_repeated_names(body: bytes, names: int) -> None:
    """Raise `MalformedBody` where one object of a body names something twice.

    Which of the two values counts is left open by RFC 8259, and must not be guessed for a
    patient. Each name is followed by a colon: where there are as many colons as decoded
    names, none was dropped. Only a body with more of them, most often inside its texts, is
    read a second time.

    Args:
        body: JSON that has been decoded.
        names: how many names the decoded objects hold in all.
    """
    if body.count(b":") > names:
        json.loads(body, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedBody("an object in the body names a field twice: leave one of them out")
    return found
