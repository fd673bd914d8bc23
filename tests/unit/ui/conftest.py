from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui
from ml import problems
from ml.problems import Problem
from tests.unit.ui.loopback import Loopback, serving
from ui import service
from ui.settings import settings

ENTRY = Path(next(iter(ui.__path__))) / "app.py"
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
    for name in ("sample", "second", "third"):
        sys.modules.pop(f"ml.problems.{name}", None)
    forget()


@pytest.fixture
def api(sample: Problem) -> Iterator[Loopback]:
    with serving(sample.name) as loopback:
        yield loopback


@pytest.fixture
def page(api: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The pages, asking the loopback API; not run yet."""
    monkeypatch.setenv("VIGIA_API_URL", api.url)
    settings.cache_clear()
    yield AppTest.from_file(ENTRY, default_timeout=30)
    service.forget()
    settings.cache_clear()
