"""Grouping of codes such as ICD-9, whose order is that of their leading part."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ml.problems.features import CodeGroup

_PARTS = re.compile(r"([A-Z]*)(\d+)")


def sort_key(code: str) -> tuple[str, int] | None:
    """Return the letter and the whole number before the point, `None` for another shape.

    `250.83` is `("", 250)`, `V45` is `("V", 45)`; a lost leading zero does not matter.
    """
    match = _PARTS.match(code)
    return (match[1], int(match[2])) if match else None


def whole_part(code: str) -> str:
    """Return the code without what follows the point, zeros restored: `8` is `008`."""
    key = sort_key(code)
    return f"{key[0]}{key[1]:03d}" if key else code


def in_group(code: str, group: CodeGroup) -> bool:
    """Tell whether the code lies in one of the group's ranges."""
    key = sort_key(code)
    if key is None:
        return False
    bounds = ((sort_key(first), sort_key(last)) for first, last in group.ranges)
    return any(
        first is not None and last is not None and first[0] == key[0] and first <= key <= last
        for first, last in bounds
    )


def group_of(code: str, groups: Iterable[CodeGroup]) -> str | None:
    """Return the name of the first group that holds the code, `None` if none does."""
    return next((group.name for group in groups if in_group(code, group)), None)
