"""Regular expressions for the OpenAPI document, such as of texts that are numbers within bounds.

JSON Schema bounds numbers, but not the numbers that texts stand for: a record may come from
a CSV and hold "60" for 60, and "999" must not look allowed where 999 is not.
"""

from __future__ import annotations

import math
import re

_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")


def within(minimum: float, maximum: float, *, integer: bool) -> str:
    """Return an expression whose texts are numbers between the bounds, both included.

    It holds the plain ways of writing one: no exponent, no plus sign, no needless zeros in
    front. A bound with a fraction is rounded inwards.

    Args:
        minimum: the lowest number.
        maximum: the highest.
        integer: whether only whole numbers count.
    """
    low, high = math.ceil(minimum), math.floor(maximum)
    fraction = "" if integer else r"(?:\.[0-9]{1,9})?"
    whole = []
    if high >= max(low, 0):
        whole += _signed("", max(low, 0), high, fraction)
    if low < 0:
        whole += _signed("-", max(1, -high), -low, fraction)
    return "|".join(whole)


def literally(text: str) -> str:
    """Return an expression for a text; `re.escape` escapes more than JSON Schema's dialect may."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _signed(sign: str, low: int, high: int, fraction: str) -> list[str]:
    """Return expressions for the whole numbers, and for fractions between two of them."""
    if not fraction:
        return [f"{sign}(?:{_between(low, high)})"]
    below = [f"{sign}(?:{_between(low, high - 1)}){fraction}"] if low < high else []
    return [*below, f"{sign}{high}"]


def _between(low: int, high: int) -> str:
    """Return an expression for the whole numbers from `low` to `high`, none below zero."""
    found = []
    for digits in range(len(str(low)), len(str(high)) + 1):
        first = max(low, 10 ** (digits - 1) if digits > 1 else 0)
        last = min(high, 10**digits - 1)
        found += _same_length(str(first), str(last))
    return "|".join(found)


def _same_length(low: str, high: str) -> list[str]:
    """Return expressions for the numbers between two of as many digits."""
    if not low:
        return [""]
    if set(low) <= {"0"} and set(high) <= {"9"}:
        return [f"[0-9]{{{len(low)}}}"]
    first, last, rest = low[0], high[0], len(low) - 1
    if first == last:
        return [first + tail for tail in _same_length(low[1:], high[1:])]
    if rest == 0:
        return [f"[{first}-{last}]"]
    found = [first + tail for tail in _same_length(low[1:], "9" * rest)]
    if int(last) - int(first) > 1:
        found.append(f"[{int(first) + 1}-{int(last) - 1}][0-9]{{{rest}}}")
    return found + [last + tail for tail in _same_length("0" * rest, high[1:])]
