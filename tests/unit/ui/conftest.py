from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml import problems
from ml.problems import Problem
from tests.unit.ui.loopback import Loopback, serving

DECLARED = str(Path(__file__).parent / "declared")


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> Iterator[Problem]:
    """The sample problem, declared with its like `second` and no other while the test runs."""

    def forget() -> None:
        problems.names.cache_clear()
        problems.find.cache_clear()

    monkeypatch.setattr(problems, "__path__", [DECLARED])
    forget()
    yield problems.find("sample")
    for name in ("sample", "second"):
        sys.modules.pop(f"ml.problems.{name}", None)
    forget()


@pytest.fixture
def api(sample: Problem) -> Iterator[Loopback]:
    with serving(sample.name) as loopback:
        yield loopback
