from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml import problems
from ml.code_version import code_digest
from ml.errors import InvalidSettings, UnknownProblem

DECLARED = Path(__file__).parents[2] / "api" / "declared"


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


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test finds is forgotten after it."""
    monkeypatch.setattr(problems, "__path__", list(problems.__path__))
    for cached in (problems.names, problems.find):
        cached.cache_clear()
    yield
    for cached in (problems.names, problems.find):
        cached.cache_clear()


@pytest.mark.usefixtures("forgetful")
def test_a_problem_may_lie_in_a_folder_that_a_setting_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = code_digest.__wrapped__()
    declared = Path(shutil.copytree(DECLARED, tmp_path / "declared"))
    (declared / "toy").rename(declared / "further")
    monkeypatch.setenv("VIGIA_PROBLEMS_PATH", f"{declared}")
    assert "further" in problems.names()
    assert problems.find("further").title.en == "Toy"
    sys.modules.pop("ml.problems.further")
    assert code_digest.__wrapped__() != before


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("name", ["diabetes", "contract"])
def test_a_name_that_is_taken_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    shutil.copytree(DECLARED / "toy", tmp_path / name)
    monkeypatch.setenv("VIGIA_PROBLEMS_PATH", str(tmp_path))
    with pytest.raises(InvalidSettings, match=f"{name} of .* is a name that is taken"):
        problems.names()


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("folder", ["nowhere", ""])
def test_a_folder_without_problems_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    monkeypatch.setenv("VIGIA_PROBLEMS_PATH", str(tmp_path / folder))
    with pytest.raises(InvalidSettings, match="no problem in"):
        problems.names()
