from __future__ import annotations

import pytest

from ml import problems
from ml.errors import UnknownProblem


def test_every_folder_is_a_problem_of_its_name() -> None:
    assert problems.names() == tuple(sorted(problems.names()))
    assert problems.names()
    for name in problems.names():
        assert problems.find(name).name == name


@pytest.mark.parametrize("name", ["", "nothing", "../toy", "contract", "problem", "__init__"])
def test_an_unknown_name_is_answered_with_the_declared_ones(name: str) -> None:
    with pytest.raises(UnknownProblem, match="declared under ml/problems: ") as caught:
        problems.find(name)
    assert all(declared in str(caught.value) for declared in problems.names())
