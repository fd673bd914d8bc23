from __future__ import annotations

import inspect
import re

import pytest

from ml import errors
from ml.errors import InvalidRecord, VigiaError, Violation

TREE = {
    name: found
    for name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, VigiaError)
}


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn: list[tuple[int, str]] = [
        (len(match[1]) // 4, match[2])
        for match in re.finditer(r"^    ((?:[│├└─ ]{4})*)(\w+)", str(errors.__doc__), re.MULTILINE)
    ]
    assert {name for _, name in drawn} == TREE.keys()
    path: list[str] = []
    for depth, name in drawn:
        path[depth:] = [name]
        parents = [base.__name__ for base in TREE[name].__mro__[1:] if base.__name__ in TREE]
        assert parents == path[:-1][::-1], name


@pytest.mark.parametrize("name", sorted(TREE))
def test_every_error_says_what_it_is_for(name: str) -> None:
    assert TREE[name].__doc__


def test_an_invalid_record_tells_every_violation() -> None:
    error = InvalidRecord(
        [Violation(0, "age", "maximum", "too old"), Violation(3, "a", "type", "b")]
    )
    assert str(error) == "records[0].age: too old (maximum); records[3].a: b (type)"
    assert [violation.record for violation in error.violations] == [0, 3]
