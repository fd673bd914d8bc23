from __future__ import annotations

import re

import pytest

from ml.problems import find, names
from ml.problems.contract import Code
from ui import vocabulary

CODED = [
    column
    for name in names()
    for column in find(name).inputs
    if isinstance(column, Code) and column.system
]


def test_a_system_without_names_has_none() -> None:
    assert vocabulary.names("") == {}
    assert vocabulary.names("unheard of") == {}


@pytest.mark.parametrize("column", CODED, ids=lambda column: column.name)
def test_every_named_code_may_stand_in_the_column(column: Code) -> None:
    found = vocabulary.names(column.system)

    assert len(found) > 100
    assert [code for code in found if not re.fullmatch(column.pattern, code)] == []
    assert all(text.en.strip() and text.es.strip() for text in found.values())
